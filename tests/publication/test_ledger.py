"""The chain of seals: nothing is sealed alone, nothing sealed can change unnoticed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from participation.counting.ledger import GENESIS
from participation.db import Database
from participation.publication import ledger
from participation.register.keys import Keys
from tests.builders import NOON, World, build_codes, build_world, online_entry, paper_entry
from tests.client import Site
from tests.publication.stories import cast, certified_vote


def seal(database: Database, world: World, minutes: int = 0, *, everything: bool = False) -> ledger.Checkpoint | None:
    with database.writing() as session:
        return ledger.seal(session, world.process_id, NOON + timedelta(minutes=minutes), everything=everything)


def test_a_ballot_is_not_sealed_alone(database: Database, keys: Keys) -> None:
    """A seal with one ballot would say when that ballot came."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 25)
    first = seal(database, world)
    assert first is not None
    assert first.previous == GENESIS
    cast(database, keys, world, [online_entry(keys, world, codes[0], "1")])
    assert seal(database, world, 5) is None
    cast(database, keys, world, [online_entry(keys, world, code, "1") for code in codes[1:20]])
    second = seal(database, world, 10)
    assert second is not None
    assert (second.leaves, second.previous) == (20, first.digest)
    cast(database, keys, world, [online_entry(keys, world, codes[20], "1")])
    assert seal(database, world, 15) is None
    late = seal(database, world, 10 + 24 * 60)
    assert late is not None
    assert late.leaves == 1


def test_before_a_certification_everything_is_sealed_at_once(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    cast(database, keys, world, [paper_entry(world, 1, "1")])
    assert seal(database, world, everything=True) is not None
    assert seal(database, world, 1, everything=True) is None
    with database.reading() as session:
        assert ledger.verify_chain(session, world.process_id).holds


def test_a_changed_ballot_is_found(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    cast(database, keys, world, [paper_entry(world, place, "1") for place in range(20)])
    seal(database, world)
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
