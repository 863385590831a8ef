"""The third person: reads the paper first, sees the two keyings after, and rules.

In a published trial people who were shown both entries made them agree with each other,
sometimes wrongly; so the reading made from the paper alone is saved before anything else is shown.
"""

import uuid
from datetime import datetime

from sqlalchemy import insert, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots.models import BallotRejection
from participation.counting.spec import Question
from participation.db import new_id
from participation.errors import Conflict, Forbidden, NotFound
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.events import FormAdjudicated, KeyingShifted
from participation.paper.keying.comparison import Comparison, Form, compare
from participation.paper.keying.rounds import refuse_earlier_judge
from participation.paper.keying.serial_facts import facts_of
from participation.paper.marks import Reading, flaws, loaded, stored
from participation.paper.models.batches import Adjudication, Keying
from participation.paper.queries import BatchRow, PassRow
from participation.processes.queries import SpecRow


def compared(session: Session, spec_row: SpecRow, batch: BatchRow, in_round: int | None = None) -> Comparison:
    """Both keyings of the batch beside each other, with the rulings so far. Never shown to a keyer.

    Of its newest round, or of an earlier one: that one's serials were looked at then.
    """
    rounds = None if in_round is None else {batch.id: in_round}
    passes = queries.readings_of(session, [batch.id], rounds).get(batch.id, {})
    ruled = queries.adjudications_of(session, [batch.id], rounds).get(batch.id, {})
    newest = in_round in (None, batch.standing_round)
    serials = facts_of(session, spec_row.id, [batch.id]).get(batch.id) if newest else None
    sample = queries.sample_of(queries.passes_of(session, [batch.id], rounds).get(batch.id, []))
    return compare(questions_of(spec_row, batch), batch.header_count, passes, ruled, serials, sample)


def questions_of(spec_row: SpecRow, batch: BatchRow) -> tuple[Question, ...]:
    return spec_row.spec.questions_of(batch.style)


def check_third(session: Session, batch: BatchRow, account_id: uuid.UUID) -> list[PassRow]:
    """The two finished passes, neither of them this person's. Forbidden or Conflict otherwise."""
    passes = queries.passes_of(session, [batch.id]).get(batch.id, [])
    people = queries.people_of(passes)
    if account_id in people:
        raise Forbidden(
            _("You keyed this batch, so you cannot settle its differences: a third person does."),
            _("Ask another adjudicator."),
        )
    refuse_earlier_judge(session, batch, account_id)
    refuse_one_hand(session, account_id, *people)
    if batch.is_closed:
        raise Conflict(_("This batch is closed: its ballots are in the box. Nothing was changed."))
    if not both_finished(passes):
        raise Conflict(
            _("Both keyings must be finished before anything is compared."),
            _("Come back when the list shows two finished keyings."),
        )
    return passes


def both_finished(passes: list[PassRow]) -> bool:
    return len(passes) == 2 and all(each.finished_at is not None for each in passes)


def form_to_settle(comparison: Comparison, position: int) -> Form:
    """The form at that position, if it needs a third person. NotFound otherwise."""
    form = next((each for each in comparison.forms if each.position == position), None)
    if form is None or not form.needs_person:
        raise NotFound(_("This form needs no third person."))
    return form


def record_reading(
    session: Session,
    batch: BatchRow,
    form: Form,
    reading: Reading,
    rejection: BallotRejection | None = None,
    *,
    account_id: uuid.UUID,
) -> None:
    """Saves what the third person reads on the paper, before either keying is shown to them.

    A reading that was not settled is replaced when another adjudicator takes the form over.
    Conflict when the form is settled or this person has seen the keyings already.
    """
    held = form.adjudication
    if held is None:
        row = {
            "id": new_id(),
            "batch_id": batch.id,
            "round": batch.round,
            "position": form.position,
            "account_id": account_id,
            "reading": reading.interpretation,
            "reading_marks": stored(reading.marks),
            "rejection": rejection,
            "marks": {},
        }
        session.execute(insert(Adjudication).values(row))
        return
    if held.settled_at is not None:
        raise Conflict(_("This form is settled already. Nothing was changed."))
    if held.account_id == account_id:
        raise Conflict(_("Your own reading is saved, and you have seen the two keyings. Settle the form now."))
    mine = {"account_id": account_id, "reading": reading.interpretation, "reading_marks": stored(reading.marks)}
    session.execute(update(Adjudication).where(col(Adjudication.id) == held.id).values(mine | {"rejection": rejection}))


def settle(
    session: Session,
    spec_row: SpecRow,
    batch: BatchRow,
    form: Form,
    reading: Reading,
    rejection: BallotRejection | None,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """The ruling on one form: a vote, a blank, a rejection with its reason, or no form at all.

    Conflict when the third person has not read the paper first, or when the ruling cannot be cast.
    """
    held = form.adjudication
    if held is None or held.account_id != account_id:
        raise Conflict(_("Read the form from the paper first; then the two keyings are shown and you rule."))
    if held.settled_at is not None:
        raise Conflict(_("This form is settled already. Nothing was changed."))
    if rejection is None and flaws(questions_of(spec_row, batch), reading):
        raise Conflict(_("This cannot be counted as it stands. Correct the reading, or reject it with a reason."))
    session.execute(
        update(Adjudication)
        .where(col(Adjudication.id) == held.id)
        .values(
            settled_at=at,
            interpretation=reading.interpretation,
            rejection=rejection,
            marks=stored(reading.marks),
        )
    )
    event = FormAdjudicated(batch.id, form.position, rejection)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def make_room(
    session: Session,
    spec_row: SpecRow,
    batch: BatchRow,
    keying: PassRow,
    position: int,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """One clerk turned two sheets at once: their forms from `position` on move up by one; no reading changes.

    Conflict once a ruling was made at or after that position.
    """
    ruled = queries.adjudications_of(session, [batch.id]).get(batch.id, {})
    if any(place >= position for place in ruled):
        raise Conflict(_("A form at or after this position was already read by a third person. Nothing was moved."))
    for place in reversed(queries.positions_of(session, keying.id)):  # from the top: positions are unique
        if place >= position:
            session.execute(
                update(Keying)
                .where(col(Keying.session_id) == keying.id, col(Keying.position) == place)
                .values(position=place + 1)
            )
    event = KeyingShifted(batch.id, keying.pass_number, position)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def own_reading(form: Form) -> Reading | None:
    """What the third person read, if anybody did."""
    held = form.adjudication
    if held is None:
        return None
    return Reading(held.reading, loaded(held.reading_marks))
