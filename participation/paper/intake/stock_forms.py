"""What was counted at a place, as typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from participation.i18n import lazy as _
from participation.paper.models.stock import StockKind
from participation.processes.models import Place
from participation.typed import Errors, text_of, whole_number

MOST_STOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class TypedStock:
    values: Mapping[str, str]
    place: Place | None
    kind: StockKind
    amount: int


def read_stock(form: FormData, places: Sequence[Place]) -> tuple[TypedStock, Errors]:
    """A number of forms to add to a place's stock, or with a minus to correct an earlier entry."""
    values = {name: text_of(form, name) for name in ("place", "kind", "amount")}
    errors: Errors = {}
    place = next((each for each in places if each.code == values["place"]), None)
    if place is None:
        errors["place"] = _("Choose the place.")
    if values["kind"] not in set(StockKind):
        errors["kind"] = _("Choose what was counted.")
    amount = whole_number(values["amount"])
    if not amount or abs(amount) > MOST_STOCK:
        errors["amount"] = _("Type how many, as a whole number. A minus corrects an earlier entry.")
    kind = StockKind.UNUSED if "kind" in errors else StockKind(values["kind"])
    return TypedStock(values, place, kind, amount or 0), errors
