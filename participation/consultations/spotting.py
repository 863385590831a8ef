"""Personal data in a text that is about to be public: shown to a person, never removed by the program.

It looks for what people give away without thinking: e-mail addresses, telephone numbers, street addresses and postal
codes. It finds many and not all; names are for a reader to see.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Spotted(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Span:
    """What was spotted from `start` to `end` of the text."""

    kind: Spotted
    start: int
    end: int


_STREET = r"rue|avenue|av\.|boulevard|boul\.|chemin|ch\.|place|croissant|montée|côte|allée|terrasse|impasse"
_ENGLISH_STREET = r"street|st\.|road|rd\.|drive|avenue|ave\.?|boulevard|blvd\.?|crescent|lane"
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (Spotted.EMAIL, r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"),
        (Spotted.PHONE, r"(?<!\d)(?:\+?1[\s.-]?)?\(?[2-9]\d{2}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?!\d)"),
        (Spotted.ADDRESS, rf"(?<!\d)\d{{1,5}}(?:-\d{{1,5}})?,?\s(?:{_STREET})\s"),
        (Spotted.ADDRESS, rf"(?<!\d)\d{{1,5}}\s(?:[\w’'-]+\s){{1,3}}(?:{_ENGLISH_STREET})(?!\w)"),
        (Spotted.ADDRESS, r"(?<!\w)[A-CEGHJ-NPRSTVXY]\d[A-CEGHJ-NPRSTV-Z]\s?\d[A-CEGHJ-NPRSTV-Z]\d(?!\w)"),
    )
)


def spot(text: str) -> list[Span]:
    """What looks like personal data, in the order of the text; what overlaps is said once."""
    found = [Span(kind, match.start(), match.end()) for kind, pattern in _PATTERNS for match in pattern.finditer(text)]
    shown: list[Span] = []
    for span in sorted(found, key=lambda each: (each.start, -each.end)):
        if not shown or span.start >= shown[-1].end:
            shown.append(span)
    return shown


LEFT_OUT = "[…]"


def masked(text: str, spans: Sequence[Span]) -> str:
    """The text without what was spotted in it."""
    return "".join(LEFT_OUT if kind else words for words, kind in pieces(text, spans))


def pieces(text: str, spans: Sequence[Span]) -> list[tuple[str, Spotted | None]]:
    """The text cut where something was spotted: (words, what was spotted or nothing)."""
    cut: list[tuple[str, Spotted | None]] = []
    last = 0
    for span in spans:
        cut += [(text[last : span.start], None), (text[span.start : span.end], span.kind)]
        last = span.end
    return [*cut, (text[last:], None)]
