"""The report and its follow-up over HTTP: the desk, and the two pages that everybody reads for years."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words as consultation_words
from participation.consultations.documents.models import VersionState
from participation.consultations.documents.words import FAULTS
from participation.consultations.follow_up import forms, queries, service
from participation.consultations.follow_up.words import OUTCOMES, TONES
from participation.consultations.pages import public_page, staff_page
from participation.db import SessionDep
from participation.errors import NotFound
from participation.files import Files, MediaType, serve
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.arrivals import Sent, Wanted, file_for
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors
from participation.uploads import Limits

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/follow-up"
PUBLIC = "/{locale}/{organisation}/{slug}"
LIMITS = Limits(files=1, megabytes=100)
WANTED = Wanted(frozenset({MediaType.PDF}), LIMITS, _("Choose the report: a PDF."))
Kept = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_ANALYSE)]
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]


def _today(process: OpenProcess, at: datetime) -> date:
    return at.astimezone(process.zone).date()


@router.get(DESK)
def desk(request: Request, process: Kept, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    values = forms.report_values(queries.report_of(session, process.id))
    return _desk(request, process, session, actor, at, values, {})


def _desk(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: datetime,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    report, found = queries.report_of(session, process.id), queries.recommendations(session, process.id)
    context = {
        **_common(report, found, _today(process, at)),
        "file": queries.file_of(session, report),
        "reading": queries.reading_of(session, report),
        "faults": FAULTS,
        "deadline": queries.deadline(report),
        "values": values,
        "errors": errors,
        "most": LIMITS.megabytes,
        "saved": "saved" in request.query_params and not errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/follow-up", "follow_up_desk.html", context, status=status)


def _common(report: Any, found: list[queries.Followed], today: date) -> dict[str, Any]:
    return {
        "report": report,
        "public_on": queries.public_on(report),
        "is_public": queries.is_public(report, today),
        "recommendations": found,
        "progress": queries.progress(found),
        "outcome_names": OUTCOMES,
        "tones": TONES,
        "is_link": forms.is_link,
    }


@router.post(DESK)
def set_report(
    request: Request, process: Kept, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    draft, errors = forms.read_report(form, _today(process, at))
    if errors:
        return _desk(request, process, session, actor, at, _typed(form), errors)
    service.set_report(session, Hand(process, actor.account_id, at), draft)
    return _onward(request, process)


def _typed(form: FormData) -> dict[str, Any]:
    return {name: str(value) for name, value in form.items() if isinstance(value, str)}


def _onward(request: Request, process: OpenProcess, place: str = "?saved=1") -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/follow-up{place}", 303)


SentDep = Annotated[Sent, file_for(Permission.CONTRIBUTION_ANALYSE, WANTED)]


@router.post(f"{DESK}/upload")
def bring_report(
    request: Request, sent: SentDep, process: Kept, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    if sent.stored is None:
        values = forms.report_values(queries.report_of(session, process.id))
        return _desk(request, process, session, actor, at, values, sent.lost)
    service.bring_report(session, Hand(process, actor.account_id, at), sent.stored)
    return _onward(request, process)


@router.get(f"{DESK}/file")
def staff_file(request: Request, process: Kept, session: SessionDep) -> Response:
    return _file(request, process, session)


def _file(request: Request, process: OpenProcess, session: Session, kept: str = "no-store") -> Response:
    """Opened in the page once the worker has found it harmless; until then it is only ever saved."""
    report = queries.report_of(session, process.id)
    file, reading = queries.file_of(session, report), queries.reading_of(session, report)
    if file is None:
        raise NotFound(_("The report has no file yet."))
    harmless = reading is not None and reading.state is VersionState.READY
    name = f"{process.process.slug}-rapport"
    return serve(Files(request.app.state.settings), file, name, kept=kept, in_place=harmless)


@router.post(f"{DESK}/recommendations")
def add_recommendation(
    request: Request, process: Kept, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    words, errors = forms.read_recommendation(form)
    if errors:
        values = forms.report_values(queries.report_of(session, process.id))
        return _desk(request, process, session, actor, at, {**values, **_typed(form)}, errors)
    number = service.add_recommendation(session, Hand(process, actor.account_id, at), words)
    return _onward(request, process, f"?saved=1#r{number}")


@router.get(f"{DESK}/{{number:int}}")
def recommendation(
    request: Request, process: Kept, number: int, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    row = service.recommendation_at(session, process.id, number)
    values = {f"words_{locale}": text for locale, text in row.words.items()}
    return _one(request, process, session, actor, at, number, values, {})


def _one(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: datetime,
    number: int,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    shown = next(row for row in queries.recommendations(session, process.id) if row.number == number)
    context = {
        **_common(queries.report_of(session, process.id), [shown], _today(process, at)),
        "shown": shown,
        "outcomes": consultation_words.named(OUTCOMES, locale_of(request)),
        "values": {"said_on": _today(process, at), **values},
        "errors": errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/follow-up", "follow_up_one.html", context, status=status)


@router.post(f"{DESK}/{{number:int}}")
def change_recommendation(
    request: Request, process: Kept, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = service.recommendation_at(session, process.id, number)
    words, errors = forms.read_recommendation(form)
    if errors:
        return _one(request, process, session, actor, at, number, _typed(form), errors)
    service.change_recommendation(session, Hand(process, actor.account_id, at), row, words)
    return _onward(request, process, f"?saved=1#r{number}")


@router.post(f"{DESK}/{{number:int}}/answer")
def note_answer(
    request: Request, process: Kept, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = service.recommendation_at(session, process.id, number)
    said, errors = forms.read_said(form, _today(process, at))
    if errors:
        words = {f"words_{locale}": text for locale, text in row.words.items()}
        return _one(request, process, session, actor, at, number, {**words, **_typed(form)}, errors)
    service.note_answer(session, Hand(process, actor.account_id, at), row, said)
    return _onward(request, process, f"?saved=1#r{number}")


@router.get(f"{PUBLIC}/report")
def report(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    """The report and its recommendations; before it is public, when it will be."""
    return _public(request, process, session, at, "final_report.html")


@router.get(f"{PUBLIC}/follow-up")
def follow_up(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    """What the City decided on each recommendation, with everything that it said before."""
    return _public(request, process, session, at, "follow_up.html")


def _public(request: Request, process: OpenProcess, session: Session, at: datetime, template: str) -> Response:
    row = queries.report_of(session, process.id)
    open_now = queries.is_public(row, _today(process, at))
    found = queries.recommendations(session, process.id) if open_now else []
    context = {
        **_common(row, found, _today(process, at)),
        "file": queries.file_of(session, row) if open_now else None,
    }
    return public_page(request, process, template, context, headers={"Cache-Control": MINUTE})


@router.get(f"{PUBLIC}/report/file")
def report_file(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    if not queries.is_public(queries.report_of(session, process.id), _today(process, at)):
        raise NotFound(_("The report is not public yet."))
    return _file(request, process, session, MINUTE)
