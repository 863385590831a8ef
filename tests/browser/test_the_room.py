"""An evening with several browsers at once: the remote, the wall, telephones of every kind, and a site that dies."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select
from sqlmodel import col

from participation.accounts import service as accounts
from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Account, Role
from participation.ballots.models import Ballot
from participation.counting.spec import Capture
from participation.db import Database
from participation.demo.content import CITY, OPEN_SLUG
from participation.live.models import Poll
from participation.live.service import (
    MeetingDraft,
    PollDraft,
    add_poll,
    count_present,
    count_totals,
    create_meeting,
    open_poll,
    put_on_wall,
    show_results,
)
from participation.processes.hand import Hand
from participation.processes.queries import process_at
from participation.register.keys import Keys
from tests.browser.checks import check
from tests.browser.conftest import PATIENCE
from tests.browser.server import Killable, Live, killable
from tests.builders import NOON, build_account
from tests.live.people import ZONE_30

SLOW = {"offline": False, "latency": 800, "downloadThroughput": 8_000, "uploadThroughput": 4_000}
"""Bytes a second and milliseconds: the worst seat of a concrete hall."""
FIRST_LOAD = 30 * 1024
WAIT = 30_000
PROJECTORS = ((1920, 1080), (1440, 810), (1280, 720), (1024, 768))
SMALL_ROOM = 30
"""People present: one counter’s sheet stands by itself."""
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
    changed = fanny.get_by_text("Ce bouton a changé sous votre doigt")
    expect(changed).to_be_hidden()
    fanny.get_by_role("button", name="Fermer le sondage").focus()
    fanny.keyboard.down("Space")
    ginette.get_by_role("button", name="Fermer le sondage").dblclick()
    expect(ginette.get_by_text("Sondage fermé")).to_be_visible(timeout=WAIT)
    expect(ginette.get_by_text("Fermer le sondage")).to_be_hidden()
    expect(fanny.get_by_role("button", name="Poser de nouveau la question")).to_be_visible(timeout=WAIT)
    fanny.keyboard.up("Space")
    expect(changed).to_be_visible()
    check(fanny)
    fanny.context.close()
    expect(ginette.get_by_role("heading", name="Zone 30")).to_have_count(1)


def asked_with(live: Live, answers: int) -> str:
    """The address of a wall that shows what so many answers received, by three ways."""
    with live.database.writing() as session:
        city = process_at(session, CITY, OPEN_SLUG)
        assert city is not None
        titles = [{"fr": f"Une réponse assez longue pour une ligne, la {place}e"} for place in range(answers)]
        meeting = create_meeting(session, city.id, MeetingDraft({"fr": "Assemblée du mur"}, NOON))
        poll = add_poll(session, meeting, PollDraft({"fr": "Par quoi commencer dans notre quartier?"}, options=titles))
        by = Hand(city, session.execute(select(col(Account.id)).limit(1)).scalar_one(), NOON)
        open_poll(session, Keys(live.settings), meeting, poll, by)
        count_present(session, meeting, SMALL_ROOM, by)
        for capture in (Capture.HAND_COUNT, Capture.CARD_COUNT):
            count_totals(session, meeting, poll, capture, dict.fromkeys("abcdefgh"[:answers], 1), by)
        show_results(session, meeting, poll, shown=True)
        put_on_wall(session, meeting, poll)
        return f"/fr/m/{meeting.code}/wall"


@pytest.mark.parametrize("answers", [2, 4, 8])
def test_the_wall_fits_the_first_screen(live: Live, page: Page, answers: int) -> None:
    """With the band of the demonstration, on the projectors that halls have; the number of answers stands once."""
    page.goto(asked_with(live, answers))
    assert page.get_by_text(re.compile("^.*réponses.*$")).locator("visible=true").count() == 1
    for width, height in PROJECTORS:
        page.set_viewport_size({"width": width, "height": height})
        for last in (page.get_by_text("Levez la main seulement"), page.locator("#wall tbody tr").last):
            expect(last).to_be_in_viewport(ratio=1)
        size = page.locator("#wall tbody th").first.evaluate("th => parseFloat(getComputedStyle(th).fontSize)")
        assert size >= height / 45, "read from the last row"


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
    telephone.evaluate("localStorage.clear()")  # as where it was answered on another page of this telephone
    telephone.reload()
    other = browser_of(evening.room)
    answer(other, 1)
    counted(other)
    counted(telephone)
    expect(telephone.get_by_role("button", name=SENT)).to_be_hidden()


def test_a_kept_answer_is_told_of_when_its_question_has_gone(evening: Evening, browser_of: Callable[..., Page]) -> None:
    """The poll closes while a telephone is cut off: it says what became of the answer, and its other tab knows too."""
    remote, telephone = at_the_remote(evening, browser_of), browser_of(evening.room)
    other_tab = telephone.context.new_page()
    other_tab.goto(evening.room)
    remote.get_by_role("button", name="Ouvrir le sondage").click()
    expect(other_tab.get_by_role("button", name=SENT)).to_be_visible(timeout=WAIT)
    telephone.route("**/vote", lambda route: route.abort())
    answer(telephone, 0)
    expect(other_tab.get_by_text("Gardée dans ce téléphone")).to_be_visible(timeout=WAIT)
    other_tab.close()
    remote.get_by_role("button", name="Fermer le sondage").click()
    late = telephone.locator("[data-late]")
    expect(late).to_contain_text("Gardée dans ce téléphone", timeout=WAIT)
    check(telephone)
    telephone.unroute("**/vote")
    expect(late).to_contain_text("Votre réponse est comptée.", timeout=WAIT)
    assert evening.ballots() == 1


def test_whoever_answers_twice_reads_which_answer_counts(evening: Evening, browser_of: Callable[..., Page]) -> None:
    remote, telephone = at_the_remote(evening, browser_of), browser_of(evening.room)
    english = telephone.context.new_page()
    english.goto(evening.room.replace("/fr/", "/en/"))
    remote.get_by_role("button", name="Ouvrir le sondage").click()
    expect(english.get_by_role("button", name="Send my answer")).to_be_visible(timeout=WAIT)
    answer(telephone, 0)
    counted(telephone)
    english.locator("label.choice").nth(1).click()
    english.get_by_role("button", name="Send my answer").click()
    expect(english.get_by_text("had answered already: that answer counts")).to_be_visible(timeout=WAIT)
    expect(english.get_by_role("button", name="Send my answer")).to_be_hidden()
    check(english)
    assert evening.ballots() == 1


def test_the_page_of_the_room_is_light(evening: Evening, browser_of: Callable[..., Page]) -> None:
    telephone = browser_of("/fr/m")
    wire = telephone.context.new_cdp_session(telephone)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda done: sizes.append(done["encodedDataLength"]))
    telephone.goto(evening.room, wait_until="networkidle")
    assert 0 < sum(sizes) <= FIRST_LOAD, sizes


def test_a_telephone_notices_a_line_that_died_without_a_word(evening: Evening, browser_of: Callable[..., Page]) -> None:
    """Nothing came for more than a minute, and no socket closed: it asks by itself, until the socket speaks again."""
    remote, telephone = at_the_remote(evening, browser_of), browser_of(evening.room)
    remote.get_by_role("button", name="Ouvrir le sondage").click()
    expect(telephone.get_by_role("button", name=SENT)).to_be_visible(timeout=WAIT)
    link = telephone.locator("[data-link]")
    expect(link).to_have_attribute("data-state", "live")
    telephone.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=2))
    expect(link).to_have_attribute("data-state", "slow", timeout=WAIT)
    remote.get_by_role("button", name="Fermer le sondage").click()
    expect(link).to_have_attribute("data-state", "live", timeout=WAIT)
