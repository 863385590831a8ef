"""What people say of a destruction, as values.

Field names that other programs may rely on:
  kind nonce batches (several) places (several) lay_in kept_until rule method destroyed_on
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.custody import Due
from participation.paper.destruction.service import Wanted
from participation.paper.keying.choosing import AtPlace
from participation.paper.models.destruction import PaperKind
from participation.typed import Errors, day_of, text_of, whole_number

TEXTS = {"lay_in": 300, "kept_until": 10, "rule": 300, "method": 200, "destroyed_on": 10}


@dataclass(frozen=True, slots=True)
class TypedDestruction:
    """As typed, to be shown again; `wanted` where it is right."""

    kind: PaperKind
    values: Mapping[str, str] = field(default_factory=dict)
    batches: Sequence[str] = ()
    places: Sequence[str] = ()
    wanted: Wanted | None = None


def kind_of(form: FormData) -> PaperKind:
    """Which of the two forms was sent. NotFound for neither."""
    typed = text_of(form, "kind")
    if typed not in set(PaperKind):
        raise NotFound(_("This is no paper that is destroyed here."))
    return PaperKind(typed)


def read_destruction(
    form: FormData, choice: Sequence[AtPlace], standing: Due, at: datetime, zone: ZoneInfo
) -> tuple[TypedDestruction, Errors]:
    """The act, complete where there is no error."""
    kind, errors = kind_of(form), Errors()
    values = {name: text_of(form, name, most) for name, most in TEXTS.items()}
    ticked, codes = ([str(each) for each in form.getlist(name)] for name in ("batches", "places"))
    chosen = tuple(codes) if kind is PaperKind.DECLARATIONS else _numbers(ticked, codes, choice)
    if not chosen:
        errors[f"{kind.value}-chosen"] = _("Choose what was destroyed.")
    for name in ("lay_in", "rule", "method"):
        if len(values[name]) < 3:
            errors[name] = _("Say it in a few words: it stands on the certificate.")
    today = at.astimezone(zone).date()
    kept, gone = day_of(values["kept_until"]), day_of(values["destroyed_on"])
    if gone is None or gone > today:
        errors["destroyed_on"] = _("Give the day on which it was destroyed. It cannot be in the future.")
    if kept is None or standing.least is None or not standing.least <= kept + _DAY:
        errors["kept_until"] = _("Give the last day of keeping: thirty days after certification at the earliest.")
    elif gone is not None and gone <= kept:
        errors["destroyed_on"] = _("It was to be kept until a later day than this.")
    if errors or kept is None or gone is None:
        return TypedDestruction(kind, values, ticked, codes), errors
    wanted = Wanted(kind, chosen, values["lay_in"], kept, values["rule"], values["method"], gone)
    return TypedDestruction(kind, values, ticked, codes, wanted), errors


_DAY = date.resolution


def _numbers(ticked: Sequence[str], codes: Sequence[str], choice: Sequence[AtPlace]) -> tuple[int, ...]:
    numbers = {number for each in ticked if (number := whole_number(each)) is not None}
    numbers.update(number for place in choice if place.code in codes for number in place.numbers)
    return tuple(sorted(numbers))
