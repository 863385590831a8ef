"""One count of the whole box: refused too early, exact by channel, the same when it is made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from participation.ballots import closing
from participation.ballots import service as box
from participation.ballots.entries import Entry
from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import Disposition, box_equation
from participation.counting.spec import RulingKind
from participation.counting.tally import GroupTally, join_small_groups
from participation.counts import queries, service
from participation.counts.models import Count
from participation.counts.results import dump_result, load_result
from participation.db import Database
from participation.errors import Conflict
from participation.processes.models import ProjectChange, ProjectChangeKind
from participation.publication.bands import CAPTURE, bands, paper_and_others
from participation.register.keys import Keys
from tests.builders import AFTER_POST, NOON, World, build_account, build_codes, build_world, online_entry, paper_entry


def cast(database: Database, keys: Keys, world: World, entries: Sequence[Entry]) -> None:
    with database.writing() as session:
        box.cast(session, keys, world.spec_row, entries, NOON)


def a_vote(database: Database, keys: Keys) -> World:
    """Thirty online ballots, twenty-two paper ones, of which one is blank and one rejected."""
    world = build_world(database, keys)
    codes = build_codes(database, keys, world, 30)
    online = [online_entry(keys, world, code, "1", "2" if place % 3 else "3") for place, code in enumerate(codes)]
    paper = [paper_entry(world, place, "4", "2") for place in range(20)]
    paper.append(paper_entry(world, 20, ruling=RulingKind.BLANK))
    paper.append(paper_entry(world, 21, "1", "2", "3", ruling=RulingKind.REJECTED, rejection=BallotRejection.OVER))
    cast(database, keys, world, [*online, *paper])
    return world


def close(database: Database, keys: Keys, world: World, at: datetime = AFTER_POST) -> None:
    people = [build_account(database, name, [], world.organisation_id) for name in ("Ada One", "Bea Two")]
    closing.close_intake(database, keys, world.spec_row, first_account_id=people[0], second_account_id=people[1], at=at)


def count(database: Database, world: World, at: datetime = AFTER_POST) -> Count:
    with database.writing() as session:
        made = service.run_count(session, world.spec_row, at, None)
        session.expunge(made)
    return made


def test_nothing_is_counted_before_intake_closes(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    with pytest.raises(Conflict), database.writing() as session:
        service.run_count(session, world.spec_row, AFTER_POST, None)
    with database.reading() as session:
        assert queries.latest_count(session, world.spec_row.id) is None


def test_each_record_has_one_disposition_and_the_channels_add_up(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    close(database, keys, world)
    result = load_result(count(database, world).result)
    assert result.dispositions == {"counter": {"blank": 1, "counted": 20, "rejected": 1}, "online": {"counted": 30}}
    assert result.rejected == {"over": 1}
    assert box_equation(result.totals).holds
    (question,) = result.questions
    assert question.counted.total.votes == (30, 40, 10, 20)
    assert question.counted.total.ballots == 51
    assert question.counted.total.blanks == 1
    assert {column.groups: column.ballots for column in question.counted.by_group} == {
        (("online", "self"),): 30,
        (("counter", "keyed"),): 21,
    }
    assert question.allocation.selected == ("2", "1")


def test_a_recount_gives_the_same_digest_and_another_ballot_another_one(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    close(database, keys, world)
    first = count(database, world)
    second = count(database, world, AFTER_POST + timedelta(days=2))
    assert (first.digest, first.input_digest) == (second.digest, second.input_digest)
    assert first.id != second.id
    with database.reading() as session:
        assert service.verify(session, world.spec_row, first)
    cast(database, keys, world, [paper_entry(world, 99, "3")])
    with database.reading() as session:
        assert not service.verify(session, world.spec_row, first)
        assert service.input_digest(session, world.spec_row) != first.input_digest


def test_later_changes_are_read_by_the_count(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    close(database, keys, world)
    change_project(database, world, "2", ProjectChangeKind.WITHDRAWN)
    change_project(database, world, "1", ProjectChangeKind.TOP_UP, 30_000_00)
    (question,) = load_result(count(database, world).result).questions
    assert question.withdrawn == ("2",)
    assert question.allocation.selected == ("1", "4", "3")
    assert question.allocation.spent == (50_000_00 - 30_000_00) + 20_000_00 + 30_000_00


def change_project(database: Database, world: World, option: str, kind: ProjectChangeKind, amount: int = 0) -> None:
    account = build_account(database, f"Clerk {option}", [], world.organisation_id)
    with database.writing() as session:
        session.add(
            ProjectChange(
                spec_id=world.spec_row.id,
                question_id="ville",
                option_id=option,
                kind=kind,
                amount=amount,
                at=AFTER_POST,
                account_id=account,
                reason={"fr": "Décision du conseil", "en": "Decision of the council"},
            )
        )


def test_what_is_stored_can_be_read_again(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    close(database, keys, world)
    stored = count(database, world).result
    assert dump_result(load_result(stored)) == stored


def test_a_stored_count_cannot_be_changed(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    close(database, keys, world)
    made = count(database, world)

    def change(session: Session) -> None:
        row = session.get(Count, made.id)
        assert row is not None
        row.digest = "0" * 64
        session.add(row)
        session.flush()

    with pytest.raises(Exception, match="append-only"), database.writing() as session:
        change(session)


def test_dispositions_are_read_without_choices(database: Database, keys: Keys) -> None:
    world = a_vote(database, keys)
    with database.reading() as session:
        found = queries.dispositions(session, world.spec_row.id)
    total: Counter[Disposition] = Counter()
    for by_kind in found.values():
        total.update(by_kind)
    assert total == {Disposition.COUNTED: 50, Disposition.BLANK: 1, Disposition.REJECTED: 1}


CHANNELS = ("online", "counter", "post", "phone", "room")
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(CHANNELS), st.sampled_from(("self", "keyed", "scanned"))),
    st.tuples(st.integers(0, 60), st.integers(0, 60)),
    max_size=8,
)


@given(CELLS)
def test_no_picture_shows_a_small_group_and_all_add_up(cells: dict[tuple[str, str], tuple[int, int]]) -> None:
    columns = [GroupTally((name,), ballots + votes, 0, (votes,), (votes,)) for name, (ballots, votes) in cells.items()]
    shown = join_small_groups(columns)
    total = sum(column.ballots for column in columns)
    for picture in (bands(shown), bands(shown, CAPTURE), paper_and_others(bands(shown))):
        assert all(band.tally.ballots >= 20 for band in picture)
        assert not picture or sum(band.tally.ballots for band in picture) == total
        assert len({band.key for band in picture}) == len(picture)
        names = [name for band in picture for name in band.names]
        assert len(names) == len(set(names))
