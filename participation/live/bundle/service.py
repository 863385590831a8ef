"""Bringing a bundle into this system: all of it in the caller's transaction, or a refusal and nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, SQLModel, col

from participation import audit
from participation.accounts.access import require
from participation.accounts.permissions import Actor, Permission
from participation.accounts.service import stand_in
from participation.audit import Event, Scope
from participation.ballots import service as ballots
from participation.ballots.models import HandCount
from participation.ballots.questionnaires.models import OpenAnswer
from participation.ballots.questionnaires.service import erase
from participation.db import insert_new
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.live import queries
from participation.live.alone import AloneDraft, is_alone, make_home
from participation.live.bundle.events import MeetingBrought
from participation.live.bundle.making import figures_of
from participation.live.bundle.packing import MAKE_AGAIN, Opened
from participation.live.bundle.shapes import Bundle
from participation.live.bundle.soundness import check
from participation.live.changes import changed
from participation.live.floor.models import FloorQuestion, FloorSettings
from participation.live.models import Meeting, Poll, RoomSheet
from participation.live.service import MeetingDraft, new_code
from participation.live.speaking.models import SpeakingSettings, SpeakingTurn
from participation.live.written.models import WrittenDecision
from participation.processes.hand import Hand
from participation.processes.models import Process, Spec, Window, WindowKind
from participation.processes.queries import OpenProcess, SpecRow, process_by_id, specs_by_id
from participation.register import service as register
from participation.register.models import KeyDestruction


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of a bundle: the meeting, and how many ballots were not here before."""

    meeting_id: uuid.UUID
    ballots: int
    is_known: bool
    """Whether this very bundle was here before."""


def bring(session: Session, opened: Opened, process: OpenProcess, at: datetime, by: Actor) -> Brought:
    """The meeting of the bundle becomes one of the process. Invalid, Forbidden or Conflict: then nothing was kept."""
    for permission in _needed(opened.bundle):
        require(by, permission, process.organisation.id, process.id)
    check(opened.bundle)
    try:
        return _Bringing(session, opened.bundle, Hand(process, by.account_id, at)).do(opened.control)
    except (IntegrityError, DataError) as error:
        raise Conflict(
            _("Something in this bundle cannot stand beside what is here already. Nothing was kept."),
            MAKE_AGAIN,
        ) from error


def bring_alone(session: Session, opened: Opened, organisation_id: uuid.UUID, at: datetime, by: Actor) -> OpenProcess:
    """The same into a process of its own, which is made for it the first time; that process. The meeting that is here
    already stays where it is: Forbidden or Conflict where that is not for this person to change, or is elsewhere."""
    row = opened.bundle.meeting
    here = session.get(Meeting, row.id)
    if here is None:
        check(opened.bundle)
        draft = AloneDraft(MeetingDraft(row.title, row.starts_at), {})
        process = make_home(session, organisation_id, draft, opened.bundle.zone, at=at, by=by)
    else:
        found = process_by_id(session, here.process_id)
        if found is None or found.organisation.id != organisation_id:
            raise _is_elsewhere()
        process = found
    bring(session, opened, process, at, by)
    return process


def _needed(bundle: Bundle) -> Iterable[Permission]:
    """What one must be allowed to here: as much as for doing the same on a page."""
    yield Permission.POLL_RUN
    if bundle.written or bundle.words or bundle.questions:
        yield Permission.FLOOR_MODERATE


class _Bringing:
    """One bundle on its way in."""

    def __init__(self, session: Session, bundle: Bundle, by: Hand) -> None:
        self.session, self.bundle, self.by = session, bundle, by
        self.process = by.process
        self.people: dict[uuid.UUID, uuid.UUID] = {}

    def do(self, control: str) -> Brought:
        self.session.execute(select(col(Process.id)).where(col(Process.id) == self.process.id).with_for_update())
        earlier = self._earlier()
        self._refuse_others()
        meeting = self._meeting()
        self._promises()
        self._polls(meeting)
        new = self._box()
        self._room()
        self._log()
        self._refuse_other_figures(meeting)
        is_known = any(event.data["control"] == control for event in earlier)
        if not is_known:
            self.by.record(self.session, MeetingBrought(meeting.id, control, self.bundle.meeting.changes, new))
            changed(self.session, meeting)
        return Brought(meeting.id, new, is_known)

    def _earlier(self) -> list[audit.EventRow]:
        """How this meeting was brought before. Conflict where it is newer here, is another's, or began here."""
        row, meeting_id = self.bundle.meeting, str(self.bundle.meeting.id)
        here = self.session.get(Meeting, row.id)
        found = audit.list_events(self.session, self.process.id, (MeetingBrought,))
        found = [event for event in found if event.data["meeting_id"] == meeting_id]
        if here is not None and here.process_id != self.process.id:
            raise _is_elsewhere()
        if here is not None and not found:
            raise Conflict(_("This meeting was held in this very system: there is nothing to bring. Nothing was kept."))
        if any(event.data["changes"] > row.changes for event in found):
            raise Conflict(
                _("A newer bundle of this meeting was brought in before. Nothing was changed."),
                _("Make the bundle again on the laptop if something was corrected there since."),
            )
        if here is None and is_alone(self.process) and queries.meetings_of(self.session, self.process.id):
            raise Conflict(
                _("This process holds one meeting, which is another one. Nothing was kept."),
                _("Bring the bundle into a process that may hold several meetings."),
            )
        return found

    def _refuse_others(self) -> None:
        """A row that is here under the same id belongs to this meeting; a promise is the very same."""
        bundle = self.bundle
        for spec in self._here(Spec, bundle.specs):
            if spec.process_id != self.process.id:
                raise _belongs_to_another()
            if spec.digest != next(row.digest for row in bundle.specs if row.id == spec.id):
                raise Conflict(
                    _("A question of this bundle is known here with another wording. Nothing was kept."),
                    _("One of the two was changed after people had voted. Have both looked at before anybody counts."),
                )
        parents: tuple[tuple[Any, Sequence[Any], str], ...] = (
            (Poll, bundle.polls, "meeting_id"),
            (Window, bundle.windows, "spec_id"),
            (HandCount, bundle.totals, "spec_id"),
            (RoomSheet, bundle.sheets, "poll_id"),
            (FloorQuestion, bundle.questions, "meeting_id"),
            (WrittenDecision, bundle.written, "poll_id"),
            (SpeakingTurn, bundle.turns, "meeting_id"),
        )
        for table, rows, parent in parents:
            ours = {row.id: getattr(row, parent) for row in rows}
            if any(getattr(row, parent) != ours[row.id] for row in self._here(table, rows)):
                raise _belongs_to_another()
        if any(event.process_id != self.process.id for event in self._here(Event, bundle.log)):
            raise _belongs_to_another()

    def _here(self, table: Any, rows: Sequence[Any]) -> Iterable[Any]:
        """Those of the rows that are here under the same id."""
        ids = [row.id for row in rows]
        for start in range(0, len(ids), 500):
            query = select(table).where(col(table.id).in_(ids[start : start + 500]))
            yield from self.session.execute(query).scalars()

    def _person(self, theirs: uuid.UUID | None) -> uuid.UUID | None:
        """Who stands here for somebody of the meeting's team: never an account of ours, whatever the file says."""
        if theirs is None:
            return None
        if theirs not in self.people:
            ours = uuid.uuid5(self.bundle.meeting.id, str(theirs))
            name = _("Team of meeting %(code)s", code=self.bundle.meeting.code)
            stand_in(self.session, ours, translate(name, "fr"))
            self.people[theirs] = ours
        return self.people[theirs]

    def _values(self, row: Any, *people: str) -> dict[str, Any]:
        values: dict[str, Any] = row.model_dump()
        return values | {name: self._person(values[name]) for name in people}

    def _keep(self, table: type[SQLModel], key: Any, values: dict[str, Any]) -> Any:
        """The row as the bundle has it, new or changed."""
        row = self.session.get(table, key) or table()
        for name, value in values.items():
            setattr(row, name, value)
        self.session.add(row)
        return row

    def _meeting(self) -> Meeting:
        """Its code, where no other meeting has it; what was published of it here stays so."""
        values, here = self._values(self.bundle.meeting), self.session.get(Meeting, self.bundle.meeting.id)
        values["process_id"], values["on_wall"] = self.process.id, None
        if here is not None:
            values["code"], values["changes"] = here.code, max(here.changes, values["changes"])
        elif queries.room_by_code(self.session, values["code"]):
            values["code"] = new_code(self.session)
        meeting: Meeting = self._keep(Meeting, values["id"], values)
        self.session.flush()
        return meeting

    def _promises(self) -> None:
        """What was asked, when, and that the key is gone: none is ever made here."""
        specs = [row.model_dump() | {"process_id": self.process.id} for row in self.bundle.specs]
        self._insert(Spec, specs)
        self._insert(
            Window, [self._values(row, "first_account_id", "second_account_id") for row in self.bundle.windows]
        )
        closed = [row for row in self.bundle.windows if row.kind is WindowKind.INTAKE_CLOSED]
        self._insert(KeyDestruction, [{"spec_id": row.spec_id, "at": row.effective_at} for row in closed])

    def _insert(self, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
        if rows:
            insert_new(self.session, table, rows)

    def _polls(self, meeting: Meeting) -> None:
        """Positions are unique, and may have been changed among themselves."""
        for place, poll in enumerate(queries.polls_of(self.session, meeting.id), 1):
            poll.position = -place
        self.session.flush()
        self._linked(Poll, self.bundle.polls, "repeats")

    def _linked(self, table: type[SQLModel], rows: Sequence[Any], link: str, *people: str, **more: Any) -> None:
        """Rows of which one may name another: all of them first, then what they name."""
        kept = [(self._keep(table, row.id, self._values(row, *people) | more | {link: None}), row) for row in rows]
        self.session.flush()
        for mine, row in kept:
            setattr(mine, link, getattr(row, link))
        self.session.flush()

    def _box(self) -> int:
        """Ballots, words and totals, poll by poll; how many ballots are new."""
        bundle, new = self.bundle, 0
        for spec_row in specs_by_id(self.session, [row.id for row in bundle.specs]).values():
            totals = _of(spec_row.id, bundle.totals)
            new += ballots.bring(
                self.session,
                spec_row,
                [row.model_dump() for row in _of(spec_row.id, bundle.ballots)],
                [row.model_dump() for row in _of(spec_row.id, bundle.words)],
                [self._values(row, "first_account_id", "second_account_id") for row in totals],
            )
            self._erase(spec_row)
        return new

    def _erase(self, spec_row: SpecRow) -> None:
        """Words that are gone where the meeting was held go here too. What is gone here does not come back: it is here
        already, without them."""
        gone = [row for row in _of(spec_row.id, self.bundle.words) if row.text is None]
        reason = translate(_("Erased where the meeting was held"), "fr")
        for answer in self._here(OpenAnswer, gone):
            if answer.text is not None:
                erase(self.session, spec_row, answer.id, reason=reason, at=self.by.at, account_id=self.by.account_id)

    def _room(self) -> None:
        bundle, session = self.bundle, self.session
        self._insert(RoomSheet, [self._values(row, "account_id") for row in bundle.sheets])
        for card in bundle.cards:
            register.check_in(session, bundle.meeting.id, card)
        for table, settings in ((FloorSettings, bundle.floor), (SpeakingSettings, bundle.speaking)):
            if settings is not None:
                self._keep(table, bundle.meeting.id, self._values(settings))
        self._linked(FloorQuestion, bundle.questions, "merged_into_id", "recorded_by")
        for row in bundle.turns:
            self._keep(SpeakingTurn, row.id, self._values(row, "recorded_by"))
        for row in bundle.written:
            self._keep(WrittenDecision, row.id, self._values(row))
        session.flush()

    def _log(self) -> None:
        scope = Scope(self.process.organisation.id, self.process.id)
        for event in self.bundle.log:
            by = self._person(event.account_id)
            audit.take_over(self.session, event.id, event.kind, event.data, at=event.at, by=by, scope=scope)

    def _refuse_other_figures(self, meeting: Meeting) -> None:
        """What the box gives here is what the screens showed there, to the vote."""
        polls = queries.polls_of(self.session, meeting.id)
        specs = specs_by_id(self.session, [poll.spec_id for poll in polls if poll.spec_id])
        queries.forget_results(specs)
        found = figures_of(queries.polls_now(self.session, meeting, self.by.at))
        queries.forget_results(specs)  # read before the commit: what is rolled back must not be remembered
        if found != self.bundle.figures:
            raise Conflict(
                _("The figures of this bundle do not come out of its ballots. Nothing was kept."),
                MAKE_AGAIN,
            )


def _of(spec_id: uuid.UUID, rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.spec_id == spec_id]


def _is_elsewhere() -> Conflict:
    return Conflict(
        _("This meeting belongs to another process already. Nothing was kept."),
        _("Open that process, and bring the bundle in there."),
    )


def _belongs_to_another() -> Conflict:
    return Conflict(
        _("Something in this bundle belongs to another meeting here. Nothing was kept."),
        MAKE_AGAIN,
    )


def brought(session: Session, meeting: Meeting) -> list[audit.EventRow]:
    """How this meeting came here, where it was held elsewhere."""
    found = audit.list_events(session, meeting.process_id, (MeetingBrought,))
    return [event for event in found if event.data["meeting_id"] == str(meeting.id)]
