"""What the pages of a questionnaire show: which questions stand on which page, what is wrong, the whole to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from participation.ballots.booth import Booth
from participation.ballots.questionnaires.drafts import Draft
from participation.ballots.questionnaires.forms import too_long, too_many
from participation.ballots.questionnaires.service import last_day
from participation.counting.answers import Fault
from participation.counting.opinions import MOST_CHARACTERS
from participation.counting.spec import BallotSpec, Channel, Question, QuestionKind
from participation.db import metadata
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes import notices
from participation.processes.models import WindowKind
from participation.processes.questionnaires.queries import Section, sections

ONE_PAGE = 6
"""A questionnaire of so many questions is one page; a longer one has a page for each theme."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its themes with their numbered questions."""

    sections: tuple[Section, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        return tuple(question for section in self.sections for _number, question in section.questions)


def pages_of(spec: BallotSpec) -> tuple[Page, ...]:
    found = sections(spec)
    return (Page(found),) if len(spec.questions) <= ONE_PAGE else tuple(Page((section,)) for section in found)


def shown(page: Page, spec: BallotSpec, draft: Draft) -> tuple[Section, ...]:
    """The page for somebody with these answers: what earlier pages rule out is left out.

    What hangs on an answer of this very page stays: it says for whom it is, and a script hides and shows it.
    """
    asked, here = draft.asked(spec), {question.id for question in page.questions}
    kept: set[str] = set()
    found = []
    for section in page.sections:
        questions = tuple(
            (number, question)
            for number, question in section.questions
            if question.id in asked or (question.shown_if and question.shown_if.question_id in here & kept)
            if not kept.add(question.id)  # type: ignore[func-returns-value]
        )
        if questions:
            found.append(Section(section.title, questions))
    return tuple(found)


def next_page(pages: tuple[Page, ...], spec: BallotSpec, draft: Draft, after: int) -> int | None:
    """The number of the next page on which anything is asked; None at the end."""
    for place in range(after, len(pages)):
        if shown(pages[place], spec, draft):
            return place + 1
    return None


def previous_page(pages: tuple[Page, ...], spec: BallotSpec, draft: Draft, before: int) -> int | None:
    for place in range(before - 2, -1, -1):
        if shown(pages[place], spec, draft):
            return place + 1
    return None


def problem_of(draft: Draft, question: Question, locale: str) -> Message | None:
    """What is wrong with one answer, in words."""
    found = draft.problem(question)
    if found is None:
        return None
    if found.fault is Fault.TOO_LONG:
        return too_long(found.found, found.limit, locale)
    return too_many(found.found, found.limit)


def problems_of(draft: Draft, questions: tuple[Question, ...], locale: str) -> dict[str, Message]:
    found = {question.id: problem_of(draft, question, locale) for question in questions}
    return {f"q{key}": message for key, message in found.items() if message}


def expires_on(booth: Booth) -> date:
    """The last day of a draft that is saved now."""
    closes = booth.windows.moments.get(WindowKind.ONLINE_CLOSES)
    zone = booth.process.zone
    return last_day(booth.at.astimezone(zone).date(), closes.astimezone(zone).date() if closes else None)


def start_context(booth: Booth, draft: Draft | None) -> dict[str, Any]:
    moments = booth.windows.moments
    return {
        "opens": moments.get(WindowKind.ONLINE_OPENS),
        "closes": moments.get(WindowKind.ONLINE_CLOSES),
        "paper_open": booth.windows.open_for(Channel.COUNTER, booth.at),
        "is_open": booth.is_open,
        "zone": booth.process.zone,
        "sections": sections(booth.spec),
        "started": draft is not None and not draft.receipt,
        "sent": draft is not None and bool(draft.receipt),
        "notice_lines": notices.questionnaire_notice(booth.process, metadata, booth.locale, notices.Medium.WEB),
    }


def page_context(booth: Booth, draft: Draft, number: int, errors: Mapping[str, Message]) -> dict[str, Any]:
    """One page with the answers so far, as sent or as kept."""
    pages = pages_of(booth.spec)
    here = shown(pages[number - 1], booth.spec, draft)
    return {
        "sections": here,
        "position": number,
        "count": len(pages),
        "draft": draft,
        "errors": errors,
        "limit": MOST_CHARACTERS,
        "back": previous_page(pages, booth.spec, draft, number),
        "is_last": next_page(pages, booth.spec, draft, number) is None,
        "expires_on": expires_on(booth),
    }


@dataclass(frozen=True, slots=True)
class Given:
    """One question as it is checked before sending: answers in the page's language or words as typed."""

    number: int
    question: Question
    page: int
    titles: tuple[Any, ...]
    words: str
    asked: bool
    error: Message | None


def given(booth: Booth, draft: Draft) -> list[Given]:
    """Every question that is asked, and every one that was answered although it is not."""
    asked, pages = draft.asked(booth.spec), pages_of(booth.spec)
    page_of = {question.id: place for place, page in enumerate(pages, 1) for question in page.questions}
    return [
        Given(
            number,
            question,
            page_of[question.id],
            tuple(option.title for option in question.options if option.id in draft.ticks.get(question.id, ())),
            draft.words.get(question.id, "") if question.kind is QuestionKind.OPEN_TEXT else "",
            question.id in asked,
            problem_of(draft, question, booth.locale),
        )
        for number, question in enumerate(booth.spec.questions, 1)
        if question.id in asked or draft.has_answer(question)
    ]


def review_context(booth: Booth, draft: Draft) -> dict[str, Any]:
    """The whole as it would be sent."""
    found = given(booth, draft)
    return {
        "given": found,
        "errors": {f"g{each.question.id}": each.error for each in found if each.error and each.asked},
        "is_empty": not any((each.titles or each.words) and each.asked for each in found),
        "last": len(pages_of(booth.spec)),
        "expires_on": expires_on(booth),
    }


EXPIRED = _("This link has expired, or is not complete. What it opened can no longer be read by anybody.")
EXPIRED_TODO = _("Copy the whole link as you noted it. Otherwise begin again: nothing was sent.")
