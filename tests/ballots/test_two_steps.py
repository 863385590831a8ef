"""What the desks leave in the log: that something was checked in or decided, before it has any effect, and no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from participation.ballots import closing
from participation.ballots.queries import ReceiptKind, ReceiptStatus, receipt_status
from participation.counting.reconciliation import IdentityKey
from participation.counting.spec import Precedence
from participation.db import Database
from participation.paper.intake import service
from participation.publication import identities
from participation.register.keys import Keys
from participation.register.models import SetAside
from tests.ballots.test_cast import accept, cast
from tests.builders import (
    AFTER_POST,
    NOON,
    World,
    build_account,
    build_codes,
    build_spec,
    build_world,
    declared_entry,
    online_entry,
    open_register,
    person,
)
from tests.client import Site
from tests.paper.clerks import Office, open_office
from tests.paper.test_intake import SLIP

DECLARATIONS = ("declaration-taken", "anonymous-taken", "declaration-set-aside", "case-decided")


def logged(database: Database) -> list[tuple[str, Any]]:
    """Kind and details of what the desks recorded."""
    with database.reading() as session:
        rows = session.execute(text("SELECT kind, data FROM event ORDER BY at, id"))
        return [(row.kind, row.data) for row in rows if row.kind in DECLARATIONS]


def transactions(database: Database, table: str, where: str = "true") -> set[int]:
    with database.reading() as session:
        return set(session.execute(text(f"SELECT xmin::text::bigint FROM {table} WHERE {where}")).scalars())


def replaced_by_paper(site: Site) -> Office:
    """Somebody votes online, then hands a slip over at the counter."""
    office = open_office(site, build_spec(precedence=Precedence.PAPER_WINS))
    (code,) = build_codes(site.database, site.keys, office.world, 1)
    cast(site.database, site.keys, office.world, online_entry(site.keys, office.world, code, "1"))
    office.intake.post(f"{office.base}/intake/C1", {"nonce": "slip", "code": code})
    return office


def test_the_event_of_an_acceptance_shares_no_transaction_with_what_it_replaces(site: Site) -> None:
    """PostgreSQL numbers transactions, so even before the nightly rewriting the two must not meet."""
    replaced_by_paper(site)
    with site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM superseding")).scalar_one() == 1
    assert len(logged(site.database)) == 1
    if not site.database.is_sqlite:
        events = transactions(site.database, "event", "kind = 'declaration-taken'")
        assert events
        assert not events & (transactions(site.database, "superseding") | transactions(site.database, "declaration"))


def test_a_case_that_cancels_a_vote_is_noted_apart(site: Site) -> None:
    office = open_office(site, open_register(build_spec(precedence=Precedence.PAPER_WINS)))
    cast(site.database, site.keys, office.world, declared_entry(office.world, person(), "1"))
    office.intake.post(f"{office.base}/intake/C1", {"nonce": "slip", "read_back": "1", **SLIP})
    page = office.intake.get_page(f"{office.base}/cases")
    (address,) = {attrs["action"] for attrs in page.all("form") if "/cases/" in attrs.get("action", "")}
    for decider in (office.intake, office.third):
        decider.post(address, {"verdict": "same_person"})
    with site.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM superseding")).scalar_one() == 1
    assert sorted(kind for kind, _data in logged(site.database)) == ["case-decided", "declaration-taken"]
    assert "same" not in str(logged(site.database)), "how it was decided would date a second vote"
    if not site.database.is_sqlite:
        assert not transactions(site.database, "event") & transactions(site.database, "superseding")


def test_an_acceptance_and_a_refused_duplicate_look_the_same_in_the_log(site: Site) -> None:
    """An event with place and time that said “duplicate” would tell that somebody at the counter had voted."""
    office = open_office(site)
    (code,) = build_codes(site.database, site.keys, office.world, 1)
    for nonce in ("one", "two"):
        office.intake.post(f"{office.base}/intake/C1", {"nonce": nonce, "code": code})
    office.intake.post(f"{office.base}/intake/C1/refuse", {"nonce": "three", "reason": SetAside.DUPLICATE})
    first, *others = logged(site.database)
    assert others == [first, first]


def test_a_slip_whose_answer_was_lost_is_taken_when_it_is_sent_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine dies between the event and its effect: nothing is half done, and the same form goes through."""
    office = open_office(site)
    (code,) = build_codes(site.database, site.keys, office.world, 1)
    form = {"nonce": "one", "code": code}

    def die(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError("the machine died")

    with monkeypatch.context() as patch:
        patch.setattr(service, "accept", die)
        with pytest.raises(ConnectionError):
            office.intake.post(f"{office.base}/intake/C1", form)
    assert declared(site.database) == 0
    office.intake.post(f"{office.base}/intake/C1", form)
    assert declared(site.database) == 1
    assert len(logged(site.database)) == 2


def declared(database: Database) -> int:
    with database.reading() as session:
        number: int = session.execute(text("SELECT count(*) FROM declaration")).scalar_one()
    return number


def test_ages_12_and_13_have_an_event_and_a_figure_of_their_own(site: Site) -> None:
    office = open_office(site)
    office.intake.post(f"{office.base}/intake/C1", {"nonce": "one", "kind": "anonymous", "children": "3"})
    ((kind, data),) = logged(site.database)
    assert kind == "anonymous-taken"
    assert '"children": 3' in str(data).replace("'", '"')
    with site.database.reading() as session:
        board = identities.board(session, office.world.spec_row, closed=False)
    received = next(each for each in identities.summary(board) if each.key is IdentityKey.DECLARATIONS)
    assert {term.code: term.value for term in received.right if term.value} == {"accepted_anonymous": 3}
    assert received.holds
    kept = map(identities.load_equation, identities.as_minutes(board)["identities"])
    assert received in list(kept)


def test_a_slip_set_aside_does_not_say_why_before_the_close(database: Database, keys: Keys) -> None:
    """“Duplicate” would tell whoever holds the stub that a vote was there in that name."""
    world = build_world(database, keys, build_spec(precedence=Precedence.ALL_VOID))
    (code,) = build_codes(database, keys, world, 1)
    clerk = build_account(database, "Clerk", [], world.organisation_id)
    stub = accept(database, keys, world, clerk, code=code).stub_code
    accepted = asked(database, keys, world, stub, NOON)
    assert (accepted.kind, accepted.set_aside) == (ReceiptKind.SLIP_ACCEPTED, None)
    cast(database, keys, world, online_entry(keys, world, code, "1"))
    assert asked(database, keys, world, stub, NOON) == ReceiptStatus(ReceiptKind.SLIP_REFUSED)
    second = build_account(database, "Second", [], world.organisation_id)
    closing.close_intake(
        database, keys, world.spec_row, first_account_id=clerk, second_account_id=second, at=AFTER_POST
    )
    after = asked(database, keys, world, stub, AFTER_POST)
    assert after == ReceiptStatus(ReceiptKind.SLIP_REFUSED, set_aside=SetAside.DUPLICATE)


def asked(database: Database, keys: Keys, world: World, stub: str, at: datetime) -> ReceiptStatus:
    with database.reading() as session:
        return receipt_status(session, keys, world.spec_row, stub, at)
