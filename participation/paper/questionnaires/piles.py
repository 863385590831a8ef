"""Scanned piles: a file is brought, the worker keeps its pages, and makes of them sheets that somebody keys.

A scan is a picture to key from: what the machine reads of squares is filled in for a person to check, and of words it
only says where they may stand. None of this commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from participation import audit
from participation.counting.spec import BallotSpec
from participation.db import insert_new, new_id
from participation.paper.intake.envelopes import next_number
from participation.paper.models.questionnaires import (
    QuestionnairePage,
    QuestionnaireScan,
    QuestionnaireSheet,
    SheetState,
)
from participation.paper.models.scans import ScanFileState
from participation.paper.questionnaires import queries
from participation.paper.questionnaires.service import refuse_untimely
from participation.paper.scans.service import Brought
from participation.paper.scans.words import SAME_FILE
from participation.processes.models import Place
from participation.processes.queries import SpecRow


@dataclass(frozen=True, slots=True)
class SheetsScanned:
    """So many files with scanned sheets were brought; nothing says what they were called."""

    files: int


def bring(
    session: Session,
    spec_row: SpecRow,
    place: Place,
    received: datetime,
    brought: Sequence[Brought],
    *,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> list[uuid.UUID | None]:
    """For each file the id under which it is read; None where it is refused or was brought with this form before.

    Conflict where nothing was received at that place on that day."""
    refuse_untimely(session, spec_row, place, received, at)
    number = next_number(session, spec_row, QuestionnaireScan)
    known, found = queries.digests_of(session, spec_row.id), []
    for part, each in enumerate(brought, start=1):
        problem = each.problem or (SAME_FILE if each.digest in known else "")
        row = {
            "id": new_id(), "spec_id": spec_row.id, "number": number, "place_id": place.id, "received": received,
            "nonce": f"{nonce[:56]}-{part}", "digest": "" if problem else each.digest, "problem": problem,
            "state": ScanFileState.REFUSED if problem else ScanFileState.WAITING, "attempt": 1,
            "account_id": account_id, "at": at,
        }  # fmt: skip
        new = bool(insert_new(session, QuestionnaireScan, [row], "id"))
        known.add(each.digest)
        number += new
        found.append(row["id"] if new and not problem else None)
    if taken := sum(each is not None for each in found):
        audit.record(session, SheetsScanned(taken), at=at, account_id=account_id, scope=spec_row.scope)
    return found  # type: ignore[return-value]


def try_again(session: Session, scan: QuestionnaireScan) -> None:
    """Asks for the work of a stopped file once more; the pages that are kept stay."""
    if scan.state is ScanFileState.STOPPED:
        scan.state, scan.attempt = ScanFileState.WAITING, scan.attempt + 1


def let_go(session: Session, scan: QuestionnaireScan) -> None:
    """Somebody has looked at the pages that are of no sheet: they are deleted."""
    loose = (col(QuestionnairePage.scan_id) == scan.id) & col(QuestionnairePage.sheet_id).is_(None)
    session.execute(delete(QuestionnairePage).where(loose))


# For the worker.


def refuse(session: Session, scan: QuestionnaireScan, problem: str) -> None:
    """Nothing of the file is kept; it may be brought again."""
    session.execute(delete(QuestionnairePage).where(col(QuestionnairePage.scan_id) == scan.id))
    scan.state, scan.problem, scan.digest = ScanFileState.REFUSED, problem, ""


def note_stopped(session: Session, scan_id: uuid.UUID) -> None:
    """The worker cannot go on; a person decides whether to try again."""
    still = (col(QuestionnaireScan.id) == scan_id) & (col(QuestionnaireScan.state) == ScanFileState.WAITING)
    session.execute(update(QuestionnaireScan).where(still).values(state=ScanFileState.STOPPED))


def make_sheets(
    session: Session, spec_row: SpecRow, scan: QuestionnaireScan, language_of: Callable[[str], str]
) -> None:
    """The pages of a file that was read to its end become sheets, numbered as they lie in the pile.

    `language_of` a form of this questionnaire is its language; a page of any other form is of no sheet."""
    query = select(QuestionnairePage).where(col(QuestionnairePage.scan_id) == scan.id)
    pages = list(session.execute(query.order_by(col(QuestionnairePage.page))).scalars())
    number = next_number(session, spec_row, QuestionnaireSheet)
    ours = [page for page in pages if page.sides and language_of(page.form)]
    for place, those in enumerate(piled(ours)):
        sheet = QuestionnaireSheet(
            spec_id=spec_row.id,
            number=number + place,
            place_id=scan.place_id,
            received=scan.received,
            state=SheetState.SCANNED,
            language=language_of(those[0].form),
            ticks=_certain(spec_row.spec, those),
            form_nonce=f"scan-{those[0].id}",
        )
        session.add(sheet)
        session.flush()
        for page in those:
            page.sheet_id, page.answers = sheet.id, {}
    scan.state = ScanFileState.READ
    session.flush()


def piled(pages: Sequence[QuestionnairePage]) -> Iterator[list[QuestionnairePage]]:
    """The pages of each sheet: sheets have no serials, so their sides follow one another."""
    sheet: list[QuestionnairePage] = []
    for page in pages:
        goes_on = sheet and sheet[0].form == page.form and page.side > sheet[-1].side
        if sheet and not goes_on:
            yield sheet
            sheet = []
        sheet.append(page)
    if sheet:
        yield sheet


def _certain(spec: BallotSpec, pages: Sequence[QuestionnairePage]) -> dict[str, list[str]]:
    """What is ticked for certain; where a square is not clear or there are more ticks than allowed, nothing."""
    doubtful = {question for page in pages for question in page.unclear}
    read = {question: options for page in pages for question, options in page.answers.items()}
    return {
        question.id: [option.id for option in question.options if option.id in read[question.id]]
        for question in spec.questions
        if question.id not in doubtful and 0 < len(read.get(question.id, ())) <= question.max_choices
    }
