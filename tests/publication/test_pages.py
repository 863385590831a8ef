"""What everybody sees: where a vote stands, the result exactly as counted, files to take away."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from participation.accounts.models import Role
from participation.counting import budgeting, pabulib
from participation.counting.spec import Disclosure
from participation.counting.tally import tally
from participation.counts import queries as counts
from participation.counts.models import Count
from participation.counts.results import load_result
from participation.paper.models.audits import SampleAudit
from participation.processes.models import Phase, PhaseKind
from participation.publication import ledger
from tests.builders import (
    AFTER_POST,
    CLOSES,
    World,
    build_account,
    build_codes,
    build_spec,
    build_world,
    online_entry,
    paper_entry,
)
from tests.client import Page, QueryCount, Site
from tests.publication.stories import (
    Staff,
    build_staff,
    build_vote,
    cast,
    certified_vote,
    close_intake,
    count_and_certify,
    desk,
)

LOCALES = ("fr", "en")


@pytest.mark.parametrize("locale", LOCALES)
def test_the_home_page_says_what_is_open(site: Site, locale: str) -> None:
    world = build_world(site.database, site.keys)
    page = site.visitor().get_page(f"/{locale}/")
    assert "18" in page.text
    assert f"/{locale}{world.path}" in page.links()
    assert "set-cookie" not in site.visitor().get(f"/{locale}/").headers
    site.at = CLOSES + timedelta(hours=1)
    waits = "analyse ou rédaction en cours" if locale == "fr" else "Being counted, analysed or written up"
    assert waits in site.visitor().get_page(f"/{locale}/").text


@pytest.mark.parametrize("locale", LOCALES)
def test_the_hub_shows_the_ways_that_are_open(site: Site, locale: str) -> None:
    world = build_world(site.database, site.keys)
    with QueryCount(site) as queries:
        page = site.visitor().get_page(f"/{locale}{world.path}")
    assert queries.number <= 8
    assert f"/{locale}{world.path}/vote" in page.links()
    assert "Bibliothèque" in page.text if locale == "fr" else "Library" in page.text
    site.at = CLOSES + timedelta(hours=1)
    closed = site.visitor().get_page(f"/{locale}{world.path}")
    assert f"/{locale}{world.path}/vote" not in closed.links()


def test_on_the_last_day_the_hub_names_the_hour(site: Site) -> None:
    world = build_world(site.database, site.keys)
    site.at = CLOSES - timedelta(hours=2)
    assert "closes today" in site.visitor().get_page(f"/en{world.path}").text


def test_before_certification_the_result_page_says_when(site: Site) -> None:
    world = build_world(site.database, site.keys)
    with site.database.writing() as session:
        session.add(
            Phase(
                process_id=world.process_id,
                kind=PhaseKind.RESULT,
                starts_at=CLOSES + timedelta(days=10),
                ends_at=CLOSES + timedelta(days=40),
            )
        )
    page = site.visitor().get_page(f"/en{world.path}/results")
    assert "announced on March 24, 2027" in page.text
    for file in ("totals.csv", "ballots.zip", "minutes.pdf"):
        site.visitor().get(f"/en{world.path}/results/{file}", status=404)


def test_the_result_leads_to_the_audit_by_sample_once_one_is_announced(site: Site) -> None:
    world, _staff = certified_vote(site)
    results, sample = f"/fr{world.path}/results", f"/fr{world.path}/sample"
    assert sample not in site.visitor().get_page(results).links()
    with site.database.writing() as session:
        certified = counts.certified_count(session, world.spec_row.id)
        assert certified is not None
        session.add(
            SampleAudit(
                count_id=certified.count.id,
                spec_id=world.spec_row.id,
                question_id="ville",
                risk_percent=5,
                announced_at=site.at,
            )
        )
    with QueryCount(site) as queries:
        page = site.visitor().get_page(results)
    assert queries.number <= 8
    assert sum("sample_audit" in statement for statement in queries.statements) == 1
    assert sample in page.links()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_result_page_shows_the_count_and_nothing_else(site: Site, locale: str) -> None:
    world, _staff = certified_vote(site)
    with QueryCount(site) as queries:
        page = site.visitor().get_page(f"/{locale}{world.path}/results")
    assert queries.number <= 8
    with site.database.reading() as session:
        certified = counts.certified_count(session, world.spec_row.id)
    assert certified is not None
    (question,) = load_result(certified.count.result).questions
    for option_id, total in zip(question.counted.options, question.counted.total.votes, strict=True):
        option = world.spec_row.spec.questions[0].by_id[option_id]
        row = table_row(page, option.number)
        assert row[-3] == str(total), row
        assert (row[-1] in ("Financé", "Funded")) is (option_id in question.allocation.selected)
    assert certified.count.digest in page.text
    assert world.spec_row.digest in page.text
    assert certified.minutes["chain"]["digest"] in page.text


def table_row(page: Page, number: str) -> list[str]:
    """The cells of the table's row for the project with this number."""
    body = page.html.split("<tbody>")[1].split("</tbody>")[0]
    for row in body.split("<tr"):
        cells = [Page("<" + cell).text for cell in row.split("<t")[1:]]
        if cells and cells[0].endswith(number):
            return [cell.split(">")[-1].strip().replace(" ", "") for cell in cells]
    raise AssertionError(number)


def test_a_small_group_is_never_shown_on_its_own(site: Site) -> None:
    """Seven paper ballots beside thirty online: only the total may show."""
    world = build_world(site.database, site.keys)
    cast(site.database, site.keys, world, [paper_entry(world, place, "1") for place in range(7)])
    codes = build_codes(site.database, site.keys, world, 30)
    cast(site.database, site.keys, world, [online_entry(site.keys, world, code, "2") for code in codes])
    staff = build_staff(site.database, world)
    close_intake(site, world, staff)
    count_and_certify(site, world, staff)
    page = site.visitor().get_page(f"/en{world.path}/results")
    assert "Only totals are shown" in page.text
    rows = read_csv(site, world)
    assert rows[0] == ["contest", "number", "project_id", "title", "cost", "total", "points", "selected"]
    staff_page = site.signed_in(staff.first_certifier).get_page(desk(world, "/results"))
    assert "Only totals are shown" in staff_page.text


def read_csv(site: Site, world: World) -> list[list[str]]:
    text = site.visitor().get(f"/en{world.path}/results/totals.csv").content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_the_totals_file_adds_up(site: Site) -> None:
    world, _staff = certified_vote(site)
    head, *rows = read_csv(site, world)
    channels = head[5:-3]
    assert channels == ["online", "counter"]
    for row in rows:
        assert sum(int(cell) for cell in row[5:-3]) == int(row[-3])


@pytest.fixture
def open_vote(site: Site) -> tuple[World, Staff]:
    return certified_vote(site, replace(build_spec(), disclosure=Disclosure.BALLOTS))


def test_the_published_ballots_can_be_counted_again(site: Site, open_vote: tuple[World, Staff]) -> None:
    world, _staff = open_vote
    answer = site.visitor().get(f"/en{world.path}/results/ballots.zip")
    again = site.visitor().get(f"/en{world.path}/results/ballots.zip")
    assert answer.content == again.content
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["ville.pb", "totals.csv", "spec.json", "count.json"]
        text = archive.read("ville.pb").decode()
    heading = text.split("VOTES\n")[1].split("\n")[0]
    assert heading == "voter_id;vote"
    assert "online" not in text
    election = pabulib.parse(text)
    counted = tally(election.profile)
    with site.database.reading() as session:
        certified = counts.certified_count(session, world.spec_row.id)
    assert certified is not None
    (question,) = load_result(certified.count.result).questions
    assert counted.total.votes == question.counted.total.votes
    rule = world.spec_row.spec.questions[0].rule
    outcome = budgeting.allocate(rule, election.projects, election.budget, election.profile, unit=election.unit)
    assert outcome.selected == question.allocation.selected
    assert election.selected() == tuple(sorted(question.allocation.selected))


def test_where_totals_were_promised_no_ballot_leaves(site: Site) -> None:
    world, staff = certified_vote(site)
    site.visitor().get(f"/en{world.path}/results/ballots.zip", status=403)
    assert "ballots.zip" not in site.visitor().get(f"/en{world.path}/results").text
    site.signed_in(staff.administrator).get(desk(world, "/export/ballots.zip"), status=403)


def test_the_minutes_are_a_pdf_without_names_for_the_public(site: Site) -> None:
    world, staff = certified_vote(site)
    public = site.visitor().get(f"/fr{world.path}/results/minutes.pdf")
    assert public.content.startswith(b"%PDF")
    named = site.signed_in(staff.administrator).get(desk(world, "/export/minutes.pdf"))
    assert named.content.startswith(b"%PDF")
    assert named.content != public.content


def test_what_if_stores_nothing(site: Site) -> None:
    world, staff = certified_vote(site)
    before = rows_of(site, world)
    page = site.signed_in(staff.first_certifier).get_page(desk(world, "/what-if"))
    assert "As promised" in page.text
    assert "Equal Shares, by cost" in page.text
    assert rows_of(site, world) == before


def rows_of(site: Site, world: World) -> tuple[int, int]:
    with site.database.reading() as session:
        number = session.execute(select(func.count()).select_from(Count)).scalar_one()
        return number, len(ledger.checkpoints(session, world.process_id))


@pytest.mark.parametrize("locale", LOCALES)
def test_pages_that_need_no_vote(site: Site, locale: str) -> None:
    build_world(site.database, site.keys)
    for path in ("accessibility", "privacy", "patterns", "ville"):
        site.visitor().get_page(f"/{locale}/{path}")
    site.visitor().get(f"/{locale}/nobody", status=404)
    site.visitor().get("/de/", status=404)


def test_staff_home_says_what_waits_for_whom(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    staff = build_staff(site.database, world)
    site.at = AFTER_POST
    first = site.signed_in(staff.first_certifier)
    first.post(desk(world, "/closing/propose-close"))
    second = site.signed_in(staff.administrator).get_page("/en/staff")
    assert "1 change to confirm" in second.text
    observer = site.signed_in(staff.observer).get_page("/en/staff")
    assert "to confirm" not in observer.text
    nobody = build_account(site.database, "No Role", [], world.organisation_id)
    assert "no role" in site.signed_in(nobody).get_page("/en/staff").text


def test_the_board_shows_turnout_and_equations_but_no_blanks_before_the_end(site: Site) -> None:
    world = build_vote(site.database, site.keys)
    staff = build_staff(site.database, world)
    browser = site.signed_in(staff.observer)
    page = browser.get_page(desk(world))
    assert "Votes received online" in page.text
    assert "in the box and standing" in page.text
    part = browser.get(desk(world), headers={"HX-Request": "true"})
    assert part.text.startswith('<div id="board"')


def test_the_log_lists_events_with_their_reasons(site: Site) -> None:
    world, staff = certified_vote(site)
    page = site.signed_in(staff.observer).get_page(desk(world, "/events"))
    assert "Count certified" in page.text
    assert "Declarations were counted by hand." in page.text
    assert "Ada Admin" in page.text or "Cora First" in page.text


def test_an_administrator_reads_french(site: Site) -> None:
    world, _staff = certified_vote(site)
    browser = site.signed_in(build_account(site.database, "Tout Rôle", list(Role), world.organisation_id))
    for path in ("", "/closing", "/results", "/what-if", "/events", "/export"):
        page = browser.get_page(f"/fr/staff{world.path}{path}")
        assert "Message(" not in page.html
