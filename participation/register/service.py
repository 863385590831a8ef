"""Verbs on the register: import voters, issue codes, mark who has taken part. It never sees a choice."""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.permissions import Actor
from participation.counting.spec import PAPER_CHANNELS, Channel
from participation.db import core_table, insert_new, new_id
from participation.errors import Invalid, NotFound
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow
from participation.register.identity import new_code, normalise_code
from participation.register.keys import Keys
from participation.register.models import (
    AccessCode,
    Case,
    CodeState,
    Declaration,
    DeclarationState,
    DoorCard,
    Mark,
    SetAside,
    Voter,
)

CHUNK = 500


@dataclass(frozen=True, slots=True)
class RegisterImported:
    voters: int


@dataclass(frozen=True, slots=True)
class CodesIssued:
    codes: int
    anonymous: bool


@dataclass(frozen=True, slots=True)
class CodeReissued:
    pass


@dataclass(frozen=True, slots=True)
class CodesCancelled:
    codes: int


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code in clear: it exists in this value and in the export only."""

    register_number: str
    style: str
    code: str


def import_voters(
    session: Session, spec_row: SpecRow, rows: Iterable[tuple[str, str]], *, at: datetime, by: Actor | None = None
) -> int:
    """Adds (register number, style) entries; numbers that are there already are left as they are.

    Returns how many were added. Invalid for a style that the spec does not have.
    """
    added = 0
    values = []
    for number, style in rows:
        if style not in spec_row.spec.style:
            raise Invalid(_("The district “%(style)s” is not one of this vote. Nothing was imported.", style=style))
        values.append({"id": new_id(), "spec_id": spec_row.id, "register_number": number, "style": style})
    for chunk in _chunks(values):
        added += len(insert_new(session, Voter, chunk, "id"))
    _record(session, spec_row, RegisterImported(added), at, by)
    return added


def issue_codes(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    *,
    at: datetime,
    by: Actor | None = None,
    make: Callable[[str], str] | None = None,
) -> list[IssuedCode]:
    """A personal code for each voter who has no live one. They are returned once and stored as keyed hashes.

    `make` gives the code for a register number where codes must be the same twice (a replayed election).
    """
    live = select(col(AccessCode.voter_id)).where(
        col(AccessCode.spec_id) == spec_row.id,
        col(AccessCode.voter_id).is_not(None),
        col(AccessCode.state) != CodeState.CANCELLED,
    )
    voters = session.execute(
        select(col(Voter.id), col(Voter.register_number), col(Voter.style))
        .where(col(Voter.spec_id) == spec_row.id, col(Voter.id).not_in(live))
        .order_by(col(Voter.register_number))
    ).all()
    issued, values = [], []
    for voter in voters:
        code = make(voter.register_number) if make else new_code()
        issued.append(IssuedCode(voter.register_number, voter.style, code))
        values.append(_code_row(keys, spec_row, code, voter.style, voter.id))
    for chunk in _chunks(values):
        session.execute(insert(AccessCode), chunk)
    _record(session, spec_row, CodesIssued(len(issued), anonymous=False), at, by)
    return issued


def issue_pool(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    style: str,
    count: int,
    *,
    at: datetime,
    by: Actor | None = None,
    known: Sequence[str] = (),
) -> list[str]:
    """Anonymous codes for people who must not give a name (ages 12-13, a class pack).

    `known` are the first of them where some must be the same twice (a demonstration).
    """
    codes = [*known, *(new_code() for _number in range(count - len(known)))]
    rows = [_code_row(keys, spec_row, code, style, None) for code in codes]
    for chunk in _chunks(rows):
        session.execute(insert(AccessCode), chunk)
    _record(session, spec_row, CodesIssued(count, anonymous=True), at, by)
    return codes


def reissue_code(
    session: Session, keys: Keys, spec_row: SpecRow, register_number: str, *, at: datetime, by: Actor | None = None
) -> str:
    """Cancels a lost code and returns a new one for the same voter, whose mark stays what it was."""
    voter = session.execute(
        select(col(Voter.id), col(Voter.style)).where(
            col(Voter.spec_id) == spec_row.id, col(Voter.register_number) == register_number
        )
    ).first()
    if voter is None:
        raise NotFound(_("There is no such number in the register. Nothing was changed."))
    used = session.execute(
        select(col(AccessCode.state)).where(
            col(AccessCode.voter_id) == voter.id, col(AccessCode.state) == CodeState.USED
        )
    ).first()
    if used:
        raise Invalid(_("A vote was already received with this code, so no other can be issued."))
    session.execute(update(AccessCode).where(col(AccessCode.voter_id) == voter.id).values(state=CodeState.CANCELLED))
    code = new_code()
    session.execute(insert(AccessCode), [_code_row(keys, spec_row, code, voter.style, voter.id)])
    _record(session, spec_row, CodeReissued(), at, by)
    return code


def renew_codes(
    session: Session, keys: Keys, spec_row: SpecRow, voter_ids: Sequence[uuid.UUID], *, at: datetime
) -> dict[uuid.UUID, str]:
    """A new code for each of these voters with whose code no vote came, for letters; what they had is cancelled.

    Voter → code, returned once and stored as keyed hashes. Whoever has voted with a code gets none.
    """
    made: dict[uuid.UUID, str] = {}
    for start in range(0, len(voter_ids), CHUNK):
        mine = col(AccessCode.voter_id).in_(voter_ids[start : start + CHUNK])
        voted = select(col(AccessCode.voter_id)).where(mine, col(AccessCode.state) == CodeState.USED)
        wanted = session.execute(
            select(col(Voter.id), col(Voter.style)).where(
                col(Voter.spec_id) == spec_row.id,
                col(Voter.id).in_(voter_ids[start : start + CHUNK]),
                col(Voter.id).not_in(voted),
            )
        ).all()
        made |= {voter.id: new_code() for voter in wanted}
        cancel_codes(session, spec_row, [voter.id for voter in wanted], at=at)
        rows = [_code_row(keys, spec_row, made[voter.id], voter.style, voter.id) for voter in wanted]
        if rows:
            session.execute(insert(AccessCode), rows)
    if made:
        _record(session, spec_row, CodesIssued(len(made), anonymous=False), at, None)
    return made


def cancel_codes(session: Session, spec_row: SpecRow, voter_ids: Sequence[uuid.UUID], *, at: datetime) -> int:
    """Cancels the codes of these voters with which no vote came; returns how many."""
    cancelled = 0
    for start in range(0, len(voter_ids), CHUNK):
        mine = col(AccessCode.voter_id).in_(voter_ids[start : start + CHUNK])
        unused = col(AccessCode.state) == CodeState.UNUSED
        gone = session.execute(
            update(AccessCode)
            .where(mine, unused)
            .values(state=CodeState.CANCELLED)
            .returning(col(AccessCode.code_hash))
        )
        cancelled += len(gone.all())
    if cancelled:
        _record(session, spec_row, CodesCancelled(cancelled), at, None)
    return cancelled


def cancel_unused_codes(session: Session, spec_row: SpecRow, *, at: datetime, by: Actor | None = None) -> int:
    """Cancels every personal code that no vote came with, so that all can be made again; returns how many.

    For a file that was lost before the letters left. Anonymous codes stay: nobody knows who holds them.
    """
    cancelled = session.execute(
        update(AccessCode)
        .where(
            col(AccessCode.spec_id) == spec_row.id,
            col(AccessCode.voter_id).is_not(None),
            col(AccessCode.state) == CodeState.UNUSED,
        )
        .values(state=CodeState.CANCELLED)
        .returning(col(AccessCode.code_hash))
    ).all()
    _record(session, spec_row, CodesCancelled(len(cancelled)), at, by)
    return len(cancelled)


def _code_row(keys: Keys, spec_row: SpecRow, code: str, style: str, voter_id: uuid.UUID | None) -> dict[str, object]:
    return {
        "code_hash": keys.code_hash(spec_row.id, normalise_code(code)),
        "spec_id": spec_row.id,
        "voter_id": voter_id,
        "style": style,
        "state": CodeState.UNUSED,
    }


def mark(session: Session, spec_id: uuid.UUID, voters: Sequence[tuple[str, Channel]]) -> set[str]:
    """Marks these people as having taken part; returns the hashes of those who had not before.

    One statement for all of them: two requests at once cannot both win.
    """
    values: list[dict[str, object]] = [
        {"voter_hash": voter, "spec_id": spec_id, "channel": channel} for voter, channel in voters
    ]
    if not values:
        return set()
    return {row.voter_hash for row in insert_new(session, Mark, values, "voter_hash")}


def check_in(session: Session, room_id: uuid.UUID, number: str) -> bool:
    """Notes that this card was handed out at the door; False where it was before."""
    return bool(insert_new(session, DoorCard, [{"room_id": room_id, "number": number}], "number"))


def remark(session: Session, spec_id: uuid.UUID, voter_hash: str, channel: Channel) -> None:
    """A replacement overwrites the channel, so that no row tells that anything was replaced."""
    mine = (col(Mark.spec_id) == spec_id, col(Mark.voter_hash) == voter_hash)
    session.execute(update(Mark).where(*mine).values(channel=channel))


_codes = core_table(AccessCode)
_USE_CODES = (
    update(_codes).where(_codes.c.code_hash.in_(bindparam("hashes", expanding=True))).values(state=CodeState.USED)
)


def set_aside_accepted(session: Session, spec_id: uuid.UUID, voter_hash: str) -> None:
    """Where all votes of a person are void, the envelope that was accepted before stays closed as well."""
    session.execute(
        update(Declaration)
        .where(
            col(Declaration.spec_id) == spec_id,
            col(Declaration.voter_hash) == voter_hash,
            col(Declaration.channel).in_(PAPER_CHANNELS),
            col(Declaration.state) == DeclarationState.ACCEPTED,
        )
        .values(state=DeclarationState.REFUSED, set_aside=SetAside.DUPLICATE)
    )


def use_codes(session: Session, code_hashes: Sequence[str]) -> None:
    """Core, as everything on the way into the box."""
    session.connection().execute(_USE_CODES, {"hashes": list(code_hashes)})


def forget_names(session: Session, spec_id: uuid.UUID) -> None:
    """Empties what could lead back to people, when intake closes: fields, partial keys, cases."""
    session.execute(delete(Case).where(col(Case.spec_id) == spec_id))
    session.execute(
        update(Declaration)
        .where(col(Declaration.spec_id) == spec_id)
        .values(fields=None, near_a=None, near_b=None, near_c=None, first_account_id=None, second_account_id=None)
    )


def _chunks(values: list[dict[str, object]]) -> Iterable[list[dict[str, object]]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _record(session: Session, spec_row: SpecRow, event: object, at: datetime, by: Actor | None) -> None:
    scope = spec_row.scope
    audit.record(session, event, at=at, account_id=by.account_id if by else None, scope=scope)
