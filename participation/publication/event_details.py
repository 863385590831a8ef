"""The details of an event in words: what each of its fields says. Ids, and what is empty or false, say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from participation import i18n
from participation.audit import EventRow
from participation.ballots.models import BallotRejection
from participation.consultations.documents.words import FAULTS
from participation.consultations.exports.service import TABLES
from participation.consultations.follow_up.models import Outcome
from participation.consultations.follow_up.words import OUTCOMES
from participation.consultations.hearings.models import SpeakerState
from participation.consultations.hearings.words import STATES as SPEAKER_STATES
from participation.consultations.models import ContributionKind, Decision, RefusalReason
from participation.consultations.reminders.models import ReminderKind
from participation.consultations.reminders.words import KINDS as REMINDERS
from participation.consultations.words import DECISIONS, KINDS, REASONS
from participation.counting.reconciliation import IdentityKey
from participation.counting.spec import Capture
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.live.floor.models import FloorState
from participation.live.floor.words import STATES as FLOOR_STATES
from participation.live.speaking.models import TurnState
from participation.live.speaking.words import STATES as TURN_STATES
from participation.live.words import SOURCES
from participation.paper.destruction.words import KINDS as DESTROYED
from participation.paper.models.batches import GapKind
from participation.paper.models.desk import ScanUse
from participation.paper.models.destruction import PaperKind
from participation.paper.models.scans import ScanOut
from participation.paper.models.stock import StockKind
from participation.paper.scans.use import USES
from participation.paper.scans.words import OUT
from participation.paper.team import PROFILES, listed
from participation.paper.words import STOCK
from participation.processes.models import Profile, ProjectChangeKind, WindowKind
from participation.processes.words import WINDOWS
from participation.publication.minutes import CHANNEL_WORDS
from participation.publication.wording import IDENTITIES, REJECTIONS, SET_ASIDE
from participation.register.models import SetAside

PARTS: dict[str, Message] = {
    "texts": _("presentation"),
    "address": _("address of the page"),
    "phase": _("calendar"),
    "place": _("place"),
    "voting": _("way of voting"),
    "contest": _("contest"),
    "rule": _("counting rule"),
    "project": _("project"),
    "project-words": _("words of a project"),
    "settings": _("introduction, hours and paper"),
    "assessment": _("necessity and ethics"),
    "theme": _("theme"),
    "question": _("question"),
    "order": _("order"),
}
GAPS: dict[GapKind, Message] = {
    GapKind.COUNT: _("header and keyed forms differ"),
    GapKind.EXCESS: _("more forms than declarations accepted"),
}
PROJECT_CHANGES: dict[ProjectChangeKind, Message] = {
    ProjectChangeKind.WITHDRAWN: _("withdrawn"),
    ProjectChangeKind.EXCLUDED: _("excluded"),
    ProjectChangeKind.TOP_UP: _("topped up"),
}
UNSAID = frozenset(
    {
        "answer_id",
        "batch_id",
        "changes",
        "count_id",
        "document_id",
        "keyed_by",
        "meeting_id",
        "poll_id",
        "proposal_id",
        "question_id",
        "run_id",
        "second_account_id",
        "spec_id",
        "digests",
        "subject",
    }
)
"""Ids of what the event is about, or of somebody; a subject is said with its identity."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom the details are worded."""

    locale: str
    zone: ZoneInfo
    places: Mapping[str, Mapping[str, str]]
    """Place id → its name by language."""


FIELDS: dict[str, Callable[[Any], Message]] = {
    "activity": lambda value: _("activity %(number)s", number=value),
    "asked": lambda value: ngettext("%(num)s question", "%(num)s questions", len(value)),
    "bag": lambda value: _("bag %(number)s", number=value),
    "brief_days": lambda value: ngettext("brief: %(num)s day before", "brief: %(num)s days before", value),
    "capture": lambda value: SOURCES[Capture(value)],
    "control": lambda value: _("control number %(number)s", number=value),
    "contacts": lambda value: ngettext("%(num)s address or number", "%(num)s addresses or numbers", value),
    "due_days": lambda value: ngettext("answer: %(num)s day before", "answer: %(num)s days before", value),
    "flags": lambda value: ngettext("%(num)s report by a reader", "%(num)s reports by readers", value),
    "months": lambda value: ngettext("%(num)s month", "%(num)s months", value),
    "names": lambda value: ngettext("%(num)s name", "%(num)s names", value),
    "order": lambda value: _("order %(numbers)s", numbers=_list(value)),
    "present": lambda value: ngettext("%(num)s person present", "%(num)s people present", value),
    "question": lambda value: _("question %(number)s", number=value),
    "reason": lambda value: REASONS[RefusalReason(value)],
    "reasons": lambda value: ngettext("%(num)s reason in words", "%(num)s reasons in words", value),
    "reminder": lambda value: REMINDERS[ReminderKind(value)],
    "respondents": lambda value: ngettext("%(num)s body that answers", "%(num)s bodies that answer", value),
    "revision": lambda value: _("count no. %(number)s", number=value),
    "speaker_names": lambda value: ngettext("%(num)s name of a speaker", "%(num)s names of speakers", value),
    "speakers": lambda value: ngettext("%(num)s speaker", "%(num)s speakers", value),
    "turn_days": lambda value: ngettext("turn: %(num)s day before", "turn: %(num)s days before", value),
    "turns": lambda value: _("turns %(numbers)s", numbers=_list(value)),
    "undone": lambda _value: _("taken back"),
    "answers": lambda value: ngettext("%(num)s answer", "%(num)s answers", value),
    "ballots": lambda value: ngettext("%(num)s ballot", "%(num)s ballots", value),
    "box": lambda value: _("box %(number)s", number=value),
    "envelopes": lambda value: ngettext("%(num)s envelope", "%(num)s envelopes", value),
    "into": lambda value: _("into box %(number)s", number=value),
    "pieces": lambda value: ngettext("%(num)s piece", "%(num)s pieces", value),
    "amount": lambda value: ngettext("%(num)s form", "%(num)s forms", value),
    "anonymous": lambda _value: _("without names"),
    "batches": lambda value: ngettext(
        "batch %(numbers)s", "batches %(numbers)s", len(value), numbers=", ".join(map(str, value))
    ),
    "brief": lambda value: _("brief %(number)s", number=value),
    "called_off": lambda _value: _("called off"),
    "channel": CHANNEL_WORDS.__getitem__,
    "children": lambda value: ngettext("%(num)s child", "%(num)s children", value),
    "codes": lambda value: ngettext("%(num)s code", "%(num)s codes", value),
    "contribution": lambda value: KINDS[ContributionKind(value)],
    "copies": lambda value: ngettext("%(num)s copy", "%(num)s copies", value),
    "decision": lambda value: DECISIONS[Decision(value)],
    "days": lambda value: ngettext("%(num)s day", "%(num)s days", value),
    "destroyed": lambda value: DESTROYED[PaperKind(value)],
    "destruction": lambda value: _("destruction no. %(number)s", number=value),
    "differing": lambda value: ngettext(
        "%(num)s read otherwise than before", "%(num)s read otherwise than before", value
    ),
    "difference": lambda value: _("gap of %(difference)s", difference=value),
    "digest": lambda value: _("digest %(digest)s", digest=value),
    "before": lambda value: _("before: %(number)s", number=value),
    "document": lambda value: _("document %(number)s", number=value),
    "fault": lambda value: FAULTS.get(value, _("not shown")),
    "section": lambda value: _("section %(number)s", number=value),
    "export": lambda value: TABLES[value].title,
    "export_rows": lambda value: ngettext("%(num)s row", "%(num)s rows", value),
    "files": lambda value: ngettext("%(num)s file", "%(num)s files", value),
    "forms": lambda value: ngettext("%(num)s form", "%(num)s forms", value),
    "gap": lambda value: GAPS[GapKind(value)],
    "hearing": lambda value: _("session %(number)s", number=value),
    "header_count": lambda value: ngettext("%(num)s form on the header", "%(num)s forms on the header", value),
    "instead": lambda _value: _("in place of one that died unused"),
    "letters": lambda value: ngettext("%(num)s letter or kit", "%(num)s letters or kits", value),
    "missing": lambda value: _("missing: %(posts)s", posts=listed(value)),
    "number": lambda value: _("batch %(number)s", number=value),
    "numbered": lambda _value: _("numbered"),
    "on_site": lambda _value: _("printed on site"),
    "option_id": lambda value: _("project %(code)s", code=value),
    "out": lambda value: OUT[ScanOut(value)],
    "passages": lambda value: ngettext("%(num)s passage", "%(num)s passages", value),
    "pages": lambda value: ngettext("%(num)s page", "%(num)s pages", value),
    "part": PARTS.__getitem__,
    "pass_number": lambda value: _("keying %(number)s", number=value),
    "profile": lambda value: PROFILES[Profile(value)],
    "people": lambda value: ngettext("%(num)s person present", "%(num)s people present", value),
    "position": lambda value: _("form %(number)s", number=value),
    "outcome": lambda value: OUTCOMES[Outcome(value)],
    "recommendation": lambda value: _("recommendation %(number)s", number=value),
    "recount": lambda value: _("recount no. %(number)s", number=value),
    "refused": lambda value: SET_ASIDE[SetAside(value)],
    "rejected": lambda value: ngettext("%(num)s rejected", "%(num)s rejected", value),
    "rejection": lambda value: _("rejected: %(reason)s", reason=REJECTIONS[BallotRejection(value)]),
    "refusal": lambda value: REASONS[RefusalReason(value)],
    "contribution_number": lambda value: _("no. %(number)s of the register", number=value),
    "removed": lambda _value: _("removed"),
    "round": lambda value: _("round %(number)s", number=value),
    "rows": lambda value: ngettext("%(num)s ballot", "%(num)s ballots", value["ballot"]),
    "risk_percent": lambda value: _("risk limit %(percent)s%%", percent=value),
    "same_as": lambda value: _("answered with no. %(number)s", number=value),
    "under": lambda value: _("stands under no. %(number)s", number=value),
    "scans": lambda value: USES[ScanUse(value)],
    "seal_broken": lambda _value: _("the seal was broken"),
    "seed": lambda value: _("seed %(seed)s", seed=value),
    "settled": lambda value: ngettext("%(num)s read by a person", "%(num)s read by a person", value),
    "sheet": lambda value: _("sheet %(number)s", number=value),
    "differs": lambda _value: _("read otherwise: a third person looks"),
    "speaker_state": lambda value: SPEAKER_STATES[SpeakerState(value)],
    "slug": lambda value: _("address %(slug)s", slug=value),
    "stock": lambda value: STOCK[StockKind(value)],
    "turn": lambda value: _("turn %(number)s", number=value),
    "version": lambda value: _("version %(number)s", number=value),
    "views": lambda value: ngettext("%(num)s view of the webcast", "%(num)s views of the webcast", value),
    "voters": lambda value: ngettext("%(num)s entry", "%(num)s entries", value),
}


def _list(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def details(row: EventRow, reader: Reader) -> list[str]:
    """One phrase for each field that says something."""
    return [words for name, value in row.data.items() if value and (words := _words(row, name, value, reader))]


def _words(row: EventRow, name: str, value: Any, reader: Reader) -> str:
    if name in UNSAID:
        return ""
    if name == "effective_at":
        return i18n.date_and_time(datetime.fromisoformat(value), reader.locale, reader.zone)
    if name == "notice":
        return i18n.long_date(date.fromisoformat(value), reader.locale)
    if name == "place_id":
        return i18n.words_of(reader.places.get(value, {}), reader.locale)
    if name in ("what", "export_format"):
        return str(value)
    if (row.kind, name) == ("project-changed", "amount"):
        return i18n.money(value, reader.locale)
    message = _of_the_kind(row, name, value) or (FIELDS[name](value) if name in FIELDS else None)
    return translate(message, reader.locale) if message else ""


def _of_the_kind(row: EventRow, name: str, value: Any) -> Message | None:
    """What a field means where that hangs on the event."""
    if name == "kind":
        return _change(row, value)
    if name == "identity":
        return _identity(row, value)
    if (row.kind, name) == ("floor-decided", "into"):
        return _("into question %(number)s", number=value)
    if name == "state":
        return FLOOR_STATES[FloorState(value)] if row.kind == "floor-decided" else TURN_STATES[TurnState(value)]
    return None


def _change(row: EventRow, value: str) -> Message:
    if row.kind == "project-changed":
        return PROJECT_CHANGES[ProjectChangeKind(value)]
    return WINDOWS[WindowKind(value)]


def _identity(row: EventRow, value: str) -> Message:
    words, subject = IDENTITIES[IdentityKey(value)], row.data.get("subject")
    return _("%(identity)s (%(subject)s)", identity=words, subject=subject) if subject else words


def worded_fields() -> Iterator[str]:
    """Every field that has words, or is known to need none."""
    yield from FIELDS
    yield from UNSAID
    yield from ("effective_at", "notice", "place_id", "what", "export_format", "kind", "identity", "state")
