"""Who somebody is, as the register compares people: normalised fields, codes with a check character.

Folding makes « É. Côté-Roy » and "e cote roy" one person. What folding cannot see (Tremblay, Trembley)
is found through `near_parts`, and a person decides.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping

from participation.counting.spec import MatchField
from participation.register.keys import RECEIPT_ALPHABET as ALPHABET

CODE_LENGTH = 12
"""Eleven random signs (55 bits) and a check character, in groups of four."""


def fold(text: str) -> str:
    """Letters and digits only, without accents, in lower case."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("ß", "ss"))
    return re.sub(r"[^a-z0-9]", "", plain.casefold())


def normalise(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields as they are compared; those that are empty are left out."""
    folded = {
        name: value.strip().lower() if name == MatchField.EMAIL else fold(value) for name, value in fields.items()
    }
    return {name: value for name, value in folded.items() if value}


def identity_of(fields: Mapping[str, str], match_fields: tuple[MatchField, ...]) -> str | None:
    """One text per person from the spec's matching fields, or None when one of them is missing."""
    compared = normalise(fields)
    if not match_fields or any(name not in compared for name in match_fields):
        return None
    return "fields:" + "|".join(compared[name] for name in sorted(match_fields))


def near_parts(fields: Mapping[str, str]) -> tuple[str | None, str | None, str | None]:
    """Three partial keys; two declarations that share one are looked at by a person.

    Same birthday and postal code (another spelling of the name); same last name and birthday (moved, or
    another first name); same full name and postal code (birthday misread).
    """
    compared = normalise(fields)

    def part(*names: MatchField) -> str | None:
        values = [compared.get(name, "") for name in names]
        return "|".join([*names, *values]) if all(values) else None

    return (
        part(MatchField.BIRTH_DAY_MONTH, MatchField.POSTAL_CODE),
        part(MatchField.LAST_NAME, MatchField.BIRTH_DAY_MONTH),
        part(MatchField.FIRST_NAME, MatchField.LAST_NAME, MatchField.POSTAL_CODE),
    )


def new_code() -> str:
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1)))


SLIP_CODE_LENGTH = 8
"""The stub of a slip has eight boxes: seven random signs (35 bits) and a check character."""


def new_slip_code() -> str:
    """The code of a declaration slip's stub: drawn, never computed from anything, and on no ballot."""
    return with_check("".join(secrets.choice(ALPHABET) for _ in range(SLIP_CODE_LENGTH - 1)))


def with_check(body: str) -> str:
    """The code with its check character, which catches any one wrong sign and any swap of neighbours.

    Weights 1, 3, 5 … are odd, so invertible modulo 32, and neighbours differ by 2: a swap of signs that
    differ by 16 alone would pass, as in every scheme of one check character over 32 signs.
    """
    total = sum((2 * place + 1) * ALPHABET.index(sign) for place, sign in enumerate(body))
    return body + ALPHABET[-total % 32]


def normalise_code(typed: str) -> str:
    """A code as stored: capitals, no spaces, dashes or dots. Codes have no look-alikes (no O, I, 0, 1)."""
    return re.sub(r"[\s\-–—._]", "", typed).upper()


def is_code(normalised: str, length: int = CODE_LENGTH) -> bool:
    """Whether the check character is right: a misread code is told apart from an unknown one."""
    return (
        len(normalised) == length
        and all(sign in ALPHABET for sign in normalised)
        and with_check(normalised[:-1]) == normalised
    )


def grouped(code: str) -> str:
    """XXXX-XXXX-XXXX, as printed and shown."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
