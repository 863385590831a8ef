"""Comments over HTTP: the list, one thread, writing, and what their author may still do."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import AtDep, FormDep
from participation.consultations import forms, queries, service, words
from participation.consultations.acts import Act
from participation.consultations.comments import reactions
from participation.consultations.comments.about import LONGEST_PASSAGE, subject_of
from participation.consultations.entries import About, Contributed, ContributionSource
from participation.consultations.filters import read_filter
from participation.consultations.models import (
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
PUBLIC_PAGE = 15
"""Comments of one page: it loads on a telephone that pays for every megabyte."""


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
    subject = subject_of(session, process, _about_values(form))
    return _contribute(request, process, session, form, at, subject.about if subject else About(), None)


@router.get(f"{COMMENTS}/{{number:int}}")
def thread(request: Request, process: PublicProcess, number: int, session: SessionDep, at: AtDep) -> Response:
    row = _public_comment(session, process, number)
    if row.same_as_id:
        head = session.get_one(Contribution, row.same_as_id)
        return RedirectResponse(f"/{locale_of(request)}{process.path}/comments/{head.number}", 303)
    return _thread_page(request, process, session, row, at, {}, {})


@router.post(f"{COMMENTS}/{{number:int}}/reaction")
def react(
    request: Request, process: PublicProcess, number: int, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    """Gives or takes back the sign that a comment helped; clicked twice it is done once. It is no participation."""
    row = _public_comment(session, process, number)
    gives = text_of(form, "act") == "give"
    if not queries.settings_of(session, process.id).reactions:
        raise NotFound(_("This consultation takes no such signs. Nothing was changed."))
    reactions.note_click(request, session, process, row.id, at)
    root = session.get_one(Contribution, row.parent_id).number if row.parent_id else number
    answer = RedirectResponse(f"/{locale_of(request)}{process.path}/comments/{root}#C-{number}", 303)
    device = reactions.device_of(request, process)
    if gives:
        reactions.give(session, row, device or reactions.new_device(request, process, answer), at)
    elif device:
        reactions.take_back(session, row, device)
    return answer


@router.post(f"{COMMENTS}/{{number:int}}")
def reply(
    request: Request, process: PublicProcess, number: int, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    """A reply stands below the first comment of its thread, whichever of them it answers."""
    try:
        row = _public_comment(session, process, number)
    except NotFound:
        return _answered_too_late(request, process, session, form, at)
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
    try:
        note_one_more(request, session, process, at)
    except (Conflict, TooMany) as error:
        typed = forms.typed_values(form, ("reason", "note"))
        return _report_page(request, process, session, row, typed, said(error, "note"), error.status)
    service.flag(session, row, reason, note, appeal=False, at=at)
    return public_page(request, process, "reported.html", {"comment": queries.one(session, row.id)})


def _list_context(
    request: Request, process: OpenProcess, session: Session, at: Any, typed: Any = None, errors: Any = None
) -> dict[str, Any]:
    locale = locale_of(request)
    asked = read_filter(request.query_params)
    settings = queries.settings_of(session, process.id)
    found = queries.listed(session, process.id, asked.of_the_public, asked.cursor, limit=PUBLIC_PAGE)
    themes = theme_choices(settings, locale)
    subject = subject_of(session, process, _about_values(request.query_params if typed is None else typed))
    return {
        **_writing_context(request, process, session, at, typed or _nothing(request), errors or {}),
        "listed": found,
        "filter": asked,
        "next_url": f"?{urlencode(asked.query | {'from': found.next_cursor})}" if found.next_cursor else "",
        "total": _published(session, process),
        "subject": subject,
        "theme_titles": dict(themes),
        "sorts": words.named(words.SORTS, locale),
        "channels": words.named(words.CHANNELS, locale),
    }


def _nothing(request: Request) -> dict[str, Any]:
    """The empty form, which may already say of what it speaks."""
    return {"language": locale_of(request), **_about_values(request.query_params)}


def _about_values(source: Mapping[str, Any]) -> dict[str, str]:
    """What it speaks of, as an address or a form names it."""
    return {name: str(source.get(name) or "")[:LONGEST_PASSAGE] for name in ("about", "ref", "passage")}


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
            network = note_one_more(request, session, process, at)
            entry = Contributed(
                kind=ContributionKind.COMMENT,
                text=read.text,
                language=read.language,
                received=at,
                nonce=nonce_of(form),
                source=ContributionSource(network=network),
                author=read.author,
                about=about,
                theme=read.theme or (parent.theme if parent else ""),
                stance=read.stance,
                parent_id=(parent.parent_id or parent.id) if parent else None,
            )
            receipt = service.contribute(session, request.app.state.keys, process, entry, at=at)
        except (Conflict, TooMany) as error:
            errors, status = said(error, "text"), error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{process.path}/contribution/{receipt.code}?sent=1", 303)
    values = {**forms.typed_values(form), **_about_values(form)}
    if parent:
        return _thread_page(request, process, session, parent, at, values, errors, status, spotted)
    context = _list_context(request, process, session, at, values, errors)
    return public_page(request, process, "comments.html", {**context, "spotted": spotted}, status=status)


def _answered_too_late(
    request: Request, process: OpenProcess, session: Session, form: FormData, at: datetime
) -> Response:
    """The comment left the public pages while somebody typed a reply: the reply stands in the form of a new comment."""
    gone = _("The comment that you answer is no longer published. Nothing was sent; your text is below.")
    errors: Errors = {"": gone, "text": _("Send it as a comment of its own, or copy it before you leave.")}
    context = _list_context(request, process, session, at, forms.typed_values(form), errors)
    return public_page(request, process, "comments.html", context, status=409)


def said(error: DomainError, field: str) -> Errors:
    """The refusal above the form, whose words come back in this field, with what to do beside it."""
    return {"": error.message, **({field: error.todo} if error.todo else {})}


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
    wanted = queries.Wanted(public=True, parent_id=root, sort=queries.Sort.OLDEST)
    cursor = text_of(FormData(request.query_params), "from", 400)
    replies = queries.listed(session, process.id, wanted, cursor, limit=PUBLIC_PAGE)
    settings = queries.settings_of(session, process.id)
    shown = [root, row.id, *(each.id for each in replies.rows)]
    context = {
        **_writing_context(request, process, session, at, values or _nothing(request), errors),
        "given": reactions.given_on(session, reactions.device_of(request, process), shown),
        "comment": found[root],
        "asked": found[row.id],
        "replies": replies,
        "spotted": spotted,
        "theme_titles": dict(theme_choices(settings, locale_of(request))),
        "versions": queries.versions_of(session, root),
    }
    return public_page(request, process, "thread.html", context, status=status)


def _report_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    row: Contribution,
    values: Any,
    errors: Errors,
    status: int = 422,
) -> Response:
    context = {
        "comment": queries.one(session, row.id),
        "reasons": words.named(words.REASONS, locale_of(request)),
        "values": values,
        "errors": errors,
    }
    return public_page(request, process, "report.html", context, status=status if errors else 200)


def _published(session: Session, process: OpenProcess) -> int:
    return sum(
        row.number
        for row in queries.tally(session, process.id)
        if row.kind is ContributionKind.COMMENT and row.state is ContributionState.PUBLISHED
    )
