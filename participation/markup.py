"""What people write, as safe HTML: paragraphs, emphasis, lists, quotations and links; nothing else of Markdown.

Raw HTML is shown as it was typed. Links go to web addresses only, and tell search engines nothing.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from markupsafe import Markup

_RULES = ("emphasis", "escape", "link", "list", "newline", "blockquote")


class _Renderer(RendererHTML):
    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: MutableMapping[str, Any]) -> str:
        tokens[idx].attrSet("rel", "nofollow ugc noopener noreferrer")
        return self.renderToken(tokens, idx, options, env)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "breaks": True}, renderer_cls=_Renderer)
    parser.enable(list(_RULES))
    parser.validateLink = lambda url: url.lower().startswith(("https://", "http://"))  # type: ignore[method-assign]
    return parser


def safe_html(text: str) -> Markup:
    """The text of a contribution as HTML that can only format words and link to web pages.

    One that is nested so deeply that the parser would leave words out is shown as it was typed.
    """
    parser = _parser()
    tokens = parser.parse(text, {})
    if any(token.level >= parser.options["maxNesting"] - 1 for token in tokens):
        return Markup("<p>{}</p>").format(Markup("<br>\n").join(text.splitlines()))
    return Markup(parser.renderer.render(tokens, parser.options, {}))
