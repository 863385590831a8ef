"""The whole way: online and on paper, one box, one count, one explained number.

Twenty-five people vote online with their codes. One of them comes to the counter afterwards: the paper wins.
Twenty others vote on paper. Two clerks key the twenty-one ballots; on one of them they read differently, and a
third person looks at the paper. Two people close, one counts, two certify.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import text
from sqlmodel import Session

from participation.counting.ledger import GENESIS
from participation.counts.queries import counts_of
from participation.publication import ledger
from participation.publication.box_check import check_boxes
from tests.builders import AFTER_POST, World, build_codes, build_spec, build_world
from tests.client import Browser, Page, Site
from tests.journeys.people import Team, build_team, receipt_of, receipt_says, table, vote_online
from tests.paper.clerks import key, settle

ONLINE: Sequence[tuple[str, ...]] = [("1", "2")] * 12 + [("3",)] * 8 + [("1", "4")] * 4
REPLACED = ("3", "4")
"""What the person chose online who then came to the counter."""
PAPER: Sequence[tuple[str, ...]] = [("2", "4")] * 9 + [("1",)] * 5 + [("4",)] * 6 + [()]
"""In the order of the pile; the last sheet is blank."""
MISREAD = 3
"""The second clerk reads another number on this sheet."""


def votes(ballots: Sequence[tuple[str, ...]]) -> Counter[str]:
    return Counter(option for chosen in ballots for option in chosen)


@dataclass(frozen=True)
class Vote:
    team: Team
    receipts: list[str]
    replaced_receipt: str


@pytest.fixture
def vote(site: Site) -> Vote:
    """The vote as it stands when the last batch is closed."""
    world = build_world(site.database, site.keys, build_spec())
    team, codes = build_team(site, world), build_codes(site.database, site.keys, world, 45)
    base = f"/fr{world.path}"
    receipts = [vote_online(site, base, code, *chosen) for code, chosen in zip(codes, ONLINE, strict=False)]
    replaced = vote_online(site, base, codes[24], *REPLACED)
    accept(team, codes[24:])
    refused_again(site, world, codes[24])
    record_stock(team)
    batch = key_twice(team)
    team["first_clerk"].post(f"{batch}/close")
    return Vote(team, receipts, replaced)


def accept(team: Team, codes: Sequence[str]) -> None:
    """The intake desk accepts twenty-one declarations by their codes."""
    desk = team["intake"]
    for place, code in enumerate(codes):
        answer = desk.post(f"{team.desk}/intake/C1", {"nonce": f"slip-{place}", "code": code})
        assert "is=accepted" in answer.headers["location"]


def record_stock(team: Team) -> None:
    """Thirty blank ballots came to the counter; nine are left."""
    for kind, amount in (("blanks_received", "30"), ("unused", "9")):
        form = {"nonce": kind, "place": "C1", "kind": kind, "amount": amount}
        team["intake"].post(f"{team.desk}/intake/stock", form)


def refused_again(site: Site, world: World, code: str) -> None:
    """Who has voted on paper is told so as soon as the code is given, and nothing is added."""
    answer = site.visitor().post(f"/en{world.path}/vote/code", {"code": code}, status=422)
    assert answer.headers["x-refusal"] == "already-received"


def key_twice(team: Team) -> str:
    """One batch of twenty-one sheets; returns its address."""
    first, second = team["first_clerk"], team["second_clerk"]
    header = {"nonce": "one", "place": "C1", "header_count": str(len(PAPER))}
    batch: str = first.post(f"{team.desk}/batches", header).headers["location"]
    typed = [" ".join(f"{int(option):02d}" for option in chosen) or "blank" for chosen in PAPER]
    key(first, batch, typed)
    key(second, batch, [*typed[: MISREAD - 1], "02 03", *typed[MISREAD:]])
    shown = settle(team["adjudicator"], batch, MISREAD, {"numbers.ville": "02 04"}, {"numbers.ville": "02 04"})
    assert "03" in shown.text, "the third person sees what each of them read, after reading the paper"
    return batch


def close_count_certify(team: Team) -> None:
    team.site.at = AFTER_POST
    first, second, closing = team["first_certifier"], team["second_certifier"], f"{team.desk}/closing"
    first.post(f"{closing}/propose-close")
    team["admin"].post(f"{closing}/confirm", {"proposal": first.get_page(closing).value_of("proposal")})
    first.post(f"{closing}/count")
    page = first.get_page(closing)
    assert "identity" not in page.hidden(), "every equation closes, so there is no gap to sign"
    for certifier in (first, second):
        certifier.post(f"{closing}/certify", {"count": certifier.get_page(closing).value_of("count")})


WORDS = {
    "fr": ("En ligne", "Au comptoir", "En tout (votes)", "Financé", "Non financé"),
    "en": ("Online", "At a counter", "In all (votes)", "Funded", "Not funded"),
}


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_every_number_of_the_result_is_the_sum_of_its_channels(vote: Vote, locale: str) -> None:
    site, world = vote.team.site, vote.team.world
    close_count_certify(vote.team)
    page = site.visitor().get_page(f"/{locale}{world.path}/results")
    online_word, counter_word, total_word, funded, unfunded = WORDS[locale]
    online, paper = votes(ONLINE), votes(PAPER)
    rows = {row[head]: row for row in table(page, "table-1") for head in row if head.startswith("N")}
    assert set(rows) == {"01", "02", "03", "04"}
    for option in "1234":
        row = rows[f"0{option}"]
        shown = tuple(int(row[word]) for word in (online_word, counter_word, total_word))
        assert shown == (online[option], paper[option], online[option] + paper[option])
    decided = {number: list(row.values())[-1] for number, row in rows.items()}
    assert decided == {"01": funded, "02": funded, "03": unfunded, "04": unfunded}
    figures = [*map(str, (len(ONLINE) + len(PAPER), len(ONLINE), len(PAPER)))]
    assert all(figure in page.text.split() for figure in figures)


def test_one_receipt_says_counted_and_the_other_replaced(vote: Vote) -> None:
    site, world = vote.team.site, vote.team.world
    base = f"/en{world.path}"
    assert receipt_says(site, base, vote.receipts[0]) == "received"
    close_count_certify(vote.team)
    assert {receipt_says(site, base, code) for code in vote.receipts} == {"counted"}
    assert receipt_says(site, base, vote.replaced_receipt) == "replaced-by-paper"


def test_a_recount_has_the_same_digest_and_the_chain_holds(vote: Vote) -> None:
    site, world = vote.team.site, vote.team.world
    close_count_certify(vote.team)
    vote.team["first_certifier"].post(f"{vote.team.desk}/closing/count")
    with site.database.reading() as session:
        first, second = counts_of(session, world.spec_row.id)
        sealed = ledger.verify_chain(session, world.process_id)
        assert all(finding.agrees for finding in check_boxes(session))
    assert (first.digest, first.input_digest) == (second.digest, second.input_digest)
    assert sealed.holds
    links = site.visitor().get(f"/en{world.path}/ledger.json").json()["checkpoints"]
    assert len(links) == sealed.seals > 1
    assert [link["previous"] for link in links] == [GENESIS, *(link["digest"] for link in links[:-1])]
    assert sum(link["commitments"] for link in links) == sealed.leaves > len(ONLINE) + len(PAPER)


TAMPERING = {
    "UPDATE ballot SET choices = (SELECT max(choices) FROM ballot)": 2,
    "DELETE FROM superseding": 2,
    "UPDATE event SET account_id = NULL WHERE kind = 'count-certified'": 1,
    "UPDATE ballot_count SET digest = input_digest": 2,
    "UPDATE seal SET previous = digest WHERE sequence = 2": 1,
    "UPDATE certification SET minutes = '{}'": 1,
}
"""What somebody changed, and how many comparisons then differ."""


def test_whoever_gets_past_the_triggers_is_found(vote: Vote) -> None:
    """Somebody with the whole database in hand takes the guards away and changes something."""
    close_count_certify(vote.team)
    for statement, differing in TAMPERING.items():
        with vote.team.site.database.writing() as session:
            unguard(session)
            session.execute(text(statement))
            found = [finding.what for finding in check_boxes(session) if not finding.agrees]
            session.rollback()
        assert len(found) == differing, (statement, found)


def unguard(session: Session) -> None:
    """What an administrator of the database can do, and nobody through the site."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for (guard,) in session.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f'DROP TRIGGER "{guard}"'))


def test_the_language_changes_in_the_middle_and_nothing_is_lost(site: Site) -> None:
    world = build_world(site.database, site.keys)
    (code,) = build_codes(site.database, site.keys, world, 1)
    browser = site.visitor()
    ballot = browser.post(f"/fr{world.path}/vote/code", {"code": code}).headers["location"]
    review = browser.submit(ballot, {"c.ville.2": "1"})
    other = other_language(browser, review, "en")
    assert "Projet 2 (en)" in other.text
    back = other_language(browser, other, "fr")
    assert "Projet 2 (en)" not in back.text
    assert receipt_of(browser.submit(f"/en{world.path}/vote/confirm"))


def other_language(browser: Browser, page: Page, locale: str) -> Page:
    """Follows the switch of the page."""
    (switch,) = [attrs["href"] for attrs in page.all("a") if attrs.get("hreflang") == locale]
    return browser.get_page(switch)
