"""Online votes of an edition: who votes on which day, cast in groups as the writer would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlmodel import Session

from participation.ballots.entries import Claim, CodeClaim, DeclaredClaim, Entry, Refusal, Source
from participation.ballots.service import cast
from participation.counting.answers import canonical
from participation.counting.spec import Capture, Channel
from participation.demo import people
from participation.demo.content import QUESTION
from participation.demo.edition import Edition
from participation.demo.samples import nonce
from participation.register.identity import normalise_code

GROUP = 200
ONLINE = Source(Channel.ONLINE, Capture.SELF)
FIRST_HOUR, LAST_HOUR = 8, 20


@dataclass(frozen=True, slots=True)
class Vote:
    """One online vote of the story: by the person with this number, or by an anonymous code."""

    number: int
    day: int
    chosen: Sequence[str]
    code: str = ""


def days(rng: Random, number: int, last: int) -> list[int]:
    """On which day each of them votes, in order: many on the first days, more on the last of a whole vote."""
    weights = [1.0 + 1.5 * (day < 2) + 0.8 * (day > 30) for day in range(last + 1)]
    total = sum(weights)
    found = []
    for _voter in range(number):
        chance, day = rng.random() * total, 0
        while chance >= weights[day] and day < last:
            chance -= weights[day]
            day += 1
        found.append(day)
    return sorted(found)


def cast_votes(session: Session, edition: Edition, votes: Sequence[Vote], at: datetime) -> None:
    """Puts them into the box. RuntimeError when one is refused: the story would not add up."""
    for start in range(0, len(votes), GROUP):
        entries = [_entry(edition, vote) for vote in votes[start : start + GROUP]]
        for answer in cast(session, edition.keys, edition.spec_row, entries, at):
            if isinstance(answer, Refusal):
                raise RuntimeError(f"the box refused a ballot of the demonstration: {answer.reason.value}")


def _entry(edition: Edition, vote: Vote) -> Entry:
    spec_row = edition.spec_row
    answer = canonical(spec_row.spec.question[QUESTION], [(code, 1) for code in vote.chosen])
    claim: Claim = DeclaredClaim(people.person(vote.number))
    if vote.code:
        claim = CodeClaim(edition.keys.code_hash(spec_row.id, normalise_code(vote.code)))
    hours = LAST_HOUR - FIRST_HOUR
    received = edition.calendar.on(vote.day, FIRST_HOUR + vote.number * 7 % hours, vote.number * 11 % 60)
    return Entry(claim, edition.style, ((QUESTION, answer),), ONLINE, received, nonce(edition.slug, vote.number))
