"""A consultation with 100,000 comments beside one with 100, and the memory of an export of 250,000 answers.

Pages: the CPU of one process that answers the same address of both consultations in turns. Export: the largest resident
size of a process of its own. `python -m tests.bench.consulting` prints a line for each page and one for each format.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert
from sqlmodel import Session

from participation import schema
from participation.accounts.models import Organisation, Role
from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import AnswerNumber
from participation.consultations.exports.formats import Format
from participation.consultations.models import (
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
    ContributionTally,
    ContributionText,
)
from participation.counting.spec import Capture, Channel
from participation.db import Database, core_table, new_id
from participation.i18n import now
from participation.processes import consultation
from participation.processes.models import Process, ProcessKind
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import build_account, build_world
from tests.client import Site

MANY, FEW, ANSWERED = 100_000, 100, 250_000
TOGETHER, RUNS, PAGES = 5_000, 5, 20
TEXT = "La hauteur devant le parc me préoccupe; gardez l’ancienne gare et son horloge. " * 4


def build(session: Session, organisation_id: uuid.UUID, slug: str, comments: int) -> uuid.UUID:
    """A consultation in its stage of opinions with so many published comments."""
    row = Process(organisation_id=organisation_id, slug=slug, kind=ProcessKind.CONSULTATION, title={"fr": slug})
    row.phone, row.summary, row.retention = "514 555-0100", {"fr": "Essai"}, {"fr": "un an"}
    session.add(row)
    session.flush()
    consultation.lay_out_calendar(session, row, (now() - timedelta(days=40)).date(), at=now())
    consultation.publish(session, row, at=now())
    for first in range(0, comments, TOGETHER):
        numbers = range(first + 1, min(first + TOGETHER, comments) + 1)
        rows = [comment(row.id, number) for number in numbers]
        session.connection().execute(insert(core_table(Contribution)), rows)
        words = [
            {"contribution_id": each["id"], "version": 1, "title": "", "text": TEXT, "written_at": each["received_at"]}
            for each in rows
        ]
        session.connection().execute(insert(core_table(ContributionText)), words)
    tally = ContributionTally(
        process_id=row.id,
        kind=ContributionKind.COMMENT,
        state=ContributionState.PUBLISHED,
        channel=ContributionChannel.ONLINE,
        theme="",
        number=comments,
        people=comments,
    )
    session.add(tally)
    return row.id


def comment(process_id: uuid.UUID, number: int) -> dict[str, Any]:
    received = now() - timedelta(days=5) + timedelta(seconds=number)
    return {
        "id": new_id(), "process_id": process_id, "number": number, "kind": ContributionKind.COMMENT,
        "state": ContributionState.PUBLISHED, "about": "whole", "about_ref": "", "passage": "", "theme": "",
        "official": False, "channel": ContributionChannel.ONLINE, "capture": Capture.SELF, "people": 1,
        "language": "fr", "borough": "", "received_at": received, "recorded_at": received, "version": 1, "late": False,
        "replies": 0, "nonce_hash": uuid.uuid4().hex, "receipt_hash": uuid.uuid4().hex, "fingerprint": "",
    }  # fmt: skip


def cpu(site: Site, browser: Any, path: str) -> float:
    """Seconds of CPU for one page, over some of them."""
    started = time.process_time()
    for _page in range(PAGES):
        browser.get(path)
    return (time.process_time() - started) / PAGES


def bench_pages(site: Site, analyst: uuid.UUID) -> None:
    visitor, staff = site.visitor(), site.signed_in(analyst)
    for name, browser, path in (
        ("hub", visitor, "/fr/essai/{}"),
        ("comments", visitor, "/fr/essai/{}/comments"),
        ("workbench", staff, "/fr/staff/essai/{}/analysis"),
        ("one piece", staff, "/fr/staff/essai/{}/analysis/C-50"),
    ):
        paths = {slug: path.format(slug) for slug in ("many", "few")}
        runs: dict[str, list[float]] = {"many": [], "few": []}
        for _run in range(RUNS + 1):  # the first one warms up
            for slug, address in paths.items():
                runs[slug].append(cpu(site, browser, address))
        many, few = (statistics.median(runs[slug][1:]) for slug in ("many", "few"))
        detail = f"{many * 1000:.1f} ms against {few * 1000:.1f} ms"
        print(f"{name} of 100,000 comments: CPU, times that of 100: {many / few:.2f} (≤ 1.50; {detail})")


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = Settings(
            database_url=f"sqlite:///{folder / 'bench.db'}", secret_key=SecretStr("x" * 40), keys_dir=folder / "keys",
            files_dir=folder / "files", log_level="ERROR",
        )  # fmt: skip
        database = Database(settings.database_url)
        schema.upgrade(database)
        with database.writing() as session:
            body = Organisation(slug="essai", name={"fr": "Office d’essai"})
            session.add(body)
            session.flush()
            organisation_id = body.id
            for slug, number in (("many", MANY), ("few", FEW)):
                build(session, organisation_id, slug, number)
        analyst = build_account(database, "Ana", [Role.ANALYST], organisation_id)
        keys = Keys(settings)
        with Site(settings, database, keys) as site:
            site.at = now()
            bench_pages(site, analyst)
        bench_export(database, keys, folder)
        database.dispose()


if __name__ == "__main__":
    main()
