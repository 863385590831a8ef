"""The end of a vote: what two people propose and confirm, the count, the signatures that certify it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.permissions import Actor
from participation.accounts.two_people import refuse_one_hand
from participation.ballots import closing
from participation.counting.reconciliation import IdentityKey
from participation.counts import queries as counts
from participation.counts import service as counting
from participation.counts.models import Certification, Count, CountState, IdentitySignature
from participation.db import Database
from participation.errors import Conflict, Invalid, Message, NotFound
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.paper import custody
from participation.paper import queries as paper
from participation.paper.intake import boxes
from participation.paper.keying import recounts
from participation.processes import windows
from participation.processes.models import Process, WindowKind
from participation.processes.queries import SpecRow, spec_by_id, windows_of
from participation.publication import identities
from participation.publication.ledger import seal
from participation.publication.models import Proposal, ProposalState
from participation.register import queries as register
from participation.register.keys import Keys


@dataclass(frozen=True, slots=True)
class WindowProposed:
    proposal_id: uuid.UUID
    kind: WindowKind
    effective_at: datetime


@dataclass(frozen=True, slots=True)
class ProposalWithdrawn:
    proposal_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class IdentitySigned:
    identity: IdentityKey
    subject: str
    difference: int


@dataclass(frozen=True, slots=True)
class CountSigned:
    count_id: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class CountCertified:
    count_id: uuid.UUID
    digest: str


@dataclass(frozen=True, slots=True)
class Blocker:
    """What keeps a count from being certified, what to do about it, and at which desk."""

    message: Message
    todo: Message
    desk: str


# Two people change hours or close intake.


def propose(
    session: Session,
    spec_row: SpecRow,
    kind: WindowKind,
    effective_at: datetime,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> Proposal:
    """The first of two people. Conflict while another proposal of the same kind waits, or once intake is closed.

    Invalid for an hour that has passed.
    """
    if windows_of(session, spec_row.id).intake_closed_at is not None:
        raise Conflict(_("Intake is closed: nothing more can be received. Nothing was changed."))
    if any(waiting.kind is kind for waiting in open_proposals(session, spec_row.id)):
        raise Conflict(
            _("The same change already waits for a second person. Nothing was changed."),
            _("Confirm it, or withdraw it and propose again."),
        )
    if problem := windows.past_hour(effective_at, at):
        raise Invalid(problem)
    proposal = Proposal(
        spec_id=spec_row.id, kind=kind, effective_at=effective_at, reason=reason, account_id=actor.account_id, at=at
    )
    session.add(proposal)
    session.flush()
    _record(session, spec_row, WindowProposed(proposal.id, kind, effective_at), actor.account_id, at, reason)
    return proposal


def open_proposals(session: Session, spec_id: uuid.UUID) -> list[Proposal]:
    """What waits for a second person, oldest first."""
    query = (
        select(Proposal)
        .where(col(Proposal.spec_id) == spec_id, col(Proposal.state) == ProposalState.OPEN)
        .order_by(col(Proposal.at), col(Proposal.id))
    )
    return list(session.execute(query).scalars())


def withdraw(session: Session, spec_row: SpecRow, proposal_id: uuid.UUID, *, actor: Actor, at: datetime) -> None:
    """Takes an open proposal back; anybody who may propose may do it."""
    _settle(session, spec_row, proposal_id, ProposalState.WITHDRAWN, None)
    _record(session, spec_row, ProposalWithdrawn(proposal_id), actor.account_id, at)


def confirm(session: Session, spec_row: SpecRow, proposal_id: uuid.UUID, *, actor: Actor, at: datetime) -> bool:
    """The second of two people. True when intake is to be closed now, by `close_confirmed` after the commit.

    Conflict for the same person, or while something keeps intake from closing.
    """
    proposal = session.get(Proposal, proposal_id)
    if proposal is None or proposal.spec_id != spec_row.id:
        raise NotFound(_("There is no such proposal."))
    if proposal.account_id == actor.account_id:
        raise Conflict(_("You proposed this yourself: a second person must confirm it. The proposal is kept."))
    refuse_one_hand(session, actor.account_id, proposal.account_id)
    closes = proposal.kind is WindowKind.INTAKE_CLOSED
    if closes:
        refuse_obstacles(session, spec_row, at)
    _settle(session, spec_row, proposal_id, ProposalState.CONFIRMED, actor.account_id)
    if not closes:
        windows.add_window(
            session,
            spec_row.id,
            proposal.kind,
            windows.hour_when_confirmed(session, spec_row.id, proposal.kind, proposal.effective_at, at),
            at=at,
            first_account_id=proposal.account_id,
            second_account_id=actor.account_id,
            reason=proposal.reason,
        )
    return closes


def refuse_obstacles(session: Session, spec_row: SpecRow, at: datetime) -> None:
    """Conflict while a way to vote is open or a declaration is not settled."""
    obstacles = closing.closing_obstacles(session, spec_row, at)
    if "open-window" in obstacles:
        raise Conflict(
            _("A way to vote is still open. Intake closes after the last of them. Nothing was changed."),
            _("Wait for the hour, or have two people close it earlier, with a reason."),
        )
    if "open-case" in obstacles:
        raise Conflict(
            _("A declaration or case is not settled yet. Nothing was changed."),
            _("Decide it at the desk “Cases”, then confirm the closing again."),
        )
    if custody.open_bags(session, spec_row.id):
        raise Conflict(
            _("A bag of envelopes is not checked in to its end. Nothing was changed."),
            _("Finish it at the desk “Bags and boxes”, then confirm the closing again."),
        )


def _settle(
    session: Session, spec_row: SpecRow, proposal_id: uuid.UUID, state: ProposalState, second: uuid.UUID | None
) -> None:
    done = session.execute(
        update(Proposal)
        .where(
            col(Proposal.id) == proposal_id,
            col(Proposal.spec_id) == spec_row.id,
            col(Proposal.state) == ProposalState.OPEN,
        )
        .values(state=state, second_account_id=second)
        .returning(col(Proposal.id))
    ).first()
    if done is None:
        raise Conflict(_("This proposal is settled already. Nothing was changed."))


def close_confirmed(database: Database, keys: Keys, at: datetime) -> None:
    """Closes every intake that two people agreed to close: names forgotten, order shuffled, key destroyed.

    Runs outside the request, which holds the write lock; the worker calls it too, so that a crash in
    between is made good; a clock that is behind that of the proposal counts as its hour. A closing that has
    become impossible meanwhile is withdrawn. The key of one that died after its commit is destroyed now.
    """
    with database.reading() as session:
        closing.destroy_again(session, keys)
        pending = [
            (row.id, row.spec_id, row.account_id, row.second_account_id, max(at, row.effective_at))
            for row in _confirmed_closings(session)
        ]
    for proposal_id, spec_id, first, second, moment in pending:
        with database.reading() as session:
            spec_row = spec_by_id(session, spec_id)
        if spec_row is None or second is None:
            continue
        try:
            closing.close_intake(database, keys, spec_row, first_account_id=first, second_account_id=second, at=moment)
            with database.writing() as session:
                seal(session, spec_row.process_id, moment)
        except Conflict:
            with database.writing() as session:
                query = update(Proposal).where(col(Proposal.id) == proposal_id)
                session.execute(query.values(state=ProposalState.WITHDRAWN))
                _record(session, spec_row, ProposalWithdrawn(proposal_id), second, at)


def _confirmed_closings(session: Session) -> list[Proposal]:
    query = select(Proposal).where(
        col(Proposal.kind) == WindowKind.INTAKE_CLOSED, col(Proposal.state) == ProposalState.CONFIRMED
    )
    found = session.execute(query).scalars()
    return [row for row in found if windows_of(session, row.spec_id).intake_closed_at is None]


def closing_agreed(session: Session, spec_id: uuid.UUID) -> bool:
    """Whether two people have agreed to close this intake, which then happens outside their request."""
    return any(row.spec_id == spec_id for row in _confirmed_closings(session))


# The count and its certification.


def run(session: Session, spec_row: SpecRow, *, actor: Actor, at: datetime) -> Count:
    """Counts the box. Conflict before intake is closed, or while paper ballots are still being keyed."""
    counting.refuse_before_close(session, spec_row, at)
    if unfinished := paper.unfinished(session, spec_row.id):
        raise Conflict(
            ngettext(
                "%(num)s batch of paper ballots is not closed. Nothing was counted.",
                "%(num)s batches of paper ballots are not closed. Nothing was counted.",
                unfinished,
            ),
            _("Finish the keying, then count: online and paper votes are counted together."),
        )
    return counting.run_count(session, spec_row, at, actor.account_id)


def sign_gap(
    session: Session,
    spec_row: SpecRow,
    gap: counts.Gap,
    reason: str,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """One of two signatures under a difference as it is now. Conflict if it is another one, or signed already."""
    closed = windows_of(session, spec_row.id).intake_closed(at)
    found = identities.board(session, spec_row, closed=closed)
    identity = next((each for each in found.gaps if each.gap == gap), None)
    if identity is None:
        raise Conflict(
            _("This gap has changed or no longer exists. Nothing was signed."), _("Look at the board again.")
        )
    if actor.account_id in identity.signers:
        raise Conflict(_("You signed this gap already: a second person must sign it. Your signature is kept."))
    refuse_one_hand(session, actor.account_id, *identity.signers)
    key, subject, difference = gap
    session.add(
        IdentitySignature(
            spec_id=spec_row.id,
            identity=key,
            subject=subject,
            difference=difference,
            reason=reason,
            account_id=actor.account_id,
            at=at,
        )
    )
    session.flush()
    _record(session, spec_row, IdentitySigned(key, subject, difference), actor.account_id, at, reason)


def blockers(session: Session, spec_row: SpecRow, count: Count | None, found: identities.Board) -> list[Blocker]:
    """What keeps this count from being certified by anybody; empty when two certifiers may sign."""
    listed = []
    if unfinished := paper.unfinished(session, spec_row.id):
        message = ngettext("%(num)s batch is not closed.", "%(num)s batches are not closed.", unfinished)
        listed.append(Blocker(message, _("Finish the keying."), "/batches"))
    if unsettled := register.unsettled(session, spec_row.id):
        message = ngettext("%(num)s case is not decided.", "%(num)s cases are not decided.", unsettled)
        listed.append(Blocker(message, _("Two people decide it."), "/cases"))
    if gaps := len(found.unsettled):
        message = ngettext(
            "%(num)s equation does not close and is not signed by two people.",
            "%(num)s equations do not close and are not signed by two people.",
            gaps,
        )
        listed.append(Blocker(message, _("Find the difference, or have two people sign it with a reason."), "/closing"))
    if count is not None and counting.input_digest(session, spec_row) != count.input_digest:
        changed = _("The box or the list of projects has changed since this count.")
        listed.append(Blocker(changed, _("Count again and sign the new count."), "/closing"))
    return listed


def sign_count(session: Session, spec_row: SpecRow, count_id: uuid.UUID, *, actor: Actor, at: datetime) -> CountState:
    """A certifier signs. The second signature certifies the count, seals the ledger and writes the minutes.

    Conflict for somebody who has keyed ballots, who signed already, or while anything blocks.
    """
    session.execute(select(col(Process.id)).where(col(Process.id) == spec_row.process_id).with_for_update())
    count = counts.count_by_id(session, spec_row.id, count_id, lock=True)
    if count is None:
        raise NotFound(_("There is no such count."))
    signers = _signers(session, count.id)
    _refuse_signer(session, spec_row, signers, actor)
    found = identities.board(session, spec_row, closed=True)
    if listed := blockers(session, spec_row, count, found):
        raise Conflict(listed[0].message, listed[0].todo)
    if not signers:
        return _sign(session, spec_row, count, CountState.PRELIMINARY, {}, actor, at)
    return _certify(session, spec_row, count, found, [*signers, actor.account_id], actor, at)


def _signers(session: Session, count_id: uuid.UUID) -> list[uuid.UUID]:
    query = (
        select(col(Certification.account_id))
        .where(col(Certification.count_id) == count_id)
        .order_by(col(Certification.at))
    )
    return list(session.execute(query).scalars())


def _refuse_signer(session: Session, spec_row: SpecRow, signers: list[uuid.UUID], actor: Actor) -> None:
    if len(signers) >= identities.SIGNATURES_NEEDED:
        raise Conflict(_("This count is certified already: nothing about it can change."))
    if actor.account_id in signers:
        raise Conflict(_("You signed this count already: a second certifier must sign it. Your signature is kept."))
    refuse_one_hand(session, actor.account_id, *signers)
    if actor.account_id in paper.accounts_who_keyed(session, spec_row.id):
        raise Conflict(
            _("You have read ballots of this vote, so you cannot certify its count. Nothing was signed."),
            _("Two certifiers who have keyed nothing sign it."),
        )


def _certify(
    session: Session,
    spec_row: SpecRow,
    count: Count,
    found: identities.Board,
    signers: list[uuid.UUID],
    actor: Actor,
    at: datetime,
) -> CountState:
    _record(session, spec_row, CountCertified(count.id, count.digest), actor.account_id, at)
    session.flush()
    link = seal(session, spec_row.process_id, at)
    minutes = {
        **identities.as_minutes(found),
        "small_boxes": [
            {"box": box.row.number, "pieces": box.pieces, "reasons": [reason for _signer, reason in box.exceptions]}
            for box in boxes.exceptions_of(session, spec_row)
        ],
        "recounts": _recounts(session, spec_row, at),
        "count": _number(session, count),
        "signers": [str(signer) for signer in signers],
        "chain": {"sequence": link.sequence, "digest": link.digest} if link else {},
        "windows": {
            kind.value: moment.isoformat() for kind, moment in windows_of(session, spec_row.id).moments.items()
        },
    }
    return _sign(session, spec_row, count, CountState.CERTIFIED, minutes, actor, at)


def _recounts(session: Session, spec_row: SpecRow, at: datetime) -> list[dict[str, object]]:
    """What was read anew since the count that this one takes the place of, or before the first."""
    before = counts.certified_count(session, spec_row.id)
    return recounts.as_minutes(session, spec_row, after=before.at if before else None, until=at)


def _number(session: Session, count: Count) -> int:
    """Which of the counts of its spec it is, in the order of time."""
    query = select(func.count()).where(col(Count.spec_id) == count.spec_id, col(Count.at) <= count.at)
    return int(session.execute(query).scalar_one())


def _sign(
    session: Session,
    spec_row: SpecRow,
    count: Count,
    state: CountState,
    minutes: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> CountState:
    session.add(Certification(count_id=count.id, account_id=actor.account_id, at=at, state=state, minutes=minutes))
    session.flush()
    if state is CountState.PRELIMINARY:
        _record(session, spec_row, CountSigned(count.id, count.digest), actor.account_id, at)
    return state


def _record(
    session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID, at: datetime, reason: str = ""
) -> None:
    scope = spec_row.scope
    audit.record(session, event, at=at, account_id=account_id, scope=scope, reason=reason)
