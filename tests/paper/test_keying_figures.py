"""Seconds per ballot and disagreements: by form version and project, never by person, never of a few forms."""

from __future__ import annotations

import json
import statistics
import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from participation.paper.keying.figures import LEAST, FormVersion, keying_figures, median
from participation.paper.models.desk import Paper
from participation.paper.models.prints import BallotSerial, PrintRun
from participation.paper.serials import with_check
from tests.builders import NOON
from tests.client import Browser, Site
from tests.paper.clerks import Office, open_batch, open_office


@given(st.lists(st.integers(1, 3600), min_size=1))
def test_the_median_of_counted_values_is_that_of_the_values(values: list[int]) -> None:
    assert median(Counter(values)) == statistics.median(values)


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def key_all(clerk: Browser, batch: str, forms: list[dict[str, str]]) -> None:
    clerk.post(f"{batch}/start")
    mine = clerk.get(f"{batch}/key/state").json()["pass"]
    waiting = [{"position": str(place), "nonce": uuid.uuid4().hex, **each} for place, each in enumerate(forms, 1)]
    clerk.post(f"{batch}/keyings", {"pass": mine, "forms": json.dumps(waiting)}, status=200)
    clerk.post(f"{batch}/finish")


def form(typed: str, seconds: int, serial: str = "") -> dict[str, str]:
    return {"numbers.ville": typed, "seconds": str(seconds), "serial": serial}


def printed(session: Session, office: Office, *, large: bool, serials: list[str]) -> None:
    run = PrintRun(
        spec_id=office.world.spec_row.id, style="ville", language="fr", paper=Paper.LETTER, large=large, numbered=True,
        copies=len(serials), nonce=f"run {large}", ordered_at=NOON,
    )  # fmt: skip
    session.add(run)
    session.flush()
    for serial in serials:
        spec_id = office.world.spec_row.id
        session.add(BallotSerial(spec_id=spec_id, serial=serial, stub_hash=f"stub {serial}", run_id=run.id))


def test_figures_tell_editions_apart_and_name_the_projects_that_are_misread(office: Office) -> None:
    ordinary, large = ([with_check(start + place) for place in range(LEAST)] for start in (1000, 2000))
    with office.site.database.writing() as session:
        printed(session, office, large=False, serials=ordinary)
        printed(session, office, large=True, serials=large)
    first = open_batch(office, LEAST, numbered="1")
    key_all(office.first, first, [form("1 3", 4, serial) for serial in ordinary])
    misread = [form("1 4" if place < 3 else "1 3", 8, serial) for place, serial in enumerate(ordinary)]
    key_all(office.second, first, misread)
    second = open_batch(office, LEAST, numbered="1")
    for clerk in (office.first, office.second):
        key_all(clerk, second, [form("2", 3, serial) for serial in large])
    with office.site.database.reading() as session:
        found = keying_figures(session, office.world.spec_row)
    versions = {each.version: each for each in found.versions}
    one, other = versions[FormVersion("ville", "fr")], versions[FormVersion("ville", "fr", large=True)]
    assert (one.median, one.compared, one.differing, one.share) == (6, LEAST, 3, 3 / LEAST)
    assert (other.median, other.compared, other.differing) == (3, LEAST, 0)
    assert {each.number: each.differing for each in found.projects} == {"03": 3, "04": 3}
    page = office.third.get_page(f"/en/staff{office.world.path}/batches/figures")
    assert "large print" in page.text
    assert not [name for name in ("first clerk", "second clerk") if name in page.text]


def test_a_few_forms_tell_nothing(office: Office) -> None:
    batch = open_batch(office, 3)
    key_all(office.first, batch, [form("1", 5), form("2", 5), form("3", 90000)])
    key_all(office.second, batch, [form("1", 5), form("4", 5), form("3", 0)])
    with office.site.database.reading() as session:
        found = keying_figures(session, office.world.spec_row)
    (version,) = found.versions
    assert (version.seconds.total(), version.median, version.share, found.projects) == (4, None, None, ())
