"""Texts that are the same, or nearly: what a campaign letter looks like after a hundred people have signed it. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")
LONG_ENOUGH = 25
"""Words from which on two equal texts are one letter; shorter ones are what many people say on their own."""
SHINGLE = 4
"""Neighbouring words that are compared as one piece: changing one word changes four pieces."""
NEARLY = 0.4
"""Share of common pieces from which on a person is asked whether two texts are one letter.

A letter of 120 words in which every twentieth word is another keeps about two thirds of its pieces; with a paragraph of
one's own of half its length it keeps the same; two letters on one subject share less than a tenth.
"""


def words_in(text: str) -> list[str]:
    """The words without case, accents and punctuation."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return re.findall(r"\w+", "".join(sign for sign in bare if not unicodedata.combining(sign)))


def fingerprint(text: str) -> str:
    """Equal for texts that differ in case, accents, spaces and punctuation only."""
    return hashlib.sha256(" ".join(words_in(text)).encode()).hexdigest()


def is_a_letter(text: str) -> bool:
    """Whether it is long enough for two equal ones to have one author."""
    return len(words_in(text)) >= LONG_ENOUGH


def pieces(text: str) -> frozenset[str]:
    words = words_in(text)
    return frozenset(" ".join(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Common pieces among all pieces (Jaccard): 1 for the same text, 0 for nothing in common."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


@dataclass(frozen=True, slots=True)
class Pair(Generic[Key]):
    """Two texts that are nearly one; `first` came first."""

    first: Key
    second: Key
    share: float


def near_pairs(texts: Iterable[tuple[Key, str]]) -> list[Pair[Key]]:
    """Each text that is nearly one before it, with the nearest of those, the most alike first.

    A text that is like an earlier one is compared with no later one: a thousand copies of a letter make a thousand
    comparisons, not half a million.
    """
    heads: dict[Key, frozenset[str]] = {}
    holders: dict[str, list[Key]] = defaultdict(list)
    found: list[Pair[Key]] = []
    for key, text in texts:
        own = pieces(text)
        shared = Counter(head for piece in own for head in holders.get(piece, ()))
        best = max(((likeness(own, heads[head]), head) for head in shared), key=lambda each: each[0], default=None)
        if best and best[0] >= NEARLY:
            found.append(Pair(best[1], key, best[0]))
            continue
        heads[key] = own
        for piece in own:
            holders[piece].append(key)
    return sorted(found, key=lambda pair: -pair.share)
