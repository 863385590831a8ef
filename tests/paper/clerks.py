"""The people of the paper desks and what they do over and over: open a batch, key it, settle, close."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.accounts.models import Role
from participation.counting.spec import BallotSpec
from participation.register import service as register
from tests.builders import NOON, World, build_account, build_world
from tests.client import Browser, Page, Site

Key = str | Mapping[str, str]
"""What is typed for one form: numbers, a hot key such as `blank`, or a field per question."""


@dataclass(frozen=True)
class Office:
    """A vote with its staff, each in their own browser."""

    site: Site
    world: World
    intake: Browser
    first: Browser
    second: Browser
    third: Browser
    accounts: Mapping[str, uuid.UUID]

    @property
    def base(self) -> str:
        return f"/fr/staff{self.world.path}"


PEOPLE = {
    "intake": Role.INTAKE_CLERK,
    "first": Role.ENTRY_CLERK,
    "second": Role.ENTRY_CLERK,
    "third": Role.ADJUDICATOR,
}


def open_office(site: Site, spec: BallotSpec | None = None) -> Office:
    world = build_world(site.database, site.keys, spec)
    accounts = {
        name: build_account(site.database, f"{name} clerk", [role], world.organisation_id)
        for name, role in PEOPLE.items()
    }
    browsers = {name: site.signed_in(account) for name, account in accounts.items()}
    return Office(site, world, browsers["intake"], browsers["first"], browsers["second"], browsers["third"], accounts)


def register_voters(office: Office, number: int) -> None:
    """V00001 … in a closed register."""
    with office.site.database.writing() as session:
        rows = [(f"V{place:05d}", "ville") for place in range(1, number + 1)]
        register.import_voters(session, office.world.spec_row, rows, at=NOON)


def accept(office: Office, number: int, place: str = "C1") -> None:
    """Accepts the declarations of the first voters of the register."""
    register_voters(office, number)
    for voter in range(1, number + 1):
        form = {"nonce": f"slip-{voter}", "register_number": f"V{voter:05d}", "read_back": "1"}
        answer = office.intake.post(f"{office.base}/intake/{place}", form)
        assert "is=accepted" in answer.headers["location"]


def open_batch(office: Office, header_count: int, place: str = "C1", **more: str) -> str:
    """Opens a batch and returns its address."""
    form = {"nonce": uuid.uuid4().hex, "place": place, "header_count": str(header_count), **more}
    return office.first.post(f"{office.base}/batches", form).headers["location"]


def key(clerk: Browser, batch: str, forms: Sequence[Key], *, question: str = "ville") -> None:
    """One whole pass: start, every form, finish. An empty text leaves a position out."""
    clerk.post(f"{batch}/start")
    for position, typed in enumerate(forms, 1):
        if typed:
            key_one(clerk, batch, position, typed, question=question)
    clerk.post(f"{batch}/finish")


def key_one(clerk: Browser, batch: str, position: int, typed: Key, *, question: str = "ville", nonce: str = "") -> None:
    form = {"position": str(position), "nonce": nonce or uuid.uuid4().hex}
    if isinstance(typed, str):
        form |= {"ruling": typed} if typed.isalpha() else {f"numbers.{question}": typed}
    else:
        form |= typed
    clerk.post(f"{batch}/key", form)


def signed(office: Office, clerk: Browser) -> dict[str, str]:
    """The hidden field of a signed-in person's forms."""
    token = clerk.client.cookies[SESSION_COOKIE]
    return {"csrf_token": csrf_token(office.site.settings.key("csrf"), token)}


def settle(clerk: Browser, batch: str, position: int, reading: dict[str, str], ruling: dict[str, str]) -> Page:
    """The third person reads, sees both keyings, and rules; returns the page that showed both."""
    answer = clerk.post(f"{batch}/adjudicate/{position}", reading)
    shown = clerk.get_page(answer.headers["location"])
    clerk.post(f"{batch}/adjudicate/{position}/settle", ruling)
    return shown
