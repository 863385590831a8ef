"""Printing a run, part by part: what `participation worker` and `participation print-run` both do.

Order of one part: reserve serials and commit; write the part's file under another name, then give it its name;
count it and commit. Killed anywhere, the next attempt gives back what was reserved and makes the part anew: a
part that is counted is whole on disk, and a serial that is on a whole part is in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path

from sqlmodel import Session

from participation.copies.joining import join
from participation.copies.sheet import CodePlace, Fill, Part, Place, Sheet, TextPlace
from participation.db import Database
from participation.errors import NotFound
from participation.files import write_whole
from participation.i18n import lazy as _
from participation.jobs import Chunked, row_work
from participation.paper import printed
from participation.paper.printed import Matter, matter_of
from participation.paper.serials import draw_serials, draw_stub_code, printed_serial, qr, qr_content
from participation.paper.sheets import print_runs
from participation.paper.sheets.layout import FormLayout, form_layout
from participation.paper.sheets.print_runs import RunRow
from participation.printing import BOLD, render, wording
from participation.processes.queries import process_by_id, spec_by_id
from participation.settings import Settings

PART = 500
"""Copies in one part: about a second of work, which is what a kill can cost."""
FOLDER = "print-runs"
SERIAL_SIZE, STUB_SIZE = 14.0, 17.0
LARGE_SIZE = 18.0


@dataclass(frozen=True)
class Press:
    """Where the worker finds the rows, the secrets and room for files."""

    database: Database
    settings: Settings
    clock: Callable[[], datetime]

    def folder(self, run_id: uuid.UUID) -> Path:
        return self.settings.files_dir / FOLDER / str(run_id)

    def file(self, run_id: uuid.UUID) -> Path:
        """The finished PDF."""
        return self.folder(run_id) / "ballots.pdf"


def stub_hash(settings: Settings, code: str) -> str:
    """What is stored of a stub code: keyed, for a code is short enough to be tried."""
    letters = code.replace("-", "").upper()
    return hmac.new(settings.key("ballot-stub"), letters.encode(), hashlib.sha256).hexdigest()


def next_step(press: Press, run_id: uuid.UUID) -> bool:
    """Does the next piece of the work that a run asks for; False when there is none left.

    May be called again for a piece that is done. Raises PrintError, CopyError or OSError.
    """
    with press.database.reading() as session:
        run = print_runs.run_by_id(session, run_id)
    if run is None or run.state not in print_runs.TO_PRINT:
        return False
    if not run.numbered:
        _print_unnumbered(press, run)
    elif run.printed < run.copies:
        _print_part(press, run)
    else:
        _join(press, run)
    return True


def print_at_once(press: Press, run_id: uuid.UUID) -> list[str]:
    """The whole run in this process; its serials in the order of the pages, which is kept nowhere."""
    serials: list[str] = []
    with press.database.reading() as session:
        run = print_runs.run_by_id(session, run_id)
    while run is not None and run.numbered and run.printed < run.copies:
        serials += _print_part(press, run)
        with press.database.reading() as session:
            run = print_runs.run_by_id(session, run_id)
    while next_step(press, run_id):
        pass
    return serials


def remove_files(press: Press, run_id: uuid.UUID) -> None:
    """Deletes what a run left on disk; nothing where there is nothing."""
    shutil.rmtree(press.folder(run_id), ignore_errors=True)


def print_work(press: Press) -> Chunked:
    """What the worker has to do with print runs."""
    return row_work("print-run", press.database, print_runs.waiting, partial(next_step, press), print_runs.note_stopped)


def tidy(press: Press) -> None:
    """Drops runs that nobody fetched, and deletes every file of a run that is delivered or dropped."""
    at = press.clock()
    with press.database.writing() as session:
        for run in print_runs.forgotten(session, at):
            spec_row = spec_by_id(session, run.spec_id)
            if spec_row is not None:
                print_runs.drop(session, spec_row, run, account_id=None, at=at)
    folder = press.settings.files_dir / FOLDER
    for found in folder.iterdir() if folder.is_dir() else ():
        with press.database.reading() as session:
            run_row = print_runs.run_by_id(session, uuid.UUID(found.name))
        if run_row is None or run_row.closed_at is not None:
            shutil.rmtree(found, ignore_errors=True)


# One part.


def _print_part(press: Press, run: RunRow) -> list[str]:
    job, number = _job(press, run), run.printed // PART
    count = min(PART, run.copies - run.printed)
    pairs = _reserve(press, run, number, count)
    fills = [job.fill(serial, stub) for serial, stub in pairs]
    part = job.sheet.part(run.printed, fills, run.copies)
    write_whole(_part_file(press, run, number), part.to_bytes())
    with press.database.writing() as session:
        print_runs.note_part(session, run, count)
    return [serial for serial, _stub in pairs]


def _reserve(press: Press, run: RunRow, number: int, count: int) -> list[tuple[str, str]]:
    """`count` serials that nobody has, each with a stub code of an independent draw; in the order of the pile."""
    pairs: list[tuple[str, str]] = []
    with press.database.writing() as session:
        print_runs.release(session, run, number)
        while len(pairs) < count:
            drawn = [(serial, draw_stub_code()) for serial in draw_serials(count - len(pairs))]
            hashed = [(serial, stub_hash(press.settings, stub)) for serial, stub in drawn]
            free = print_runs.reserve(session, run, number, hashed)
            pairs += [each for each in drawn if each[0] in free]
    return pairs


def _join(press: Press, run: RunRow) -> None:
    job = _job(press, run)
    unfinished = press.file(run.id).with_suffix(".unfinished")
    with unfinished.open("wb") as out:
        join(job.sheet, _parts(press, run), run.copies, out)
        os.fsync(out.fileno())
    unfinished.replace(press.file(run.id))
    with press.database.writing() as session:
        print_runs.note_ready(session, run, press.clock())
    for number in range(-(-run.copies // PART)):
        _part_file(press, run, number).unlink(missing_ok=True)


def _parts(press: Press, run: RunRow) -> Iterator[Part]:
    for number in range(-(-run.copies // PART)):
        yield Part.from_bytes(_part_file(press, run, number).read_bytes())


def _print_unnumbered(press: Press, run: RunRow) -> None:
    """All copies are the same sheet: the file holds it once, and the printer is told how many."""
    with press.database.reading() as session:
        matter = _matter(press, session, run)
    write_whole(press.file(run.id), render("ballot", printed.ballot(matter, run.style, run.edition)))
    with press.database.writing() as session:
        print_runs.note_ready(session, run, press.clock())


@dataclass(frozen=True)
class _Job:
    """A sheet taken apart, and how one copy of it is filled."""

    sheet: Sheet
    form: str
    names: tuple[str, ...]
    """What each place of the sheet is."""

    def fill(self, serial: str, stub: str) -> list[Fill]:
        texts = {"serial": printed_serial(serial), "stub": stub}
        return [
            texts[name] if isinstance(place, TextPlace) else qr(qr_content(self.form, place.page, serial)).matrix
            for name, place in zip(self.names, self.sheet.places, strict=True)
        ]


def _matter(press: Press, session: Session, run: RunRow) -> Matter:
    spec_row = spec_by_id(session, run.spec_id)
    process = process_by_id(session, spec_row.process_id) if spec_row else None
    if spec_row is None or process is None:
        raise NotFound(_("There is no such print run in this vote."))
    return matter_of(session, process, spec_row, press.settings)


def _job(press: Press, run: RunRow) -> _Job:
    with press.database.reading() as session:
        matter = _matter(press, session, run)
    layout = form_layout(matter, run.style, run.edition)
    return _taken_apart(json.dumps(printed.ballot(matter, run.style, run.edition)), layout)


@lru_cache(maxsize=8)
def _taken_apart(data: str, layout: FormLayout) -> _Job:
    """Kept while a run is printed: its parts are made of one sheet, and joined by it."""
    ballot = json.loads(data)
    found: list[tuple[str, Place]] = []
    for page in layout.pages:
        for region in page.places:
            size = STUB_SIZE if region.name == "stub" else LARGE_SIZE if ballot["large_print"] else SERIAL_SIZE
            place = TextPlace(page.page, region.x, region.y, region.w, region.h, size)
            found.append((region.name, place))
        if page.serial is not None:
            spoken = wording(ballot["locale"], "sheet.qr", side=page.page)
            code = CodePlace(page.page, page.serial.x, page.serial.y, page.serial.w, page.serial.h, spoken)
            found.append(("qr", code))
    sheet = Sheet(render("ballot", ballot), [place for _name, place in found], BOLD)
    return _Job(sheet, layout.form, tuple(name for name, _place in found))


def _part_file(press: Press, run: RunRow, number: int) -> Path:
    return press.folder(run.id) / f"part-{number:04d}"
