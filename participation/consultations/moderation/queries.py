"""What waits for a moderator, and what moderators decided, without names."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from participation.accounts.models import Account
from participation.consultations import queries
from participation.consultations.models import (
    Contribution,
    ContributionKind,
    ContributionState,
    Decision,
    Flag,
    ModerationDecision,
    RefusalReason,
    RefusalTally,
)
from participation.consultations.queries import LETTERS, Shown, Sort, Wanted
from participation.consultations.spotting import Span, spot

LOG = 50
QUEUE = 15
"""Texts to read on one page; the next ones follow."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contribution in the queue, with what a person should look at."""

    shown: Shown
    spans: list[Span]

    @property
    def seen(self) -> str:
        """How it stands, for the form that decides on it."""
        return f"{self.shown.state.value}.{self.shown.version}"

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The text cut where something was spotted: (words, what was spotted or nothing)."""
        cut, last = [], 0
        for span in self.spans:
            cut += [(self.shown.text[last : span.start], ""), (self.shown.text[span.start : span.end], span.kind.value)]
            last = span.end
        return [*cut, (self.shown.text[last:], "")]


def queue(session: Session, process_id: uuid.UUID, cursor: str = "") -> tuple[list[Waiting], str]:
    """What nobody has read yet, oldest first, and where the next page begins; a text that many sent stands once."""
    wanted = Wanted(state=ContributionState.PENDING, once=True, sort=Sort.OLDEST)
    found = queries.listed(session, process_id, wanted, cursor, named=True, limit=QUEUE)
    return [waiting(row) for row in found.rows], found.next_cursor


def waiting(shown: Shown) -> Waiting:
    return Waiting(shown, spot(shown.text))


def flagged(
    flags: Sequence[tuple[Flag, Contribution]], shown: Mapping[uuid.UUID, Shown]
) -> list[tuple[Waiting, list[Flag]]]:
    """Each contribution that somebody asked to look at again, once, with all that was said of it."""
    found: dict[uuid.UUID, list[Flag]] = {}
    for flag, row in flags:
        found.setdefault(row.id, []).append(flag)
    return [(waiting(shown[key]), said) for key, said in found.items()]


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision as moderators read it: what, why, when and who."""

    decision: Decision
    reason: RefusalReason | None
    note: str
    at: datetime
    name: str


def decided(session: Session, contribution_id: uuid.UUID) -> list[Decided]:
    """What was decided on a contribution, the newest first."""
    columns = [col(getattr(ModerationDecision, name)) for name in ("decision", "reason", "note", "at")]
    query = (
        select(*columns, col(Account.name))
        .join(Account, col(Account.id) == col(ModerationDecision.account_id))
        .where(col(ModerationDecision.contribution_id) == contribution_id)
        .order_by(col(ModerationDecision.at).desc(), col(ModerationDecision.id).desc())
    )
    return [Decided(*row) for row in session.execute(query)]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One decision as the public reads it: what, why and when, never who."""

    reference: str
    kind: ContributionKind
    decision: Decision
    reason: RefusalReason | None
    at: datetime


def public_log(session: Session, process_id: uuid.UUID) -> list[LogRow]:
    """The newest refusals and second looks. What was simply published is on the pages themselves."""
    found = [*_newest(session, process_id, Decision.REFUSED), *_newest(session, process_id, Decision.RESTORED)]
    newest = sorted(found, key=lambda row: (row.at, row.id), reverse=True)[:LOG]
    return [LogRow(f"{LETTERS[row.kind]}-{row.number}", row.kind, row.decision, row.reason, row.at) for row in newest]


def _newest(session: Session, process_id: uuid.UUID, decision: Decision) -> Sequence[Any]:
    at, own = col(ModerationDecision.at), col(ModerationDecision.id)
    columns = (own, at, col(ModerationDecision.decision), col(ModerationDecision.reason))
    query = (
        select(*columns, col(Contribution.number), col(Contribution.kind))
        .join(Contribution, col(Contribution.id) == col(ModerationDecision.contribution_id))
        .where(col(ModerationDecision.process_id) == process_id, col(ModerationDecision.decision) == decision)
        .order_by(at.desc(), own.desc())
        .limit(LOG)
    )
    return session.execute(query).all()


def refusals(session: Session, process_id: uuid.UUID) -> dict[RefusalReason, int]:
    """Reason → how often something was refused for it until now, also where a second look ended otherwise."""
    query = select(col(RefusalTally.reason), col(RefusalTally.number))
    return {row.reason: row.number for row in session.execute(query.where(col(RefusalTally.process_id) == process_id))}
