"""One organisation with one administrator whose password is really hashed, once for all tests."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from participation.accounts import service
from participation.accounts.models import Organisation, Role
from tests.builders import NOON
from tests.client import Site

PASSWORD = "a long enough password"
EMAIL = "ada@ville.example"


@pytest.fixture(scope="session")
def password_hash() -> str:
    return service.hash_password(PASSWORD)


@pytest.fixture
def organisation_id(site: Site) -> uuid.UUID:
    return new_organisation(site, "ville")


def new_organisation(site: Site, slug: str) -> uuid.UUID:
    with site.database.writing() as session:
        organisation = Organisation(slug=slug, name={"fr": "Ville", "en": "City"})
        session.add(organisation)
        session.flush()
        return organisation.id


Hire = Callable[..., uuid.UUID]


@pytest.fixture
def hire(site: Site, organisation_id: uuid.UUID, password_hash: str) -> Hire:
    """hire("Bo", Role.OBSERVER, …): somebody who can sign in with PASSWORD as bo@ville.example."""

    def hired(name: str, *roles: Role, place: uuid.UUID = organisation_id) -> uuid.UUID:
        with site.database.writing() as session:
            return service.add_staff(
                session,
                email=f"{name.lower()}@ville.example",
                name=name,
                password_hash=password_hash,
                roles=roles,
                organisation_id=place,
                at=NOON,
            )

    return hired


@pytest.fixture
def ada(hire: Hire) -> uuid.UUID:
    """The administrator."""
    return hire("Ada", Role.ADMINISTRATOR)
