"""What is typed about bags and boxes, as values; and what is wrong with it, in plain words.

Field names that other programs may rely on:
  bag      nonce place counted received_date received_time seal_number seal_broken=1;  witness, recount  counted
  finish   nonce box.<style id>=<number of a box>, empty for a new one; reason
  box      nonce place style;  put  nonce amount bag;  merge  into;  except  reason
  open     inner_opened empty extra (envelopes) or ballots (counter);  agree  ballots
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.spec import BallotSpec
from participation.i18n import lazy as _
from participation.paper.intake.box_acts import MOST_PIECES, Found
from participation.paper.intake.envelopes import MOST_ENVELOPES, Arrival
from participation.paper.intake.forms import read_received
from participation.processes.models import Place
from participation.typed import Errors, text_of, whole_number

BAG_FIELDS = ("place", "counted", "received_date", "received_time", "seal_number", "seal_broken")


def read_arrival(
    form: FormData, places: Sequence[Place], at: datetime, zone: ZoneInfo
) -> tuple[Mapping[str, str], Arrival | None, Errors]:
    """A bag at the door: from where, when, how many envelopes, in what state its seal is."""
    values = {name: text_of(form, name) for name in BAG_FIELDS}
    errors: Errors = {}
    place = next((each for each in places if each.code == values["place"]), None)
    if place is None:
        errors["place"] = _("Choose the place from which the bag comes.")
    counted = read_count(form, "counted", errors, most=MOST_ENVELOPES)
    received = read_received(form, place, at, zone, errors) if place else at
    if errors or place is None or received is None:
        return values, None, errors
    seal, broken = values["seal_number"][:40], bool(values["seal_broken"])
    return values, Arrival(place, counted, received, seal, broken), errors


def read_count(form: FormData, name: str, errors: Errors, *, most: int = MOST_PIECES) -> int:
    """A hand count, zero allowed; 0 beside an error where it is none."""
    number = whole_number(text_of(form, name))
    if number is None or not 0 <= number <= most:
        errors[name] = _("Type how many you counted by hand, 0 to %(most)s.", most=most)
        return 0
    return number


def read_boxes(form: FormData, styles: Iterable[str]) -> dict[str, int]:
    """Style → the number of the box that its inner envelopes go into; 0 for a new one."""
    return {style: whole_number(text_of(form, f"box.{style}")) or 0 for style in styles}


def read_box(
    form: FormData, spec: BallotSpec, places: Sequence[Place]
) -> tuple[Mapping[str, str], Place | None, str, Errors]:
    """A new box: of which place and district."""
    values = {name: text_of(form, name) for name in ("place", "style")}
    errors: Errors = {}
    place = next((each for each in places if each.code == values["place"]), None)
    if place is None:
        errors["place"] = _("Choose the place.")
    style = values["style"] or (spec.styles[0].id if len(spec.styles) == 1 else "")
    if style not in spec.style:
        errors["style"] = _("Choose the district: each has its own box.")
    return values, place, style, errors


def read_amount(form: FormData, errors: Errors) -> int:
    """A signed number of pieces, never zero."""
    amount = whole_number(text_of(form, "amount"))
    if not amount or abs(amount) > MOST_PIECES:
        errors["amount"] = _("Type how many, as a whole number. A minus corrects an earlier entry.")
    return amount or 0


def read_found(form: FormData, errors: Errors, *, envelopes: bool) -> Found:
    """What lies on the table: of envelopes the ballots follow from opened, empty and extra."""
    if not envelopes:
        return Found(ballots=read_count(form, "ballots", errors))
    opened, empty, extra = (read_count(form, name, errors) for name in ("inner_opened", "empty", "extra"))
    if not errors and empty > opened:
        errors["empty"] = _("There cannot be more empty envelopes than opened ones.")
    return Found(opened, empty, extra, opened - empty + extra)


def read_reason(form: FormData, errors: Errors) -> str:
    """A sentence that is printed with the result."""
    reason = text_of(form, "reason", 500)
    if len(reason) < 10:
        errors["reason"] = _("Say in a sentence why: it is printed with the result.")
    return reason
