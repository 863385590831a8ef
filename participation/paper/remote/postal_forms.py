"""What the postal desk takes in: a list of addresses for letters, an order of a kit, whom a reply goes to.

Field names that other programs may rely on:
  letters  nonce paper file | lines
           columns: register_number name address address_2 city postal_code language large
  lost     register_number <address> language large
  kit      nonce <address> language large style
  mailed   nonce kit (several)
  reply    nonce reason received_date <address> language large
An address is name address address_2 city postal_code.
"""

from __future__ import annotations

import csv
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from participation.counting.spec import BallotSpec
from participation.errors import Message
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper.models.desk import Paper
from participation.paper.remote.letters import Addressee
from participation.register.forms import Errors, file_text, shortened, table_lines
from participation.register.identity import fold
from participation.register.models import CodeState, SetAside
from participation.typed import day_of, text_of

ADDRESS = ("name", "address", "address_2", "city", "postal_code")
COLUMNS: Mapping[str, str] = {
    "registernumber": "register_number", "number": "register_number", "numero": "register_number",
    "name": "name", "nom": "name",
    "address": "address", "address1": "address", "adresse": "address", "adresse1": "address",
    "address2": "address_2", "adresse2": "address_2",
    "city": "city", "ville": "city",
    "postalcode": "postal_code", "codepostal": "postal_code",
    "language": "language", "langue": "language",
    "large": "large", "largeprint": "large", "groscaracteres": "large", "grandscaracteres": "large",
}  # fmt: skip
"""What a heading may be called, accents and blanks aside."""
NEEDED = ("register_number", "name", "address", "city", "postal_code")
MOST_LETTERS = 20_000
MOST_LINE = 60
_POSTAL = re.compile(r"[A-Za-z]\d[A-Za-z]\s?\d[A-Za-z]\d")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Known = Mapping[str, tuple[uuid.UUID, CodeState | None]]
"""Register number → the voter and the state of the code that they have."""


@dataclass(frozen=True, slots=True)
class TypedLetters:
    paper: Paper
    rows: Sequence[Addressee]


def read_letters(form: FormData, known: Known, locale: str) -> tuple[TypedLetters, Errors]:
    """The list, complete when there is no error. Every bad line is named; then nothing is kept of any."""
    paper = Paper(typed) if (typed := text_of(form, "paper")) in set(Paper) else Paper.LETTER
    text, wrong = file_text(form)
    if wrong:
        return TypedLetters(paper, ()), {"lines": wrong}
    try:
        table = [[cell.strip() for cell in cells] for cells in table_lines(text)]
    except csv.Error:
        return TypedLetters(paper, ()), {
            "lines": _("This is not a table. Save it again as “CSV UTF-8” and send it once more.")
        }
    headings = [COLUMNS.get(fold(cell), "") for cell in table[0]] if table else []
    missing = [name for name in NEEDED if name not in headings]
    if missing:
        return TypedLetters(paper, ()), {
            "lines": _("The first line must name the columns. Missing: %(names)s.", names=", ".join(missing))
        }
    return _rows(paper, headings, table[1:], known, locale)


def _rows(
    paper: Paper, headings: Sequence[str], table: Sequence[Sequence[str]], known: Known, locale: str
) -> tuple[TypedLetters, Errors]:
    rows: list[Addressee] = []
    problems: list[Message] = []
    seen: set[str] = set()
    for place, cells in enumerate(table, 2):
        if not any(cells):
            continue
        typed = {name: value for name, value in zip(headings, cells, strict=False) if name}
        problem = _problem(typed, known, seen)
        if problem is not None:
            problems.append(_("Line %(line)s: %(problem)s", line=place, problem=problem))
            continue
        number = typed["register_number"]
        seen.add(number)
        rows.append(Addressee(known[number][0], lines_of(typed), _language(typed, locale), _large(typed)))
    if not rows and not problems:
        problems.append(_("There is no address in this list."))
    if len(rows) > MOST_LETTERS:
        problems.append(_("At most %(most)s letters in one list. Split it.", most=MOST_LETTERS))
    return TypedLetters(paper, rows), {"lines": shortened(problems)} if problems else {}


def _problem(typed: Mapping[str, str], known: Known, seen: set[str]) -> Message | None:
    number = typed.get("register_number", "")
    if number not in known:
        return _("the number “%(number)s” is not in the register.", number=number[:80])
    if number in seen:
        return _("the number %(number)s comes twice.", number=number)
    if known[number][1] is CodeState.USED:
        return _("a vote was already received from number %(number)s.", number=number)
    if known[number][1] is not None:
        return _("number %(number)s has a code already. If it is lost, see “Lost code”.", number=number)
    return address_problem(typed)


def address_problem(typed: Mapping[str, str]) -> Message | None:
    """What is wrong with a name and address, or None."""
    for name in ("name", "address", "city"):
        if not typed.get(name):
            return _("the name, the address and the city are needed.")
    if any(len(typed.get(name, "")) > MOST_LINE or _CONTROL.search(typed.get(name, "")) for name in ADDRESS):
        return _("a line of an address has at most %(most)s signs.", most=MOST_LINE)
    if not _POSTAL.fullmatch(typed.get("postal_code", "")):
        return _("“%(typed)s” is no postal code, such as H2X 1Y4.", typed=typed.get("postal_code", "")[:20])
    return None


def lines_of(typed: Mapping[str, str]) -> tuple[str, ...]:
    """The address as it is printed: name, street, more, city and postal code."""
    compact = typed["postal_code"].replace(" ", "").upper()
    last = f"{typed['city']}  {compact[:3]} {compact[3:]}"
    return tuple(line for line in (typed["name"], typed["address"], typed.get("address_2", ""), last) if line)


def _language(typed: Mapping[str, str], locale: str) -> str:
    wanted = fold(typed.get("language", ""))[:2]
    return wanted if wanted in LOCALES else locale


def _large(typed: Mapping[str, str]) -> bool:
    return fold(typed.get("large", "")) not in ("", "0", "non", "no", "n")


@dataclass(frozen=True, slots=True)
class TypedAddress:
    """To whom one piece of mail goes."""

    values: Mapping[str, str]
    lines: tuple[str, ...]
    language: str
    large: bool


def read_address(form: FormData, locale: str, *, needed: bool = True) -> tuple[TypedAddress, Errors]:
    """Name and address from a form; with `needed` false they may all be left out."""
    values = {name: text_of(form, name) for name in (*ADDRESS, "language", "large")}
    given = any(values[name] for name in ADDRESS)
    errors: Errors = {}
    if given or needed:
        for name, message in _WANTED.items():
            if not values[name]:
                errors[name] = message
        if not _POSTAL.fullmatch(values["postal_code"]):
            errors["postal_code"] = _("Type the whole postal code, such as H2X 1Y4.")
        for name in ADDRESS:
            if len(values[name]) > MOST_LINE:
                errors[name] = _("a line of an address has at most %(most)s signs.", most=MOST_LINE)
    lines = lines_of(values) if given and not errors else ()
    return TypedAddress(values, lines, _language(values, locale), bool(values["large"])), errors


_WANTED = {
    "name": _("Type the name that stands on the envelope."),
    "address": _("Type the number and the street."),
    "city": _("Type the city."),
}


def read_style(form: FormData, spec: BallotSpec, errors: Errors) -> str:
    style = text_of(form, "style") or (spec.styles[0].id if len(spec.styles) == 1 else "")
    if style not in spec.style:
        errors["style"] = _("Choose the district of this person.")
    return style


def read_kits(form: FormData) -> list[uuid.UUID]:
    """The orders that were ticked."""
    found = []
    for value in form.getlist("kit"):
        try:
            found.append(uuid.UUID(str(value)))
        except ValueError:
            continue
    return found


def read_reason(form: FormData, errors: Errors) -> tuple[SetAside, str]:
    """Why the envelope was set aside, and the day on which it was received, if that is known."""
    reason = text_of(form, "reason")
    received = text_of(form, "received_date")
    if reason not in set(SetAside):
        errors["reason"] = _("Choose the reason that was noted.")
    if received and day_of(received) is None:
        errors["received_date"] = _("Give the day on which it was received, or leave it empty.")
    return SetAside(reason) if "reason" not in errors else SetAside.LATE, received
