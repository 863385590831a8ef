"""The board of batches and the page of one: how far each is, what it waits for, what this person may do."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of
from participation.paper import queries
from participation.paper.keying import closing, rounds
from participation.paper.keying.adjudication import both_finished, questions_of
from participation.paper.keying.comparison import compare, find_shift
from participation.paper.keying.forms import explain
from participation.paper.keying.scan_sample import sample_size
from participation.paper.keying.serial_facts import facts_of
from participation.paper.models.batches import GapKind
from participation.paper.models.desk import ScanUse
from participation.paper.queries import BatchRow, PassRow
from participation.paper.serials import printed_serial
from participation.processes.models import LocalText
from participation.processes.queries import OpenProcess, SpecRow, places_of

LATE = timedelta(days=2)
"""A batch that is still open after this long is called late on the board."""


class Stage(StrEnum):
    """What a batch waits for."""

    FIRST = "first"
    SECOND = "second"
    KEYING = "keying"
    SETTLE = "settle"
    SIGN = "sign"
    READY = "ready"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the board."""

    batch: BatchRow
    stage: Stage
    first: int
    second: int
    waiting: int
    late: bool
    left: int
    """Forms that people still have to key in it."""
    readers: frozenset[uuid.UUID]
    """Who may not begin its next keying: whoever had a part in the other one, or in what a recount looks at."""


def rows(session: Session, spec_row: SpecRow, at: datetime) -> list[Row]:
    """Every batch, those that wait for something first. Four queries, and more where batches are read anew."""
    batches = queries.batches_of(session, spec_row.id)
    begun = rounds.begun_at(session, spec_row.id) if any(batch.round > 1 for batch in batches) else {}
    passes = queries.passes_of(session, [batch.id for batch in batches])
    waiting = _unsettled(session, spec_row, batches, passes)
    barred = rounds.barred_from(session, [batch for batch in batches if not batch.is_closed])
    found = []
    for batch in batches:
        mine = passes.get(batch.id, [])
        counts = {each.pass_number: each.forms for each in mine}
        stage, forms = waiting.get(batch.id) or (_stage(batch, mine), 0)
        late = not batch.is_closed and at - begun.get(batch.id, batch.opened_at) > LATE
        readers = queries.people_of(mine) | barred.get(batch.id, rounds.Barred()).keying
        found.append(
            Row(batch, stage, counts.get(1, 0), counts.get(2, 0), forms, late, forms_left(batch, mine), readers)
        )
    return sorted(found, key=lambda row: (row.batch.is_closed, -row.batch.number))


def _stage(batch: BatchRow, passes: Sequence[PassRow]) -> Stage:
    if batch.is_closed:
        return Stage.CLOSED
    if not passes:
        return Stage.FIRST
    return Stage.SECOND if len(passes) == 1 and passes[0].finished_at else Stage.KEYING


def forms_left(batch: BatchRow, passes: Sequence[PassRow]) -> int:
    """What people have still to key: nothing of a finished pass or of a scan, and of a sample no more than it has."""
    if batch.is_closed:
        return 0
    scan = next((each for each in passes if each.is_scan), None)
    asked = batch.header_count
    if scan is not None and scan.sample is not None:
        asked = len(scan.sample) or sample_size(asked)
    open_passes = [each for each in passes if not each.is_scan and each.finished_at is None]
    return (2 - len(passes)) * asked + sum(max(0, asked - each.forms) for each in open_passes)


def _unsettled(
    session: Session, spec_row: SpecRow, batches: Sequence[BatchRow], passes: Mapping[uuid.UUID, list[PassRow]]
) -> dict[uuid.UUID, tuple[Stage, int]]:
    """Batches that are keyed twice and not closed → what they wait for, and how many forms to settle."""
    keyed = [batch for batch in batches if not batch.is_closed and both_finished(passes.get(batch.id, []))]
    ids = [batch.id for batch in keyed]
    if not ids:
        return {}
    readings, ruled = queries.readings_of(session, ids), queries.adjudications_of(session, ids)
    signatures, serials = queries.signatures_of(session, ids), facts_of(session, spec_row.id, ids)
    found = {}
    for batch in keyed:
        comparison = compare(
            questions_of(spec_row, batch),
            batch.header_count,
            readings.get(batch.id, {}),
            ruled.get(batch.id, {}),
            serials.get(batch.id),
            queries.sample_of(passes.get(batch.id, [])),
        )
        signed = queries.signed_by(signatures.get(batch.id, []), GapKind.COUNT, comparison.difference)
        if comparison.waiting:
            found[batch.id] = (Stage.SETTLE, len(comparison.waiting))
        elif not comparison.counts_agree and len(signed) < closing.SIGNATURES:
            found[batch.id] = (Stage.SIGN, 0)
        else:
            found[batch.id] = (Stage.READY, 0)
    return found


def summary(found: Sequence[Row]) -> dict[str, int]:
    """Batches per stage and the forms still to key, for the head of the board."""
    counts = Counter(row.stage.value for row in found)
    return {
        **{stage.value: counts.get(stage.value, 0) for stage in Stage},
        "late": sum(row.late for row in found),
        "to_key": sum(row.left for row in found),
    }


def place_names(session: Session, process: OpenProcess) -> dict[uuid.UUID, LocalText]:
    return {place.id: place.name for place in places_of(session, process.id)}


def batch_page(
    session: Session, process: OpenProcess, spec_row: SpecRow, batch: BatchRow, actor: Actor
) -> dict[str, Any]:
    """The page of one batch: its header, its passes, what is to settle or sign. No reading is on it."""
    standing = closing.standing_of(session, spec_row, batch)
    mine = next((each for each in standing.passes if actor.account_id in each.people), None)
    use = queries.scan_use(session, process.id)
    people = {each.account_id for each in standing.passes} | {batch.opened_by}
    people |= {signature.account_id for gap in standing.gaps for signature in gap.signatures}
    people |= {batch.closed_by} - {None}  # type: ignore[arg-type]
    earlier = rounds.earlier_rounds(session, batch) if batch.round > 1 else []
    people |= {each.account_id for before in earlier for each in before.passes} | {each.ended_by for each in earlier}
    barred = rounds.barred(session, batch)
    shift = find_shift(questions_of(spec_row, batch), standing.comparison) if standing.comparison else None
    return {
        "batch": batch,
        "place_name": place_names(session, process)[batch.place_id],
        "style": spec_row.spec.style[batch.style],
        "several_styles": len(spec_row.spec.styles) > 1,
        "standing": standing,
        "mine": mine,
        "names": names_of(session, people),
        "earlier": earlier,
        "shift": shift,
        "serial_words": {
            form.position: [explain(flaw) for flaw in form.serial_flaws]
            for form in (standing.comparison.forms if standing.comparison else ())
        },
        "sample": _sample(session, standing.passes),
        "may": _may(process, actor, batch, standing, mine, barred, use),
    }


def _sample(session: Session, passes: Sequence[PassRow]) -> list[tuple[int, str]]:
    """Position and printed serial of each form of a scanned batch that a person keys too, where it is a sample."""
    scan = next((each for each in passes if each.sample), None)
    if scan is None:
        return []
    serials = {form.position: form.reading.serial for form in queries.keyed_in(session, scan.id)}
    return [(place, printed_serial(serials[place]) if serials.get(place) else "") for place in scan.sample or ()]


def _may(
    process: OpenProcess,
    actor: Actor,
    batch: BatchRow,
    standing: closing.Standing,
    mine: PassRow | None,
    barred: rounds.Barred,
    use: ScanUse,
) -> dict[str, bool]:
    """Which acts this person is offered. Each is checked again when it is done."""
    held = {
        permission: actor.may(permission, process.organisation.id, process.id)
        for permission in (
            Permission.BATCH_KEY,
            Permission.BATCH_MANAGE,
            Permission.BATCH_ADJUDICATE,
            Permission.PRINT_FORMS,
        )
    }
    compared = standing.comparison is not None
    keys = held[Permission.BATCH_KEY] and not batch.is_closed
    rules = held[Permission.BATCH_ADJUDICATE] and not batch.is_closed and actor.account_id not in barred.ruling
    scan = next((each for each in standing.passes if each.is_scan), None)
    free = keys and mine is None and len(standing.passes) < 2 and actor.account_id not in barred.keying
    keyed_by_me = mine is not None and not mine.is_scan
    return {
        "start": free and not (scan and scan.sample == []),
        "key": keys and keyed_by_me and mine is not None and mine.finished_at is None,
        "resume": keys and keyed_by_me and mine is not None and mine.finished_at is not None and not compared,
        "scan": free and scan is None and use is not ScanUse.NONE,
        "see_scan": scan is not None,
        "settle": rules and compared and mine is None,
        "sign": held[Permission.BATCH_MANAGE] and compared and not batch.is_closed,
        "close": held[Permission.BATCH_MANAGE] and not batch.is_closed and not standing.obstacles,
        "reopen": held[Permission.BATCH_MANAGE] and not batch.is_closed and bool(standing.passes),
        "print": held[Permission.PRINT_FORMS],
    }
