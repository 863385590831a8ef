"""What the printing desk types to order ballots, as a value; and what is wrong with it.

Field names that other programs may rely on: nonce place style language paper large=1 copies on_site=1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from participation.counting.spec import BallotSpec
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper.models.desk import Paper
from participation.paper.printed import Edition
from participation.paper.sheets.print_runs import MOST_COPIES, Order
from participation.processes.models import Place
from participation.typed import Errors, text_of, whole_number

FIELDS = ("place", "style", "language", "paper", "large", "copies", "on_site")


@dataclass(frozen=True, slots=True)
class TypedOrder:
    """An order as typed; `order` is None where something is wrong."""

    values: Mapping[str, str]
    order: Order | None


def read_order(
    form: FormData, spec: BallotSpec, places: Sequence[Place], *, numbered: bool
) -> tuple[TypedOrder, Errors]:
    """An order for a place, in an edition."""
    values = {name: text_of(form, name) for name in FIELDS}
    if len(spec.styles) == 1:
        values["style"] = spec.styles[0].id
    errors: Errors = {}
    place = next((each for each in places if each.code == values["place"]), None)
    if place is None:
        errors["place"] = _("Choose the place.")
    if values["style"] not in spec.style:
        errors["style"] = _("Choose the district.")
    if values["language"] not in LOCALES:
        errors["language"] = _("Choose the language.")
    if values["paper"] not in set(Paper):
        errors["paper"] = _("Choose the paper.")
    copies = whole_number(values["copies"])
    if copies is None or not 0 < copies <= MOST_COPIES:
        errors["copies"] = _("Type how many copies, from 1 to %(most)s. Order several runs for more.", most=MOST_COPIES)
    if errors or copies is None:
        return TypedOrder(values, None), errors
    edition = Edition(values["language"], Paper(values["paper"]), values["large"] == "1", numbered)
    return TypedOrder(values, Order(place, values["style"], edition, copies, values["on_site"] == "1")), errors
