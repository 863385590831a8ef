"""The minutes of a meeting: results by source, who counted, what was corrected, how many were there. No names.

One sheet in one language gives the page and the PDF; the same results, row by row, give the file for a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from sqlmodel import Session

from participation import i18n
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.counting.room import Apart, RoomResult
from participation.counting.spec import Capture
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate, words_of
from participation.live import queries, words
from participation.live.floor.models import FloorState
from participation.live.floor.queries import floor_now
from participation.live.models import Door, PollKind, RoomSheet
from participation.live.queries import PollNow, Room
from participation.live.screens import rows_of, written_rows
from participation.live.speaking.models import TurnState
from participation.live.speaking.queries import speaking_now
from participation.live.written.queries import WrittenNow, written_now
from participation.printing import render
from participation.processes.queries import ROOM_GRACE
from participation.register import queries as register

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """One poll that was opened: a table with a column for each source, then their sum where it may be made."""

    number: int
    title: str
    kind: str
    answers: str
    columns: list[tuple[str, str]] = field(default_factory=list)
    """Each heading, and whether it stands over text or a number."""
    rows: list[list[str | int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The minutes in one language; `facts` are labels with their figures."""

    title: str
    day: str
    place: str
    facts: list[tuple[str, str]]
    agenda: list[tuple[str, str, str]]
    polls: list[Asked]
    floor: list[tuple[str, str]]
    trace: list[str]


def sheet_of(session: Session, room: Room, locale: str, at: datetime) -> Sheet:
    meeting, zone = room.meeting, room.process.zone
    polls = _opened(session, room, at)
    return Sheet(
        title=words_of(meeting.title, locale),
        day=i18n.date_and_time(meeting.starts_at, locale, zone),
        place=meeting.place,
        facts=_said(_attendance(session, room, polls), locale),
        agenda=words.agenda_of(meeting.agenda, locale),
        polls=[_asked(session, number, poll, locale, at) for number, poll in enumerate(polls, 1)],
        floor=_said(_floor(session, room), locale),
        trace=_trace(session, room, polls, locale),
    )


def printed(session: Session, room: Room, locale: str, at: datetime, *, demo: bool) -> bytes:
    """The PDF of the minutes."""
    process = room.process
    head = {
        "locale": locale,
        "printed_at": at.isoformat(),
        "organisation": words_of(process.organisation.name, locale),
        "process": words_of(process.process.title, locale),
        "demo": demo,
    }
    return render("room-minutes", head | asdict(sheet_of(session, room, locale, at)))


def _opened(session: Session, room: Room, at: datetime) -> list[PollNow]:
    return [poll for poll in queries.polls_now(session, room.meeting, at) if poll.spec_row]


def _said(facts: Sequence[tuple[Message, int | None]], locale: str) -> list[tuple[str, str]]:
    unknown = translate(_("not counted"), locale)
    return [
        (translate(label, locale), unknown if number is None else i18n.number(number, locale))
        for label, number in facts
    ]


def _attendance(session: Session, room: Room, polls: Sequence[PollNow]) -> list[tuple[Message, int | None]]:
    facts: list[tuple[Message, int | None]] = [(_("People present, counted"), room.meeting.present)]
    if room.meeting.door is Door.CARD:
        facts.append((_("Cards handed out at the door"), register.checked_in(session, room.id)))
    telephones = max((queries.phone_answers(poll.result) for poll in polls if poll.result), default=0)
    return [*facts, (_("Most telephones in one poll"), telephones)]


def _floor(session: Session, room: Room) -> list[tuple[Message, int | None]]:
    """Questions of the room and turns to speak, in figures; nothing where there were none."""
    asked, queue = floor_now(session, room.id), speaking_now(session, room.id)
    facts: list[tuple[Message, int | None]] = []
    if asked.questions:
        facts += [
            (_("Questions from the room"), len(asked.questions)),
            (_("of these shown"), asked.was_shown),
            (_("of these answered"), asked.figures[FloorState.ANSWERED]),
            (_("of these put together with another"), asked.figures[FloorState.MERGED]),
            (_("of these refused, with a reason"), asked.figures[FloorState.REFUSED]),
        ]
    if queue.turns:
        facts += [
            (_("People who asked to speak"), len(queue.turns)),
            (_("of these heard"), queue.figures[TurnState.SPOKE]),
        ]
    return facts


def _asked(session: Session, number: int, poll: PollNow, locale: str, at: datetime) -> Asked:
    assert poll.result is not None, "a poll that was opened has a result"
    answers = _number_of_answers(poll.result, locale)
    kind = translate(words.KINDS[poll.poll.kind], locale)
    title, notes = words_of(poll.poll.title, locale), _notes(session, poll, locale, at)
    written = written_now(session, [poll.poll]).get(poll.poll.id)
    rows = written_rows(written, poll.result) if written else rows_of(poll)
    if not rows or not poll.result.people:
        return Asked(number, title, kind, answers, notes=notes)
    sums = [translate(words.sum_of(poll.result), locale)] if poll.result.summed > 1 and not written else []
    sources = [translate(words.SOURCES[source.name], locale) for source in poll.result.sources]
    headings = _beside_the_sum(poll.result, sources, sums)
    figures: list[list[str | int]] = [
        [
            f"{row.letter} {words_of(dict(row.title), locale)}".strip(),
            *_beside_the_sum(poll.result, [votes for _name, votes in row.by_source], [row.total] * len(sums)),
        ]
        for row in rows
    ]
    columns = [(translate(_("Answer"), locale), "text"), *((name, "number") for name in headings)]
    return Asked(number, title, kind, answers, columns, figures, notes)


def _number_of_answers(result: RoomResult, locale: str) -> str:
    """Apart where they are shown apart, and no number where nothing may be added up."""
    if result.apart is Apart.OUTSIDE_THE_ROOM:
        in_room = ngettext("%(num)s answer in the room", "%(num)s answers in the room", result.in_room)
        away = ngettext("%(num)s from elsewhere, apart", "%(num)s from elsewhere, apart", result.elsewhere)
        return f"{translate(in_room, locale)} · {translate(away, locale)}"
    if result.apart and len(result.sources) > 1:
        return translate(_("answers not added up"), locale)
    return translate(ngettext("%(num)s answer", "%(num)s answers", result.people), locale)


def _beside_the_sum(result: RoomResult, by_source: Sequence[T], sums: Sequence[T]) -> list[T]:
    """The sources that are added up, their sum, then what stands apart from it."""
    in_sum = result.summed or len(by_source)
    return [*by_source[:in_sum], *sums, *by_source[in_sum:]]


def _notes(session: Session, poll: PollNow, locale: str, at: datetime) -> list[str]:
    """Why sources stand apart, what figures are, who counted: roles, never names."""
    assert poll.result is not None, "a poll that was opened has a result"
    assert poll.spec_row is not None, "a poll that was opened has its spec"
    found: list[Message] = []
    if poll.result.apart:
        found.append(words.apart(poll.result))
    if poll.is_ranking:
        found.append(_("Points of a ranking: the first choice gives the most."))
    if poll.poll.kind is PollKind.TEXT:
        found.append(_in_words(written_now(session, [poll.poll])[poll.poll.id]))
    if poll.poll.on_site and poll.is_open and poll.poll.closes_at:
        hour = i18n.date_and_time(poll.poll.closes_at, locale, poll.spec_row.zone)
        found.append(_("Open on the site until %(hour)s: what comes from elsewhere may still change.", hour=hour))
    elif poll.poll.on_site:
        found.append(_("Asked on the site too, before, during or after the meeting."))
    elif poll.is_open or (poll.poll.closes_at and at < poll.poll.closes_at + ROOM_GRACE):
        found.append(_("Provisional: what was sent before the end may still arrive."))
    said = [translate(message, locale) for message in found]
    for capture, row in queries.standing_totals(session, poll.spec_row.id).items():
        source = translate(words.SOURCES[capture], locale)
        said.append(f"{source}{i18n.colon(locale)} {translate(_COUNTERS[row.second_account_id is not None], locale)}")
    return said


def _in_words(written: WrittenNow) -> Message:
    return ngettext(
        "Answered in words: what is listed was let through. %(num)s answer is not shown.",
        "Answered in words: what is listed was let through. %(num)s answers are not shown.",
        written.not_shown,
    )


_COUNTERS = {True: _("two counters who agreed"), False: _("one counter, as fewer than 40 people were present")}


def _trace(session: Session, room: Room, polls: Sequence[PollNow], locale: str) -> list[str]:
    """What was put right, in the order in which it was: people present, totals, and counts that differed."""
    titles = {str(poll.poll.id): words_of(poll.poll.title, locale) for poll in polls}
    found = [
        (event.at, _corrected(event.kind, event.data, titles, locale))
        for event in queries.log_of(session, room.meeting)
    ]
    found += _differing(session, polls, titles, locale)
    zone = room.process.zone
    return [f"{i18n.clock(moment, locale, zone)} – {text}" for moment, text in sorted(found) if text]


def _corrected(kind: str, data: dict[str, Any], titles: dict[str, str], locale: str) -> str:
    if kind == "present-counted" and data["before"] not in (None, data["present"]):
        after = translate(_("not counted"), locale) if data["present"] is None else str(data["present"])
        return translate(
            _("People present: %(after)s in place of %(before)s", after=after, before=data["before"]), locale
        )
    if kind == "totals-counted" and data["revision"] > 1:
        source = translate(words.SOURCES[Capture(data["capture"])], locale)
        title = titles.get(data["poll_id"], "")
        return translate(_("“%(title)s”, %(source)s: totals corrected", title=title, source=source), locale)
    return ""


def _differing(
    session: Session, polls: Sequence[PollNow], titles: dict[str, str], locale: str
) -> list[tuple[datetime, str]]:
    def pair(sheet: RoomSheet) -> tuple[str, str, int]:
        return str(sheet.poll_id), sheet.capture.value, sheet.round

    found = []
    for (poll_id, capture, _round), group in groupby(
        sorted(queries.sheets_of(session, [poll.poll.id for poll in polls]), key=pair), key=pair
    ):
        sheets = list(group)
        if len(sheets) == 2 and sheets[0].totals != sheets[1].totals:
            source = translate(words.SOURCES[Capture(capture)], locale)
            said = _(
                "“%(title)s”, %(source)s: two counts differed, counted again", title=titles[poll_id], source=source
            )
            found.append((max(sheet.at for sheet in sheets), translate(said, locale)))
    return found


COLUMNS = (
    Column(_("Poll"), _("Its place among the polls of the meeting.")),
    Column(_("Question"), _("As it was asked.")),
    Column(_("Kind of answer"), _("One answer, several, a ranking, for or against, or in words.")),
    Column(_("Letter"), _("Of the answer, as on the screens and the cards.")),
    Column(_("Answer"), _("As it was offered; where people answered in words, what was let through.")),
    Column(_("Source"), _("Telephones, cards, hands; or the sum of all where it may be made.")),
    Column(_("Votes"), _("Votes; for a ranking, points.")),
    Column(_("People"), _("Who answered this poll by this way.")),
    Column(_("Note"), _("Why the sources are not added up; who counted.")),
)


def table_of(room: Room) -> Table:
    """The results of this meeting, one line for each answer and source."""

    def rows(source: Source) -> Iterator[Row]:
        for number, poll in enumerate(_opened(source.session, room, source.at), 1):
            yield from _lines(source, number, poll)

    return Table(
        "meeting",
        _("Results of a meeting"),
        _("Each source apart, then their sum where it may be made."),
        COLUMNS,
        rows,
    )


def _lines(source: Source, number: int, poll: PollNow) -> Iterator[Row]:
    assert poll.result is not None, "a poll that was opened has a result"
    title = words_of(poll.poll.title, source.locale)
    start = (number, title, source.word(words.KINDS, poll.poll.kind))
    note = "; ".join(_notes(source.session, poll, source.locale, source.at))
    merged = [poll.result.merged] if poll.result.merged and poll.result.summed > 1 else []
    for each in [*poll.result.sources, *merged]:
        is_sum = each in merged
        name = translate(words.sum_of(poll.result), source.locale) if is_sum else source.word(words.SOURCES, each.name)
        options = poll.question.options if poll.question else ()
        for option, votes in zip(options, each.votes, strict=False):
            yield *start, option.number, words_of(dict(option.title), source.locale), name, votes, each.people, note
        if not options:
            yield *start, "", "", name, None, each.people, note
    written = written_now(source.session, [poll.poll]).get(poll.poll.id)
    for row in written_rows(written, poll.result) if written else ():
        for name, votes in row.by_source:
            words_said = words_of(dict(row.title), source.locale)
            yield *start, "", words_said, source.word(words.SOURCES, name), votes, None, note
