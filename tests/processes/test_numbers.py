"""Of two equal projects the lowest number goes first, whatever the staff do to the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlmodel import Session

from participation.counting.budgeting import allocate
from participation.counting.canonical import load_rule
from participation.counting.spec import CountingRule
from participation.counting.tally import profile_of
from participation.db import Database
from participation.processes import queries, service
from participation.processes.completeness import advice
from participation.processes.drafts import ProjectDraft
from participation.processes.numbers import code_of, order_of
from participation.processes.service import FieldProblem
from tests.builders import NOON
from tests.processes.drafts import CONTEST, Draft, build_draft, project, publish


@pytest.fixture
def draft(database: Database) -> Iterator[Draft]:
    with database.writing() as session:
        yield build_draft(session)


def codes(session: Session, draft: Draft) -> dict[str, str]:
    return {row.number: row.code for row in queries.projects_of(session, [draft.contest.id])}


def add(draft: Draft, *numbers: str) -> None:
    projects = [project(number) for number in numbers]
    service.add_projects(draft.session, draft.process, draft.contest, projects, at=NOON)


def test_codes_sort_as_numbers_do_past_ninety_nine() -> None:
    numbers = [str(number) for number in range(1, 1200)]
    assert sorted(numbers, key=code_of) == numbers == sorted(numbers, key=order_of)
    assert code_of("07") == code_of("7") == code_of(" 007")


def test_a_tie_between_nine_and_ten_goes_to_nine(draft: Draft) -> None:
    """Both have one vote, and the envelope pays for one of them."""
    dear = [replace(project(number), cost=CONTEST.envelope) for number in ("10", "9")]
    service.add_projects(draft.session, draft.process, draft.contest, dear, at=NOON)
    question = publish(draft).spec.questions[0]
    by_number = {option.number: option for option in question.options}
    answers = [((by_number[number].id, 1),) for number in ("10", "9")]
    profile = profile_of(question, [(("online",), answer) for answer in answers])
    counted = allocate(question.rule, [by_number["10"], by_number["9"]], question.envelope, profile)
    assert counted.selected == (by_number["9"].id,)


def test_the_code_follows_the_number_and_so_do_the_pairs(draft: Draft) -> None:
    add(draft, "10")
    rule = CountingRule(exclusive_pairs=(("0010", "0001"),))
    service.save_rule(draft.session, draft.process, draft.contest, rule, at=NOON)
    row = next(row for row in queries.projects_of(draft.session, [draft.contest.id]) if row.number == "10")
    changed = replace(project("9"), code=row.code)
    service.save_project(draft.session, draft.process, draft.contest, changed, project=row, at=NOON)
    assert codes(draft.session, draft)["9"] == "0009"
    assert load_rule(draft.contest.rule).exclusive_pairs == (("0009", "0001"),)
    assert draft.gaps() == []


def test_a_chosen_code_stays_as_it_is_and_the_organiser_is_told_what_it_does_to_ties(draft: Draft) -> None:
    chosen = [ProjectDraft(number, {"fr": "P", "en": "P"}, 5, code=code) for number, code in (("9", "9"), ("10", "10"))]
    service.add_projects(draft.session, draft.process, draft.contest, chosen, at=NOON)
    assert any("ties go to the lowest code" in gap.message.msgid for gap in advice(draft.session, draft.process, NOON))
    assert draft.gaps() == []
    row = next(row for row in queries.projects_of(draft.session, [draft.contest.id]) if row.code == "9")
    changed = ProjectDraft("11", row.title, 5, code="9")
    service.save_project(draft.session, draft.process, draft.contest, changed, project=row, at=NOON)
    assert codes(draft.session, draft)["11"] == "9"


def test_a_number_too_long_for_a_code_is_refused(draft: Draft) -> None:
    with pytest.raises(FieldProblem):
        service.save_project(draft.session, draft.process, draft.contest, project("10000"), at=NOON)
