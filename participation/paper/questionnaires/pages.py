"""What the pages of the desk show of a sheet: what was keyed, and what its scan has beside each field."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from participation.ballots.questionnaires.drafts import Draft
from participation.counting.spec import BallotSpec, Question
from participation.paper.models.questionnaires import QuestionnaireSheet
from participation.paper.questionnaires import queries
from participation.paper.questionnaires.queries import PageRow
from participation.paper.questionnaires.words import SIDE_MISSING, said


def keyed_draft(sheet: QuestionnaireSheet, *, blind: bool = False) -> Draft:
    """What was keyed or read so far, as a form shows it; `blind`, without the ticks."""
    ticks = {} if blind else {question: tuple(options) for question, options in sheet.ticks.items()}
    return Draft(sheet.spec_id, ticks=ticks, words=sheet.text)


def differing(spec: BallotSpec, sheet: QuestionnaireSheet) -> list[tuple[int, Question]]:
    """The questions whose ticks two people read otherwise, with their places on the sheet."""
    return [
        (place, question)
        for place, question in enumerate(spec.questions, 1)
        if sheet.ticks.get(question.id, []) != sheet.again.get(question.id, [])
    ]


def beside(session: Session, sheet: QuestionnaireSheet) -> dict[str, Any]:
    """The scan of a sheet: its pages, the picture of each place for words, what the machine could not tell."""
    pages = queries.pages_of(session, sheet)
    return {
        "pages": pages,
        "cuts": cuts_of(pages),
        "doubtful": {question for page in pages for question in page.unclear},
        "reasons": said(problems_of(pages)),
    }


def cuts_of(pages: list[PageRow]) -> dict[str, tuple[str, bool]]:
    """Question → where below the addresses of pages the picture of its place lies, and whether there may be ink in
    it."""
    return {
        question: (f"{page.id}/fields/{number}", ink)
        for page in pages
        if page.pictured
        for number, (question, ink) in enumerate(page.cuts)
    }


def problems_of(pages: list[PageRow]) -> list[str]:
    found = [problem for page in pages for problem in page.problems]
    return [*found, SIDE_MISSING] if pages and len(pages) < pages[0].sides else found
