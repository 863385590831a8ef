"""What the counter did in an earlier run: finished passes and closed batches take no forms any more."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from participation.db import Database
from participation.paper import queries


@dataclass(frozen=True, slots=True)
class Keyed:
    """The batches that are done, by the number that the site gave them."""

    closed: frozenset[int]
    finished: frozenset[tuple[int, str]]
    """Batch number and account of each finished pass."""


def keyed_so_far(database: Database, spec_id: uuid.UUID) -> Keyed:
    """How far every batch is."""
    with database.reading() as session:
        batches = {batch.id: batch for batch in queries.batches_of(session, spec_id)}
        passes = queries.passes_of(session, batches)
    return Keyed(
        frozenset(batch.number for batch in batches.values() if batch.is_closed),
        frozenset(
            (batches[batch_id].number, str(one.account_id))
            for batch_id, of_batch in passes.items()
            for one in of_batch
            if one.finished_at
        ),
    )
