"""A consultation with 100,000 comments beside one with 100, and the memory of an export of 250,000 answers.

Pages: the CPU of one process that answers the same address of both consultations in turns. Export: the largest resident
size of a process of its own. `python -m tests.bench.consulting` prints a line for each page and one for each format.
"""

from __future__ import annotations

import re
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
from participation.consultations import queries
from participation.consultations.analysis.models import AnswerNumber
from participation.consultations.exports.formats import Format
from participation.consultations.filters import Filter
from participation.consultations.models import (
    ConsultationSettings,
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
    ContributionTally,
    ContributionText,
    Decision,
    ModerationDecision,
    RefusalReason,
)
from participation.consultations.queries import Sort
from participation.counting.spec import Capture, Channel
from participation.db import Database, core_table, new_id
from participation.i18n import now
from participation.processes import consultation
from participation.processes.models import Process, ProcessKind
from participation.processes.queries import process_at
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import build_account, build_world
from tests.client import Site

MANY, FEW, ANSWERED = 100_000, 100, 250_000
TOGETHER, RUNS, PAGES = 5_000, 5, 20
THEMES, SELDOM = 5, 9
"""Themes that a fifth of the comments have each, and one that a hundredth has."""
TEXT = "La hauteur devant le parc me préoccupe; gardez l’ancienne gare et son horloge. " * 4


def decision(row: dict[str, Any], moderator: uuid.UUID) -> dict[str, Any]:
    refused = row["state"] is ContributionState.REFUSED
    return {
        "id": new_id(), "process_id": row["process_id"], "contribution_id": row["id"], "account_id": moderator,
        "decision": Decision.REFUSED if refused else Decision.PUBLISHED, "note": "", "at": row["received_at"],
        "reason": RefusalReason.OFF_TOPIC if refused else None,
    }  # fmt: skip


def build(session: Session, organisation_id: uuid.UUID, slug: str, comments: int, moderator: uuid.UUID) -> uuid.UUID:
    """A consultation in its stage of opinions with so many comments: themes, replies, some to read, some refused."""
    row = Process(organisation_id=organisation_id, slug=slug, kind=ProcessKind.CONSULTATION, title={"fr": slug})
    row.phone, row.summary, row.retention = "514 555-0100", {"fr": "Essai"}, {"fr": "un an"}
    session.add(row)
    session.flush()
    consultation.lay_out_calendar(session, row, (now() - timedelta(days=40)).date(), at=now())
    consultation.publish(session, row, at=now())
    for first in range(0, comments, TOGETHER):
        numbers = range(first + 1, min(first + TOGETHER, comments) + 1)
        rows = [comment(row.id, number) for number in numbers]
        reply_to_the_first(rows)
        session.connection().execute(insert(core_table(Contribution)), rows)
        words = [
            {"contribution_id": each["id"], "version": 1, "title": "", "text": TEXT, "written_at": each["received_at"]}
            for each in rows
        ]
        session.connection().execute(insert(core_table(ContributionText)), words)
        decided = [decision(each, moderator) for each in rows if each["state"] is not ContributionState.PENDING]
        session.connection().execute(insert(core_table(ModerationDecision)), decided)
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
    themes = [{"code": f"{code}", "title": {"fr": f"Thème {code}"}} for code in (*range(THEMES), SELDOM)]
    session.add(ConsultationSettings(process_id=row.id, themes=themes))
    return row.id


def reply_to_the_first(rows: list[dict[str, Any]]) -> None:
    """Two of ten answer the first comment of their pile, so that some thread has very many replies."""
    head = rows[0]
    for row in rows[1:]:
        if row["number"] % 10 in (3, 4):
            row["parent_id"] = head["id"]
            head["replies"] += 1


def comment(process_id: uuid.UUID, number: int) -> dict[str, Any]:
    received = now() - timedelta(days=5) + timedelta(seconds=number)
    theme = SELDOM if number % 100 == 0 else number % THEMES
    channel = ContributionChannel.COUNTER if number % 100 == 50 else ContributionChannel.ONLINE
    seldom = {7: ContributionState.PENDING, 9: ContributionState.REFUSED}
    state = seldom.get(number % 20, ContributionState.PUBLISHED)
    return {
        "id": new_id(), "process_id": process_id, "number": number, "kind": ContributionKind.COMMENT,
        "state": state, "about": "whole", "about_ref": "", "passage": "", "theme": f"{theme}", "parent_id": None,
        "official": False, "channel": channel, "capture": Capture.SELF, "people": 1, "senders": 1, "helped": 0,
        "language": "fr", "borough": "", "received_at": received, "recorded_at": received, "version": 1, "late": False,
        "replies": 0, "nonce_hash": uuid.uuid4().hex, "receipt_hash": uuid.uuid4().hex, "fingerprint": "",
    }  # fmt: skip


def cpu(site: Site, browser: Any, path: str) -> float:
    """Seconds of CPU for one page, over some of them."""
    started = time.process_time()
    for _page in range(PAGES):
        browser.get(path)
    return (time.process_time() - started) / PAGES


def placed(site: Site, path: str, slug: str) -> str:
    """The address in one consultation; MIDDLE is where the second half of an order begins."""
    address = path.format(slug)
    if "MIDDLE" not in address:
        return address
    sort = Sort(re.findall(r"sort=(\w+)", address)[0])
    with site.database.reading() as session:
        process = process_at(session, "essai", slug)
        assert process is not None
        half = (MANY if slug == "many" else FEW) // 3
        found = queries.listed(session, process.id, Filter(sort=sort).of_the_public, limit=half)
    return address.replace("MIDDLE", found.next_cursor)


def bench_pages(site: Site, analyst: uuid.UUID) -> None:
    visitor, staff = site.visitor(), site.signed_in(analyst)
    comments, desk = "/fr/essai/{}/comments", "/fr/staff/essai/{}"
    for name, browser, path in (
        ("hub", visitor, "/fr/essai/{}"),
        ("comments", visitor, comments),
        *((f"comments, {sort.value}", visitor, f"{comments}?sort={sort.value}") for sort in Sort),
        *((f"comments, {sort.value}, middle", visitor, f"{comments}?sort={sort.value}&from=MIDDLE") for sort in Sort),
        ("comments of a theme", visitor, f"{comments}?theme=3"),
        ("comments of a seldom theme", visitor, f"{comments}?theme={SELDOM}"),
        ("comments from counters", visitor, f"{comments}?channel=counter"),
        ("comments of a theme from counters", visitor, f"{comments}?theme=0&channel=counter"),
        ("a thread", visitor, f"{comments}/1"),
        ("feed of a thread", visitor, f"{comments}/1/feed.atom"),
        ("feed", visitor, "/fr/essai/{}/feed.atom"),
        ("charter", visitor, "/fr/essai/{}/moderation"),
        ("queue", staff, f"{desk}/moderation"),
        ("register", staff, f"{desk}/contributions"),
        ("register of a seldom theme", staff, f"{desk}/contributions?theme={SELDOM}"),
        ("register of counters", staff, f"{desk}/contributions?channel=counter"),
        ("register, English", staff, f"{desk}/contributions?language=en"),
        ("register of what waits", staff, f"{desk}/contributions?state=pending"),
        ("register of published comments", staff, f"{desk}/contributions?kind=comment&state=published"),
        ("workbench", staff, f"{desk}/analysis"),
        ("one piece", staff, f"{desk}/analysis/C-50"),
    ):
        paths = {slug: placed(site, path, slug) for slug in ("many", "few")}
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
        analyst = build_account(database, "Ada", [Role.ADMINISTRATOR, Role.ANALYST], organisation_id)
        with database.writing() as session:
            for slug, number in (("many", MANY), ("few", FEW)):
                build(session, organisation_id, slug, number, analyst)
        keys = Keys(settings)
        with Site(settings, database, keys) as site:
            site.at = now()
            bench_pages(site, analyst)
        bench_export(database, keys, folder)
        database.dispose()


if __name__ == "__main__":
    main()
