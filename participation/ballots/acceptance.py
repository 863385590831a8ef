"""The intake desk's side of the register: accepting a paper declaration, refusing one, deciding a case.

An accepted declaration is what replaces an online vote, not the ballot: nobody can know whose paper was
blank. The desk never sees a choice. Superseding rows are written by `service`, as every row of the box.

Two steps, two transactions: `note_declaration` and `note_verdict` record that something was checked in or
decided, and whoever calls them commits before the verb that may cancel an online vote. The log has no outcome:
a time and a place with “duplicate” beside them would tell who had voted. Outcomes are figures of the register.
Dying between the two leaves an event without a declaration; the same form, sent again, is taken as new.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots.entries import Acceptance, Declared, Outcome
from participation.ballots.service import declaration_row, replace_online
from participation.counting.spec import PAPER_CHANNELS, Channel, Precedence, SupersedingReason
from participation.db import new_id
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow, windows_of
from participation.register import queries as register_queries
from participation.register import service as register
from participation.register.identity import identity_of, new_slip_code, normalise_code
from participation.register.keys import Keys
from participation.register.models import Case, CaseState, CodeState, Declaration, DeclarationState, SetAside


@dataclass(frozen=True, slots=True)
class DeclarationTaken:
    """A declaration was checked in. Whose, and what became of it, no event says."""

    place_id: uuid.UUID
    channel: Channel


@dataclass(frozen=True, slots=True)
class AnonymousTaken:
    """Declarations for ages 12 and 13, which have no name: for how many children."""

    place_id: uuid.UUID
    channel: Channel
    children: int


@dataclass(frozen=True, slots=True)
class DeclarationSetAside:
    """A person set an envelope aside unopened, or turned somebody away, for another reason than a second vote."""

    place_id: uuid.UUID
    channel: Channel
    refused: SetAside


@dataclass(frozen=True, slots=True)
class CaseDecided:
    """Two people decided a case. Whose, and how, no event says."""


def note_declaration(
    session: Session, keys: Keys, spec_row: SpecRow, declared: Declared, at: datetime, *, children: int = 1
) -> None:
    """The first step: the event. Conflict or Invalid as `accept_declaration`; nothing is written then."""
    _check_window(session, spec_row, declared, at)
    if declared.slip_code:
        refuse_used_slip(session, keys, declared.slip_code)
    event: DeclarationTaken | AnonymousTaken = DeclarationTaken(declared.place_id, declared.channel)
    if declared.anonymous:
        event = AnonymousTaken(declared.place_id, declared.channel, children)
    else:
        _identity(session, keys, spec_row, declared)
    _record(session, spec_row, event, declared.first_account_id, at)


def accept_declaration(session: Session, keys: Keys, spec_row: SpecRow, declared: Declared, at: datetime) -> Acceptance:
    """The second step: accepts the declaration, opens a case, or sets it aside as a duplicate, by the precedence.

    Conflict when intake is closed or it came too late; Invalid when the code or number is not in the
    register or a matching field is missing. Nothing is written then.
    """
    _check_window(session, spec_row, declared, at)
    stub = declared.slip_code or new_slip_code()
    row = _base_row(keys, spec_row, declared, stub)
    if declared.anonymous:
        return _finish(session, row, Acceptance(Outcome.ACCEPTED, row["id"], stub))
    identity = _identity(session, keys, spec_row, declared)
    if declared.code is not None:
        register.use_codes(session, [_code_hash(keys, spec_row, declared.code)])
    voter_hash = keys.voter_hash(spec_row.id, identity)
    row["voter_hash"] = voter_hash
    if declared.fields is not None:
        near = (row["near_a"], row["near_b"], row["near_c"])
        others = register_queries.matches(session, voter_hash, near)
        if others:
            return _open_case(session, spec_row, row, [other.id for other in others], stub)
    acceptance = _apply(session, keys, spec_row, declared.channel, row, voter_hash, stub)
    return _finish(session, row, acceptance)


def _check_window(session: Session, spec_row: SpecRow, declared: Declared, at: datetime) -> None:
    windows = windows_of(session, spec_row.id)
    if windows.intake_closed(at):
        raise Conflict(_("Intake is closed: no declaration can be accepted any more. Nothing was saved."))
    if not windows.open_for(declared.channel, declared.received):
        raise Conflict(
            _("This declaration was not received while its counter or mailbox was open. Nothing was saved."),
            _("Check the day and hour of reception, or set the envelope aside as late."),
        )


def refuse_used_slip(session: Session, keys: Keys, slip_code: str) -> None:
    """Invalid where a slip with this code was checked in before: one stub speaks of one slip."""
    if register_queries.slip_status(session, keys.plain_hash(slip_code)) is not None:
        raise Invalid(
            _("A slip with this code was checked in before. Nothing was saved."),
            _("Read the code once more; if it is right, lay both slips side by side."),
        )


def _base_row(keys: Keys, spec_row: SpecRow, declared: Declared, stub: str) -> dict[str, Any]:
    known: dict[str, Any] = (
        declaration_row(keys, spec_row.id, declared.fields, None)
        if declared.fields is not None
        else {"id": new_id(), "spec_id": spec_row.id, "fields": None, "voter_hash": None}
    )
    return known | {
        "place_id": declared.place_id,
        "channel": declared.channel,
        "received_on": declared.received.astimezone(spec_row.zone).date(),
        "style": declared.style,
        "stub_hash": keys.plain_hash(stub),
        "first_account_id": declared.first_account_id,
        "second_account_id": declared.second_account_id,
    }


def _identity(session: Session, keys: Keys, spec_row: SpecRow, declared: Declared) -> str:
    """Who it is in the register. A code on a slip is the same person as that code online."""
    if declared.style not in spec_row.spec.style:
        raise Invalid(_("This district is not one of this vote. Nothing was saved."))
    found: register_queries.CodeRow | register_queries.VoterRow | None
    if declared.code is not None:
        code_hash = _code_hash(keys, spec_row, declared.code)
        found = register_queries.codes(session, spec_row.id, [code_hash]).get(code_hash)
        if found is None or found.state is CodeState.CANCELLED:
            raise Invalid(_("This code is not valid. Nothing was saved: read it once more from the letter."))
    elif declared.register_number is not None:
        found = register_queries.voter_by_number(session, spec_row.id, declared.register_number)
        if found is None:
            raise Invalid(_("This number is not in the register. Nothing was saved: read it once more."))
    else:
        identity = identity_of(declared.fields or {}, spec_row.spec.match_fields)
        if identity is None:
            raise Invalid(_("A field of the declaration is empty. Nothing was saved: every field is needed."))
        return identity
    if found.style != declared.style:
        raise Invalid(_("The register has this person in another district. Nothing was saved."))
    return found.identity


def _code_hash(keys: Keys, spec_row: SpecRow, code: str) -> str:
    return keys.code_hash(spec_row.id, normalise_code(code))


def _apply(
    session: Session, keys: Keys, spec_row: SpecRow, channel: Channel, row: dict[str, Any], voter_hash: str, stub: str
) -> Acceptance:
    """The precedence table's paper columns for somebody whose identity is settled."""
    if register.mark(session, spec_row.id, [(voter_hash, channel)]):
        return Acceptance(Outcome.ACCEPTED, row["id"], stub)
    duplicate = Acceptance(Outcome.REFUSED, row["id"], stub, refused=SetAside.DUPLICATE)
    before = register_queries.channels_of(session, spec_row.id, [voter_hash])[voter_hash]
    precedence = spec_row.spec.precedence
    if precedence is Precedence.ALL_VOID:
        replace_online(session, keys, spec_row.id, voter_hash, SupersedingReason.VOID)
        register.set_aside_accepted(session, spec_row.id, voter_hash)
        return duplicate
    if before in PAPER_CHANNELS or precedence is Precedence.FIRST_RECEIVED:
        return duplicate
    replaced = replace_online(session, keys, spec_row.id, voter_hash, SupersedingReason.PAPER)
    register.remark(session, spec_row.id, voter_hash, channel)
    return Acceptance(Outcome.ACCEPTED, row["id"], stub, replaced_online=replaced)


def _finish(session: Session, row: dict[str, Any], acceptance: Acceptance) -> Acceptance:
    state = DeclarationState.ACCEPTED if acceptance.outcome is Outcome.ACCEPTED else DeclarationState.REFUSED
    session.execute(insert(Declaration), [row | {"state": state, "set_aside": acceptance.refused}])
    return acceptance


def _record(session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID, at: datetime) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def refuse_declaration(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    *,
    place_id: uuid.UUID,
    channel: Channel,
    style: str,
    received: datetime,
    reason: SetAside,
    slip_code: str = "",
    account_id: uuid.UUID,
    at: datetime,
) -> uuid.UUID:
    """A person sets an envelope aside unopened, or turns somebody away, with a reason. No name is kept.

    `slip_code` is the code printed on the slip's stub, so that whoever holds the stub learns of it. Invalid where a
    slip with that code was checked in before.
    """
    if slip_code:
        refuse_used_slip(session, keys, slip_code)
    declaration_id = new_id()
    row = {
        "id": declaration_id,
        "spec_id": spec_row.id,
        "place_id": place_id,
        "channel": channel,
        "style": style,
        "received_on": received.astimezone(spec_row.zone).date(),
        "state": DeclarationState.REFUSED,
        "set_aside": reason,
        "stub_hash": keys.plain_hash(slip_code) if slip_code else None,
        "first_account_id": account_id,
    }
    session.execute(insert(Declaration), [row])
    second = reason is SetAside.DUPLICATE
    event = DeclarationTaken(place_id, channel) if second else DeclarationSetAside(place_id, channel, reason)
    _record(session, spec_row, event, account_id, at)
    return declaration_id


def _open_case(
    session: Session, spec_row: SpecRow, row: dict[str, Any], others: list[uuid.UUID], stub: str
) -> Acceptance:
    session.execute(insert(Declaration), [row | {"state": DeclarationState.OPEN_CASE}])
    session.execute(
        insert(Case),
        [
            {"id": new_id(), "spec_id": spec_row.id, "declaration_id": row["id"], "other_id": other, "state": "open"}
            for other in others
        ],
    )
    return Acceptance(Outcome.CASE, row["id"], stub)


def case_label(declaration_id: uuid.UUID) -> str:
    """Five signs to write on the slip or envelope that waits for two people: of a random key, on nothing else."""
    return declaration_id.hex[:5].upper()


@dataclass(frozen=True, slots=True)
class CaseSide:
    """One declaration of a case, readable: what was written and how it came."""

    channel: Channel
    received_on: Any
    fields: dict[str, str]
    place_id: uuid.UUID | None
    label: str
    """Written on the slip or envelope of an open case."""


@dataclass(frozen=True, slots=True)
class CaseView:
    id: uuid.UUID
    new: CaseSide
    other: CaseSide | None
    first_account_id: uuid.UUID | None
    document_seen: bool


def open_cases(session: Session, keys: Keys, spec_row: SpecRow) -> list[CaseView]:
    """The cases to decide, both declarations side by side. No screen adds a choice to them."""
    return [
        CaseView(
            case.id,
            _side(session, keys, spec_row, case.declaration_id),
            _side(session, keys, spec_row, case.other_id) if case.other_id else None,
            case.first_account_id,
            case.document_seen,
        )
        for case in register_queries.open_cases(session, spec_row.id)
    ]


def _side(session: Session, keys: Keys, spec_row: SpecRow, declaration_id: uuid.UUID) -> CaseSide:
    row = register_queries.declaration(session, declaration_id)
    assert row is not None  # a foreign key holds it
    fields = keys.decrypt_fields(spec_row.id, row.fields) if row.fields else {}
    return CaseSide(row.channel, row.received_on, fields, row.place_id, case_label(row.id))


def note_verdict(session: Session, spec_row: SpecRow, case_id: uuid.UUID, account_id: uuid.UUID, at: datetime) -> None:
    """The first step of a verdict: the event, if it is the one that settles the case. Errors as `decide_case`."""
    if _case_for(session, spec_row, case_id, account_id).first_account_id is not None:
        _record(session, spec_row, CaseDecided(), account_id, at)


def _case_for(session: Session, spec_row: SpecRow, case_id: uuid.UUID, account_id: uuid.UUID) -> Case:
    """An open case of which this person has not said anything yet. NotFound or Conflict."""
    case: Case | None = session.execute(select(Case).where(col(Case.id) == case_id)).scalar_one_or_none()
    if case is None or case.spec_id != spec_row.id or case.state is not CaseState.OPEN:
        raise NotFound(_("This case is settled, or does not exist."))
    if case.first_account_id == account_id:
        raise Conflict(_("Two different people decide a case. Your verdict is already noted."))
    if case.first_account_id:
        refuse_one_hand(session, account_id, case.first_account_id)
    return case


def decide_case(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    case_id: uuid.UUID,
    verdict: CaseState,
    account_id: uuid.UUID,
    *,
    document_seen: bool = False,
) -> CaseState | None:
    """One person's verdict. The second, by somebody else, settles it; where they differ, two persons.

    `document_seen`: the person showed a document, of which nothing is kept but this. Returns None after the first
    verdict, else what was settled.
    """
    case = _case_for(session, spec_row, case_id, account_id)
    if document_seen:
        session.execute(update(Case).where(col(Case.id) == case_id).values(document_seen=True))
    if case.first_account_id is None:
        session.execute(
            update(Case).where(col(Case.id) == case_id).values(first_vote=verdict, first_account_id=account_id)
        )
        return None
    settled = verdict if verdict is case.first_vote else CaseState.TWO_PERSONS
    session.execute(update(Case).where(col(Case.id) == case_id).values(state=settled, second_account_id=account_id))
    _settle(session, keys, spec_row, case, settled)
    return settled


def _settle(session: Session, keys: Keys, spec_row: SpecRow, case: Case, settled: CaseState) -> None:
    """Applies the verdict to the declaration once none of its cases is open."""
    mine = register_queries.declaration(session, case.declaration_id)
    other = register_queries.declaration(session, case.other_id) if case.other_id else None
    assert mine is not None
    if mine.state is DeclarationState.ACCEPTED:
        if settled is CaseState.SAME_PERSON and mine.voter_hash:
            _cancel_later_online(session, keys, spec_row, mine.voter_hash)
            if spec_row.spec.precedence is Precedence.ALL_VOID and other and other.voter_hash:
                register.set_aside_accepted(session, spec_row.id, other.voter_hash)
        return
    if mine.state is not DeclarationState.OPEN_CASE:
        return
    if settled is CaseState.SAME_PERSON and other and other.voter_hash:
        acceptance = _apply(session, keys, spec_row, mine.channel, {"id": mine.id}, other.voter_hash, "")
        _store_outcome(session, mine.id, acceptance, other.voter_hash)
        return
    if not _has_open_case(session, mine.id):
        voter_hash = _free_mark(session, keys, spec_row, mine)
        register.mark(session, spec_row.id, [(voter_hash, mine.channel)])
        _store_outcome(session, mine.id, Acceptance(Outcome.ACCEPTED, mine.id, ""), voter_hash)


def _cancel_later_online(session: Session, keys: Keys, spec_row: SpecRow, voter_hash: str) -> None:
    """An online vote that came after the accepted paper of the same person, under another spelling."""
    all_void = spec_row.spec.precedence is Precedence.ALL_VOID
    reason = SupersedingReason.VOID if all_void else SupersedingReason.EARLIER_VOTE_STANDS
    replace_online(session, keys, spec_row.id, voter_hash, reason)


def _has_open_case(session: Session, declaration_id: uuid.UUID) -> bool:
    query = select(col(Case.id)).where(col(Case.declaration_id) == declaration_id, col(Case.state) == CaseState.OPEN)
    return session.execute(query).first() is not None


def _free_mark(session: Session, keys: Keys, spec_row: SpecRow, mine: register_queries.DeclarationRow) -> str:
    """Two people with the very same fields need two marks: the second one's hangs on its declaration."""
    taken = mine.voter_hash and register_queries.channels_of(session, spec_row.id, [mine.voter_hash])
    if mine.voter_hash and not taken:
        return mine.voter_hash
    return keys.voter_hash(spec_row.id, f"declaration:{mine.id}")


def _store_outcome(session: Session, declaration_id: uuid.UUID, acceptance: Acceptance, voter_hash: str) -> None:
    state = DeclarationState.ACCEPTED if acceptance.outcome is Outcome.ACCEPTED else DeclarationState.REFUSED
    session.execute(
        update(Declaration)
        .where(col(Declaration.id) == declaration_id)
        .values(state=state, set_aside=acceptance.refused, voter_hash=voter_hash)
    )
    if acceptance.outcome is Outcome.REFUSED:
        session.execute(
            update(Case)
            .where(col(Case.declaration_id) == declaration_id, col(Case.state) == CaseState.OPEN)
            .values(state=CaseState.SAME_PERSON)
        )
