"""What an online ballot must survive and must not leak: faults, retries, guessing, tampering, shared devices."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import httpx2
import pytest
from sqlalchemy import func, select, update
from sqlmodel import col
from structlog.testing import capture_logs

from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Role
from participation.ballots.basket import MAX_COOKIE, Sealer, begin, dump, load
from participation.ballots.booth import FAILURE_LIMIT, entry_of
from participation.ballots.closing import close_intake
from participation.ballots.entries import Receipt
from participation.ballots.models import Ballot
from participation.ballots.queries import receipt_status
from participation.ballots.routes import QUIET_PATHS
from participation.ballots.service import cast
from participation.counting.spec import QuestionKind, RulingKind
from participation.db import Database
from participation.register.keys import Keys
from participation.register.models import AccessCode, CodeState
from tests.builders import (
    AFTER_POST,
    CLOSES,
    NOON,
    build_account,
    build_codes,
    build_question,
    build_spec,
    build_world,
    online_entry,
    open_register,
)
from tests.client import Browser, Page, QueryCount, Site


def ballots(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Ballot)).scalar_one())


def begun(site: Site, base: str, code: str) -> tuple[Browser, str]:
    browser = site.visitor()
    return browser, str(browser.post(f"{base}/vote/code", {"code": code}).headers["location"])


def ticked(page: Page) -> set[str]:
    return {field["name"] for field in page.all("input") if "checked" in field}


@pytest.mark.parametrize(
    ("limits", "form", "words"),
    [
        ({}, {"c.ville.1": "1", "c.ville.2": "1", "c.ville.3": "1"}, "3 projets; le maximum est de 2. Retirez-en 1"),
        ({"min_choices": 2}, {"c.ville.1": "1"}, "au moins 2 projets"),
        ({}, {"c.ville.1": "1", "c.ville.nulle-part": "1"}, "ne figure pas sur ce bulletin"),
        (
            {"kind": QuestionKind.KNAPSACK, "max_choices": 4},
            {"c.ville.1": "1", "c.ville.2": "1", "c.ville.3": "1"},
            "120 000 $, soit 20 000 $ de plus que l’enveloppe de 100 000 $. Il suffirait de retirer 03 – Projet 3",
        ),
        (
            {"kind": QuestionKind.CUMULATIVE, "max_choices": 4, "max_points": 5, "max_points_each": 5},
            {"c.ville.1": "4", "c.ville.2": "3"},
            "7 points; vous en avez 5. Reprenez-en 2",
        ),
        (
            {"kind": QuestionKind.CUMULATIVE, "max_choices": 4, "max_points": 9, "max_points_each": 3},
            {"c.ville.1": "4"},
            "4 points à 01 – Projet 1; un projet reçoit de 0 à 3",
        ),
        (
            {"kind": QuestionKind.CUMULATIVE, "max_choices": 4, "max_points": 9, "max_points_each": 9},
            {"c.ville.1": "beaucoup", "c.ville.2": "2"},
            "« beaucoup » n’est pas un nombre entier",
        ),
        (
            {"kind": QuestionKind.RANKING, "max_choices": 4},
            {"c.ville.1": "1", "c.ville.2": "1"},
            "Plusieurs projets ont le rang 1 : 01 – Projet 1; 02 – Projet 2",
        ),
    ],
)
def test_a_fault_is_explained_and_nothing_is_lost(
    site: Site, database: Database, keys: Keys, limits: dict[str, object], form: dict[str, str], words: str
) -> None:
    world = build_world(database, keys, build_spec(build_question(**limits)))  # type: ignore[arg-type]
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser, ballot = begun(site, base, code)

    page = Page(browser.post(ballot, form, status=422).text)

    assert words in page.text
    again = browser.get_page(ballot)
    assert ticked(page) == ticked(again), "what was chosen is still there, also after a reload"
    assert len(ticked(page)) == sum(1 for name in form if f'id="{name}" name="{name}" value="1"' in page.html)
    browser.post(f"{base}/vote/confirm")
    assert ballots(database) == 0, "an invalid ballot cannot be cast by skipping a page"


def test_a_ranking_moves_without_javascript_and_closes_its_gaps(site: Site, database: Database, keys: Keys) -> None:
    question = build_question(kind=QuestionKind.RANKING, max_choices=4)
    world = build_world(database, keys, build_spec(question))
    (code,) = build_codes(database, keys, world, 1)
    browser, ballot = begun(site, f"/fr{world.path}", code)

    ranks = {"c.ville.1": "1", "c.ville.2": "3", "c.ville.3": "4"}
    moved = browser.submit(ballot, {**ranks, "move": "ville.3.up"})

    options = moved.html.split('data-option="')[1:]
    assert [option[0] for option in options] == ["1", "3", "2", "4"]
    review = browser.submit(ballot, {"c.ville.1": "2", "c.ville.3": "7", "c.ville.2": ""})
    assert "Rang 1" in review.text
    assert "Rang 2" in review.text
    assert "Rang 3" not in review.text


def test_a_filter_keeps_unsaved_choices_and_chosen_projects(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_spec(build_question(costs=[100_00] * 12, max_choices=5)))
    (code,) = build_codes(database, keys, world, 1)
    browser, ballot = begun(site, f"/fr{world.path}", code)

    answer = browser.post(ballot, {"c.ville.1": "1", "borough": "Lachine", "q": "", "find": "1"})
    page = browser.get_page(answer.headers["location"].partition("#")[0])

    assert "c.ville" not in answer.headers["location"].partition("#")[0], "no choice is in an address"
    assert ticked(page) == {"c.ville.1"}
    assert page.html.count('class="choice"') == 7, "six in Lachine and the one that is chosen"


def test_the_same_cookie_gives_the_same_receipt_and_a_changed_ballot_another_nonce(
    site: Site, database: Database, keys: Keys
) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    cookie = browser.client.cookies.get("ballot", path=f"/fr{world.path}/vote") or ""

    receipts = []
    for _attempt in range(2):  # the answer to the first was lost
        again = site.visitor()
        again.client.cookies.set("ballot", cookie, path=f"/fr{world.path}/vote")
        receipts.append(again.submit(f"{base}/vote/confirm").text)
    assert receipts[0] == receipts[1]
    assert ballots(database) == 1

    browser.post(ballot, {"c.ville.2": "1"})
    refused = browser.post(f"{base}/vote/confirm", status=409)
    assert refused.headers["x-refusal"] == "already-received", "never a receipt for choices that are not in the box"


def test_confirming_without_a_ballot_leads_to_the_receipt_or_the_start(
    site: Site, database: Database, keys: Keys
) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    assert site.visitor().post(f"{base}/vote/confirm").headers["location"] == f"{base}/vote"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    browser.post(f"{base}/vote/confirm")

    assert browser.post(f"{base}/vote/confirm").headers["location"] == f"{base}/vote/receipt"
    assert ballots(database) == 1


def test_unknown_and_cancelled_codes_get_one_answer_and_a_used_one_none(
    site: Site, database: Database, keys: Keys
) -> None:
    world = build_world(database, keys)
    cancelled, used = build_codes(database, keys, world, 2)
    with database.writing() as session:
        for code, state in ((cancelled, CodeState.CANCELLED), (used, CodeState.USED)):
            code_hash = keys.code_hash(world.spec_row.id, code)
            session.execute(update(AccessCode).where(AccessCode.code_hash == code_hash).values(state=state))  # type: ignore[arg-type]
    base, browser = f"/en{world.path}", site.visitor()

    unknown = Page(browser.post(f"{base}/vote/code", {"code": "22222222222X"}, status=422).text)
    refused = Page(browser.post(f"{base}/vote/code", {"code": cancelled}, status=422).text)
    assert unknown.text == refused.text
    assert unknown.value_of("code") == "22222222222X"
    browser.post(f"{base}/vote/code", {"code": ""}, status=422)
    browser.post(f"{base}/vote/code", {"code": used})


def test_guessing_is_slowed_down_and_honest_use_is_not(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 3)
    base, browser = f"/en{world.path}", site.visitor()
    for place in range(FAILURE_LIMIT - 1):
        browser.post(f"{base}/vote/code", {"code": f"WRONG{place}"}, status=422)
    for code in codes:
        browser.post(f"{base}/vote/code", {"code": code})  # successes are never counted
    browser.post(f"{base}/vote/code", {"code": "WRONG"}, status=422)

    limited = browser.post(f"{base}/vote/code", {"code": codes[0]}, status=429)
    assert int(limited.headers["retry-after"]) > 0
    browser.post(f"{base}/receipt", {"code": "WRONG"}, status=422)
    site.at = NOON + timedelta(minutes=16)
    browser.post(f"{base}/vote/code", {"code": codes[0]})


def test_receipts_cannot_be_guessed_and_are_found_without_naming_the_vote(
    site: Site, database: Database, keys: Keys
) -> None:
    world = build_world(database, keys)
    build_world(database, keys, slug="autre")
    (code,) = build_codes(database, keys, world, 1)
    base = f"/en{world.path}"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    receipt = browser.submit(f"{base}/vote/confirm")
    shown = receipt.html.split('<output id="receipt-code"')[1].split(">")[1].split("<")[0]

    anywhere = Page(site.visitor().post("/en/receipt", {"code": shown.lower().replace("-", " ")}, status=200).text)
    assert "Received" in anywhere.text
    assert "Participatory budget" in anywhere.text
    elsewhere = site.visitor().post("/en/ville-autre/autre/receipt", {"code": shown}, status=422)
    assert "No receipt has this code" in Page(elsewhere.text).text
    for _attempt in range(FAILURE_LIMIT):
        site.visitor().post("/en/receipt", {"code": "WRONG"}, status=422)
    site.visitor().post("/en/receipt", {"code": shown}, status=429)


def test_a_tampered_or_foreign_cookie_is_no_ballot(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    other = build_world(database, keys, slug="autre")
    (code,) = build_codes(database, keys, world, 1)
    browser, ballot = begun(site, f"/fr{world.path}", code)
    browser.post(ballot, {"c.ville.1": "1"})
    cookie = browser.client.cookies.get("ballot", path=f"/fr{world.path}/vote") or ""

    middle = len(cookie) // 2
    flipped = cookie[:middle] + ("A" if cookie[middle] != "A" else "B") + cookie[middle + 1 :]
    for value, path in ((flipped, world.path), ("nonsense", world.path), ("é", world.path), (cookie, other.path)):
        visitor = site.visitor()
        headers = {"cookie": f"ballot={value}".encode()}
        answer = visitor.post(f"/fr{path}/vote/confirm", headers=headers)
        assert answer.headers["location"] == f"/fr{path}/vote"
    assert ballots(database) == 0


def test_the_basket_cookie_is_closed_to_scripts_and_says_nothing(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_spec(build_question(costs=[100_00] * 60, max_choices=60)))
    codes = build_codes(database, keys, world, 2)
    lengths = []
    for code, number in zip(codes, (1, 9), strict=True):
        browser, ballot = begun(site, f"/fr{world.path}", code)
        answer = browser.post(ballot, {f"c.ville.{place}": "1" for place in range(1, number + 1)})
        cookies = _set_cookies(answer)
        assert {(morsel["path"], morsel["httponly"], morsel["samesite"]) for morsel in cookies} == {
            (f"/{locale}{world.path}/vote", True, "Lax") for locale in ("fr", "en")
        }
        assert all(not morsel["max-age"] and not morsel["expires"] for morsel in cookies), "gone with the browser"
        lengths.append({len(morsel.value) for morsel in cookies})
    assert lengths[0] == lengths[1], "its length does not tell how many projects are chosen"


def _set_cookies(answer: httpx2.Response) -> list[Morsel[str]]:
    return [morsel for line in answer.headers.get_list("set-cookie") for morsel in SimpleCookie(line).values()]


def test_a_ballot_of_160_projects_fits_into_the_cookie() -> None:
    question = build_question(kind=QuestionKind.CUMULATIVE, costs=[100_00] * 160, max_choices=160, max_points=160_000)
    spec = open_register(build_spec(question))
    fields = dict.fromkeys(("first_name", "last_name", "birth_day_month", "postal_code"), "É" * 40)
    basket = begin(uuid.UUID(int=1), "d" * 16, "ville", fields=fields)
    basket = basket.with_answer(question, tuple((option.id, 999) for option in question.options), settled=True)

    assert load(dump(basket)) == basket
    assert len(Sealer(b"k" * 32).seal(dump(basket), "ballot|/ville/budget")) < MAX_COOKIE
    entry = entry_of(basket, spec, NOON)
    assert len(entry.choices[0][1]) == 160
    assert entry.ruling is RulingKind.VALID


def test_nothing_of_a_vote_is_in_the_log_or_an_address(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base, browser = f"/fr{world.path}", site.visitor()
    addresses = []
    with capture_logs() as lines:
        addresses.append(browser.post(f"{base}/vote/code", {"code": code}).headers["location"])
        addresses.append(browser.post(f"{base}/vote/ballot/1", {"c.ville.1": "1"}).headers["location"])
        browser.get(f"{base}/vote/review")
        addresses.append(browser.post(f"{base}/vote/confirm").headers["location"])
        page = browser.get_page(addresses[-1])
        browser.post(f"{base}/receipt", {"code": code_shown(page)}, status=200)

    assert lines == [], "no line in the log: its time would stand beside a ballot"
    assert addresses == [f"{base}/vote/ballot/1", f"{base}/vote/review", f"{base}/vote/receipt"]
    assert f"{QUIET_PATHS[0]}/confirm" in QUIET_PATHS


def code_shown(page: Page) -> str:
    return page.html.split('<output id="receipt-code"')[1].split(">")[1].split("<")[0]


def test_the_confirmation_reads_nothing_before_the_writer(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    with QueryCount(site) as queries:
        browser.post(f"{base}/vote/confirm")

    writes = [line for line in queries.statements if line.startswith(("INSERT", "UPDATE"))]
    assert len(writes) == 3, "ballot, mark, code"
    assert not [line for line in queries.statements if "FROM process" in line or "organisation" in line]


def test_no_step_needs_more_than_five_queries(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, build_spec(build_question(costs=[100_00] * 100, max_choices=5)))
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    for path in (f"{base}/vote", f"{base}/vote/code", ballot, f"{base}/vote/review", f"{base}/projects/ville/07"):
        with QueryCount(site) as queries:
            browser.get(path)
        assert queries.number <= 5, path


def test_after_the_close_a_ballot_is_refused_and_the_page_says_when(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser, ballot = begun(site, base, code)
    browser.post(ballot, {"c.ville.1": "1"})
    site.at = CLOSES + timedelta(seconds=1)

    refused = browser.post(f"{base}/vote/confirm", status=409)
    assert refused.headers["x-refusal"] == "not-open"
    assert "14 mars 2027" in Page(refused.text).text
    assert "terminé" in browser.get_page(f"{base}/vote").text
    assert browser.post(f"{base}/vote/code", {"code": code}).headers["location"] == f"{base}/vote"
    assert ballots(database) == 0


def test_a_shared_device_keeps_nothing_and_ends_at_the_start(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 2)
    base, browser = f"/fr{world.path}", site.visitor()
    assert browser.post(f"{base}/kiosk/start").headers["location"] == f"{base}/vote"
    for code in codes:
        start = browser.get(f"{base}/vote")
        assert 'data-idle="60"' in start.text
        assert start.headers["cache-control"] == "no-store"
        ballot = browser.post(f"{base}/vote/code", {"code": code}).headers["location"]
        for path in (ballot, f"{base}/vote/projects/ville/01"):
            assert browser.get(path).headers["cache-control"] == "no-store"
        outside = [link for link in browser.get_page(ballot).links() if not link.startswith((f"{base}/vote", "#"))]
        assert outside == [], "no link leads away"
        browser.post(ballot, {"c.ville.1": "1"})
        browser.submit(f"{base}/vote/confirm")
        assert browser.post(f"{base}/vote").headers["location"] == f"{base}/vote"
        assert {cookie.name for cookie in browser.client.cookies.jar} == {"kiosk"}
    assert ballots(database) == 2
    browser.post(f"{base}/kiosk/end")
    assert "data-idle" not in browser.get(f"{base}/vote").text


def test_a_declaration_with_faults_comes_back_as_typed(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys, open_register(build_spec()))
    browser, address = site.visitor(), f"/fr{world.path}/vote/declaration"
    typed = {"first_name": "Ana", "last_name": "", "birth_day": "31", "birth_month": "2", "postal_code": "H2X"}

    answer = browser.post(address, typed, status=422)
    page = Page(answer.text)

    assert [page.value_of(name) for name in ("first_name", "birth_day", "postal_code")] == ["Ana", "31", "H2X"]
    for words in ("Entrez votre nom.", "de 1 à 29", "trois lettres et trois chiffres", "Cochez la case"):
        assert words in page.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("ended", [False, True])
def test_a_browser_with_a_staff_session_votes_like_any_other(
    site: Site, database: Database, keys: Keys, ended: bool
) -> None:
    """A clerk's own vote, and a shared device that a clerk has started; what each page itself holds is sent."""
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    base = f"/fr{world.path}"
    browser = site.signed_in(build_account(database, "Ada", [Role.INTAKE_CLERK], world.organisation_id))
    if ended:
        browser.client.cookies.set(SESSION_COOKIE, "a session of yesterday", domain="testserver.local")
    for page, form, action in (
        ("/kiosk/start", {}, "/kiosk/start"),
        ("/vote/code", {"code": code}, "/vote/code"),
        ("/vote/ballot/1", {"c.ville.1": "1"}, "/vote/ballot/1"),
        ("/vote/review", {}, "/vote/confirm"),
    ):
        sent = Page(browser.get(base + page).text).hidden() | form
        answer = browser.client.post(base + action, data=sent, follow_redirects=False)
        assert answer.status_code == 303, action
    assert ballots(database) == 1
    for lookup in ("/fr/receipt", f"{base}/receipt"):
        sent = Page(browser.get(lookup).text).hidden() | {"code": "WRONG"}
        assert browser.client.post(lookup, data=sent).status_code == 422, lookup


def test_the_receipt_of_a_blank_vote_does_not_say_that_it_is_blank(database: Database, keys: Keys) -> None:
    """It proves that a ballot counts, never how: nobody can be made to show that they voted blank."""
    world = build_world(database, keys)
    full, blank = build_codes(database, keys, world, 2)
    one, two = (build_account(database, name, [], world.organisation_id) for name in ("One", "Two"))
    with database.writing() as session:
        entries = [
            online_entry(keys, world, full, "1"),
            replace(online_entry(keys, world, blank), ruling=RulingKind.BLANK),
        ]
        receipts = [found for found in cast(session, keys, world.spec_row, entries, NOON) if isinstance(found, Receipt)]
    close_intake(database, keys, world.spec_row, first_account_id=one, second_account_id=two, at=AFTER_POST)
    with database.reading() as session:
        said = [receipt_status(session, keys, world.spec_row, found.code, AFTER_POST) for found in receipts]
    assert len(said) == 2
    assert said[0] == said[1]


def test_any_number_sent_with_a_choice_is_a_plain_choice(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    browser, ballot = begun(site, f"/fr{world.path}", code)
    browser.post(ballot, {"c.ville.1": "7777777", "c.ville.2": "-3"})
    browser.post(f"/fr{world.path}/vote/confirm")
    with database.reading() as session:
        (stored,) = session.execute(select(col(Ballot.choices))).scalars()
    assert stored == '{"ville":[["1",1],["2",1]]}'
