"""What the fictional assembly asked, and how its 86 people answered: 61 on telephones, 25 with cards."""

from __future__ import annotations

from dataclasses import dataclass

from participation.counting.answers import Answer
from participation.demo.content import both
from participation.live.models import PollKind
from participation.live.service import PollDraft

PRESENT, DEVICES = 86, 61
MOVED, RETRIED = 9, 6
"""At 19:42 the network goes: nine people take cards instead, six votes wait in their telephones and arrive."""
TITLE = both("Assemblée de l’arrondissement fictif de Rive-Claire", "Fictional borough assembly of Rive-Claire")
PLACE = "Chalet fictif du parc du Lavoir"
COFFEE = both("Café de quartier fictif", "Fictional neighbourhood coffee")
COFFEE_ABOUT = both(
    "Une heure et demie pour parler de la vie du quartier. Cette rencontre n’appartient à aucune consultation.",
    "An hour and a half to talk about life in the neighbourhood. This meeting belongs to no consultation.",
)
AGENDA = (
    ("19:00", both("Accueil et question d’essai", "Welcome and a question to try the telephones")),
    ("19:20", both("Zone 30 sur la rue des Saules", "30 km/h zone on rue des Saules")),
    ("19:50", both("Trois plans pour le parc du Lavoir", "Three plans for Parc du Lavoir")),
    ("20:15", both("Période de questions", "Question time")),
    ("21:00", both("Fin de la rencontre", "End of the meeting")),
)


@dataclass(frozen=True, slots=True)
class Act:
    """One poll of the evening: its minutes after 19:00, and who answered what.

    `phones`: (answer, how many). `cards`: people for each option; `hands` likewise, as two counters wrote them.
    """

    draft: PollDraft
    opens: int
    closes: int
    phones: tuple[tuple[Answer, int], ...] = ()
    cards: tuple[int, ...] = ()
    hands: tuple[tuple[int, ...], ...] = ()
    late: int = 0
    """Telephones whose vote waited for the network, and came within the minute after the end."""
    site: tuple[tuple[Answer, int], ...] = ()
    """On the site, where it is asked from a week before until some days after; `closes` is then that of the room."""
    words: tuple[tuple[str, int], ...] = ()
    """Answers in words, and how many people wrote each."""


def _ones(*numbers: int) -> tuple[tuple[Answer, int], ...]:
    return tuple((((letter, 1),), number) for letter, number in zip("abcd", numbers, strict=False))


def _ranked(**numbers: int) -> tuple[tuple[Answer, int], ...]:
    """abc=12: twelve people put a first, then b, then c."""
    return tuple(
        (tuple((letter, rank) for rank, letter in enumerate(order, 1)), number) for order, number in numbers.items()
    )


ACTS = (
    Act(
        PollDraft(
            both("Comment êtes-vous venus?", "How did you come?"),
            options=[
                both("À pied ou à vélo", "On foot or by bicycle"),
                both("En autobus ou en métro", "By bus or metro"),
                both("En voiture", "By car"),
            ],
        ),
        8, 12, _ones(31, 17, 13), (12, 7, 6),
    ),
    Act(
        PollDraft(
            both("Zone 30 sur la rue des Saules", "30 km/h zone on rue des Saules"),
            options=[
                both("Pour", "For"),
                both("Contre", "Against"),
                both("Il faut en savoir plus", "More information is needed"),
            ],
        ),
        39, 43, _ones(27, 14, 11), (18, 9, 7), late=RETRIED,
    ),
    Act(
        PollDraft(
            both("Classez les trois plans du parc du Lavoir", "Rank the three plans for Parc du Lavoir"),
            PollKind.RANKING,
            [
                both("Le grand pré", "The great meadow"),
                both("Les jeux d’eau", "The splash pads"),
                both("Le jardin partagé", "The shared garden"),
            ],
            3,
        ),
        62, 68, _ranked(abc=14, acb=7, bac=9, bca=8, cab=11, cba=8),
    ),
    Act(
        PollDraft(
            both(
                "Faut-il prolonger la période de questions de quinze minutes?",
                "Should question time go on for fifteen minutes?",
            ),
            PollKind.YES_NO,
        ),
        105, 107, hands=((58, 19, 5), (58, 20, 5), (58, 20, 5)),
    ),
    Act(
        PollDraft(
            both("Quelle rue devrait suivre?", "Which street should follow?"),
            options=[
                both("Rue des Peupliers", "Rue des Peupliers"),
                both("Avenue du Moulin", "Avenue du Moulin"),
                both("Aucune pour l’instant", "None for now"),
            ],
        ),
        109, 112, _ones(24, 19, 11), site=_ones(16, 21, 4),
    ),
    Act(
        PollDraft(
            both("Que manque-t-il encore au parc du Lavoir?", "What is still missing in Parc du Lavoir?"),
            PollKind.TEXT,
        ),
        113, 117,
        words=(
            ("Des bancs à l’ombre", 6), ("Une fontaine", 4), ("Des toilettes ouvertes l’hiver", 3),
            ("Un terrain de pétanque", 2), ("More bicycle racks", 2), ("Un sentier sans marches", 1),
            ("Écrivez-moi à personne.fictive@exemple.ca pour le jardin", 1), ("Achetez mes paniers fictifs", 1),
            ("Un abri pour les jours de pluie", 1),
        ),
    ),
    Act(
        PollDraft(
            both("Cette rencontre a-t-elle répondu à vos attentes?", "Was this meeting what you hoped for?"),
            options=[
                both("Tout à fait", "Entirely"),
                both("En bonne partie", "For the most part"),
                both("Un peu", "A little"),
                both("Pas du tout", "Not at all"),
            ],
        ),
        119, 124, _ones(22, 19, 5, 1), (9, 11, 2, 0),
    ),
)  # fmt: skip
QUESTIONS = (
    "Quand la zone 30 commencerait-elle?", "Y aura-t-il des dos d’âne?", "Qui paie l’aménagement du parc?",
    "Les jeux d’eau ouvrent-ils en mai?", "Peut-on garder les vieux saules?", "Combien d’arbres seront plantés?",
    "Le jardin partagé aura-t-il de l’eau?", "Will the bus stop move?", "Y a-t-il des toilettes accessibles?",
    "Où iront les voitures pendant les travaux?", "Le déneigement change-t-il?", "Is there lighting at night?",
    "Pourquoi pas une rue piétonne?", "Qui entretient le pré?",
    "Est-ce que la zone 30 débute cette année?", "Les dos d’âne sont-ils prévus?", "Quel est le coût du parc?",
    "Achetez mes paniers de légumes fictifs.", "Et le stade de la ville voisine?",
)  # fmt: skip
SHOWN = 14
WORDS_SHOWN, WORDS_MASKED, WORDS_REFUSED = 6, "personne.fictive@exemple.ca", "paniers"
"""The first six answers in words go to the wall; one without its address; one not at all; the last was not read."""
ON_SITE_BEFORE, ON_SITE_AFTER = 7, 12
"""Days before and after the evening on which its question stands on the site."""
MERGED_INTO = {15: 1, 16: 2, 17: 3}
"""Number → the one that goes on for both."""
ANSWERED = 9
SPEAKERS = (
    "Zone 30", "Parc du Lavoir", "Zone 30", "Déneigement", "Parc du Lavoir", "Zone 30", "Parc du Lavoir", "Bruit",
)  # fmt: skip
SEED = "4163 2255 1346"
"""Dice that children threw in front of the room."""
