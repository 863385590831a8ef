"""The last step of a batch: counts agree or two people sign, then its rulings go into the box, once."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots import queries as ballots_queries
from participation.ballots.entries import Entry, PaperClaim, Refusal, Source
from participation.ballots.service import cast, supersede_round
from participation.counting.spec import Capture, RulingKind
from participation.db import new_id
from participation.errors import Conflict, Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.paper import custody, queries
from participation.paper.events import BatchClosed, BatchRecounted, GapSigned
from participation.paper.keying.adjudication import both_finished, compared, questions_of
from participation.paper.keying.comparison import Comparison, ruling_for
from participation.paper.keying.differences import Recounted, between
from participation.paper.models.batches import Batch, BatchState, GapKind, GapSignature
from participation.paper.queries import BatchRow, PassRow
from participation.processes.models import Place
from participation.processes.queries import SpecRow
from participation.register import queries as register_queries
from participation.register.keys import Keys

SIGNATURES = 2


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference that two people must sign, and who did."""

    kind: GapKind
    difference: int
    signatures: tuple[GapSignature, ...]

    @property
    def signed(self) -> bool:
        return len(self.signatures) >= SIGNATURES


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a batch is on its way to the box."""

    passes: tuple[PassRow, ...]
    comparison: Comparison | None
    """None until both keyings are finished: nobody sees one through the other."""
    gaps: tuple[Gap, ...]

    @property
    def obstacles(self) -> tuple[Message, ...]:
        """What still keeps it from closing, in the order in which it is done."""
        return tuple(_obstacles(self))


def _obstacles(standing: Standing) -> list[Message]:
    if standing.comparison is None:
        return [_("Both keyings must be finished, each made without seeing the other.")]
    found: list[Message] = []
    if waiting := len(standing.comparison.waiting):
        found.append(
            ngettext("%(num)s form waits for a third person.", "%(num)s forms wait for a third person.", waiting)
        )
    for gap in standing.gaps:
        if not gap.signed:
            found.append(_GAPS[gap.kind])
    return found


_GAPS = {
    GapKind.COUNT: _("The counts differ: two people sign the gap with a reason."),
    GapKind.EXCESS: _(
        "More ballots would come from this place than declarations were accepted there: two people sign why."
    ),
}


def standing_of(session: Session, spec_row: SpecRow, batch: BatchRow) -> Standing:
    """The batch's passes, comparison and gaps as they are now."""
    passes = queries.passes_of(session, [batch.id]).get(batch.id, [])
    if not both_finished(passes):
        return Standing(tuple(passes), None, ())
    comparison = compared(session, spec_row, batch)
    signatures = queries.signatures_of(session, [batch.id]).get(batch.id, [])
    excess = 0 if batch.is_closed else _excess(session, spec_row, batch, comparison)
    gaps = []
    if not comparison.counts_agree:
        gaps.append(_gap(GapKind.COUNT, comparison.difference, signatures))
    if excess > 0:
        gaps.append(_gap(GapKind.EXCESS, excess, signatures))
    return Standing(tuple(passes), comparison, tuple(gaps))


def _gap(kind: GapKind, difference: int, signatures: list[GapSignature]) -> Gap:
    return Gap(kind, difference, tuple(queries.signed_by(signatures, kind, difference)))


def _excess(session: Session, spec_row: SpecRow, batch: BatchRow, comparison: Comparison) -> int:
    """How many more forms would be cast from the place than declarations were accepted there, or for what boxes of
    other places brought when they were poured into one of it."""
    accepted = register_queries.accepted_at(session, spec_row.id, batch.place_id)
    in_box = ballots_queries.cast_from(session, spec_row.id, batch.place_id)
    moved = custody.moved_in(session, spec_row.id).get(batch.place_id, 0)
    return max(0, in_box - batch.in_the_box + comparison.found - accepted - moved)


def sign_gap(
    session: Session,
    spec_row: SpecRow,
    batch: BatchRow,
    kind: GapKind,
    reason: str,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """One of two signatures under the difference as it is now. Conflict when there is none to sign.

    A signature under another difference stays, and counts for nothing.
    """
    if batch.is_closed:
        raise Conflict(_("This batch is closed: its ballots are in the box. Nothing was changed."))
    standing = standing_of(session, spec_row, batch)
    gap = next((each for each in standing.gaps if each.kind is kind), None)
    if gap is None or (standing.comparison and standing.comparison.waiting):
        raise Conflict(_("There is no gap to sign now: settle the forms that wait for a third person first."))
    signed = [each for each in _signatures(session, batch) if each.kind is kind]
    if any(each.account_id == account_id and each.difference == gap.difference for each in signed):
        raise Conflict(_("You have signed this gap already. A second person signs it too."))
    refuse_one_hand(session, account_id, *(each.account_id for each in signed if each.difference == gap.difference))
    row = {
        "id": new_id(),
        "batch_id": batch.id,
        "round": batch.round,
        "kind": kind,
        "account_id": account_id,
        "difference": gap.difference,
        "reason": reason,
        "at": at,
    }
    session.execute(insert(GapSignature).values(row))
    event = GapSigned(batch.id, kind, gap.difference)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)


def _signatures(session: Session, batch: BatchRow) -> list[GapSignature]:
    return queries.signatures_of(session, [batch.id]).get(batch.id, [])


def close_batch(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    batch: BatchRow,
    *,
    zone: ZoneInfo,
    account_id: uuid.UUID,
    at: datetime,
) -> int:
    """Casts every form of the batch in one call and closes it; returns how many forms went into the box.

    After a recount the ballots of the earlier round count no more from then on. Closing twice casts once.
    Conflict, saying what is missing, while anything is open.
    """
    taken = session.execute(
        update(Batch)
        .where(col(Batch.id) == batch.id, col(Batch.state) == BatchState.OPEN, col(Batch.round) == batch.round)
        .values(state=BatchState.CLOSED, closed_at=at, closed_by=account_id, cast_round=batch.round)
        .returning(col(Batch.id))
    ).all()
    if not taken:
        return batch.forms_cast
    session.execute(select(col(Place.id)).where(col(Place.id) == batch.place_id).with_for_update(key_share=True))
    standing = standing_of(session, spec_row, batch)  # batches of one place close one by one: each sees the others
    if standing.comparison is None or standing.obstacles:
        raise Conflict(_("This batch cannot be closed yet. Nothing was cast."), standing.obstacles[0])
    entries = _entries(spec_row, batch, standing, standing.comparison, zone)
    refused = [answer for answer in cast(session, keys, spec_row, entries, at) if isinstance(answer, Refusal)]
    if refused:
        raise Conflict(
            _("The box refused a form of this batch (%(reason)s). Nothing was cast.", reason=refused[0].reason.value),
            _("Have the form settled by a third person, or tell an administrator."),
        )
    session.execute(update(Batch).where(col(Batch.id) == batch.id).values(forms_cast=len(entries)))
    rejected = sum(entry.ruling is RulingKind.REJECTED for entry in entries)
    event: BatchClosed | BatchRecounted = BatchClosed(batch.id, batch.number, len(entries), rejected)
    if batch.cast_round is not None:
        supersede_round(session, spec_row.id, batch.id, batch.cast_round, batch.round, at)
        pair = Recounted(batch, batch.cast_round, batch.round)
        differing = len(between(session, spec_row, [pair])[batch.id])
        event = BatchRecounted(batch.id, batch.number, len(entries), rejected, differing)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
    return len(entries)


def _entries(
    spec_row: SpecRow, batch: BatchRow, standing: Standing, comparison: Comparison, zone: ZoneInfo
) -> list[Entry]:
    """One entry for each form that is there, judged on the day on which it was received.

    A form counts as scanned where a scan and a person, or its sample, agree; what a third person ruled was keyed.
    """
    questions = questions_of(spec_row, batch)
    scanned = any(each.is_scan for each in standing.passes)
    received = datetime.combine(batch.received_on, time(12), zone)
    entries = []
    for form in comparison.forms:
        if not form.is_there:
            continue
        ruling = ruling_for(questions, form)
        capture = Capture.SCANNED if scanned and form.agrees and not form.settled else Capture.KEYED
        source = Source(batch.channel, capture, batch.place_id, batch.id, batch.round)
        entries.append(
            Entry(
                PaperClaim(batch.id, form.position),
                batch.style,
                ruling.choices,
                source,
                received,
                form_nonce(batch.id, batch.round, form.position),
                ruling.kind,
                ruling.rejection,
            )
        )
    return entries


def form_nonce(batch_id: uuid.UUID, in_round: int, position: int) -> str:
    """Always the same for the same form in a round: a batch closed again after a crash casts nothing twice."""
    return hashlib.sha256(f"paper|{batch_id}|{in_round}|{position}".encode()).hexdigest()
