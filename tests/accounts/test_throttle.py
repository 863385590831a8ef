"""Who may try how often: a stranger cannot keep anybody out, and a program cannot guess on."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text
from starlette.requests import Request
from starlette.testclient import TestClient

from participation.accounts import routes, service, throttle
from participation.accounts.throttle import client_network
from participation.work import forget_all
from tests.accounts.conftest import EMAIL, PASSWORD, Hire
from tests.accounts.test_sign_in import SIGN_IN, credentials
from tests.client import Browser, Page, Site, check_page


def visitor_at(site: Site, address: str) -> Browser:
    """A browser at another network address."""
    client = TestClient(site.app, base_url="http://testserver", client=(address, 50000))
    client.portal = site.visitor().client.portal
    return Browser(client, site.settings)


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Compares instead of hashing, and tells which passwords were tried."""
    seen: list[str] = []

    def matches(password: str, stored: str | None) -> bool:
        seen.append(password)
        return password == PASSWORD and stored is not None

    monkeypatch.setattr(service, "password_matches", matches)
    return seen


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each attempt waited, in seconds, without waiting."""
    seen: list[float] = []

    async def noted(seconds: float) -> None:
        seen.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(routes, "pause", noted)
    return seen


def fail(browser: Browser, times: int, email: str = EMAIL) -> None:
    for _guess in range(times):
        browser.post(SIGN_IN, credentials(email=email, password="guess"), status=422)


@pytest.mark.parametrize("email", [EMAIL, "nobody@ville.example"])
def test_ten_guesses_from_one_place(site: Site, ada: uuid.UUID, tried: list[str], email: str) -> None:
    browser = visitor_at(site, "203.0.113.5")
    fail(browser, throttle.LIMIT, email)
    answer = browser.post(SIGN_IN, credentials(email=email.upper()), status=429)
    assert answer.headers["retry-after"] == "900"
    check_page(Page(answer.text))
    assert len(tried) == throttle.LIMIT, "nothing is hashed behind a shut door"
    visitor_at(site, "203.0.113.6").post(SIGN_IN, credentials())
    site.at += throttle.WINDOW
    browser.post(SIGN_IN, credentials())


def test_strangers_everywhere_slow_a_person_down_and_never_keep_them_out(
    site: Site, ada: uuid.UUID, tried: list[str], waits: list[float]
) -> None:
    for place in range(12):
        fail(visitor_at(site, f"203.0.113.{place}"), throttle.LIMIT)
    assert waits[: throttle.SLOW_FROM] == [0] * throttle.SLOW_FROM
    assert waits[throttle.SLOW_FROM] > 0
    assert sorted(waits) == waits, "further guesses wait longer"
    visitor_at(site, "198.51.100.1").post(SIGN_IN, credentials())
    assert waits[-1] == throttle.SLOWEST
    fail(visitor_at(site, "198.51.100.2"), 1, "bo@ville.example")
    assert waits[-1] == 0, "nobody else waits"


def test_a_device_that_signed_in_before_has_a_budget_of_its_own(
    site: Site, ada: uuid.UUID, hire: Hire, tried: list[str], waits: list[float]
) -> None:
    """Somebody in the same office may guess as they like: the person's own machine is neither refused nor slowed."""
    hire("Bo")
    mine = visitor_at(site, "203.0.113.5")
    mine.post(SIGN_IN, credentials())
    fail(visitor_at(site, "203.0.113.5"), throttle.LIMIT)
    visitor_at(site, "203.0.113.5").post(SIGN_IN, credentials(), status=429)
    mine.post("/fr/staff/sign-out")
    mine.post(SIGN_IN, credentials())
    assert waits[-1] == 0
    fail(mine, throttle.LIMIT)
    mine.post(SIGN_IN, credentials(), status=429)
    visitor_at(site, "203.0.113.6").post(SIGN_IN, credentials(email="bo@ville.example"))


def device_cookies(browser: Browser) -> dict[str, str]:
    return {
        cookie.path: f"{cookie.name}={cookie.value}" for cookie in browser.client.cookies.jar if "device" in cookie.name
    }


def test_the_cookie_of_a_device_is_read_on_the_sign_in_page_alone(site: Site, ada: uuid.UUID, tried: list[str]) -> None:
    site.settings.base_url = "https://ville.example"
    answer = site.visitor().post(SIGN_IN, credentials())
    written = [each.lower() for each in answer.headers.get_list("set-cookie") if each.startswith("device_")]
    assert [each for locale in ("fr", "en") for each in written if f"path=/{locale}/staff/sign-in" in each] == written
    for each in written:
        assert {"httponly", "secure", "samesite=lax", "max-age=31536000"} <= set(each.split("; "))
        assert "ada" not in each


def test_a_cookie_made_up_altered_of_another_person_or_old_is_worth_nothing(
    site: Site, ada: uuid.UUID, hire: Hire, tried: list[str]
) -> None:
    hire("Bo")
    browser = visitor_at(site, "203.0.113.5")
    browser.post(SIGN_IN, credentials())
    name, value = device_cookies(browser)["/fr/staff/sign-in"].split("=", 1)
    number, day, signature = value.split(".")
    key = site.settings.key("device")
    ours = throttle.DeviceCookie(key, EMAIL)
    assert ours.read({name: value}, site.at) == number
    for other in (f"{number[1:]}.{day}.{signature}", f"{number}.{int(day) + 86400}.{signature}", "a.b.c", "", "é..é"):
        assert ours.read({name: other}, site.at) == ""
    assert ours.read({name: value}, site.at + throttle.DEVICE_LIFE) == ""
    bo = throttle.DeviceCookie(key, "bo@ville.example")
    assert bo.read({name: value}, site.at) == ""
    assert bo.read({bo._name: value}, site.at) == ""


def test_a_network_that_guesses_at_many_accounts_waits(site: Site, tried: list[str]) -> None:
    browser = visitor_at(site, "203.0.113.5")
    for guess in range(throttle.LIMIT_OF_NETWORK):
        fail(browser, 1, f"somebody{guess}@ville.example")
    browser.post(SIGN_IN, credentials(email="yet.another@ville.example"), status=429)


def test_a_household_is_one_network_whatever_its_address(site: Site, ada: uuid.UUID, tried: list[str]) -> None:
    for place in range(throttle.LIMIT):
        fail(visitor_at(site, f"2001:db8:1:2:{place:x}::1"), 1)
    visitor_at(site, "2001:db8:1:2:ffff::1").post(SIGN_IN, credentials(), status=429)
    visitor_at(site, "2001:db8:1:3::1").post(SIGN_IN, credentials())


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_networks(address: str, network: str) -> None:
    assert client_network(Request({"type": "http", "client": (address, 1)})) == network


def test_failures_are_forgotten_after_a_quarter_of_an_hour(site: Site) -> None:
    for minutes in (0, 14, 15):
        with site.database.writing() as session:
            throttle.note_failure(session, "bucket", site.at + timedelta(minutes=minutes))
    with site.database.reading() as session:
        throttle.check_throttle(session, "bucket", 2, site.at + timedelta(minutes=29))


def test_what_no_longer_counts_is_swept(site: Site) -> None:
    with site.database.writing() as session:
        throttle.note_failure(session, "old", site.at)
        throttle.note_failure(session, "young", site.at + timedelta(minutes=1))
    forget_all(site.database, site.at + throttle.WINDOW)
    with site.database.reading() as session:
        assert session.execute(text("SELECT bucket FROM failed_attempts")).scalars().all() == ["young"]


def test_success_is_never_counted(site: Site, ada: uuid.UUID, tried: list[str]) -> None:
    browser = visitor_at(site, "203.0.113.5")
    for _again in range(throttle.LIMIT + 1):
        browser.post(SIGN_IN, credentials())
