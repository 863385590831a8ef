"""The phone desk over HTTP. Callers: names, no choice. Choices: a number, no name. No number is ever in an address."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep, end_first_step
from participation.errors import Conflict, DomainError, Invalid
from participation.i18n import lazy as _
from participation.paper import sealed
from participation.paper.desk import context, go, phone_places, place_coded, published
from participation.paper.intake import service as intake
from participation.paper.intake.service import Desk
from participation.paper.keying import forms
from participation.paper.keying.page import read_back
from participation.paper.marks import Reading, line_of
from participation.paper.remote import phone, phone_forms
from participation.paper.remote.phone import SAID_FIRST, Call, Secrets
from participation.paper.serials import printed_serial
from participation.paper.words import SET_ASIDE
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow
from participation.templating import page
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
Accept = Annotated[OpenProcess, open_process(Permission.DECLARATION_ACCEPT)]
Key = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]
NO_STORE = {"Cache-Control": "no-store"}


def _secrets(request: Request) -> Secrets:
    return Secrets.of(request.app.state.settings)


# The first agent: a person, no choice.


@router.get(STAFF + "/phone")
def phone_lines(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    published(session, process)
    return page(request, "paper/phone.html", context(process, actor, "/phone", places=phone_places(session, process)))


def _desk(request: Request, session: SessionDep, process: OpenProcess, actor: Actor, code: str) -> Desk:
    spec_row, place = published(session, process), place_coded(phone_places(session, process), code)
    return Desk(spec_row, place, actor.account_id, request.app.state.settings.key("phone-state"))


def _caller_page(
    request: Request, session: SessionDep, process: OpenProcess, actor: Actor, desk: Desk, at: Any, **more: Any
) -> Response:
    shown = {
        "desk": desk,
        "spec": desk.spec_row.spec,
        "said": SAID_FIRST,
        "balance": phone.balance_of(session, desk.spec_row, desk.place, at),
        "values": {},
        "errors": {},
        **more,
    }
    status = 422 if shown["errors"] else 200
    return page(
        request, "paper/phone_caller.html", {**context(process, actor, "/phone"), **shown}, status=status,
        headers=NO_STORE,
    )  # fmt: skip


@router.get(STAFF + "/phone/{place}")
def caller_form(
    request: Request, place: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Accept
) -> Response:
    return _caller_page(request, session, process, actor, _desk(request, session, process, actor, place), at)


@router.post(STAFF + "/phone/{place}")
def accept_caller(
    request: Request, place: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    """Three steps, three transactions: the event, the declaration, the number."""
    desk = _desk(request, session, process, actor, place)
    keys, nonce = request.app.state.keys, nonce_of(form)
    typed, reference, errors = phone_forms.read_caller(form, desk.spec_row.spec, desk.place, at, process.zone)
    again = {"values": {**typed.values, "reference": reference}, "nonce": nonce}
    if errors:
        return _caller_page(request, session, process, actor, desk, at, errors=errors, **again)
    try:
        if token := intake.repeated(session, keys, desk, nonce):
            answer = intake.read_answer(desk, token, at)
        else:
            intake.note(session, keys, desk, typed, at)
            end_first_step(session)
            answer, _token = intake.accept(session, keys, desk, typed, nonce=nonce, at=at)
            end_first_step(session)
        style = intake.style_of(session, keys, desk, typed)
        return _given(request, session, process, actor, desk, answer, style, reference, nonce, at)
    except DomainError as refused:
        return _caller_page(request, session, process, actor, desk, at, errors={"": refused.message}, **again)


def _given(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    desk: Desk,
    answer: intake.Answer,
    style: str,
    reference: str,
    nonce: str,
    at: Any,
) -> RedirectResponse:
    number = ""
    if answer.result is intake.Result.ACCEPTED:
        number = phone.give_number(
            session, _secrets(request), desk.spec_row, desk.place, style,
            reference=reference, nonce=nonce, account_id=actor.account_id, at=at,
        )  # fmt: skip
    state = {
        "number": number,
        "result": answer.result.value,
        "stubs": list(answer.stubs),
        "replaced": answer.replaced_online,
        "refused": answer.refused,
        "label": answer.label,
    }
    return _to_outcome(request, process, desk, state, at)


def _to_outcome(request: Request, process: OpenProcess, desk: Desk, state: dict[str, Any], at: Any) -> RedirectResponse:
    token = sealed.seal(desk.seal_key, desk.account_id, state, at)
    return go(request, process, f"/phone/{desk.place.code}/outcome?o={token}")


@router.get(STAFF + "/phone/{place}/outcome")
def caller_outcome(
    request: Request, place: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Accept, o: str = ""
) -> Response:
    desk = _desk(request, session, process, actor, place)
    state = sealed.unseal(desk.seal_key, desk.account_id, o, at)
    number = printed_serial(state["number"]) if state["number"] else ""
    more = {"desk": desk, "state": state, "number": number, "reasons": SET_ASIDE, "said": SAID_FIRST}
    return page(request, "paper/phone_outcome.html", context(process, actor, "/phone", **more), headers=NO_STORE)


@router.post(STAFF + "/phone/{place}/another")
def another_number(
    request: Request, place: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    """In place of a number that died unused: as many as declarations without number or ballot, whoever they are."""
    desk, nonce = _desk(request, session, process, actor, place), nonce_of(form)
    style, why, errors = phone_forms.read_another(form, desk.spec_row.spec)
    again = {"values": {name: text_of(form, name, 300) for name in ("reference", "reason", "style")}}
    if not errors:
        try:
            number = phone.give_number(
                session, _secrets(request), desk.spec_row, desk.place, style,
                reference=why, nonce=nonce, account_id=actor.account_id, at=at, instead=True,
            )  # fmt: skip
        except Conflict as refused:
            errors = {"reason": refused.message}
        else:
            state = {"number": number, "result": "accepted", "stubs": [], "replaced": False, "refused": "", "label": ""}
            return _to_outcome(request, process, desk, state, at)
    return _caller_page(request, session, process, actor, desk, at, errors=errors, nonce=nonce, **again)


# The second and the third agent: a number, no name.


def _key(request: Request) -> bytes:
    key: bytes = request.app.state.settings.key("phone-choices-state")
    return key


@router.get(STAFF + "/phone-ballots")
def ask_number(request: Request, session: SessionDep, actor: ActorDep, process: Key, gone: str = "") -> Response:
    published(session, process)
    return _number_page(request, process, actor, {}, gone=bool(gone))


def _number_page(
    request: Request, process: OpenProcess, actor: Actor, errors: Errors, *, gone: bool = False
) -> Response:
    shown = context(process, actor, "/phone-ballots", errors=errors, said=SAID_FIRST, gone=gone)
    return page(request, "paper/phone_number.html", shown, status=422 if errors else 200, headers=NO_STORE)


@router.post(STAFF + "/phone-ballots")
def open_call(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    try:
        call = phone.call_of(
            session, _secrets(request), spec_row, text_of(form, "number", 20), account_id=actor.account_id, at=at
        )
    except DomainError as refused:
        return _number_page(request, process, actor, {"number": refused.message})
    return _to_call(request, process, actor, call.number, at)


def _to_call(request: Request, process: OpenProcess, actor: Actor, number: str, at: Any) -> RedirectResponse:
    token = sealed.seal(_key(request), actor.account_id, {"number": number}, at)
    return go(request, process, f"/phone-ballots/call?c={token}")


def _call(request: Request, session: SessionDep, spec_row: SpecRow, actor: Actor, token: str, at: Any) -> Call:
    number = str(sealed.unseal(_key(request), actor.account_id, token, at)["number"])
    return phone.call_of(session, _secrets(request), spec_row, number, account_id=actor.account_id, at=at)


@router.get(STAFF + "/phone-ballots/call")
def show_call(
    request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Key, c: str = "", correct: str = ""
) -> Response:
    spec_row = published(session, process)
    try:
        call = _call(request, session, spec_row, actor, c, at)
    except Invalid:
        return go(request, process, "/phone-ballots?gone=1")
    return _call_page(request, process, actor, spec_row, call, c, correct=bool(correct))


def _call_page(
    request: Request,
    process: OpenProcess,
    actor: Actor,
    spec_row: SpecRow,
    call: Call,
    token: str,
    *,
    correct: bool = False,
    **more: Any,
) -> Response:
    """The second agent's keying, then what to read back; for the third a keying of their own, blind."""
    questions = spec_row.spec.questions_of(call.style)
    third = call.keyed_by not in (None, actor.account_id)
    mine = None if third else phone.keyed_choices(_secrets(request), spec_row, call)
    lines = {} if mine is None else _lines(questions, mine)
    shown = {
        "token": token,
        "third": third,
        "told": read_back(questions, 1, mine) if mine is not None else None,
        "keying": third or mine is None or correct or bool(more.get("errors")),
        "questions": questions,
        "lines": lines,
        "errors": {},
        "said": SAID_FIRST,
        **more,
    }
    status = 422 if shown["errors"] else 200
    return page(
        request, "paper/phone_choices.html", {**context(process, actor, "/phone-ballots"), **shown}, status=status,
        headers=NO_STORE,
    )  # fmt: skip


def _lines(questions: Any, reading: Reading) -> dict[str, str]:
    return {question.id: line_of(question.kind, reading.marks.get(question.id, ())) for question in questions}


@router.post(STAFF + "/phone-ballots/call")
def take_choices(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    """Keyed by the second, or confirmed by the third: then the number dies first, and the ballot is cast after it."""
    spec_row, token, nonce = published(session, process), text_of(form, "c", 2000), nonce_of(form)
    keys = request.app.state.keys
    if code := phone.receipt_of(session, keys, spec_row, _nonce(spec_row, actor, nonce), at):
        return _to_receipt(request, process, actor, code, at)
    try:
        call = _call(request, session, spec_row, actor, token, at)
    except Invalid:
        return go(request, process, "/phone-ballots?gone=1")
    typed, errors = phone_forms.read_choices(form, spec_row.spec.questions_of(call.style))
    third = call.keyed_by not in (None, actor.account_id)
    if third and not errors and typed.reading and not phone.confirms(_secrets(request), spec_row, call, typed.reading):
        first = forms.line_name(spec_row.spec.questions_of(call.style)[0])
        errors[first] = _("The two keyings differ. Nothing is in the box. Ask the person to say the choices once more.")
    if errors or typed.reading is None:
        more: dict[str, Any] = {"errors": errors, "lines": dict(typed.lines), "nonce": nonce}
        return _call_page(request, process, actor, spec_row, call, token, **more)
    if not third:
        phone.key_choices(session, _secrets(request), spec_row, call, typed.reading, account_id=actor.account_id)
        return go(request, process, f"/phone-ballots/call?c={token}")
    phone.use_number(session, _secrets(request), spec_row, call, account_id=actor.account_id, at=at)
    end_first_step(session)
    nonce = _nonce(spec_row, actor, nonce)
    code = phone.cast_choices(session, keys, spec_row, call, typed.reading, nonce=nonce, at=at)
    return _to_receipt(request, process, actor, code, at)


def _nonce(spec_row: SpecRow, actor: Actor, nonce: str) -> str:
    return f"phone|{spec_row.id}|{actor.account_id}|{nonce}"


def _to_receipt(request: Request, process: OpenProcess, actor: Actor, code: str, at: Any) -> RedirectResponse:
    token = sealed.seal(_key(request), actor.account_id, {"receipt": code}, at)
    return go(request, process, f"/phone-ballots/done?r={token}")


@router.get(STAFF + "/phone-ballots/done")
def show_receipt(request: Request, actor: ActorDep, at: AtDep, process: Key, r: str = "") -> Response:
    code = str(sealed.unseal(_key(request), actor.account_id, r, at)["receipt"])
    groups = "-".join(code[start : start + 4] for start in range(0, len(code), 4))
    return page(
        request, "paper/phone_done.html", context(process, actor, "/phone-ballots", code=groups), headers=NO_STORE
    )
