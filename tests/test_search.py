"""Search: the same words find the same things in the same order on both databases."""

from __future__ import annotations

import uuid

import pytest

from participation import search
from participation.db import Database, new_id
from participation.register.keys import Keys
from participation.search import Entry, Query, excerpt, parse, segments
from tests.builders import build_world

TEXTS: tuple[tuple[str, str, str], ...] = (
    ("logement", "fr", "Le logement abordable près de l’école du quartier."),
    ("logements", "fr", "Des LOGEMENTS ABORDABLES, dit-on, sur la rue Saint-Cœur-de-Marie."),
    ("housing", "en", "Affordable houses by the library; the city's libraries stay."),
    ("hauteur", "fr", "Hauteurs et vues : les jeux d’eau, les lieux, 2 600 unités au secteur 3.1."),
    ("jeu", "fr", "Un jeu, un lieu, une porte-à-porte. Aujourd’hui, c’est l’été."),
    ("divided", "fr", "Les dépla-\ncements vers la gare\u00ad\ns du Sud-Ouest"),
    ("arabic", "ar", "السكن والمدرسة"),
    ("odd", "fr", "1e5 0x1f a@b.ca http://exemple.ca/chemin ½ x² 😀 <script>alert(1)</script> ' -- ; OR NEAR("),
)
QUERIES: dict[str, set[str]] = {
    "logement": {"logement", "logements"},
    "Logements": {"logement", "logements"},
    "LOGEMENT abordables": {"logement", "logements"},
    "ecole": {"logement"},
    "écoles": {"logement"},
    "l’école": {"logement"},
    "l'ecole": {"logement"},
    "coeur": {"logements"},
    "cœurs": {"logements"},
    "Saint-Coeur-de-Marie": {"logements"},
    "saint marie": {"logements"},
    "saint-marie": set(),
    "« coeur de marie »": {"logements"},
    '"marie de coeur"': set(),
    "house": {"housing"},
    "city library": {"housing"},
    "jeux": {"hauteur", "jeu"},
    "lieu": {"hauteur", "jeu"},
    "porte à porte": {"jeu"},
    "3.1": {"hauteur"},
    "aujourd'hui": {"jeu"},
    "log*": {"logement", "logements"},
    "logem*": {"logement", "logements"},
    "haut* vue": {"hauteur"},
    "deplacement gare": {"divided"},
    "السكن": {"arabic"},
    "1e5": {"odd"},
    "script": {"odd"},
    "🙂": set(),
    "": set(),
    '" OR 1=1 --': set(),
    "'; DROP TABLE search_entry; --": set(),
    "NEAR(": {"odd"},
    "*": set(),
    "a:* & !b | (c <-> d)": set(),
    "x" * 5_000: set(),
    "de la": {"logements"},
}


@pytest.fixture
def process_id(database: Database, keys: Keys) -> uuid.UUID:
    return build_world(database, keys).process_id


def test_every_query_finds_the_same_on_both(database: Database, process_id: uuid.UUID) -> None:
    names: dict[uuid.UUID, str] = {}
    with database.writing() as session:
        for position, (name, locale, body) in enumerate(TEXTS):
            names[target := new_id()] = name
            entry = Entry("", body, f"/{name}", locale, position=position)
            search.index(session, process_id, "comment", target, [entry])
    order = [name for name, _locale, _body in TEXTS]
    for typed, expected in QUERIES.items():
        with database.reading() as session:
            found = search.search(session, process_id, parse(typed))
        assert [names[hit.target_id] for hit in found.hits] == [name for name in order if name in expected], typed
        assert sum(found.by_kind.values()) == len(expected), typed


def test_cards_come_first_then_pages_in_their_order(database: Database, process_id: uuid.UUID) -> None:
    document, version, comment = new_id(), new_id(), new_id()
    pages = [
        Entry("Étude", f"page {n} sur le vélo", f"/file#page={n}", label="3.2", part=n, position=32) for n in (1, 2)
    ]
    with database.writing() as session:
        search.index(session, process_id, "comment", comment, [Entry("", "Le vélo aussi", "/c", position=1)])
        search.index(session, process_id, "document", version, pages)
        search.index(session, process_id, "document", document, [Entry("Vélos", "", "/d", label="3.2", weight=0)])

    def hits(typed: str, **asked: object) -> list[tuple[uuid.UUID, int]]:
        with database.reading() as session:
            found = search.search(session, process_id, parse(typed), **asked)  # type: ignore[arg-type]
        return [(hit.target_id, hit.part) for hit in found.hits]

    assert hits("vélos") == [(document, 0), (comment, 0), (version, 1), (version, 2)]
    assert hits("vélos", kinds=["document"], offset=1, limit=1) == [(version, 1)]
    assert hits("3.2") == [(document, 0)], "the title and number of a page are not its text"
    with database.reading() as session:
        assert search.search(session, process_id, parse("vélo")).by_kind == {"comment": 1, "document": 3}
        assert search.search(session, new_id(), parse("vélo")).hits == []
        kept = search.entries_of(session, "document", version)
    assert kept == pages
    with database.writing() as session:
        search.forget(session, "document", version)
        search.index(session, process_id, "comment", comment, [Entry("", "La marche", "/c")])
        search.tidy(session)
    assert hits("vélo") == [(document, 0)]
    assert hits("marcher") == [(comment, 0)]


def test_what_was_looked_for_is_shown_apart() -> None:
    query = parse("ecoles log*")
    shown = segments("L’École <b>et</b> le logement", query, "fr")
    assert [(piece.text, piece.hit) for piece in shown] == [
        ("L’", False), ("École", True), (" <b>et</b> le ", False), ("logement", True),
    ]  # fmt: skip
    long = "mot " * 300 + "une école\n\n  ici " + "fin " * 300
    found = excerpt(long, query, "fr")
    assert [piece.text for piece in found if piece.hit] == ["école"]
    assert found[0].text.startswith("… mot")
    assert found[-1].text.endswith(" …")
    assert sum(len(piece.text) for piece in found) < 300
    assert excerpt("", query, "fr") == []


def test_a_query_is_bounded() -> None:
    assert len(parse("mot " * 1000).terms) <= search.MOST_TERMS
    assert parse("  \t ") == Query(())
    assert not parse("!!! ??? “”")
