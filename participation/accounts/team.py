"""Verbs on the people of one organisation: join, give and take roles, close and reopen an account.

With a `process_id`, roles are those of this process only. Accounts are the organisation's matter in either case.

An organisation always keeps an administrator who can sign in. Nobody takes the administrator's role from
themselves or closes their own account: another administrator does it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts import queries, service
from participation.accounts.models import Account, Organisation, Role
from participation.accounts.permissions import Actor
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _


@dataclass(frozen=True, slots=True)
class AccountClosed:
    closed_account_id: uuid.UUID
    sessions_closed: int


@dataclass(frozen=True, slots=True)
class AccountReopened:
    reopened_account_id: uuid.UUID


def join(
    session: Session,
    *,
    email: str,
    name: str,
    password_hash: str,
    roles: tuple[Role, ...],
    organisation_id: uuid.UUID,
    process_id: uuid.UUID | None = None,
    at: datetime,
    by: Actor,
) -> bool:
    """Brings a person into the team; True when they had an account already, whose name and password stay as they are.

    Invalid when they are in the team.
    """
    place = _place(organisation_id, process_id)
    known = queries.account_by_email(session, email)
    if known and _has_roles(session, known, **place):
        raise Invalid(_("This person is in the team already. Give them the role in the list of the team."))
    account_id = known or service.create_account(
        session, email=email, name=name, password_hash=password_hash, at=at, by=by
    )
    for role in roles:
        service.grant_role(session, account_id, role, **place, at=at, by=by)
    return known is not None


def give_role(
    session: Session, account_id: uuid.UUID, role: Role, *, organisation_id: uuid.UUID,
    process_id: uuid.UUID | None = None, at: datetime, by: Actor,
) -> None:  # fmt: skip
    """A further role for somebody of the team, or a role in one process for somebody of the organisation.

    NotFound for anybody else.
    """
    if process_id:
        of_the_team(session, account_id, organisation_id)
    else:
        _has_roles_or_refuse(session, account_id, organisation_id)
    service.grant_role(session, account_id, role, **_place(organisation_id, process_id), at=at, by=by)


def take_process_role(
    session: Session, account_id: uuid.UUID, role: Role, *, organisation_id: uuid.UUID, process_id: uuid.UUID,
    at: datetime, by: Actor,
) -> None:  # fmt: skip
    """Takes a role in one process away; roles of the organisation stay. NotFound for who has none in the process."""
    if not _has_roles(session, account_id, process_id=process_id):
        raise _nobody()
    if role is Role.ADMINISTRATOR:
        _not_oneself(account_id, by)
    service.revoke_role(session, account_id, role, process_id=process_id, at=at, by=by)


def take_role(
    session: Session, account_id: uuid.UUID, role: Role, *, organisation_id: uuid.UUID, at: datetime, by: Actor
) -> None:
    """Takes a role away; whoever has none left is out of the team. Conflict where no administrator would remain."""
    _has_roles_or_refuse(session, account_id, organisation_id)
    if role is not Role.ADMINISTRATOR:
        service.revoke_role(session, account_id, role, organisation_id=organisation_id, at=at, by=by)
        return
    _not_oneself(account_id, by)
    _one_at_a_time(session, organisation_id)
    service.revoke_role(session, account_id, role, organisation_id=organisation_id, at=at, by=by)
    _keep_an_administrator(session, organisation_id)


def close_account(
    session: Session, account_id: uuid.UUID, *, organisation_id: uuid.UUID, at: datetime, by: Actor
) -> None:
    """Nobody can sign in with it any more, and its sessions end. What the person signed stays signed."""
    of_the_team(session, account_id, organisation_id)
    _not_oneself(account_id, by)
    works_only_here(session, account_id, organisation_id)
    _one_at_a_time(session, organisation_id)
    if not _set_active(session, account_id, False):
        return
    closed = service.sign_out_everywhere(session, account_id)
    scope = audit.Scope(organisation_id)
    audit.record(session, AccountClosed(account_id, closed), at=at, account_id=by.account_id, scope=scope)
    _keep_an_administrator(session, organisation_id)


def reopen_account(
    session: Session, account_id: uuid.UUID, *, organisation_id: uuid.UUID, at: datetime, by: Actor
) -> None:
    """The person signs in again, with the password and the roles that they had."""
    of_the_team(session, account_id, organisation_id)
    works_only_here(session, account_id, organisation_id)
    if _set_active(session, account_id, True):
        scope = audit.Scope(organisation_id)
        audit.record(session, AccountReopened(account_id), at=at, account_id=by.account_id, scope=scope)


def _set_active(session: Session, account_id: uuid.UUID, is_active: bool) -> bool:
    """Whether that changed anything."""
    other = update(Account).where(col(Account.id) == account_id, col(Account.is_active).is_(not is_active))
    return session.execute(other.values(is_active=is_active).returning(col(Account.id))).first() is not None


def _place(organisation_id: uuid.UUID, process_id: uuid.UUID | None) -> dict[str, uuid.UUID]:
    """Where a role is granted, as grants name it: in one place, not in both."""
    return {"process_id": process_id} if process_id else {"organisation_id": organisation_id}


def _has_roles(session: Session, account_id: uuid.UUID, **place: uuid.UUID) -> bool:
    ((name, value),) = place.items()
    return any(getattr(grant, name) == value for grant in queries.grants_of(session, account_id))


def _has_roles_or_refuse(session: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    if not _has_roles(session, account_id, organisation_id=organisation_id):
        raise _nobody()


def of_the_team(session: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """NotFound for somebody without a role in this organisation or in a process of it."""
    if organisation_id not in queries.organisations_served(session, account_id):
        raise _nobody()


def _nobody() -> NotFound:
    return NotFound(_("There is nobody with this address in the team."))


def _not_oneself(account_id: uuid.UUID, by: Actor) -> None:
    if account_id == by.account_id:
        raise Conflict(
            _("You cannot take your own administration away. Nothing was changed."),
            _("Another administrator of your organisation can do it."),
        )


def works_only_here(session: Session, account_id: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """Conflict for an account that serves other organisations too: none of them closes or opens it for the others."""
    if queries.organisations_served(session, account_id) - {organisation_id}:
        raise Conflict(
            _("This person also works elsewhere with this account. Nothing was changed."),
            _("Take their roles away here instead: they will see nothing of your organisation any more."),
        )


def _one_at_a_time(session: Session, organisation_id: uuid.UUID) -> None:
    """Two administrators who remove each other at the same instant must not both succeed."""
    session.execute(select(col(Organisation.id)).where(col(Organisation.id) == organisation_id).with_for_update())


def _keep_an_administrator(session: Session, organisation_id: uuid.UUID) -> None:
    if not queries.active_administrators(session, organisation_id):
        raise Conflict(
            _("Your organisation would have no administrator left. Nothing was changed."),
            _("Make somebody else an administrator first."),
        )
