"""The one tally: sums over groups, small groups, ties in order."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from participation.counting.answers import Answer
from participation.counting.spec import QuestionKind, TieBreak
from participation.counting.tally import Group, GroupTally, join_small_groups, profile_of, tally
from participation.counting.ties import ranking, reversed_ranking
from tests.counting.elections import question, repeating_profile
from tests.counting.oracle import Project

ONLINE, KEYED, SCANNED = ("online", "self"), ("counter", "keyed"), ("post", "scanned")
GROUPS = st.sampled_from([ONLINE, KEYED, SCANNED])
ANSWERS = st.lists(st.sampled_from("abc"), unique=True).map(lambda names: tuple((name, 1) for name in names))
RECORDS = st.lists(st.tuples(GROUPS, ANSWERS), max_size=40)


def test_a_clerk_can_follow_the_count() -> None:
    contest = question(QuestionKind.APPROVAL, {"a": 1, "b": 1, "c": 1})
    records: list[tuple[Group, Answer]] = [
        (ONLINE, (("a", 1), ("b", 1))),
        (ONLINE, (("b", 1),)),
        (KEYED, (("a", 1), ("c", 1))),
        (KEYED, ()),
    ]
    counted = tally(profile_of(contest, records))
    assert counted.total == GroupTally((KEYED, ONLINE), 4, 1, (2, 2, 1), (2, 2, 1))
    assert counted.by_group == (
        GroupTally((KEYED,), 2, 1, (1, 0, 1), (1, 0, 1)),
        GroupTally((ONLINE,), 2, 0, (1, 2, 0), (1, 2, 0)),
    )
    assert (counted.votes("b"), counted.points("b")) == (2, 2)


def test_points_and_ranks_become_scores() -> None:
    points = question(QuestionKind.CUMULATIVE, {"a": 1, "b": 1})
    counted = tally(profile_of(points, [(ONLINE, (("a", 3), ("b", 1))), (KEYED, (("a", 2),))]))
    assert (counted.total.votes, counted.total.points) == ((2, 1), (5, 1))
    ranks = question(QuestionKind.RANKING, {"a": 1, "b": 1, "c": 1}, most=3)
    counted = tally(profile_of(ranks, [(ONLINE, (("b", 1), ("a", 2))), (ONLINE, (("a", 1),))]))
    assert counted.total.points == (5, 3, 0)


@given(RECORDS, st.randoms(use_true_random=False))
def test_neither_order_nor_grouping_changes_a_total(records: list[tuple[Group, Answer]], chance: Random) -> None:
    contest = question(QuestionKind.APPROVAL, {"a": 1, "b": 1, "c": 1})
    counted = tally(profile_of(contest, records))
    mixed = list(records)
    chance.shuffle(mixed)
    assert tally(profile_of(contest, mixed)) == counted
    named = Counter(name for _, answer in records for name, _ in answer)
    assert counted.total.votes == tuple(named[name] for name in "abc")
    assert counted.total.ballots == len(records)
    assert counted.total.blanks == sum(not answer for _, answer in records)
    channels = counted.grouped(lambda group: group[:1])
    assert (channels.total.votes, channels.total.ballots) == (counted.total.votes, counted.total.ballots)
    assert [column.groups for column in channels.by_group] == sorted(column.groups for column in channels.by_group)


@given(RECORDS, RECORDS)
def test_counting_two_boxes_together_adds_them(
    one: list[tuple[Group, Answer]], other: list[tuple[Group, Answer]]
) -> None:
    contest = question(QuestionKind.APPROVAL, {"a": 1, "b": 1, "c": 1})
    first, second = (tally(profile_of(contest, records)).total for records in (one, other))
    both = tally(profile_of(contest, one + other)).total
    assert both.votes == (first + second).votes
    assert both.ballots == first.ballots + second.ballots


def test_coarser_groups() -> None:
    contest = question(QuestionKind.APPROVAL, {"a": 1})
    counted = tally(profile_of(contest, [(("post", "keyed"), (("a", 1),)), (("post", "scanned"), ()), (ONLINE, ())]))
    assert counted.grouped(lambda group: group[:1]).by_group == (
        GroupTally((("online",),), 1, 1, (0,), (0,)),
        GroupTally((("post",),), 2, 1, (1,), (1,)),
    )


def test_an_unknown_option_is_never_dropped_in_silence() -> None:
    with pytest.raises(KeyError):
        profile_of(question(QuestionKind.APPROVAL, {"a": 1}), [(ONLINE, (("z", 1),))])


def test_a_published_ballot_that_names_a_project_twice_counts_twice() -> None:
    counted = tally(repeating_profile("ab", [["a", "a"], ["b"], []]))
    assert (counted.total.votes, counted.total.ballots, counted.total.blanks) == ((2, 1), 3, 1)


def column(name: str, ballots: int) -> GroupTally:
    return GroupTally(((name,),), ballots, 0, (ballots,), (ballots,))


def names(columns: tuple[GroupTally, ...]) -> list[tuple[tuple[str, ...], int]]:
    return [(tuple(group[0] for group in shown.groups), shown.ballots) for shown in columns]


def test_large_groups_are_shown_as_they_are() -> None:
    assert names(join_small_groups([column("online", 900), column("counter", 20)])) == [
        (("counter",), 20),
        (("online",), 900),
    ]


def test_a_small_group_joins_the_next_smallest() -> None:
    shown = join_small_groups([column("online", 900), column("post", 12), column("counter", 40), column("phone", 3)])
    assert names(shown) == [(("counter", "phone", "post"), 55), (("online",), 900)]


def test_if_one_group_is_left_only_the_total_shows() -> None:
    assert join_small_groups([column("online", 900), column("post", 12)]) == ()
    assert join_small_groups([column("online", 900)]) == ()
    assert join_small_groups([]) == ()


def test_a_group_without_ballots_is_left_out() -> None:
    assert names(join_small_groups([column("a", 30), column("b", 0), column("c", 25)])) == [(("a",), 30), (("c",), 25)]


@given(st.lists(st.integers(0, 60), max_size=6))
def test_every_shown_group_is_large_and_exact(sizes: list[int]) -> None:
    shown = join_small_groups([column(f"g{place}", size) for place, size in enumerate(sizes)])
    assert all(group.ballots >= 20 and group.votes == (group.ballots,) for group in shown)
    assert len(shown) != 1
    if shown:
        assert sum(group.ballots for group in shown) == sum(sizes)


def test_tie_orders() -> None:
    projects = [Project("10", 5), Project("9", 7), Project("a", 5)]

    def order(tie_break: TieBreak) -> list[str]:
        ranks = ranking(tie_break, "2027-05-30", projects)
        assert sorted(ranks, key=reversed_ranking(ranks).__getitem__) == sorted(ranks, key=ranks.__getitem__)[::-1]
        return sorted(ranks, key=ranks.__getitem__)

    assert order(TieBreak.LOWEST_ID) == ["10", "9", "a"]
    assert order(TieBreak.HIGHEST_ID) == ["a", "9", "10"]
    assert order(TieBreak.LOWEST_COST) == ["10", "a", "9"]
    drawn = sorted(("10", "9", "a"), key=lambda name: sha256(f"2027-05-30|{name}".encode()).hexdigest())
    assert order(TieBreak.SEEDED_DRAW) == drawn
