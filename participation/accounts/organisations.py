"""The verb on what an organisation says of itself: name, address, whom to ask, colour, the notice before English."""

import uuid
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.models import Organisation
from participation.accounts.permissions import Actor


@dataclass(frozen=True, slots=True)
class Identity:
    """What an organisation says of itself; texts that exist per language as locale → text."""

    name: dict[str, str]
    address: str
    privacy_title: dict[str, str]
    privacy_phone: str
    privacy_email: str
    colour: str
    english_notice: bool


@dataclass(frozen=True, slots=True)
class OrganisationChanged:
    """Which fields changed: every one of them stands on public pages, so their words need no second copy."""

    changed: tuple[str, ...]


def identity_of(organisation: Organisation) -> Identity:
    return Identity(**{field.name: getattr(organisation, field.name) for field in fields(Identity)})


def change_identity(
    session: Session, organisation: Organisation, identity: Identity, *, at: datetime, by: Actor
) -> tuple[str, ...]:
    """Writes it and records which fields changed; nothing is recorded where none did."""
    before, after = asdict(identity_of(organisation)), asdict(identity)
    changed = tuple(name for name, value in after.items() if value != before[name])
    if not changed:
        return ()
    organisation_id: uuid.UUID = organisation.id
    session.execute(update(Organisation).where(col(Organisation.id) == organisation_id).values(**after))
    scope = audit.Scope(organisation_id)
    audit.record(session, OrganisationChanged(changed), at=at, account_id=by.account_id, scope=scope)
    return changed
