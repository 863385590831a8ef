"""Tables that people open in a spreadsheet."""

from __future__ import annotations


def cell(text: str) -> str:
    """The text, guarded where a spreadsheet would take it for a formula (OWASP: CSV injection)."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text
