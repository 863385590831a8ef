"""What voters declare: composed at first, written by the organiser, frozen with the promises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from participation.counting.canonical import load_spec
from participation.counting.spec import RegisterKind
from participation.db import Database
from participation.processes import service
from participation.processes.completeness import advice
from participation.processes.models import Spec
from tests.builders import NOON
from tests.processes.drafts import VOTING, Draft, build_draft, publish

OWN = {"fr": "J’ai 16 ans ou plus. J’habite à Gatineau.", "en": "I am 16 or older. I live in Gatineau."}


@pytest.fixture
def draft(database: Database) -> Iterator[Draft]:
    with database.writing() as session:
        yield build_draft(session)


def test_a_new_process_declares_its_organisation_and_the_age_of_consent(draft: Draft) -> None:
    assert draft.process.eligibility["en"] == "I am 14 or older. I live in the territory of this body: Ville."
    assert draft.process.eligibility["fr"].startswith("J’ai 14 ans ou plus. ")


@pytest.mark.parametrize(
    ("register", "minimum", "said"), [("open", 10, "14"), ("open", 16, "16"), ("closed", 12, "12")]
)
def test_a_text_that_nobody_wrote_follows_the_age(draft: Draft, register: str, minimum: int, said: str) -> None:
    voting = replace(VOTING, register_kind=RegisterKind(register), minimum_age=minimum)
    shown = replace(voting, eligibility=draft.process.eligibility)
    service.save_voting(draft.session, draft.process, shown, at=NOON)
    assert draft.process.eligibility["en"].startswith(f"I am {said} or older. ")
    assert advice(draft.session, draft.process, NOON)[-1].path != "/edit/voting#eligibility_fr"


def test_a_written_text_stays_and_is_frozen(draft: Draft) -> None:
    service.save_voting(draft.session, draft.process, replace(VOTING, minimum_age=16, eligibility=OWN), at=NOON)
    service.save_voting(draft.session, draft.process, replace(VOTING, minimum_age=18, eligibility=OWN), at=NOON)
    assert draft.process.eligibility == OWN
    told = [gap.path for gap in advice(draft.session, draft.process, NOON)]
    assert "/edit/voting#eligibility_fr" in told, "it says 16, and 18 is asked"
    row = publish(draft)
    stored = draft.session.get(Spec, row.id)
    assert stored is not None
    assert dict(load_spec(stored.content).eligibility) == dict(row.spec.eligibility) == OWN


def test_a_vote_without_it_is_not_published(draft: Draft) -> None:
    draft.process.eligibility = {"en": OWN["en"]}
    assert draft.gaps() == ["What voters declare is missing in French."]
