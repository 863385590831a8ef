"""The chain of seals: it dates no ballot finer than to the day, and nothing sealed can change unnoticed."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlmodel import col

from participation.ballots.models import Ballot
from participation.counting.ledger import GENESIS
from participation.db import Database
from participation.publication import ledger
from participation.publication.models import Seal, SealedLeaf
from participation.register.keys import Keys
from tests.builders import NOON, World, build_codes, build_world, online_entry, paper_entry
from tests.client import Site
from tests.publication.stories import build_staff, build_vote, cast, certified_vote, close_intake


def seal(database: Database, world: World, days: int = 0, *, rewritten: bool = True) -> ledger.Checkpoint | None:
    with database.writing() as session:
        return ledger.seal(session, world.process_id, NOON + timedelta(days=days), rewritten=rewritten)


def sealed_ballots(database: Database) -> dict[str, datetime]:
    """The commitment of each sealed ballot, and the time of its seal."""
    with database.reading() as session:
        rows = session.execute(
            select(col(Ballot.commitment), col(Seal.at))
            .join(SealedLeaf, col(SealedLeaf.digest) == col(Ballot.commitment))
            .join(Seal, col(Seal.sequence) == col(SealedLeaf.sequence))
        )
        return {row[0]: row[1] for row in rows}


def test_what_is_done_is_sealed_at_any_time_and_ballots_only_at_night(database: Database, keys: Keys) -> None:
    """However many ballots there are: a seal every few minutes would say in which minutes each of them came."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 25)
    first = seal(database, world, rewritten=False)
    assert first is not None
    assert first.previous == GENESIS
    cast(database, keys, world, [online_entry(keys, world, code, "1") for code in codes])
    assert seal(database, world, rewritten=False) is None
    assert seal(database, world, 3, rewritten=False) is None
    night = seal(database, world, 1)
    assert night is not None
    assert (night.leaves, night.previous) == (25, first.digest)


def test_a_seal_dates_a_ballot_no_finer_than_its_row(database: Database, keys: Keys) -> None:
    """Even if the work of the night runs many times a day: the ballots of a day are sealed together, after it."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 6)
    for day in range(3):
        for hour in (0, 1):
            at = NOON + timedelta(days=day, hours=hour)
            cast(database, keys, world, [online_entry(keys, world, codes[2 * day + hour], "1", at=at)], at=at)
            seal(database, world, day)
    seal(database, world, 3)
    found = sealed_ballots(database)
    with database.reading() as session:
        days = session.execute(select(col(Ballot.received_on), col(Ballot.commitment)))
        by_day = {(day, found[commitment]) for day, commitment in days}
    assert len(found) == 6
    assert len(by_day) == 3, "one seal for each day of reception"


def test_a_day_is_over_when_it_is_over_where_the_vote_is(database: Database, keys: Keys) -> None:
    """In St. John’s midnight strikes an hour and a half before Montréal’s."""
    midnight = datetime(2027, 2, 25, tzinfo=ZoneInfo("America/St_Johns"))
    world = build_world(database, keys, zone="America/St_Johns")
    codes = build_codes(database, keys, world, 2)
    for code, minutes in zip(codes, (-10, 5), strict=True):
        at = midnight + timedelta(minutes=minutes)
        cast(database, keys, world, [online_entry(keys, world, code, "1", at=at)], at=at)
    with database.writing() as session:
        ledger.seal(session, world.process_id, midnight + timedelta(minutes=10), rewritten=True)
    assert len(sealed_ballots(database)) == 1


def test_the_close_of_intake_seals_everything(site: Site) -> None:
    """In the same act, not some minutes later by a job."""
    world = build_vote(site.database, site.keys)
    close_intake(site, world, build_staff(site.database, world))
    with site.database.reading() as session:
        assert ledger.verify_chain(session, world.process_id).holds
    assert len(sealed_ballots(site.database)) == 52
    assert seal(site.database, world, 30) is None


def test_a_changed_ballot_is_found(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    cast(database, keys, world, [paper_entry(world, place, "1") for place in range(20)])
    seal(database, world, 1)
    with database.writing() as session:
        permit = "INSERT INTO rewrite_permit (table_name, spec_id) SELECT 'ballot', spec_id FROM ballot LIMIT 1"
        session.execute(text(permit))
        session.execute(text("DELETE FROM ballot WHERE id = (SELECT id FROM ballot LIMIT 1)"))
    with database.reading() as session:
        state = ledger.verify_chain(session, world.process_id)
    assert state.broken_at is None
    assert state.missing == 1
    assert not state.holds


def test_the_chain_of_a_certified_vote_holds_and_is_public(site: Site) -> None:
    world, _staff = certified_vote(site)
    with site.database.reading() as session:
        assert ledger.verify_chain(session, world.process_id).holds
        newest = ledger.checkpoints(session, world.process_id)[0]
    page = site.visitor().get_page(f"/en{world.path}/ledger")
    assert newest.digest in page.text
    published = site.visitor().get(f"/en{world.path}/ledger.json").json()["checkpoints"]
    assert published[-1]["digest"] == newest.digest
    assert [link["previous"] for link in published[1:]] == [link["digest"] for link in published[:-1]]
