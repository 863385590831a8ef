"""A consultation as its office set it up, for tests that begin where the public comes in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from participation import work
from participation.accounts.models import Organisation, Role
from participation.consultations.documents.reading import file_work, reading_work
from participation.consultations.follow_up import finding as follow_up
from participation.consultations.models import ConsultationSettings, Moderation
from participation.db import Database
from participation.processes import consultation
from participation.processes.models import Place, Process, ProcessKind
from tests.builders import NOON, build_account
from tests.client import Site

THEMES = [
    {"code": "1", "title": {"fr": "Hauteurs", "en": "Heights"}},
    {"code": "2", "title": {"fr": "Logement", "en": "Housing"}},
]


@dataclass(frozen=True, slots=True)
class Consultation:
    """A published consultation whose stage of opinions is on at NOON."""

    organisation_id: uuid.UUID
    process_id: uuid.UUID
    path: str = "/office/gare"

    @property
    def public(self) -> str:
        return f"/fr{self.path}"

    @property
    def staff(self) -> str:
        return f"/fr/staff{self.path}"


@dataclass(frozen=True, slots=True)
class Office:
    admin: uuid.UUID
    moderator: uuid.UUID
    clerk: uuid.UUID
    analyst: uuid.UUID
    observer: uuid.UUID


def build_consultation(
    database: Database, *, days: int = 40, moderation: Moderation = Moderation.BEFORE
) -> Consultation:
    """`days` after the notice it is NOON: 35 is the question period, 40 the opinions, 66 the hearings, 100 analysis."""
    with database.writing() as session:
        body = Organisation(slug="office", name={"fr": "Office fictif", "en": "Fictional office"})
        session.add(body)
        session.flush()
        process = Process(
            organisation_id=body.id,
            slug="gare",
            kind=ProcessKind.CONSULTATION,
            title={"fr": "Secteur de la gare", "en": "Station sector"},
            summary={"fr": "Donnez votre avis.", "en": "Give your opinion."},
            phone="514 555-0100",
            retention={"fr": "un an après le rapport", "en": "one year after the report"},
        )
        session.add(process)
        session.flush()
        session.add(Place(process_id=process.id, code="BIB", name={"fr": "Bibliothèque", "en": "Library"}))
        session.add(ConsultationSettings(process_id=process.id, moderation=moderation, themes=THEMES))
        notice: date = (NOON - timedelta(days=days)).date()
        consultation.lay_out_calendar(session, process, notice, at=NOON)
        consultation.publish(session, process, at=NOON)
        return Consultation(body.id, process.id)


def read_files(site: Site) -> None:
    """What the worker does with documents, briefs and the report until nothing waits, and what it does every few
    minutes."""
    follow_up.find_opened(site.database, site.at)
    jobs = (
        reading_work(site.database, site.settings, lambda: site.at),
        file_work(site.database, site.settings, lambda: site.at, work.hand_on_words),
    )
    for job in jobs:
        for name in job.waiting():
            assert not job.next_step(name)


def build_office(database: Database, world: Consultation) -> Office:
    def person(name: str, role: Role) -> uuid.UUID:
        return build_account(database, name, [role], world.organisation_id)

    return Office(
        person("Ada Admin", Role.ADMINISTRATOR),
        person("Mo Moderator", Role.MODERATOR),
        person("Clara Clerk", Role.INTAKE_CLERK),
        person("Ana Analyst", Role.ANALYST),
        person("Oli Observer", Role.OBSERVER),
    )
