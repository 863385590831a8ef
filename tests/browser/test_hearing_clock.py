"""The clock of a hearing: by keyboard, without a network, and without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, expect

from participation.consultations.hearings import service
from participation.consultations.hearings.forms import SessionDraft, SpeakerDraft
from participation.processes.hand import Hand
from participation.processes.queries import process_at
from participation.register.keys import Keys
from tests.browser.checks import check
from tests.browser.server import Live
from tests.builders import NOON, build_account
from tests.consultations.stories import build_consultation

CLOCK = "/fr/office/gare/hearings/1/timer"
Open = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def room(live: Live) -> str:
    """The clock of a session in which two people speak."""
    world = build_consultation(live.database)
    account = build_account(live.database, "Ada Accueil", [], world.organisation_id)
    with live.database.writing() as session:
        process = process_at(session, "office", "gare")
        assert process is not None
        starts = NOON + timedelta(days=20)
        draft = SessionDraft({"fr": "Salle"}, starts, starts + timedelta(hours=1), 10, 10, "")
        service.set_session(session, Hand(process, account, NOON), None, draft)
        for place, name in enumerate(("Léa Exemple", "Paul Exemple"), 1):
            speaker = SpeakerDraft(name, "", "", "fr", "a@example.org", "", [], "", None, (1, place))
            service.register(session, Keys(live.settings), process, speaker, service.Door(NOON, f"clock-{place}"))
    return CLOCK


def test_it_is_kept_by_keyboard_and_goes_on_without_a_network(open_context: Open, room: str) -> None:
    context = open_context()
    page = context.new_page()
    page.clock.install()
    page.goto(room)
    context.set_offline(True)
    digits, state = page.locator("[data-timer-digits]"), page.locator("[data-timer-state]")
    expect(digits).to_have_text("10:00")
    page.keyboard.press("Space")
    page.clock.run_for(8 * 60_000)
    expect(state).to_have_text("Encore deux minutes")
    page.keyboard.press("+")
    expect(digits).to_have_text("3:00")
    page.keyboard.press("Space")
    page.clock.run_for(60_000)
    expect(digits).to_have_text("3:00")
    page.keyboard.press("Space")
    page.clock.run_for(3 * 60_000 + 6_000)
    expect(digits).to_have_text("+0:06")
    expect(page.get_by_role("status")).to_contain_text("Le temps est écoulé")
    check(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-timer-who]")).to_have_text("Paul Exemple")
    expect(digits).to_have_text("10:00")


def test_without_scripts_it_says_what_to_do(open_context: Open, room: str) -> None:
    page = open_context(java_script_enabled=False).new_page()
    page.goto(room)
    expect(page.get_by_text("prenez une montre")).to_be_visible()
    expect(page.get_by_text("Paul Exemple")).to_be_visible()
