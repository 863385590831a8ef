"""Paper at the counters and in the post: declarations accepted, cases decided, stock recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.ballots.acceptance import accept_declaration, decide_case, note_declaration, note_verdict, open_cases
from participation.ballots.entries import Declared
from participation.demo.edition import Edition
from participation.demo.people import Fields
from participation.paper.intake import box_acts, boxes, envelopes
from participation.paper.models.stock import StockKind
from participation.paper.stock import record_stock
from participation.processes.models import Place
from participation.register.models import CaseState

FIRST_CLERK, SECOND_CLERK = "accueil", "accueil2"


@dataclass(frozen=True, slots=True)
class Slip:
    """A declaration handed in at a place on one day of the vote; without fields it is a child’s, anonymous."""

    place: str
    day: int
    fields: Fields | None


def accept(session: Session, edition: Edition, slips: Sequence[Slip]) -> None:
    """Accepts each as the intake desk does. A possible duplicate becomes a case."""
    places = edition.places(session)
    for number, slip in enumerate(slips):
        received = edition.calendar.on(slip.day, 10 + number % 7, number * 13 % 60)
        clerk = SECOND_CLERK if number % 3 == 2 else FIRST_CLERK
        accept_one(session, edition, slip, places[slip.place], clerk, received)


def accept_one(session: Session, edition: Edition, slip: Slip, place: Place, clerk: str, received: datetime) -> None:
    """One declaration, by this clerk at this moment."""
    declared = Declared(
        place_id=place.id,
        channel=place.channel,
        style=edition.style,
        received=received,
        first_account_id=edition.account(clerk),
        fields=slip.fields,
        anonymous=slip.fields is None,
    )
    note_declaration(session, edition.keys, edition.spec_row, declared, received)
    accept_declaration(session, edition.keys, edition.spec_row, declared, received)


def decide(session: Session, edition: Edition, at: datetime) -> None:
    """Two people decide every open case: the same words are the same person, other words are two."""
    for case in open_cases(session, edition.keys, edition.spec_row):
        assert case.other is not None
        same = case.new.fields == case.other.fields
        verdict = CaseState.SAME_PERSON if same else CaseState.TWO_PERSONS
        for clerk, moment in ((FIRST_CLERK, at), (SECOND_CLERK, at + timedelta(minutes=12))):
            note_verdict(session, edition.spec_row, case.id, edition.account(clerk), moment)
            decide_case(session, edition.keys, edition.spec_row, case.id, verdict, edition.account(clerk))


def count_stock(session: Session, edition: Edition, stock: Mapping[str, Mapping[StockKind, int]], at: datetime) -> None:
    """Blank forms and envelopes of each place, as they were counted."""
    places = edition.places(session)
    for code, figures in stock.items():
        for kind, amount in figures.items():
            record_stock(
                session,
                edition.spec_row,
                places[code],
                kind,
                amount,
                nonce=f"demo|{edition.slug}|{code}|{kind.value}",
                account_id=edition.account(FIRST_CLERK),
                at=at,
            )


def receive_mail(session: Session, edition: Edition, code: str, counted: int, at: datetime, boxed: int) -> None:
    """The day's mail of a place of envelopes, counted by two people; in a box what was accepted and not opened."""
    place, spec_row = edition.places(session)[code], edition.spec_row
    first, second = edition.account(FIRST_CLERK), edition.account(SECOND_CLERK)
    nonce = f"demo|{edition.slug}|{code}|{at.isoformat()}"
    arrival = envelopes.Arrival(place, counted, at - timedelta(hours=2), seal_number="S-2041")
    number = envelopes.receive_bag(session, spec_row, arrival, nonce=nonce, account_id=first, at=at)
    bag = envelopes.bag_or_404(session, spec_row, number)
    envelopes.witness_bag(session, spec_row, bag, counted, account_id=second, at=at + timedelta(minutes=6))
    made = box_acts.make_box(session, spec_row, place, edition.style, nonce=nonce, account_id=first, at=at)
    box = boxes.box_or_404(session, spec_row, made)
    box_acts.put(session, spec_row, box, boxed, nonce=f"{nonce}|boxed", account_id=first, at=at)


def spread(slips: Iterable[Slip]) -> dict[int, list[Slip]]:
    """The slips by week of the vote."""
    weeks: dict[int, list[Slip]] = {}
    for slip in slips:
        weeks.setdefault(slip.day // 7, []).append(slip)
    return weeks
