"""A minute after its end a poll has no secrets left: nothing joins a device and an answer; the figures stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from participation.ballots.models import Ballot
from participation.errors import Conflict
from participation.live.models import Poll
from participation.live.settling import settle_all
from participation.publication import ledger
from participation.publication.models import SealedLeaf
from participation.register.models import KeyDestruction, Mark
from tests.ballots.test_unlinkable import assert_unlinkable
from tests.client import Site
from tests.live.people import Assembly, answer, ballot_of, build_assembly


def settle(site: Site) -> int:
    return settle_all(site.database, site.keys, site.at)


def test_a_poll_is_settled_once_its_minute_of_grace_is_over(site: Site) -> None:
    """Box rewritten, key gone, the same figures; what comes too late is refused; a second time changes nothing."""
    room = build_assembly(site)
    room.act("open")
    for number in range(8):
        answer(room, site.visitor(), "aabbbccca"[number])
    known = site.visitor()
    sent = ballot_of(known.get_page(room.room)) | {"choice": "a"}
    known.post(f"{room.room}/vote", sent, status=303)
    late = site.visitor()
    form = ballot_of(late.get_page(room.room)) | {"choice": "a"}
    room.act("show")
    room.act("close")
    before = room.wall()
    site.at += timedelta(seconds=59)
    assert settle(site) == 0, "a vote from a dead spot may still arrive"
    site.at += timedelta(seconds=1)
    assert settle(site) == 1
    assert settle(site) == 0
    late.post(f"{room.room}/vote", form, status=409)
    assert "A Pour 3 B Contre 3 C Il faut en savoir plus 3" in before
    assert room.wall() == before
    with site.database.reading() as session:
        assert_unlinkable(session)
        spec_id = session.execute(select(col(Poll.spec_id))).scalar_one()
        assert session.execute(select(col(KeyDestruction.spec_id))).scalars().all() == [spec_id]
        assert len(session.execute(select(col(Mark.voter_hash))).scalars().all()) == 9
        nonces = session.execute(select(col(Ballot.nonce_hash))).scalars().all()
        assert site.keys.plain_hash(sent["nonce"]) not in nonces, "who keeps a nonce finds no ballot by it"
    with pytest.raises(Conflict):
        site.keys.voter_hash(spec_id, "device|whoever")


def test_ballots_of_a_room_are_sealed_when_their_poll_is_settled(site: Site) -> None:
    """Not before: a seal in the evening would tell when each of them came."""
    room = build_assembly(site)
    room.act("open")
    answer(room, site.visitor(), "a")
    assert commitments(site) & sealed(site, room) == set()
    room.act("close")
    site.at += timedelta(minutes=1)
    settle(site)
    assert commitments(site) <= sealed(site, room)


def commitments(site: Site) -> set[str]:
    with site.database.reading() as session:
        return set(session.execute(select(col(Ballot.commitment))).scalars())


def sealed(site: Site, room: Assembly) -> set[str]:
    with site.database.writing() as session:
        ledger.seal(session, room.world.process_id, site.at, rewritten=True)
        assert ledger.verify_chain(session, room.world.process_id).holds
        return set(session.execute(select(col(SealedLeaf.digest))).scalars())
