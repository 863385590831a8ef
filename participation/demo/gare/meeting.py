"""Where the fictional office met people: kiosks, walks, the information session, and a workshop."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

from participation.consultations.activities import service
from participation.consultations.activities.forms import ActivityDraft, Attendance
from participation.consultations.activities.models import ActivityKind, HowCounted
from participation.db import Database
from participation.demo.content import both
from participation.demo.gare import content
from participation.demo.gare.content import Hands, Run
from participation.processes.hand import Hand
from participation.processes.models import LocalText


@dataclass(frozen=True, slots=True)
class Met:
    """One activity: the day after the notice, the hour, its length in minutes; who came, and how it was counted."""

    kind: ActivityKind
    title: LocalText
    place: LocalText
    access: LocalText
    day: int
    hour: int
    minutes: int
    people: int
    how: HowCounted = HowCounted.ONE_BY_ONE
    views: int | None = None


_FLAT = both("Accès de plain-pied. Bancs sur place.", "Step-free. Benches on site.")
_WALK = both(
    "1,4 km sur trottoir, au pas le plus lent; bancs à mi-chemin. Une autre date en fauteuil sur appel.",
    "1.4 km on pavements at the slowest pace; benches halfway. Call us for another date by wheelchair.",
)
_HALL = both(
    "Rampe et ascenseur, boucle magnétique, interprète en langue des signes.",
    "Ramp and lift, hearing loop, sign language interpreter.",
)
MET = (
    Met(
        ActivityKind.KIOSK, both("Kiosque au marché fictif", "Kiosk at the fictional market"),
        both("Marché fictif de la Gare, entrée est", "Fictional Station market, east entrance"),
        _FLAT, 12, 10, 240, 94, HowCounted.ESTIMATE,
    ),
    Met(
        ActivityKind.WALK, both("Marche guidée : la gare et ses abords", "Guided walk: the station and around it"),
        both("Départ devant l’ancienne gare fictive", "From the front of the old fictional station"),
        _WALK, 13, 13, 90, 23,
    ),
    Met(
        ActivityKind.KIOSK, both("Kiosque à la bibliothèque", "Kiosk at the library"),
        both("Bibliothèque fictive du Canal, hall", "Fictional Canal library, lobby"), _FLAT, 18, 16, 180, 41,
    ),
    Met(
        ActivityKind.WALK, both("Marche guidée : le canal au crépuscule", "Guided walk: the canal at dusk"),
        both("Départ au quai fictif des Aiguilleurs", "From the fictional Aiguilleurs wharf"), _WALK, 24, 16, 75, 17,
    ),
    Met(
        ActivityKind.KIOSK, both("Kiosque au métro", "Kiosk at the metro"),
        both("Station fictive Bel-Air, niveau de la rue", "Fictional Bel-Air station, street level"),
        _FLAT, 26, 15, 180, 68, HowCounted.ESTIMATE,
    ),
    Met(
        ActivityKind.INFORMATION, both("Séance d’information et de questions", "Information and question session"),
        both("Bibliothèque fictive du Canal, grande salle", "Fictional Canal library, main hall"),
        _HALL, 29, 19, 150, 118, HowCounted.SLIPS, 342,
    ),
    Met(
        ActivityKind.WORKSHOP, both("Atelier : répondre en groupe avec la trousse", "Workshop: answering with the kit"),
        both("Bureau Accès fictif du Sud-Ouest, salle 2", "Fictional Accès office, Le Sud-Ouest, room 2"),
        _HALL, 51, 18, 120, 26,
    ),
)  # fmt: skip
READ_OFF = 7
"""Days after which the views of the webcast are read off."""


def load(database: Database, process_id: uuid.UUID, hands: Hands, run: Run) -> None:
    """All are announced early; who came is noted where the day has passed."""
    with database.writing() as session:
        process = content.opened(session, process_id)
        for met in MET:
            starts = run.days.on(met.day, met.hour)
            draft = ActivityDraft(
                met.kind, met.title, met.place, met.access, starts, starts + timedelta(minutes=met.minutes),
                link="", languages=["fr", "en"], cancelled=False,
            )  # fmt: skip
            planned = Hand(process, hands.admin.account_id, run.days.on(2, 10))
            row = service.plan(session, planned, None, draft)
            if met.day + READ_OFF <= run.today:
                noted = run.days.on(met.day + READ_OFF, 9)
                counted = Attendance(met.people, met.how, met.views, noted.date() if met.views else None)
                service.note_attendance(session, Hand(process, hands.clerk.account_id, noted), row, counted)
