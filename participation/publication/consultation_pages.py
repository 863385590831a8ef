"""The page of a consultation and the board of its staff: where it stands, what can be done today, what comes next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from participation import i18n
from participation.consultations import acts
from participation.consultations import queries as contributions
from participation.consultations.activities.queries import calendar_of
from participation.consultations.activities.words import HOW_COUNTED
from participation.consultations.activities.words import KINDS as ACTIVITY_KINDS
from participation.consultations.acts import Act
from participation.consultations.follow_up.queries import is_public, report_of
from participation.consultations.hearings.queries import sitting_rows
from participation.consultations.models import ContributionChannel, ContributionKind, ContributionState
from participation.consultations.participants.queries import asked_in
from participation.consultations.queries import TallyRow
from participation.consultations.words import CHANNELS, KINDS, LANGUAGES
from participation.counting.spec import Channel
from participation.counts import queries as counts
from participation.errors import Message
from participation.i18n import lazy as _
from participation.live.figures import Polled, channel_of, polled
from participation.live.queries import meetings_of, number_on_site
from participation.processes.models import Phase, PhaseKind, PlaceKind
from participation.processes.queries import OpenProcess, SpecRow, current_spec, phases_of, places_of
from participation.processes.words import PHASES
from participation.publication import hub
from participation.publication.consultation_steps import Seen, steps
from participation.publication.hub import Stage, Standing
from participation.publication.opinions import is_published

OPEN = (
    PhaseKind.ACTIVITIES,
    PhaseKind.INFORMATION,
    PhaseKind.QUESTIONS,
    PhaseKind.CONTRIBUTIONS,
    PhaseKind.BRIEFS,
    PhaseKind.HEARINGS,
)
"""The stages in which the public has something to do."""


def standing(phases: Sequence[Phase], at: datetime) -> Standing:
    """Before the first stage with the public, in one of them, in analysis, or reported."""
    reported = min((phase.starts_at for phase in phases if phase.kind is PhaseKind.REPORT), default=None)
    if reported is not None and at >= reported:
        return Standing(Stage.RESULT, reported)
    spans = [(phase.starts_at, phase.ends_at) for phase in phases if phase.kind in OPEN]
    opens, closes = min((first for first, _l in spans), default=None), max((last for _f, last in spans), default=None)
    if opens is None or at < opens:
        return Standing(Stage.BEFORE, opens)
    if closes is not None and at >= closes:
        return Standing(Stage.COUNTING, reported)
    return Standing(Stage.OPEN, closes)


@dataclass(frozen=True, slots=True)
class Doing:
    """Something that the public can do, now or later: its words, until or from when, and where."""

    title: Message
    text: Message
    path: str
    opening: acts.Opening


_DOINGS: dict[Act, tuple[Message, Message, str]] = {
    Act.ASK: (_("Ask a question"), _("Who is in charge answers, and the answer is published."), "/questions"),
    Act.ANSWER: (_("Answer the questionnaire"), _("Theme by theme; you can stop and come back."), "/questionnaire"),
    Act.COMMENT: (_("Write a comment"), _("Your words are read by everybody, and others can reply."), "/comments"),
    Act.DEPOSIT: (
        _("Hand in a brief or register to speak"),
        _("A text of any length, on your behalf or for a group; and ten minutes before the commission."),
        "/briefs",
    ),
}


def hub_page(session: Session, process: OpenProcess, at: datetime, locale: str) -> dict[str, Any]:
    """The page of a consultation; its queries do not grow with the register."""
    phases = phases_of(session, process.id)
    found = standing(phases, at)
    places = places_of(session, process.id)
    openings = acts.open_acts(phases, at)
    spec_row = current_spec(session, process.id)
    today = at.astimezone(process.zone).date()
    doings = [
        Doing(title, text, path, openings[act])
        for act, (title, text, path) in _DOINGS.items()
        if act is not Act.ANSWER or spec_row
    ]
    tally = contributions.tally(session, process.id)
    return {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale}{process.path}",
        "zone": process.zone,
        "timeline": hub.timeline(phases, at, process.zone, locale, found.stage),
        "standing": found,
        "big": _big([doing for doing in doings if doing.opening.is_open], at, process.zone, locale),
        "first_to_end": _first_to_end([doing for doing in doings if doing.opening.is_open]),
        "asks_who": bool(asked_in(session, process.id)),
        "now": [phase for phase in phases if phase.starts_at <= at < phase.ends_at],
        "next": next((phase for phase in phases if phase.starts_at > at), None),
        "phase_names": PHASES,
        "doings": [doing for doing in doings if doing.opening.is_open],
        "coming": [doing for doing in doings if doing.opening.opens],
        "counters": [place for place in places if place.channel is Channel.COUNTER and place.kind is PlaceKind.LIVE],
        "post": [place for place in places if place.channel is Channel.POST],
        "participation": participation_table(tally, _answered(session, spec_row), polled(session, process.id), locale),
        "meetings": meetings_of(session, process.id),
        "asked_on_site": number_on_site(session, process.id, at),
        "activities": calendar_of(session, process.id, at),
        "activity_kinds": ACTIVITY_KINDS,
        "how_counted": HOW_COUNTED,
        "spoken": LANGUAGES,
        "reading": _reading(
            tally,
            hearings=bool(sitting_rows(session, process.id)),
            counted=is_published(session, process),
            reported=is_public(report_of(session, process.id), today),
        ),
    }


def _reading(tally: Sequence[TallyRow], *, hearings: bool, counted: bool, reported: bool) -> list[tuple[str, Message]]:
    """What there is to read, in the order of the file: addresses below the consultation, and their words."""
    published = {row.kind for row in tally if row.state is ContributionState.PUBLISHED}
    listed = [("/documents", _("Documentation file"))]
    if ContributionKind.QUESTION in published:
        listed.append(("/questions", _("Questions and answers")))
    if ContributionKind.COMMENT in published:
        listed.append(("/comments", _("Comments")))
    if ContributionKind.BRIEF in published:
        listed.append(("/briefs", _("Briefs")))
    if hearings:
        listed.append(("/hearings", _("Hearings")))
    if counted:
        listed.append(("/questionnaire/results", _("Results of the questionnaire")))
    if reported:
        listed += [("/report", _("Report and recommendations")), ("/follow-up", _("Follow-up"))]
    return listed


def _big(doings: Sequence[Doing], at: datetime, zone: ZoneInfo, locale: str) -> hub.BigNumber | None:
    """Days left of what ends first."""
    closes = min((doing.opening.closes for doing in doings if doing.opening.closes), default=None)
    return hub.days_left(closes - timedelta(seconds=1), at, zone, locale) if closes else None


def _first_to_end(doings: Sequence[Doing]) -> list[Message]:
    """What the days left are those of, where not everything ends at the same moment."""
    ends = {doing.opening.closes for doing in doings if doing.opening.closes}
    return [doing.title for doing in doings if doing.opening.closes == min(ends)] if len(ends) > 1 else []


@dataclass(frozen=True, slots=True)
class ParticipationRow:
    """One kind of contribution, by channel; `people` where some speak for several."""

    name: str
    by_channel: list[int]
    total: int
    people: int


@dataclass(frozen=True, slots=True)
class Participation:
    """How people took part, each kind apart: contributions are never added to views."""

    channels: list[str]
    rows: list[ParticipationRow]


def participation_table(
    tally: Sequence[TallyRow], answered: Mapping[Channel, int], rooms: Sequence[Polled], locale: str
) -> Participation | None:
    """Kind × channel of what was received and not withdrawn; None while there is nothing.

    `answered`: questionnaires by channel, each of one person. `rooms`: meetings, of which only the polls are in it.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    people: Counter[str] = Counter()
    names = {"questionnaire": _("Questionnaire")} | {kind.value: KINDS[kind] for kind in ContributionKind}
    names["poll"] = _("Polls in meetings")
    for room in rooms:
        people["poll"] += room.people
        for way, number in room.answers.items():
            numbers["poll", channel_of(way).value] += number
    for channel, number in answered.items():
        numbers["questionnaire", channel.value] += number
        people["questionnaire"] += number
    for row in tally:
        if row.state is not ContributionState.WITHDRAWN:
            numbers[row.kind.value, row.channel.value] += row.number
            people[row.kind.value] += row.people
    channels = [channel for channel in ContributionChannel if any(numbers[kind, channel.value] for kind in names)]
    rows = [
        ParticipationRow(
            i18n.translate(name, locale),
            [numbers[kind, channel.value] for channel in channels],
            sum(numbers[kind, channel.value] for channel in channels),
            people[kind],
        )
        for kind, name in names.items()
        if people[kind]
    ]
    return Participation([i18n.translate(CHANNELS[channel], locale) for channel in channels], rows) if rows else None


def _answered(session: Session, spec_row: SpecRow | None) -> dict[Channel, int]:
    """Questionnaires received, by channel."""
    received = counts.dispositions(session, spec_row.id) if spec_row else {}
    return {channel: sum(kinds.values()) for channel, kinds in received.items()}


def board(session: Session, process: OpenProcess, at: datetime, locale: str) -> dict[str, Any]:
    """What staff see first: the stage, what waits to be read, where each step stands, how people took part."""
    phases = phases_of(session, process.id)
    tally, spec_row = contributions.tally(session, process.id), current_spec(session, process.id)
    answered = _answered(session, spec_row)
    seen = Seen(session, process, phases, tally, spec_row, sum(answered.values()), at)
    return {
        "standing": standing(phases, at),
        "timeline": hub.timeline(phases, at, process.zone, locale, Stage.OPEN),
        "pending": sum(row.number for row in tally if row.state is ContributionState.PENDING),
        "flags": contributions.open_flags_number(session, process.id),
        "steps": steps(seen),
        "participation": participation_table(tally, answered, polled(session, process.id), locale),
    }
