"""One export in a process of its own, which says how many rows it wrote and how much memory it held."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from participation.consultations.analysis.queries import Bench, bench_of
from participation.consultations.analysis.units import Asked
from participation.consultations.exports.figures import ANSWERS
from participation.consultations.exports.formats import Format
from participation.consultations.exports.service import write
from participation.consultations.exports.tables import Source
from participation.db import Database
from participation.i18n import now
from participation.processes.queries import process_by_id
from tests.bench.memory import most_held


def export(url: str, process: str, kind: str, path: str) -> None:
    """Writes the answers of a questionnaire, and prints how many rows, and the memory held, in MB."""
    database = Database(url)
    with database.reading() as session:
        opened = process_by_id(session, uuid.UUID(process))
        assert opened is not None
        found = bench_of(session, opened)
        assert found.spec_row is not None
        asked = [Asked(found.spec_row.spec.questions[0].id, 1, {"fr": "Que garder?"}, {})]
        source = Source(session, opened, Bench(opened.id, found.spec_row, asked), "fr", now())
        written = write(Path(path), ANSWERS, Format(kind), source)
    print(written.rows, most_held())


if __name__ == "__main__":
    export(*sys.argv[1:])
