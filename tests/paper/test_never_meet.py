"""A whole vote on paper, then every row, event, page and log line of it: slip and ballot never meet."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from participation.db import Database, metadata
from participation.register.identity import new_slip_code, normalise_code
from tests.builders import build_spec, open_register, person
from tests.client import Browser, Site
from tests.paper.clerks import Office, key, open_office
from tests.paper.test_stubs import SERIALS, print_ballots

VOTERS = 20
BORN = [f"{1 + number % 28:02d}-{1 + number // 12:02d}" for number in range(VOTERS)]


def name(number: int) -> str:
    return f"Nomsecret{chr(97 + number)}"


@pytest.fixture
def vote(site: Site) -> tuple[Office, list[str], dict[str, str]]:
    """Twenty people by post; three of their sheets are numbered. Returns the slips' codes and serial → stub code."""
    office = open_office(site, open_register(build_spec()))
    stubs, slips = print_ballots(office), [new_slip_code() for _voter in range(VOTERS)]
    moment = {"received_date": "2027-02-23", "received_time": "15:30"}
    bag = moment | {"nonce": "bag", "place": "P1", "counted": str(VOTERS)}
    office.intake.post(f"{office.base}/bags", bag)
    office.third.post(f"{office.base}/bags/1/witness", {"counted": str(VOTERS)})
    for number, code in enumerate(slips):
        fields = person(
            first=name(number), last=name(number), born=BORN[number], postal=f"H{number % 9}X 1Y{number % 9}"
        )
        form = moment | fields | {"nonce": f"e{number}", "bag": "1", "slip_code": code}
        answer = office.intake.post(f"{office.base}/intake/P1", form, status=200)
        first = re.search(r'name="first" value="([^"]+)"', answer.text)
        assert first
        office.intake.post(f"{office.base}/intake/P1", form | {"first": first[1]})
    office.intake.post(f"{office.base}/bags/1/finish", {"nonce": "f"})
    office.first.post(f"{office.base}/boxes/1/open", {"inner_opened": "20", "empty": "0", "extra": "0"})
    office.second.post(f"{office.base}/boxes/1/agree", {"ballots": "20"})
    header = {"nonce": "b", "box": "1", "header_count": "20", "numbered": "1"}
    batch = office.first.post(f"{office.base}/batches", header).headers["location"]
    forms = [{"numbers.ville": "1", "serial": serial} for serial in SERIALS] + [{"numbers.ville": "2"}] * 17
    for clerk in (office.first, office.second):
        key(clerk, batch, forms)
    office.first.post(f"{batch}/close")
    return office, slips, stubs


def rows(database: Database) -> Iterator[tuple[str, str]]:
    """(table, every value of one row as text)."""
    with database.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.execute(select(table)):
                yield table.name, json.dumps([str(value) for value in row], ensure_ascii=False)


def values(database: Database, table: str, *columns: str) -> set[str]:
    with database.reading() as session:
        chosen = [metadata.tables[table].c[column] for column in columns]
        return {str(value) for row in session.execute(select(*chosen)) for value in row if value is not None}


def test_no_row_and_no_event_has_both(vote: tuple[Office, list[str], dict[str, str]]) -> None:
    office, slips, stubs = vote
    database, keys = office.site.database, office.site.keys
    slip = values(database, "declaration", "id", "stub_hash", "voter_hash", "near_a", "near_b", "near_c")
    slip |= {keys.plain_hash(normalise_code(code)) for code in slips} | set(slips) | {name(n) for n in range(VOTERS)}
    ballot = values(database, "ballot", "id", "receipt_hash", "nonce_hash", "commitment")
    ballot |= values(database, "ballot_serial", "serial", "stub_hash") | values(database, "keying", "id", "nonce")
    ballot |= set(stubs.values()) | {code.replace("-", "") for code in stubs.values()}
    assert not slip & ballot
    for table, row in rows(database):
        has_slip = [value for value in slip if value in row]
        has_ballot = [value for value in ballot if value in row]
        assert not (has_slip and has_ballot), f"{table}: {has_slip} beside {has_ballot}"
        if table in ("event", "event_reason", "bag", "bag_tally", "box", "box_content", "batch", "check_in"):
            assert not has_slip, f"{table} knows a slip"


def test_what_a_slip_and_a_ballot_share_is_shared_by_all(vote: tuple[Office, list[str], dict[str, str]]) -> None:
    """A value that stands on both sides picks nobody out: place, day and district of all twenty."""
    office, _slips, _stubs = vote
    with office.site.database.reading() as session:
        both = [
            [tuple(map(str, row)) for row in session.execute(text(f"SELECT * FROM {table}"))]
            for table in ("declaration", "ballot")
        ]
    left, right = ([value for row in side for value in row if value != "None"] for side in both)
    for value in set(left) & set(right):
        assert left.count(value) >= VOTERS or right.count(value) >= VOTERS, f"{value} picks somebody out"


PAGES = ("/bags", "/bags/1", "/boxes/1", "/batches", "/batches/1", "/cases", "/intake", "/intake/P1", "/receipts")


def pages(office: Office) -> Iterator[tuple[str, str]]:
    people: tuple[Browser, ...] = (office.intake, office.first, office.second, office.third)
    for browser in people:
        for path in PAGES:
            answer = browser.client.get(office.base + path, follow_redirects=True)
            if answer.status_code == 200:
                yield path, answer.text


def test_no_page_has_a_name_and_a_choice(
    vote: tuple[Office, list[str], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    office, slips, stubs = vote
    names = {name(number) for number in range(VOTERS)} | set(slips)
    sheets = {f"{serial[:6]}-{serial[6:]}" for serial in SERIALS} | set(SERIALS) | set(stubs.values())
    for path, html in pages(office):
        assert not any(each in html for each in names), f"{path}: a name where nobody needs it"
        assert path.startswith("/batches") or not any(each in html for each in sheets), path
    said = capsys.readouterr()
    for each in names | sheets:
        assert each not in said.out + said.err, "the log knows it"
    assert not [path for path in office.site.settings.files_dir.rglob("*") if any(each in path.name for each in names)]
