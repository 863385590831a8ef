"""Votes and points per project, exact, in all and by group (channel, capture, place, …).

There is one tally. Ballots from the platform and ballots of a published file both become a `Profile`:
each distinct ballot once, with the number of times that each group cast it. `tally` counts a profile.
A merged total is the sum over its groups; nothing is ever counted a second way.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add

import numpy as np
from numpy.typing import NDArray

from participation.counting.answers import Answer, score_of
from participation.counting.spec import Question, QuestionKind

Group = tuple[str, ...]
"""What a breakdown is made by, such as ("online", "self"). A published file has ("internet",)."""

IntArray = NDArray[np.int32]

SMALLEST_GROUP = 20
"""A breakdown of choices is shown only for so many ballots."""


@dataclass(frozen=True, eq=False)
class Profile:
    """All ballots of one contest: distinct rows of (option, points), and how often each group cast them.

    Row r names `entries[starts[r]:starts[r + 1]]`, positions in `options`; a row without entries is a
    blank. `points` runs beside `entries` and is 1 throughout where `scored` is false. `ballots[r, g]`
    is how many ballots of group g say row r. The arrays are read-only.
    """

    options: tuple[str, ...]
    groups: tuple[Group, ...]
    scored: bool
    starts: IntArray
    entries: IntArray
    points: IntArray
    ballots: IntArray

    def __post_init__(self) -> None:
        for values in (self.starts, self.entries, self.points, self.ballots):
            values.setflags(write=False)

    @cached_property
    def weights(self) -> IntArray:
        """How many ballots say each row, over all groups."""
        return np.asarray(self.ballots.sum(axis=1), dtype=np.int32)

    @cached_property
    def counted(self) -> Tally:
        """The tally; callers ask `tally`."""
        lengths = np.diff(self.starts)
        columns = tuple(_column(self, lengths, place, group) for place, group in enumerate(self.groups))
        return Tally(self.options, self.scored, columns)

    @property
    def size(self) -> int:
        """All ballots, blanks included."""
        return int(self.ballots.sum(dtype=np.int64))


@dataclass(frozen=True, slots=True)
class GroupTally:
    """One column of a result. `votes` and `points` follow the options; `ballots` includes `blanks`."""

    groups: tuple[Group, ...]
    ballots: int
    blanks: int
    votes: tuple[int, ...]
    points: tuple[int, ...]

    def __add__(self, other: GroupTally) -> GroupTally:
        return GroupTally(
            self.groups + other.groups,
            self.ballots + other.ballots,
            self.blanks + other.blanks,
            tuple(map(add, self.votes, other.votes)),
            tuple(map(add, self.points, other.points)),
        )


@dataclass(frozen=True)
class Tally:
    """The count of one contest, one column per group. Where `scored` is false each vote gives one point."""

    options: tuple[str, ...]
    scored: bool
    by_group: tuple[GroupTally, ...]

    @cached_property
    def total(self) -> GroupTally:
        """The sum over the groups."""
        nothing = (0,) * len(self.options)
        return reduce(add, self.by_group, GroupTally((), 0, 0, nothing, nothing))

    @cached_property
    def position(self) -> dict[str, int]:
        return {option_id: place for place, option_id in enumerate(self.options)}

    def votes(self, option_id: str) -> int:
        """How often ballots name the project. KeyError for an unknown one."""
        return self.total.votes[self.position[option_id]]

    def points(self, option_id: str) -> int:
        return self.total.points[self.position[option_id]]

    def grouped(self, key: Callable[[Group], Group]) -> Tally:
        """The same count in coarser groups, such as by channel alone: `lambda group: group[:1]`."""
        merged: dict[Group, GroupTally] = {}
        for column in self.by_group:
            name = key(column.groups[0])
            whole = merged[name] + column if name in merged else column
            merged[name] = replace(whole, groups=(name,))
        return Tally(self.options, self.scored, tuple(merged[name] for name in sorted(merged)))


def profile_of(question: Question, records: Iterable[tuple[Group, Answer]]) -> Profile:
    """The profile of a contest from its counted ballots, read once, in any order.

    A ranking's ranks become points (`answers.score_of`). KeyError for an option that the question lacks.
    """
    return profile_of_equals(question, ((group, answer, 1) for group, answer in records))


def profile_of_equals(question: Question, records: Iterable[tuple[Group, Answer, int]]) -> Profile:
    """The same from ballots of which those that say the same are one record with their number."""
    cells: dict[tuple[Group, bytes], int] = {}
    place = question.position
    for group, answer, times in records:
        pairs = array("i")
        for option_id, value in answer:
            pairs.append(place[option_id])
            pairs.append(score_of(question, value))
        cell = (group, pairs.tobytes())
        cells[cell] = cells.get(cell, 0) + times
    options = tuple(option.id for option in question.options)
    scored = question.kind in {QuestionKind.CUMULATIVE, QuestionKind.RANKING}
    return _profile_of_cells(options, scored, cells)


def _profile_of_cells(options: tuple[str, ...], scored: bool, cells: dict[tuple[Group, bytes], int]) -> Profile:
    groups = tuple(sorted({group for group, _ in cells}))
    column = {group: place for place, group in enumerate(groups)}
    rows = {text: place for place, text in enumerate(sorted({text for _, text in cells}))}
    ballots = np.zeros((len(rows), len(groups)), dtype=np.int32)
    for (group, text), times in cells.items():
        ballots[rows[text], column[group]] = times
    pairs = np.frombuffer(b"".join(rows), dtype=np.int32).reshape(-1, 2)
    return Profile(
        options, groups, scored, starts_of([len(text) // 8 for text in rows]), pairs[:, 0].copy(), pairs[:, 1].copy(),
        ballots,
    )  # fmt: skip


def starts_of(lengths: Iterable[int]) -> IntArray:
    """Where each row begins, with the end of the last one after it."""
    return np.concatenate(([0], np.cumsum(np.fromiter(lengths, dtype=np.int32)))).astype(np.int32)


def tally(profile: Profile) -> Tally:
    """Counts a profile, once. A project named twice on one ballot of a published file counts twice.

    The sums run in float64, which holds integers exactly up to 2**53, far above any election.
    """
    return profile.counted


def _column(profile: Profile, lengths: IntArray, place: int, group: Group) -> GroupTally:
    times = profile.ballots[:, place]
    each = np.repeat(times, lengths)
    width = len(profile.options)
    votes = np.bincount(profile.entries, weights=each, minlength=width).astype(np.int64).tolist()
    points = votes
    if profile.scored:
        given = each.astype(np.float64) * profile.points
        points = np.bincount(profile.entries, weights=given, minlength=width).astype(np.int64).tolist()
    blanks = int(times[lengths == 0].sum())
    return GroupTally((group,), int(times.sum()), blanks, tuple(votes), tuple(points))


def join_small_groups(columns: Iterable[GroupTally], smallest: int = SMALLEST_GROUP) -> tuple[GroupTally, ...]:
    """What may be shown of a breakdown: columns of at least `smallest` ballots, each exact.

    The smallest column joins the next smallest until all are large enough; empty columns say nothing and
    are left out. Empty when one column is left: then only the total is shown.
    """
    shown = [column for column in columns if column.ballots]
    while len(shown) > 1:
        shown.sort(key=lambda column: (column.ballots, column.groups))
        if shown[0].ballots >= smallest:
            return tuple(sorted(shown, key=lambda column: column.groups))
        joined = shown[0] + shown[1]
        shown[:2] = [replace(joined, groups=tuple(sorted(joined.groups)))]
    return ()
