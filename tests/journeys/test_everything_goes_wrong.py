"""A small borough prints sixty ballots, and whatever can go wrong with paper goes wrong: each is found, told, settled.

Sixteen people vote at the library: one takes the ballot away, two tick too many, one leaves it blank. Somebody puts a
photocopy into the box, somebody a letter, and the hand count says eighteen where seventeen sheets lie. Twenty-two
envelopes come by post: one is empty, one holds two ballots.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
import pytest
from sqlalchemy import text

from participation.counting.spec import Disclosure
from participation.paper.sheets import print_job
from participation.paper.sheets.print_job import Press
from participation.publication.box_check import check_boxes
from participation.register import service as register
from tests.builders import AFTER_POST, NOON, build_spec, build_world
from tests.client import Browser, Page, Site
from tests.journeys.people import Team, build_team, table
from tests.paper.clerks import Key, key, settle
from tests.paper.test_envelopes import MOMENT

COUNTER: Sequence[str] = ["1 2", "2", "1 2 3", "blank", "3", "1", "2 4", "1 2 3", "4", "1", "2", "1 4", "3", "2", "1 2"]
"""The fifteen sheets that came back of the library's, in the order of the pile; each has a serial of its own."""
COPIED, LETTER, GAP = 2, 17, 9
"""Place 16 has a photocopy of sheet 2, place 17 a letter; at place 9 of eighteen there is no sheet."""
POST: Sequence[str] = ["2"] * 10 + ["1 4"] * 8 + ["blank"] * 2
"""The ballots that came alone in their envelope; two more came together."""
FOREIGN = {"ruling": "not-ours"}
REASONS = {
    "count": "The pile was counted twice: the header is one too high.",
    "excess": "A photocopy and a letter lay in the box, and one ballot was taken away.",
    "returned": "A photocopy and a letter lay in the box beside fifteen ballots.",
}


@dataclass
class Borough:
    """The vote, its people, and the serials that were printed for each place."""

    team: Team
    serials: dict[str, list[str]]

    def __getitem__(self, name: str) -> Browser:
        return self.team[name]

    @property
    def desk(self) -> str:
        return self.team.desk

    def says(self, address: str, *words: str, by: str = "first_clerk") -> Page:
        page = self[by].get_page(address)
        for each in words:
            assert each in page.text, f"{each!r} is not told on {address}\n{page.text}"
        return page


@pytest.fixture
def borough(site: Site) -> Borough:
    world = build_world(site.database, site.keys, build_spec(disclosure=Disclosure.BALLOTS))
    with site.database.writing() as session:
        rows = [(f"V{place:05d}", "ville") for place in range(1, 39)]
        register.import_voters(session, world.spec_row, rows, at=NOON)
    return Borough(build_team(site, world), {})


def print_sixty(borough: Borough) -> None:
    """Ordered at the desk, printed by the worker, fetched, delivered into the stock of two places."""
    team, runs = borough.team, f"{borough.desk}/forms/runs"
    clerk = team["intake"]
    for place, copies in (("C1", 36), ("P1", 24)):
        order = {"nonce": place, "place": place, "language": "fr", "paper": "letter", "copies": str(copies)}
        clerk.post(runs, order)
    job = print_job.print_work(Press(team.site.database, team.site.settings, lambda: NOON))
    for name in job.waiting():
        while job.next_step(name):
            pass
    files = [link for link in clerk.get_page(runs).links() if link.endswith("ballots.pdf")]
    pages = [len(pypdfium2.PdfDocument(clerk.get(file).content)) for file in files]
    assert sorted(pages) == [24, 36]
    for file in files:
        clerk.post(file.replace("ballots.pdf", "delivered"))
    query = "SELECT place.code, serial FROM ballot_serial JOIN print_run ON print_run.id = ballot_serial.run_id"
    with team.site.database.reading() as session:
        for code, serial in session.execute(text(f"{query} JOIN place ON place.id = print_run.place_id")):
            borough.serials.setdefault(code, []).append(serial)


def at_the_library(borough: Borough) -> None:
    """Sixteen declarations, sixteen ballots handed over; one never comes back."""
    clerk = borough["intake"]
    for voter in range(1, 17):
        slip = {"nonce": f"slip-{voter}", "register_number": f"V{voter:05d}", "read_back": "1"}
        clerk.post(f"{borough.desk}/intake/C1", slip)
    for kind, amount in (("unused", "20"), ("not_returned", "1")):
        form = {"nonce": kind, "place": "C1", "kind": kind, "amount": amount}
        clerk.post(f"{borough.desk}/intake/stock", form)


def by_post(borough: Borough) -> None:
    """Twenty-four kits mailed, twenty-two envelopes back; two who know no name open the inner ones."""
    clerk, other = borough["intake"], borough["adjudicator"]
    for kind, amount in (("issued", "24"), ("not_returned", "2")):
        form = {"nonce": f"post {kind}", "place": "P1", "kind": kind, "amount": amount}
        clerk.post(f"{borough.desk}/intake/stock", form)
    arrival = MOMENT | {"nonce": "bag", "place": "P1", "counted": "22", "seal_number": "S-1"}
    bag = clerk.post(f"{borough.desk}/bags", arrival).headers["location"]
    other.post(f"{bag}/witness", {"counted": "22"})
    for voter in range(17, 39):
        form = MOMENT | {"nonce": f"e{voter}", "register_number": f"V{voter:05d}", "bag": "1"}
        address = f"{borough.desk}/intake/P1"
        again = Page(clerk.post(address, form, status=200).text)
        clerk.post(address, form | {"first": again.value_of("first")})
    clerk.post(f"{bag}/finish", {"nonce": "finish"})
    box = f"{borough.desk}/boxes/1"
    borough.says(box, "Two ballots in one envelope are clipped together and keyed as unclear")
    borough["first_clerk"].post(f"{box}/open", {"inner_opened": "22", "empty": "1", "extra": "1"})
    borough["second_clerk"].post(f"{box}/agree", {"ballots": "22"})
    borough.says(box, "22 inner envelopes opened − 1 empty envelopes + 1 extra ballots Closes")


def numbered(serial: str, typed: str) -> Key:
    return {"serial": serial, **({"ruling": typed} if typed.isalpha() else {"numbers.ville": typed})}


def the_counter_batch(borough: Borough) -> None:
    """Photocopy, letter, too many marks and a sheet that is not there: five forms for the third person, two gaps."""
    serials = borough.serials["C1"][:15]
    sheets: list[Key] = [numbered(serial, typed) for serial, typed in zip(serials, COUNTER, strict=True)]
    sheets += [numbered(serials[COPIED - 1], COUNTER[COPIED - 1]), FOREIGN]
    sheets.insert(GAP - 1, "")
    header = {"nonce": "counter", "place": "C1", "header_count": "18", "numbered": "1", "then": "key"}
    keying = borough["first_clerk"].post(f"{borough.desk}/batches", header).headers["location"]
    batch = str(keying).removesuffix("/key")
    key(borough["first_clerk"], batch, sheets)
    key(borough["second_clerk"], batch, sheets)
    copied = f"{serials[COPIED - 1][:6]}-{serials[COPIED - 1][6]}"
    page = borough.says(
        batch, f"Serial {copied} was keyed twice in this batch. Lay both sheets side by side.",
        "There is no form at place 9.", "The counts differ", "both keyings agree, and a person must decide",
    )  # fmt: skip
    assert page.text.count("to settle") == 5
    borough["first_clerk"].post(f"{batch}/close", status=409)
    third, over = borough["adjudicator"], {"numbers.ville": "1 2 3"}
    rulings: dict[int, tuple[dict[str, str], dict[str, str], str]] = {
        COPIED: ({"numbers.ville": "2"}, {"numbers.ville": "2", "ruling": ""}, f"Serial {copied} was keyed twice"),
        17: ({"ruling": "copy"}, {"ruling": "copy"}, f"Serial {copied} was keyed twice"),
        18: (FOREIGN, FOREIGN, "A clerk found a sheet that is no ballot of this vote."),
        3: (over, over | {"ruling": "over"}, "3 choices; the ballot allows 2."),
        8: (over, over | {"ruling": "over"}, "3 choices; the ballot allows 2."),
    }
    for place, (reading, ruling, why) in rulings.items():
        assert why in settle(third, batch, place, reading, ruling).text, place
    sign(borough, batch, "count")
    borough.says(batch, "More ballots than declarations")
    sign(borough, batch, "excess")
    borough["first_clerk"].post(f"{batch}/close")
    borough.says(batch, "17 forms are in the box")


def sign(borough: Borough, batch: str, kind: str) -> None:
    """Two people sign why a number differs; one alone is not enough."""
    for clerk in ("first_clerk", "second_clerk"):
        borough["first_clerk"].post(f"{batch}/close", status=409)
        borough[clerk].post(f"{batch}/sign", {"kind": kind, "reason": REASONS[kind]})
    borough.says(batch, REASONS[kind])


def the_batch_of_the_post(borough: Borough) -> None:
    """The two that came together are keyed as unclear; a third person rejects both."""
    serials = borough.serials["P1"]
    sheets = [numbered(serial, typed) for serial, typed in zip(serials, POST, strict=False)]
    sheets += [{"serial": serial, "ruling": "unclear"} for serial in serials[20:22]]
    form = {"nonce": "post", "box": "1", "header_count": "22", "numbered": "1"}
    batch = borough["first_clerk"].post(f"{borough.desk}/batches", form).headers["location"]
    for clerk in ("first_clerk", "second_clerk"):
        key(borough[clerk], batch, sheets)
    for place in (21, 22):
        pair = {"ruling": "two-in-envelope"}
        shown = settle(borough["adjudicator"], batch, place, pair, pair)
        assert "Rejected: two ballots in one envelope" in shown.text
    borough["first_clerk"].post(f"{batch}/close")


def close_count_certify(borough: Borough) -> None:
    """The one equation that does not close is told, and stops the certification until two people have signed it."""
    team, closing = borough.team, f"{borough.desk}/closing"
    team.site.at = AFTER_POST
    team["first_certifier"].post(f"{closing}/propose-close")
    team["admin"].post(f"{closing}/confirm", {"proposal": team["admin"].get_page(closing).value_of("proposal")})
    team["first_certifier"].post(f"{closing}/count")
    page = borough.says(closing, "This count cannot be signed yet", "Equations that do not close", by="first_certifier")
    gap = {name: page.value_of(name) for name in ("identity", "subject", "difference")}
    assert gap == {"identity": "returned", "subject": "C1", "difference": "-2"}, "and no other"
    for certifier in ("first_certifier", "second_certifier"):
        assert f"{closing}/certify" not in team[certifier].get_page(closing).html
        team[certifier].post(f"{closing}/sign-gap", gap | {"reason": REASONS["returned"]})
    for certifier in ("first_certifier", "second_certifier"):
        browser = team[certifier]
        browser.post(f"{closing}/certify", {"count": browser.get_page(closing).value_of("count")})


def test_every_mishap_is_found_told_in_words_and_reconciled(site: Site, borough: Borough) -> None:
    print_sixty(borough)
    at_the_library(borough)
    by_post(borough)
    the_counter_batch(borough)
    the_batch_of_the_post(borough)
    close_count_certify(borough)
    public = f"/en{borough.team.world.path}/results"
    page = site.visitor().get_page(public)
    for why in REASONS.values():
        assert why in page.text, "whoever reads the result reads why a number differs"
    chosen = [*COUNTER, *POST]
    valid = [each.split() for each in chosen if each != "blank" and len(each.split()) < 3]
    votes = Counter(option for each in valid for option in each)
    rows = table(page, "table-1")
    number = next(head for head in rows[0] if head.startswith("N"))
    assert {row[number][-1]: int(row["In all (votes)"]) for row in rows} == votes
    for reason, ballots in {
        "too many choices": 2, "copied ballot": 1, "two ballots in one envelope": 2, "not a ballot of this vote": 1
    }.items():  # fmt: skip
        assert re.search(rf"{reason}\s+{ballots}\b", page.text), reason
    with site.database.reading() as session:
        assert [finding.what for finding in check_boxes(session) if not finding.agrees] == []
        blank = session.execute(text("SELECT count(*) FROM ballot WHERE ruling = 'blank'")).scalar_one()
    assert blank == chosen.count("blank") == 3
