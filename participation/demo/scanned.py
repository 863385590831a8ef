"""Two scanned batches of this year's edition: one with sheets that wait for a person, one with forms to settle.

Printed, filled in simulation, and read by the same limited child as what a clerk brings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.demo.batches import CLERKS, Pile, Sheet, open_pile
from participation.demo.content import QUESTION
from participation.demo.edition import Edition
from participation.demo.handwriting import Filled, scanned
from participation.paper.keying import service as keying
from participation.paper.marks import Reading
from participation.paper.models.batches import Interpretation
from participation.paper.models.desk import Paper, ScanUse
from participation.paper.printed import Edition as Printed
from participation.paper.printed import matter_of
from participation.paper.queries import BatchRow
from participation.paper.scans import scan_job, service
from participation.paper.scans.service import Brought, Hand
from participation.paper.scans.store import Store, arriving
from participation.paper.sheets import print_job, print_runs
from participation.paper.sheets.geometry import PageLayout
from participation.paper.sheets.layout import form_layout
from participation.paper.sheets.print_job import Press
from participation.paper.sheets.print_runs import Order
from participation.processes.queries import process_by_id
from participation.settings import Settings

SEED = 20270210
QUEUE, SETTLE = ("C3", 12), ("C6", 8)
"""Place and forms of the batch with a queue, and of the one that waits for the third person."""
STRUCK = "0012"
LETTER = Reading(Interpretation.NOT_OURS, {})


@dataclass(frozen=True)
class _Run:
    """Ballots as they came from the printer."""

    pdf: bytes
    serials: Sequence[str]
    form: PageLayout


def load(edition: Edition, settings: Settings, sheets: Sequence[Sheet], day: int) -> None:
    """Both batches, filled from `sheets`, received on `day` and scanned on the next."""
    plain = [Sheet(sheet.chosen) for sheet in sheets if 0 < len(sheet.chosen) <= 4 and STRUCK not in sheet.chosen]
    run = _printed(edition, settings, edition.calendar.on(-7, 9))
    _queue(edition, settings, run, plain, day)
    _to_settle(edition, settings, run, plain[QUEUE[1] :], day)


def _printed(edition: Edition, settings: Settings, at: datetime) -> _Run:
    """A small run with serials, part of the blank forms that the places counted."""
    database, spec_row, by = edition.database, edition.spec_row, edition.account("administration")
    press = Press(database, settings, lambda: at)
    form = Printed("fr", Paper.LETTER, large=False, numbered=True)
    wanted = Order(None, edition.style, form, QUEUE[1] + SETTLE[1], at_once=True)
    with database.writing() as session:
        run_id = print_runs.order(session, spec_row, wanted, nonce=f"demo|{edition.slug}|run", account_id=by, at=at)
    serials = print_job.print_at_once(press, run_id)
    pdf = press.file(run_id).read_bytes()
    with database.writing() as session:
        run = print_runs.run_by_id(session, run_id)
        process = process_by_id(session, spec_row.process_id)
        assert run is not None
        assert process is not None
        print_runs.deliver(session, spec_row, run, account_id=by, at=at)
        layout = form_layout(matter_of(session, process, spec_row, settings), edition.style, form)
    print_job.remove_files(press, run_id)
    return _Run(pdf, serials, layout.pages[0])


def _queue(edition: Edition, settings: Settings, run: _Run, plain: Sequence[Sheet], day: int) -> None:
    """Ten ballots and a letter under a header of twelve: a doubtful mark, a sheet that came twice, an empty side."""
    at = edition.calendar.on(day + 1, 10)
    pile = [Filled(place, plain[place].chosen) for place in range(1, 11)]
    pile[3] = Filled(4, plain[4].chosen, struck=STRUCK)
    pile[6] = Filled(7)
    files = [*pile, Filled(letter=True), pile[1], Filled()]
    with edition.database.writing() as session:
        batch = _opened(session, edition, QUEUE, day, at)
    _scan(edition, settings, batch, CLERKS[0], scanned(run.pdf, files, run.form, SEED), at)


def _to_settle(edition: Edition, settings: Settings, run: _Run, plain: Sequence[Sheet], day: int) -> None:
    """Seven ballots and a letter, read by the machine and by a person: what differs waits for the third."""
    at, first = edition.calendar.on(day + 1, 13), QUEUE[1]
    pile = [Filled(first + place, plain[place].chosen) for place in range(1, SETTLE[1])]
    pile[5] = Filled(first + 6, sorted({*plain[6].chosen, "0001", "0003", "0007", "0009", "0011", "0013"}))
    with edition.database.writing() as session:
        batch = _opened(session, edition, SETTLE, day, at)
    file = scanned(run.pdf, [*pile, Filled(letter=True)], run.form, SEED + 1)
    _scan(edition, settings, batch, CLERKS[1], file, at)
    with edition.database.writing() as session:
        hand = Hand(edition.spec_row, batch, edition.account(CLERKS[1]), at + timedelta(minutes=9))
        found = service.read_pile(session, service.open_scan(session, hand))
        service.settle(session, hand, found.waiting[-1].id, LETTER)
        service.finish(session, hand, ScanUse.PERSON)
        readings = [_reading(each.chosen, run.serials[each.copy - 1]) for each in pile]
        readings[1] = _reading([*pile[1].chosen[:-1], "0020"], run.serials[pile[1].copy - 1])
        _key(session, edition, batch, CLERKS[0], [*readings, LETTER], at + timedelta(minutes=20))


def _opened(session: Session, edition: Edition, story: tuple[str, int], day: int, at: datetime) -> BatchRow:
    place, forms = story
    return open_pile(session, edition, Pile(place, (), header_count=forms, numbered=True), day, at)


def _scan(edition: Edition, settings: Settings, batch: BatchRow, clerk: str, file: bytes, at: datetime) -> None:
    """Somebody brings the file, and it is read as the worker reads it."""
    arrived = arriving(settings) / f"demo-{batch.id}"
    arrived.write_bytes(file)
    hand = Hand(edition.spec_row, batch, edition.account(clerk), at + timedelta(minutes=5))
    with edition.database.writing() as session:
        scan = service.begin_scan(session, hand, ScanUse.PERSON)
        brought = Brought(hashlib.sha256(file).hexdigest(), len(file))
        (file_id,) = service.bring(session, hand, scan, [brought], f"demo|{batch.number}")
        assert file_id is not None
        Store.of(settings, scan.id).take(arrived, file_id)
    scan_job.read_file(Press(edition.database, settings, lambda: at), file_id)


def _reading(chosen: Sequence[str], serial: str) -> Reading:
    marks = {QUESTION: [(number, 1) for number in chosen]}
    return Reading(Interpretation.CHOICES if chosen else Interpretation.BLANK, marks, serial)


def _key(
    session: Session, edition: Edition, batch: BatchRow, clerk: str, readings: Sequence[Reading], at: datetime
) -> None:
    account_id, spec_row = edition.account(clerk), edition.spec_row
    keying.start_keying(session, spec_row, batch, account_id=account_id, at=at)
    mine = keying.my_open_pass(session, spec_row, batch.number, account_id)
    for position, reading in enumerate(readings, start=1):
        keying.key_form(
            session, mine, position, reading, nonce=f"{mine.session_id}|{position}", seconds=9 + position % 4
        )
    keying.finish_keying(session, spec_row, mine, account_id=account_id, at=at + timedelta(minutes=3))
