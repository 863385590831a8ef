"""A second public body with a vote of its own: a closed register, personal codes, and no way across."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.counting.spec import Disclosure, RegisterKind
from participation.db import Database
from participation.demo import remote
from participation.demo.content import VOTE_DAYS, Calendar, both
from participation.demo.edition import publish_process
from participation.demo.samples import BODY, BODY_PROCESS, PERSONAL, demo_codes
from participation.processes import service
from participation.processes.drafts import ContestDraft, PhaseDraft, ProjectDraft, Texts, Voting
from participation.processes.models import PhaseKind, Process, WindowKind
from participation.register import service as register
from participation.register.identity import new_code
from participation.register.keys import Keys
from participation.settings import Settings

NAME = {"fr": "Arrondissement fictif de Rive-Claire", "en": "Fictional borough of Rive-Claire"}
IDENTITY = {
    "privacy_title": {"fr": "Secrétariat fictif de l’arrondissement", "en": "Fictional borough office"},
    "privacy_phone": "514 555-0181",
    "colour": "#7B2458",
}
"""Whom to ask, and a colour of its own: one sees at once that one has changed organisation."""
VOTERS = 240
LETTERS = 16
"""Voters to whom the product itself wrote; the others had their letters before."""
_PROJECTS = (
    ("Bancs du parc du Lavoir", "Benches in Parc du Lavoir", 18_000,
     "Dix bancs à dossier, à l’ombre, près des jeux.", "Ten benches with backs, in the shade, near the playground."),
    ("Bibliothèque de rue", "Street libraries", 9_500,
     "Huit boîtes à livres fabriquées par une école.", "Eight book boxes built by a school."),
    ("Supports à vélos", "Bicycle racks", 14_000,
     "Quarante places devant les commerces de la rue des Saules.", "Forty spaces in front of shops on rue des Saules."),
    ("Fleurs et pollinisateurs", "Flowers and pollinators", 7_800,
     "Des plates-bandes indigènes aux coins de douze rues.", "Native flower beds at twelve street corners."),
    ("Cinéma en plein air", "Open-air cinema", 16_500,
     "Un écran gonflable et du son, prêtés aux comités de rue.", "An inflatable screen and sound, lent to streets."),
    ("Patinoire de ruelle", "Alley rink", 11_200,
     "L’eau, les bandes et l’éclairage pour trois ruelles.", "Water, boards and lighting for three alleys."),
)  # fmt: skip


def load(
    database: Database, keys: Keys, settings: Settings, by: Actor, organisation_id: uuid.UUID, calendar: Calendar
) -> None:
    """A published online vote on $40,000, with a register of 240 numbers and their codes."""
    at = calendar.on(-14, 9)
    with database.writing() as session:
        title = both("Rues et parcs de Rive-Claire", "Streets and parks of Rive-Claire")
        process = service.create_process(session, organisation_id, BODY_PROCESS, title, at=at, by=by)
        _fill(session, process, calendar, by, at)
        spec_row = publish_process(session, keys, BODY_PROCESS, by, at, BODY)
        style = spec_row.spec.styles[0].id
        numbers = [f"RC-{number:04d}" for number in range(1, VOTERS + 1)]
        register.import_voters(session, spec_row, [(number, style) for number in numbers], at=at, by=by)
        known = dict(zip(numbers, demo_codes(settings, PERSONAL), strict=False))
        register.issue_codes(session, keys, spec_row, at=at, by=by, make=lambda number: known.get(number) or new_code())
    remote.send_letters(database, keys, spec_row, numbers[-LETTERS:], by, calendar)


def _fill(session: Session, process: Process, calendar: Calendar, by: Actor, at: datetime) -> None:
    opens, closes = calendar.on(-2, 8), calendar.on(VOTE_DAYS + 6, 20)
    texts = Texts(
        title=process.title,
        summary=both(
            "Quarante mille dollars pour de petits projets. Choisissez-en jusqu’à trois avec votre code.",
            "Forty thousand dollars for small projects. Choose up to three with your code.",
        ),
        phone="514\u00a0555-0180",
        retention=both("30\u00a0jours après la certification du résultat", "30 days after the result is certified"),
    )
    service.save_texts(session, process, texts, at=at, by=by)
    vote = PhaseDraft(PhaseKind.VOTE, opens, closes)
    service.save_phase(session, process, vote, at=at, by=by)
    hours = {WindowKind.ONLINE_OPENS: opens, WindowKind.ONLINE_CLOSES: closes}
    service.save_voting(
        session,
        process,
        Voting(register_kind=RegisterKind.CLOSED, disclosure=Disclosure.TOTALS, paper=False, windows=hours),
        at=at,
        by=by,
    )
    draft = ContestDraft("rive", both("Petits projets", "Small projects"), 40_000_00, max_choices=3)
    contest = service.save_contest(session, process, draft, at=at, by=by)
    projects = [
        ProjectDraft(f"{number:02d}", both(title, english), cost * 100, summary=both(words, in_english))
        for number, (title, english, cost, words, in_english) in enumerate(_PROJECTS, start=1)
    ]
    service.add_projects(session, process, contest, projects, at=at, by=by)
