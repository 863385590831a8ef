"""Making letters, part by part, in the worker: new codes, one tagged PDF, and nothing else keeps a code.

Codes are committed before the file is whole. Killed in between, the next attempt cancels them and makes others; so a
code that works is on a letter, and a file that is there holds codes that work.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

from sqlmodel import Session

from participation.errors import NotFound
from participation.files import write_whole
from participation.i18n import lazy as _
from participation.jobs import Chunked
from participation.paper.printed import Edition, Matter, matter_of
from participation.paper.remote import letters
from participation.paper.remote.documents import Letter, letters_data
from participation.paper.remote.letters import PartRow, RunRow
from participation.paper.sheets.print_job import Press
from participation.printing import render
from participation.processes.queries import SpecRow, process_by_id, spec_by_id
from participation.register import service as register
from participation.register.identity import grouped
from participation.register.keys import Keys

FOLDER = "letters"


def folder(press: Press, run_id: uuid.UUID) -> Path:
    return press.settings.files_dir / FOLDER / str(run_id)


def file(press: Press, part: PartRow) -> Path:
    """The PDF of a part."""
    return folder(press, part.run_id) / f"letters-{part.number:03d}.pdf"


def remove_file(press: Press, part: PartRow) -> None:
    file(press, part).unlink(missing_ok=True)


def make_part(press: Press, keys: Keys, part: PartRow) -> None:
    """New codes for everybody in the part who has not voted, and the letters that carry them."""
    with press.database.reading() as session:
        run, matter = _matter(press, session, part)
        named = letters.names(session, keys, part)
    with press.database.writing() as session:
        voters = [voter for voter, _lines in named]
        codes = register.renew_codes(session, keys, matter.spec_row, voters, at=press.clock())
    filled = [Letter(tuple(lines), grouped(codes[voter])) for voter, lines in named if voter in codes]
    pdf = letters_pdf(matter, filled, Edition(part.language, run.paper, part.large))
    write_whole(file(press, part), pdf)
    with press.database.writing() as session:
        letters.note_ready(session, part, len(filled), press.clock())


def letters_pdf(matter: Matter, letters: Sequence[Letter], edition: Edition) -> bytes:
    """The tagged PDF of these letters. Made afresh each time: a code is remembered nowhere. Raises PrintError."""
    return render("letter", letters_data(matter, letters, edition))


def _matter(press: Press, session: Session, part: PartRow) -> tuple[RunRow, Matter]:
    run = letters.run_by_id(session, part.run_id)
    spec_row: SpecRow | None = spec_by_id(session, run.spec_id) if run else None
    process = process_by_id(session, spec_row.process_id) if spec_row else None
    if run is None or spec_row is None or process is None:
        raise NotFound(_("There are no such letters in this vote."))
    return run, matter_of(session, process, spec_row, press.settings)


def letter_work(press: Press, keys: Keys) -> Chunked:
    """What the worker has to do with letters: each part is one row's work."""

    def waiting() -> dict[str, PartRow]:
        with press.database.reading() as session:
            return {f"{part.run_id}.{part.number}.{part.attempt}": part for part in letters.waiting(session)}

    def next_step(name: str) -> bool:
        part = waiting().get(name)
        if part is not None:
            make_part(press, keys, part)
        return False

    def failed(name: str) -> None:
        part = waiting().get(name)
        if part is not None:
            with press.database.writing() as session:
                letters.note_stopped(session, part)

    return Chunked("letters", lambda: list(waiting()), next_step, failed)


def tidy(press: Press, keys: Keys) -> None:
    """Drops letters that nobody delivered, deletes files of closed parts, destroys keys of runs without addresses."""
    at = press.clock()
    with press.database.writing() as session:
        for part in letters.forgotten(session, at):
            run = letters.run_by_id(session, part.run_id)
            spec_row = spec_by_id(session, run.spec_id) if run else None
            if spec_row is not None:
                letters.drop(session, spec_row, part, account_id=None, at=at)
        letters.destroy_keys(session, keys, at)
    _remove_closed(press)


def _remove_closed(press: Press) -> None:
    home = press.settings.files_dir / FOLDER
    for found in home.iterdir() if home.is_dir() else ():
        with press.database.reading() as session:
            run = letters.run_by_id(session, uuid.UUID(found.name))
            parts = letters.parts_of(session, [run.id])[run.id] if run else []
        kept = {file(press, part).name for part in parts if part.state not in letters.CLOSED}
        if not kept:
            shutil.rmtree(found, ignore_errors=True)
        for path in found.glob("*.pdf"):
            if path.name not in kept:
                path.unlink(missing_ok=True)
