"""A consultation with 100,000 comments beside one with 100, and the memory of its large exports.

Pages: the CPU of one process that answers the same address of both consultations in turns, each in a database of its
own. Exports: the largest resident size of a process of its own. `python -m tests.bench.consulting` prints a line for
each page and one for each file; with a word behind it, only pages whose name has it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import insert, select

from participation import schema
from participation.accounts.models import Organisation, Role
from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import AnalysisCode, AnswerNumber, CodedPassage
from participation.consultations.exports.figures import ANSWERS, PASSAGES
from participation.consultations.exports.formats import Format
from participation.consultations.exports.registers import CONTRIBUTIONS
from participation.consultations.exports.tables import Table
from participation.consultations.models import Contribution
from participation.counting.spec import Channel
from participation.db import Database, core_table, new_id
from participation.i18n import now
from participation.register.keys import Keys
from participation.settings import Settings
from tests.bench.consulted import PAGES, Measured, places
from tests.bench.crowd import Crowd
from tests.builders import build_account, build_world
from tests.client import Browser, Site

MANY, FEW, ANSWERED, CODED = 100_000, 100, 250_000, 20_000
TOGETHER, RUNS, EACH = 5_000, 5, 4
"""Answers written at once; runs of which the median counts, and pages of a run."""
TEXT = "La hauteur devant le parc me préoccupe; gardez l’ancienne gare et son horloge. " * 4


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two sites: who opens its pages, and what its addresses hold."""

    database: Database
    process_id: uuid.UUID
    account_id: uuid.UUID
    visitor: Browser
    staff: Browser
    names: Mapping[str, str]

    def cpu(self, page: Measured) -> float:
        """Seconds of CPU for one page, over some of them."""
        browser, path = self.staff if page.by_staff else self.visitor, page.path.format(**self.names)
        started = time.process_time()
        for _page in range(EACH):
            browser.get(path)
        return (time.process_time() - started) / EACH


@contextmanager
def half(folder: Path, slug: str, comments: int) -> Iterator[Half]:
    """A site of its own, with a consultation that has so many comments."""
    settings = settings_in(folder / slug)
    database = Database(settings.database_url)
    schema.upgrade(database)
    with database.writing() as session:
        body = Organisation(slug="essai", name={"fr": "Office d’essai"})
        session.add(body)
        session.flush()
        organisation_id = body.id
    staff = build_account(database, "Ada", list(Role), organisation_id)
    with database.writing() as session:
        process_id = Crowd(session, organisation_id, slug, comments, staff).write()
    with database.reading() as session:
        names = places(session, process_id) | {"slug": slug}
    with Site(settings, database, Keys(settings)) as site:
        site.at = now()
        yield Half(database, process_id, staff, site.visitor(), site.signed_in(staff), names)
    database.dispose()


def settings_in(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder / 'bench.db'}", secret_key=SecretStr("x" * 40), keys_dir=folder / "keys",
        files_dir=folder / "files", log_level="ERROR",
    )  # fmt: skip


def bench_pages(many: Half, few: Half, only: str = "") -> None:
    for page in PAGES:
        if only in page.name:
            runs = [(many.cpu(page), few.cpu(page)) for _run in range(RUNS + 1)][1:]  # the first one warms up
            ours, floor = (statistics.median(column) * 1000 for column in zip(*runs, strict=True))
            shown = f"{ours / floor:.2f} (≤ 1.50; {ours:.1f} ms against {floor:.1f} ms)"
            print(f"{page.name}: CPU, times that of 100 comments: {shown}", flush=True)


def fill_answers(database: Database, spec_id: uuid.UUID, question_id: str) -> None:
    for first in range(0, ANSWERED, TOGETHER):
        ids = [new_id() for _one in range(TOGETHER)]
        shared = {"spec_id": spec_id, "question_id": question_id}
        answers = [
            {**shared, "id": key, "channel": Channel.ONLINE, "language": "fr", "salt": "s", "text": TEXT} for key in ids
        ]
        numbers = [{**shared, "answer_id": key, "number": first + place} for place, key in enumerate(ids, 1)]
        with database.writing() as session:
            session.connection().execute(insert(core_table(OpenAnswer)), answers)
            session.connection().execute(insert(core_table(AnswerNumber)), numbers)


def fill_passages(database: Database, process_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """Puts the first words of very many comments under the one code that there is."""
    passage, row = core_table(CodedPassage), core_table(Contribution)
    with database.writing() as session:
        code_id = session.connection().execute(select(core_table(AnalysisCode).c.id)).scalar_one()
        first = select(row.c.id).where(row.c.process_id == process_id).order_by(row.c.number).limit(CODED)
        rows = [
            {"id": new_id(), "process_id": process_id, "code_id": code_id, "contribution_id": each, "version": 1,
             "starts": 0, "ends": 300, "quote": "", "page": "", "account_id": account_id, "at": now()}
            for each in session.connection().execute(first).scalars()
        ]  # fmt: skip
        session.connection().execute(insert(passage), rows)


def bench_export(database: Database, process_id: uuid.UUID, table: Table, kinds: Sequence[Format]) -> None:
    for kind in kinds:
        with tempfile.TemporaryDirectory() as name:
            command = [sys.executable, "-m", "tests.bench.exporting", database.url, str(process_id), table.name]
            started = time.perf_counter()
            told = subprocess.run([*command, kind.value, f"{name}/out"], capture_output=True, text=True, check=True)
            rows, held = told.stdout.split()
            took = time.perf_counter() - started
        print(
            f"export of {table.name}, {rows} rows as {kind.value}: memory, MB: {float(held):.0f} (≤ 200; {took:.0f} s)"
        )


def bench_answers(folder: Path) -> None:
    """The export of which the figure of answers is asked: a questionnaire of a database of its own."""
    settings = settings_in(folder / "answers")
    database = Database(settings.database_url)
    schema.upgrade(database)
    world = build_world(database, Keys(settings))
    fill_answers(database, world.spec_row.id, world.spec_row.spec.questions[0].id)
    bench_export(database, world.process_id, ANSWERS, (Format.CSV, Format.XLSX))
    database.dispose()


def main() -> None:
    only = " ".join(sys.argv[1:]) if __name__ == "__main__" else ""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        many, few = (stack.enter_context(half(folder, *of)) for of in (("many", MANY), ("few", FEW)))
        bench_pages(many, few, only)
        if not only:
            fill_passages(many.database, many.process_id, many.account_id)
            bench_export(many.database, many.process_id, CONTRIBUTIONS, (Format.CSV, Format.XLSX))
            bench_export(many.database, many.process_id, PASSAGES, (Format.DOCX, Format.ODT))
            bench_answers(folder)


if __name__ == "__main__":
    main()
