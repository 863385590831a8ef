"""The words and values of the fictional Montréal scenario. Everything here is invented."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from participation.counting.spec import (
    Channel,
    CountingRule,
    Disclosure,
    MatchField,
    Precedence,
    RegisterKind,
    Reserve,
)
from participation.i18n import DEFAULT_ZONE
from participation.processes.drafts import (
    ContestDraft,
    PhaseDraft,
    PlaceDraft,
    ProjectDraft,
    Texts,
    Voting,
)
from participation.processes.models import LocalText, PhaseKind, PlaceKind, WindowKind

CITY = "ville-fictive"
CITY_NAME = {"fr": "Ville fictive de Montréal (démonstration)", "en": "Fictional City of Montréal (demonstration)"}
CITY_ADDRESS = "275, rue Fictive, Montréal (Québec) H0H 0H0"
CITY_OFFICER = {
    "privacy_title": {"fr": "Responsable des renseignements personnels", "en": "Privacy officer"},
    "privacy_phone": "514 555-0101",
    "privacy_email": "protection@ville-fictive.example",
}
OPEN_SLUG = "quartiers-a-venir"
LAST_SLUG = "quartiers-a-venir-precedent"
QUESTION = "ville"
YOUTH = "jeunesse | youth"
MILLION = 100_000_000
"""Dollars in cents."""

OPEN_FOR = 16
"""Days between the opening of the vote and today: its third week."""
VOTE_DAYS = 34
"""Days between the first and the last day of the vote."""
YEAR = timedelta(weeks=52)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dates of one edition, counted from the first day of its vote, on Montréal's clock."""

    first_day: date

    def on(self, day: int, hour: int, minute: int = 0) -> datetime:
        """The instant on that day of the vote (0 is the first)."""
        return datetime.combine(self.first_day + timedelta(days=day), time(hour, minute), DEFAULT_ZONE)

    @property
    def closes(self) -> datetime:
        return self.on(VOTE_DAYS, 20)

    @property
    def windows(self) -> dict[WindowKind, datetime]:
        opens, closes = self.on(0, 8), self.closes
        return {
            WindowKind.ONLINE_OPENS: opens,
            WindowKind.ONLINE_CLOSES: closes,
            WindowKind.PAPER_OPENS: opens,
            WindowKind.PAPER_CLOSES: closes,
            WindowKind.POST_CLOSES: self.on(VOTE_DAYS + 3, 17),
        }

    @property
    def phases(self) -> list[PhaseDraft]:
        """From the announcement to the building of what was chosen."""
        vote = PhaseDraft(PhaseKind.VOTE, self.on(0, 8), self.closes)
        days = (
            (PhaseKind.ANNOUNCEMENT, -210, -196),
            (PhaseKind.IDEAS, -196, -126),
            (PhaseKind.STUDY, -126, -14),
            (PhaseKind.COUNT, VOTE_DAYS + 1, VOTE_DAYS + 9),
            (PhaseKind.CHALLENGE, VOTE_DAYS + 9, VOTE_DAYS + 19),
            (PhaseKind.RESULT, VOTE_DAYS + 19, VOTE_DAYS + 33),
            (PhaseKind.DELIVERY, VOTE_DAYS + 33, VOTE_DAYS + 763),
        )
        others = [PhaseDraft(kind, self.on(start, 0), self.on(end, 0)) for kind, start, end in days]
        return [*others[:3], vote, *others[3:]]


def calendar_of(at: datetime) -> Calendar:
    """The open edition's dates for a demonstration on that day."""
    return Calendar(at.astimezone(DEFAULT_ZONE).date() - timedelta(days=OPEN_FOR))


def year_before(calendar: Calendar) -> Calendar:
    return replace(calendar, first_day=calendar.first_day - YEAR)


def both(words: str, english: str) -> LocalText:
    return {"fr": words, "en": english}


def texts(calendar: Calendar) -> Texts:
    year = calendar.closes.year
    return Texts(
        title=both(f"Quartiers à venir {year}", f"Neighbourhoods Ahead {year}"),
        summary=both(
            "Douze millions de dollars pour les quartiers, et c’est la population qui choisit. Cochez jusqu’à cinq "
            "projets parmi vingt, en ligne, au comptoir ou par la poste.",
            "Twelve million dollars for the neighbourhoods, and the population chooses. Tick up to five of twenty "
            "projects, online, at a counter or by post.",
        ),
        description=both(
            "Les vingt projets viennent d’idées déposées par la population, triées puis étudiées par des comités et "
            "par les services de la Ville. Trois millions de dollars au moins vont à des projets pour la jeunesse. "
            "Peuvent voter les personnes de 12 ans et plus qui habitent Montréal ou y exploitent un commerce. "
            "Une personne, un vote\u00a0: si vous votez en ligne puis sur papier, c’est le papier qui compte.",
            "The twenty projects come from ideas that the population put forward, which committees and City "
            "departments sorted and studied. At least three million dollars go to projects for youth. Anybody aged "
            "12 or over who lives or runs a business in Montréal may vote. One person, one vote: if you vote online "
            "and then on paper, the paper vote counts.",
        ),
        phone="514\u00a0555-0100",
        retention=both("30\u00a0jours après la certification du résultat", "30 days after the result is certified"),
    )


_HOURS = both("Du lundi au samedi, de 10\u00a0h à 18\u00a0h", "Monday to Saturday, 10 a.m. to 6 p.m.")
_COUNTERS = (
    ("Bibliothèque des Merles", "Merles Library", "12, rue des Merles"),
    ("Bureau d’accueil du Marché", "Market Reception Office", "40, place du Marché-Fictif"),
    ("Centre communautaire du Ruisseau", "Ruisseau Community Centre", "7, sentier du Ruisseau"),
    ("Bibliothèque de la Rive", "Rive Library", "215, chemin de la Rive-Inventée"),
    ("Aréna des Érables", "Érables Arena", "88, avenue des Érables-Fictifs"),
    ("Centre des aînés du Parc", "Parc Seniors’ Centre", "3, rue du Parc-Imaginé"),
    ("Maison de la culture du Canal", "Canal Cultural Centre", "150, quai du Canal-Fictif"),
    ("Bureau d’accueil de l’Est", "East Reception Office", "501, boulevard de l’Est-Inventé"),
    ("Kiosque du métro Fictif", "Fictif Metro Booth", "Édicule du métro Fictif"),
)
POST, LINE = "P1", "T1"


def places() -> list[PlaceDraft]:
    """Nine counters with the register at hand, and the address that receives the post."""
    counters = [
        PlaceDraft(f"C{number}", both(name, english), address=address, hours=_HOURS)
        for number, (name, english, address) in enumerate(_COUNTERS, start=1)
    ]
    post = PlaceDraft(
        POST,
        both("Bureau du vote par la poste", "Postal Voting Office"),
        kind=PlaceKind.ENVELOPE,
        channel=Channel.POST,
        address="Case postale fictive 100, Montréal (Québec) H0H 0H0",
    )
    return [*counters, post]


def line() -> PlaceDraft:
    """The telephone line of this year, where whoever cannot come and cannot write votes."""
    return PlaceDraft(LINE, both("Ligne du vote par téléphone", "Telephone Voting Line"), channel=Channel.PHONE)


def voting(windows: Mapping[WindowKind, datetime]) -> Voting:
    """Open register, paper wins, ballots published after certification."""
    return Voting(
        register_kind=RegisterKind.OPEN,
        match_fields=(
            MatchField.FIRST_NAME,
            MatchField.LAST_NAME,
            MatchField.BIRTH_DAY_MONTH,
            MatchField.POSTAL_CODE,
        ),
        precedence=Precedence.PAPER_WINS,
        disclosure=Disclosure.BALLOTS,
        minimum_age=12,
        eligibility=both(
            "J’ai 14 ans ou plus. J’habite à Montréal ou j’y exploite un commerce.",
            "I am 14 or older. I live or run a business in Montréal.",
        ),
        windows=windows,
    )


def contest() -> ContestDraft:
    return ContestDraft(QUESTION, both("Projets de quartier", "Neighbourhood projects"), 12 * MILLION, max_choices=5)


RULE = CountingRule(reserves=(Reserve(YOUTH, 3 * MILLION),))


def projects() -> list[ProjectDraft]:
    """The twenty projects of the ballot."""
    rows = json.loads(Path(__file__).with_name("projects.json").read_text(encoding="utf-8"))
    return [ProjectDraft(**row) for row in rows]


Say = Callable[[str], None]
"""Where a line of progress goes."""
