"""Number boxes: bubbles that make a number, and those that a person must look at."""

from __future__ import annotations

from participation.paper.scanning.boxes import doubts, numbers
from participation.paper.scanning.targets import State, Target, Why
from participation.paper.sheets.geometry import Mark


def slot(number: int, marked: str, *, points: int | None = None) -> list[Target]:
    """A box of two digits; `marked` is like "t3 o7", tens 3 and ones 7; with points from 1 to 3 if asked."""
    places = [("t", 10, value) for value in range(10)] + [("o", 1, value) for value in range(10)]
    found = [
        Target(Mark("q", "", 0, 0, 4, 4, value=value, slot=number, digit=digit), _state(f"{name}{value}" in marked))
        for name, digit, value in places
    ]
    if points is not None:
        found += [
            Target(Mark("q", "", 0, 0, 4, 4, value=value, slot=number, digit=0), _state(value == points))
            for value in (1, 2, 3)
        ]
    return found


def _state(marked: bool) -> State:
    return State.CLEAR if marked else State.EMPTY


def test_whole_numbers_with_zeros_in_front_and_empty_boxes() -> None:
    targets = slot(1, "t3 o7") + slot(2, "") + slot(3, "t0 o5") + slot(4, "")
    assert doubts(targets, ()) == {}
    assert numbers(targets) == {"q": ["37", "", "5"]}, "a box that is left out between is told"
    assert numbers(slot(1, "t1 o2", points=3)) == {"q": ["12:3"]}


def test_two_digits_in_one_place_are_for_a_person() -> None:
    targets = slot(1, "t3 t4 o7")
    found = doubts(targets, ())
    assert sorted(targets[place].mark.name for place in found) == ["slot 1 tens 3", "slot 1 tens 4"]
    assert set(found.values()) == {Why.TWO_DIGITS}


def test_what_is_not_whole_is_for_a_person() -> None:
    for targets in (slot(1, "o7"), slot(1, "t3"), slot(1, "t1 o2", points=0), slot(1, "", points=2)):
        assert set(doubts(targets, ()).values()) == {Why.INCOMPLETE}


def test_a_number_written_without_bubbles_is_for_a_person() -> None:
    targets = slot(1, "t3 o7") + slot(2, "")
    assert doubts(targets, {"text-q-1"}) == {}
    assert set(doubts(targets, {"text-q-2"})) == set(range(20, 40))
