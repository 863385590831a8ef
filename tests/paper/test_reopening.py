"""A batch keyed anew before it is cast, with a reason; what two rounds read otherwise, in whatever order they lay."""

from __future__ import annotations

import uuid
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.ballots.models import BallotRejection
from participation.ballots.queries import RecountedRow, round_at, stream_ballots
from participation.counting.spec import RulingKind
from participation.paper.keying.differences import Ruled, differences, said
from participation.paper.marks import Ruling
from tests.builders import AFTER_POST, NOON
from tests.client import Page, Site
from tests.paper.clerks import Office, accept, key, key_one, open_batch, open_office, settle

REASON = {"reopen_reason": "The pile of another place was keyed."}


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def test_both_passes_start_anew_and_the_first_ones_stay(office: Office) -> None:
    accept(office, 2)
    batch = open_batch(office, 2)
    office.first.post(f"{batch}/reopen", REASON, status=409)
    key(office.first, batch, ["3", "3"])
    key(office.second, batch, ["3", "4"])
    settle(office.third, batch, 2, {"numbers.ville": "3"}, {"numbers.ville": "3"})
    silent = office.first.post(f"{batch}/reopen", {"reopen_reason": "oh"}, status=422)
    assert "oh" in silent.text
    office.third.post(f"{batch}/reopen", REASON, status=403)
    office.first.post(f"{batch}/reopen", REASON)
    page = office.first.get_page(batch)
    assert REASON["reopen_reason"] in page.text
    assert "first clerk" in page.text
    office.first.post(f"{batch}/close", status=409)
    office.first.post(f"{batch}/finish", status=404)
    for clerk in (office.first, office.second):
        key(clerk, batch, ["1", "2"])
    office.first.post(f"{batch}/close")
    with office.site.database.reading() as session:
        rows = list(stream_ballots(session, office.world.spec_row.id))
    assert [row.batch_round for row in rows] == [2, 2]
    assert all('"3"' not in row.choices for row in rows), "what was superseded is in no box"
    closed = office.first.post(f"{batch}/reopen", REASON, status=409)
    assert "recomptage" in Page(closed.text).text, "it says who can have it read again"


def test_whoever_saw_both_keyings_keys_no_more(office: Office) -> None:
    batch = open_batch(office, 1)
    key(office.first, batch, ["1"])
    key(office.second, batch, ["2"])
    settle(office.third, batch, 1, {"numbers.ville": "1"}, {"numbers.ville": "1"})
    office.first.post(f"{batch}/reopen", REASON)
    form = {"position": "1", "nonce": "late", "numbers.ville": "1"}
    office.first.post(f"{batch}/key", form, status=404)
    office.first.post(f"{batch}/start")
    key_one(office.first, batch, 1, "2")
    assert "1" not in office.first.get_page(f"{batch}/key?position=1").value_of("numbers.ville")


SHEETS = st.sampled_from(
    [
        Ruling(RulingKind.VALID, (("ville", (("1", 1),)),)),
        Ruling(RulingKind.VALID, (("ville", (("2", 1),)),)),
        Ruling(RulingKind.BLANK, (("ville", ()),)),
        Ruling(RulingKind.REJECTED, (("ville", (("1", 1), ("2", 1))),), BallotRejection.OVER),
    ]
)
PILES = st.lists(SHEETS, max_size=12)


def pile(rulings: list[Ruling], *, numbered: bool) -> dict[int, Ruled]:
    return {place: Ruled(f"{place:06d}-1" if numbered else "", each) for place, each in enumerate(rulings, 1)}


@given(PILES, st.randoms(use_true_random=False), st.booleans())
def test_the_same_pile_in_another_order_has_no_difference(
    rulings: list[Ruling], chance: Random, numbered: bool
) -> None:
    one = pile(rulings, numbered=numbered)
    sheets = list(one.values())
    chance.shuffle(sheets)
    assert differences(one, dict(enumerate(sheets, 1))) == []


@given(PILES, PILES, st.booleans())
def test_the_differences_are_what_takes_one_round_to_the_other(
    before: list[Ruling], after: list[Ruling], numbered: bool
) -> None:
    found = differences(pile(before, numbered=numbered), pile(after, numbered=numbered))
    counts = Counter(map(said, before))
    counts.subtract(said(each.before) for each in found if each.before)
    counts.update(said(each.after) for each in found if each.after)
    assert +counts == Counter(map(said, after))
    assert all(said(each.before) != said(each.after) for each in found)
    if not numbered:
        fewest = max((Counter(map(said, before)) - Counter(map(said, after))).total(),
                     (Counter(map(said, after)) - Counter(map(said, before))).total())  # fmt: skip
        assert len(found) == fewest or all(each.position for each in found)


def test_a_count_sees_the_round_that_stood_when_it_was_made() -> None:
    batch = uuid.uuid4()
    rows = [RecountedRow(batch, 1, 3, NOON), RecountedRow(batch, 3, 4, AFTER_POST)]
    assert round_at(rows, batch, 4, AFTER_POST) == 4
    assert round_at(rows, batch, 4, NOON) == 3
    assert round_at(rows, batch, 4, NOON.replace(hour=1)) == 1
