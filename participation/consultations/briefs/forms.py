"""A brief as it is deposited, online or at the counter, as a value or translated errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.consultations import words
from participation.consultations.briefs.queries import Wanted
from participation.consultations.entries import Author
from participation.consultations.forms import received_on
from participation.consultations.models import ContributionChannel, ContributionState
from participation.consultations.spotting import Spotted, spot
from participation.i18n import lazy as _
from participation.typed import Errors, Typed

LONGEST = 100_000
"""Characters of a brief that is written into the page; a longer one is a file."""
BY_STAFF = tuple(channel for channel in ContributionChannel if channel is not ContributionChannel.ONLINE)
FIELDS = (
    "who", "name", "group", "title", "text", "language", "theme", "email", "phone", "withhold", "reason", "consent",
    "keep_personal", "nonce", "channel", "place", "received",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deposit:
    author: Author
    of_a_group: bool
    title: str
    text: str
    language: str
    theme: str
    withheld: bool
    reason: str
    spotted: frozenset[Spotted] = field(default=frozenset())


@dataclass(frozen=True, slots=True)
class AtCounter:
    """How a brief reached the office."""

    channel: ContributionChannel
    place: str
    received: datetime


def read_deposit(
    form: FormData, *, themes: frozenset[str], has_file: bool, by_staff: bool = False
) -> tuple[Deposit, Errors]:
    """Text or file, or both. Its author knows that it will be public; personal data in the text are an error once."""
    typed = Typed(form)
    of_a_group, withheld = typed.raw("who") == "group", typed.ticked("withhold")
    author = _author(typed, of_a_group, withheld)
    title = typed.text("title", 200, _("Give your brief a title."))
    text = typed.text("text", LONGEST)
    if not text and not has_file:
        typed.errors["text"] = _("Write your brief here or choose its file.")
    reason = typed.text("reason", 1000, _("Say why: only the commission reads it.") if withheld else None)
    language = typed.raw("language")
    found = frozenset[Spotted]()
    if not typed.ticked("keep_personal") and not by_staff:
        found = frozenset(span.kind for span in spot(text))
    if found and "text" not in typed.errors:
        typed.errors["text"] = _("This text will be read by everybody and seems to hold something personal.")
    if not typed.ticked("consent"):
        typed.errors["consent"] = _("Tick the box: a brief is public.")
    deposit = Deposit(
        author=author,
        of_a_group=of_a_group,
        title=title,
        text=text,
        language=language if language in words.LANGUAGES else "und",
        theme=typed.raw("theme") if typed.raw("theme") in themes else "",
        withheld=withheld,
        reason=reason if withheld else "",
        spotted=found,
    )
    return deposit, typed.errors


def _author(typed: Typed, of_a_group: bool, withheld: bool) -> Author:
    missing = _("Write the name of the group.")
    group = typed.text("group", 200, missing if of_a_group else None)
    name = typed.text("name", 120, None if of_a_group else _("Write your name. It can be kept off the brief below."))
    email = typed.email()
    return Author(name, group if of_a_group else "", not withheld, email, typed.text("phone", 60))


def read_counter(form: FormData, zone: ZoneInfo, at: datetime) -> tuple[AtCounter, Errors]:
    typed = Typed(form)
    channel = typed.one("channel", ContributionChannel, ContributionChannel.COUNTER)
    if channel not in BY_STAFF:
        typed.errors["channel"] = _("Choose one of the list.")
    return AtCounter(channel, typed.raw("place"), received_on(typed, zone, at)), typed.errors


def read_wanted(query: Mapping[str, str]) -> Wanted:
    """A filter from an address; what the address does not know is left out."""
    state, before = query.get("state", ""), query.get("before", "")
    return Wanted(
        state=ContributionState(state) if state in set(ContributionState) else None,
        late=query.get("only") == "late",
        withheld=query.get("only") == "withheld",
        unredacted=query.get("only") == "unredacted",
        before=int(before) if re.fullmatch(r"\d{1,9}", before) else 0,
    )


def typed_values(form: FormData) -> dict[str, Any]:
    """What was typed, whole, for a page that comes back; a file cannot be."""
    return {name: str(form.get(name) or "") for name in FIELDS}
