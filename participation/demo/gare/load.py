"""Loads a consultation through the ordinary verbs: set-up, questionnaire, comments from every way, moderation."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.consultations import queries as contributions
from participation.consultations import service as consultations
from participation.consultations.entries import Author, Contributed, ContributionReceipt, ContributionSource
from participation.consultations.models import (
    ContributionChannel,
    ContributionKind,
    ContributionState,
    Moderation,
    RefusalReason,
)
from participation.consultations.moderation.settings import SettingsDraft, save_settings
from participation.counting.spec import Capture
from participation.db import Database
from participation.demo.gare import (
    asked_and_written,
    content,
    counted,
    hearing,
    letters,
    meeting,
    papers,
    questionnaire,
    reported,
    slips,
    voices,
)
from participation.demo.gare.content import Days, Hands, Run, opened
from participation.demo.samples import nonce
from participation.i18n import DEFAULT_ZONE
from participation.processes import consultation, queries, service
from participation.processes.drafts import PhaseDraft
from participation.processes.hand import Hand
from participation.processes.models import PhaseKind, Process, ProcessKind
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys
from participation.settings import Settings

COMMENTS = 96
WAYS = (
    (ContributionChannel.ONLINE, 64),
    (ContributionChannel.COUNTER, 18),
    (ContributionChannel.POST, 6),
    (ContributionChannel.PHONE, 5),
    (ContributionChannel.EMAIL, 3),
)
"""How the comments came: one in three not from a screen."""
KITS = 11
KIT_PEOPLE = 163
UNREAD = 7
"""Comments that still wait for a moderator, the newest ones."""


def hands(staff: Mapping[str, Actor]) -> Hands:
    """The people of the office by their mailboxes."""
    return Hands(staff["secretariat"], staff["moderation"], staff["comptoir"], staff["relecture"], staff["presidence"])


def runs(at: datetime) -> tuple[Run, Run]:
    """The finished one first, then the one that is in its stage of opinions on the day of `at`."""
    today = at.astimezone(DEFAULT_ZONE).date()
    past, now = content.SINCE_NOTICE_PAST, content.SINCE_NOTICE
    return (
        Run(content.PAST_SLUG, Days(today - timedelta(days=past)), past),
        Run(content.OPEN_SLUG, Days(today - timedelta(days=now)), now),
    )


def load(
    database: Database, keys: Keys, settings: Settings, hands: Hands, organisation_id: uuid.UUID, run: Run
) -> uuid.UUID:
    """The whole story of one run, in the order in which it happened; its process."""
    with database.writing() as session:
        process_id = _set_up(session, hands, organisation_id, run)
    today = min(run.today, questionnaire.LAST_DAY)
    questionnaire.load(database, keys, process_id, hands, run.days, today)
    with database.writing() as session:
        process = opened(session, process_id)
        _comments(session, keys, process, hands, run)
        _kits(session, keys, process, hands, run)
    meeting.load(database, process_id, hands, run)
    if run.finished:
        counted.load(database, keys, process_id, hands.admin, hands.president, run.days)
    papers.load(database, settings, hands.admin, process_id, run.days, run.today)
    asked_and_written.load(database, keys, process_id, hands, run)
    letters.load(database, keys, settings, process_id, hands, run)
    hearing.load(database, keys, process_id, hands, run)
    slips.load(database, keys, process_id, hands, run)
    reported.load(database, settings, process_id, hands, run)
    return process_id


def _set_up(session: Session, hands: Hands, organisation_id: uuid.UUID, run: Run) -> uuid.UUID:
    at, texts = run.days.on(-40, 9), content.texts(finished=run.finished)
    row = service.create_process(
        session, organisation_id, run.slug, texts.title, at=at, by=hands.admin, kind=ProcessKind.CONSULTATION
    )
    service.save_texts(session, row, texts, at=at, by=hands.admin)
    for place in content.PLACES:
        service.save_place(session, row, place, at=at, by=hands.admin)
    consultation.lay_out_calendar(session, row, run.days.notice, at=at, by=hands.admin)
    consultation.publish(session, row, at=run.days.on(-1, 9), by=hands.admin)
    if not run.finished:
        _give_questions_more_time(session, row, hands, run)
    process = opened(session, row.id)
    themes = [{"code": code, "title": dict(title)} for code, title in content.THEMES]
    draft = SettingsDraft(Moderation.BEFORE, False, False, edit_minutes=30, themes=themes, charter={})
    save_settings(session, Hand(process, hands.admin.account_id, at), draft)
    return process.id


def _give_questions_more_time(session: Session, process: Process, hands: Hands, run: Run) -> None:
    """The period of questions ends with that of opinions, so that both are open on the day that the demo shows."""
    stages = {phase.kind: phase for phase in queries.phases_of(session, process.id)}
    asked, ends = stages[PhaseKind.QUESTIONS], stages[PhaseKind.CONTRIBUTIONS].ends_at
    draft = PhaseDraft(asked.kind, asked.starts_at, ends, asked.title)
    service.save_phase(session, process, draft, phase=asked, at=run.days.on(-1, 10), by=hands.admin)


def _comments(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run) -> None:
    """Comments in the order of their days; a moderator reads them the next morning, the last few not yet."""
    rng = Random(f"{run.slug} comments")
    first, last = 30, min(run.today, 56)
    ways = [way for way, number in WAYS for _one in range(number)]
    rng.shuffle(ways)
    places = {place.code: place.id for place in queries.places_of(session, process.id)}
    roots: list[ContributionReceipt] = []
    for number, way in enumerate(ways):
        day = first + number * (last - first) // len(ways)
        at = run.days.on(day, 8 + number % 11, number * 7 % 60)
        parent = rng.choice(roots).contribution_id if roots and rng.random() < 0.2 else None
        entry = _comment(rng, f"{run.slug} comment {number}", way, hands.clerk, places, at, parent)
        receipt = consultations.contribute(session, keys, process, entry, at=at)
        if parent is None:
            roots.append(receipt)
        if run.finished or number < len(ways) - UNREAD:
            reason = RefusalReason.OFF_TOPIC if number % 41 == 17 else None
            _read(session, process, hands.moderator, receipt, reason, run.days.on(day + 1, 9, number % 60))
    _answers(session, keys, process, hands, run, roots[:4])


def _comment(
    rng: Random,
    key: str,
    way: ContributionChannel,
    clerk: Actor,
    places: Mapping[str, uuid.UUID],
    at: datetime,
    parent: uuid.UUID | None,
) -> Contributed:
    theme, spoken = rng.choice(content.THEMES)[0], voices.language(rng)
    online = way is ContributionChannel.ONLINE
    place = {ContributionChannel.COUNTER: rng.choice(("BIB", "BAM")), ContributionChannel.POST: "POSTE"}.get(way, "")
    source = ContributionSource(
        way,
        Capture.SELF if online else Capture.KEYED,
        places.get(place),
        None if online else clerk.account_id,
    )
    named = rng.random() < 0.55
    return Contributed(
        kind=ContributionKind.COMMENT,
        text=voices.say(rng, theme, spoken),
        language=spoken,
        received=at,
        nonce=nonce(key, 0),
        source=source,
        author=Author(voices.name(rng), show_name=True) if named else Author(),
        theme=theme,
        parent_id=parent,
        borough=voices.borough(rng),
    )


def _read(
    session: Session,
    process: OpenProcess,
    moderator: Actor,
    receipt: ContributionReceipt,
    reason: RefusalReason | None,
    at: datetime,
) -> None:
    row = contributions.by_number(session, process.id, receipt.number)
    if row is None or row.state is not ContributionState.PENDING:
        return  # its words had been read in another one
    consultations.decide(session, process, row, reason, "", at=at, by=moderator.account_id)


def _answers(
    session: Session,
    keys: Keys,
    process: OpenProcess,
    hands: Hands,
    run: Run,
    roots: list[ContributionReceipt],
) -> None:
    """The office answers some comments in its own name."""
    said = (
        "Merci. L’étude d’ensoleillement du 21 décembre sera ajoutée au dossier (3.1).",
        "La commission a demandé à la Ville le calendrier de l’école; sa réponse sera publiée.",
        "Une maquette peut être vue à la Bibliothèque fictive du Canal.",
        "Les documents résumés en une page sont offerts au comptoir et en ligne.",
    )
    for number, (receipt, words) in enumerate(zip(roots, said, strict=False)):
        at = run.days.on(min(run.today, 45), 11, number)
        entry = Contributed(
            kind=ContributionKind.COMMENT,
            text=words,
            language="fr",
            received=at,
            nonce=nonce(f"{run.slug} answer", number),
            source=ContributionSource(capture=Capture.SELF, account_id=hands.moderator.account_id),
            parent_id=receipt.contribution_id,
            official=True,
        )
        consultations.contribute(session, keys, process, entry, at=at)


def _kits(session: Session, keys: Keys, process: OpenProcess, hands: Hands, run: Run) -> None:
    """Groups that met with a kit and sent its sheet back."""
    rng = Random(f"{run.slug} kits")
    groups = (
        "Comité fictif de locataires", "Classe fictive de 6e année", "Club fictif de l’âge d’or", "Coopérative fictive",
        "Amis fictifs du canal", "Table fictive de quartier", "Maison fictive des jeunes",
        "Jardiniers fictifs de la gare",
        "Parents fictifs de l’école", "Commerces fictifs de la rue", "Cercle fictif de lecture",
    )  # fmt: skip
    sizes = [KIT_PEOPLE // KITS + (1 if place < KIT_PEOPLE % KITS else 0) for place in range(KITS)]
    last = min(run.today, 56)
    for number, (group, people) in enumerate(zip(groups, sizes, strict=True)):
        at = run.days.on(33 + number * (last - 33) // KITS, 14, number)
        theme = content.THEMES[number % len(content.THEMES)][0]
        entry = Contributed(
            kind=ContributionKind.KIT,
            text="\n\n".join(voices.paragraph(rng, code, "fr") for code, _title in content.THEMES),
            language="fr",
            received=at,
            nonce=nonce(f"{run.slug} kit", number),
            source=ContributionSource(ContributionChannel.POST, Capture.KEYED, None, hands.clerk.account_id),
            author=Author(group=group, show_name=True),
            theme=theme,
            people=people,
        )
        receipt = consultations.contribute(session, keys, process, entry, at=at)
        _read(session, process, hands.moderator, receipt, None, run.days.on(min(last, 56) + 1, 9, number))
