"""The board of batches: one screen for header and list in a small borough, what is in no batch, the hours left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlmodel import col

from participation.i18n import translate
from participation.paper.intake import pending
from participation.paper.keying import estimate
from participation.paper.models.batches import BatchState
from participation.paper.queries import batch_or_404
from participation.processes.models import Place, PlaceKind, Process, Profile
from tests.builders import CLOSES, NOON
from tests.client import Page, Site
from tests.paper.clerks import Office, accept, key_one, open_office
from tests.paper.test_boxes import count, make
from tests.paper.test_envelopes import receive


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def board(office: Office) -> Page:
    return office.first.get_page(f"{office.base}/batches")


def test_from_box_to_closed_batch_in_four_screens(office: Office) -> None:
    """Board with the header, keying, keying by another, comparison: each answer leads to the next."""
    with office.site.database.writing() as session:
        session.execute(delete(Place).where(col(Place.kind) == PlaceKind.ENVELOPE))
    accept(office, 2)
    header = board(office).hidden() | {"place": "C1", "header_count": "2", "then": "key"}
    keying = office.first.post(f"{office.base}/batches", header).headers["location"]
    assert keying == f"{office.base}/batches/1/key"
    assert office.first.post(f"{office.base}/batches", header).headers["location"] == keying
    batch = keying.removesuffix("/key")
    for clerk in (office.first, office.second):
        if clerk is office.second:
            assert "Commencer la deuxième saisie" in clerk.get_page(f"{office.base}/batches").text
            assert clerk.post(f"{batch}/start").headers["location"] == keying
        for position in (1, 2):
            key_one(clerk, batch, position, "1")
        assert clerk.post(f"{batch}/finish").headers["location"] == batch
    compared = office.second.get_page(batch)
    acts = [attrs["action"] for attrs in compared.all("form") if attrs.get("action", "").startswith(batch)]
    assert [act for act in acts if not act.endswith("/reopen")] == [f"{batch}/close"]
    office.second.post(f"{batch}/close")
    with office.site.database.reading() as session:
        assert batch_or_404(session, office.world.spec_row, 1).state is BatchState.CLOSED


def test_who_keyed_once_is_not_offered_the_second_keying(office: Office) -> None:
    header = {"nonce": "header", "place": "C1", "header_count": "1", "then": "key"}
    batch = office.first.post(f"{office.base}/batches", header).headers["location"].removesuffix("/key")
    key_one(office.first, batch, 1, "1")
    office.first.post(f"{batch}/finish")
    assert f"{batch}/start" not in board(office).html
    assert f"{batch}/start" in office.second.get_page(f"{office.base}/batches").html


def test_the_city_opens_batches_on_a_page_of_their_own(office: Office) -> None:
    assert "header_count" in board(office).html
    with office.site.database.writing() as session:
        session.execute(update(Process).values(profile=Profile.CITY))
    assert "header_count" not in board(office).html
    assert f"{office.base}/batches/new" in board(office).links()


def told(office: Office, *, days: int = 0) -> list[tuple[str, str, bool]]:
    with office.site.database.reading() as session:
        found = pending.lines(session, office.world.spec_row, NOON + timedelta(days=days))
    return [(translate(line.name, "en"), translate(line.waits, "en"), line.late) for line in found]


def test_what_is_in_no_batch_stands_on_the_boards_until_it_is(office: Office) -> None:
    assert told(office) == []
    receive(office, counted=3)
    box = make(office, 30)
    assert told(office)[0][2] is False
    assert told(office, days=3)[0][2] is True
    assert told(office)[1:] == told(office, days=3)[1:] == [("Box 1", "30 pieces, not opened", False)]
    assert told(office, days=(CLOSES - NOON).days + 3)[1][2] is True
    count(office, box, 30)
    assert told(office)[1:] == [("Box 1", "30 ballots in no batch", False)]
    assert f"{office.base}/boxes/1" in board(office).links()
    office.first.post(f"{office.base}/batches", {"nonce": "b", "box": "1", "header_count": "30"})
    assert told(office)[1:] == []


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "5 min"), (3300, "55 min"), (3400, "1 h"), (5500, "1 h 30"), (10_000, "3 h"),
     (30_000, "8 h")],
)  # fmt: skip
def test_hours_are_said_as_one_says_them(seconds: int, words: str) -> None:
    assert translate(estimate.about(seconds), "en") == words


def test_the_hours_left_are_told_once_enough_forms_were_timed(office: Office) -> None:
    header = {"nonce": "header", "place": "C1", "header_count": "50", "then": "key"}
    batch = office.first.post(f"{office.base}/batches", header).headers["location"].removesuffix("/key")
    for position in range(1, 21):
        assert "de saisie environ" not in board(office).text
        key_one(office.first, batch, position, {"numbers.ville": "1", "seconds": "60"})
    assert "1 h 30 de saisie environ, pour une personne" in board(office).text  # 80 forms at a minute each
