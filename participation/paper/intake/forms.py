"""What the intake desk types from a declaration slip. Names end here and in the register, nowhere else.

Field names that other programs may rely on:
  accept  nonce kind=person|anonymous code register_number <matching fields> style read_back=1 first
          received_date received_time children bag slip_code second_slip=1 loose=1
  refuse  nonce reason style received_date received_time bag slip_code second_slip=1
The matching fields are those of the online declaration: first_name last_name birth_day birth_month
postal_code email; `birth_day_month` as DD-MM is understood too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.ballots.forms import read_fields
from participation.counting.spec import BallotSpec, MatchField, RegisterKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.eligibility import young_ages
from participation.processes.models import Place, PlaceKind
from participation.register.identity import SLIP_CODE_LENGTH, fold, is_code, normalise_code
from participation.register.models import SetAside
from participation.typed import Errors, day_of, instant_of, text_of, whole_number

MOST_CHILDREN = 10


@dataclass(frozen=True, slots=True)
class TypedDeclaration:
    """A slip as typed; `identity` is what is compared when it is keyed twice."""

    values: Mapping[str, str]
    anonymous: bool
    children: int
    style: str
    received: datetime
    read_back: bool
    code: str | None = None
    register_number: str | None = None
    fields: Mapping[str, str] | None = None
    slip_code: str = ""
    """Printed on the stub of the slip; empty where the desk draws one."""
    second_slip: bool = False
    """The outer envelope held another slip, which was checked in before."""
    loose: bool = False
    """The ballot lies in no inner envelope."""

    @property
    def identity(self) -> dict[str, str]:
        """What must be the same in two typings: every field, folded as the register compares it."""
        if self.register_number is not None:
            return {"register_number": fold(self.register_number), "style": self.style}
        return {name: fold(value) for name, value in (self.fields or {}).items()} | {"style": self.style}

    @property
    def checks_itself(self) -> bool:
        """A code carries its check character, and a child's slip no name: neither is read back."""
        return self.code is not None or self.anonymous


def read_declaration(
    form: FormData, spec: BallotSpec, place: Place, at: datetime, zone: ZoneInfo
) -> tuple[TypedDeclaration, Errors]:
    """The slip, complete when there is no error. Errors come in the order of the page."""
    errors: Errors = {}
    anonymous = text_of(form, "kind") == "anonymous" and young_ages(spec.minimum_age) is not None
    style = text_of(form, "style") or (spec.styles[0].id if len(spec.styles) == 1 else "")
    children, code, number = 1, None, None
    fields: dict[str, str] | None = None
    if anonymous:
        children = _children(form, errors)
    elif spec.register is RegisterKind.OPEN:
        fields = _matching_fields(form, spec, errors)
    else:
        code, number = _key_of_register(form, errors)
    by_register = spec.register is RegisterKind.CLOSED and not anonymous
    if style not in spec.style and not (by_register and not style):
        errors["style"] = _("Choose the district written on the slip.")
    received = read_received(form, place, at, zone, errors)
    slip_code = _slip_code(form, errors) if children == 1 else ""
    read_back = place.kind is PlaceKind.LIVE and text_of(form, "read_back") == "1"  # an envelope confirms nothing
    values = {name: value[:120] for name, value in form.multi_items() if isinstance(value, str)}
    typed = TypedDeclaration(
        values,
        anonymous,
        children,
        style,
        received or at,
        read_back,
        code,
        number,
        fields,
        slip_code=slip_code,
        second_slip=bool(text_of(form, "second_slip")),
        loose=bool(text_of(form, "loose")),
    )
    return typed, errors


def _children(form: FormData, errors: Errors) -> int:
    children = whole_number(text_of(form, "children") or "1")
    if children is None or not 1 <= children <= MOST_CHILDREN:
        errors["children"] = _("Type for how many children the slip is signed: 1 to %(most)s.", most=MOST_CHILDREN)
        return 1
    return children


def _slip_code(form: FormData, errors: Errors) -> str:
    code = normalise_code(text_of(form, "slip_code"))
    if code and not is_code(code, SLIP_CODE_LENGTH):
        errors["slip_code"] = _("This code has a wrong sign in it. Read it once more from the stub.")
    return code


def _key_of_register(form: FormData, errors: Errors) -> tuple[str | None, str | None]:
    code, number = normalise_code(text_of(form, "code")), text_of(form, "register_number", 64)
    if code and number:
        errors["code"] = _("Type the personal code or the register number, not both.")
    elif code and not is_code(code):
        errors["code"] = _("This code has a wrong sign in it. Read it once more from the slip.")
    elif not code and not number:
        errors["code"] = _("Type the personal code from the slip, or the register number.")
    return code or None, None if code else number or None


_UNREADABLE = {
    "first_name": _("Type the first name as it is on the slip."),
    "last_name": _("Type the last name as it is on the slip."),
    "birth_day": _("Type the day of birth, from 1 to 31."),
    "birth_month": _("Choose the month of birth."),
    "postal_code": _("Type the whole postal code, such as H2X 1Y4."),
    "email": _("Type the whole e-mail address, such as name@example.org."),
}


def _matching_fields(form: FormData, spec: BallotSpec, errors: Errors) -> dict[str, str]:
    """Read by the same parser as online, so that one person is written in one way on every channel."""
    fields, wrong = read_fields(_with_birthday(form), spec.match_fields)
    errors.update({name: _UNREADABLE.get(name, message) for name, message in wrong.items()})
    return fields


def _with_birthday(form: FormData) -> FormData:
    day, dash, month = text_of(form, MatchField.BIRTH_DAY_MONTH).partition("-")
    if not dash:
        return form
    return FormData([*form.multi_items(), ("birth_day", day), ("birth_month", month)])


def read_received(form: FormData, place: Place, at: datetime, zone: ZoneInfo, errors: Errors) -> datetime | None:
    """When the slip came in: now at a live place, else the day and hour noted on bag or envelope."""
    typed_day, typed_hour = text_of(form, "received_date"), text_of(form, "received_time")
    if place.kind is PlaceKind.LIVE and not typed_day:
        return at
    day, hour = day_of(typed_day), _hour(typed_hour)
    if day is None:
        errors["received_date"] = _("Give the day on which the envelope was received.")
    if hour is None:
        errors["received_time"] = _("Give the hour at which it was received, such as 14:30.")
    if day is None or hour is None:
        return None
    received = instant_of(f"{day}T{hour}", zone)
    if isinstance(received, Message):
        errors["received_time"] = received
        return None
    if received > at:
        errors["received_date"] = _("This moment is in the future. Check the day and the hour.")
    return received


def _hour(typed: str) -> time | None:
    try:
        return time.fromisoformat(typed).replace(tzinfo=None)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class TypedRefusal:
    reason: SetAside
    received: datetime
    style: str
    slip_code: str = ""
    second_slip: bool = False


def read_refusal(
    form: FormData, spec: BallotSpec, place: Place, at: datetime, zone: ZoneInfo
) -> tuple[TypedRefusal, Errors]:
    """Why an envelope is set aside unopened, or somebody turned away."""
    errors: Errors = {}
    received = read_received(form, place, at, zone, errors)
    reason = text_of(form, "reason")
    if reason not in set(SetAside):
        errors["reason"] = _("Choose the reason. It is counted and published, without any name.")
    style = text_of(form, "style")
    known = style if style in spec.style else spec.styles[0].id
    code, second = _slip_code(form, errors), bool(text_of(form, "second_slip"))
    return TypedRefusal(SetAside.LATE if errors else SetAside(reason), received or at, known, code, second), errors


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    """The fields that two typings have differently."""
    return [name for name in second if first.get(name, "") != second[name]]


def local_moment(at: datetime, zone: ZoneInfo) -> tuple[date, str]:
    """Day and HH:MM on the wall of the place, to fill the form in."""
    wall = at.astimezone(zone)
    return wall.date(), wall.strftime("%H:%M")
