"""An evening with several browsers at once: the remote, the wall, telephones of every kind, and a site that dies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts import service as accounts
from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Role
from participation.ballots.models import Ballot
from participation.db import Database
from participation.demo.content import CITY, OPEN_SLUG
from participation.live.models import Poll
from participation.live.service import MeetingDraft, add_poll, create_meeting
from participation.processes.queries import process_at
from tests.browser.checks import check
from tests.browser.conftest import PATIENCE
from tests.browser.server import Killable, killable
from tests.builders import NOON, build_account
from tests.live.people import ZONE_30

SLOW = {"offline": False, "latency": 800, "downloadThroughput": 8_000, "uploadThroughput": 4_000}
"""Bytes a second and milliseconds: the worst seat of a concrete hall."""
FIRST_LOAD = 30 * 1024
WAIT = 30_000
SENT = "Envoyer ma réponse"


@dataclass(frozen=True, slots=True)
class Evening:
    """The site in a process of its own, with a meeting in it."""

    site: Killable
    database: Database
    poll_id: Any
    code: str
    staff: str
    token: str
    second: str
    """Of somebody else who may run it."""

    @property
    def room(self) -> str:
        return f"/fr/m/{self.code}"

    def ballots(self) -> int:
        with self.database.reading() as session:
            spec_id = select(col(Poll.spec_id)).where(col(Poll.id) == self.poll_id).scalar_subquery()
            query = select(func.count()).select_from(Ballot).where(col(Ballot.spec_id) == spec_id)
            return int(session.execute(query).scalar_one())


@pytest.fixture
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    with killable(tmp_path_factory.mktemp("evening"), holds_day=False) as site:
        database = Database(site.settings.database_url)
        with database.writing() as session:
            city = process_at(session, CITY, OPEN_SLUG)
            assert city is not None
            draft = MeetingDraft({"fr": "Assemblée de Rive-Claire", "en": "Rive-Claire assembly"}, NOON)
            meeting = create_meeting(session, city.id, draft)
            poll_id, code = add_poll(session, meeting, ZONE_30).id, meeting.code
            organisation_id, staff = city.organisation.id, f"/fr{city.staff_path}/meetings/{meeting.id}"
        tokens = []
        for name in ("Fanny", "Ginette"):
            account = build_account(database, name, [Role.FACILITATOR], organisation_id)
            with database.writing() as session:
                tokens.append(accounts.sign_in(session, account, datetime.now(UTC)))
        yield Evening(site, database, poll_id, code, staff, *tokens)
        database.dispose()


@pytest.fixture
def browser_of(chromium: Browser, evening: Evening) -> Iterator[Callable[..., Page]]:
    """A page in a browser of somebody's own."""
    opened: list[BrowserContext] = []

    def open_page(path: str, **options: Any) -> Page:
        context = chromium.new_context(base_url=evening.site.base, reduced_motion="reduce", **options)
        context.set_default_timeout(PATIENCE)
        opened.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()


def answer(telephone: Page, place: int) -> None:
    telephone.locator("label.choice").nth(place).click()
    telephone.get_by_role("button", name=SENT).click()


def counted(telephone: Page) -> None:
    expect(telephone.get_by_text("Votre réponse est comptée.")).to_be_visible(timeout=WAIT)


def at_the_remote(evening: Evening, open_page: Callable[..., Page], token: str = "") -> Page:
    cookie = {"name": SESSION_COOKIE, "value": token or evening.token, "url": evening.site.base}
    page = open_page("/fr/m")
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto(f"{evening.staff}/remote")
    return page


def test_telephones_of_every_kind_end_in_one_number_on_the_wall(
    evening: Evening, browser_of: Callable[..., Page]
) -> None:
    """One without a script, one on a slow line, one that loses the network, one whose site is killed meanwhile."""
    remote, wall = at_the_remote(evening, browser_of), browser_of(f"{evening.room}/wall")
    plain, slow, cut, orphan = (
        browser_of(evening.room, viewport={"width": 360, "height": 740}, java_script_enabled=script)
        for script in (False, True, True, True)
    )
    expect(slow.get_by_text("Rien à répondre pour l’instant")).to_be_visible()
    remote.get_by_role("button", name="Ouvrir le sondage").click()
    for telephone in (slow, cut, orphan):
        expect(telephone.get_by_role("button", name=SENT)).to_be_visible(timeout=WAIT)
    for page in (slow, wall, remote):
        check(page)

    plain.get_by_role("link", name="Recharger la page").click()
    answer(plain, 0)
    counted(plain)

    wire = slow.context.new_cdp_session(slow)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW)
    answer(slow, 1)
    counted(slow)

    cut.context.set_offline(True)
    answer(cut, 0)
    expect(cut.get_by_text("Gardée dans ce téléphone")).to_be_visible(timeout=WAIT)
    assert evening.ballots() == 2
    cut.context.set_offline(False)
    counted(cut)
    expect(wall.get_by_text("3 réponses")).to_be_visible(timeout=WAIT)

    evening.site.kill()
    expect(wall.get_by_text(re.compile("Connexion perdue"))).to_be_visible(timeout=WAIT)
    expect(wall.get_by_text("3 réponses")).to_be_visible()
    answer(orphan, 2)
    expect(orphan.get_by_text("Gardée dans ce téléphone")).to_be_visible(timeout=WAIT)
    evening.site.start()
    counted(orphan)
    expect(wall.get_by_text("4 réponses")).to_be_visible(timeout=WAIT)

    remote.reload()
    remote.get_by_role("button", name="Montrer les résultats").click()
    expect(wall.get_by_role("row", name=re.compile("Pour"))).to_contain_text("2", timeout=WAIT)
    check(wall)
    assert evening.ballots() == 4


def test_a_second_remote_takes_over(evening: Evening, browser_of: Callable[..., Page]) -> None:
    """Each sees what the other does and that they are there; a button that moves away under the finger does nothing."""
    fanny, ginette = at_the_remote(evening, browser_of), at_the_remote(evening, browser_of, evening.second)
    expect(fanny.get_by_text("Ginette conduit aussi cette rencontre")).to_be_visible(timeout=WAIT)
    expect(ginette.get_by_text("Fanny conduit aussi cette rencontre")).to_be_visible(timeout=WAIT)
    expect(fanny.get_by_text("Fanny conduit aussi")).to_be_hidden()
    fanny.get_by_role("button", name="Ouvrir le sondage").hover()
    fanny.mouse.down()
    ginette.get_by_role("button", name="Ouvrir le sondage").click()
    expect(fanny.get_by_role("button", name="Fermer le sondage")).to_be_visible(timeout=WAIT)
    fanny.mouse.up()
    expect(fanny.get_by_text("Sondage ouvert")).to_be_visible()
    check(fanny)
    fanny.context.close()
    ginette.get_by_role("button", name="Fermer le sondage").dblclick()
    expect(ginette.get_by_text("Sondage fermé")).to_be_visible(timeout=WAIT)
    expect(ginette.get_by_text("Fermer le sondage")).to_be_hidden()


def test_a_telephone_that_is_reloaded_knows_what_it_answered(evening: Evening, browser_of: Callable[..., Page]) -> None:
    at_the_remote(evening, browser_of).get_by_role("button", name="Ouvrir le sondage").click()
    telephone = browser_of(evening.room)
    answer(telephone, 0)
    counted(telephone)
    kept = telephone.evaluate("JSON.stringify(localStorage)")
    assert "counted" in kept
    assert not any(word in kept for word in ("choice", "nonce", "ticket")), "neither the answer nor what finds it"
    telephone.reload()
    counted(telephone)
    expect(telephone.get_by_role("button", name=SENT)).to_be_hidden()


def test_the_page_of_the_room_is_light(evening: Evening, browser_of: Callable[..., Page]) -> None:
    telephone = browser_of("/fr/m")
    wire = telephone.context.new_cdp_session(telephone)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    telephone.goto(evening.room, wait_until="networkidle")
    assert 0 < sum(sizes) <= FIRST_LOAD, sizes
