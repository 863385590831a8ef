"""Verbs on batches: open under a header, key twice. Nothing here sees both keyings.

The third person's part is `adjudication`, the last step `closing`. None of them commits.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.counting.spec import SHEET_CHANNELS, Capture, Channel
from participation.db import insert_new, new_id
from participation.errors import Conflict, Forbidden, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper import queries
from participation.paper.events import BatchOpened, KeyingFinished, KeyingResumed, KeyingStarted
from participation.paper.keying import rounds
from participation.paper.marks import Reading, stored
from participation.paper.models.batches import Batch, BatchState, Keying, KeyingSession
from participation.paper.queries import MOST_FORMS, BatchRow, KeyedForm, MyPass
from participation.processes.models import Place, Spec
from participation.processes.queries import SpecRow

LAST_POSITION = 60
"""A few more than a header allows: forms found beyond it are keyed too, and explained."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the printed batch header says."""

    place: Place
    style: str
    channel: Channel
    received_on: date
    header_count: int
    seal_number: str = ""
    seal_broken: bool = False
    numbered: bool = False
    """Whether the forms carry a serial."""
    box_id: uuid.UUID | None = None
    """The box that the forms were taken from, where the vote works with boxes."""


def open_batch(
    session: Session, spec_row: SpecRow, header: Header, *, nonce: str, account_id: uuid.UUID, at: datetime
) -> int:
    """A new batch under the next number, which is returned; the same nonce again is the same batch.

    Invalid when the header names what this vote does not have.
    """
    known = session.execute(select(col(Batch.number), col(Batch.spec_id)).where(col(Batch.nonce) == nonce)).first()
    if known is not None:
        return _same_spec(known.spec_id, spec_row, known.number)
    _check_header(spec_row, header)
    session.execute(
        select(col(Spec.id)).where(col(Spec.id) == spec_row.id).with_for_update(key_share=True)
    )  # one number each
    last = session.execute(select(func.max(col(Batch.number))).where(col(Batch.spec_id) == spec_row.id)).scalar()
    batch = Batch(
        spec_id=spec_row.id,
        place_id=header.place.id,
        number=(last or 0) + 1,
        nonce=nonce,
        style=header.style,
        channel=header.channel,
        received_on=header.received_on,
        header_count=header.header_count,
        seal_number=header.seal_number,
        seal_broken=header.seal_broken,
        numbered=header.numbered,
        box_id=header.box_id,
        opened_at=at,
        opened_by=account_id,
    )
    session.add(batch)
    session.flush()  # its number is the answer
    event = BatchOpened(
        batch.id, batch.number, header.place.id, header.channel, header.header_count, header.seal_broken
    )
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
    return batch.number


def _same_spec(found: uuid.UUID, spec_row: SpecRow, number: int) -> int:
    if found != spec_row.id:
        raise Conflict(_("This form was already sent for another vote. Open a new batch header."))
    return number


def _check_header(spec_row: SpecRow, header: Header) -> None:
    if header.place.process_id != spec_row.process_id or header.channel not in SHEET_CHANNELS:
        raise Invalid(_("This place does not receive paper ballots of this vote. Nothing was saved."))
    if header.style not in spec_row.spec.style:
        raise Invalid(_("This district is not one of this vote. Nothing was saved."))
    if not 1 <= header.header_count <= MOST_FORMS:
        raise Invalid(_("A batch holds 1 to %(most)s forms. Split a bigger pile into two batches.", most=MOST_FORMS))


def start_keying(session: Session, spec_row: SpecRow, batch: BatchRow, *, account_id: uuid.UUID, at: datetime) -> int:
    """This person's pass over the batch, 1 or 2; asked again it is the same pass.

    Conflict when both passes are somebody else's or the batch is closed.
    """
    check_open(batch.state)
    passes = queries.passes_of(session, [batch.id]).get(batch.id, [])
    for known in passes:
        if known.account_id == account_id and not known.is_scan:
            return known.pass_number
    if account_id in queries.people_of(passes):
        raise Forbidden(
            _("You worked on the scan of this batch, so somebody else keys it: two people look at every batch."),
            _("Take another batch from the list."),
        )
    if any(known.sample == [] for known in passes):
        raise Conflict(
            _("This batch is being scanned, and the forms that you would key are drawn once the scan is finished."),
            _("Take another batch from the list, and come back to this one later."),
        )
    if len(passes) == 2:
        raise Conflict(
            _("Two people are keying this batch already. A third person is needed only for differences."),
            _("Take another batch from the list."),
        )
    refuse_one_hand(session, account_id, *queries.people_of(passes))
    begin_pass(session, batch, len(passes) + 1, account_id=account_id)
    event = KeyingStarted(batch.id, len(passes) + 1)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
    return len(passes) + 1


def begin_pass(
    session: Session,
    batch: BatchRow,
    pass_number: int,
    *,
    account_id: uuid.UUID,
    capture: Capture = Capture.KEYED,
    sample: list[int] | None = None,
) -> uuid.UUID:
    """The row of a pass over the batch, and its id. Conflict when somebody else took it at the same moment.

    Forbidden for who had a part in what a recount is to check.
    """
    rounds.refuse_earlier_reader(session, batch, account_id)
    row = {
        "id": new_id(),
        "batch_id": batch.id,
        "round": batch.round,
        "pass_number": pass_number,
        "account_id": account_id,
        "capture": capture,
        "sample": sample,
    }
    if not insert_new(session, KeyingSession, [row], "id"):
        raise Conflict(
            _("Somebody else took this pass at the same moment. Nothing was lost."), _("Open the batch again.")
        )
    return row["id"]  # type: ignore[return-value]


def check_open(state: BatchState) -> None:
    """Conflict once the ballots of the batch are in the box."""
    if state is BatchState.CLOSED:
        raise Conflict(_("This batch is closed: its ballots are in the box. Nothing was changed."))


def my_open_pass(
    session: Session, spec_row: SpecRow, number: int, account_id: uuid.UUID, *, hold: bool = False
) -> MyPass:
    """This person's unfinished pass. NotFound before it was started, Conflict once it is finished."""
    mine = queries.my_pass(session, spec_row.id, number, account_id, hold=hold)
    if mine is None:
        raise NotFound(_("You are not keying this batch. Open it from the list of batches first."))
    check_open(mine.state)
    if mine.capture is Capture.SCANNED:
        raise Conflict(_("This pass is read from scans, so nothing is keyed in it. Nothing was saved."))
    if mine.finished_at is not None:
        raise Conflict(
            _("Your pass over this batch is finished. This form was not saved."),
            _("Open the batch; you can resume your pass until the other one is finished too."),
        )
    return mine


class AlreadyKeyed(Exception):
    """Another window saved a form at this position first; `form` is what it saved."""

    def __init__(self, form: KeyedForm) -> None:
        super().__init__(form.position)
        self.form = form


def key_form(
    session: Session,
    mine: MyPass,
    position: int,
    reading: Reading,
    *,
    nonce: str,
    replaces: str = "",
    seconds: int | None = None,
) -> bool:
    """Saves one form as this person read it, one statement when it is new; False where it was saved before.

    The same nonce again changes nothing. `replaces` is the nonce of the keying that is corrected, or several with
    spaces between: a station that was cut off does not know which of its corrections arrived last. `seconds` is how
    long the form was on the screen. AlreadyKeyed, with nothing written, when the position holds something that this
    form has not seen.
    """
    if replaces and _correct(session, mine, position, reading, nonce, replaces):
        return True
    row = {
        "id": new_id(),
        "session_id": mine.session_id,
        "position": position,
        "interpretation": reading.interpretation,
        "marks": stored(reading.marks),
        "serial": reading.serial,
        "seconds": seconds,
        "nonce": nonce,
    }
    if insert_new(session, Keying, [row], "id"):
        return True
    repeated = session.execute(
        select(col(Keying.id)).where(col(Keying.session_id) == mine.session_id, col(Keying.nonce) == nonce)
    ).first()
    if repeated is None:
        raise AlreadyKeyed(queries.keyed_near(session, mine.session_id, position)[-1])
    return False


def _correct(session: Session, mine: MyPass, position: int, reading: Reading, nonce: str, replaces: str) -> bool:
    """Replaces what this person keyed before, if it is still what they saw."""
    changed = session.execute(
        update(Keying)
        .where(
            col(Keying.session_id) == mine.session_id,
            col(Keying.position) == position,
            col(Keying.nonce).in_({replaces, *replaces.split()}),
        )
        .values(interpretation=reading.interpretation, marks=stored(reading.marks), serial=reading.serial, nonce=nonce)
        .returning(col(Keying.id))
    )
    return bool(changed.all())


def finish_keying(session: Session, spec_row: SpecRow, mine: MyPass, *, account_id: uuid.UUID, at: datetime) -> int:
    """Ends this person's pass and returns how many forms it has. Conflict when it has none."""
    keyed = queries.progress(session, mine.session_id)
    if not keyed.forms:
        raise Conflict(_("You have keyed no form of this batch yet, so it cannot be finished."))
    session.execute(update(KeyingSession).where(col(KeyingSession.id) == mine.session_id).values(finished_at=at))
    event = KeyingFinished(mine.batch_id, mine.pass_number, keyed.forms)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
    return keyed.forms


def resume_keying(session: Session, spec_row: SpecRow, batch: BatchRow, *, account_id: uuid.UUID, at: datetime) -> None:
    """Opens one's finished pass again, as long as the other pass is not finished: nothing was compared yet."""
    check_open(batch.state)
    passes = queries.passes_of(session, [batch.id]).get(batch.id, [])
    mine = next((each for each in passes if each.account_id == account_id), None)
    if mine is None or mine.finished_at is None or mine.is_scan:
        raise Conflict(_("There is no finished pass of yours to resume in this batch."))
    if len(passes) == 2 and all(each.finished_at for each in passes):
        raise Conflict(
            _("Both passes are finished and compared, so neither can be changed."),
            _("Differences are settled by a third person with the paper at hand."),
        )
    session.execute(update(KeyingSession).where(col(KeyingSession.id) == mine.id).values(finished_at=None))
    event = KeyingResumed(batch.id, mine.pass_number)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
