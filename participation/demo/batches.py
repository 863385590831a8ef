"""Batches of paper ballots: keyed twice by two people, differences settled by a third, closed into the box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.ballots.models import BallotRejection
from participation.demo.content import QUESTION
from participation.demo.edition import Edition
from participation.i18n import DEFAULT_ZONE
from participation.paper.keying import adjudication, closing, service
from participation.paper.marks import Reading
from participation.paper.models.batches import GapKind, Interpretation
from participation.paper.queries import BatchRow, batch_or_404
from participation.processes.numbers import code_of

CLERKS = ("saisie1", "saisie2")
THIRD = "arbitrage"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One paper ballot as it lies on the table: its ticks, and why it is rejected, if it is."""

    chosen: Sequence[str] = ()
    rejection: BallotRejection | None = None
    misread: bool = False
    """The second clerk keys another number, which a third person sets right."""

    def keyed(self, pass_number: int) -> Reading:
        """What one clerk types."""
        if self.rejection and self.rejection is not BallotRejection.OVER:
            return Reading(Interpretation.UNCLEAR, {})
        chosen = list(self.chosen)
        if self.misread and pass_number == 2:
            others = (code_of(str(number)) for number in range(int(chosen[0]) + 1, 30))
            chosen[0] = next(code for code in others if code not in chosen)
        return self._reading(chosen)

    @property
    def true(self) -> Reading:
        """What the third person reads."""
        if self.rejection is BallotRejection.UNCLEAR:
            return Reading(Interpretation.UNCLEAR, {})
        return self._reading(self.chosen)

    def _reading(self, chosen: Sequence[str]) -> Reading:
        if not chosen:
            return Reading(Interpretation.BLANK, {})
        return Reading(Interpretation.CHOICES, {QUESTION: [(number.zfill(2), 1) for number in chosen]})


@dataclass(frozen=True, slots=True)
class Pile:
    """A batch before anybody opens it: its header, and the sheets that are really there."""

    place: str
    sheets: Sequence[Sheet]
    header_count: int = 0
    """0: as many as there are sheets."""
    seal_broken: bool = False
    numbered: bool = False
    gap_reason: str = ""


def open_pile(session: Session, edition: Edition, pile: Pile, day: int, at: datetime) -> BatchRow:
    """Opens the batch under its printed header. `day` is the day of the vote on which it was received."""
    place = edition.places(session)[pile.place]
    nonce = f"demo|{edition.slug}|{at.isoformat()}"
    header = service.Header(
        place=place,
        style=edition.style,
        channel=place.channel,
        received_on=edition.calendar.on(day, 12).astimezone(DEFAULT_ZONE).date(),
        header_count=pile.header_count or len(pile.sheets),
        seal_number=f"S-{4100 + int(at.timestamp()) // 60 % 900}",
        seal_broken=pile.seal_broken,
        numbered=pile.numbered,
    )
    number = service.open_batch(
        session, edition.spec_row, header, nonce=nonce, account_id=edition.account(CLERKS[0]), at=at
    )
    return batch_or_404(session, edition.spec_row, number)


def key_pass(
    session: Session, edition: Edition, batch: BatchRow, sheets: Sequence[Sheet], clerk: str, at: datetime,
    *, finish: bool = True,
) -> None:  # fmt: skip
    """One clerk's pass over the sheets."""
    account_id, spec_row = edition.account(clerk), edition.spec_row
    number = service.start_keying(session, spec_row, batch, account_id=account_id, at=at)
    mine = service.my_open_pass(session, spec_row, batch.number, account_id)
    for position, sheet in enumerate(sheets, start=1):
        seconds = 6 + 2 * len(sheet.chosen) + position * 7 % 5
        nonce = f"{mine.session_id}|{position}"
        service.key_form(session, mine, position, sheet.keyed(number), nonce=nonce, seconds=seconds)
    if finish:
        done = at + timedelta(seconds=25 * len(sheets))
        service.finish_keying(session, spec_row, mine, account_id=account_id, at=done)


def key_twice(session: Session, edition: Edition, batch: BatchRow, sheets: Sequence[Sheet], at: datetime) -> None:
    """Both passes; which clerk goes first changes with the batch."""
    first, second = CLERKS if batch.number % 2 else CLERKS[::-1]
    key_pass(session, edition, batch, sheets, first, at + timedelta(minutes=4))
    key_pass(session, edition, batch, sheets, second, at + timedelta(minutes=31))


def adjudicate(session: Session, edition: Edition, batch: BatchRow, sheets: Sequence[Sheet], at: datetime) -> None:
    """A third person reads every form that waits from the paper, and rules on it."""
    account_id, spec_row = edition.account(THIRD), edition.spec_row
    for form in adjudication.compared(session, spec_row, batch).waiting:
        sheet = sheets[form.position - 1]
        adjudication.record_reading(session, batch, form, sheet.true, sheet.rejection, account_id=account_id)
    for form in adjudication.compared(session, spec_row, batch).waiting:
        sheet = sheets[form.position - 1]
        adjudication.settle(session, spec_row, batch, form, sheet.true, sheet.rejection, account_id=account_id, at=at)


def close(session: Session, edition: Edition, batch: BatchRow, pile: Pile, at: datetime) -> None:
    """Signs the gap where there is one, and puts the ballots into the box."""
    spec_row = edition.spec_row
    if pile.gap_reason:
        for minutes, clerk in enumerate(CLERKS):
            closing.sign_gap(
                session,
                spec_row,
                batch,
                GapKind.COUNT,
                pile.gap_reason,
                account_id=edition.account(clerk),
                at=at - timedelta(minutes=10 - minutes),
            )
    closing.close_batch(
        session, edition.keys, spec_row, batch, zone=DEFAULT_ZONE, account_id=edition.account(CLERKS[0]), at=at
    )


def whole_way(session: Session, edition: Edition, pile: Pile, day: int, at: datetime) -> None:
    """From the header to the box, in about an hour and a half."""
    batch = open_pile(session, edition, pile, day, at)
    key_twice(session, edition, batch, pile.sheets, at)
    adjudicate(session, edition, batch, pile.sheets, at + timedelta(minutes=66))
    close(session, edition, batch, pile, at + timedelta(minutes=84))
