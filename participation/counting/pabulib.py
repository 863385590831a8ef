"""Reads and writes .pb files of Pabulib, the participatory budgeting library (arXiv:2012.06539).

A published file is data, counted as it stands: a project named twice on one ballot counts twice. META and
PROJECTS are read here, the many lines of VOTES in `pabulib_votes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import IO

from participation.counting.election import (
    Election,
    Notice,
    Oddity,
    PabulibError,
    Project,
    Reason,
    VoteType,
)
from participation.counting.pabulib_votes import headed, read_votes, whole_number
from participation.counting.separated import OpenQuoteError, Record, line_of, records

__all__ = ["Election", "Notice", "PabulibError", "dump", "parse"]

_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{0,20})?")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?")
"""Thousands set apart by blanks, as in Polish and French."""

_UNCLEAR = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+")
"""1,000 is one in Kraków and a thousand in Boston."""


def parse(source: bytes | str | IO[bytes] | IO[str]) -> Election:
    """The election in a .pb file, given whole or as an open file. PabulibError."""
    text = _decoded(source if isinstance(source, (bytes, str)) else source.read())
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        return _read(lines)
    except OpenQuoteError as error:
        raise PabulibError(Reason.OPEN_QUOTE, error.line, error.column) from None


def _decoded(source: bytes | str) -> str:
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source[: error.start].split(b"\n")
        column = len(before[-1].decode("utf-8-sig")) + 1
        raise PabulibError(Reason.NOT_UTF8, len(before), column) from None


@dataclass(frozen=True, slots=True)
class _Section:
    """A section's heading and lines, and the line number (from 1) of the section after it."""

    heading: Record
    lines: tuple[Record, ...]
    end: int


def _read(lines: list[str]) -> Election:
    meta_section = _section(lines, _start(lines), "META", ("key", "value"), "PROJECTS")
    meta, seen = _meta(meta_section)
    vote_type = _vote_type(meta_section, meta, seen)
    listed = _section(lines, meta_section.end, "PROJECTS", ("project_id", "cost"), "VOTES")
    budget, costs, unit = _money(meta_section, meta, seen, listed)
    projects = _projects(listed, costs)
    votes = read_votes(lines, listed.end, vote_type, tuple(project.id for project in projects), meta)
    return Election(
        meta=MappingProxyType(meta),
        projects=projects,
        vote_type=vote_type,
        budget=budget,
        unit=unit,
        profile=votes.profile,
        rows=votes.rows,
        channels=votes.channels,
        lines=votes.lines,
        notices=(
            *_announced(meta, "num_projects", len(projects), Oddity.PROJECT_NUMBER),
            *_announced(meta, "num_votes", len(votes.rows), Oddity.BALLOT_NUMBER),
            *votes.notices,
        ),
    )


def _start(lines: list[str]) -> int:
    """The line number of the section META, which is the first thing in the file."""
    first = next(records(lines), None)
    if first is None or not _names(first, "META"):
        raise PabulibError(Reason.MISSING_SECTION, first.line if first else 1, 1, section="META")
    return first.line


def _names(record: Record, section: str) -> bool:
    return record.fields[0].upper() == section and not any(record.fields[1:])


def _section(lines: list[str], start: int, name: str, needed: tuple[str, ...], following: str) -> _Section:
    """The section whose name stands on line number `start`, up to the one that must follow."""
    found: list[Record] = []
    for record in records(lines, start):
        if _names(record, following):
            if not found:
                raise PabulibError(Reason.BAD_HEADER, record.line, 1, section=name, heading=needed[0])
            return _Section(found[0], tuple(found[1:]), record.line)
        if not found:
            record = headed(record, name, needed)
        found.append(record)
    raise PabulibError(Reason.MISSING_SECTION, len(lines), 1, section=following)


def _meta(section: _Section) -> tuple[dict[str, str], dict[str, Record]]:
    """The pairs, and where each stands. An unquoted semicolon in a text is taken as part of it."""
    meta: dict[str, str] = {}
    seen: dict[str, Record] = {}
    for record in section.lines:
        if len(record.fields) < 2:
            raise PabulibError(Reason.FIELD_COUNT, record.line, 1, found=len(record.fields), expected=2)
        key = record.fields[0]
        if key in meta:
            raise PabulibError(Reason.DUPLICATE_KEY, record.line, 1, key=key)
        meta[key] = ";".join(record.fields[1:]).rstrip(";")
        seen[key] = record
    return meta, seen


def _needed(section: _Section, meta: Mapping[str, str], key: str) -> str:
    if not meta.get(key):
        raise PabulibError(Reason.MISSING_KEY, section.heading.line, 1, key=key)
    return meta[key]


def _vote_type(section: _Section, meta: Mapping[str, str], seen: Mapping[str, Record]) -> VoteType:
    text = _needed(section, meta, "vote_type")
    try:
        return VoteType(text.lower())
    except ValueError:
        at = seen["vote_type"]
        raise PabulibError(Reason.UNKNOWN_VOTE_TYPE, at.line, at.columns[1], text=text) from None


def _money(
    section: _Section, meta: Mapping[str, str], seen: Mapping[str, Record], listed: _Section
) -> tuple[int, list[int], int]:
    """The budget, the cost of each listed project, and the unit in which both are whole numbers."""
    _needed(section, meta, "budget")
    budget = _amount(seen["budget"], 1, "budget")
    width, place = len(listed.heading.fields), listed.heading.fields.index("cost")
    amounts = [budget]
    for record in listed.lines:
        if len(record.fields) < width or any(record.fields[width:]):
            raise PabulibError(Reason.FIELD_COUNT, record.line, 1, found=len(record.fields), expected=width)
        amounts.append(_amount(record, place, "cost"))
    decimals = max(_decimals(amount) for amount in amounts)
    unit = 10 ** max(decimals, 2) if decimals else 1
    whole = [int(amount * unit) for amount in amounts]
    return whole[0], whole[1:], unit


def _amount(record: Record, place: int, name: str) -> Decimal:
    text, column = record.fields[place], record.columns[place]
    if _UNCLEAR.fullmatch(text):
        raise PabulibError(Reason.UNCLEAR_COMMA, record.line, column, name=name, text=text)
    if _GROUPED.fullmatch(text):
        text = "".join(text.split())
    if not _NUMBER.fullmatch(text):
        raise PabulibError(Reason.NOT_A_NUMBER, record.line, column, name=name, text=text)
    amount = Decimal(text.replace(",", "."))
    if amount < 0:
        raise PabulibError(Reason.NEGATIVE, record.line, column, name=name, text=text)
    return amount


def _decimals(amount: Decimal) -> int:
    """How many decimals the amount needs: none for 12.00."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _projects(listed: _Section, costs: list[int]) -> tuple[Project, ...]:
    names = listed.heading.fields
    found: dict[str, Project] = {}
    for record, cost in zip(listed.lines, costs, strict=True):
        columns = tuple(zip(names, record.fields, strict=False))
        texts = dict(columns)
        project = Project(texts["project_id"], cost, texts.get("category", ""), columns)
        column = record.columns[names.index("project_id")]
        if not project.id:
            raise PabulibError(Reason.MISSING_ID, record.line, column)
        if project.id in found:
            raise PabulibError(Reason.DUPLICATE_PROJECT, record.line, column, project=project.id)
        found[project.id] = project
    return tuple(found.values())


def _announced(meta: Mapping[str, str], key: str, found: int, oddity: Oddity) -> Iterable[Notice]:
    """A notice where META announces another number."""
    expected = meta.get(key, "")
    if expected and whole_number(expected) != found:
        yield Notice(oddity, (("expected", expected), ("found", str(found))))


def dump(
    meta: Mapping[str, str],
    project_columns: Sequence[str],
    projects: Iterable[Sequence[str]],
    vote_columns: Sequence[str],
    votes: Iterable[Sequence[str]],
) -> Iterator[str]:
    """The lines of a .pb file, each with its line end, in the order given: shuffling is the caller's matter."""
    yield "META\nkey;value\n"
    for key, value in meta.items():
        yield line_of((key, value)) + "\n"
    yield f"PROJECTS\n{line_of(project_columns)}\n"
    for project in projects:
        yield line_of(project) + "\n"
    yield f"VOTES\n{line_of(vote_columns)}\n"
    for vote in votes:
        yield line_of(vote) + "\n"
