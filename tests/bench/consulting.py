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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import insert

from participation import schema
from participation.accounts.models import Organisation, Role
from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import AnswerNumber
from participation.consultations.exports.formats import Format
from participation.counting.spec import Channel
from participation.db import Database, core_table, new_id
from participation.i18n import now
from participation.register.keys import Keys
from participation.settings import Settings
from tests.bench.consulted import PAGES, Measured, places
from tests.bench.crowd import Crowd
from tests.builders import build_account, build_world
from tests.client import Browser, Site

MANY, FEW, ANSWERED = 100_000, 100, 250_000
TOGETHER, RUNS, EACH = 5_000, 5, 4
"""Answers written at once; runs of which the median counts, and pages of a run."""
TEXT = "La hauteur devant le parc me préoccupe; gardez l’ancienne gare et son horloge. " * 4


@dataclass(frozen=True, slots=True)
class Half:
    """One of the two sites: who opens its pages, and what its addresses hold."""

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
        yield Half(site.visitor(), site.signed_in(staff), names)
    database.dispose()


def settings_in(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder / 'bench.db'}", secret_key=SecretStr("x" * 40), keys_dir=folder / "keys",
        files_dir=folder / "files", log_level="ERROR",
    )  # fmt: skip


def bench_pages(folder: Path, only: str = "") -> None:
    with ExitStack() as stack:
        many, few = (stack.enter_context(half(folder, *of)) for of in (("many", MANY), ("few", FEW)))
        for page in PAGES:
            if only in page.name:
                runs = [(many.cpu(page), few.cpu(page)) for _run in range(RUNS + 1)][1:]  # the first one warms up
                ours, floor = (statistics.median(column) * 1000 for column in zip(*runs, strict=True))
                detail = f"{ours:.1f} ms against {floor:.1f} ms"
                print(
                    f"{page.name}: CPU, times that of 100 comments: {ours / floor:.2f} (≤ 1.50; {detail})", flush=True
                )


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


def bench_export(database: Database, keys: Keys, folder: Path) -> None:
    world = build_world(database, keys)
    fill_answers(database, world.spec_row.id, world.spec_row.spec.questions[0].id)
    for kind in (Format.CSV, Format.XLSX):
        command = [sys.executable, "-m", "tests.bench.exporting", database.url, str(world.process_id), kind.value]
        started = time.perf_counter()
        answer = subprocess.run([*command, str(folder / "out")], capture_output=True, text=True, check=True)
        rows, held = answer.stdout.split()
        took = time.perf_counter() - started
        print(f"export of {rows} answers as {kind.value}: memory, MB: {float(held):.0f} (≤ 200; {took:.0f} s)")


def main() -> None:
    only = " ".join(sys.argv[1:]) if __name__ == "__main__" else ""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench_pages(folder, only)
        if not only:
            settings = settings_in(folder / "answers")
            database = Database(settings.database_url)
            schema.upgrade(database)
            bench_export(database, Keys(settings), folder)
            database.dispose()


if __name__ == "__main__":
    main()
