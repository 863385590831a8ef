"""The desk for questionnaires that came on paper, by post or by telephone: key a sheet, read somebody else's again."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from participation.accounts import queries as accounts
from participation.accounts.access import FormDep
from participation.accounts.permissions import Permission
from participation.ballots.questionnaires.drafts import Draft
from participation.i18n import lazy as _
from participation.paper.models.questionnaires import QuestionnaireSheet, SheetState
from participation.paper.questionnaires import queries, service
from participation.paper.questionnaires.at_desk import HERE, AtDesk, Keyer, Settler, Viewer
from participation.paper.questionnaires.forms import read_answered, read_sheet
from participation.paper.questionnaires.pages import beside, differing, keyed_draft
from participation.processes.questionnaires.queries import keyed_twice
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
SHEET = HERE + "/sheets/{number:int}"


@router.get(HERE)
def desk(at_desk: Viewer) -> Response:
    session, process, row = at_desk.session, at_desk.process, at_desk.row
    waiting = queries.waiting_sheets(session, row.id)
    people = accounts.names_of(session, {each for sheet in waiting for each in (sheet.keyed_by, sheet.read_by) if each})
    return at_desk.page(
        "paper/questionnaire.html",
        figures=queries.figures(session, process.id, row.id),
        places={each.id: each for each in queries.receiving_places(session, process.id)},
        waiting=waiting,
        people=people,
        may_key=at_desk.may(Permission.BATCH_KEY),
        may_settle=at_desk.may(Permission.BATCH_ADJUDICATE),
        me=at_desk.actor.account_id,
        done=at_desk.request.query_params.get("done", ""),
    )


@router.get(HERE + "/sheets/new")
def new_sheet(at_desk: Keyer) -> Response:
    asked = at_desk.request.query_params
    values = {name: asked.get(name, "") for name in ("place", "received", "language")}
    values["received"] = values["received"] or str(at_desk.intake.today)
    kept = asked.get("kept", "")
    return _new_sheet(at_desk, values, Draft(at_desk.row.id), kept=kept if kept.isdecimal() else "")


def _new_sheet(
    at_desk: AtDesk, values: dict[str, str], draft: Draft, errors: Errors | None = None, kept: str = "", **more: Any
) -> Response:
    shown = {"places": at_desk.intake.places, "values": values, "draft": draft, "kept": kept}
    return at_desk.page("paper/questionnaire_key.html", errors, **shown, **more)


@router.post(HERE + "/sheets/new")
def key_sheet(at_desk: Keyer, form: FormDep) -> Response:
    keyed, errors = read_sheet(form, at_desk.row.spec, at_desk.intake)
    read = read_answered(form, at_desk.row.spec)
    draft, wrong = at_desk.wrong(read)
    values = {name: text_of(form, name) for name in ("place", "received", "language")}
    if keyed is None or wrong:
        return _new_sheet(at_desk, values, draft, errors | wrong, nonce=text_of(form, "nonce", 64))
    sheet = service.key(at_desk.session, at_desk.row, keyed, nonce=nonce_of(form), **at_desk.hand)
    onward = f"?kept={sheet.number}&place={values['place']}&received={values['received']}&language={read.language}"
    return at_desk.go(f"/sheets/new{onward}")


@router.get(SHEET + "/key")
def show_scanned(number: int, at_desk: Keyer) -> Response:
    sheet = at_desk.sheet(number)
    return _scanned(at_desk, sheet, keyed_draft(sheet))


def _scanned(at_desk: AtDesk, sheet: QuestionnaireSheet, draft: Draft, errors: Errors | None = None) -> Response:
    kept = at_desk.request.query_params.get("kept", "")
    return at_desk.page(
        "paper/questionnaire_scanned.html",
        errors,
        sheet=sheet,
        place=at_desk.place(sheet),
        draft=draft,
        kept=kept if kept.isdecimal() else "",
        open=sheet.state is SheetState.SCANNED,
        **beside(at_desk.session, sheet),
    )


@router.post(SHEET + "/key")
def key_scanned(number: int, at_desk: Keyer, form: FormDep) -> Response:
    """Keeps what somebody read on the pictures, and shows the next sheet of the scan."""
    sheet, read = at_desk.sheet(number), read_answered(form, at_desk.row.spec)
    draft, errors = at_desk.wrong(read)
    if errors:
        return _scanned(at_desk, sheet, draft, errors)
    service.key_scanned(at_desk.session, at_desk.row, sheet, read, **at_desk.hand)
    following = queries.next_scanned(at_desk.session, at_desk.row.id, number)
    return at_desk.go(f"/sheets/{following}/key?kept={number}" if following else "?done=keyed")


@router.get(SHEET)
def second_reading(number: int, at_desk: Keyer) -> Response:
    sheet = at_desk.sheet(number)
    return _reading(at_desk, sheet, keyed_draft(sheet, blind=keyed_twice(at_desk.session, at_desk.process.id)))


def _reading(at_desk: AtDesk, sheet: QuestionnaireSheet, draft: Draft, errors: Errors | None = None) -> Response:
    return at_desk.page(
        "paper/questionnaire_read.html",
        errors,
        sheet=sheet,
        place=at_desk.place(sheet),
        draft=draft,
        twice=keyed_twice(at_desk.session, at_desk.process.id),
        own=at_desk.actor.account_id == sheet.keyed_by,
        open=sheet.state is SheetState.KEYED,
        picture=at_desk.picture(sheet),
        **beside(at_desk.session, sheet),
    )


@router.post(SHEET)
def read_sheet_again(number: int, at_desk: Keyer, form: FormDep) -> Response:
    sheet, read = at_desk.sheet(number), read_answered(form, at_desk.row.spec)
    draft, errors = at_desk.wrong(read)
    if errors:
        return _reading(at_desk, sheet, draft, errors)
    keys, place = at_desk.request.app.state.keys, at_desk.place(sheet)
    state = service.read_again(at_desk.session, keys, at_desk.row, sheet, place, read, **at_desk.hand)
    return at_desk.go(f"?done={state.value}")


@router.get(SHEET + "/settle")
def settling(number: int, at_desk: Settler) -> Response:
    return _settling(at_desk, at_desk.sheet(number), Draft(at_desk.row.id))


def _settling(at_desk: AtDesk, sheet: QuestionnaireSheet, draft: Draft, errors: Errors | None = None) -> Response:
    return at_desk.page(
        "paper/questionnaire_settle.html",
        errors,
        sheet=sheet,
        place=at_desk.place(sheet),
        differing=differing(at_desk.row.spec, sheet),
        draft=draft,
        open=sheet.state is SheetState.DIFFERS,
        picture=at_desk.picture(sheet),
        **beside(at_desk.session, sheet),
    )


@router.post(SHEET + "/settle")
def settle(number: int, at_desk: Settler, form: FormDep) -> Response:
    sheet, read = at_desk.sheet(number), read_answered(form, at_desk.row.spec)
    settled = service.settled(sheet, read)
    draft, errors = at_desk.wrong(settled)
    if errors:
        return _settling(at_desk, sheet, draft, errors)
    keys, place = at_desk.request.app.state.keys, at_desk.place(sheet)
    service.settle(at_desk.session, keys, at_desk.row, sheet, place, settled, **at_desk.hand)
    return at_desk.go(f"?done={SheetState.CAST.value}")


@router.get(SHEET + "/withdraw")
def ask_to_withdraw(number: int, at_desk: Keyer) -> Response:
    return at_desk.page("paper/questionnaire_withdraw.html", sheet=at_desk.sheet(number), reason="")


@router.post(SHEET + "/withdraw")
def withdraw(number: int, at_desk: Keyer, form: FormDep) -> Response:
    sheet, reason = at_desk.sheet(number), text_of(form, "reason", 500)
    if not reason:
        errors: Errors = {"reason": _("Say in a few words why it is taken out.")}
        return at_desk.page("paper/questionnaire_withdraw.html", errors, sheet=sheet, reason=reason)
    service.withdraw(at_desk.session, at_desk.row, sheet, reason=reason, **at_desk.hand)
    return at_desk.go(f"?done={SheetState.WITHDRAWN.value}")
