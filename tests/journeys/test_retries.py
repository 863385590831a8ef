"""The network breaks, buttons are pressed twice, machines stop: one ballot, one receipt."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from participation.ballots.models import Ballot
from participation.ballots.writer import BallotWriter
from tests.builders import World, build_codes, build_world
from tests.client import Browser, Site
from tests.journeys.people import receipt_of, receipt_says


@pytest.fixture
def world(site: Site) -> World:
    return build_world(site.database, site.keys)


def ready_to_cast(site: Site, world: World, code: str) -> Browser:
    """A browser whose ballot lacks the last press of the button."""
    browser = site.visitor()
    ballot = browser.post(f"/fr{world.path}/vote/code", {"code": code}).headers["location"]
    browser.post(ballot, {"c.ville.1": "1"})
    return browser


def ballots(site: Site) -> int:
    with site.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Ballot)).scalar_one())


class Died(RuntimeError):
    """The process stopped after the commit and before the answer."""


def dying_once(cast: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """The writer as it is, whose first answer never leaves."""
    answered: list[object] = []

    async def cast_and_die(*arguments: Any) -> Any:
        answer = await cast(*arguments)
        if not answered:
            answered.append(answer)
            raise Died
        return answer

    return cast_and_die


def test_a_ballot_whose_answer_was_lost_is_sent_again(
    site: Site, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = build_codes(site.database, site.keys, world, 1)
    browser, confirm = ready_to_cast(site, world, code), f"/fr{world.path}/vote/confirm"
    writer: BallotWriter = site.app.state.writer
    monkeypatch.setattr(writer, "cast", dying_once(writer.cast))
    with pytest.raises(Died):
        browser.post(confirm)
    assert ballots(site) == 1, "it is in the box, and nobody was told"
    receipt = receipt_of(browser.submit(confirm))
    assert ballots(site) == 1
    assert receipt_says(site, f"/fr{world.path}", receipt) == "received"


def test_a_button_pressed_many_times_is_one_ballot(site: Site, world: World) -> None:
    (code,) = build_codes(site.database, site.keys, world, 1)
    browser, confirm = ready_to_cast(site, world, code), f"/fr{world.path}/vote/confirm"
    cookies = list(browser.client.cookies.jar)

    def press(_time: int) -> str:
        another = site.visitor()
        for cookie in cookies:
            another.client.cookies.jar.set_cookie(cookie)
        return receipt_of(another.submit(confirm))

    with ThreadPoolExecutor(6) as hands:
        receipts = set(hands.map(press, range(6)))
    assert len(receipts) == 1
    assert ballots(site) == 1


def test_one_code_at_two_devices_is_one_ballot(site: Site, world: World) -> None:
    (code,) = build_codes(site.database, site.keys, world, 1)
    browsers = [ready_to_cast(site, world, code) for _device in range(4)]
    confirm = f"/fr{world.path}/vote/confirm"
    with ThreadPoolExecutor(4) as hands:
        answers = list(hands.map(lambda browser: browser.client.post(confirm, follow_redirects=False), browsers))
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert {answer.headers.get("x-refusal") for answer in answers} == {None, "already-received"}
    assert ballots(site) == 1
