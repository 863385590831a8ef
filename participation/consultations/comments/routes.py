"""Comments over HTTP: the list, one thread, writing, and what their author may still do."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData, QueryParams

from participation.accounts.access import AtDep, FormDep
from participation.consultations import forms, queries, service, words
from participation.consultations.acts import Act
from participation.consultations.entries import About, Contributed
from participation.consultations.filters import read_filter
from participation.consultations.models import (
    AboutKind,
    Contribution,
    ContributionKind,
    ContributionState,
)
from participation.consultations.pages import note_one_more, opening_of, public_page, theme_choices
from participation.db import SessionDep, new_id
from participation.errors import Conflict, DomainError, NotFound, TooMany
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.templating import fragment, locale_of
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
COMMENTS = "/{locale}/{organisation}/{slug}/comments"
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
KIND = (ContributionKind.COMMENT,)


@router.get(COMMENTS)
def comments(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    context = _list_context(request, process, session, at)
    return public_page(request, process, "comments.html", context, headers={"Cache-Control": MINUTE})


@router.get(f"{COMMENTS}/news")
def news(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    """How many comments there are beyond those that the reader's page knew: said politely, never swapped under them."""
    seen = text_of(FormData(request.query_params), "seen", 9)
    total = _published(session, process)
    context = {
        "new": max(0, total - int(seen)) if seen.isdecimal() else 0,
        "seen": seen,
        "base": f"/{locale_of(request)}{process.path}",
    }
    return fragment(request, "consultations/_news.html", context)


@router.post(COMMENTS)
def comment(request: Request, process: PublicProcess, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    about = _about(form)
    return _contribute(request, process, session, form, at, about, None)


@router.get(f"{COMMENTS}/{{number:int}}")
def thread(request: Request, process: PublicProcess, number: int, session: SessionDep, at: AtDep) -> Response:
    row = _public_comment(session, process, number)
    if row.same_as_id:
        head = session.get_one(Contribution, row.same_as_id)
        return RedirectResponse(f"/{locale_of(request)}{process.path}/comments/{head.number}", 303)
    return _thread_page(request, process, session, row, at, {}, {})


@router.post(f"{COMMENTS}/{{number:int}}")
def reply(
    request: Request, process: PublicProcess, number: int, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    """A reply stands below the first comment of its thread, whichever of them it answers."""
    row = _public_comment(session, process, number)
    return _contribute(request, process, session, form, at, About(row.about, row.about_ref, row.passage), row)


@router.get(f"{COMMENTS}/{{number:int}}/report")
def report_page(request: Request, process: PublicProcess, number: int, session: SessionDep) -> Response:
    return _report_page(request, process, session, _public_comment(session, process, number), {}, {})


@router.post(f"{COMMENTS}/{{number:int}}/report")
def report(
    request: Request, process: PublicProcess, number: int, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    row = _public_comment(session, process, number)
    (reason, note), errors = forms.read_flag(form)
    if errors:
        return _report_page(request, process, session, row, forms.typed_values(form, ("reason", "note")), errors)
    note_one_more(request, session, process, at)
    service.flag(session, row, reason, note, appeal=False, at=at)
    return public_page(request, process, "reported.html", {"comment": queries.one(session, row.id)})


def _list_context(
    request: Request, process: OpenProcess, session: Session, at: Any, typed: Any = None, errors: Any = None
) -> dict[str, Any]:
    locale = locale_of(request)
    asked = read_filter(request.query_params)
    settings = queries.settings_of(session, process.id)
    found = queries.listed(session, process.id, asked.of_the_public, asked.cursor)
    themes = theme_choices(settings, locale)
    return {
        **_writing_context(request, process, session, at, typed or _nothing(request), errors or {}),
        "listed": found,
        "filter": asked,
        "next_url": f"?{urlencode(asked.query | {'from': found.next_cursor})}" if found.next_cursor else "",
        "total": _published(session, process),
        "theme_titles": dict(themes),
        "sorts": words.named(words.SORTS, locale),
        "channels": words.named(words.CHANNELS, locale),
    }


def _nothing(request: Request) -> dict[str, Any]:
    """The empty form, which may already say of what it speaks."""
    return {"language": locale_of(request), **_about_values(request.query_params)}


def _about_values(source: QueryParams | FormData) -> dict[str, str]:
    return {name: str(source.get(name) or "")[:300] for name in ("about", "ref", "passage")}


def _about(form: FormData) -> About:
    values = _about_values(form)
    if values["about"] not in set(AboutKind) or not values["ref"]:
        return About()
    return About(AboutKind(values["about"]), values["ref"][:80], values["passage"])


def _writing_context(
    request: Request, process: OpenProcess, session: Session, at: Any, values: dict[str, Any], errors: Errors
) -> dict[str, Any]:
    settings = queries.settings_of(session, process.id)
    locale = locale_of(request)
    return {
        "settings": settings,
        "opening": opening_of(session, process, Act.COMMENT, at),
        "themes": theme_choices(settings, locale),
        "languages": words.named(words.LANGUAGES, locale),
        "stances": words.named(words.STANCES, locale) if settings.stances else [],
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "longest": forms.LONGEST,
        "spotted": [],
    }


def _contribute(
    request: Request,
    process: OpenProcess,
    session: Session,
    form: FormData,
    at: Any,
    about: About,
    parent: Contribution | None,
) -> Response:
    settings = queries.settings_of(session, process.id)
    themes = frozenset(theme["code"] for theme in settings.themes)
    read, errors = forms.read_words(form, themes=themes, stances=settings.stances)
    status, spotted = 422, [words.SPOTTED[kind] for kind in sorted(read.spotted)]
    if not errors:
        try:
            note_one_more(request, session, process, at)
            entry = Contributed(
                kind=ContributionKind.COMMENT,
                text=read.text,
                language=read.language,
                received=at,
                nonce=nonce_of(form),
                author=read.author,
                about=about,
                theme=read.theme or (parent.theme if parent else ""),
                stance=read.stance,
                parent_id=(parent.parent_id or parent.id) if parent else None,
            )
            receipt = service.contribute(session, request.app.state.keys, process, entry, at=at)
        except (Conflict, TooMany) as error:
            errors, status = _said(error), error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{process.path}/contribution/{receipt.code}?sent=1", 303)
    values = {**forms.typed_values(form), **_about_values(form)}
    if parent:
        return _thread_page(request, process, session, parent, at, values, errors, status, spotted)
    context = _list_context(request, process, session, at, values, errors)
    return public_page(request, process, "comments.html", {**context, "spotted": spotted}, status=status)


def _said(error: DomainError) -> Errors:
    """The refusal above the form, whose text comes back."""
    return {"": error.message, **({"text": error.todo} if error.todo else {})}


def _public_comment(session: Session, process: OpenProcess, number: int) -> Contribution:
    row = queries.by_number(session, process.id, number)
    if row is None or row.kind is not ContributionKind.COMMENT or row.state is not ContributionState.PUBLISHED:
        raise NotFound(_("There is no comment at this address, or it is no longer published."))
    return row


def _thread_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    row: Contribution,
    at: Any,
    values: dict[str, Any],
    errors: Errors,
    status: int = 200,
    spotted: Any = (),
) -> Response:
    root = row.parent_id or row.id
    found = queries.some(session, [root, row.id])
    wanted = queries.Wanted(KIND, parent_id=root, sort=queries.Sort.OLDEST)
    replies = queries.listed(session, process.id, wanted, text_of(FormData(request.query_params), "from", 400))
    settings = queries.settings_of(session, process.id)
    context = {
        **_writing_context(request, process, session, at, values or _nothing(request), errors),
        "comment": found[root],
        "asked": found[row.id],
        "replies": replies,
        "spotted": spotted,
        "theme_titles": dict(theme_choices(settings, locale_of(request))),
        "versions": queries.versions_of(session, root),
    }
    return public_page(request, process, "thread.html", context, status=status)


def _report_page(
    request: Request, process: OpenProcess, session: Session, row: Contribution, values: Any, errors: Errors
) -> Response:
    context = {
        "comment": queries.one(session, row.id),
        "reasons": words.named(words.REASONS, locale_of(request)),
        "values": values,
        "errors": errors,
    }
    return public_page(request, process, "report.html", context, status=422 if errors else 200)


def _published(session: Session, process: OpenProcess) -> int:
    return sum(
        row.number
        for row in queries.tally(session, process.id)
        if row.kind is ContributionKind.COMMENT and row.state is ContributionState.PUBLISHED
    )
