"""The third person over HTTP: reads the paper or its picture, then sees both keyings, then rules."""

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.counting.spec import Question
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper.desk import context, go, published
from participation.paper.keying import adjudication, forms
from participation.paper.keying.comparison import Form, find_shift
from participation.paper.keying.page import read_back
from participation.paper.marks import Reading, flaws, line_of, printed_reasons, printed_rule
from participation.paper.queries import BatchRow, PassRow, batch_or_404
from participation.paper.scans.forms import page_key
from participation.paper.scans.routes import picture_file
from participation.paper.scans.store import Store
from participation.paper.settling.pictures import Picture, picture_of
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, SpecRow
from participation.templating import page
from participation.typed import text_of

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches/{number:int}"
NOTHING_CHOSEN = "choose"
"""No ruling is offered where the printed rules name none."""
Adjudicate = Annotated[OpenProcess, open_process(Permission.BATCH_ADJUDICATE)]


@dataclass(frozen=True, slots=True)
class _Case:
    """A form that this person may settle."""

    spec_row: SpecRow
    batch: BatchRow
    passes: list[PassRow]
    form: Form

    @property
    def questions(self) -> tuple[Question, ...]:
        return adjudication.questions_of(self.spec_row, self.batch)

    def picture(self, session: Session) -> Picture | None:
        return picture_of(session, self.batch, self.passes, self.form)


def _case(session: Session, process: OpenProcess, actor: Actor, number: int, position: int) -> _Case:
    spec_row = published(session, process)
    batch = batch_or_404(session, spec_row, number)
    passes = adjudication.check_third(session, batch, actor.account_id)
    comparison = adjudication.compared(session, spec_row, batch)
    return _Case(spec_row, batch, passes, adjudication.form_to_settle(comparison, position))


@router.get(BASE + "/adjudicate/{position:int}")
def show_form(
    request: Request, number: int, position: int, session: SessionDep, actor: ActorDep, process: Adjudicate
) -> Response:
    shown = _page_of(session, _case(session, process, actor, number, position), actor)
    return page(request, shown["template"], context(process, actor, "/batches", errors={}, **shown))


def _page_of(session: Session, case: _Case, actor: Actor) -> dict[str, Any]:
    """The first page asks for the reading; the second, for the person who read it, shows both keyings."""
    form, questions, picture = case.form, case.questions, case.picture(session)
    shown: dict[str, Any] = {
        "batch": case.batch, "form": form, "questions": questions, "lines": {}, "pressed": "",
        "pages": picture.pages if picture else (), "crops": (),
    }  # fmt: skip
    held = form.adjudication
    if held is None or held.account_id != actor.account_id:
        return shown | {"template": "paper/adjudicate.html"}
    own = adjudication.own_reading(form)
    assert own is not None
    found = form.serial_flaws + flaws(questions, own)
    return shown | {
        "template": "paper/settle.html",
        "crops": picture.crops(questions) if picture else (),
        "lines": {each.id: line_of(each.kind, own.marks.get(each.id, ())) for each in questions},
        "pressed": _default_ruling(own, held.rejection.value if held.rejection else "", found),
        "readings": [
            read_back(questions, form.position, reading) if reading else None
            for reading in (own, form.first, form.second)
        ],
        "printed_reasons": printed_reasons(questions),
        "flaws": [forms.explain(flaw) for flaw in found],
    }


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
    case = _case(session, process, actor, number, position)
    typed, errors = forms.read_ruling(form, case.questions)
    if typed.reading is None:
        shown = _page_of(session, case, actor) | {"lines": typed.lines, "pressed": typed.pressed}
        again = context(process, actor, "/batches", errors=errors, **shown)
        return page(request, "paper/adjudicate.html", again, status=422)
    adjudication.record_reading(
        session, case.batch, case.form, typed.reading, typed.rejection, account_id=actor.account_id
    )
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
    case = _case(session, process, actor, number, position)
    typed, errors = forms.read_ruling(form, case.questions)
    found_flaws = flaws(case.questions, typed.reading) if typed.reading and typed.rejection is None else ()
    if found_flaws:
        errors = {"ruling": forms.explain(found_flaws[0])}
    if errors or typed.reading is None:
        shown = _page_of(session, case, actor) | {"lines": typed.lines, "pressed": typed.pressed}
        if shown["template"] != "paper/settle.html":
            raise Conflict(_("Read the form from the paper first; then the two keyings are shown and you rule."))
        again = context(process, actor, "/batches", errors=errors, **shown)
        return page(request, "paper/settle.html", again, status=422)
    adjudication.settle(
        session, case.spec_row, case.batch, case.form, typed.reading, typed.rejection,
        account_id=actor.account_id, at=at,
    )  # fmt: skip
    return go(request, process, f"/batches/{number}#settle")


@router.get(BASE + "/adjudicate/{position:int}/pages/{key}/picture")
def show_picture(
    request: Request, number: int, position: int, key: str, session: SessionDep, actor: ActorDep, process: Adjudicate
) -> Response:
    """A page of the sheet that this person settles, as the limited child made it: of no other sheet."""
    store, page_id = _stored(request, session, _case(session, process, actor, number, position), key)
    return picture_file(store.picture(page_id), "image/jpeg")


@router.get(BASE + "/adjudicate/{position:int}/pages/{key}/lines/{crop:int}")
def show_crop(
    request: Request, number: int, position: int, key: str, crop: int, session: SessionDep, actor: ActorDep,
    process: Adjudicate,
) -> Response:  # fmt: skip
    """The line of one mark on that sheet."""
    store, page_id = _stored(request, session, _case(session, process, actor, number, position), key)
    return picture_file(store.crop(page_id, crop), "image/png")


def _stored(request: Request, session: Session, case: _Case, key: str) -> tuple[Store, uuid.UUID]:
    picture, page_id = case.picture(session), page_key(key)
    if picture is None or page_id not in {each.id for each in picture.pages}:
        raise NotFound(_("There is no such picture of this form."))
    return Store.of(request.app.state.settings, picture.scan.id), page_id


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
