"""A published election as values: what a Pabulib file says, and what is wrong or odd in one.

Costs and the budget are exact integers, `Election.unit` of them to one of the currency: 1, or a power of ten
where the file has decimals (at least 100).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from participation.counting.answers import Answer
from participation.counting.tally import Group, IntArray, Profile

UNSPECIFIED = "unspecified"
"""The channel of ballots whose file, or line, does not say."""


class VoteType(StrEnum):
    APPROVAL = "approval"
    CHOOSE_ONE = "choose-1"
    CUMULATIVE = "cumulative"
    SCORING = "scoring"
    ORDINAL = "ordinal"

    @property
    def has_points(self) -> bool:
        """Whether ballots weigh their projects; the others only name them."""
        return self not in {VoteType.APPROVAL, VoteType.CHOOSE_ONE}


class Reason(StrEnum):
    """Why a file cannot be read."""

    NOT_UTF8 = "not-utf8"
    OPEN_QUOTE = "open-quote"
    MISSING_SECTION = "missing-section"
    BAD_HEADER = "bad-header"
    MISSING_KEY = "missing-key"
    DUPLICATE_KEY = "duplicate-key"
    DUPLICATE_COLUMN = "duplicate-column"
    UNKNOWN_VOTE_TYPE = "unknown-vote-type"
    FIELD_COUNT = "field-count"
    NOT_A_NUMBER = "not-a-number"
    UNCLEAR_COMMA = "unclear-comma"
    NEGATIVE = "negative"
    DUPLICATE_PROJECT = "duplicate-project"
    MISSING_ID = "missing-id"
    UNKNOWN_PROJECT = "unknown-project"
    POINTS_COUNT = "points-count"


class Oddity(StrEnum):
    """What is odd in a file that can be read."""

    BALLOT_NUMBER = "ballot-number"
    PROJECT_NUMBER = "project-number"
    DUPLICATE_VOTER = "duplicate-voter"
    REPEATED_PROJECT = "repeated-project"
    BLANK_BALLOTS = "blank-ballots"
    LONG_BALLOTS = "long-ballots"
    RANKING_LENGTH = "ranking-length"
    UNKNOWN_RULE = "unknown-rule"
    NO_PAIRS = "no-pairs"
    NO_THRESHOLD = "no-threshold"
    UNREADABLE_THRESHOLD = "unreadable-threshold"
    THRESHOLD_NOT_APPLIED = "threshold-not-applied"
    ONLY_EQUAL_SHARES = "only-equal-shares"
    CATEGORY_BUDGETS = "category-budgets"
    DEFAULT_SCORE = "default-score"
    PUBLISHED_DIFFERS = "published-differs"
    OTHER_MONEY = "other-money"


_SENTENCES: dict[str, str] = {
    Reason.NOT_UTF8: "the text is not UTF-8",
    Reason.OPEN_QUOTE: "the quotation mark is never closed",
    Reason.MISSING_SECTION: "section {section} is expected here",
    Reason.BAD_HEADER: "the heading of section {section} lacks the column {heading}",
    Reason.MISSING_KEY: "section META has no {key}",
    Reason.DUPLICATE_KEY: "{key} is given twice",
    Reason.DUPLICATE_COLUMN: "the heading of section {section} has the column {heading} twice",
    Reason.UNKNOWN_VOTE_TYPE: "unknown vote_type “{text}”",
    Reason.FIELD_COUNT: "{found} fields where the heading has {expected}",
    Reason.NOT_A_NUMBER: "{name} “{text}” is not a number that can be used here",
    Reason.UNCLEAR_COMMA: "{name} “{text}” can mean thousands or decimals: write it without the comma",
    Reason.NEGATIVE: "{name} “{text}” is negative",
    Reason.DUPLICATE_PROJECT: "project {project} is listed twice",
    Reason.MISSING_ID: "the project has no project_id",
    Reason.UNKNOWN_PROJECT: "the ballot names project “{project}”, which is not listed",
    Reason.POINTS_COUNT: "{found} points for {expected} projects",
    Oddity.BALLOT_NUMBER: "META announces {expected} ballots, the file has {found}",
    Oddity.PROJECT_NUMBER: "META announces {expected} projects, the file has {found}",
    Oddity.DUPLICATE_VOTER: "lines that repeat the voter_id of another: {found}; all are counted",
    Oddity.REPEATED_PROJECT: "ballots that name a project more than once: {found}; each mention is counted",
    Oddity.BLANK_BALLOTS: "ballots that name no project: {found}; they are counted as blank",
    Oddity.LONG_BALLOTS: "ballots that name more than {limit} projects: {found}; they are counted as they stand",
    Oddity.RANKING_LENGTH: "META has no max_length; the longest ranking, {found}, stands for it",
    Oddity.UNKNOWN_RULE: "the rule “{rule}” of the file is counted as {counted}",
    Oddity.NO_PAIRS: "the rule greedy-exclusive needs the pairs (--exclusive A,B); without them it is plain greedy",
    Oddity.NO_THRESHOLD: "META has no min_project_score_threshold; nothing is left out",
    Oddity.UNREADABLE_THRESHOLD: "META's min_project_score_threshold, “{text}”, is not a number; nothing is left out",
    Oddity.THRESHOLD_NOT_APPLIED: "META's min_project_score_threshold, {threshold}, is not part of the rule {rule}",
    Oddity.ONLY_EQUAL_SHARES: "utility and completion belong to equal-shares; {rule} does not use them",
    Oddity.CATEGORY_BUDGETS: "META's {key} is not applied",
    Oddity.DEFAULT_SCORE: "META's default_score, {text}, is not given to projects that a ballot does not name",
    Oddity.PUBLISHED_DIFFERS: "project {project}: {column} {found}, published {expected}",
    Oddity.OTHER_MONEY: "the file marks projects funded from other money, outside the envelope: {projects}",
}

Params = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something odd, as a code with its figures; `str` gives it in English."""

    code: Oddity
    params: Params = ()

    def __str__(self) -> str:
        """The notice in plain English."""
        return _SENTENCES[self.code].format(**dict(self.params))


class PabulibError(ValueError):
    """A file that cannot be read: the reason, its particulars, and where it was seen, from 1."""

    def __init__(self, reason: Reason, line: int, column: int, **params: str | int) -> None:
        self.reason = reason
        self.line = line
        self.column = column
        self.params: Params = tuple((name, str(value)) for name, value in params.items())
        super().__init__(f"line {line}, column {column}: {_SENTENCES[reason].format(**dict(self.params))}")


@dataclass(frozen=True, slots=True)
class Project:
    """A line of PROJECTS: what the rules need, and every column as it stands."""

    id: str
    cost: int
    category: str
    columns: tuple[tuple[str, str], ...]

    def column(self, name: str) -> str | None:
        """The text of a column, or None where the file has no such column."""
        return dict(self.columns).get(name)


@dataclass(frozen=True, eq=False)
class Election:
    """A parsed file. `rows` and `channels` say, ballot by ballot in the order of the file, which row of
    the profile it is and which of the profile's groups cast it; `lines` on which line of the file."""

    meta: Mapping[str, str]
    projects: tuple[Project, ...]
    vote_type: VoteType
    budget: int
    unit: int
    profile: Profile
    rows: IntArray
    channels: IntArray
    lines: IntArray
    notices: tuple[Notice, ...]

    def ballots(self) -> Iterator[tuple[Group, Answer]]:
        """Each ballot in the order of the file: its channel, and its answer with ranks, points or ones."""
        answers = [self._answer(row) for row in range(len(self.profile.starts) - 1)]
        groups = self.profile.groups
        for row, channel in zip(self.rows.tolist(), self.channels.tolist(), strict=True):
            yield groups[channel], answers[row]

    def _answer(self, row: int) -> Answer:
        profile = self.profile
        here = slice(profile.starts[row], profile.starts[row + 1])
        ids = [profile.options[entry] for entry in profile.entries[here].tolist()]
        if self.vote_type is VoteType.ORDINAL:
            return tuple((option_id, place) for place, option_id in enumerate(ids, start=1))
        return tuple(zip(ids, profile.points[here].tolist(), strict=True))

    def selected(self, mark: str = "1") -> tuple[str, ...] | None:
        """The projects whose column `selected` says `mark` (1 funded, 2 topped up, 3 from other money);
        None where the file has no such column."""
        marks = [project.column("selected") for project in self.projects]
        if all(text is None for text in marks):
            return None
        return tuple(project.id for project, text in zip(self.projects, marks, strict=True) if text == mark)
