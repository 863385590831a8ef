"""The hearings of the fictional consultation and who speaks at them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from random import Random

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations import queries as contributions
from participation.consultations.hearings import queries as hearings_queries
from participation.consultations.hearings import service as hearings
from participation.consultations.hearings.forms import SessionDraft, SpeakerDraft
from participation.consultations.hearings.models import Need, SpeakerState
from participation.consultations.models import Contribution, ContributionChannel, ContributionKind
from participation.db import Database
from participation.demo.content import both
from participation.demo.gare import content, voices
from participation.demo.gare.content import Hands, Run
from participation.demo.samples import nonce
from participation.processes import queries
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys

SPEAKERS = 29
EVENINGS = 3
TURNS = 10
"""In an evening of 19 h to 22 h 20, twenty minutes each."""


def load(database: Database, keys: Keys, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    """Three evenings and their speakers; those of the finished run have been heard."""
    with database.writing() as session:
        process = queries.process_by_id(session, process_id)
        assert process is not None
        _hearings(session, keys, process, hands, run)


def _hearings(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run) -> None:
    hand = Hand(process, hands.admin.account_id, run.days.on(30, 10))
    place = both("Bibliothèque fictive du Canal, grande salle", "Fictional Canal library, main hall")
    for evening in range(EVENINGS):
        starts = run.days.on(64 + evening, 19)
        hearings.set_session(
            session, hand, None, SessionDraft(place, starts, starts + timedelta(minutes=200), 10, 10, "")
        )
    number = SPEAKERS if run.finished else SPEAKERS // 2
    of_briefs = select(Contribution).where(
        col(Contribution.process_id) == process.id, col(Contribution.kind) == ContributionKind.BRIEF
    )
    written = session.execute(of_briefs.order_by(col(Contribution.number))).scalars().all()
    for each in range(number):
        brief = written[each // 2] if each % 2 == 0 and each // 2 < len(written) else None
        _speaker(session, keys, process, hands, run, each, brief)


def _speaker(
    session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run, each: int, brief: Contribution | None
) -> None:
    """Every second one wrote a brief, and speaks to it."""
    rng = Random(f"{run.slug} speaker {each}")
    author = contributions.contributor_of(session, brief.id) if brief else None
    called = each % 3 == 2
    at = run.days.on(31 + each % 15, 11, each)
    draft = SpeakerDraft(
        name=author.name if author else voices.name(rng),
        group=author.group_name if author else "",
        subject=content.THEMES[each % len(content.THEMES)][1]["fr"],
        language="fr",
        email="" if called else f"personne{each}@exemple.example",
        phone=f"514 555-01{each:02d}" if called else "",
        needs=[Need.SIGN_LANGUAGE] if each == 4 else [Need.CHILDCARE] if each == 9 else [],
        needs_note="",
        brief=brief.number if brief else None,
        turn=(each // TURNS + 1, each % TURNS + 1),
    )
    way = ContributionChannel.PHONE if called else ContributionChannel.ONLINE
    door = hearings.Door(at, nonce(f"{run.slug} speaker", each), way, hands.clerk.account_id if called else None)
    code = hearings.register(session, keys, process, draft, door)
    if run.finished:
        row = hearings_queries.by_code(session, process.id, keys.plain_hash(code))
        assert row is not None
        state = SpeakerState.ABSENT if each == 17 else SpeakerState.HEARD
        hand = Hand(process, hands.admin.account_id, run.days.on(64 + each // TURNS, 22))
        hearings.mark(session, hand, row, state)
