"""Last year's edition, from the first vote to the certified count.

Its paper adds up as an election's statement does: 6,000 blank ballots = 3,826 unused + 2,174 issued; issued =
1,518 returned (1,512 opened, 6 set aside unopened) + 34 spoiled + 622 not returned (606 of the post's 1,100,
15 taken away from counters, 1 that nobody finds); 1,512 found = 1,465 counted + 47 rejected. Online 7,431
received = 7,407 counted + 24 replaced by paper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import IdentityKey
from participation.demo import batches, desk, online, people, votes
from participation.demo.batches import Pile, Sheet
from participation.demo.content import POST, VOTE_DAYS, Say
from participation.demo.desk import Slip
from participation.demo.edition import Edition
from participation.demo.online import Vote
from participation.paper.models.stock import StockKind
from participation.processes.models import WindowKind
from participation.publication import ledger, service
from participation.register import service as register

SEED = 20260208
COUNTED_ONLINE, REPLACED = 7_407, 24
CODES_MADE, CODES_USED = 260, 190
CHILDREN = 26
SECOND_ENVELOPES = 6
BLANK_ON_PAPER = 11
REJECTED = {
    BallotRejection.OVER: 29,
    BallotRejection.UNCLEAR: 12,
    BallotRejection.COPY: 2,
    BallotRejection.TWO_IN_ENVELOPE: 4,
}
PAPER_VALID = 1_454


@dataclass(frozen=True, slots=True)
class PlaceStory:
    """A place's batches by their headers, and the stock that explains its ballots."""

    headers: tuple[int, ...]
    blanks: int
    spoiled: int = 0
    taken_away: int = 0


PLACES = {
    "C1": PlaceStory((50, 50, 50, 47), 900, 7, 4),
    "C2": PlaceStory((50, 50, 44), 700, 5, 2),
    "C3": PlaceStory((50, 50, 49), 700, 4, 3),
    "C4": PlaceStory((50, 50), 450, 3, 1),
    "C5": PlaceStory((50, 48), 450, 3, 1),
    "C6": PlaceStory((50, 46), 450, 5, 2),
    "C7": PlaceStory((50, 45), 450, 3, 1),
    "C8": PlaceStory((50, 50), 450, 2, 0),
    "C9": PlaceStory((46,), 350, 2, 1),
    POST: PlaceStory((50, 50, 50, 50, 50, 50, 50, 50, 50, 38), 1_100),
}
SHORT = ("C1", 1)
"""The batch whose header says one more form than there is, and its place among the place's batches."""
BROKEN_SEAL = ("C6", 0)
POST_NOT_RETURNED = 606
GAP_REASON = (
    "Le bordereau annonce 50 bulletins, il y en a 49 dans le sac scellé. Le poste, le sac et l’urne ont été fouillés "
    "par deux personnes; le compte à l’accueil est de 50."
)
PLACE_REASON = "Le bulletin qui manque au lot 2 n’a pas été retrouvé; il ne change aucun résultat à lui seul."
CLOSED_DAY, COUNT_DAY, CERTIFIED_DAY = VOTE_DAYS + 4, VOTE_DAYS + 7, VOTE_DAYS + 19


def load(edition: Edition, say: Say) -> None:
    """The whole edition. Each stage is one transaction."""
    rng = Random(SEED)
    cast = _votes(edition, rng)
    slips = desk.spread(_slips(cast))
    for week in range(6):
        end = edition.calendar.on(7 * week + 6, 21)
        with edition.database.writing() as session:
            this_week = [vote for vote in cast if vote.day // 7 == week]
            online.cast_votes(session, edition, this_week, end)
            desk.accept(session, edition, slips.get(week, []))
            desk.decide(session, edition, end)
            ledger.seal(session, edition.spec_row.process_id, end + timedelta(hours=2), rewritten=True)
        say(f"  week {week + 1}: {len(this_week)} votes online, {len(slips.get(week, []))} paper declarations")
    piles = _piles(rng)
    counters = [pile for pile in piles if pile.place != POST]
    _key(edition, counters, VOTE_DAYS + 1, say)
    _close_intake(edition)
    say("  intake closed by two people, voting key destroyed")
    _key(edition, [pile for pile in piles if pile.place == POST], CLOSED_DAY + 1, say)
    _count(edition)
    say("  counted, certified by two people, sealed")


def _votes(edition: Edition, rng: Random) -> list[Vote]:
    """Every online vote; those of children carry an anonymous code."""
    with edition.database.writing() as session:
        codes = register.issue_pool(
            session,
            edition.keys,
            edition.spec_row,
            edition.style,
            CODES_MADE,
            at=edition.calendar.on(-10, 9),
            by=edition.staff["administration"],
        )
    counted = votes.draw(rng, votes.column(0), COUNTED_ONLINE, votes.ONLINE_SHARES)
    when = online.days(rng, COUNTED_ONLINE, VOTE_DAYS)
    kept = [
        Vote(number, day, chosen, codes[number // 8] if number % 8 == 3 and number // 8 < CODES_USED else "")
        for number, (day, chosen) in enumerate(zip(when, counted, strict=True))
    ]
    replaced = [Vote(COUNTED_ONLINE + number, number % 14, counted[number * 211], "") for number in range(REPLACED)]
    return [*kept, *replaced]


def _found(code: str) -> int:
    """Forms that are really there: what the headers say, less the one that is missing."""
    return sum(PLACES[code].headers) - (code == SHORT[0])


def _accepted(code: str) -> int:
    """Declarations accepted at a place: one for each ballot handed out, or for each inner envelope."""
    story = PLACES[code]
    return sum(story.headers) + story.taken_away


def _slips(cast: Sequence[Vote]) -> list[Slip]:
    """Every paper declaration: new people, those whose online vote it replaces, children, second envelopes."""
    replaced = [people.person(vote.number) for vote in cast[-REPLACED:]]
    newcomers = iter(range(COUNTED_ONLINE + REPLACED, people.MOST))
    slips: list[Slip] = []
    children = CHILDREN
    for place_number, code in enumerate(PLACES):
        for number in range(_accepted(code)):
            day = _day(code, number, place_number)
            if day > 17 and replaced and number % 23 == 22:
                slips.append(Slip(code, day, replaced.pop()))
            elif children and code != POST and number % 38 == 5:
                slips.append(Slip(code, day, None))
                children -= 1
            else:
                slips.append(Slip(code, day, people.person(next(newcomers))))
    assert not replaced
    assert not children
    early = [slip for slip in slips if slip.day < 14 and slip.place != POST and slip.fields]
    twice = [Slip(POST, 29 + number, early[number * 30].fields) for number in range(SECOND_ENVELOPES)]
    return sorted([*slips, *twice], key=lambda slip: slip.day)


def _day(code: str, number: int, place_number: int) -> int:
    """Post arrives from the sixth day to the third after the vote; counters work through the whole vote."""
    if code == POST:
        return 5 + number * 7 % 32
    return (number * 5 + place_number) % (VOTE_DAYS + 1)


def _piles(rng: Random) -> list[Pile]:
    """Every batch, in the order in which it is keyed, filled with shuffled sheets."""
    in_post, elsewhere = _sheets(rng)
    piles = []
    for code, story in PLACES.items():
        pool = in_post if code == POST else elsewhere
        for number, header in enumerate(story.headers):
            short = (code, number) == SHORT
            sheets = [pool.pop() for _form in range(header - short)]
            piles.append(
                Pile(
                    code,
                    sheets,
                    header_count=header,
                    seal_broken=(code, number) == BROKEN_SEAL,
                    gap_reason=GAP_REASON if short else "",
                )
            )
    return piles


def _sheets(rng: Random) -> tuple[list[Sheet], list[Sheet]]:
    """Those that come in envelopes and the others. Two ballots in one envelope happen in the post alone."""
    paper = votes.column(1)
    valid = votes.draw(rng, paper, PAPER_VALID, votes.PAPER_SHARES)
    sheets = [Sheet(chosen, misread=number % 160 == 80) for number, chosen in enumerate(valid)]
    sheets += [Sheet() for _blank in range(BLANK_ON_PAPER)]
    for rejection, number in REJECTED.items():
        if rejection is BallotRejection.TWO_IN_ENVELOPE:
            continue
        for _form in range(number):
            over = rejection is BallotRejection.OVER
            sheets.append(Sheet(votes.spoil(rng, paper) if over else valid[number], rejection))
    sheets.sort(key=lambda _sheet: rng.random())
    pairs = [Sheet(valid[number], BallotRejection.TWO_IN_ENVELOPE) for number in range(4)]
    in_post = [*sheets[: _found(POST) - len(pairs)], *pairs]
    in_post.sort(key=lambda _sheet: rng.random())
    return in_post, sheets[_found(POST) - len(pairs) :]


def _key(edition: Edition, piles: Sequence[Pile], first_day: int, say: Say) -> None:
    with edition.database.writing() as session:
        for number, pile in enumerate(piles):
            at = edition.calendar.on(first_day + number // 9, 8 + number % 9, 5 * number % 60)
            received = min(VOTE_DAYS, first_day - 1) if pile.place != POST else VOTE_DAYS + 3
            batches.whole_way(session, edition, pile, received, at)
    say(f"  {len(piles)} batches keyed twice and closed")


def _close_intake(edition: Edition) -> None:
    """Stock is counted; two people close the intake; the key dies."""
    first, second = edition.staff["certification1"], edition.staff["certification2"]
    calendar, spec_row = edition.calendar, edition.spec_row
    with edition.database.writing() as session:
        desk.count_stock(session, edition, {code: _stock(code) for code in PLACES}, calendar.on(CLOSED_DAY, 9))
        proposal = service.propose(
            session,
            spec_row,
            WindowKind.INTAKE_CLOSED,
            calendar.on(CLOSED_DAY, 10),
            "Tous les délais sont passés et chaque déclaration est réglée.",
            actor=first,
            at=calendar.on(CLOSED_DAY, 9, 40),
        )
        service.confirm(session, spec_row, proposal.id, actor=second, at=calendar.on(CLOSED_DAY, 10))
    service.close_confirmed(edition.database, edition.keys, calendar.on(CLOSED_DAY, 10))


def _stock(code: str) -> dict[StockKind, int]:
    story = PLACES[code]
    if code == POST:
        return {
            StockKind.BLANKS_RECEIVED: story.blanks,
            StockKind.NOT_RETURNED: POST_NOT_RETURNED,
            StockKind.INNER_OPENED: _accepted(code),
            StockKind.EMPTY_ENVELOPE: 2,
            StockKind.EXTRA: 2,
        }
    return {
        StockKind.BLANKS_RECEIVED: story.blanks,
        StockKind.UNUSED: story.blanks - _accepted(code) - story.spoiled,
        StockKind.REPLACED: story.spoiled,
        StockKind.NOT_RETURNED: story.taken_away,
    }


def _count(edition: Edition) -> None:
    """The gap is signed, the box counted; one certifier signs then, the other after the challenge period."""
    first, second = edition.staff["certification1"], edition.staff["certification2"]
    on: Callable[[int, int, int], datetime] = edition.calendar.on
    with edition.database.writing() as session:
        for minute, actor in enumerate((first, second)):
            gap = (IdentityKey.RETURNED, SHORT[0], 1)
            service.sign_gap(session, edition.spec_row, gap, PLACE_REASON, actor=actor, at=on(COUNT_DAY, 13, minute))
        count = service.run(session, edition.spec_row, actor=first, at=on(COUNT_DAY, 14, 0))
        service.sign_count(session, edition.spec_row, count.id, actor=first, at=on(COUNT_DAY, 15, 30))
        count_id = count.id
    with edition.database.writing() as session:
        service.sign_count(session, edition.spec_row, count_id, actor=second, at=on(CERTIFIED_DAY, 10, 0))
