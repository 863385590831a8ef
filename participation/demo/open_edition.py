"""This year's edition in the third week of its vote: work in every state, for every role to find something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from participation.ballots.models import BallotRejection
from participation.demo import batches, desk, online, people, remote, scanned, votes
from participation.demo.batches import Pile, Sheet
from participation.demo.content import OPEN_FOR, POST, Say
from participation.demo.desk import Slip
from participation.demo.edition import Edition
from participation.demo.online import Vote
from participation.demo.people import Fields, fields
from participation.demo.samples import ANONYMOUS, demo_codes
from participation.paper.models.stock import StockKind
from participation.publication import ledger
from participation.register import service as register
from participation.settings import Settings

SEED = 20270208
VOTES_ONLINE = 1_900
CODES_MADE = 120
CODES_USED = 31
REPLACED = 5
ACCEPTED = {"C1": 101, "C2": 84, "C3": 46, "C4": 52, "C5": 21, "C6": 33, POST: 44}
"""Declarations accepted so far. What is handed out and not yet in a batch lies in the boxes."""
FATHER_AT = "C3"
"""Where the declaration is accepted that another one resembles."""
POST_OPENED = 27
"""Inner envelopes opened so far; the others wait in their box."""
CLOSED_PILES = (("C1", 50), ("C1", 31), ("C2", 40), (POST, POST_OPENED))
HALF_KEYED = ("C2", 36, 17)
"""Place, forms, forms keyed so far by the first clerk alone."""
WAITING = ("C4", 38)
"""Place and forms of the batch that waits for the adjudicator."""


def load(edition: Edition, settings: Settings, say: Say) -> None:
    """The first sixteen days. Each stage is one transaction; nothing is dated today."""
    rng = Random(SEED)
    totals = votes.this_year(rng, votes.column(0), VOTES_ONLINE, 7_407)
    cast = _votes(rng, totals, _codes(edition, settings))
    slips = _slips()
    for week in range(3):
        last = min(7 * week + 6, OPEN_FOR - 1)
        with edition.database.writing() as session:
            online.cast_votes(
                session, edition, [vote for vote in cast if vote.day // 7 == week], edition.calendar.on(last, 21)
            )
            desk.accept(session, edition, [slip for slip in slips if slip.day // 7 == week])
            desk.decide(session, edition, edition.calendar.on(last, 18))
            ledger.seal(session, edition.spec_row.process_id, edition.calendar.on(last, 22), rewritten=True)
    say(f"  {len(cast)} votes online, {len(slips)} paper declarations")
    left = _key(edition, rng)
    scanned.load(edition, settings, left, 14)
    with edition.database.writing() as session:
        ledger.seal(session, edition.spec_row.process_id, edition.calendar.on(15, 21))
    remote.take_calls(edition, settings)
    remote.order_kits(edition)
    _open_cases(edition, cast)
    say("  4 batches closed, one half keyed, two scanned, two waiting for the adjudicator, two open cases")


def _codes(edition: Edition, settings: Settings) -> list[str]:
    """The pool for ages 12 and 13; the first ones are shown on the page of roles and stay unused here."""
    shown = demo_codes(settings, ANONYMOUS)
    with edition.database.writing() as session:
        codes = register.issue_pool(
            session,
            edition.keys,
            edition.spec_row,
            edition.style,
            CODES_MADE,
            at=edition.calendar.on(-10, 9),
            by=edition.staff["administration"],
            known=shown,
        )
    return codes[len(shown) :]


def _votes(rng: Random, totals: votes.Votes, codes: Sequence[str]) -> list[Vote]:
    when = online.days(rng, VOTES_ONLINE, OPEN_FOR - 1)
    drawn = votes.draw(rng, totals, VOTES_ONLINE, votes.ONLINE_SHARES)
    return [
        Vote(number, day, chosen, codes[number // 50] if number % 50 == 7 and number // 50 < CODES_USED else "")
        for number, (day, chosen) in enumerate(zip(when, drawn, strict=True))
    ]


def _slips() -> list[Slip]:
    """Paper declarations of the first sixteen days; a few replace a vote of the first day online."""
    newcomers = iter(range(VOTES_ONLINE, people.MOST))
    replaced = [people.person(number) for number in range(2, 2 + 4 * REPLACED, 4)]
    slips = []
    for place_number, (code, accepted) in enumerate(ACCEPTED.items()):
        for number in range(accepted):
            day = 5 + number % 11 if code == POST else (number * 5 + place_number) % OPEN_FOR
            if replaced and day > 3 and number % 17 == 16:
                slips.append(Slip(code, day, replaced.pop()))
            else:
                slips.append(Slip(code, day, None if number % 41 == 7 else people.person(next(newcomers))))
    return sorted(slips, key=lambda slip: slip.day)


MAIL_OF_THE_DAY = 14
"""Envelopes that two people have received and nobody has checked in."""


def _key(edition: Edition, rng: Random) -> list[Sheet]:
    """The batches, each as far as the story has come, and the stock of the counters; what is left of the sheets."""
    sheets = _sheets(rng)
    on = edition.calendar.on
    with edition.database.writing() as session:
        for number, (code, forms) in enumerate(CLOSED_PILES):
            pile = Pile(code, [sheets.pop() for _form in range(forms)])
            batches.whole_way(session, edition, pile, 11, on(12, 9 + number, 10))
        code, forms, done = HALF_KEYED
        batch = batches.open_pile(session, edition, Pile(code, sheets[:forms]), 14, on(15, 9))
        first = [sheets.pop() for _form in range(done)]
        batches.key_pass(session, edition, batch, first, batches.CLERKS[0], on(15, 9, 10), finish=False)
        code, forms = WAITING
        pile = Pile(code, _with_differences([sheets.pop() for _form in range(forms)]))
        batch = batches.open_pile(session, edition, pile, 13, on(14, 10))
        batches.key_twice(session, edition, batch, pile.sheets, on(14, 10))
        stock = {code: _stock(accepted + (code == FATHER_AT)) for code, accepted in ACCEPTED.items() if code != POST}
        desk.count_stock(session, edition, stock | {POST: {StockKind.INNER_OPENED: POST_OPENED}}, on(15, 18))
        desk.receive_mail(session, edition, POST, MAIL_OF_THE_DAY, on(15, 18, 30), ACCEPTED[POST] - POST_OPENED)
    return sheets


def _sheets(rng: Random) -> list[Sheet]:
    paper = votes.this_year(rng, votes.column(1), 270, 1_454)
    drawn = [Sheet(chosen) for chosen in votes.draw(rng, paper, 270, votes.PAPER_SHARES)]
    drawn[4::45] = [Sheet(votes.spoil(rng, paper), BallotRejection.OVER) for _sheet in drawn[4::45]]
    drawn[20] = Sheet()
    drawn[60] = Sheet((), BallotRejection.UNCLEAR)
    return drawn


def _with_differences(sheets: list[Sheet]) -> list[Sheet]:
    """Two forms read differently, one that has too many ticks, one that is unclear."""
    plain = [Sheet(sheet.chosen or ("0002",)) for sheet in sheets]
    plain[5] = Sheet(plain[5].chosen, misread=True)
    plain[23] = Sheet(plain[23].chosen, misread=True)
    plain[11] = Sheet(("0001", "0002", "0005", "0008", "0016", "0020"), BallotRejection.OVER)
    plain[30] = Sheet((), BallotRejection.UNCLEAR)
    return [Sheet(sheet.chosen[:5]) if len(sheet.chosen) > 5 and not sheet.rejection else sheet for sheet in plain]


def _stock(accepted: int) -> dict[StockKind, int]:
    """Blank forms that the place got, those that it replaced, and those that are left."""
    replaced = accepted // 40
    return {
        StockKind.BLANKS_RECEIVED: 300,
        StockKind.REPLACED: replaced,
        StockKind.UNUSED: 300 - accepted - replaced,
    }


def _open_cases(edition: Edition, cast: Sequence[Vote]) -> None:
    """Two declarations that look like others: another spelling, and perhaps a father and his son."""
    voter = next(vote.number for vote in cast if vote.number >= 40 and not vote.code)
    spelled = people.person(voter) | _another_spelling(people.person(voter))
    father = fields("Jean", "Fictif-Sansfaçon", "02-11", "H0H 9Z9")
    son = fields("Jean", "Fictif-Sansfaçon", "22-11", "H0H 9Z9")
    with edition.database.writing() as session:
        desk.accept(session, edition, [Slip(FATHER_AT, 14, father), Slip(FATHER_AT, 15, son), Slip("C1", 15, spelled)])
        ledger.seal(session, edition.spec_row.process_id, edition.calendar.on(15, 22) + timedelta(minutes=30))


def _another_spelling(written: Fields) -> Fields:
    """The same person with a letter less in the last name."""
    return {"last_name": written["last_name"][:-1]}
