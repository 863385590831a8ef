"""What a bundle holds, as types: made from the tables, so that a column that is added there travels too.

Reading is strict: a key too many, a number where words stand, an unknown kind, and nothing is read.
"""

import typing
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, FailFast, Field, create_model
from sqlmodel import SQLModel

from participation.audit import Event
from participation.ballots.models import Ballot, HandCount
from participation.ballots.questionnaires.models import OpenAnswer
from participation.live.floor.models import FloorQuestion, FloorSettings, FloorVote
from participation.live.local.models import Rehearsal
from participation.live.models import AtRemote, Meeting, Poll, RoomSheet
from participation.live.speaking.models import SpeakingClock, SpeakingSettings, SpeakingTurn
from participation.live.written.models import WrittenDecision
from participation.processes.models import Spec, Window

FORMAT: Final = "participation-meeting"
VERSION: Final = 1
STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
LEFT_BEHIND: dict[type[SQLModel], str] = {
    FloorVote: "marks of telephones; the support of a question travels as a number",
    SpeakingClock: "nobody speaks any more",
    AtRemote: "who had the remote in hand, for a minute or two",
    Rehearsal: "it tries telephones and leaves no trace",
}
"""Tables of a meeting that have no rows in a bundle, each with why."""
Words = Annotated[
    dict[Annotated[str, Field(max_length=12)], Annotated[str, Field(max_length=2000)]],
    Field(min_length=1, max_length=12),
]
Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Small = Annotated[int, Field(ge=0, lt=2**31)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
"""Far from the ends of the calendar, where no hour of another zone can be told."""
FEW, MANY = 300, 200_000
"""Rows of a meeting: of what somebody prepared, and of what a large hall did."""
T = TypeVar("T")
Few = Annotated[list[T], Field(max_length=FEW), FailFast()]
Many = Annotated[list[T], Field(max_length=MANY), FailFast()]
"""The first row that is wrong is told, and no other is looked at: each complaint costs more memory than a row."""
Web = Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=300)]


class Line(BaseModel):
    """A point of the agenda."""

    model_config = STRICT
    hour: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^$")]
    title: Words
    url: Web


def _shape(table: type[SQLModel], *left_out: str, **instead: Any) -> Any:
    """The columns of a table but those that the other system fills in itself."""
    fields: dict[str, Any] = {
        name: (instead.get(name) or _strict(field.annotation, field.metadata), ...)
        for name, field in table.model_fields.items()
        if name not in left_out
    }
    return create_model(f"{table.__name__}Row", __config__=STRICT, **fields)


_STRICTER = {datetime: Moment, int: Annotated[int, Field(ge=-(2**31), lt=2**31)]}


def _strict(annotation: Any, limits: list[Any]) -> Any:
    """An instant names its zone, a number fits its column, a text is as long as its column."""
    parts = typing.get_args(annotation)
    if parts and type(None) in parts:
        inner = next(part for part in parts if part is not type(None))
        return _strict(inner, limits) | None
    longest = next((limit.max_length for limit in limits if getattr(limit, "max_length", None)), None)
    stricter = _STRICTER.get(annotation, annotation)
    return Annotated[stricter, Field(max_length=longest)] if longest else stricter


if TYPE_CHECKING:  # a class that is made of a table has its columns, which no checker sees
    MeetingRow: TypeAlias = Any
    PollRow: TypeAlias = Any
    SpecRow: TypeAlias = Any
    WindowRow: TypeAlias = Any
    BallotRow: TypeAlias = Any
    WordsRow: TypeAlias = Any
    TotalsRow: TypeAlias = Any
    SheetRow: TypeAlias = Any
    FloorRow: TypeAlias = Any
    QuestionRow: TypeAlias = Any
    WrittenRow: TypeAlias = Any
    SpeakingRow: TypeAlias = Any
    TurnRow: TypeAlias = Any
    EventRow: TypeAlias = Any
else:
    MeetingRow = _shape(
        Meeting, "process_id", "minutes_at", title=Words, agenda=Few[Line], captions_url=Web,
        code=Annotated[str, Field(pattern=r"^[1-9]\d{5}$")],
    )  # fmt: skip
    PollRow = _shape(Poll, title=Words, options=Few[Words], spec_id=uuid.UUID, opened_at=Moment)
    SpecRow = _shape(Spec, "process_id", digest=Hex)
    WindowRow = _shape(Window)
    BallotRow = _shape(
        Ballot, "place_id", "batch_id", "batch_round", "rejection", "tag", "revision",
        nonce_hash=Hex, receipt_hash=Hex, commitment=Hex,
    )  # fmt: skip
    WordsRow = _shape(OpenAnswer)
    TotalsRow = _shape(HandCount, totals=dict[str, Small], revision=Annotated[int, Field(ge=1, lt=10_000)])
    SheetRow = _shape(RoomSheet, totals=dict[str, Small])
    FloorRow = _shape(FloorSettings)
    QuestionRow = _shape(FloorQuestion, "name", "device_hash", "contribution_id", support=Small)
    WrittenRow = _shape(WrittenDecision)
    SpeakingRow = _shape(SpeakingSettings, subjects=Few[Annotated[str, Field(max_length=100)]])
    TurnRow = _shape(SpeakingTurn, "name", "device_hash")
    EventRow = _shape(Event, "organisation_id", "process_id", "reason_digest", "digest")


class Figure(BaseModel):
    """What one source gave in one poll."""

    model_config = STRICT
    poll_id: uuid.UUID
    source: str
    people: Small
    votes: Few[Small]


class Bundle(BaseModel):
    """All that travels. What each part is, the package says."""

    model_config = STRICT
    format: Literal["participation-meeting"]
    version: Literal[1]
    zone: Annotated[str, Field(max_length=60)]
    meeting: MeetingRow
    polls: Few[PollRow]
    specs: Few[SpecRow]
    windows: Many[WindowRow]
    ballots: Many[BallotRow]
    words: Many[WordsRow]
    totals: Many[TotalsRow]
    sheets: Many[SheetRow]
    cards: Many[Annotated[str, Field(pattern=r"^[0-9A-Z]{1,20}$")]]
    floor: FloorRow | None
    questions: Many[QuestionRow]
    written: Many[WrittenRow]
    speaking: SpeakingRow | None
    turns: Many[TurnRow]
    log: Many[EventRow]
    figures: Many[Figure]
