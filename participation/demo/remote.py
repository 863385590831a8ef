"""Votes on the phone, kits in the post, letters with codes: what the desks show that work from afar.

Each call is what three agents do, in transactions of their own, as at the desks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.db import Database
from participation.demo import desk, people
from participation.demo.batches import CLERKS, Sheet
from participation.demo.content import LINE, Calendar
from participation.demo.desk import FIRST_CLERK, Slip
from participation.demo.edition import Edition
from participation.paper.models.desk import Paper
from participation.paper.remote import kits, letters, phone
from participation.paper.remote.letters import Addressee, PartRow
from participation.paper.remote.phone import Secrets
from participation.processes.queries import SpecRow
from participation.register import queries as register_queries
from participation.register import service as register
from participation.register.keys import Keys
from participation.settings import Settings

# The phone.


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody who called, from the declaration to the box; without choices the number still waits."""

    day: int
    hour: int
    caller: int
    """Which of the fictional people."""
    chosen: tuple[str, ...] = ()


FIRST_CALLER = 2_600
"""People from here on vote neither online nor on a slip."""
CALLS = (
    Call(9, 11, FIRST_CALLER, ("3", "11", "14")),
    Call(9, 15, FIRST_CALLER + 1, ("2", "9")),
    Call(13, 10, FIRST_CALLER + 2, ("1", "6", "11", "18", "20")),
    Call(13, 14, FIRST_CALLER + 3, ("9",)),
    Call(15, 19, FIRST_CALLER + 4),
)


def take_calls(edition: Edition, settings: Settings) -> None:
    """Every call: one agent accepts and gives a number, a second keys, a third confirms."""
    secrets = Secrets.of(settings)
    for number, call in enumerate(CALLS, start=1):
        _take(edition, secrets, call, f"A-{100 + number}", edition.calendar.on(call.day, call.hour, 7 * number))


def _take(edition: Edition, secrets: Secrets, call: Call, reference: str, at: datetime) -> None:
    database, spec_row, nonce = edition.database, edition.spec_row, f"demo|{edition.slug}|{reference}"
    slip = Slip(LINE, call.day, people.person(call.caller))
    with database.writing() as session:
        desk.accept_one(session, edition, slip, edition.places(session)[LINE], FIRST_CLERK, at)
    with database.writing() as session:
        line, first = edition.places(session)[LINE], edition.account(FIRST_CLERK)
        number = phone.give_number(
            session, secrets, spec_row, line, edition.style, reference=reference, nonce=nonce, account_id=first, at=at
        )
    if not call.chosen:
        return
    reading = Sheet(call.chosen).keyed(1)
    second, third = (edition.account(clerk) for clerk in CLERKS)
    with database.writing() as session:
        found = phone.call_of(session, secrets, spec_row, number, account_id=second, at=at)
        phone.key_choices(session, secrets, spec_row, found, reading, account_id=second)
    at += timedelta(minutes=4)
    with database.writing() as session:
        found = phone.call_of(session, secrets, spec_row, number, account_id=third, at=at)
        phone.use_number(session, secrets, spec_row, found, account_id=third, at=at)
    with database.writing() as session:
        phone.cast_choices(session, edition.keys, spec_row, found, reading, nonce=nonce, at=at)


# Kits.

CITY = "Rive-Claire (Québec)  H0H 0H3"
KITS = (
    (("Yasmine Fictif-Rossi", "31, rue Inventée", "Montréal (Québec)  H0H 0H1"), False, 8),
    (("Paul Fictif-Dubé", "5, avenue du Conte, app. 12", "Montréal (Québec)  H0H 0H2"), True, 15),
)
"""Address, large print, day of the vote on which it was asked for. The first was mailed the day after."""


def order_kits(edition: Edition) -> None:
    by, on = edition.account(FIRST_CLERK), edition.calendar.on
    with edition.database.writing() as session:
        for number, (lines, large, day) in enumerate(KITS):
            nonce = f"demo|{edition.slug}|kit|{number}"
            kits.order(
                session, edition.keys, edition.spec_row, lines,
                language="fr", large=large, style=edition.style, nonce=nonce, account_id=by, at=on(day, 13),
            )  # fmt: skip
            if number == 0:
                waiting = [kit.id for kit in kits.to_mail(session, edition.keys, edition.spec_row)]
                kits.mark_mailed(session, edition.spec_row, waiting, account_id=by, at=on(day + 1, 9))


# Letters.


def send_letters(
    database: Database, keys: Keys, spec_row: SpecRow, numbers: Sequence[str], by: Actor, calendar: Calendar
) -> None:
    """Two runs: one left before the vote and its addresses are destroyed, a small one waits for the worker."""
    sent, waiting = numbers[:-4], numbers[-4:]
    with database.writing() as session:
        at = calendar.on(-9, 10)
        _order(session, keys, spec_row, sent, by, at)
        (run,) = letters.runs_of(session, spec_row.id)
        for part in letters.parts_of(session, [run.id])[run.id]:
            _deliver(session, keys, spec_row, part, by, at + timedelta(hours=2))
        letters.destroy_keys(session, keys, at + timedelta(hours=23))
        _order(session, keys, spec_row, waiting, by, calendar.on(15, 16))


def _order(session: Session, keys: Keys, spec_row: SpecRow, numbers: Sequence[str], by: Actor, at: datetime) -> None:
    """Every third letter is in English, and the last one in large print."""
    known = register_queries.voters_with_codes(session, spec_row.id)
    wanted = [
        Addressee(
            known[number][0],
            (f"{people.FIRST_NAMES[place]} Fictif-{people.LAST_NAMES[place]}", f"{place + 1}, rue des Saules", CITY),
            "en" if place % 3 == 2 else "fr",
            large=number == numbers[-1],
        )
        for place, number in enumerate(numbers)
    ]
    nonce = f"demo|{at.isoformat()}"
    letters.order(session, keys, spec_row, wanted, Paper.LETTER, nonce=nonce, account_id=by.account_id, at=at)


def _deliver(session: Session, keys: Keys, spec_row: SpecRow, part: PartRow, by: Actor, at: datetime) -> None:
    """The codes are made with the letters; nobody has them, for those who would get them are invented."""
    named = letters.names(session, keys, part)
    made = register.renew_codes(session, keys, spec_row, [voter for voter, _lines in named], at=at)
    letters.note_ready(session, part, len(made), at)
    letters.deliver(session, spec_row, part, account_id=by.account_id, at=at + timedelta(hours=20))
