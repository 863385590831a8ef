"""What the staff boards show: my processes, the dashboard, the order of the end, the log."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from participation.accounts.models import Organisation
from participation.accounts.navigation import desks_of
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import names_of, organisations_of
from participation.audit import EventRow, kinds_of_events, newest_events
from participation.counting.reconciliation import Disposition, IdentityKey
from participation.counting.spec import PAPER_CHANNELS, Channel
from participation.counts import queries as counts
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.paper import queries as paper
from participation.paper.intake import pending
from participation.paper.keying import recounts
from participation.processes.models import ProcessKind, ProcessState, WindowKind
from participation.processes.queries import OpenProcess, SpecRow, Windows, places_of, windows_of
from participation.processes.words import WINDOWS, ZONES
from participation.publication import hub, identities, public_pages, queries, service
from participation.publication.event_details import Reader, details
from participation.publication.event_words import EVENTS
from participation.publication.identities import Board, Identity, Shown
from participation.publication.queries import ProcessRow, Waiting
from participation.register import queries as register

EVENTS_PER_PAGE = 100


# My processes.


@dataclass(frozen=True, slots=True)
class MyProcess:
    """A process on the staff home, with what waits for this person there."""

    row: ProcessRow
    state: tuple[Message, str]
    """In words, and the tone in which they are shown."""
    tasks: list[tuple[Message, str]]


_NOT_YET = (_("Not open yet"), "neutral")
_STATES: dict[hub.Stage, dict[ProcessKind, tuple[Message, str]]] = {
    hub.Stage.BEFORE: {ProcessKind.MEETING: (_("Announced"), "neutral")},
    hub.Stage.OPEN: {
        ProcessKind.BUDGET: (_("Voting is open"), "now"),
        ProcessKind.CONSULTATION: (_("Open"), "now"),
        ProcessKind.MEETING: (_("Under way"), "now"),
    },
    hub.Stage.SUSPENDED: {ProcessKind.BUDGET: (_("Suspended"), "warn")},
    hub.Stage.COUNTING: {
        ProcessKind.BUDGET: (_("To close and count"), "warn"),
        ProcessKind.CONSULTATION: (_("In analysis"), "now"),
        ProcessKind.MEETING: (_("Over"), "neutral"),
    },
    hub.Stage.RESULT: {
        ProcessKind.BUDGET: (_("Certified"), "good"),
        ProcessKind.CONSULTATION: (_("Reported"), "good"),
        ProcessKind.MEETING: (_("Minutes published"), "good"),
    },
}


def _state(row: ProcessRow, at: datetime) -> tuple[Message, str]:
    kind = row.process.kind
    if row.process.state is ProcessState.DRAFT:
        return (_("Not announced") if kind is ProcessKind.MEETING else _("Draft")), "neutral"
    return _STATES[public_pages.standing_of(row, at).stage].get(kind, _NOT_YET)


@dataclass(frozen=True, slots=True)
class Body:
    """A public body on the staff home, and what this person may make and open there."""

    organisation: Organisation
    desks: list[tuple[str, Message, str]]
    creates: bool
    """A consultation or a vote."""
    meets: bool
    """A meeting of its own."""


def home(session: Session, actor: Actor, at: datetime) -> dict[str, Any]:
    """Processes of the actor's organisations, and those where the actor has a role of their own."""
    ids = {grant.organisation_id for grant in actor.grants if grant.organisation_id}
    rows = queries.organisation_rows(session, ids)
    known = {row.process.id for row in rows}
    rows += queries.process_rows(session, {g.process_id for g in actor.grants if g.process_id} - known)
    waiting = queries.waiting(session, [row.spec_id for row in rows if row.spec_id])
    unread = queries.contributions_to_read(session, {row.process.id for row in rows})
    mine = [
        MyProcess(
            row,
            _state(row, at),
            tasks(row, waiting.get(row.spec_id or uuid.UUID(int=0), Waiting()), unread.get(row.process.id, 0), actor),
        )
        for row in rows
    ]
    bodies = [Body(body, desks_of(body, actor), *_may_make(body, actor)) for body in organisations_of(session, actor)]
    return {"mine": mine, "bodies": [each for each in bodies if each.desks or each.creates or each.meets]}


def _may_make(body: Organisation, actor: Actor) -> tuple[bool, bool]:
    return actor.may(Permission.PROCESS_CREATE, body.id), actor.may(Permission.POLL_RUN, body.id)


def tasks(row: ProcessRow, waiting: Waiting, unread: int, actor: Actor) -> list[tuple[Message, str]]:
    """What this person can do about what waits, with the desk."""

    def may(*permissions: Permission) -> bool:
        return any(actor.may(each, row.organisation.id, row.process.id) for each in permissions)

    consults = row.process.kind is ProcessKind.CONSULTATION
    listed: list[tuple[Message, str]] = []
    if unread and may(Permission.CONTRIBUTION_MODERATE):
        words = ngettext("%(num)s contribution waits to be read", "%(num)s contributions wait to be read", unread)
        listed.append((words, "/moderation"))
    if waiting.open_cases and may(Permission.DECLARATION_DECIDE):
        words = ngettext("%(num)s case to decide", "%(num)s cases to decide", waiting.open_cases)
        listed.append((words, "/cases"))
    if waiting.open_batches and may(Permission.BATCH_KEY, Permission.BATCH_ADJUDICATE):
        words = ngettext("%(num)s batch to finish", "%(num)s batches to finish", waiting.open_batches)
        listed.append((words, "/batches"))
    if waiting.proposals and may(Permission.WINDOW_CHANGE):
        words = ngettext("%(num)s change to confirm", "%(num)s changes to confirm", waiting.proposals)
        listed.append((words, "/questionnaire/results" if consults else "/closing"))
    if waiting.counts_to_sign and not consults and may(Permission.COUNT_CERTIFY):
        listed.append((_("A count to sign"), "/closing"))
    return listed


# The dashboard.


def dashboard(session: Session, spec_row: SpecRow | None, process: OpenProcess, at: datetime) -> dict[str, Any]:
    """Turnout, never choices, and every identity as an equation."""
    if spec_row is None:
        return {"spec_row": None}
    windows = windows_of(session, spec_row.id)
    closed = windows.intake_closed(at)
    found = identities.board(session, spec_row, closed=closed)
    received = counts.dispositions(session, spec_row.id)
    standing = {channel: _standing(kinds) for channel, kinds in received.items()}
    accepted = sum(
        term.value for _place, group in found.places for each in group for term in each.equation.right
        if each.equation.key is IdentityKey.DECLARATIONS and term.code.startswith("accepted")
    )  # fmt: skip
    return {
        "spec_row": spec_row,
        "closed": closed,
        "standing": hub.standing(windows, None, at),
        "windows": windows,
        "online": standing.get(Channel.ONLINE, 0),
        "paper": sum(standing.get(channel, 0) for channel in PAPER_CHANNELS),
        "all": sum(standing.values()),
        "by_channel": [(channel.value, standing[channel]) for channel in Channel if channel in standing],
        "accepted": accepted,
        "rejected": sum(kinds.get(Disposition.REJECTED, 0) for kinds in received.values()),
        "at": at,
        **board_context(session, process, found),
    }


def _standing(kinds: dict[Disposition, int]) -> int:
    return kinds.get(Disposition.COUNTED, 0) + kinds.get(Disposition.BLANK, 0)


def board_context(session: Session, process: OpenProcess, found: Board) -> dict[str, Any]:
    """The board in words: whole vote, places, batches that differ; and what has to be looked at."""
    names = identities.signer_names(session, found.all)
    places = {place.code: place.name for place in places_of(session, process.id)}
    open_batches = {each.equation.subject for each in found.batches if not each.settled}
    return {
        "whole": [identities.shown(each, names) for each in found.whole],
        "places": [
            (places.get(code, {"fr": code}), code, [identities.shown(each, names) for each in group],
             sum(1 for each in group if not each.settled))
            for code, group in found.places
        ],
        "batch_gaps": _batch_gaps(found.batches, names),
        "batches": len({each.equation.subject for each in found.batches}),
        "batches_settled": len({each.equation.subject for each in found.batches}) - len(open_batches),
        "unsettled": len(found.unsettled),
    }  # fmt: skip


def _batch_gaps(batches: Sequence[Identity], names: dict[uuid.UUID, str]) -> list[Shown]:
    """One per batch: both keyings that lack the same form are one gap."""
    gaps = {each.gap: each for each in reversed(batches) if not each.equation.holds}
    return [identities.shown(each, names) for each in reversed(gaps.values())]


# The order of the end (FLOWS §3).


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the end: what it is, whether it is done, since when or why not, and where it is done."""

    title: Message
    done: bool
    current: bool
    detail: Message | str
    moment: datetime | None
    desk: str


def closing(
    session: Session, process: OpenProcess, spec_row: SpecRow | None, actor: Actor, at: datetime
) -> dict[str, Any]:
    """The end as a checklist, what waits for a second person, gaps to sign, counts to sign."""
    if spec_row is None:
        return {"spec_row": None}
    windows = windows_of(session, spec_row.id)
    closed = windows.intake_closed(at)
    found = identities.board(session, spec_row, closed=closed)
    listed = counts.counts_of(session, spec_row.id)
    newest = counts.latest_count(session, spec_row.id)
    proposals = service.open_proposals(session, spec_row.id)
    signed = bool(listed) and listed[-1].certified
    blockers = service.blockers(session, spec_row, newest, found) if newest and not signed else []
    people = {row.account_id for row in proposals} | {signer for row in listed for signer in row.signers}
    people |= {row.account_id for row in listed if row.account_id}
    unsettled = register.unsettled(session, spec_row.id)
    unfinished = paper.unfinished(session, spec_row.id)
    recounted = recounts.batches_after(session, spec_row.id, listed[-1].at) if listed else 0
    return {
        "spec_row": spec_row,
        "windows": windows,
        "closed": closed,
        "steps": _steps(windows, at, unsettled, unfinished, found, listed, recounted),
        "proposals": proposals,
        "window_words": WINDOWS,
        "counts": listed[::-1],
        "newest": listed[-1] if listed else None,
        "blockers": blockers,
        "pending": pending.lines(session, spec_row, at),
        "recounted": recounted if signed else 0,
        "names": names_of(session, people),
        "has_keyed": actor.account_id in paper.accounts_who_keyed(session, spec_row.id),
        "can_close": windows.all_closed(at) and not unsettled and not closed,
        "closing_now": not closed and service.closing_agreed(session, spec_row.id),
        "zone_name": ZONES.get(process.process.zone, process.process.zone),
        "can_count": closed and not unfinished,
        "intake_proposed": any(row.kind is WindowKind.INTAKE_CLOSED for row in proposals),
        "gaps_to_sign": _gaps_to_sign(session, process, found, actor) if closed else [],
        "actor_id": actor.account_id,
    }


def _steps(
    windows: Windows,
    at: datetime,
    unsettled: int,
    unfinished: int,
    found: Board,
    listed: list[counts.CountRow],
    recounted: int,
) -> list[Step]:
    """`recounted`: batches that are read afresh, or were since the newest count."""
    all_closed, closed = windows.all_closed(at), windows.intake_closed(at)
    rows: list[tuple[Message, bool, Message | str, datetime | None, str]] = [
        (WINDOWS[kind], windows.moments[kind] <= at, "", windows.moments[kind], "")
        for kind in (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES)
        if kind in windows.moments
    ]
    cases = ngettext("%(num)s still to decide", "%(num)s still to decide", unsettled) if unsettled else ""
    rows.append(
        (
            _("Every declaration is checked in and every case decided"),
            all_closed and not unsettled,
            cases,
            None,
            "/cases",
        )
    )
    rows.append((_("Two people close intake"), closed, "", windows.intake_closed_at, ""))
    open_batches = ngettext("%(num)s batch open", "%(num)s batches open", unfinished) if unfinished else ""
    rows.append((_("Every paper ballot is keyed twice"), closed and not unfinished, open_batches, None, "/batches"))
    anew = (
        ngettext("%(num)s batch read afresh since", "%(num)s batches read afresh since", recounted) if recounted else ""
    )
    rows.append((_("The box is counted"), bool(listed) and not recounted, anew, listed[-1].at if listed else None, ""))
    gaps = len(found.unsettled)
    words = ngettext("%(num)s gap not signed", "%(num)s gaps not signed", gaps) if gaps else ""
    rows.append((_("Every equation closes, or two people sign the gap"), bool(listed) and not gaps, words, None, ""))
    newest_signed = bool(listed) and listed[-1].certified
    stands = next((row.number for row in reversed(listed) if row.certified), 0)
    words = _("count no. %(number)s is certified and stands until then", number=stands) if stands else ""
    rows.append((_("Two certifiers sign the count"), newest_signed, "" if newest_signed else words, None, ""))
    current = next((place for place, row in enumerate(rows) if not row[1]), len(rows))
    return [
        Step(title, done, place == current, detail, moment, desk)
        for place, (title, done, detail, moment, desk) in enumerate(rows)
    ]


def _gaps_to_sign(session: Session, process: OpenProcess, found: Board, actor: Actor) -> list[dict[str, Any]]:
    gaps = [each for each in found.unsettled if not each.signed_elsewhere]
    if not gaps:
        return []
    names = identities.signer_names(session, gaps)
    places = {place.code: place.name for place in places_of(session, process.id)}
    return [
        {
            "identity": each.equation.key.value,
            "subject": each.equation.subject,
            "place": places.get(each.equation.subject, {}),
            "difference": each.equation.difference,
            "shown": identities.shown(each, names),
            "signed_by_me": actor.account_id in each.signers,
        }
        for each in gaps
    ]


# The results.


def results(
    session: Session, process: OpenProcess, spec_row: SpecRow | None, at: datetime, locale: str
) -> dict[str, Any]:
    """The newest count, preliminary until it is certified. Nothing before intake is closed, for no role."""
    count = counts.latest_count(session, spec_row.id) if spec_row else None
    if spec_row is None or count is None or not windows_of(session, spec_row.id).intake_closed(at):
        return {"count": None}
    certified = counts.certified_count(session, spec_row.id)
    return {
        **public_pages.count_context(session, spec_row, count.result, locale, f"/{locale}{process.path}"),
        "count": count,
        "certified": certified if certified and certified.count.id == count.id else None,
    }


# The log.


def events(session: Session, process: OpenProcess, locale: str, *, kind: str, before: str) -> dict[str, Any]:
    """One page of the log, newest first, with who did what: so many rows are read, however long the log is."""
    kinds = kinds_of_events(session, process.id)
    kind = kind if kind in kinds else ""
    found = newest_events(session, process.id, EVENTS_PER_PAGE + 1, kind=kind, before=_read_cursor(before))
    shown = found[:EVENTS_PER_PAGE]
    names = names_of(session, {row.account_id for row in shown if row.account_id})
    reader = Reader(locale, process.zone, {str(place.id): place.name for place in places_of(session, process.id)})
    return {
        "event_words": EVENTS,
        "events": [(row, details(row, reader)) for row in shown],
        "names": names,
        "kind": kind,
        "kinds": sorted(((each, _kind(each, locale)) for each in kinds), key=lambda pair: pair[1]),
        "older": _cursor(shown[-1]) if len(found) > len(shown) else "",
        "is_newest": not before,
        "total": kinds[kind] if kind else sum(kinds.values()),
    }


def _kind(kind: str, locale: str) -> str:
    return translate(EVENTS[kind], locale) if kind in EVENTS else kind


def _cursor(row: EventRow) -> str:
    return f"{row.at.isoformat()}~{row.id}"


def _read_cursor(text: str) -> tuple[datetime, uuid.UUID] | None:
    """The event before which the page begins; None, which is the newest page, for what is not one of ours."""
    at, _tilde, event_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        return (moment, uuid.UUID(event_id)) if moment.tzinfo else None
    except ValueError:
        return None
