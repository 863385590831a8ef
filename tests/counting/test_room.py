"""Telephones, cards and hands in one room: when they are added up, and that nothing is lost when they are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from participation.counting.room import Apart, RoomSource, merge

SOURCES = st.lists(
    st.builds(
        lambda name, votes, total: RoomSource(name, sum(votes), votes, total),
        st.sampled_from(["room", "card_count", "hand_count"]),
        st.tuples(*[st.integers(0, 50)] * 3),
        st.booleans(),
    ),
    max_size=3,
)


def source(name: str, *votes: int) -> RoomSource:
    return RoomSource(name, sum(votes), votes)


def test_the_assembly_of_rive_claire() -> None:
    """86 people, 61 telephones of which 58 answered, 25 card holders: all of it together is one result."""
    result = merge([source("room", 31, 22, 5), source("card_count", 12, 9, 4)], 86)
    assert result.merged is not None
    assert (result.merged.votes, result.merged.people, result.apart) == ((43, 31, 9), 83, None)


def test_more_answers_than_people_are_never_added_up() -> None:
    result = merge([source("room", 40, 30), source("hand_count", 20, 0)], 86)
    assert (result.merged, result.apart, result.people) == (None, Apart.MORE_THAN_PRESENT, 90)


def test_one_way_alone_above_the_people_present_is_no_result_either() -> None:
    assert merge([source("room", 50, 40)], 86).apart is Apart.MORE_THAN_PRESENT


def test_without_a_count_of_the_people_sources_stand_side_by_side() -> None:
    assert merge([source("room", 3), source("hand_count", 4)], None).apart is Apart.NOBODY_COUNTED


def test_telephones_alone_need_no_count_of_the_people() -> None:
    result = merge([source("room", 3, 1), source("hand_count", 0, 0)], None)
    assert result.merged is not None
    assert result.merged.votes == (3, 1)


def test_who_answered_from_elsewhere_is_never_merged_without_something_that_stands_for_one_person() -> None:
    result = merge([source("room", 3), source("online", 4)], 86, mixed_places=True)
    assert (result.merged, result.apart) == (None, Apart.OUTSIDE_THE_ROOM)


@given(SOURCES, st.none() | st.integers(0, 200))
def test_every_answer_is_in_its_source_and_once_in_the_sum(sources: list[RoomSource], present: int | None) -> None:
    result = merge(sources, present)
    assert result.people == sum(each.people for each in sources)
    if result.merged:
        assert sum(result.merged.votes) == result.merged.people == result.people
        assert present is None or result.people <= present
    elif result.people:
        assert result.apart is not None
