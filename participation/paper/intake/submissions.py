"""Forms of the intake desk that were sent before: the same one twice accepts nobody twice."""

import uuid
from datetime import date

from sqlalchemy import delete, insert, select
from sqlmodel import Session, col

from participation.paper.models.stock import IntakeSubmission


def remembered_outcome(session: Session, spec_id: uuid.UUID, nonce_hash: str) -> str | None:
    """The sealed outcome of an intake form that was sent before."""
    query = select(col(IntakeSubmission.outcome)).where(
        col(IntakeSubmission.nonce_hash) == nonce_hash, col(IntakeSubmission.spec_id) == spec_id
    )
    return session.execute(query).scalar_one_or_none()


def remember_outcome(session: Session, spec_id: uuid.UUID, nonce_hash: str, outcome: str, day: date) -> None:
    """Keeps the outcome, so that the same form sent twice accepts nobody twice."""
    session.execute(insert(IntakeSubmission).values(nonce_hash=nonce_hash, spec_id=spec_id, outcome=outcome, day=day))


def forget_outcomes(session: Session, before: date) -> None:
    """Deletes remembered outcomes of earlier days; for the nightly job."""
    session.execute(delete(IntakeSubmission).where(col(IntakeSubmission.day) < before))
