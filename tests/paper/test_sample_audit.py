"""The audit by sample over HTTP: announced, drawn with dice, read again by others, compared with the box."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from participation.accounts.models import Role
from participation.counting.spec import CountingRule, RuleName
from tests.builders import build_account, build_codes, build_question, build_spec, online_entry
from tests.client import Browser, Site
from tests.paper.clerks import Office, accept, key, open_batch, open_office, settle
from tests.publication.stories import Staff, build_staff, cast, close_intake

DICE = "31415 92653 58979 32384"
PAPER = ["1"] * 30 + ["2"] * 16 + ["blank"] * 3 + ["1 2"]
"""As keyed, sheet by sheet; the last has too many choices."""
Read = Callable[[int], dict[str, str]]


@dataclass(frozen=True)
class Counted:
    """A counted vote with fifty paper ballots in one batch, and the people of the audit."""

    office: Office
    staff: Staff
    certifier: Browser
    reader: Browser

    @property
    def desk(self) -> str:
        return f"/en/staff{self.office.world.path}/sample"

    @property
    def public(self) -> str:
        return f"/en{self.office.world.path}/sample"

    def announce(self, risk: str = "5") -> None:
        self.certifier.post(f"{self.desk}/ville/announce", {"risk": risk})

    def draw(self) -> None:
        self.certifier.post(f"{self.desk}/ville/draw", {"seed": DICE})

    def to_read(self) -> list[int]:
        """The sheets of batch 1 that wait."""
        page = self.reader.get_page(self.desk)
        return [int(found[1]) for link in page.links() if (found := re.search(r"/sample/ville/1/(\d+)$", link))]

    def read(self, on_paper: Read) -> None:
        for sheet in self.to_read():
            self.reader.post(f"{self.desk}/ville/1/{sheet}", on_paper(sheet))


def as_keyed(sheet: int) -> dict[str, str]:
    typed = PAPER[sheet - 1]
    if typed == "1 2":
        return {"numbers.ville": "1 2", "ruling": "over"}
    return {"ruling": "blank"} if typed == "blank" else {"numbers.ville": typed}


def count(site: Site, rule: CountingRule | None = None) -> Counted:
    question = build_question(costs=(60_000_00, 60_000_00), max_choices=1, rule=rule)
    office = open_office(site, build_spec(question))
    accept(office, len(PAPER))
    batch = open_batch(office, len(PAPER))
    key(office.first, batch, PAPER)
    key(office.second, batch, PAPER)
    settle(office.third, batch, len(PAPER), {"numbers.ville": "1 2"}, {"numbers.ville": "1 2", "ruling": "over"})
    office.first.post(f"{batch}/close")
    codes = build_codes(site.database, site.keys, office.world, 60)[-6:]
    cast(
        site.database,
        site.keys,
        office.world,
        [online_entry(site.keys, office.world, code, "1" if place % 2 else "2") for place, code in enumerate(codes)],
    )
    staff = build_staff(site.database, office.world)
    close_intake(site, office.world, staff)
    certifier = site.signed_in(staff.first_certifier)
    certifier.post(f"/en/staff{office.world.path}/closing/count")
    reader = build_account(site.database, "fourth clerk", [Role.ENTRY_CLERK], office.world.organisation_id)
    return Counted(office, staff, certifier, site.signed_in(reader))


@pytest.fixture
def counted(site: Site) -> Counted:
    return count(site)


def test_a_sample_that_agrees_confirms_the_result(counted: Counted) -> None:
    counted.office.site.visitor().get(counted.public, status=404)
    assert "14 wrong votes on paper" in counted.certifier.get_page(counted.desk).text
    counted.announce()
    public = counted.office.site.visitor().get_page(counted.public).text
    assert "may end after 21 – 26 – 30 – 35 drawn ballots" in public
    assert "Online ballots have no paper" in public
    counted.draw()
    drawn = counted.to_read()
    assert 0 < len(drawn) <= 21
    counted.read(as_keyed)
    public = counted.office.site.visitor().get_page(counted.public).text
    assert "21 drawn ballots were compared with the box. All agree." in public
    assert "The sample confirms the result" in public
    assert "31415926535897932384" in public


def test_ballots_that_differ_make_the_sample_grow_and_then_all_paper_is_read(counted: Counted) -> None:
    counted.announce()
    counted.draw()
    first = counted.to_read()
    counted.read(lambda sheet: {"numbers.ville": "2"} if PAPER[sheet - 1] == "1" else as_keyed(sheet))
    assert counted.to_read(), "the next stage begins"
    while counted.to_read():
        counted.read(lambda sheet: {"ruling": "missing"})
    page = counted.certifier.get_page(counted.desk)
    assert "All paper of this contest is read again" in page.text
    assert "35 drawn ballots were compared" in page.text
    assert len(first) < 35


def test_whoever_had_a_part_in_a_batch_does_not_read_it_again(counted: Counted) -> None:
    counted.announce()
    counted.draw()
    ballot = f"{counted.desk}/ville/1/{counted.to_read()[0]}"
    site = counted.office.site
    site.signed_in(counted.office.accounts["first"]).get(ballot, status=403)
    site.signed_in(counted.office.accounts["second"]).post(ballot, {"ruling": "blank"}, status=403)
    counted.certifier.get(ballot, status=403)
    counted.reader.get(f"{counted.desk}/ville/1/51", status=404)


def test_dice_come_after_the_announcement_and_once(counted: Counted) -> None:
    counted.certifier.post(f"{counted.desk}/ville/draw", {"seed": DICE}, status=409)
    counted.certifier.post(f"{counted.desk}/ville/announce", {"risk": "50"}, status=422)
    counted.announce()
    refused = counted.certifier.post(f"{counted.desk}/ville/draw", {"seed": "123"}, status=422)
    assert "Type at least 20 digits" in refused.text
    counted.draw()
    counted.certifier.post(f"{counted.desk}/ville/draw", {"seed": DICE}, status=409)
    counted.reader.post(f"{counted.desk}/ville/draw", {"seed": DICE}, status=403)


def test_a_ballot_is_read_again_once(counted: Counted) -> None:
    counted.announce()
    counted.draw()
    sheet = counted.to_read()[0]
    ballot = f"{counted.desk}/ville/1/{sheet}"
    counted.reader.post(ballot, as_keyed(sheet))
    counted.reader.post(ballot, {"ruling": "missing"}, status=409)
    assert sheet not in counted.to_read()


def test_nothing_can_be_audited_before_the_count(site: Site) -> None:
    office = open_office(site)
    staff = build_staff(site.database, office.world)
    page = site.signed_in(staff.first_certifier).get_page(f"/en/staff{office.world.path}/sample")
    assert "Nothing is counted yet" in page.text
    assert "/announce" not in page.html
    site.visitor().get(f"/en{office.world.path}/sample", status=404)


def test_a_rule_without_margins_promises_no_more_than_a_share_of_misread_ballots(site: Site) -> None:
    counted = count(site, CountingRule(RuleName.EQUAL_SHARES))
    page = counted.certifier.get_page(counted.desk).text
    assert "it does not confirm who is funded" in page
    assert "as large as all the paper" in page
    counted.certifier.post(f"{counted.desk}/ville/announce", {"risk": "5"}, status=409)
