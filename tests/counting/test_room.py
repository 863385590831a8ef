"""Telephones, cards and hands in one room: when they are added up, and that nothing is lost when they are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from participation.counting.room import Apart, RoomSource, merge

SOURCES = st.lists(
    st.builds(
        lambda name, votes: RoomSource(name, sum(votes), votes, name.endswith("count"), name == "online"),
        st.sampled_from(["room", "card_count", "hand_count", "online"]),
        st.tuples(*[st.integers(0, 50)] * 3),
    ),
    max_size=4,
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


def test_who_answered_from_elsewhere_stands_apart_from_the_sum_of_the_room() -> None:
    online = replace(source("online", 40, 1), elsewhere=True)
    result = merge([source("room", 31, 22), source("card_count", 12, 9), online], 86)
    assert result.merged is not None
    assert (result.merged.votes, result.apart) == ((43, 31), Apart.OUTSIDE_THE_ROOM)
    assert (result.people, result.in_room, result.elsewhere) == (115, 74, 41)


def test_a_card_of_the_door_is_one_answer_at_home_or_in_the_room() -> None:
    room, online = source("room", 31, 22), replace(source("online", 40, 1), elsewhere=True)
    together = merge([room, online], 86, one_card_each=True)
    assert together.merged is not None
    assert (together.merged.votes, together.apart) == ((71, 23), None)
    hands = replace(source("hand_count", 3, 4), is_total=True)
    assert merge([room, hands, online], 86, one_card_each=True).apart is Apart.OUTSIDE_THE_ROOM


def test_before_the_doors_open_what_came_from_elsewhere_is_the_result() -> None:
    result = merge([replace(source("online", 40, 50), elsewhere=True)], 0)
    assert result.merged is not None
    assert (result.merged.people, result.apart) == (90, None)


@given(SOURCES, st.none() | st.integers(0, 200), st.booleans())
def test_every_answer_is_in_its_source_and_once_in_the_sum(
    sources: list[RoomSource], present: int | None, one_card_each: bool
) -> None:
    result = merge(sources, present, one_card_each=one_card_each)
    assert result.people == result.in_room + result.elsewhere == sum(each.people for each in sources)
    if result.merged:
        assert sum(result.merged.votes) == result.merged.people
        assert result.merged.people == (result.in_room if result.apart else result.people)
        assert present is None or result.in_room <= present
    elif result.people:
        assert result.apart is not None


@given(SOURCES, st.none() | st.integers(0, 200), st.booleans())
def test_what_came_from_elsewhere_moves_no_figure_of_the_room(
    sources: list[RoomSource], present: int | None, one_card_each: bool
) -> None:
    """Never merged with anything that no card stands for; the room has the sum that it would have alone."""
    room = merge([each for each in sources if not each.elsewhere], present, one_card_each=one_card_each)
    result = merge(sources, present, one_card_each=one_card_each)
    assert result.in_room == room.people
    by_cards = one_card_each and not any(each.is_total and each.people for each in sources)
    if room.people and not by_cards:
        assert (result.merged, result.apart) == (room.merged, room.apart or result.apart)
