"""The practice batch: the desk's own rules judge it, every kind of ballot has one, and nothing of it is stored."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from participation.counting.spec import Question, QuestionKind
from participation.paper.keying.practice import Fate, Sample, Sign, judge, samples
from participation.paper.marks import Reading, line_of
from participation.paper.models.batches import Interpretation, Keying
from tests.builders import build_question, build_spec
from tests.client import Site
from tests.paper.clerks import open_office

KINDS = {
    "one": build_question(kind=QuestionKind.CHOOSE_ONE, max_choices=1),
    "approval": build_question(max_choices=2),
    "knapsack": build_question(kind=QuestionKind.KNAPSACK, max_choices=4),
    "points": build_question(kind=QuestionKind.CUMULATIVE, max_choices=4, max_points=10, max_points_each=6),
    "ranking": build_question(kind=QuestionKind.RANKING, max_choices=3),
}


@pytest.mark.parametrize("question", KINDS.values(), ids=KINDS)
def test_each_kind_has_forms_that_count_that_are_blank_and_that_a_person_decides(question: Question) -> None:
    sheets = samples(question)
    assert sheets == samples(question), "everybody practises on the same"
    fates = {judge(question, sheet, sheet.reading).fate for sheet in sheets}
    assert {Fate.COUNTED, Fate.BLANK, Fate.PERSON} <= fates
    assert all(judge(question, sheet, sheet.reading).right for sheet in sheets)


@pytest.mark.parametrize("kind", ["one", "approval", "knapsack"])
def test_ticked_ballots_have_one_that_the_printed_rule_rejects(kind: str) -> None:
    (over,) = (each for each in samples(KINDS[kind]) if judge(KINDS[kind], each, each.reading).fate is Fate.REJECTED)
    assert judge(KINDS[kind], over, Reading(Interpretation.OVER, {})).right
    assert not judge(KINDS[kind], over, Reading(Interpretation.BLANK, {})).right


def drawn(sample: Sample) -> set[str]:
    """The numbers beside which a mark stands that was not taken back."""
    return {line.option.number for line in sample.lines if line.sign not in (None, Sign.ERASED)}


@pytest.mark.parametrize("question", KINDS.values(), ids=KINDS)
def test_what_is_read_is_what_is_drawn(question: Question) -> None:
    for sample in samples(question):
        if sample.reading.interpretation is Interpretation.CHOICES:
            assert {number for number, _value in sample.reading.marks[question.id]} == drawn(sample)


def test_a_clerk_practises_and_nothing_is_stored(site: Site) -> None:
    question = KINDS["approval"]
    office = open_office(site, build_spec(question))
    practice = f"/en/staff{office.world.path}/batches/practice"
    right = ""
    for position, sample in enumerate(samples(question), 1):
        typed = line_of(question.kind, sample.reading.marks.get("ville", ()))
        ruling = "" if typed else sample.reading.interpretation.value
        form = {"form": position, "right": right, "typed": "1", "numbers.ville": typed, "ruling": ruling}
        page = office.first.get_page(f"{practice}?{urlencode(form)}")
        assert "You read it as the desk does" in page.text
        (onward,) = {link for link in page.links() if "right=" in link and "/en/" in link and "typed" not in link}
        right = onward.rpartition("=")[2]
    assert f"You read {position} of {position}" in office.first.get_page(onward).text
    office.first.get(f"{practice}?form=1&typed=1&numbers.ville=", status=422)
    office.intake.get(practice, status=403)
    with site.database.reading() as session:
        assert session.execute(select(func.count()).select_from(Keying)).scalar_one() == 0
