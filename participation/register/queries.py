"""Reads of the register: codes and voters as the intake needs them, figures without names."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlmodel import Session, col

from participation.counting.reconciliation import CodeFigures
from participation.counting.spec import PAPER_CHANNELS, Channel
from participation.register.models import (
    AccessCode,
    Case,
    CaseState,
    CodeState,
    Declaration,
    DeclarationState,
    DoorCard,
    Mark,
    SetAside,
    Voter,
)


@dataclass(frozen=True, slots=True)
class CodeRow:
    code_hash: str
    voter_id: uuid.UUID | None
    style: str
    state: CodeState

    @property
    def identity(self) -> str:
        """The person behind the code; a reissued code is the same person, a pool code is itself."""
        return f"voter:{self.voter_id}" if self.voter_id else f"code:{self.code_hash}"


_CODES = select(
    col(AccessCode.code_hash), col(AccessCode.voter_id), col(AccessCode.style), col(AccessCode.state)
).where(
    col(AccessCode.code_hash).in_(bindparam("hashes", expanding=True)), col(AccessCode.spec_id) == bindparam("spec_id")
)


def codes(session: Session, spec_id: uuid.UUID, hashes: Sequence[str]) -> dict[str, CodeRow]:
    """Hash → code, for those of the spec that exist."""
    rows = session.connection().execute(_CODES, {"hashes": list(hashes), "spec_id": spec_id})
    return {row.code_hash: CodeRow(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class VoterRow:
    id: uuid.UUID
    style: str

    @property
    def identity(self) -> str:
        return f"voter:{self.id}"


def voter_by_number(session: Session, spec_id: uuid.UUID, register_number: str) -> VoterRow | None:
    row = session.execute(
        select(col(Voter.id), col(Voter.style)).where(
            col(Voter.spec_id) == spec_id, col(Voter.register_number) == register_number.strip()
        )
    ).first()
    return VoterRow(row.id, row.style) if row else None


def channels_of(session: Session, spec_id: uuid.UUID, voter_hashes: Sequence[str]) -> dict[str, Channel]:
    """Voter hash → the channel that their mark holds."""
    rows = session.execute(
        select(col(Mark.voter_hash), col(Mark.channel)).where(
            col(Mark.spec_id) == spec_id, col(Mark.voter_hash).in_(voter_hashes)
        )
    )
    return {row.voter_hash: row.channel for row in rows}


def door_cards(session: Session, room_id: uuid.UUID) -> list[str]:
    """The numbers of the cards that were handed out at the door of this room."""
    return list(session.execute(select(col(DoorCard.number)).where(col(DoorCard.room_id) == room_id)).scalars())


def checked_in(session: Session, room_id: uuid.UUID) -> int:
    """How many cards were handed out at the door of this room."""
    return int(session.execute(select(func.count()).where(col(DoorCard.room_id) == room_id)).scalar_one())


def is_checked_in(session: Session, room_id: uuid.UUID, number: str) -> bool:
    """Whether this card was handed out at the door of this room."""
    return session.get(DoorCard, (room_id, number)) is not None


def turnout(session: Session, spec_id: uuid.UUID) -> dict[Channel, int]:
    """How many people have taken part, by channel. No choice is involved."""
    rows = session.execute(
        select(col(Mark.channel), func.count().label("number"))
        .where(col(Mark.spec_id) == spec_id)
        .group_by(col(Mark.channel))
    )
    return {row.channel: row.number for row in rows}


def voters_count(session: Session, spec_id: uuid.UUID) -> int:
    number: int = session.execute(
        select(func.count()).select_from(Voter).where(col(Voter.spec_id) == spec_id)
    ).scalar_one()
    return number


def voters_without_code(session: Session, spec_id: uuid.UUID) -> int:
    """How many entries of a closed register have no live code."""
    live = select(col(AccessCode.voter_id)).where(
        col(AccessCode.spec_id) == spec_id,
        col(AccessCode.voter_id).is_not(None),
        col(AccessCode.state) != CodeState.CANCELLED,
    )
    query = select(func.count()).select_from(Voter).where(col(Voter.spec_id) == spec_id, col(Voter.id).not_in(live))
    number: int = session.execute(query).scalar_one()
    return number


def voters_with_codes(session: Session, spec_id: uuid.UUID) -> dict[str, tuple[uuid.UUID, CodeState | None]]:
    """Register number → the voter, and the state of their live code; None where they have none."""
    standing = (col(AccessCode.voter_id) == col(Voter.id)) & (col(AccessCode.state) != CodeState.CANCELLED)
    query = select(col(Voter.register_number), col(Voter.id), col(AccessCode.state)).outerjoin(AccessCode, standing)
    return {
        number: (voter, state) for number, voter, state in session.execute(query.where(col(Voter.spec_id) == spec_id))
    }


def code_figures(session: Session, spec_id: uuid.UUID) -> CodeFigures:
    """Codes made = used + unused + cancelled."""
    rows = session.execute(
        select(col(AccessCode.state), func.count().label("number"))
        .where(col(AccessCode.spec_id) == spec_id)
        .group_by(col(AccessCode.state))
    )
    by_state: dict[CodeState, int] = {row.state: row.number for row in rows}
    used, unused, cancelled = (
        by_state.get(state, 0) for state in (CodeState.USED, CodeState.UNUSED, CodeState.CANCELLED)
    )
    return CodeFigures(used + unused + cancelled, used, unused, cancelled)


@dataclass(frozen=True, slots=True)
class DeclarationRow:
    """One side of a case. `fields` is still encrypted."""

    id: uuid.UUID
    channel: Channel
    state: DeclarationState
    voter_hash: str | None
    received_on: date
    fields: bytes | None
    place_id: uuid.UUID | None


MOST_MATCHES = 8
_KEYS = ("voter_hash", "near_a", "near_b", "near_c")
_COMPARED = tuple(col(getattr(Declaration, key)) for key in _KEYS)
"""Every key is made for one spec, so the spec need not be asked for; asking would make SQLite read all its rows."""
_STANDING = col(Declaration.state).in_((DeclarationState.ACCEPTED, DeclarationState.OPEN_CASE))


def matches(session: Session, voter_hash: str, near: Sequence[str | None]) -> list[DeclarationRow]:
    """Accepted declarations that are the same by key or share a partial key; at most eight."""
    wanted = (voter_hash, *near)
    alike = [column == value for column, value in zip(_COMPARED, wanted, strict=True) if value]
    query = select(*_DECLARATION_COLUMNS).where(_STANDING, or_(*alike))
    return [DeclarationRow(*row) for row in session.execute(query.limit(MOST_MATCHES))]


def paper_like(session: Session, declared: Sequence[Mapping[str, Any]]) -> list[list[uuid.UUID]]:
    """For each new declaration the accepted paper ones that it may repeat, as `matches`; one query for all."""
    wanted = [{row[key] for row in declared if row[key]} for key in _KEYS]
    alike = [column.in_(values) for column, values in zip(_COMPARED, wanted, strict=True) if values]
    query = select(col(Declaration.id), *_COMPARED).where(
        _STANDING, col(Declaration.channel).in_(PAPER_CHANNELS), or_(*alike)
    )
    found = session.execute(query).all()

    def like(row: Mapping[str, Any]) -> list[uuid.UUID]:
        return [other.id for other in found if any(row[key] and row[key] == getattr(other, key) for key in _KEYS)]

    return [like(row)[:MOST_MATCHES] for row in declared]


_DECLARATION_COLUMNS = (
    col(Declaration.id),
    col(Declaration.channel),
    col(Declaration.state),
    col(Declaration.voter_hash),
    col(Declaration.received_on),
    col(Declaration.fields),
    col(Declaration.place_id),
)


def declaration(session: Session, declaration_id: uuid.UUID) -> DeclarationRow | None:
    row = session.execute(select(*_DECLARATION_COLUMNS).where(col(Declaration.id) == declaration_id)).first()
    return DeclarationRow(*row) if row else None


def open_cases(session: Session, spec_id: uuid.UUID) -> list[Case]:
    """Cases that two people have still to decide."""
    query = select(Case).where(col(Case.spec_id) == spec_id, col(Case.state) == CaseState.OPEN).order_by(col(Case.id))
    return list(session.execute(query).scalars())


def unsettled(session: Session, spec_id: uuid.UUID) -> int:
    """Declarations and cases that wait for a decision: intake cannot close before they are settled."""
    declarations: int = session.execute(
        select(func.count())
        .select_from(Declaration)
        .where(col(Declaration.spec_id) == spec_id, col(Declaration.state) == DeclarationState.OPEN_CASE)
    ).scalar_one()
    cases: int = session.execute(
        select(func.count()).select_from(Case).where(col(Case.spec_id) == spec_id, col(Case.state) == CaseState.OPEN)
    ).scalar_one()
    return max(declarations, cases)


@dataclass(frozen=True, slots=True)
class DeclarationFigure:
    place_id: uuid.UUID | None
    channel: Channel
    state: DeclarationState
    set_aside: SetAside | None
    anonymous: bool
    """Accepted without a name: the path of ages 12 and 13."""
    number: int


def declaration_figures(session: Session, spec_id: uuid.UUID) -> list[DeclarationFigure]:
    """How many declarations of each place and state there are."""
    accepted = col(Declaration.state) == DeclarationState.ACCEPTED
    anonymous = and_(accepted, col(Declaration.voter_hash).is_(None)).label("anonymous")
    columns = (Declaration.place_id, Declaration.channel, Declaration.state, Declaration.set_aside)
    keys = (*map(col, columns), anonymous)
    rows = session.execute(select(*keys, func.count()).where(col(Declaration.spec_id) == spec_id).group_by(*keys))
    return [DeclarationFigure(*row) for row in rows]


def accepted_at(session: Session, spec_id: uuid.UUID, place_id: uuid.UUID) -> int:
    """Declarations accepted at one place: no more ballots than these may be cast from it."""
    number: int = session.execute(
        select(func.count())
        .select_from(Declaration)
        .where(
            col(Declaration.spec_id) == spec_id,
            col(Declaration.place_id) == place_id,
            col(Declaration.state) == DeclarationState.ACCEPTED,
        )
    ).scalar_one()
    return number


@dataclass(frozen=True, slots=True)
class SlipRow:
    """What became of a slip, and of which place and district it is."""

    state: DeclarationState
    set_aside: SetAside | None
    place_id: uuid.UUID | None
    style: str


def slip_status(session: Session, stub_hash: str) -> SlipRow | None:
    """What became of the slip whose stub this is."""
    columns = (Declaration.state, Declaration.set_aside, Declaration.place_id, Declaration.style)
    query = select(*(col(column) for column in columns)).where(col(Declaration.stub_hash) == stub_hash)
    row = session.execute(query).first()
    return SlipRow(*row) if row else None
