"""How long a search of 100,000 comments takes, beside the bare full-text query of the same database.

The floor asks the database's own index for the same words and its best twenty, by its own rank. Ours counts every
kind, keeps one order on both databases, and cuts and marks an excerpt of each. `python -m tests.bench.searching` prints
a line for each sort of question on each database.
"""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import text
from sqlmodel import Session

from participation import schema, search
from participation.db import Database, new_id
from participation.register.keys import Keys
from participation.search import Entry, Query
from participation.settings import Settings
from tests.bench.load import percentile
from tests.builders import build_world
from tests.databases import postgres_url

ENTRIES, TOGETHER, WORDS_EACH, VOCABULARY = 100_000, 1_000, 40, 8_000
QUERIES = 60
BARE = {
    "sqlite": "SELECT rowid FROM search_words WHERE search_words MATCH :asked ORDER BY rank LIMIT 20",
    "postgresql": "SELECT id FROM search_entry, to_tsquery('simple', :asked) AS asked "
    "WHERE to_tsvector('simple', folded) @@ asked "
    "ORDER BY ts_rank(to_tsvector('simple', folded), asked) DESC LIMIT 20",
}
DEEP = 2_000
"""Where the twentieth page of a hundred begins: somebody who reads on and on."""
_SYLLABLES = [first + second for first in "bcdfglmnprst" for second in "aeiou"]


def vocabulary(chance: random.Random) -> list[str]:
    """Words that look like French ones, the common ones first."""
    ends = ("", "s", "ment", "tion", "able")
    return [
        "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) + chance.choice(ends) for _ in range(VOCABULARY)
    ]


def fill(database: Database, process_id: uuid.UUID, chance: random.Random, words: Sequence[str]) -> None:
    """Comments whose words are as common as words are: the second half as often as the first, the third a third."""
    often = [1 / place for place in range(1, len(words) + 1)]
    for first in range(0, ENTRIES, TOGETHER):
        entries = [
            Entry("", " ".join(chance.choices(words, often, k=WORDS_EACH)), f"/comments/{number}", position=number)
            for number in range(first, first + TOGETHER)
        ]
        with database.writing() as session:
            search.index(session, process_id, "comment", new_id(), entries)


def timed(
    session: Session, process_id: uuid.UUID, queries: Sequence[Query], options: Mapping[str, Any]
) -> tuple[list[float], list[float]]:
    """Seconds of ours and of the floor, in turns."""
    ours, floor = [], []
    dialect = session.get_bind().dialect.name
    written = search.sqlite_query if dialect == "sqlite" else search.postgres_query
    for query in queries:
        started = time.perf_counter()
        search.search(session, process_id, query, **options)
        between = time.perf_counter()
        session.execute(text(BARE[dialect]), {"asked": written(query)}).all()
        ours.append(between - started)
        floor.append(time.perf_counter() - between)
    return ours, floor


def asked(chance: random.Random, words: Sequence[str]) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    """Sorts of questions: what they are called, what is typed, and what else is chosen."""

    def some(pool: Sequence[str], least: int, most: int) -> list[str]:
        return [" ".join(chance.sample(pool, chance.randint(least, most))) for _query in range(QUERIES)]

    yield "common words", some(words[:40], 1, 2), {}
    yield "ordinary words", some(words[40:1_000], 1, 2), {}
    yield "rare words", some(words[3_000:], 1, 2), {}
    yield "the commonest words", some(words[:3], 1, 1), {}
    yield "several common words", some(words[:20], 3, 5), {}
    yield "a phrase of common words", [f'"{each}"' for each in some(words[:20], 2, 2)], {}
    yield "begun words", [f"{each[:3]}*" for each in some(words[:200], 1, 1)], {}
    yield "common comments", some(words[:40], 1, 2), {"kinds": ["comment"]}
    yield "common words, far down", some(words[:40], 1, 1), {"offset": DEEP}


def bench(url: str, name: str, folder: Path) -> None:
    chance = random.Random(20270224)
    words = vocabulary(chance)
    database = Database(url)
    schema.upgrade(database)
    keys = Keys(Settings(database_url=url, secret_key=SecretStr("x" * 40), keys_dir=folder / "keys"))
    process_id = build_world(database, keys).process_id
    fill(database, process_id, chance, words)
    for kind, typed, options in asked(chance, words):
        queries = [search.parse(each) for each in typed]
        with database.reading() as session:
            timed(session, process_id, queries[:20], options)  # both are warm before they are timed
            ours, floor = (percentile(each, 0.95) for each in timed(session, process_id, queries, options))
        shown = f"{ours * 1000:.1f} ms against {floor * 1000:.1f} ms"
        print(f"search for {kind}, {name}: p95, times the bare query's: {ours / floor:.2f} (≤ 5.00; {shown})")
    database.dispose()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        bench(f"sqlite:///{Path(name) / 'bench.db'}", "SQLite", Path(name))
        with postgres_url() as url:
            bench(url, "PostgreSQL", Path(name))


if __name__ == "__main__":
    main()
