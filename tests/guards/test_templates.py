"""Templates: pages, fragments, components; nothing inline, nothing dead."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from participation.templating import environment
from tests.guards.source import TEMPLATES, modules, name_of, template_name, templates

PAGES = [path for path in templates() if path.parent.name not in ("components", "layouts")]
FRAGMENTS = [path for path in PAGES if path.name.startswith("_")]
COMPONENTS = [path for path in templates() if path.parent.name == "components"]
JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
VOID = frozenset({"input", "br", "hr", "img", "meta", "link", "source", "path", "rect", "line", "circle", "use"})


@cache
def words_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def each(paths: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("path", paths, ids=[template_name(path) for path in paths])


@cache
def parsed(path: Path) -> nodes.Template:
    return environment("fr").parse(words_of(path))


class Roots(HTMLParser):
    """The elements that stand at the top of a fragment, and every attribute that is written."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth = 0
        self.roots: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))
        self.depth += tag not in VOID

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.roots.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


@each(FRAGMENTS)
def test_a_fragment_has_one_root_with_its_name(path: Path) -> None:
    roots = Roots(JINJA.sub("", words_of(path))).roots
    assert [root.get("id") for root in roots] == [path.stem.removeprefix("_")]


@each(COMPONENTS)
def test_components_hold_macros_only(path: Path) -> None:
    allowed = (nodes.Macro, nodes.FromImport, nodes.Import, nodes.Assign, nodes.AssignBlock)
    for node in parsed(path).body:
        if isinstance(node, nodes.Output):
            said = "".join(part.data for part in node.nodes if isinstance(part, nodes.TemplateData))
            assert not said.strip(), f"text outside of macros: {said.strip()[:80]}"
        else:
            assert isinstance(node, allowed), type(node).__name__


@each(COMPONENTS)
def test_every_macro_that_pages_import_says_how_it_is_used(path: Path) -> None:
    comments = " ".join(JINJA_COMMENT.findall(words_of(path)))
    asked = {name for other in templates() if other != path for name in imports(other, template_name(path))}
    assert [name for name in asked if not re.search(rf"\b{name}\b", comments)] == []


def imports(path: Path, source: str) -> set[str]:
    """The macros that a template imports from another."""
    return {
        name[0] if isinstance(name, tuple) else name
        for node in parsed(path).find_all(nodes.FromImport)
        if isinstance(node.template, nodes.Const) and node.template.value == source
        for name in node.names
    }


INLINE = {
    "a script in the page": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "a style sheet in the page": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"""\sstyle\s*=""", re.IGNORECASE),
    "an event handler": re.compile(r"""\son[a-z]+\s*=\s*["'{]""", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b", re.IGNORECASE),
    "script in a value": re.compile(r"\bjs:|javascript:", re.IGNORECASE),
    "another site": re.compile(r"""(?:src|href|action|hx-\w+)\s*=\s*["'](?:https?:)?//""", re.IGNORECASE),
    "markup that is trusted blindly": re.compile(r"\|\s*safe\b|autoescape\s+false"),
}


@each(templates())
def test_nothing_is_inline(path: Path) -> None:
    text = words_of(path)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


@cache
def included() -> set[str]:
    """Templates that are a part of another."""
    return {
        str(node.template.value)
        for path in templates()
        for node in parsed(path).find_all(nodes.Include)
        if isinstance(node.template, nodes.Const)
    }


@each([path for path in PAGES if path not in FRAGMENTS])
def test_a_page_extends_a_layout(path: Path) -> None:
    whole = any(isinstance(node, nodes.Extends) for node in parsed(path).body)
    assert whole != (template_name(path) in included())


@cache
def mentions(path: Path) -> set[str]:
    """Templates that this one extends, includes or imports from."""
    whole = parsed(path)
    named = [node.template for node in whole.find_all(nodes.Extends)]
    named += [node.template for node in whole.find_all(nodes.Include)]
    named += [node.template for node in whole.find_all(nodes.FromImport)]
    return {str(name.value) for name in named if isinstance(name, nodes.Const)}


def test_every_template_that_is_named_exists() -> None:
    for path in templates():
        missing = [name for name in mentions(path) if not (TEMPLATES / name).is_file()]
        assert not missing, f"{template_name(path)}: {missing}"
    for module in modules():
        for name in re.findall(r"""["'](\w+/_?\w+\.html)["']""", words_of(module)):
            assert (TEMPLATES / name).is_file(), f"{name_of(module)}: {name}"


def test_every_template_is_used() -> None:
    code = "\n".join(words_of(path) for path in modules())
    used = set().union(*(mentions(path) for path in templates()))
    names = [template_name(path) for path in templates() if path.parent.name != "layouts"]
    dead = [name for name in names if name not in used and not _named(name, code)]
    assert dead == []


def _named(name: str, code: str) -> bool:
    """By its full name, or by its folder and a file name that stands alone (`f"paper/{template}"`)."""
    folder, file = name.split("/")
    return name in code or (f'"{folder}/{{' in code and f'"{file}"' in code)


def test_every_macro_is_used() -> None:
    """By a page or by another macro: /patterns shows the rest."""
    unused = []
    texts = {path: JINJA_COMMENT.sub("", words_of(path)) for path in templates()}
    for path in COMPONENTS:
        for macro in re.findall(r"\{%-? ?macro (\w+)\(", texts[path]):
            if not any(re.search(rf"(?<!macro )\b{macro}\(", text) for text in texts.values()):
                unused.append(f"{template_name(path)}: {macro}")
    assert unused == []


def test_every_import_is_used() -> None:
    idle = []
    for path in templates():
        parts = [path, *(TEMPLATES / name for name in mentions(path) & included())]
        text = "".join(words_of(part) for part in parts)
        for node in parsed(path).find_all(nodes.FromImport):
            for name in node.names:
                known = name[1] if isinstance(name, tuple) else name
                if len(re.findall(rf"\b{known}\b", text)) < 2:
                    idle.append(f"{template_name(path)}: {known}")
    assert idle == []


ONE_DESK = {
    "components/analysis.html": "the filters and the keys of the workbench",
    "components/floor.html": "questions from the floor, the speaking queue and its clock, on every screen of a room",
    "components/follow_up.html": "recommendations and the answers to them",
    "components/briefs.html": "what the pages of briefs share",
    "components/activities.html": "kiosks, walks and sessions, for the public and for staff",
    "components/hearings.html": "what the pages of hearings share",
    "components/contributions.html": "what people say, on the pages of a consultation",
    "components/batches.html": "batches to choose from, for a recount and for a destruction",
    "components/documents.html": "the documentation file and the search",
    "components/data_register.html": "a table of the privacy pages",
    "components/local.html": "what a rehearsal shows on telephones and on the wall",
    "components/meetings.html": "forms and lists of meetings",
    "components/written.html": "answers to polls in people’s own words",
    "components/minutes.html": "what came of a meeting, for the public and for staff",
    "components/moderation.html": "the form that decides on a contribution",
    "components/participation.html": "the table of a consultation",
    "components/speaking.html": "a place in the speaking queue",
    "components/paper.html": "parts of the keying desk",
    "components/people.html": "the form and the roles of two pages about people",
    "components/phone.html": "the sentence that opens a call",
    "components/post.html": "the address that something is mailed to",
    "components/opinions.html": "the figures of a questionnaire",
    "components/questionnaire.html": "the questions of a questionnaire and its preview",
    "components/room.html": "the screens of a room",
    "components/sample.html": "sentences of the audit by sample",
    "components/scans.html": "pictures of scanned sheets, for the scan desk and the third person",
    "components/scripts.html": "loads modules",
    "components/setup.html": "parts of the editor",
    "components/slips.html": "pictures of sheets beside what was transcribed from them",
    "components/voting.html": "parts of the online vote",
    "components/words.html": "words without a look of their own",
}
"""Composed for one desk from what /patterns shows."""


def test_patterns_show_every_component() -> None:
    shown = {name for path in templates() if path.name.startswith("patterns") for name in mentions(path)}
    assert {template_name(path) for path in COMPONENTS} - shown == set(ONE_DESK)
