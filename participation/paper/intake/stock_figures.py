"""The stock of a place as equations: what was printed, handed out, came back. Extras printed on site are in it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.counting.reconciliation import Equation, IdentityKey, Term, place_equations
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.balance import place_figures
from participation.paper.models.prints import PrintRun, PrintState
from participation.processes.models import Place
from participation.processes.queries import SpecRow

TITLES: dict[IdentityKey, Message] = {
    IdentityKey.BLANKS: _("Blank ballots received = unused + handed out"),
    IdentityKey.RETURNED: _("Handed out = came back + spoiled + not returned"),
    IdentityKey.ENVELOPES: _("Declarations accepted = inner envelopes opened"),
    IdentityKey.FOUND_IN_ENVELOPES: _("Ballots found = opened − empty + extra"),
}
"""The equations that the stock of a place makes; the others are on the board of the closing."""
TERMS: dict[str, Message] = {
    "accepted": _("declarations accepted"),
    "ballots_found": _("ballots found"),
    "blanks_received": _("printed ballots received"),
    "empty_envelopes": _("empty envelopes"),
    "extra": _("extra ballots"),
    "inner_opened": _("inner envelopes opened"),
    "issued": _("handed out"),
    "moved_in": _("from boxes of other places"),
    "moved_out": _("poured into boxes of other places"),
    "not_returned": _("not returned"),
    "replaced": _("spoiled and replaced"),
    "returned": _("returned"),
    "set_aside": _("set aside, unopened"),
    "unused": _("unused"),
}


def equations_of(session: Session, spec_row: SpecRow, place: Place) -> list[dict[str, Any]]:
    """What the macro `equation` takes, for one place."""
    figures = next(each for each in place_figures(session, spec_row) if each.place == place.code)
    return [_shown(each) for each in place_equations(figures) if each.key in TITLES]


def printed_on_site(session: Session, spec_row: SpecRow, place: Place) -> int:
    """How many of the blanks a place printed by itself because it ran out: they are in its stock."""
    query = select(func.coalesce(func.sum(col(PrintRun.copies)), 0)).where(
        col(PrintRun.spec_id) == spec_row.id,
        col(PrintRun.place_id) == place.id,
        col(PrintRun.on_site),
        col(PrintRun.state) == PrintState.DELIVERED,
    )
    return int(session.execute(query).scalar_one())


def _shown(equation: Equation) -> dict[str, Any]:
    return {
        "title": TITLES[equation.key],
        "left": [_term(equation.left)],
        "right": [_term(term) for term in equation.right],
        "difference": equation.difference,
    }


def _term(term: Term) -> dict[str, Any]:
    return {"label": TERMS[term.code], "value": term.value, "minus": term.minus}
