"""How long a search of 100,000 comments takes, beside the bare full-text query of the same database.

The floor asks SQLite's own index for the same words and its best twenty, by its own rank. Ours counts every kind, keeps
one order on both databases, and cuts and marks an excerpt of each. `python -m tests.bench.searching` prints three
lines.
"""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

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

ENTRIES, TOGETHER, WORDS_EACH, VOCABULARY = 100_000, 1_000, 40, 8_000
QUERIES = 200
BARE = "SELECT rowid FROM search_words WHERE search_words MATCH :asked ORDER BY rank LIMIT 20"
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


def timed(session: Session, process_id: uuid.UUID, queries: Sequence[Query]) -> tuple[list[float], list[float]]:
    """Seconds of ours and of the floor, in turns."""
    ours, floor = [], []
    for query in queries:
        started = time.perf_counter()
        search.search(session, process_id, query)
        between = time.perf_counter()
        session.execute(text(BARE), {"asked": search.sqlite_query(query)}).all()
        ours.append(between - started)
        floor.append(time.perf_counter() - between)
    return ours, floor


def main() -> None:
    chance = random.Random(20270224)
    words = vocabulary(chance)
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'bench.db'}"
        database = Database(url)
        schema.upgrade(database)
        keys = Keys(Settings(database_url=url, secret_key=SecretStr("x" * 40), keys_dir=Path(name) / "keys"))
        process_id = build_world(database, keys).process_id
        fill(database, process_id, chance, words)
        for kind, pool in (("common", words[:40]), ("ordinary", words[40:1_000]), ("rare", words[3_000:])):
            queries = [search.parse(" ".join(chance.sample(pool, chance.randint(1, 2)))) for _ in range(QUERIES)]
            with database.reading() as session:
                timed(session, process_id, queries[:20])  # both are warm before they are timed
                ours, floor = (percentile(each, 0.95) for each in timed(session, process_id, queries))
            shown = f"{ours * 1000:.1f} ms against {floor * 1000:.1f} ms"
            print(f"search for {kind} words: p95, times the bare query's: {ours / floor:.2f} (≤ 5.00; {shown})")
        database.dispose()


if __name__ == "__main__":
    main()
