"""Texts that are the same, or nearly: what a campaign letter looks like after a hundred people have signed it. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONG_ENOUGH = 25
"""Words from which on two equal texts are one letter; shorter ones are what many people say on their own."""
SHINGLE = 4
"""Neighbouring words that are compared as one piece: changing one word changes four pieces."""
NEARLY = 0.4
"""Share of common pieces from which on a person is asked whether two texts are one letter.

A letter of 120 words in which every twentieth word is another keeps about two thirds of its pieces; with a paragraph of
one's own of half its length it keeps the same; two letters on one subject share less than a tenth.
"""


SKETCHED = 10
"""Digests by which a text is found again."""


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


def sketch(own: frozenset[str]) -> list[int]:
    """The smallest digests of the pieces: of two texts that are nearly one, some are the same.

    With `NEARLY` in common, none of `SKETCHED` is the same for six texts in a thousand; with more, for fewer.
    """
    digests = (hashlib.blake2b(piece.encode(), digest_size=8).digest() for piece in own)
    return sorted(int.from_bytes(digest) >> 1 for digest in digests)[:SKETCHED]
