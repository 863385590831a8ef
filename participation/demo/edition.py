"""One edition of the budget while it is loaded: its staff, its spec, its places."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.ballots.queries import box_is_empty
from participation.db import Database
from participation.demo import content
from participation.demo.content import Calendar
from participation.paper import team
from participation.paper.models.desk import ScanUse
from participation.paper.scans import use
from participation.processes import queries, service
from participation.processes.drafts import PlaceDraft
from participation.processes.models import Place, Profile
from participation.processes.queries import SpecRow
from participation.register.keys import Keys

Staff = Mapping[str, Actor]
"""Mailbox → who works there."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A published vote with all that it takes to fill it."""

    database: Database
    keys: Keys
    staff: Staff
    calendar: Calendar
    slug: str
    spec_row: SpecRow

    @property
    def style(self) -> str:
        return self.spec_row.spec.styles[0].id

    def account(self, mailbox: str) -> uuid.UUID:
        return self.staff[mailbox].account_id

    def places(self, session: Session) -> dict[str, Place]:
        """The places of this vote by their codes."""
        return {place.code: place for place in queries.places_of(session, self.spec_row.process_id)}


def publish_edition(
    database: Database,
    keys: Keys,
    staff: Staff,
    organisation_id: uuid.UUID,
    slug: str,
    calendar: Calendar,
    places: Sequence[PlaceDraft],
) -> Edition:
    """Sets a budget up and publishes it, in the browser's own steps, a few days before the vote."""
    by, at = staff["administration"], calendar.on(-40, 10)
    with database.writing() as session:
        texts = content.texts(calendar)
        process = service.create_process(session, organisation_id, slug, texts.title, at=calendar.on(-210, 9), by=by)
        service.save_texts(session, process, texts, at=calendar.on(-210, 9, 20), by=by)
        for phase in calendar.phases:
            service.save_phase(session, process, phase, at=calendar.on(-210, 10), by=by)
        for place in places:
            service.save_place(session, process, place, at=at, by=by)
        service.save_voting(session, process, content.voting(calendar.windows), at=at, by=by)
        contest = service.save_contest(session, process, content.contest(), at=at, by=by)
        service.add_projects(session, process, contest, content.projects(), at=at, by=by)
        service.save_rule(session, process, contest, content.RULE, at=at, by=by)
        found = queries.process_by_id(session, process.id)
        assert found is not None
        team.choose_profile(session, found, Profile.CITY, account_id=by.account_id, at=at)
        use.choose_use(session, found, ScanUse.PERSON, account_id=by.account_id, at=at)
        spec_row = publish_process(session, keys, slug, by, calendar.on(-14, 10))
    return Edition(database, keys, staff, calendar, slug, spec_row)


def publish_process(
    session: Session, keys: Keys, slug: str, by: Actor, at: datetime, organisation: str = content.CITY
) -> SpecRow:
    """Freezes what the voters are promised. AssertionError when there is no such process."""
    found = queries.process_at(session, organisation, slug)
    assert found is not None
    return service.publish(session, found, create_key=keys.create, box_is_empty=box_is_empty, at=at, by=by)
