"""The third person over HTTP: reads the paper, then sees both keyings, then rules."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.paper.desk import context, go, published
from participation.paper.keying import adjudication, forms
from participation.paper.keying.comparison import Form, find_shift
from participation.paper.keying.page import read_back
from participation.paper.marks import Reading, flaws, line_of, printed_reasons, printed_rule
from participation.paper.queries import BatchRow, batch_or_404
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow
from participation.templating import page
from participation.typed import text_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches/{number:int}"
NOTHING_CHOSEN = "choose"
"""No ruling is offered where the printed rules name none."""
Adjudicate = Annotated[OpenProcess, open_process(Permission.BATCH_ADJUDICATE)]


def _form(
    session: Session, process: OpenProcess, actor: Actor, number: int, position: int
) -> tuple[SpecRow, BatchRow, Form]:
    spec_row = published(session, process)
    batch = batch_or_404(session, spec_row, number)
    adjudication.check_third(session, batch, actor.account_id)
    comparison = adjudication.compared(session, spec_row, batch)
    return spec_row, batch, adjudication.form_to_settle(comparison, position)


@router.get(BASE + "/adjudicate/{position:int}")
def show_form(
    request: Request, number: int, position: int, session: SessionDep, actor: ActorDep, process: Adjudicate
) -> Response:
    spec_row, batch, form = _form(session, process, actor, number, position)
    shown = _page_of(spec_row, batch, form, actor)
    return page(request, shown["template"], context(process, actor, "/batches", errors={}, **shown))


def _page_of(spec_row: SpecRow, batch: BatchRow, form: Form, actor: Actor) -> dict[str, Any]:
    """The first page asks for the reading; the second, for the person who read it, shows both keyings."""
    questions = adjudication.questions_of(spec_row, batch)
    shown: dict[str, Any] = {"batch": batch, "form": form, "questions": questions, "lines": {}, "pressed": ""}
    held = form.adjudication
    if held is None or held.account_id != actor.account_id:
        return shown | {"template": "paper/adjudicate.html"}
    own = adjudication.own_reading(form)
    assert own is not None
    found = form.serial_flaws + flaws(questions, own)
    shown["lines"] = {each.id: line_of(each.kind, own.marks.get(each.id, ())) for each in questions}
    shown["pressed"] = _default_ruling(own, held.rejection.value if held.rejection else "", found)
    shown["readings"] = [
        read_back(questions, form.position, reading) if reading else None for reading in (own, form.first, form.second)
    ]
    shown["printed_reasons"] = printed_reasons(questions)
    shown["flaws"] = [forms.explain(flaw) for flaw in found]
    return shown | {"template": "paper/settle.html"}


def _default_ruling(own: Reading, rejection: str, found: tuple[Any, ...]) -> str:
    """What the third person's own reading amounts to; a rejection by the printed rule is still theirs to confirm."""
    if rejection or own.interpretation in ("blank", "missing"):
        return rejection or own.interpretation.value
    rule = printed_rule(found) if found else None
    return rule.value if rule else NOTHING_CHOSEN if found else ""


@router.post(BASE + "/adjudicate/{position:int}")
def save_reading(
    request: Request,
    number: int,
    position: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    process: Adjudicate,
) -> Response:
    spec_row, batch, found = _form(session, process, actor, number, position)
    questions = adjudication.questions_of(spec_row, batch)
    typed, errors = forms.read_ruling(form, questions)
    if typed.reading is None:
        shown = {"batch": batch, "form": found, "questions": questions, "lines": typed.lines, "pressed": typed.pressed}
        again = context(process, actor, "/batches", errors=errors, **shown)
        return page(request, "paper/adjudicate.html", again, status=422)
    adjudication.record_reading(session, batch, found, typed.reading, typed.rejection, account_id=actor.account_id)
    return go(request, process, f"/batches/{number}/adjudicate/{position}")


@router.post(BASE + "/adjudicate/{position:int}/settle")
def settle(
    request: Request,
    number: int,
    position: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Adjudicate,
) -> Response:
    spec_row, batch, found = _form(session, process, actor, number, position)
    questions = adjudication.questions_of(spec_row, batch)
    typed, errors = forms.read_ruling(form, questions)
    found_flaws = flaws(questions, typed.reading) if typed.reading and typed.rejection is None else ()
    if found_flaws:
        errors = {"ruling": forms.explain(found_flaws[0])}
    if errors or typed.reading is None:
        shown = _page_of(spec_row, batch, found, actor) | {"lines": typed.lines, "pressed": typed.pressed}
        if shown["template"] != "paper/settle.html":
            raise Conflict(_("Read the form from the paper first; then the two keyings are shown and you rule."))
        again = context(process, actor, "/batches", errors=errors, **shown)
        return page(request, "paper/settle.html", again, status=422)
    adjudication.settle(
        session, spec_row, batch, found, typed.reading, typed.rejection, account_id=actor.account_id, at=at
    )
    return go(request, process, f"/batches/{number}#settle")


@router.post(BASE + "/shift")
def make_room(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Adjudicate
) -> Response:
    """Moves one pass up where its clerk turned two sheets at once, as the comparison found."""
    spec_row = published(session, process)
    batch = batch_or_404(session, spec_row, number)
    passes = adjudication.check_third(session, batch, actor.account_id)
    comparison = adjudication.compared(session, spec_row, batch)
    shift = find_shift(adjudication.questions_of(spec_row, batch), comparison)
    if shift is None or text_of(form, "position") != str(shift.position):
        raise Conflict(_("The two keyings do not look shifted at this form any more. Nothing was moved."))
    keying = next(each for each in passes if each.pass_number == shift.behind)
    adjudication.make_room(session, spec_row, batch, keying, shift.position, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")
