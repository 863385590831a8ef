"""Jinja: one environment per language, pages and fragments, addresses of static files by content."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC
from functools import lru_cache, partial
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from participation import colour, i18n
from participation.errors import Message
from participation.i18n import lazy as _
from participation.markup import safe_html
from participation.settings import ROOT

TEMPLATES = ROOT / "templates"
STATIC = ROOT / "static"
SAID_ONCE = ("saved", "imported")
"""Parts of an address by which a page says that something has just been done."""
ENGLISH = "english"
"""The cookie by which a browser remembers that its reader has attested; its path is that of one organisation."""
LANGUAGE = "language"
"""The button that changes the language sends the form to the other language’s address: what is typed goes along."""
_EXCEPTIONS = _("This content is for people covered by the exceptions of the Charter of the French language.")


@lru_cache(maxsize=512)
def static_url(path: str) -> str:
    """The address of a static file with its content's digest, so that it can be cached for a year."""
    file = STATIC / path
    if not file.is_file():
        return f"/static/{path}"
    return f"/static/{path}?v={_digest(file)}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


@lru_cache
def environment(locale: str) -> Environment:
    """The environment whose words, numbers and dates are those of `locale`."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    env.install_gettext_translations(i18n.catalogue(locale), newstyle=True)  # type: ignore[attr-defined]
    if locale == "en":
        env.globals.update({name: _one_stop(env.globals[name]) for name in ("gettext", "ngettext", "_")})
    env.policies["ext.i18n.trimmed"] = True
    env.globals.update(
        locale=locale,
        locales=i18n.LOCALES,
        language_names=i18n.LANGUAGE_NAMES,
        colon=i18n.colon(locale),
        static_url=static_url,
        url=partial(_url, locale),
        theme_url=partial(_theme_url, locale),
        csrf_field=_csrf_field,
        UTC=UTC,
    )
    env.filters.update(
        money=partial(_flip(i18n.money), locale),
        quoted=partial(_flip(i18n.quoted), locale),
        number=partial(_flip(i18n.number), locale),
        percent=lambda share, digits=0: i18n.percent(share, locale, digits),
        date=lambda day, zone=i18n.DEFAULT_ZONE: i18n.long_date(day, locale, zone),
        short_date=lambda day, zone=i18n.DEFAULT_ZONE: i18n.short_date(day, locale, zone),
        time=lambda moment, zone=i18n.DEFAULT_ZONE: i18n.clock(moment, locale, zone),
        datetime=lambda moment, zone=i18n.DEFAULT_ZONE: i18n.date_and_time(moment, locale, zone),
        first_moment=lambda moment, zone=i18n.DEFAULT_ZONE: i18n.first_moment(moment, locale, zone),
        last_moment=lambda moment, zone=i18n.DEFAULT_ZONE: i18n.last_moment(moment, locale, zone),
        text=lambda words: _text(words, locale),
        part=lambda words: i18n.in_part(words, locale),
        paragraphs=lambda texts: i18n.paragraphs(texts, locale),
        commonmark=safe_html,
        plain=_plain,
        language=_language,
    )
    return env


def _one_stop(gettext: Any) -> Any:
    """The same gettext; a sentence that ends with an English hour keeps one full stop."""

    @pass_context
    def shown(context: Context, *args: Any, **values: Any) -> str:
        found: str = gettext(context, *args, **values)
        return type(found)(i18n.one_stop(found)) if values else found

    return shown


def _flip(function: Any) -> Any:
    return lambda locale, value: function(value, locale)


def _url(locale: str, path: str, other: str = "") -> str:
    """`path` below the page's language: url('/ville/vote') is /fr/ville/vote on a French page."""
    return f"/{other or locale}{path}"


def _theme_url(locale: str, slug: str, own_colour: str) -> str:
    """The stylesheet of an organisation's own colour, by content, so that it can be cached for a year."""
    return f"/{locale}/{slug}/theme.css?v={colour.theme_version(own_colour)}"


def _text(words: Message | Mapping[str, str] | tuple[tuple[str, str], ...] | str | None, locale: str) -> str:
    """A message translated, or a text that exists per language in the page's language, else, marked, in French."""
    if not words:
        return ""
    if isinstance(words, (Message, str)):
        return i18n.translate(words, locale)
    return i18n.words_of(words, locale)


def _plain(words: Any) -> str:
    """The characters alone, for attributes, where no language can be marked."""
    return unescape(re.sub(r"<[^>]*>", "", str(escape(words))))


def _language(words: Any) -> str:
    """The language with which a text or a part of it is marked, for elements that hold no others; empty without."""
    marked = re.search(r'<span lang="(\w+)">', str(escape(words)))
    return marked[1] if marked else ""


@pass_context
def _csrf_field(context: Context) -> Markup:
    """The hidden token of a signed-in person's form; nothing on anonymous pages, which stay cacheable."""
    token = context.get("csrf_token")
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token) if token else Markup("")


def locale_of(request: Request) -> str:
    """The language that the address names, else the one the visitor prefers."""
    first = request.url.path.split("/", 2)[1]
    return first if first in i18n.LOCALES else i18n.negotiate(request.headers.get("accept-language", ""))


def render(request: Request, template: str, context: Mapping[str, Any]) -> str:
    """The text of a page or fragment, with what every page knows: language, actor, demo, address."""
    state = request.state
    actor = getattr(state, "actor", None)
    common = {
        "request": request,
        "path": request.url.path,
        "actor": actor,
        "csrf_token": getattr(state, "csrf_token", None),
        "demo": request.app.state.settings.demo,
        "organisation": None,
        "sign_out_url": f"/{locale_of(request)}/staff/sign-out",
        "staff_home": f"/{locale_of(request)}/staff",
        "kiosk": getattr(state, "kiosk", False),
        "alternate_urls": _alternates(request),
    }
    return environment(locale_of(request)).get_template(template).render({**common, **context})


def _alternates(request: Request) -> dict[str, str]:
    """This page's address in each language; what was just done is said once and not again."""
    parts = request.url.path.split("/", 2)
    if len(parts) < 2 or parts[1] not in i18n.LOCALES:
        return {}
    rest = "/" + (parts[2] if len(parts) > 2 else "")
    kept = urlencode([(name, value) for name, value in request.query_params.multi_items() if name not in SAID_ONCE])
    query = f"?{kept}" if kept else ""
    return {locale: f"/{locale}{rest}{query}" for locale in i18n.LOCALES}


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A whole page. 422 for a form that comes back with its errors. No cache keeps it unless `headers` let it.

    Where its organisation asks readers of English to attest first, they are asked, and no cache keeps either page.
    """
    values = context or {}
    if not is_behind_notice(request, values.get("organisation")):
        return HTMLResponse(render(request, template, values), status, headers)
    kept_nowhere = {**(headers or {}), "Cache-Control": "no-store"}
    if _is_let_through(request):
        return HTMLResponse(render(request, template, values), status, kept_nowhere)
    return HTMLResponse(_notice_before_english(request, values), headers=kept_nowhere)


def is_behind_notice(request: Request, organisation: Any) -> bool:
    """Whether it is a page in English below the address of an organisation that asks for the attestation."""
    asks = organisation is not None and organisation.english_notice
    return bool(asks) and request.url.path.split("/", 3)[1:3] == ["en", organisation.slug]


def _is_let_through(request: Request) -> bool:
    """Who has attested; parts of a page; and answers to a form, unless all that it did was to change the language."""
    form = getattr(request.state, "form", {})
    answered = request.method == "POST" and LANGUAGE not in form
    return ENGLISH in request.cookies or answered or wants_fragment(request)


def _notice_before_english(request: Request, context: Mapping[str, Any]) -> str:
    """The page that asks. What was typed on a page that changes its language goes along with either button."""
    form = getattr(request.state, "form", None)
    asked = {
        "exceptions": _EXCEPTIONS,
        "in_french": i18n.translate(_EXCEPTIONS, "fr"),
        "way_on": f"{request.url.path}?{request.url.query}".removesuffix("?"),
        "typed": [(name, value) for name, value in form.multi_items() if isinstance(value, str)] if form else [],
    }
    return render(request, "accounts/english_notice.html", {**context, **asked})


def fragment(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A part of a page for htmx; its template's name begins with an underscore."""
    return page(request, template, context, status=status, headers={"Vary": "HX-Request"})


def wants_fragment(request: Request) -> bool:
    """True when htmx asks for a part and not for the whole page."""
    return request.headers.get("hx-request") == "true"
