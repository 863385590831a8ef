"""The live box checked by its operator: every chain of seals computed again, every certified count counted again.

The worker does it every night, `participation verify-box` at any time. What somebody outside can check with the
published ballots alone is in `bundle`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlmodel import Session

from participation.counts import queries as counts
from participation.counts import service as counting
from participation.processes.queries import SpecRow, promised_processes, specs_of
from participation.publication import ledger
from participation.publication.bundle import Finding


def check_boxes(session: Session) -> Iterator[Finding]:
    """What agrees and what does not, in every process that was ever published. No finding tells a number of votes."""
    for found in promised_processes(session):
        where = found.path.strip("/")
        yield from _chain(session, where, found.id)
        for spec_row in specs_of(session, found.id):
            yield from _certified(session, where, spec_row)


def _chain(session: Session, where: str, process_id: uuid.UUID) -> Iterator[Finding]:
    state = ledger.verify_chain(session, process_id)
    broken = f"; seal {state.broken_at} does not" if state.broken_at else ""
    yield Finding(f"{where}: {state.seals:,} seals follow from each other{broken}", state.broken_at is None)
    changed = f"; changed or gone: {state.missing:,}" if state.missing else ""
    yield Finding(f"{where}: {state.leaves:,} sealed records are as they were{changed}", state.missing == 0)


def _certified(session: Session, where: str, spec_row: SpecRow) -> Iterator[Finding]:
    """Every version of the result. A count that nobody has certified promises nothing: the box may still change."""
    for certified in counts.certified_counts(session, spec_row.id):
        yield Finding(
            f"{where}: the certified count, digest {certified.count.digest}, comes out again",
            counting.verify(session, spec_row, certified.count),
        )
        signed = certified.minutes.get("chain", {})
        yield Finding(
            f"{where}: seal {signed.get('sequence')}, which the minutes name, is in the chain",
            _names_a_seal(session, spec_row.process_id, signed),
        )


def _names_a_seal(session: Session, process_id: uuid.UUID, signed: dict[str, Any]) -> bool:
    named = (signed.get("sequence"), signed.get("digest"))
    return any((link.sequence, link.digest) == named for link in ledger.checkpoints(session, process_id))
