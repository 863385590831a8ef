"""The people of a whole vote, each in their own browser, and what they do over and over."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from html.parser import HTMLParser

from participation.accounts.models import Role
from tests.builders import World, build_account
from tests.client import Browser, Page, Site

PEOPLE = {
    "admin": Role.ADMINISTRATOR,
    "intake": Role.INTAKE_CLERK,
    "first_clerk": Role.ENTRY_CLERK,
    "second_clerk": Role.ENTRY_CLERK,
    "adjudicator": Role.ADJUDICATOR,
    "first_certifier": Role.CERTIFIER,
    "second_certifier": Role.CERTIFIER,
}


@dataclass(frozen=True)
class Team:
    """Who works on a vote. `desk` is the address of their pages."""

    site: Site
    world: World
    accounts: dict[str, uuid.UUID]

    def __getitem__(self, name: str) -> Browser:
        """A fresh browser of that person: the clock may have moved since the last."""
        return self.site.signed_in(self.accounts[name])

    @property
    def desk(self) -> str:
        return f"/en/staff{self.world.path}"


def build_team(site: Site, world: World) -> Team:
    accounts = {
        name: build_account(site.database, name.replace("_", " ").title(), [role], world.organisation_id)
        for name, role in PEOPLE.items()
    }
    return Team(site, world, accounts)


def vote_online(site: Site, base: str, code: str, *options: str) -> str:
    """From the code to the receipt; returns the receipt's code."""
    browser = site.visitor()
    ballot = browser.post(f"{base}/vote/code", {"code": code}).headers["location"]
    browser.post(ballot, {f"c.ville.{option}": "1" for option in options})
    return receipt_of(browser.submit(f"{base}/vote/confirm"))


def receipt_of(page: Page) -> str:
    found = re.search(r'<output id="receipt-code"[^>]*>([^<]+)</output>', page.html)
    assert found, page.text
    return found.group(1)


def receipt_says(site: Site, base: str, code: str) -> str:
    """The kind of answer that a look-up gives: received, counted, replaced, unknown …"""
    page = Page(site.visitor().post(f"{base}/receipt", {"code": code}, status=200).text)
    return next(attrs["data-kind"] for _tag, attrs in page.tags if "data-kind" in attrs)


class _Table(HTMLParser):
    def __init__(self, html: str, id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self._id, self._inside, self._cell = id, False, False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._inside = dict(attrs).get("id") == self._id
        elif self._inside and tag == "tr":
            self.rows.append([])
        elif self._inside and tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._inside = False
        elif tag in ("td", "th"):
            self._cell = False

    def handle_data(self, data: str) -> None:
        if self._inside and self._cell:
            self.rows[-1][-1] += data


def table(page: Page, id: str) -> list[dict[str, str]]:
    """The rows of a table by their column's heading."""
    head, *rows = _Table(page.html, id).rows
    return [dict(zip(map(_plain, head), map(_plain, row), strict=True)) for row in rows]


def _plain(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())
