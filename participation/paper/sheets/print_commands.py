"""What `participation print-run` and `form-layout` do: find the form that is named, print or describe it."""

from __future__ import annotations

import secrets
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from participation.counting.spec import in_language
from participation.db import Database
from participation.errors import DomainError, Invalid, NotFound
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper.models.desk import Paper
from participation.paper.named import process_of
from participation.paper.printed import Edition, Matter, matter_of
from participation.paper.sheets import print_job, print_runs
from participation.paper.sheets.layout import as_json, form_layout, layout_of_data
from participation.paper.sheets.print_job import Press
from participation.paper.sheets.print_runs import Order
from participation.paper.sheets.questionnaires import questionnaire
from participation.processes.queries import OpenProcess, SpecRow, specs_of
from participation.settings import Settings

EDITIONS = ("standard", "large")


@dataclass(frozen=True, slots=True)
class Asked:
    """A form as it is named on the command line; empty means the only one."""

    slug: str
    spec: str = ""
    style: str = ""
    language: str = "fr"
    edition: str = "standard"
    paper: str = "letter"
    numbered: bool | None = None
    """None: as the process has decided."""


@dataclass(frozen=True)
class Found:
    matter: Matter
    style: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class PrintedRun:
    """What came out: the file, and the serials in the order of its pages."""

    path: Path
    form: str
    sides: int
    copies: int
    serials: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "pdf": str(self.path),
            "form": self.form,
            "copies": self.copies,
            "pages_per_copy": self.sides,
            "serials": list(self.serials),
        }


def find(session: Session, settings: Settings, asked: Asked) -> Found:
    """The form that is meant. Raises DomainError with what to type instead."""
    process = process_of(session, asked.slug)
    spec_row = _spec(session, process, asked.spec)
    numbered = print_runs.is_numbered(session, process.id) if asked.numbered is None else asked.numbered
    if asked.language not in LOCALES:
        raise Invalid(_("Forms are printed in: %(languages)s.", languages=", ".join(LOCALES)))
    if asked.edition not in EDITIONS:
        raise Invalid(_("Editions are: %(editions)s.", editions=", ".join(EDITIONS)))
    if asked.paper not in set(Paper):
        raise Invalid(_("Papers are: %(papers)s.", papers=", ".join(Paper)))
    edition = Edition(asked.language, Paper(asked.paper), asked.edition == "large", numbered)
    return Found(matter_of(session, process, spec_row, settings), _style(spec_row, asked.style), edition)


def layout_of(settings: Settings, asked: Asked) -> dict[str, Any]:
    """Where everything is on the form: the ballot, or the questionnaire. Raises DomainError or PrintError."""
    database = Database(settings.database_url)
    try:
        with database.reading() as session:
            found = find(session, settings, asked)
        if found.matter.spec_row.spec.is_questionnaire:
            return as_json(layout_of_data(questionnaire(found.matter, found.edition), "questionnaire"))
        return as_json(form_layout(found.matter, found.style, found.edition))
    finally:
        database.dispose()


def print_run(settings: Settings, asked: Asked, copies: int, out: Path, clock: Callable[[], datetime]) -> PrintedRun:
    """Orders a run for no place, prints it here and now into `out`, and counts it as handed over to whoever asked.

    The place that gets the sheets counts them into its stock. Raises DomainError, PrintError, CopyError or OSError;
    then no copy counts as printed.
    """
    if not out.parent.is_dir():
        raise Invalid(_("There is no folder %(folder)s to write the file into.", folder=str(out.parent)))
    database = Database(settings.database_url)
    press = Press(database, settings, clock)
    try:
        with database.reading() as session:
            found = find(session, settings, asked)
        if found.matter.spec_row.spec.is_questionnaire:
            raise Invalid(_("A questionnaire has no serials: print its PDF as often as you like."))
        layout = form_layout(found.matter, found.style, found.edition)
        wanted = Order(None, found.style, found.edition, copies, at_once=True)
        nonce, spec_row = secrets.token_urlsafe(18), found.matter.spec_row
        with database.writing() as session:
            run_id = print_runs.order(session, spec_row, wanted, nonce=nonce, account_id=None, at=clock())
        try:
            serials = print_job.print_at_once(press, run_id)
            shutil.copyfile(press.file(run_id), out)
        except (DomainError, OSError, RuntimeError, KeyboardInterrupt):
            _close(press, spec_row, run_id, print_runs.drop)
            raise
        _close(press, spec_row, run_id, print_runs.deliver)
    finally:
        database.dispose()
    return PrintedRun(out, layout.form, len(layout.pages), copies, tuple(serials))


def _close(press: Press, spec_row: SpecRow, run_id: uuid.UUID, how: Callable[..., None]) -> None:
    with press.database.writing() as session:
        run = print_runs.run_by_id(session, run_id)
        if run is not None:
            how(session, spec_row, run, account_id=None, at=press.clock())
    print_job.remove_files(press, run_id)


def _spec(session: Session, process: OpenProcess, asked: str) -> SpecRow:
    """The newest unless another is asked for, by its version or its id."""
    published = specs_of(session, process.id)
    if not published:
        raise Invalid(_("This vote is not published yet, so there is nothing to print, accept or key."))
    found = [each for each in published if not asked or asked in (str(each.spec.version), str(each.id))]
    if not found:
        versions = ", ".join(str(each.spec.version) for each in published)
        raise NotFound(_("There is no version %(asked)s. Published: %(versions)s.", asked=asked, versions=versions))
    return found[-1]


def _style(spec_row: SpecRow, asked: str) -> str:
    styles = spec_row.spec.styles
    if asked in spec_row.spec.style:
        return asked
    if not asked and len(styles) == 1:
        return styles[0].id
    names = ", ".join(f"{style.id} ({in_language(style.title, 'en')})" for style in styles)
    raise Invalid(_("This vote has several districts. Say which with --style: %(names)s.", names=names))


def in_words(layout: dict[str, Any]) -> str:
    """The layout as lines to read: one per target."""
    lines = [f"{layout['form']}: {layout['width_mm']} x {layout['height_mm']} mm"]
    for page in layout["pages"]:
        for mark in page["marks"]:
            where = " ".join(f"{mark[key]:8.2f}" for key in ("x_mm", "y_mm", "w_mm", "h_mm"))
            what = mark["option"] if mark.get("slot") else f"{mark['option']} {mark['value']}"
            lines.append(f"{page['page']:3} {where}  {mark['question']} {what}")
    return "\n".join(lines)
