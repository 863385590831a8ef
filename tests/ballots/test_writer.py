"""The queue in front of the box: together in one commit, nobody lost, nobody twice, nobody spoils another's."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import event, func, select

from participation.ballots.entries import Receipt, Refusal, RefusalReason
from participation.ballots.models import Ballot
from participation.ballots.writer import BallotWriter
from participation.db import Database
from participation.errors import Unavailable
from participation.register.keys import Keys
from tests.builders import NOON, build_codes, build_world, online_entry


def number_of_ballots(database: Database) -> int:
    with database.reading() as session:
        number: int = session.execute(select(func.count()).select_from(Ballot)).scalar_one()
        return number


async def run_all(writer: BallotWriter, world: Any, entries: list[Any]) -> list[Any]:
    writer.start()
    try:
        answers = [writer.cast(world.spec_row.id, entry, NOON) for entry in entries]
        return await asyncio.gather(*answers, return_exceptions=True)
    finally:
        await writer.stop()


def test_a_hundred_ballots_at_once_share_few_commits(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 100)
    commits = 0

    def count_commit(_connection: Any) -> None:
        nonlocal commits
        commits += 1

    event.listen(database.engine, "commit", count_commit)
    entries = [online_entry(keys, world, code, "1") for code in codes]
    answers = asyncio.run(run_all(BallotWriter(database, keys, 1000), world, entries))
    assert all(isinstance(answer, Receipt) for answer in answers)
    assert len({answer.code for answer in answers}) == 100
    assert number_of_ballots(database) == 100
    assert commits < 20


def test_one_code_from_many_browsers_at_once_is_one_ballot(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    entries = [online_entry(keys, world, code, "1") for _browser in range(20)]
    answers = asyncio.run(run_all(BallotWriter(database, keys, 1000), world, entries))
    assert sum(isinstance(answer, Receipt) for answer in answers) == 1
    assert sum(answer == Refusal(RefusalReason.ALREADY_RECEIVED) for answer in answers) == 19
    assert number_of_ballots(database) == 1


def test_a_full_queue_says_try_again_and_keeps_what_it_took(database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 5)
    entries = [online_entry(keys, world, code, "1") for code in codes]

    async def story() -> list[Any]:
        writer = BallotWriter(database, keys, 3)  # not started yet: nothing leaves the queue
        waiting = [asyncio.ensure_future(writer.cast(world.spec_row.id, entry, NOON)) for entry in entries]
        await asyncio.sleep(0)
        writer.start()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        await writer.stop()
        return answers

    answers = asyncio.run(story())
    assert [type(answer) for answer in answers] == [Receipt] * 3 + [Unavailable] * 2
    assert answers[3].retry_after == 5


def test_a_crash_between_insert_and_acknowledgement_is_healed_by_a_retry(database: Database, keys: Keys) -> None:
    """The ballot is in, the answer was lost; the browser sends the same form to a new process."""
    world = build_world(database, keys)
    (code,) = build_codes(database, keys, world, 1)
    entry = online_entry(keys, world, code, "1", nonce="the same form")
    (lost,) = asyncio.run(run_all(BallotWriter(database, keys, 10), world, [entry]))
    (again,) = asyncio.run(run_all(BallotWriter(database, keys, 10), world, [entry]))
    assert lost == again
    assert number_of_ballots(database) == 1


def test_a_row_that_the_database_refuses_does_not_fail_its_neighbours(database: Database, keys: Keys) -> None:
    """A vote that does not exist breaks its own transaction only."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 3)
    entries = [online_entry(keys, world, code, "1") for code in codes]

    async def story() -> list[Any]:
        writer = BallotWriter(database, keys, 10)
        writer.start()
        good = [writer.cast(world.spec_row.id, entry, NOON) for entry in entries]
        bad = writer.cast(world.process_id, entries[0], NOON)
        answers = await asyncio.gather(*good, bad, return_exceptions=True)
        await writer.stop()
        return answers

    answers = asyncio.run(story())
    assert [type(answer).__name__ for answer in answers] == ["Receipt", "Receipt", "Receipt", "NotFound"]


@pytest.mark.parametrize("number", [1, 250])
def test_stopping_answers_everybody_who_was_taken(database: Database, keys: Keys, number: int) -> None:
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, number)
    entries = [online_entry(keys, world, code, "1") for code in codes]

    async def story() -> list[Any]:
        writer = BallotWriter(database, keys, 1000)
        writer.start()
        waiting = [asyncio.ensure_future(writer.cast(world.spec_row.id, entry, NOON)) for entry in entries]
        await asyncio.sleep(0)
        await writer.stop()
        return await asyncio.gather(*waiting)

    assert all(isinstance(answer, Receipt) for answer in asyncio.run(story()))
