"""Slips on who takes part: about one in two people fills one in, and on paper they are older."""

from __future__ import annotations

import uuid
from random import Random

from participation.consultations.models import ContributionChannel
from participation.consultations.participants import service
from participation.consultations.participants.questions import QUESTIONS
from participation.db import Database
from participation.demo.gare.content import Hands, Run, opened
from participation.demo.samples import nonce
from participation.processes.hand import Hand
from participation.register.keys import Keys

ASKED = ["age", "gender", "language", "tenure", "disability", "first", "heard"]
SLIPS = ((ContributionChannel.ONLINE, 224), (ContributionChannel.COUNTER, 61), (ContributionChannel.POST, 27))
SO_FAR = 3
"""While people still write, one in three has come."""
_AGES = {True: (2, 9, 27, 31, 19, 9, 3), False: (1, 2, 7, 13, 24, 30, 23)}
"""By band: online, and on paper."""
_OTHERS = {
    "gender": (52, 43, 3, 2), "language": (74, 15, 11), "tenure": (58, 36, 6), "disability": (12, 88),
    "first": (61, 39),
    "heard": (34, 22, 17, 14, 11, 2),
}  # fmt: skip


def load(database: Database, keys: Keys, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    rng = Random(f"{run.slug} slips")
    with database.writing() as session:
        process = opened(session, process_id)
        service.choose(session, Hand(process, hands.admin.account_id, run.days.on(-2, 11)), ASKED)
        for channel, number in SLIPS:
            for place in range(number if run.finished else number // SO_FAR):
                answers = _answers(rng, online=channel is ContributionChannel.ONLINE)
                service.add(session, keys, process, channel, answers, nonce(f"{run.slug} slip {channel}", place))


def _answers(rng: Random, *, online: bool) -> dict[str, str]:
    """One question in twelve is left empty."""
    often = {**_OTHERS, "age": _AGES[online]}
    picked = {code: rng.choices(QUESTIONS[code].options, often[code])[0][0] for code in ASKED}
    return {code: answer for code, answer in picked.items() if rng.random() > 1 / 12} or {"first": "yes"}
