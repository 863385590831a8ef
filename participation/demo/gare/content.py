"""The texts of the consultation on the sector of the Gare-aux-Érables: presentation, themes, questionnaire."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from participation.accounts.permissions import Actor
from participation.counting.spec import Channel, QuestionKind
from participation.demo.content import both
from participation.i18n import DEFAULT_ZONE
from participation.processes import queries
from participation.processes.drafts import PlaceDraft, Texts
from participation.processes.models import LocalText, PlaceKind
from participation.processes.queries import OpenProcess

OFFICE = "office-fictif"
OFFICE_NAME = {"fr": "Office fictif de consultation publique", "en": "Fictional public consultation office"}
OFFICE_IDENTITY = {
    "privacy_title": {"fr": "Secrétariat général fictif", "en": "Fictional general secretariat"},
    "privacy_phone": "514 555-0160",
    "colour": "#1B5E5A",
}
OPEN_SLUG = "gare-aux-erables"
PAST_SLUG = "gare-aux-erables-rapport"
SINCE_NOTICE = 47
"""Days since the notice of the consultation that is open: the third week of its opinions."""
SINCE_NOTICE_PAST = 300
"""Of the finished one: its report has been out for half a year."""

THEMES: tuple[tuple[str, LocalText], ...] = (
    ("1", both("Hauteurs et vues", "Heights and views")),
    ("2", both("Logement abordable", "Affordable housing")),
    ("3", both("Déplacements et école", "Travel and school")),
    ("4", both("Que garder du passé?", "What should be kept?")),
    ("5", both("Autre", "Other")),
)


@dataclass(frozen=True, slots=True)
class Days:
    """The calendar of one run of the consultation, counted from the day of its notice."""

    notice: date

    def on(self, day: int, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(self.notice + timedelta(days=day), time(hour, minute), DEFAULT_ZONE)


@dataclass(frozen=True, slots=True)
class Hands:
    """Who does what at the office."""

    admin: Actor
    moderator: Actor
    clerk: Actor
    second: Actor
    president: Actor


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the consultation: where it stands on `today`, a day counted from its notice."""

    slug: str
    days: Days
    today: int

    @property
    def finished(self) -> bool:
        return self.slug == PAST_SLUG


def opened(session: Session, process_id: uuid.UUID) -> OpenProcess:
    """The process as this transaction sees it."""
    found = queries.process_by_id(session, process_id)
    if found is None:
        raise RuntimeError("the consultation of the demonstration is not there")
    return found


def texts(*, finished: bool) -> Texts:
    """How the consultation presents itself."""
    title = both("Secteur de la Gare-aux-Érables", "Gare-aux-Érables sector")
    if finished:
        title = both(
            "Secteur de la Gare-aux-Érables : rapport et suites", "Gare-aux-Érables sector: report and follow-up"
        )
    return Texts(
        title=title,
        summary=both(
            "Un programme d’urbanisme pour 18 hectares du Sud-Ouest : 2 600 logements, une école, un parc. "
            "Qu’en pensez-vous?",
            "A planning programme for 18 hectares of Le Sud-Ouest: 2,600 homes, a school, a park. What do you "
            "think of it?",
        ),
        description=both(
            "La Ville fictive propose un programme particulier d’urbanisme autour de l’ancienne gare. L’office "
            "a reçu le "
            "mandat de consulter la population et de faire rapport.\n\nOn peut participer en ligne, sur papier, par "
            "téléphone et en personne : toutes les contributions sont lues et portent un numéro du même registre.",
            "The fictional City proposes a special planning programme around the old station. The office has "
            "been asked "
            "to consult the population and to report.\n\nYou can take part online, on paper, by telephone and "
            "in person: "
            "every contribution is read and has a number in the same register.",
        ),
        phone="514\u00a0555-0160",
        email="gare-aux-erables@office-fictif.example",
        retention=both("un an après la publication du rapport", "one year after the report is published"),
    )


PLACES = (
    PlaceDraft(
        "BIB", both("Bibliothèque fictive du Canal", "Fictional Canal library"), PlaceKind.LIVE, Channel.COUNTER,
        "12, rue Fictive des Aiguilleurs", both("Du mardi au dimanche, de 10 h à 18 h", "Tuesday to Sunday, 10 to 6"),
    ),
    PlaceDraft(
        "BAM", both("Bureau Accès fictif du Sud-Ouest", "Fictional Accès office, Le Sud-Ouest"), PlaceKind.LIVE,
        Channel.COUNTER, "815, rue Fictive Bel-Air", both("Du lundi au vendredi, de 9 h à 17 h",
            "Monday to Friday, 9 to 5"),
    ),
    PlaceDraft(
        "POSTE", both("Office fictif, courrier", "Fictional office, mail"), PlaceKind.ENVELOPE, Channel.POST,
        "1550, rue Fictive Metcalfe, bureau 1414",
    ),
    PlaceDraft(
        "TEL", both("Ligne téléphonique fictive", "Fictional telephone line"), PlaceKind.LIVE, Channel.PHONE, "",
        both("Du lundi au vendredi, de 9 h à 17 h", "Monday to Friday, 9 to 5"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the questionnaire; `when` is the code of an earlier one and the place of its answer."""

    theme: str
    kind: QuestionKind
    title: LocalText
    why: LocalText
    options: tuple[LocalText, ...] = ()
    most: int = 1
    when: tuple[str, str] | None = None


QUESTIONS: tuple[Asked, ...] = (
    Asked(
        "1", QuestionKind.CHOOSE_ONE,
        both("Que pensez-vous de huit étages au bord du parc?", "What do you think of eight storeys beside the park?"),
        both("Le rapport dira comment cette hauteur est reçue.", "The report will say how this height is received."),
        (both("D’accord", "I agree"), both("Pas d’accord", "I disagree"), both("Cela dépend", "It depends")),
    ),
    Asked(
        "1", QuestionKind.APPROVAL,
        both("Qu’est-ce qui vous préoccupe le plus?", "What worries you most?"),
        both("Pour savoir quelles études compléter.", "To know which studies to complete."),
        (both("L’ombre", "Shade"), both("Le vent", "Wind"), both("La vue",
            "The view"), both("La circulation", "Traffic")),
        2, ("1", "2"),
    ),
    Asked(
        "1", QuestionKind.OPEN_TEXT,
        both("Que faut-il pouvoir voir d’ici?", "What should one be able to see from here?"),
        both("Les vues ne se comptent pas : vos mots guident la commission.",
            "Views cannot be counted: your words guide us."),
    ),
    Asked(
        "2", QuestionKind.OPEN_TEXT,
        both("À quoi reconnaîtrez-vous un logement abordable?", "How will you know that a home is affordable?"),
        both("Le mot veut dire plusieurs choses; la commission veut le vôtre.",
            "The word means many things; we want yours."),
    ),
    Asked(
        "3", QuestionKind.CHOOSE_ONE,
        both("Comment vous déplacez-vous le plus souvent?", "How do you get around most often?"),
        both("Pour lire votre réponse avec celles de gens comme vous.",
            "To read your answer beside those of people like you."),
        (both("À pied ou en fauteuil", "On foot or by wheelchair"), both("À vélo", "By bicycle"),
         both("En transport collectif", "By public transit"), both("En voiture", "By car")),
    ),
    Asked(
        "3", QuestionKind.OPEN_TEXT,
        both("Que faut-il avant les premiers logements?", "What is needed before the first homes?"),
        both("L’ordre des travaux n’est pas encore décidé.", "The order of the works is not decided yet."),
    ),
    Asked(
        "4", QuestionKind.OPEN_TEXT,
        both("Que garder du passé?", "What should be kept of the past?"),
        both("La note sur le patrimoine (3.3) sera révisée.", "The heritage note (3.3) will be revised."),
    ),
    Asked(
        "5", QuestionKind.OPEN_TEXT,
        both("Que voulez-vous ajouter?", "What would you like to add?"),
        both("Pour ce que nous n’avons pas pensé à demander.", "For what we did not think of asking."),
    ),
)  # fmt: skip
ASSESSMENT = (
    "Éclairer la commission sur le programme d’urbanisme du secteur.",
    "Aucune source existante ne dit ce que les gens du secteur en pensent.",
    "Aucun nom n’est demandé; ce qui identifie quelqu’un dans un texte libre est effacé sur demande.",
)
INTRODUCTION = both(
    "Cinq thèmes, une dizaine de minutes. Chaque question est facultative.",
    "Five themes, about ten minutes. Every question is optional.",
)
