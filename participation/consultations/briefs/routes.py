"""Briefs for the public over HTTP: the list by number, one of them with its file, depositing another."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import AtDep
from participation.consultations import acts, words
from participation.consultations import queries as contributions
from participation.consultations.acts import Act
from participation.consultations.briefs import forms, queries, service
from participation.consultations.briefs.queries import BriefRow
from participation.consultations.briefs.taking import LIMITS, WANTED
from participation.consultations.briefs.words import WHO
from participation.consultations.models import Contribution, ContributionState
from participation.consultations.pages import note_one_more, opening_of, public_page, theme_choices
from participation.db import SessionDep, new_id
from participation.errors import Conflict, NotFound, TooMany
from participation.files import Files, Stored, kept_file, serve
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.arrivals import Sent, file_from_public
from participation.processes.queries import OpenProcess, phases_of
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
BRIEFS = "/{locale}/{organisation}/{slug}/briefs"
STREAMED = "/briefs/new"
"""How addresses end at which a brief is deposited with its file."""
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
SentDep = Annotated[Sent, file_from_public(WANTED)]


@router.get(BRIEFS)
def briefs(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    after = request.query_params.get("after", "")[:6]
    rows, next_after = queries.published(session, process.id, int(after) if after.isdecimal() else 0)
    context = {
        "briefs": rows,
        "next_url": f"?after={next_after}" if next_after else "",
        "spoken": words.LANGUAGES,
        **_door(session, process, at),
    }
    return public_page(request, process, "briefs.html", context, headers={"Cache-Control": MINUTE})


def _door(session: Session, process: OpenProcess, at: Any) -> dict[str, Any]:
    """Whether a brief can be deposited now, and whether it would be late."""
    return {
        "opening": opening_of(session, process, Act.DEPOSIT, at),
        "takes_late": acts.takes_late(phases_of(session, process.id), Act.DEPOSIT, at),
    }


@router.get(f"{BRIEFS}/new")
def new(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    values = {"who": "person", "language": locale_of(request)}
    return _form_page(request, process, session, at, values, {})


@router.post(f"{BRIEFS}/new")
def deposit(request: Request, sent: SentDep, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    """A brief from its author. Whatever is refused, its text comes back."""
    settings = contributions.settings_of(session, process.id)
    themes = frozenset(theme["code"] for theme in settings.themes)
    read, errors = forms.read_deposit(sent.fields, themes=themes, has_file=bool(sent.stored or sent.problem))
    status, spotted = 422, [words.SPOTTED[kind] for kind in sorted(read.spotted)]
    if not errors and not sent.problem:
        try:
            note_one_more(request, session, process, at)
            door = service.Door(at, nonce_of(sent.fields))
            receipt = service.deposit(session, request.app.state.keys, process, read, sent.stored, door, at=at)
        except (Conflict, TooMany) as error:
            errors, status = {"": error.message, **({"text": error.todo} if error.todo else {})}, error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{process.path}/contribution/{receipt.code}?sent=1", 303)
    values = forms.typed_values(sent.fields)
    return _form_page(request, process, session, at, values, errors | sent.lost, status, spotted)


def _form_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    at: Any,
    values: dict[str, Any],
    errors: Errors,
    status: int = 422,
    spotted: Any = (),
) -> Response:
    locale = locale_of(request)
    context = {
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "who": words.named(WHO, locale),
        "themes": theme_choices(contributions.settings_of(session, process.id), locale),
        "languages": words.named(words.LANGUAGES, locale),
        "spotted": spotted,
        "most": LIMITS.megabytes,
        "longest": forms.LONGEST,
        **_door(session, process, at),
    }
    return public_page(request, process, "briefs_new.html", context, status=status if errors else 200)


@router.get(f"{BRIEFS}/{{reference}}")
def brief(request: Request, process: PublicProcess, reference: str, session: SessionDep) -> Response:
    row = _published(session, process, reference)
    context = {
        "brief": row,
        "spoken": words.LANGUAGES,
        "theme_titles": dict(theme_choices(contributions.settings_of(session, process.id), locale_of(request))),
    }
    return public_page(request, process, "brief.html", context)


@router.get(f"{BRIEFS}/{{reference}}/file")
def file(request: Request, process: PublicProcess, reference: str, session: SessionDep) -> Response:
    """What everybody may read: the copy for the public where there is one, once the worker has opened it."""
    found = _published(session, process, reference).public_file
    if found is None:
        raise NotFound(_("This brief has no file: its text stands on its page."))
    if not found.is_checked:
        raise NotFound(_("The file of this brief is not shown, or not yet."), _("Its page says why."))
    stored = kept_file(Stored(found.digest, found.size, found.media_type))
    return serve(Files(request.app.state.settings), stored, reference, in_place=True)


def _published(session: Session, process: OpenProcess, reference: str) -> BriefRow:
    number = queries.number_in(reference)
    row = queries.contribution_at(session, process.id, number) if number else None
    if row is not None and row.same_as_id:
        row = session.get_one(Contribution, row.same_as_id)  # the one under whose words it stands
    if row is None or row.state is not ContributionState.PUBLISHED:
        raise NotFound(_("There is no brief with this number, or it is no longer published."))
    return queries.some(session, [row.id])[0]
