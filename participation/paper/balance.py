"""What each place and each batch reports, for the identities. No choice is read."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.ballots import queries as ballots_queries
from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import BatchFigures, PlaceFigures
from participation.counting.spec import PAPER_CHANNELS, Channel, RulingKind
from participation.paper import custody
from participation.paper.models.batches import (
    Batch,
    BatchState,
    GapKind,
    GapSignature,
)
from participation.paper.models.remote import PhoneNumber
from participation.paper.models.stock import StockEntry, StockKind
from participation.paper.queries import PassRow, batches_of, passes_of, sample_of, signatures_of
from participation.processes.models import Place, PlaceKind
from participation.processes.queries import SpecRow, places_of
from participation.register import queries as register_queries
from participation.register.models import DeclarationState


def stock_of(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, Mapping[StockKind, int]]:
    """Place id → the sum of its entries per kind."""
    query = (
        select(col(StockEntry.place_id), col(StockEntry.kind), func.sum(col(StockEntry.amount)))
        .where(col(StockEntry.spec_id) == spec_id)
        .group_by(col(StockEntry.place_id), col(StockEntry.kind))
    )
    found: dict[uuid.UUID, dict[StockKind, int]] = {}
    for place_id, kind, amount in session.execute(query):
        found.setdefault(place_id, {})[kind] = int(amount)
    return dict(found)


@dataclass(frozen=True, slots=True)
class StockRow:
    kind: StockKind
    amount: int
    account_id: uuid.UUID
    at: datetime


def stock_entries(session: Session, spec_id: uuid.UUID, place_id: uuid.UUID) -> list[StockRow]:
    """The entries of one place, newest first."""
    query = (
        select(col(StockEntry.kind), col(StockEntry.amount), col(StockEntry.account_id), col(StockEntry.at))
        .where(col(StockEntry.spec_id) == spec_id, col(StockEntry.place_id) == place_id)
        .order_by(col(StockEntry.at).desc(), col(StockEntry.id))
    )
    return [StockRow(*row) for row in session.execute(query)]


def place_figures(session: Session, spec_row: SpecRow) -> list[PlaceFigures]:
    """What each paper place reports: declarations, stock, and what of it is in the box. No choice is read."""
    declared = register_queries.declaration_figures(session, spec_row.id)
    stock = stock_of(session, spec_row.id)
    rulings = ballots_queries.rulings_by_place(session, spec_row.id)
    waiting = _open_forms(session, spec_row.id)
    unchecked, moved = custody.not_checked_in(session, spec_row.id), custody.moved_in(session, spec_row.id)
    waiting_bags, numbers = custody.to_check_in(session, spec_row.id), _numbers_waiting(session, spec_row.id)
    places = [place for place in places_of(session, spec_row.process_id) if place.channel in PAPER_CHANNELS]
    return [
        replace(
            _figures_of(place, declared, stock.get(place.id, {}), rulings.get(place.id, {}), waiting.get(place.id, 0)),
            to_check_in=waiting_bags.get(place.id, 0),
            unchecked=unchecked.get(place.id, 0),
            moved_in=moved.get(place.id, 0),
            numbers_waiting=numbers.get(place.id, 0),
        )
        for place in places
    ]


def _numbers_waiting(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Telephone line → its one-time numbers; those that died are deleted within the hour."""
    query = (
        select(col(PhoneNumber.place_id), func.count())
        .where(col(PhoneNumber.spec_id) == spec_id)
        .group_by(col(PhoneNumber.place_id))
    )
    return {place_id: int(number) for place_id, number in session.execute(query)}


def _figures_of(
    place: Place,
    declared: Sequence[register_queries.DeclarationFigure],
    stock: Mapping[StockKind, int],
    rulings: Mapping[tuple[RulingKind, BallotRejection | None], int],
    open_forms: int,
) -> PlaceFigures:
    here = [each for each in declared if each.place_id == place.id]
    by_state = {state: sum(each.number for each in here if each.state is state) for state in DeclarationState}
    refused: dict[str, int] = {}
    for each in here:
        if each.state is DeclarationState.REFUSED and each.set_aside:
            refused[each.set_aside.value] = refused.get(each.set_aside.value, 0) + each.number
    rejected = {
        reason.value: number
        for (ruling, reason), number in rulings.items()
        if ruling is RulingKind.REJECTED and reason is not None
    }
    return PlaceFigures(
        place=place.code,
        envelope=place.kind is PlaceKind.ENVELOPE,
        phone=place.channel is Channel.PHONE,
        accepted=by_state[DeclarationState.ACCEPTED],
        anonymous=sum(each.number for each in here if each.anonymous),
        refused=refused,
        open_cases=by_state[DeclarationState.OPEN_CASE],
        blanks_received=stock.get(StockKind.BLANKS_RECEIVED, 0),
        unused=stock.get(StockKind.UNUSED, 0),
        issued=stock.get(StockKind.ISSUED, 0),
        replaced=stock.get(StockKind.REPLACED, 0),
        not_returned=stock.get(StockKind.NOT_RETURNED, 0),
        inner_opened=stock.get(StockKind.INNER_OPENED, 0),
        empty_envelopes=stock.get(StockKind.EMPTY_ENVELOPE, 0),
        extra=stock.get(StockKind.EXTRA, 0),
        counted=sum(number for (ruling, _reason), number in rulings.items() if ruling is not RulingKind.REJECTED),
        rejected=rejected,
        open_forms=open_forms,
    )


def _open_forms(session: Session, spec_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Place id → forms by hand count in its batches that are not closed.

    Those of a recounted batch are in the box: what was read first stands until the new reading does.
    """
    query = (
        select(col(Batch.place_id), func.sum(col(Batch.header_count)))
        .where(col(Batch.spec_id) == spec_id, col(Batch.state) == BatchState.OPEN, col(Batch.cast_round).is_(None))
        .group_by(col(Batch.place_id))
    )
    return {place_id: int(number) for place_id, number in session.execute(query)}


def batch_figures(session: Session, spec_row: SpecRow) -> list[BatchFigures]:
    """Each batch's three counts, lowest number first, and who signed a difference with what reason."""
    batches = batches_of(session, spec_row.id)[::-1]
    ids = [batch.id for batch in batches]
    passes, signatures = passes_of(session, ids), signatures_of(session, ids)
    places = {place.id: place.code for place in places_of(session, spec_row.process_id)}
    found = []
    for batch in batches:
        counts = _forms_read(passes.get(batch.id, []))
        signed = _signed_count(signatures.get(batch.id, []))
        found.append(
            BatchFigures(
                number=batch.number,
                place=places[batch.place_id],
                header=batch.header_count,
                first=counts.get(1, 0),
                second=counts.get(2, 0),
                closed=batch.is_closed,
                signed=len(signed) == 2,
                reasons=tuple(dict.fromkeys(each.reason for each in signed)),
            )
        )
    return found


def excess_reasons(session: Session, spec_row: SpecRow) -> dict[str, tuple[str, ...]]:
    """Place → why more forms came from it than declarations were accepted there, as signed with its batches."""
    batches = batches_of(session, spec_row.id)[::-1]
    signatures = signatures_of(session, [batch.id for batch in batches])
    places = {place.id: place.code for place in places_of(session, spec_row.process_id)}
    found: dict[str, tuple[str, ...]] = {}
    for batch in batches:
        signed = [each.reason for each in signatures.get(batch.id, []) if each.kind is GapKind.EXCESS]
        code = places[batch.place_id]
        found[code] = tuple(dict.fromkeys((*found.get(code, ()), *signed)))
    return found


def _forms_read(passes: Sequence[PassRow]) -> dict[int, int]:
    """Pass → for how many forms it stands. Where a scan is checked by a sample, the second keying also stands for the
    forms that were not drawn: without a difference they count as scanned."""
    counts = {each.pass_number: each.forms for each in passes}
    sample = sample_of(passes)
    if sample is not None and 2 in counts:
        counts[2] += counts[1] - len(sample)
    return counts


def _signed_count(signatures: Sequence[GapSignature]) -> list[GapSignature]:
    """The two signatures under one difference of the counts, or those there are."""
    counted = [each for each in signatures if each.kind is GapKind.COUNT]
    last = counted[-1].difference if counted else 0
    return [each for each in counted if each.difference == last]
