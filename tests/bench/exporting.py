"""One export in a process of its own, which says how many rows it wrote and how much memory it held."""

from __future__ import annotations

import sys
import uuid
from pathlib import Path

from sqlmodel import Session

from participation.consultations.analysis.queries import Bench, bench_of
from participation.consultations.analysis.units import Asked
from participation.consultations.exports.figures import ANSWERS
from participation.consultations.exports.service import table_named, write
from participation.consultations.exports.tables import Source
from participation.db import Database
from participation.i18n import now
from participation.processes.queries import OpenProcess, process_by_id
from tests.bench.memory import most_held


def export(url: str, process: str, name: str, kind: str, path: str) -> None:
    """Writes one table of a process, and prints how many rows, and the memory held, in MB."""
    database = Database(url)
    with database.reading() as session:
        opened = process_by_id(session, uuid.UUID(process))
        assert opened is not None
        table, named = table_named(name, kind)
        bench = asked_once(session, opened) if table is ANSWERS else bench_of(session, opened)
        written = write(Path(path), table, named, Source(session, opened, bench, "fr", now()))
    print(written.rows, most_held())


def asked_once(session: Session, process: OpenProcess) -> Bench:
    """As if the first question of the process were an open one."""
    spec_row = bench_of(session, process).spec_row
    assert spec_row is not None
    return Bench(process.id, spec_row, [Asked(spec_row.spec.questions[0].id, 1, {"fr": "Que garder?"}, {})])


if __name__ == "__main__":
    export(*sys.argv[1:])
