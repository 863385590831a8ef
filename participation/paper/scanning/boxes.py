"""Number boxes: from the bubbles of digits to the numbers of projects, and where bubbles make no number.

A number has a bubble in each of its places, zeros in front included, as the sheet says; a cumulative ballot's has one
under its points too. What is not whole, or has two digits in one place, is for a person, never guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from participation.paper.scanning.targets import State, Target, Why
from participation.paper.sheets.geometry import Mark

Slot = tuple[str, int]
"""A number box: its question, and which from 1."""
_POINTS = 0


def written_name(mark: Mark) -> str:
    """The name of the region in which the number of a target's box is written by hand."""
    return f"text-{mark.question}-{mark.slot}"


def doubts(targets: Sequence[Target], written: Collection[str]) -> dict[int, Why]:
    """Place of a target in the list → why its number box is for a person. `written`: regions with ink in them."""
    found: dict[int, Why] = {}
    for slot in _slots(targets).values():
        marks = [targets[place].mark for place in slot]
        places = {mark.digit for mark in marks}
        clear = [place for place in slot if targets[place].state is State.CLEAR]
        marked = [targets[place].mark.digit for place in clear]
        if len(set(marked)) < len(marked):
            found |= {place: Why.TWO_DIGITS for place in clear if marked.count(targets[place].mark.digit) > 1}
        elif clear and set(marked) != places:
            found |= dict.fromkeys(clear, Why.INCOMPLETE)
        elif not clear and written_name(marks[0]) in written:
            found |= dict.fromkeys(slot, Why.INCOMPLETE)
    return found


def numbers(targets: Sequence[Target]) -> dict[str, list[str]]:
    """Question → what stands in its boxes in their order, "37", or "37:2" with points; empty where nothing certain
    stands. Empty boxes at the end are left out: those between tell a rank that was skipped."""
    found: dict[str, list[str]] = defaultdict(list)
    for (question, _slot), places in sorted(_slots(targets).items()):
        found[question].append(_number([targets[place] for place in places]))
    return {question: _trimmed(those) for question, those in found.items()}


def _slots(targets: Sequence[Target]) -> Mapping[Slot, list[int]]:
    found: dict[Slot, list[int]] = defaultdict(list)
    for place, each in enumerate(targets):
        if each.mark.slot:
            found[each.mark.question, each.mark.slot].append(place)
    return found


def _number(slot: Sequence[Target]) -> str:
    if any(each.state is State.UNCLEAR for each in slot):
        return ""
    digits = {each.mark.digit: each.mark.value for each in slot if each.state is State.CLEAR}
    number = sum(place * value for place, value in digits.items())
    if not digits:
        return ""
    return f"{number}:{digits[_POINTS]}" if _POINTS in digits else str(number)


def _trimmed(those: Sequence[str]) -> list[str]:
    last = max((place for place, each in enumerate(those, start=1) if each), default=0)
    return list(those[:last])
