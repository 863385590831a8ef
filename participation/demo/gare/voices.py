"""What the fictional people of the sector say: sentences put together by a fixed draw, the same at every load."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

WOMEN = ("Léa", "Chantal", "Mei", "Josée", "Nadia", "Aminata", "Rosa", "Sylvie")
MEN = ("Omar", "Hugo", "Rachid", "Viktor", "Paul", "Gilles", "Étienne", "Wen")
LAST = ("Roy", "Tran", "Morin", "Haddad", "Ouellet", "Cissé", "Lopez", "Bouchard")
BOROUGHS = ("Le Sud-Ouest", "Verdun", "Ville-Marie", "LaSalle")


@lru_cache(maxsize=1)
def opinions() -> dict[str, dict[str, dict[str, list[str]]]]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "opinions.json").read_text("utf-8"))
    return found


def language(rng: Random) -> str:
    """One in seven writes in English."""
    return "en" if rng.random() < 1 / 7 else "fr"


def say(rng: Random, theme: str, spoken: str) -> str:
    """One opinion of two or three sentences on a theme."""
    parts = opinions()[theme][spoken]
    words = [rng.choice(parts["view"]), rng.choice(parts["why"])]
    if rng.random() < 0.7:
        words.append(rng.choice(parts["wish"]))
    return " ".join(words)


def paragraph(rng: Random, theme: str, spoken: str) -> str:
    """A whole paragraph of a brief on a theme."""
    parts = opinions()[theme][spoken]
    picked = [sentence for part in ("view", "why", "wish") for sentence in rng.sample(parts[part], 2)]
    return " ".join(picked)


def name(rng: Random) -> str:
    """A name that says that it is invented."""
    first, word = rng.choice([(WOMEN, "Fictive"), (MEN, "Fictif")])
    return f"{rng.choice(first)} {word}-{rng.choice(LAST)}"


def borough(rng: Random) -> str:
    return rng.choices(BOROUGHS, (7, 1, 1, 1))[0]
