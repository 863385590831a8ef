"""What a new meeting can begin from: a template with its polls and agenda, or an earlier meeting of the same body."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import Session, col

from participation.errors import Message
from participation.i18n import LOCALES, translate
from participation.i18n import lazy as _
from participation.live import queries
from participation.live.models import Meeting, PollKind
from participation.live.service import PollDraft, add_poll, set_agenda
from participation.processes.models import LocalText, Process
from participation.processes.queries import OpenProcess

MOST_COPIED = 30
"""Earlier meetings that are offered, the newest first."""


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a template's agenda, so many minutes after the beginning."""

    minutes: int
    title: Message


@dataclass(frozen=True, slots=True)
class Asked:
    """A poll of a template."""

    title: Message
    kind: PollKind = PollKind.SINGLE
    options: Sequence[Message] = ()

    def draft(self) -> PollDraft:
        return PollDraft(_both(self.title), self.kind, [_both(option) for option in self.options])


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of meeting that bodies hold again and again."""

    name: str
    title: Message
    agenda: Sequence[Item]
    polls: Sequence[Asked]


def _both(words: Message) -> LocalText:
    return {locale: translate(words, locale) for locale in LOCALES}


_WARM_UP = Asked(
    _("How did you come?"),
    options=(_("On foot or by bicycle"), _("By bus or metro"), _("By car"), _("I am taking part from elsewhere")),
)
SATISFACTION = Asked(
    _("Are you satisfied with this meeting?"),
    options=(_("Very satisfied"), _("Satisfied"), _("Not satisfied"), _("Not satisfied at all")),
)
"""After every meeting, by telephone and on paper; it may stay open for those who have left."""
_HEARD = Asked(
    _("Could you say what you had to say?"),
    options=(_("Yes"), _("In part"), _("No"), _("I had nothing to say")),
)
_MORE_TIME = Asked(_("Should question time go on for fifteen minutes?"), PollKind.YES_NO)
_END = _("End of the meeting")
TEMPLATES: dict[str, Template] = {
    template.name: template
    for template in (
        Template(
            "assembly",
            _("Borough assembly"),
            (
                Item(0, _("Welcome, and a first question to try the telephones")),
                Item(15, _("Presentation of the subjects")),
                Item(45, _("Votes of the assembly")),
                Item(75, _("Question time")),
                Item(115, _("Are you satisfied?")),
                Item(120, _END),
            ),
            (
                _WARM_UP,
                Asked(
                    _("Are you for or against the project that was presented?"),
                    options=(_("For"), _("Against"), _("More information is needed")),
                ),
                _MORE_TIME,
                SATISFACTION,
            ),
        ),
        Template(
            "information",
            _("Information session"),
            (
                Item(0, _("Welcome, and a first question to try the telephones")),
                Item(10, _("Presentation of the project")),
                Item(50, _("Question time")),
                Item(90, _END),
            ),
            (
                _WARM_UP,
                Asked(_("Did you know this project before this evening?"), options=(_("Yes"), _("In part"), _("No"))),
                Asked(_("What should be explained better?"), PollKind.TEXT),
                Asked(_("Is the project clearer to you now?"), options=(_("Yes"), _("In part"), _("No"))),
                SATISFACTION,
            ),
        ),
        Template(
            "fair",
            _("Participatory-budget fair"),
            (
                Item(0, _("The stands of the projects open")),
                Item(60, _("Two minutes for each project")),
                Item(105, _("Votes of the room, which do not take the place of the ballot")),
                Item(120, _END),
            ),
            (
                _WARM_UP,
                Asked(
                    _("What matters most to you in a project?"),
                    PollKind.RANKING,
                    (_("It serves many people"), _("It serves those who have little"), _("It lasts"), _("It is green")),
                ),
                Asked(
                    _("How will you vote?"),
                    options=(_("Online"), _("At a counter"), _("By post"), _("I do not know yet")),
                ),
                _HEARD,
                SATISFACTION,
            ),
        ),
        Template(
            "test",
            _("Test meeting"),
            (Item(0, _("Everybody joins and answers each kind of question once")), Item(15, _END)),
            (
                Asked(_("Do you see this question?"), options=(_("Yes"), _("Yes, in large letters"))),
                Asked(_("Does the wall show it too?"), PollKind.YES_NO),
                Asked(_("Put these in order"), PollKind.RANKING, (_("Morning"), _("Afternoon"), _("Evening"))),
                Asked(_("Write one word"), PollKind.TEXT),
            ),
        ),
    )
}


def earlier_meetings(session: Session, organisation_id: uuid.UUID) -> list[tuple[Meeting, ZoneInfo]]:
    """Meetings of this body that one can begin from, each with whose clock it followed."""
    query = (
        select(Meeting, col(Process.zone))
        .join(Process, col(Process.id) == col(Meeting.process_id))
        .where(col(Process.organisation_id) == organisation_id)
        .order_by(col(Meeting.starts_at).desc())
        .limit(MOST_COPIED)
    )
    return [(meeting, ZoneInfo(zone)) for meeting, zone in session.execute(query)]


def begin_from(session: Session, process: OpenProcess, meeting: Meeting, chosen: str) -> None:
    """Puts the polls and the agenda of a template or of an earlier meeting into a new one; nothing for what is none."""
    if template := TEMPLATES.get(chosen):
        lines = [
            {"hour": _clock(meeting.starts_at + timedelta(minutes=item.minutes), process), "title": _both(item.title)}
            for item in template.agenda
        ]
        set_agenda(session, meeting, [{**line, "url": ""} for line in lines])
        for asked in template.polls:
            add_poll(session, meeting, asked.draft())
    elif earlier := _earlier(session, process.organisation.id, chosen, besides=meeting):
        _copy(session, earlier, meeting)


def _earlier(session: Session, organisation_id: uuid.UUID, chosen: str, *, besides: Meeting) -> Meeting | None:
    found = (meeting for meeting, _zone in earlier_meetings(session, organisation_id) if str(meeting.id) == chosen)
    return next((meeting for meeting in found if meeting.id != besides.id), None)


def _clock(moment: datetime, process: OpenProcess) -> str:
    return f"{moment.astimezone(process.zone):%H:%M}"


def _copy(session: Session, earlier: Meeting, meeting: Meeting) -> None:
    """Polls that were asked once more come once; documents stay with the evening that they belonged to."""
    set_agenda(session, meeting, [{**line, "url": ""} for line in earlier.agenda])
    for poll in queries.polls_of(session, earlier.id):
        if poll.repeats is None:
            draft = PollDraft(poll.title, poll.kind, poll.options, poll.max_choices, poll.seconds)
            add_poll(session, meeting, draft)
