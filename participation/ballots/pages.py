"""What the public pages of a vote show: project lists, the ballot to fill in, the review, in rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import get_month_names

from participation.ballots.basket import Basket
from participation.ballots.booth import Booth
from participation.ballots.faults import explain
from participation.ballots.forms import ProjectFilter, ReadAnswer
from participation.ballots.shelf import ProjectRow, Shelf, read_shelf
from participation.counting.answers import Answer, cost_of, problems
from participation.counting.spec import (
    BallotSpec,
    MatchField,
    Question,
    QuestionKind,
    RegisterKind,
    Style,
)
from participation.db import metadata
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import short_date, words_of
from participation.processes import notices
from participation.processes.models import WindowKind
from participation.processes.queries import voting_of
from participation.register.identity import fold

SORT_NAMES = (
    ("number", _("Number")),
    ("title", _("Title")),
    ("cost", _("Cost, lowest first")),
    ("-cost", _("Cost, highest first")),
)
STEPS = (_("Who you are"), _("Your choices"), _("Check"), _("Receipt"))
WHO, CHOICES, CHECK = 1, 2, 3


def filtered(rows: Sequence[ProjectRow], wanted: ProjectFilter, keep: frozenset[str] = frozenset()) -> list[ProjectRow]:
    """The rows that match, sorted; those whose id is in `keep` (chosen projects) always stay."""
    words = [fold(word) for word in wanted.q.split()]
    found = [row for row in rows if row.id in keep or _matches(row, wanted, words)]
    if wanted.sort == "cost":
        found.sort(key=lambda row: row.cost)
    elif wanted.sort == "-cost":
        found.sort(key=lambda row: -row.cost)
    elif wanted.sort == "title":
        found.sort(key=lambda row: fold(row.title))
    return found


def _matches(row: ProjectRow, wanted: ProjectFilter, words: Iterable[str]) -> bool:
    if wanted.borough and row.borough != wanted.borough:
        return False
    if wanted.contest and row.contest != wanted.contest:
        return False
    if wanted.category and row.category != wanted.category:
        return False
    if not wanted.q:
        return True
    text = fold(f"{row.number} {row.title} {row.summary} {row.borough} {row.category}")
    return all(word in text for word in words)


def list_context(shelf: Shelf, locale: str, base: str, wanted: ProjectFilter) -> dict[str, Any]:
    """The public list of projects. `base` is the address of the process in the page's language."""
    contests, rows = shelf.contests(locale), shelf.projects(locale, f"{base}/projects")
    found = filtered(rows, wanted)
    grouped = [(contest, [row for row in found if row.contest == contest.code]) for contest in contests]
    return {
        "process": shelf.process,
        "organisation": shelf.organisation,
        "base": base,
        "contests": contests,
        "groups": [(contest, group) for contest, group in grouped if group],
        "total": len(rows),
        "found": len(found),
        "wanted": wanted,
        "boroughs": options_of(row.borough for row in rows),
        "categories": options_of(row.category for row in rows),
        "sorts": SORT_NAMES,
    }


def options_of(values: Iterable[str]) -> list[tuple[str, str]]:
    """The distinct values as choices of a list, in the order of the alphabet without accents."""
    return [(value, value) for value in sorted(set(filter(None, values)), key=fold)]


def project_context(
    shelf: Shelf, locale: str, base: str, contest: str, number: str, below: str = "/projects"
) -> dict[str, Any] | None:
    """One project with its neighbours on the ballot; None when there is none. `paragraphs` are the caller's."""
    rows = [row for row in shelf.projects(locale, f"{base}{below}") if row.contest == contest]
    place = next((place for place, row in enumerate(rows) if row.number == number), None)
    if place is None:
        return None
    contests = shelf.contests(locale)
    return {
        "process": shelf.process,
        "organisation": shelf.organisation,
        "base": base,
        "project": rows[place],
        "contest": next(found for found in contests if found.code == contest),
        "several": len(contests) > 1,
        "before": rows[place - 1] if place else None,
        "after": rows[place + 1] if place + 1 < len(rows) else None,
    }


# The steps of the vote.


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as the ballot macros read it, with the projects that are shown."""

    id: str
    kind: QuestionKind
    title: Any
    options: list[ProjectRow]
    min_choices: int
    max_choices: int
    max_points: int
    max_points_each: int
    envelope: int


def view_of(question: Question, options: list[ProjectRow]) -> QuestionView:
    return QuestionView(
        question.id,
        question.kind,
        question.title,
        options,
        question.min_choices,
        min(question.max_choices, len(question.options)),
        question.max_points,
        question.max_points_each,
        question.envelope,
    )


def notice_of(booth: Booth) -> tuple[str, ...]:
    """What people are told about their personal information, from the data map."""
    return notices.notice(booth.process, voting_of(booth.process.process), metadata, booth.locale, notices.Medium.WEB)


def start_context(booth: Booth) -> dict[str, Any]:
    """Who may vote, how, until when, what happens to two votes by one person."""
    moments = booth.windows.moments
    return {
        "opens": moments.get(WindowKind.ONLINE_OPENS),
        "closes": moments.get(WindowKind.ONLINE_CLOSES),
        "is_open": booth.is_open,
        "has_basket": booth.basket is not None,
        "first_step": first_step(booth),
        "questions": booth.spec.questions,
        "zone": booth.process.zone,
        "notice_lines": notice_of(booth),
    }


def first_step(booth: Booth) -> str:
    """Where the vote begins below /vote: the age, the declaration or the code."""
    if booth.spec.register is RegisterKind.CLOSED:
        return "/vote/code"
    return "/vote/age" if booth.asks_age else "/vote/declaration"


def who_context(errors: Mapping[str, Message], chosen: str = "") -> dict[str, Any]:
    return {"step": WHO, "steps": STEPS, "errors": errors, "chosen": chosen}


def code_context(booth: Booth, typed: str, errors: Mapping[str, Message]) -> dict[str, Any]:
    return {**who_context(errors), "typed": typed, "notice_lines": notice_of(booth)}


def declaration_context(booth: Booth, values: Mapping[str, str], errors: Mapping[str, Message]) -> dict[str, Any]:
    spec = booth.spec
    return {
        **who_context(errors),
        "values": values,
        "notice_lines": notice_of(booth),
        "months": [(str(month), name) for month, name in get_month_names("wide", locale=booth.locale).items()],
        "styles": [(style.id, words_of(style.title, booth.locale)) for style in several_styles(spec)],
    }


def several_styles(spec: BallotSpec) -> tuple[Style, ...]:
    """The districts to choose from; nobody is asked where there is one ballot for all."""
    return spec.styles if len(spec.styles) > 1 else ()


def projects(booth: Booth, below: str = "/projects") -> list[ProjectRow]:
    """The projects of this vote; a shared device links to them below the booth itself."""
    shelf = read_shelf(booth.session, booth.process.organisation.slug, booth.process.process.slug)
    return shelf.projects(booth.locale, booth.url(below))


def ballot_context(
    booth: Booth, basket: Basket, position: int, wanted: ProjectFilter, posted: ReadAnswer | None = None
) -> dict[str, Any]:
    """One question of the ballot with the answer so far, as posted or as kept."""
    questions = booth.spec.questions_of(basket.style)
    question = questions[position - 1]
    answer = posted.answer if posted else basket.answer(question)
    value = dict(answer)
    below = "/vote/projects" if booth.is_kiosk else "/projects"
    rows = [row for row in projects(booth, below) if row.contest == question.id]
    shown = filtered(rows, wanted, frozenset(value))
    return {
        "step": CHOICES,
        "steps": STEPS,
        "question": view_of(question, shown),
        "value": value,
        "errors": list(posted.errors) if posted else [],
        "asks_blank": posted is not None and posted.needs_blank_question,
        "position": position,
        "count": len(questions),
        "wanted": wanted,
        "total": len(rows),
        "boroughs": options_of(row.borough for row in rows),
        "sorts": SORT_NAMES,
        "is_last": position == len(questions),
    }


def ballot_with(booth: Booth, question_id: str) -> str:
    """The page of the voter's own ballot that holds this question, below the process; the start without one."""
    basket = booth.basket
    if basket is None or question_id not in booth.spec.style[basket.style].question_ids:
        return "/vote"
    return f"/vote/ballot/{booth.spec.style[basket.style].question_ids.index(question_id) + 1}"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One question as the voter checks it before casting."""

    position: int
    view: QuestionView
    lines: list[tuple[ProjectRow, int]]
    cost: int
    points: int
    errors: list[Message]


def review_context(booth: Booth, basket: Basket) -> dict[str, Any]:
    """The whole ballot as it would be cast, checked once more."""
    by_id = {(row.contest, row.id): row for row in projects(booth)}
    reviewed = [
        _reviewed(booth, place, question, basket.answer(question), by_id)
        for place, question in enumerate(booth.spec.questions_of(basket.style), 1)
    ]
    style = booth.spec.style[basket.style]
    return {
        "step": CHECK,
        "steps": STEPS,
        "reviewed": reviewed,
        "is_blank": not any(item.lines for item in reviewed),
        "declared": [
            (FIELD_NAMES[MatchField(name)], _shown(name, value, booth.locale)) for name, value in basket.fields.items()
        ],
        "style": style.title if len(booth.spec.styles) > 1 else None,
    }


def _shown(name: str, value: str, locale: str) -> str:
    """A field as people write it: 03-02 is 3 février."""
    if name != MatchField.BIRTH_DAY_MONTH:
        return value
    day, _dash, month = value.partition("-")
    return short_date(date(2000, int(month), int(day)), locale)


def _reviewed(
    booth: Booth, place: int, question: Question, answer: Answer, by_id: Mapping[tuple[str, str], ProjectRow]
) -> Reviewed:
    rows = [by_id[question.id, option_id] for option_id, _value in answer]
    return Reviewed(
        place,
        view_of(question, rows),
        [(row, value) for row, (_option, value) in zip(rows, answer, strict=True)],
        cost_of(question, answer),
        sum(value for _option, value in answer),
        [explain(question, problem, answer, booth.locale) for problem in problems(question, answer)],
    )


FIELD_NAMES = {
    MatchField.FIRST_NAME: _("First name"),
    MatchField.LAST_NAME: _("Last name"),
    MatchField.BIRTH_DAY_MONTH: _("Day and month of birth"),
    MatchField.POSTAL_CODE: _("Postal code"),
    MatchField.EMAIL: _("E-mail"),
}
