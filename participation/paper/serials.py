"""Serial numbers of ballots, stub codes, and what stands in the QR of each side. Pure, apart from the draw.

A serial is six digits and a check digit, 482913-7. The check digit is Damm's (H. M. Damm, "Total anti-symmetrische
Quasigruppen", Marburg 2004): one digit, no letter, and it finds every single wrong digit and every two neighbours
swapped, where Luhn's misses 09 for 90. Keying by hand makes just these two mistakes.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

import segno

DIGITS = 6
POSSIBLE = 10**DIGITS
UNNUMBERED = "0" * (DIGITS + 1)
"""What the QR of an unnumbered sheet says in place of a serial; never drawn."""
_TABLE = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_QR = re.compile(rf"([A-Z0-9]{{4,30}})([1-9])(\d{{{DIGITS + 1}}})")
STUB_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 and O, 1, I and L: it is read aloud and written by hand."""


def check_digit(digits: str) -> str:
    """The Damm check digit of `digits`."""
    interim = 0
    for digit in digits:
        interim = int(_TABLE[interim][int(digit)])
    return str(interim)


def with_check(number: int) -> str:
    """The serial of `number`: seven digits, the last of which is the check digit."""
    digits = f"{number:0{DIGITS}}"
    return digits + check_digit(digits)


def printed_serial(serial: str) -> str:
    """4829137 → 482913-7."""
    return f"{serial[:DIGITS]}-{serial[DIGITS:]}"


def read_serial(typed: str) -> str | None:
    """The seven digits of a serial as keyed or wanded, spaces and dashes allowed; None if it is none."""
    digits = re.sub(r"[\s\-\u2010-\u2015]", "", typed)
    if not re.fullmatch(rf"[0-9]{{{DIGITS + 1}}}", digits) or digits == UNNUMBERED:
        return None
    return digits if check_digit(digits) == "0" else None


@dataclass(frozen=True, slots=True)
class SideCode:
    """What the QR of one side says."""

    form: str
    """The version code without dashes: `FormLayout.form`."""
    side: int
    serial: str
    """Seven digits, or empty on an unnumbered sheet."""


def qr_content(form: str, side: int, serial: str = "") -> str:
    """The QR's text: form code, side, serial, A-Z and 0-9 only, so that a wand types it on any keyboard."""
    return f"{form}{side}{serial or UNNUMBERED}"


def qr(content: str) -> segno.QRCode:
    """A code with 15 % of spare signs, 21 or 25 squares a side."""
    return segno.make(content, error="m", boost_error=False, micro=False)


def qr_svg(content: str) -> str:
    """The code as an SVG that fills its picture: the sheet itself keeps the quiet zone white."""
    return qr(content).svg_inline(border=0, omitsize=True)


def read_qr(text: str) -> SideCode | None:
    """What a QR says, or None where it is not one of ours or its serial fails the check."""
    found = _QR.fullmatch(text.strip().upper())
    if found is None or check_digit(found[3]) != "0":
        return None
    return SideCode(found[1], int(found[2]), "" if found[3] == UNNUMBERED else found[3])


def draw_serials(count: int) -> list[str]:
    """`count` different serials in random order: a number tells neither when nor to whom a sheet was handed out."""
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        drawn[with_check(1 + secrets.randbelow(POSSIBLE - 1))] = None
    return list(drawn)


def draw_stub_code() -> str:
    """Eight letters and digits (31 to the 8th: 852 thousand million), in two groups; drawn, never computed."""
    code = "".join(secrets.choice(STUB_ALPHABET) for _place in range(8))
    return f"{code[:4]}-{code[4:]}"
