"""Lists of a register of everything: whatever they are narrowed by, and page by page, they hold what they must."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from participation.accounts.models import Organisation, Role
from participation.consultations import queries
from participation.consultations.analysis import queries as analysis
from participation.consultations.analysis.queries import Bench
from participation.consultations.analysis.units import Wanted as AtTheBench
from participation.consultations.models import (
    AboutKind,
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
)
from participation.consultations.queries import Sort, Wanted
from participation.db import Database
from tests.bench.crowd import SELDOM, Crowd
from tests.builders import build_account

PAGE = 40


def choices(**values: Any) -> Iterator[dict[str, Any]]:
    """Every way to choose some of these and leave the others."""
    for chosen in product((False, True), repeat=len(values)):
        yield {name: value for (name, value), is_chosen in zip(values.items(), chosen, strict=True) if is_chosen}


def page_by_page(session: Session, process_id: uuid.UUID, wanted: Wanted) -> list[int]:
    found: list[int] = []
    cursor = "first"
    while cursor:
        page = queries.listed(session, process_id, wanted, "" if cursor == "first" else cursor, limit=PAGE)
        found, cursor = [*found, *(row.number for row in page.rows)], page.next_cursor
    return found


def ordered(rows: list[Contribution], sort: Sort) -> list[int]:
    def key(row: Contribution) -> tuple[Any, ...]:
        return (row.replies if sort is Sort.DISCUSSED else 0, row.received_at, row.id)

    return [row.number for row in sorted(rows, key=key, reverse=sort is not Sort.OLDEST)]


def fits(row: Contribution, chosen: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in chosen.items())


def test_lists_hold_what_they_must_however_they_are_narrowed(database: Database) -> None:
    with database.writing() as session:
        body = Organisation(slug="essai", name={"fr": "Essai"})
        session.add(body)
        session.flush()
        body_id = body.id
    staff = build_account(database, "Ada", [Role.ADMINISTRATOR], body_id)
    with database.writing() as session:
        process_id = Crowd(session, body_id, "essai", 500, staff).write()
    with database.reading() as session:
        rows = list(session.execute(select(Contribution).where(col(Contribution.process_id) == process_id)).scalars())
        once = [row for row in rows if row.same_as_id is None]
        public = [
            row for row in once
            if row.kind is ContributionKind.COMMENT and row.state is ContributionState.PUBLISHED and not row.parent_id
        ]  # fmt: skip
        assert len(public) > PAGE, "there is more than one page"
        for sort in Sort:
            chosen_by_all = choices(theme="0", channel=ContributionChannel.EMAIL, about=AboutKind.DOCUMENT)
            for chosen in chosen_by_all:
                wanted = Wanted(public=True, sort=sort, **chosen)
                mine = [row for row in public if fits(row, chosen)]
                assert page_by_page(session, process_id, wanted) == ordered(mine, sort), asdict(wanted)
        for chosen in choices(
            kind=ContributionKind.COMMENT, state=ContributionState.PUBLISHED, theme="1",
            channel=ContributionChannel.ONLINE, language="en",
        ):  # fmt: skip
            mine = [row for row in once if fits(row, chosen)]
            assert page_by_page(session, process_id, Wanted(once=True, **chosen)) == ordered(mine, Sort.NEWEST), chosen
        kept = [row for row in rows if row.state is not ContributionState.WITHDRAWN]
        for chosen in choices(kind="comment", theme=SELDOM, channel="online", borough="Arrondissement 1", coded="yes"):
            units = analysis.units(session, Bench(process_id, None, []), AtTheBench(**chosen), most=10_000)
            named = chosen | ({"coded": True} if "coded" in chosen else {})
            mine = sorted(row.number for row in kept if fits(row, named))
            assert [unit.position.number for unit in units] == mine, chosen
        assert analysis.boroughs(session, process_id) == sorted({row.borough for row in rows} - {""})
