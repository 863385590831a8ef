"""Print runs: every copy has its own serial, a kill costs at most a part, files go when they are delivered."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import text

from participation.db import Database
from participation.errors import Conflict, Invalid
from participation.paper.balance import stock_of
from participation.paper.models.prints import PrintState
from participation.paper.models.stock import StockKind
from participation.paper.printed import Edition
from participation.paper.serials import printed_serial, read_serial
from participation.paper.sheets import print_job, print_runs
from participation.paper.sheets.print_job import Press
from participation.paper.sheets.print_runs import Order, RunRow
from participation.processes.queries import places_of
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON, World, build_account, build_world

NUMBERED = Edition("fr", numbered=True)


@pytest.fixture
def world(database: Database, keys: Keys) -> World:
    return build_world(database, keys)


@pytest.fixture
def press(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Press:
    monkeypatch.setattr(print_job, "PART", 4)
    return Press(database, settings, lambda: NOON)


def ordered(database: Database, world: World, copies: int, edition: Edition = NUMBERED, nonce: str = "") -> uuid.UUID:
    with database.writing() as session:
        place = places_of(session, world.process_id)[0]
        order = Order(place, "ville", edition, copies)
        return print_runs.order(
            session, world.spec_row, order, nonce=nonce or uuid.uuid4().hex, account_id=None, at=NOON
        )


def run_of(database: Database, run_id: uuid.UUID) -> RunRow:
    with database.reading() as session:
        found = print_runs.run_by_id(session, run_id)
    assert found is not None
    return found


def printed_serials(path: Path) -> list[str]:
    found = []
    for page in pypdfium2.PdfDocument(path):
        words = page.get_textpage().get_text_bounded().split()
        found.append(next(serial for word in words if (serial := read_serial(word))))
    return found


def stored(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.execute(text("SELECT serial, stub_hash FROM ballot_serial")).all())


def finish(press: Press, run_id: uuid.UUID) -> None:
    while print_job.next_step(press, run_id):
        pass


def test_every_copy_has_its_own_serial_and_stub(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 10)
    finish(press, run_id)
    serials = printed_serials(press.file(run_id))
    assert len(set(serials)) == 10
    assert set(serials) == set(stored(press.database))
    assert len(set(stored(press.database).values())) == 10
    run = run_of(press.database, run_id)
    assert (run.state, run.printed, run.ready_at) == (PrintState.READY, 10, NOON)
    assert [path.name for path in press.folder(run_id).iterdir()] == ["ballots.pdf"], "no part is left"


def test_a_stub_code_leads_to_its_serial_and_only_its_keyed_hash_is_stored(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 1)
    (serial,) = print_job.print_at_once(press, run_id)
    words = pypdfium2.PdfDocument(press.file(run_id))[0].get_textpage().get_text_bounded().split()
    code = next(word for word in words if len(word) == 9 and word[4] == "-" and word.isascii())
    with press.database.reading() as session:
        hashed = print_job.stub_hash(press.settings, code.lower())
        assert print_runs.serial_of_stub(session, world.spec_row.id, hashed) == serial
        assert print_runs.known_serials(session, world.spec_row.id, [serial, "1234561"]) == {serial: run_id}
    assert code not in stored(press.database)[serial]


def test_serials_come_in_the_order_of_the_pages_to_whoever_prints_at_once(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 9)
    serials = print_job.print_at_once(press, run_id)
    assert serials == printed_serials(press.file(run_id))
    assert printed_serial(serials[0]) in pypdfium2.PdfDocument(press.file(run_id))[0].get_textpage().get_text_bounded()


def test_nothing_says_afterwards_where_in_the_pile_a_serial_was(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 10)
    finish(press, run_id)
    with press.database.reading() as session:
        rows = session.execute(text("SELECT serial, part FROM ballot_serial")).all()
    assert {row.part for row in rows} == {None}
    pages = printed_serials(press.file(run_id))
    assert [row.serial for row in rows] != pages, "rows do not lie in the order of the pages"


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("where", ["write_whole", "note_part", "join", "note_ready"])
def test_killed_anywhere_it_goes_on_and_every_serial_is_on_one_page(
    where: str, press: Press, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ordered(press.database, world, 10)
    print_job.next_step(press, run_id)
    owner = print_runs if where.startswith("note") else print_job

    def killed(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, where, killed)
        with pytest.raises(Killed):
            finish(press, run_id)
    finish(press, run_id)
    serials = printed_serials(press.file(run_id))
    assert len(set(serials)) == 10
    assert set(serials) == set(stored(press.database)), "a serial of a part that was lost is no serial"


def test_unnumbered_ballots_are_one_sheet_to_print_many_times(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 800, replace(NUMBERED, numbered=False))
    finish(press, run_id)
    assert len(pypdfium2.PdfDocument(press.file(run_id))) == 1
    assert stored(press.database) == {}


def test_delivered_copies_enter_the_stock_once_and_the_file_goes(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 5)
    finish(press, run_id)
    clerk = build_account(press.database, "Clerk", [], world.organisation_id)
    run = run_of(press.database, run_id)
    with press.database.writing() as session:
        print_runs.deliver(session, world.spec_row, run, account_id=clerk, at=NOON)
    with press.database.writing() as session, pytest.raises(Conflict):
        print_runs.deliver(session, world.spec_row, run, account_id=clerk, at=NOON)
    with press.database.reading() as session:
        assert stock_of(session, world.spec_row.id) == {world.place_id: {StockKind.BLANKS_RECEIVED: 5}}
    print_job.tidy(press)
    assert not press.folder(run_id).exists()


def test_a_file_that_nobody_fetches_goes_and_its_copies_enter_no_stock(press: Press, world: World) -> None:
    run_id = ordered(press.database, world, 2)
    finish(press, run_id)
    print_job.tidy(press)
    assert press.file(run_id).exists()
    print_job.tidy(replace(press, clock=lambda: NOON + print_runs.KEPT * 1.1))
    assert run_of(press.database, run_id).state is PrintState.DROPPED
    assert not press.folder(run_id).exists()


def test_an_order_sent_twice_is_one_run(press: Press, world: World) -> None:
    assert ordered(press.database, world, 3, nonce="same") == ordered(press.database, world, 3, nonce="same")


@pytest.mark.parametrize("copies", [0, -1, print_runs.MOST_COPIES + 1])
def test_a_run_has_a_size(copies: int, press: Press, world: World) -> None:
    with pytest.raises(Invalid):
        ordered(press.database, world, copies)


def test_numbers_run_out_before_made_up_ones_become_likely(press: Press, world: World) -> None:
    for _run in range(print_runs.MOST_NUMBERED // print_runs.MOST_COPIES):
        ordered(press.database, world, print_runs.MOST_COPIES)
    with pytest.raises(Invalid):
        ordered(press.database, world, 1)
    ordered(press.database, world, 1, replace(NUMBERED, numbered=False))
