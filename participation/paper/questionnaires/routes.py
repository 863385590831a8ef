"""The desk for questionnaires that came on paper, by post or by telephone: key a sheet, read somebody else's again."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts import queries as accounts
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.ballots.questionnaires.drafts import Draft
from participation.ballots.questionnaires.forms import read_answers
from participation.ballots.questionnaires.pages import problems_of
from participation.db import SessionDep
from participation.errors import Conflict
from participation.files import StoredFile
from participation.i18n import lazy as _
from participation.paper.desk import context, go, published
from participation.paper.models.questionnaires import QuestionnaireSheet, SheetState
from participation.paper.questionnaires import queries, service
from participation.paper.questionnaires.forms import LANGUAGES, language_of, read_sheet
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow, windows_of
from participation.processes.questionnaires.queries import keyed_twice, sections
from participation.templating import page
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
HERE = "/{locale}/staff/{organisation}/{slug}/questionnaire"
DESK = "/questionnaire"
Keyer = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]
Settler = Annotated[OpenProcess, open_process(Permission.BATCH_ADJUDICATE)]
Viewer = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]


def _spec(session: Session, process: OpenProcess) -> SpecRow:
    row = published(session, process)
    if not row.spec.is_questionnaire:
        raise Conflict(_("This vote has no questionnaire."))
    return row


@router.get(HERE)
def desk(request: Request, session: SessionDep, actor: ActorDep, process: Viewer) -> Response:
    row = _spec(session, process)
    waiting = queries.waiting_sheets(session, row.id)
    people = accounts.names_of(session, {each for sheet in waiting for each in (sheet.keyed_by, sheet.read_by) if each})
    place = (process.organisation.id, process.id)
    shown = {
        "row": row,
        "figures": queries.figures(session, process.id, row.id),
        "places": {each.id: each for each in queries.receiving_places(session, process.id)},
        "waiting": waiting,
        "people": people,
        "may_key": actor.may(Permission.BATCH_KEY, *place),
        "may_settle": actor.may(Permission.BATCH_ADJUDICATE, *place),
        "me": actor.account_id,
        "done": request.query_params.get("done", ""),
    }
    return page(request, "paper/questionnaire.html", context(process, actor, DESK, **shown))


@router.get(HERE + "/sheets/new")
def new_sheet(request: Request, session: SessionDep, actor: ActorDep, process: Keyer, at: AtDep) -> Response:
    values = {
        "place": request.query_params.get("place", ""),
        "received": request.query_params.get("received", "") or str(at.astimezone(process.zone).date()),
        "language": request.query_params.get("language", ""),
    }
    return _sheet_page(request, session, actor, process, values, Draft(_spec(session, process).id), {})


def _sheet_page(
    request: Request,
    session: Session,
    actor: ActorDep,
    process: OpenProcess,
    values: dict[str, str],
    draft: Draft,
    errors: Errors,
) -> Response:
    row = _spec(session, process)
    shown = {
        "row": row,
        "sections": sections(row.spec),
        "places": queries.receiving_places(session, process.id),
        "languages": LANGUAGES,
        "values": values,
        "draft": draft,
        "errors": errors,
        "kept": kept if (kept := request.query_params.get("kept", "")).isdecimal() else "",
    }
    if request.method == "POST":
        shown["nonce"] = text_of(request.state.form, "nonce", 64)
    status = 422 if errors else 200
    return page(request, "paper/questionnaire_key.html", context(process, actor, DESK, **shown), status=status)


@router.post(HERE + "/sheets/new")
def key_sheet(
    request: Request, session: SessionDep, actor: ActorDep, process: Keyer, form: FormDep, at: AtDep
) -> Response:
    row = _spec(session, process)
    places, zone = queries.receiving_places(session, process.id), process.zone
    today = at.astimezone(zone).date()
    keyed, errors = read_sheet(form, row.spec, places, windows_of(session, row.id), zone, today)
    ticks, words = read_answers(form, row.spec.questions)
    draft = Draft(row.id, ticks=ticks, words=words)
    errors |= problems_of(draft, row.spec.questions, request.path_params["locale"])
    values = {name: text_of(form, name) for name in ("place", "received", "language")}
    if errors or keyed is None:
        return _sheet_page(request, session, actor, process, values, draft, errors)
    sheet = service.key(session, row, keyed, nonce=nonce_of(form), account_id=actor.account_id, at=at)
    onward = f"?kept={sheet.number}&place={values['place']}&received={values['received']}&language={keyed.language}"
    return go(request, process, f"{DESK}/sheets/new{onward}")


@router.get(HERE + "/sheets/{number:int}")
def second_reading(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Keyer) -> Response:
    row = _spec(session, process)
    sheet = queries.sheet_or_404(session, row.id, number)
    ticks = {} if keyed_twice(session, process.id) else sheet.ticks
    draft = Draft(row.id, ticks={key: tuple(value) for key, value in ticks.items()}, words=sheet.text)
    return _reading_page(request, session, actor, process, sheet, draft, {})


def _reading_page(
    request: Request,
    session: Session,
    actor: ActorDep,
    process: OpenProcess,
    sheet: QuestionnaireSheet,
    draft: Draft,
    errors: Errors,
) -> Response:
    row = _spec(session, process)
    shown = {
        "row": row,
        "sections": sections(row.spec),
        "sheet": sheet,
        "place": _place(session, process, sheet),
        "languages": LANGUAGES,
        "draft": draft,
        "twice": keyed_twice(session, process.id),
        "own": actor.account_id == sheet.keyed_by,
        "open": sheet.state is SheetState.KEYED,
        "picture": picture_of(session, sheet),
        "errors": errors,
    }
    status = 422 if errors else 200
    return page(request, "paper/questionnaire_read.html", context(process, actor, DESK, **shown), status=status)


def picture_of(session: Session, sheet: QuestionnaireSheet) -> StoredFile | None:
    """The picture that somebody brought of the sheet."""
    return session.get(StoredFile, sheet.picture_id) if sheet.picture_id else None


def _place(session: Session, process: OpenProcess, sheet: QuestionnaireSheet) -> Any:
    return next(each for each in queries.receiving_places(session, process.id) if each.id == sheet.place_id)


@router.post(HERE + "/sheets/{number:int}")
def read_sheet_again(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    process: Keyer,
    form: FormDep,
    at: AtDep,
) -> Response:
    row = _spec(session, process)
    sheet = queries.sheet_or_404(session, row.id, number)
    ticks, words = read_answers(form, row.spec.questions)
    draft = Draft(row.id, ticks=ticks, words=words)
    if errors := problems_of(draft, row.spec.questions, request.path_params["locale"]):
        return _reading_page(request, session, actor, process, sheet, draft, errors)
    state = service.read_again(
        session,
        request.app.state.keys,
        row,
        sheet,
        _place(session, process, sheet),
        ticks,
        words,
        language_of(form),
        account_id=actor.account_id,
        at=at,
    )
    return go(request, process, f"{DESK}?done={state.value}")


@router.get(HERE + "/sheets/{number:int}/settle")
def settling(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Settler) -> Response:
    return _settling_page(request, session, actor, process, number, None, {})


def _settling_page(
    request: Request,
    session: Session,
    actor: ActorDep,
    process: OpenProcess,
    number: int,
    draft: Draft | None,
    errors: Errors,
) -> Response:
    row = _spec(session, process)
    sheet = queries.sheet_or_404(session, row.id, number)
    differing = [
        (place, question)
        for place, question in enumerate(row.spec.questions, 1)
        if sheet.ticks.get(question.id, []) != sheet.again.get(question.id, [])
    ]
    shown = {
        "row": row,
        "sheet": sheet,
        "place": _place(session, process, sheet),
        "differing": differing,
        "draft": draft or Draft(row.id),
        "open": sheet.state is SheetState.DIFFERS,
        "picture": picture_of(session, sheet),
        "errors": errors,
    }
    status = 422 if errors else 200
    return page(request, "paper/questionnaire_settle.html", context(process, actor, DESK, **shown), status=status)


@router.post(HERE + "/sheets/{number:int}/settle")
def settle(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    process: Settler,
    form: FormDep,
    at: AtDep,
) -> Response:
    row = _spec(session, process)
    sheet = queries.sheet_or_404(session, row.id, number)
    read, _words = read_answers(form, row.spec.questions)
    asked = {key for key in {*sheet.ticks, *sheet.again} if sheet.ticks.get(key, []) != sheet.again.get(key, [])}
    agreed = {key: tuple(value) for key, value in sheet.ticks.items() if key not in asked}
    ticks = agreed | {key: value for key, value in read.items() if key in asked}
    draft = Draft(row.id, ticks=ticks)
    if errors := problems_of(draft, row.spec.questions, request.path_params["locale"]):
        return _settling_page(request, session, actor, process, number, draft, errors)
    service.settle(
        session,
        request.app.state.keys,
        row,
        sheet,
        _place(session, process, sheet),
        ticks,
        account_id=actor.account_id,
        at=at,
    )
    return go(request, process, f"{DESK}?done={SheetState.CAST.value}")


@router.get(HERE + "/sheets/{number:int}/withdraw")
def ask_to_withdraw(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Keyer) -> Response:
    return _withdraw_page(request, session, actor, process, number, "", {})


def _withdraw_page(
    request: Request,
    session: Session,
    actor: ActorDep,
    process: OpenProcess,
    number: int,
    reason: str,
    errors: Errors,
) -> Response:
    sheet = queries.sheet_or_404(session, _spec(session, process).id, number)
    shown = {"sheet": sheet, "reason": reason, "errors": errors}
    status = 422 if errors else 200
    return page(request, "paper/questionnaire_withdraw.html", context(process, actor, DESK, **shown), status=status)


@router.post(HERE + "/sheets/{number:int}/withdraw")
def withdraw(
    request: Request,
    number: int,
    session: SessionDep,
    actor: ActorDep,
    process: Keyer,
    form: FormDep,
    at: AtDep,
) -> Response:
    row = _spec(session, process)
    sheet = queries.sheet_or_404(session, row.id, number)
    reason = text_of(form, "reason", 500)
    if not reason:
        errors: Errors = {"reason": _("Say in a few words why it is taken out.")}
        return _withdraw_page(request, session, actor, process, number, reason, errors)
    service.withdraw(session, row, sheet, reason=reason, account_id=actor.account_id, at=at)
    return go(request, process, f"{DESK}?done={SheetState.WITHDRAWN.value}")
