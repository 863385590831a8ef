"""After publication: hours that two people change, and projects that are excluded, withdrawn or topped up."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from participation import audit
from participation.accounts.permissions import Actor
from participation.errors import Conflict, Invalid, Message, NotFound
from participation.i18n import lazy as _
from participation.processes import queries
from participation.processes.models import LocalText, ProjectChange, ProjectChangeKind, Window, WindowKind
from participation.processes.queries import SpecRow


@dataclass(frozen=True, slots=True)
class WindowChanged:
    spec_id: uuid.UUID
    kind: WindowKind
    effective_at: datetime
    second_account_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ProjectChanged:
    spec_id: uuid.UUID
    question_id: str
    option_id: str
    kind: ProjectChangeKind
    amount: int


def add_window(
    session: Session,
    spec_id: uuid.UUID,
    kind: WindowKind,
    effective_at: datetime,
    *,
    at: datetime,
    first_account_id: uuid.UUID,
    second_account_id: uuid.UUID,
    reason: str,
) -> None:
    """Extension, suspension, early closing: a new row that stands from now on.

    It never reaches back: what was received in time stays in time. Invalid for an hour that has passed and
    without a reason; Conflict for one person alone, or once intake is closed. The present minute is now.
    """
    spec = queries.spec_by_id(session, spec_id)
    if spec is None:
        raise NotFound(_("There is no published vote here."))
    if first_account_id == second_account_id:
        raise Conflict(_("Two different people must agree to this. Nothing was changed."))
    if not reason.strip():
        raise Invalid(_("Say why the hours change: the reason is published."))
    if queries.windows_of(session, spec_id).intake_closed_at is not None:
        raise Conflict(_("Intake is closed: nothing more can be received. Nothing was changed."))
    if problem := past_hour(effective_at, at):
        raise Invalid(problem, _("To stop or resume at once, give the present hour and minute."))
    moment = max(effective_at, at)
    session.add(
        Window(
            spec_id=spec_id,
            kind=kind,
            effective_at=moment,
            recorded_at=queries.next_recorded_at(session, spec_id, at),
            first_account_id=first_account_id,
            second_account_id=second_account_id,
        )
    )
    session.flush()
    event = WindowChanged(spec_id, kind, moment, second_account_id)
    _record(session, spec, event, at, first_account_id, reason)


def past_hour(effective_at: datetime, at: datetime) -> Message | None:
    """Why this hour cannot be given to a window at `at`; None for the present minute and everything later."""
    if effective_at >= at.replace(second=0, microsecond=0):
        return None
    return _("This hour has passed: what was received in time stays in time. Give one to come.")


def hour_when_confirmed(
    session: Session, spec_id: uuid.UUID, kind: WindowKind, effective_at: datetime, at: datetime
) -> datetime:
    """The hour that stands when the second person agrees at `at`.

    One that passed in between becomes `at` where that stops, suspends or resumes something at once. Conflict
    where it would open again what has closed: nobody agreed to that.
    """
    if past_hour(effective_at, at) is None:
        return effective_at
    standing = queries.windows_of(session, spec_id).moments.get(kind)
    if kind in (WindowKind.SUSPENDED, WindowKind.RESUMED) or (standing is not None and at < standing):
        return at
    raise Conflict(
        _("The hour that was proposed has passed. Nothing was changed."),
        _("Withdraw the proposal and propose another hour."),
    )


def change_project(
    session: Session,
    spec_row: SpecRow,
    question_id: str,
    option_id: str,
    kind: ProjectChangeKind,
    *,
    amount: int = 0,
    reason: LocalText,
    at: datetime,
    by: Actor,
) -> ProjectChange:
    """Excludes, withdraws or tops up a published project. The spec stays as it was; the count reads the change.

    `amount` is outside money in cents, for a top-up only. NotFound for a project that is not on the ballot,
    Conflict for one that is out already, Invalid without a reason in French.
    """
    question = spec_row.spec.question.get(question_id)
    if question is None or option_id not in question.by_id:
        raise NotFound(_("There is no such project on this ballot. Nothing was changed."))
    if not reason.get("fr"):
        raise Invalid(_("Give the reason in French: it is shown with the result."))
    if (amount > 0) is not (kind is ProjectChangeKind.TOP_UP):
        raise Invalid(_("A top-up needs an amount of money, and only a top-up has one."))
    if option_id in out_of_the_vote(session, spec_row.id, question_id):
        raise Conflict(_("This project is out of the vote already. Nothing was changed."))
    change = ProjectChange(
        spec_id=spec_row.id,
        question_id=question_id,
        option_id=option_id,
        kind=kind,
        amount=amount,
        at=at,
        account_id=by.account_id,
        reason=reason,
    )
    session.add(change)
    session.flush()
    event = ProjectChanged(spec_row.id, question_id, option_id, kind, amount)
    _record(session, spec_row, event, at, by.account_id, reason["fr"])
    return change


def out_of_the_vote(session: Session, spec_id: uuid.UUID, question_id: str) -> frozenset[str]:
    """The projects of a contest that were excluded or withdrawn since publication."""
    return frozenset(
        change.option_id
        for change in queries.project_changes(session, spec_id)
        if change.question_id == question_id and change.kind is not ProjectChangeKind.TOP_UP
    )


def _record(session: Session, spec: SpecRow, event: object, at: datetime, account_id: uuid.UUID, reason: str) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec.scope, reason=reason)
