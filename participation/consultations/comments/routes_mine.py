"""What somebody contributed, by the code of its receipt: how it stands, correcting it, taking it back, an appeal.

The code is the key: whoever has it may do what the author may. Its addresses leave no line in the access log.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import AtDep, FormDep
from participation.consultations import forms, queries, service, words
from participation.consultations.briefs import queries as briefs
from participation.consultations.briefs import service as briefs_service
from participation.consultations.comments.routes import said
from participation.consultations.models import Contribution, ContributionKind, ContributionState
from participation.consultations.pages import note_one_more, public_page
from participation.consultations.participants import queries as participants
from participation.consultations.questions import queries as questions
from participation.consultations.questions import service as questions_service
from participation.db import SessionDep
from participation.errors import Conflict, NotFound, TooMany
from participation.i18n import lazy as _
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.register.identity import grouped, normalise_code
from participation.templating import locale_of
from participation.typed import Errors, Typed, text_of

router = APIRouter()
MINE = "/{locale}/{organisation}/{slug}/contribution"
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
QUIET_PATHS = (f"{MINE}/{{code}}", f"{MINE}/{{code}}/correct", f"{MINE}/{{code}}/withdraw", f"{MINE}/{{code}}/appeal")


@dataclass(frozen=True, slots=True)
class Mine:
    row: Contribution
    code: str


def _mine(request: Request, code: str, process: PublicProcess, session: SessionDep) -> Mine:
    """The contribution whose code the address holds. NotFound for any other."""
    bare = normalise_code(code)
    row = queries.by_receipt(session, request.app.state.keys.plain_hash(bare))
    if row is None or row.process_id != process.id:
        raise NotFound(
            _("No contribution of this consultation has this code."),
            _("Check each letter and digit of your receipt, or call us."),
        )
    return Mine(row, bare)


MineDep = Annotated[Mine, Depends(_mine, scope="function")]


@router.get(MINE)
def find_page(request: Request, process: PublicProcess) -> Response:
    return public_page(request, process, "find.html", {"errors": {}, "values": {}})


@router.post(MINE)
def find(request: Request, process: PublicProcess, session: SessionDep, form: FormDep) -> Response:
    code = normalise_code(text_of(form, "code"))
    row = queries.by_receipt(session, request.app.state.keys.plain_hash(code))
    if row is None or row.process_id != process.id:
        errors: Errors = {"code": _("No contribution of this consultation has this code.")}
        context = {"errors": errors, "values": {"code": text_of(form, "code")}}
        return public_page(request, process, "find.html", context, status=422)
    return _to(request, process, code)


@router.get(f"{MINE}/{{code}}")
def mine(request: Request, process: PublicProcess, found: MineDep, session: SessionDep, at: AtDep) -> Response:
    return _page(request, process, session, found, at, {}, {})


@router.post(f"{MINE}/{{code}}/correct")
def correct(
    request: Request, process: PublicProcess, found: MineDep, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    """Another version of the words, while its time runs. What was typed comes back whatever is refused."""
    typed = Typed(form)
    text = forms.read_text(typed)
    if typed.raw("version") not in ("", f"{found.row.version}"):
        typed.errors["text"] = _(
            "You have corrected it in another window since you opened this page. Your words here are not saved yet: "
            "compare them with the text above, and save again to put them in its place."
        )
    if typed.errors:
        return _page(request, process, session, found, at, {"text": text}, typed.errors)
    minutes = queries.settings_of(session, process.id).edit_minutes
    try:
        service.correct(session, found.row, "", text, at=at, edit_minutes=minutes)
    except Conflict as error:
        return _page(request, process, session, found, at, {"text": text}, said(error, "text"), error.status)
    _settle(session, process, found.row, at)
    return _to(request, process, found.code, "?saved=1")


@router.post(f"{MINE}/{{code}}/withdraw")
def withdraw(
    request: Request, process: PublicProcess, found: MineDep, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    service.take_back(session, found.row)
    _settle(session, process, found.row, at)
    return _to(request, process, found.code)


@router.post(f"{MINE}/{{code}}/appeal")
def appeal(
    request: Request, process: PublicProcess, found: MineDep, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    """Asks for another look at a refusal."""
    typed = Typed(form)
    note = typed.text("note", 1000, _("Say in a few words why it should be published."))
    if typed.errors:
        return _page(request, process, session, found, at, {"note": note}, typed.errors)
    try:
        note_one_more(request, session, process, at)
    except (Conflict, TooMany) as error:
        return _page(request, process, session, found, at, {"note": note}, said(error, "note"), error.status)
    service.flag(session, found.row, None, note, appeal=True, at=at)
    return _to(request, process, found.code, "?appealed=1")


def _settle(session: Session, process: OpenProcess, row: Contribution, at: datetime) -> None:
    if row.kind is ContributionKind.QUESTION:
        questions_service.settle(session, process, row)
    if row.kind is ContributionKind.BRIEF:
        briefs_service.settle(session, process, row, at=at, by=None)


def _to(request: Request, process: OpenProcess, code: str, query: str = "") -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.path}/contribution/{code}{query}", 303)


def _page(
    request: Request,
    process: OpenProcess,
    session: Session,
    found: Mine,
    at: datetime,
    typed: dict[str, Any],
    errors: Errors,
    status: int = 422,
) -> Response:
    row, minutes = found.row, queries.settings_of(session, process.id).edit_minutes
    until = row.recorded_at + timedelta(minutes=minutes)
    is_alive = row.state in (ContributionState.PENDING, ContributionState.PUBLISHED)
    may_correct = is_alive and at < until and row.kind is not ContributionKind.BRIEF
    decisions = queries.decisions_of(session, row.id)
    context = {
        "shown": queries.one(session, row.id, named=True),
        "code": grouped(found.code),
        "mine": f"/{locale_of(request)}{process.path}/contribution/{found.code}",
        "asks_who": bool(participants.asked_in(session, process.id)),
        "brief": briefs.some(session, [row.id])[0] if row.kind is ContributionKind.BRIEF else None,
        "kind_name": words.KINDS[row.kind],
        "followed": questions.followed(session, process, row) if row.kind is ContributionKind.QUESTION else None,
        "until": until if may_correct else None,
        "decision": decisions[-1] if decisions else None,
        "reason_names": words.REASONS,
        "values": typed,
        "errors": errors,
        "said": next((name for name in ("sent", "saved", "appealed") if name in request.query_params), ""),
        "versions": queries.versions_of(session, row.id),
    }
    return public_page(request, process, "mine.html", context, status=status if errors else 200)
