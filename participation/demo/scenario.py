"""Loads the fictional Montréal scenario through the ordinary verbs: what staff and voters would have done."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from participation import i18n
from participation.accounts import queries as accounts
from participation.accounts import service
from participation.accounts.permissions import Actor
from participation.db import Database
from participation.demo import content, last_edition, open_edition, second_body
from participation.demo.cast_of_roles import NEIGHBOUR, OFFICE_PARTS, PARTS, ROOM_PARTS, Part, address_of
from participation.demo.content import Calendar, Say
from participation.demo.edition import Staff, publish_edition
from participation.demo.gare import content as gare
from participation.demo.gare import load as consultation
from participation.demo.rive_claire import load as assembly
from participation.demo.samples import BODY, BODY_PROCESS
from participation.live.queries import meetings_of
from participation.processes import queries
from participation.processes.models import WindowKind
from participation.register.keys import Keys
from participation.settings import Settings


class HalfLoaded(RuntimeError):
    """An earlier load was interrupted: the database must be made afresh."""


def load(database: Database, keys: Keys, settings: Settings, at: datetime, say: Say) -> bool:
    """Loads the scenario around the day of `at`; False, with nothing done, where it is there already.

    HalfLoaded when an earlier load did not come to its end.
    """
    with database.reading() as session:
        started = accounts.organisation_by_slug(session, content.CITY) is not None
        last = queries.process_at(session, BODY, BODY_PROCESS)
        finished = last is not None and bool(meetings_of(session, last.id))
    if finished:
        return False
    if started:
        raise HalfLoaded("the fictional data are there in part only")
    calendar = content.calendar_of(at)
    bodies = _bodies(database, calendar)
    city, borough, staff = bodies.city, bodies.borough, bodies.staff
    say("Last year’s edition")
    before, places = content.year_before(calendar), content.places()
    last_edition.load(publish_edition(database, keys, staff, city, content.LAST_SLUG, before, places), say)
    say("This year’s edition")
    places.append(content.line())
    open_edition.load(publish_edition(database, keys, staff, city, content.OPEN_SLUG, calendar, places), settings, say)
    say("A consultation, under way and finished")
    for run in consultation.runs(at):
        consultation.load(database, keys, settings, consultation.hands(bodies.office_staff), bodies.office, run)
    say("A second public body")
    second_body.load(database, keys, settings, staff[NEIGHBOUR.mailbox], borough, calendar)
    say("An assembly in a room, over, and the next one")
    assembly.load(database, keys, bodies.borough_staff, calendar)
    return True


def loaded_for(session: Session) -> Calendar | None:
    """The dates of the open edition that is in the database; None where there is none."""
    found = queries.process_at(session, content.CITY, content.OPEN_SLUG)
    spec_row = queries.current_spec(session, found.id) if found else None
    if spec_row is None:
        return None
    opens = queries.windows_of(session, spec_row.id).moments[WindowKind.ONLINE_OPENS]
    return Calendar(opens.astimezone(i18n.DEFAULT_ZONE).date())


@dataclass(frozen=True, slots=True)
class _Bodies:
    """The organisations, and who works in them, by mailbox."""

    city: UUID
    borough: UUID
    office: UUID
    staff: Staff
    borough_staff: Staff
    office_staff: Staff


def _bodies(database: Database, calendar: Calendar) -> _Bodies:
    """All organisations with their staff. Nobody knows the password: one steps in from the page of roles."""
    unknown = service.hash_password(secrets.token_urlsafe(32))
    at = content.year_before(calendar).on(-230, 9)
    with database.writing() as session:
        city = service.create_organisation(session, content.CITY, content.CITY_NAME, address=content.CITY_ADDRESS)
        city.sqlmodel_update(content.CITY_OFFICER)
        borough = service.create_organisation(session, BODY, second_body.NAME)
        borough.sqlmodel_update(second_body.IDENTITY)
        elsewhere = (NEIGHBOUR, *OFFICE_PARTS, *ROOM_PARTS)
        staff = _staff(session, [part for part in PARTS if part not in elsewhere], city.id, unknown, at)
        of_borough = _staff(session, [NEIGHBOUR, *ROOM_PARTS], borough.id, unknown, at)
        staff |= {NEIGHBOUR.mailbox: of_borough[NEIGHBOUR.mailbox]}
        office = service.create_organisation(session, gare.OFFICE, gare.OFFICE_NAME)
        office.sqlmodel_update(gare.OFFICE_IDENTITY)
        of_office = _staff(session, OFFICE_PARTS, office.id, unknown, at)
        return _Bodies(city.id, borough.id, office.id, staff, of_borough, of_office)


def _staff(
    session: Session, parts: Iterable[Part], organisation_id: UUID, password_hash: str, at: datetime
) -> dict[str, Actor]:
    found = {}
    for part in parts:
        account_id = service.add_staff(
            session,
            email=address_of(part),
            name=part.name,
            password_hash=password_hash,
            roles=(part.role,),
            organisation_id=organisation_id,
            at=at,
        )
        found[part.mailbox] = Actor(account_id, part.name, accounts.grants_of(session, account_id))
    return found
