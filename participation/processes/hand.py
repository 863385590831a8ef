"""Who of the staff works on a process, and when: what a verb needs to say who did what."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from participation import audit
from participation.processes.queries import OpenProcess


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody of the staff at work on a process, at a moment."""

    process: OpenProcess
    account_id: uuid.UUID
    at: datetime

    def record(self, session: Session, event: object, *, reason: str = "") -> None:
        """Writes down what was done; a reason in free words can be erased."""
        scope = audit.Scope(self.process.organisation.id, self.process.id)
        audit.record(session, event, at=self.at, account_id=self.account_id, scope=scope, reason=reason)
