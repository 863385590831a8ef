"""The lines of VOTES, read in bulk: tens of thousands of ballots in a fraction of a second.

Equal ballots are met as equal text before anything in them is looked at; only distinct texts are taken apart.
No object stays behind for a ballot: three numbers each, and the rows of a `tally.Profile`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np

from participation.counting.election import UNSPECIFIED, Notice, Oddity, PabulibError, Reason, VoteType
from participation.counting.separated import Record, record_at, records
from participation.counting.tally import IntArray, Profile, starts_of

BATCH = 8192
"""Lines that are taken apart at a time, to bound the memory."""

LARGEST_POINTS = 2**31 - 1

_WHOLE = re.compile(r"([+-]?[0-9]{1,30})(?:\.0*)?")
_NONE = frozenset({"None", "none", "NONE"})
"""How some writers put a field that is empty."""

_POINTS_GIVEN = frozenset({VoteType.CUMULATIVE, VoteType.SCORING})


@dataclass(frozen=True, slots=True)
class Votes:
    """What VOTES says: see `election.Election`."""

    profile: Profile
    rows: IntArray
    channels: IntArray
    lines: IntArray
    notices: tuple[Notice, ...]


@dataclass(slots=True)
class _Box:
    """Distinct ballots (vote, points) in the order of their first line, and a few numbers per ballot."""

    distinct: dict[tuple[str, str], int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    voters: set[str] = field(default_factory=set)
    rows: array[int] = field(default_factory=lambda: array("i"))
    channels: array[int] = field(default_factory=lambda: array("i"))
    lines: array[int] = field(default_factory=lambda: array("i"))


def read_votes(
    lines: Sequence[str], start: int, vote_type: VoteType, options: tuple[str, ...], meta: Mapping[str, str]
) -> Votes:
    """The ballots of the section whose name stands on line number `start`. PabulibError, OpenQuoteError."""
    needed = ("voter_id", "vote", "points") if vote_type in _POINTS_GIVEN else ("voter_id", "vote")
    heading = headed(next(records(lines, start), Record(start, (), ())), "VOTES", needed)
    box = _filled(lines, heading)
    return _Reading(lines, heading, vote_type, options, box).votes(meta)


def headed(record: Record, section: str, needed: tuple[str, ...]) -> Record:
    """The heading in small letters. PabulibError unless it has all the columns in `needed`, and none twice."""
    names = tuple(name.lower() for name in record.fields)
    for column in needed:
        if column not in names:
            raise PabulibError(Reason.BAD_HEADER, record.line, 1, section=section, heading=column)
    for place, name in enumerate(names):
        if name and name in names[:place]:
            at = record.columns[place]
            raise PabulibError(Reason.DUPLICATE_COLUMN, record.line, at, section=section, heading=name)
    return replace(record, fields=names)


def whole_number(text: str) -> int | None:
    """The number, also when written 3.0; None where the text is none that a ballot could give."""
    found = _WHOLE.fullmatch(text)
    return int(found.group(1)) if found and abs(int(found.group(1))) <= LARGEST_POINTS else None


def _filled(lines: Sequence[str], heading: Record) -> _Box:
    box = _Box()
    place = {name: number for number, name in enumerate(heading.fields)}
    voter, vote, points, method = (place.get(name) for name in ("voter_id", "vote", "points", "voting_method"))
    empty = {"", *_NONE}
    for numbers, fields in _batches(lines, heading.line, len(heading.fields)):
        box.lines.extend(numbers)
        box.voters.update(_column(fields, voter))
        distinct, names = box.distinct, box.names
        texts = zip(_column(fields, vote), _column(fields, points), strict=True)
        box.rows.extend([distinct.setdefault(text, len(distinct)) for text in texts])
        said = _column(fields, method)
        box.channels.extend([names.setdefault(UNSPECIFIED if name in empty else name, len(names)) for name in said])
    return box


def _column(fields: Sequence[Sequence[str]], place: int | None) -> list[str]:
    return [""] * len(fields) if place is None else [row[place].strip() for row in fields]


def _batches(lines: Sequence[str], start: int, width: int) -> Iterator[tuple[Iterable[int], Sequence[Sequence[str]]]]:
    """Line numbers and fields of the ballots, a batch at a time; each has `width` fields."""
    if any('"' in line for line in islice(lines, start, None)):
        quoted = records(lines, start)
        while batch := list(islice(quoted, BATCH)):
            yield [record.line for record in batch], [_of_width(record, width) for record in batch]
        return
    for first in range(start, len(lines), BATCH):
        block = lines[first : first + BATCH]
        fields: Sequence[Sequence[str]] = [line.split(";") for line in block]
        numbers: Iterable[int] = range(first + 1, first + 1 + len(block))
        if any(len(row) != width for row in fields):
            whole = [replace(record, line=first + record.line) for record in records(block)]
            numbers, fields = [record.line for record in whole], [_of_width(record, width) for record in whole]
        yield numbers, fields


def _of_width(record: Record, width: int) -> Sequence[str]:
    """The fields; empty ones after the last column are dropped."""
    if len(record.fields) < width or any(record.fields[width:]):
        raise PabulibError(Reason.FIELD_COUNT, record.line, 1, found=len(record.fields), expected=width)
    return record.fields[:width]


@dataclass(frozen=True, slots=True)
class _Reading:
    """Takes the distinct ballots apart, and finds the place of whatever is wrong in them."""

    lines: Sequence[str]
    heading: Record
    vote_type: VoteType
    options: tuple[str, ...]
    box: _Box

    def votes(self, meta: Mapping[str, str]) -> Votes:
        index = {option_id: place for place, option_id in enumerate(self.options)}
        lengths, entries = self._numbers(0, index.__getitem__, self._careful_projects)
        notices: list[Notice] = []
        if self.vote_type in _POINTS_GIVEN:
            points = self._given_points(lengths)
        elif self.vote_type is VoteType.ORDINAL:
            points = self._points_by_position(lengths, meta, notices)
        else:
            points = np.ones(len(entries), dtype=np.int32)
        groups = tuple((name,) for name in sorted(self.box.names))
        order = {name: place for place, (name,) in enumerate(groups)}
        new_place = np.array([order[name] for name in self.box.names], dtype=np.int32)
        rows = np.array(self.box.rows, dtype=np.int32)
        channels = new_place[np.array(self.box.channels, dtype=np.int32)] if groups else rows
        cells = np.bincount(rows * np.int64(len(groups)) + channels, minlength=len(lengths) * len(groups))
        ballots = cells.reshape(len(lengths), len(groups)).astype(np.int32)
        scored = self.vote_type.has_points
        profile = Profile(self.options, groups, scored, starts_of(lengths), entries, points, ballots)
        notices.extend(self._oddities(profile, lengths, meta))
        return Votes(profile, rows, channels, np.array(self.box.lines, dtype=np.int32), tuple(notices))

    def _numbers(
        self, part: int, number: Callable[[str], int], careful: Callable[[int, str], list[int]]
    ) -> tuple[IntArray, IntArray]:
        """How many items each distinct ballot lists in its vote (part 0) or points (1), and all of them in a row.

        `number` turns an item into a number at full speed; where it fails, `careful` does it again with
        the row, and raises the error that people see.
        """
        none = _NONE.difference(self.options)
        texts = ["" if text[part] in none else text[part] for text in self.box.distinct]
        lengths = np.fromiter((text.count(",") + 1 if text else 0 for text in texts), np.int32, len(texts))
        blocks = [np.empty(0, dtype=np.int32)]
        for first in range(0, len(texts), BATCH):
            block = texts[first : first + BATCH]
            together = ",".join(filter(None, block))
            items = together.split(",") if together else []
            try:
                blocks.append(np.fromiter(map(number, items), np.int32, len(items)))
            except (KeyError, ValueError, OverflowError):
                again = (careful(first + row, text) for row, text in enumerate(block) if text)
                blocks.append(np.array(list(chain.from_iterable(again)), dtype=np.int32))
        return lengths, np.concatenate(blocks)

    def _careful_projects(self, row: int, text: str) -> list[int]:
        index = {option_id: place for place, option_id in enumerate(self.options)}
        found = []
        for place, item in enumerate(text.split(",")):
            project = item.strip()
            if project not in index:
                raise PabulibError(Reason.UNKNOWN_PROJECT, *self._at(row, "vote", place), project=project)
            found.append(index[project])
        return found

    def _careful_points(self, row: int, text: str) -> list[int]:
        """Whole numbers, also when written 3.0."""
        found = []
        for place, item in enumerate(text.split(",")):
            points = whole_number(item.strip())
            if points is None:
                at = self._at(row, "points", place)
                raise PabulibError(Reason.NOT_A_NUMBER, *at, name="points", text=item.strip())
            found.append(points)
        return found

    def _given_points(self, lengths: IntArray) -> IntArray:
        given, points = self._numbers(1, int, self._careful_points)
        for row in np.flatnonzero(given != lengths)[:1].tolist():
            at = self._at(row, "points", 0)
            raise PabulibError(Reason.POINTS_COUNT, *at, found=int(given[row]), expected=int(lengths[row]))
        if self.vote_type is VoteType.CUMULATIVE:
            for entry in np.flatnonzero(points < 0)[:1].tolist():
                starts = starts_of(lengths)
                row = int(np.searchsorted(starts, entry, side="right")) - 1
                at = self._at(row, "points", entry - int(starts[row]))
                raise PabulibError(Reason.NEGATIVE, *at, name="points", text=str(points[entry]))
        return points

    def _points_by_position(self, lengths: IntArray, meta: Mapping[str, str], notices: list[Notice]) -> IntArray:
        """Borda as in Kraków's budget: max_length points for the first place, one less for each further one."""
        longest = int(lengths.max(initial=0))
        most = whole_number(meta.get("max_length", ""))
        if most is None:
            notices.append(Notice(Oddity.RANKING_LENGTH, (("found", str(longest)),)))
            most = longest
        position = np.arange(lengths.sum(), dtype=np.int64) - np.repeat(starts_of(lengths)[:-1], lengths)
        points: IntArray = np.maximum(most - position, 0).astype(np.int32)
        return points

    def _at(self, row: int, name: str, place: int) -> tuple[int, int]:
        """The line of the first ballot that says `row`, and the column of an item of that field."""
        number = self.box.lines[self.box.rows.index(row)]
        record, _ = record_at(self.lines, number - 1)
        field_place = self.heading.fields.index(name)
        items = record.fields[field_place].split(",")
        before = len(",".join(items[:place])) + (place > 0)
        blanks = len(items[place]) - len(items[place].lstrip())
        return number, record.columns[field_place] + before + blanks

    def _oddities(self, profile: Profile, lengths: IntArray, meta: Mapping[str, str]) -> Iterator[Notice]:
        box = self.box
        limit = 1 if self.vote_type is VoteType.CHOOSE_ONE else whole_number(meta.get("max_length", ""))
        if limit is not None and (long := int(profile.weights[lengths > limit].sum())):
            yield Notice(Oddity.LONG_BALLOTS, (("limit", str(limit)), ("found", str(long))))
        blank = int(profile.weights[lengths == 0].sum())
        for oddity, found in (
            (Oddity.DUPLICATE_VOTER, len(box.rows) - len(box.voters)),
            (Oddity.BLANK_BALLOTS, blank),
            (Oddity.REPEATED_PROJECT, int(profile.weights[_repeating(profile, lengths)].sum())),
        ):
            if found:
                yield Notice(oddity, (("found", str(found)),))


def _repeating(profile: Profile, lengths: IntArray) -> IntArray:
    """The rows that name a project more than once."""
    found = []
    width = len(profile.options)
    for first in range(0, len(lengths), BATCH):
        block = lengths[first : first + BATCH]
        here = profile.entries[profile.starts[first] : profile.starts[first + len(block)]]
        rows = np.repeat(np.arange(len(block), dtype=np.int64), block)
        named = np.zeros((len(block), width), dtype=bool)
        named[rows, here] = True
        found.append(first + np.flatnonzero(named.sum(axis=1) < block))
    return np.concatenate([*found, np.empty(0, dtype=np.int64)]).astype(np.int32)
