"""A misreading that two clerks shared is found by a recount: another version of the result, and the first one stays.

Twenty-four people vote online, twenty-one on paper in two batches. On one sheet both clerks read 3 where 4 stands.
The count is certified. Two certifiers order a recount of the first batch; two others key it as it is.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import update
from sqlmodel import col

from participation.accounts.models import Account, Role
from participation.ballots import queries as box
from participation.counting.reconciliation import Disposition
from participation.counting.spec import Disclosure
from participation.counts import queries as counts
from participation.publication import bundle, identities
from participation.publication.box_check import check_boxes
from tests.builders import AFTER_POST, build_account, build_codes, build_spec, build_world
from tests.client import Page, QueryCount, Site
from tests.journeys.people import Team, build_team, table, vote_online
from tests.paper.clerks import key

ONLINE: Sequence[tuple[str, ...]] = [("1", "2")] * 12 + [("3",)] * 12
FIRST: Sequence[tuple[str, ...]] = [("2", "4")] * 8 + [("1",)] * 6 + [()]
SECOND: Sequence[tuple[str, ...]] = [("4",)] * 6
MISREAD = 3
READ_AS = ("2", "3")
REASON = "Somebody saw two like numbers mixed up."
LATER = timedelta(hours=1)


def votes(*piles: Sequence[tuple[str, ...]]) -> Counter[str]:
    return Counter(option for pile in piles for chosen in pile for option in chosen)


def typed(pile: Sequence[tuple[str, ...]]) -> list[str]:
    return [" ".join(chosen) or "blank" for chosen in pile]


def as_misread() -> list[tuple[str, ...]]:
    return [*FIRST[: MISREAD - 1], READ_AS, *FIRST[MISREAD:]]


def key_batch(team: Team, pile: Sequence[tuple[str, ...]]) -> str:
    header = {"nonce": str(len(pile)), "place": "C1", "header_count": str(len(pile))}
    batch: str = team["first_clerk"].post(f"{team.desk}/batches", header).headers["location"]
    for clerk in ("first_clerk", "second_clerk"):
        key(team[clerk], batch, typed(pile))
    team["first_clerk"].post(f"{batch}/close")
    return batch


def certified(site: Site) -> tuple[Team, str]:
    """The vote with its first certified count, and the address of the batch that was misread."""
    world = build_world(site.database, site.keys, build_spec(disclosure=Disclosure.BALLOTS))
    team, codes = build_team(site, world), build_codes(site.database, site.keys, world, 45)
    for name in ("third_clerk", "fourth_clerk"):
        team.accounts[name] = build_account(site.database, name, [Role.ENTRY_CLERK], world.organisation_id)
    for code, chosen in zip(codes, ONLINE, strict=False):
        vote_online(site, f"/fr{world.path}", code, *chosen)
    intake = team["intake"]
    for place, code in enumerate(codes[24:]):
        intake.post(f"{team.desk}/intake/C1", {"nonce": f"slip-{place}", "code": code})
    for kind, amount in (("blanks_received", "30"), ("unused", "9")):
        intake.post(f"{team.desk}/intake/stock", {"nonce": kind, "place": "C1", "kind": kind, "amount": amount})
    batch = key_batch(team, as_misread())
    key_batch(team, SECOND)
    site.at = AFTER_POST
    closing = f"{team.desk}/closing"
    team["first_certifier"].post(f"{closing}/propose-close")
    team["admin"].post(f"{closing}/confirm", {"proposal": team["admin"].get_page(closing).value_of("proposal")})
    count_and_certify(team)
    return team, batch


def steps_done(team: Team) -> list[bool]:
    """The checklist of the end, line by line."""
    listed = re.findall(
        r'<p class="way-title">.*?</p>\s*<p>(.*?)[<·]', team["admin"].get_page(f"{team.desk}/closing").html
    )
    return [each.strip() == "Done" for each in listed]


def count_and_certify(team: Team) -> None:
    closing = f"{team.desk}/closing"
    assert not steps_done(team)[6], "not counted, or read afresh since"
    team["first_certifier"].post(f"{closing}/count")
    assert steps_done(team)[6:] == [True, True, False], "a newer count waits for its signatures"
    for certifier in ("first_certifier", "second_certifier"):
        browser = team[certifier]
        browser.post(f"{closing}/certify", {"count": browser.get_page(closing).value_of("count")})


def assert_everything_holds(team: Team) -> None:
    """Every chain, every certified count, and every equation."""
    with team.site.database.reading() as session:
        assert [finding.what for finding in check_boxes(session) if not finding.agrees] == []
        board = identities.board(session, team.world.spec_row, closed=True)
    assert [each.equation for each in board.gaps] == []


def totals(page: Page) -> dict[str, int]:
    rows = table(page, "table-1")
    number = next(head for head in rows[0] if head.startswith("N"))
    return {row[number][-1]: int(row["In all (votes)"]) for row in rows}


def bundle_agrees(site: Site, address: str, tmp_path: Path) -> bool:
    file = tmp_path / "ballots.zip"
    file.write_bytes(site.visitor().get(address).content)
    assert ZipFile(io.BytesIO(file.read_bytes())).namelist()
    return all(finding.agrees for finding in bundle.verify(file))


def ask(team: Team, *numbers: str) -> str:
    form = {"batches": list(numbers), "reason": REASON}
    address: str = team["first_certifier"].post(f"{team.desk}/batches/recounts", form).headers["location"]
    return address


def test_a_shared_misreading_is_found_and_another_version_is_certified(site: Site, tmp_path: Path) -> None:
    team, batch = certified(site)
    public = f"/en{team.world.path}/results"
    was = votes(ONLINE, as_misread(), SECOND)
    first = site.visitor().get_page(public)
    assert totals(first) == {option: was[option] for option in "1234"}
    assert "recount" not in first.text.lower()
    assert_everything_holds(team)

    site.at += LATER
    recount = ask(team, "1")
    refusals_before_it_is_confirmed(team, recount)
    team["second_certifier"].post(f"{recount}/confirm")
    while_it_is_under_way(team, batch, public, first)

    site.at += LATER
    for clerk in ("third_clerk", "fourth_clerk"):
        key(team[clerk], batch, typed(FIRST))
    team["third_clerk"].post(f"{batch}/close")
    assert totals(site.visitor().get_page(public)) == totals(first), "the certified version stands"
    assert bundle_agrees(site, f"{public}/ballots.zip", tmp_path)
    page = team["second_certifier"].get_page(recount)
    (listed,) = table(page, "differences")
    assert list(listed.values()) == ["Batch 1, form 3", "02, 03", "02, 04"]
    assert "02, 03" not in team["third_clerk"].get_page(recount).text, "who keys is shown how many, and none of them"
    assert_everything_holds(team)

    site.at += LATER
    count_and_certify(team)
    the_second_version(team, public, first, tmp_path)

    site.at += LATER
    one_that_is_given_up(team, batch.replace("/1", "/2"), public)
    the_paper_is_destroyed(team)


def refusals_before_it_is_confirmed(team: Team, recount: str) -> None:
    """The same person, an account that the asker made, a batch that is asked for already, and nothing said."""
    team["first_certifier"].post(f"{recount}/confirm", status=409)
    made = build_account(team.site.database, "Made by first", [Role.CERTIFIER], team.world.organisation_id)
    with team.site.database.writing() as session:
        giver = team.accounts["first_certifier"]
        session.execute(update(Account).where(col(Account.id) == made).values(created_by=giver))
    team.site.signed_in(made).post(f"{recount}/confirm", status=409)
    asked = f"{team.desk}/batches/recounts"
    team["second_certifier"].post(asked, {"batches": "1", "reason": REASON}, status=409)
    team["second_certifier"].post(asked, {"batches": "9", "reason": REASON}, status=409)
    nothing = team["second_certifier"].post(asked, {"reason": "short"}, status=422)
    assert "Choose at least one batch." in Page(nothing.text).text
    whole_place = team["first_certifier"].post(asked, {"places": "C1", "reason": REASON})
    second = whole_place.headers["location"]
    assert "Batch 2" in (page := team["first_certifier"].get_page(second)).text
    assert "Batch 1" not in page.text, "every batch of the place that is free"
    team["second_certifier"].post(f"{second}/withdraw")
    team["second_certifier"].post(f"{second}/confirm", status=409)


def while_it_is_under_way(team: Team, batch: str, public: str, first: Page) -> None:
    """The old version is public and says so; nobody counts; who keyed the batch before keys it no more."""
    team["second_certifier"].post(f"{batch.rsplit('/', 1)[0]}/recounts/1/confirm", status=409)
    page = team.site.visitor().get_page(public)
    assert "1 batch of paper ballots is read afresh" in page.text
    assert totals(page) == totals(first)
    offered = [name for name in team.accounts if f"{batch}/start" in team[name].get_page(f"{team.desk}/batches").html]
    assert offered == ["third_clerk", "fourth_clerk"]
    team["first_certifier"].post(f"{team.desk}/closing/count", status=409)
    for clerk in ("first_clerk", "second_clerk"):
        team[clerk].post(f"{batch}/start", status=403)
    team["first_clerk"].post(f"{batch}/close", status=409)
    with team.site.database.reading() as session:
        assert [finding.what for finding in check_boxes(session) if not finding.agrees] == []
        assert sum(box.received_counts(session, team.world.spec_row.id).values()) == len(ONLINE) + 21
    shown = team["first_clerk"].get_page(batch)
    assert "This batch is being recounted" in shown.text
    assert "superseded" in shown.text


def the_second_version(team: Team, public: str, first: Page, tmp_path: Path) -> None:
    """The result with its reason and what changed; the earlier one at an address of its own, with its files."""
    site, right = team.site, votes(ONLINE, FIRST, SECOND)
    with QueryCount(site) as queries:
        page = site.visitor().get_page(public)
    assert queries.number <= 9
    assert totals(page) == {option: right[option] for option in "1234"}
    assert REASON in page.text
    assert "1 ballot of 15 is read otherwise than before." in page.text
    changed = {re.sub(r"\D.*", "", row["Project"]): row["Difference"] for row in table(page, "changed-1")}
    assert changed == {"03": "−1", "04": "+1"}
    old = site.visitor().get_page(f"{public}/versions/1")
    assert totals(old) == totals(first)
    assert "This is version 1 of the result" in old.text
    site.visitor().get(f"{public}/versions/3", status=404)
    for address in (public, f"{public}/versions/1", f"{public}/versions/2"):
        assert bundle_agrees(site, f"{address}/ballots.zip", tmp_path)
        assert site.visitor().get(f"{address}/minutes.pdf").content.startswith(b"%PDF")
    with site.database.reading() as session:
        found = counts.dispositions(session, team.world.spec_row.id)
    assert sum(kinds.get(Disposition.RECOUNTED, 0) for kinds in found.values()) == len(FIRST)
    assert_everything_holds(team)


def one_that_is_given_up(team: Team, batch: str, public: str) -> None:
    """Its sheets are not to be found: two certifiers end it, what was cast stands, and both reasons are public."""
    recount, why = ask(team, "2"), "The box of this batch cannot be found."
    team["first_certifier"].post(f"{recount}/give-up", {"reason": why}, status=409)
    team["second_certifier"].post(f"{recount}/confirm")
    team["first_clerk"].post(f"{batch}/start", status=403)
    team["third_clerk"].post(f"{batch}/start")
    team["first_certifier"].post(f"{recount}/end", status=409)
    team["first_certifier"].post(f"{recount}/give-up", {"reason": "no"}, status=422)
    team["first_certifier"].post(f"{recount}/give-up", {"reason": why})
    team["first_certifier"].post(f"{recount}/end", status=409)
    team["second_certifier"].post(f"{recount}/end")
    team["third_clerk"].post(f"{batch}/finish", status=409)
    page = team.site.visitor().get_page(public)
    assert why in page.text
    assert "under way" not in page.text
    assert "This batch is closed" in team["first_clerk"].get_page(batch).text
    team["first_certifier"].post(f"{team.desk}/closing/count")
    assert_everything_holds(team)
    team.site.at += LATER
    again = ask(team, "2")
    team["second_certifier"].post(f"{again}/confirm")
    for clerk in ("third_clerk", "fourth_clerk"):
        key(team[clerk], batch, typed(SECOND))
    team["fourth_clerk"].post(f"{batch}/close")
    assert "Nothing: every ballot is read as before." in team["first_certifier"].get_page(again).text
    team.site.at += LATER
    count_and_certify(team)
    assert why in team.site.visitor().get_page(public).text
    assert_everything_holds(team)


def the_paper_is_destroyed(team: Team) -> None:
    """Two people, more than a year later: a certificate for the ballots, and nothing of them is recounted any more."""
    desk, certified_on = f"{team.desk}/destruction", team.site.at.date()
    assert "Nothing is destroyed before" in team["first_clerk"].get_page(desk).text
    assert desk not in team["first_clerk"].get_page(f"{team.desk}/batches").links()
    form = {
        "nonce": "gone", "kind": "ballots", "places": "C1", "lay_in": "Box 3, seal 88 412", "rule": "12-340: one year",
        "kept_until": (certified_on + timedelta(days=365)).isoformat(), "method": "Shredded at the office",
        "destroyed_on": certified_on.isoformat(),
    }  # fmt: skip
    team["first_clerk"].post(desk, form, status=422)
    team.site.at += timedelta(days=370)
    clerk, other, certifier = (
        team.site.signed_in(team.accounts[name]) for name in ("first_clerk", "second_clerk", "first_certifier")
    )
    assert desk in clerk.get_page(f"{team.desk}/batches").links()
    clerk.post(desk, form, status=422)
    form["destroyed_on"] = team.site.at.date().isoformat()
    for _again in range(2):
        clerk.post(desk, form)
    clerk.post(f"{desk}/1/confirm", status=409)
    other.post(f"{desk}/1/confirm")
    for late in ("confirm", "withdraw"):
        other.post(f"{desk}/1/{late}", status=409)
    page = other.get_page(desk)
    assert page.text.count("signed by two people") == 1
    assert "1, 2" in page.text
    assert other.get(f"{desk}/1/certificate.pdf").content.startswith(b"%PDF")
    certifier.post(f"{team.desk}/batches/recounts", {"batches": "1", "reason": REASON}, status=409)
    clerk.post(desk, form | {"nonce": "again", "batches": "1"}, status=409)
    slips = form | {"kind": "declarations", "nonce": "slips"}
    clerk.post(desk, slips)
    clerk.post(desk, slips | {"nonce": "slips again"}, status=409)
    clerk.post(f"{desk}/2/withdraw")
    clerk.post(f"{desk}/2/confirm", status=404)
    assert_everything_holds(team)
