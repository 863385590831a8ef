"""The room for staff: prepare a meeting, run it from a remote, count hands, observe."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute

from participation.accounts.access import SESSION_COOKIE, ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.accounts.queries import actor_by_token
from participation.accounts.service import token_digest
from participation.counting.room import SINGLE_COUNTER
from participation.counting.spec import Capture
from participation.db import SessionDep
from participation.errors import Conflict, Message, NotFound
from participation.i18n import lazy as _
from participation.i18n import long_date, translate, words_of
from participation.live import forms, queries, remotes, service, starting_points, words
from participation.live.alone import entrance, meeting_alone, refuse_second
from participation.live.models import Meeting, Poll
from participation.live.queries import Room
from participation.live.routes import fragment
from participation.live.screens import context_of
from participation.live.sockets import Door, Find, View
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.processes.words import choices
from participation.templating import locale_of, page
from participation.typed import Errors, as_typed, whole_number

router = APIRouter()
MEETINGS = "/{locale}/staff/{organisation}/{slug}/meetings"
MEETING = f"{MEETINGS}/{{meeting_id:uuid}}"
POLL = f"{MEETING}/polls/{{poll_id:uuid}}"
Runs = Annotated[OpenProcess, open_process(Permission.POLL_RUN)]
Counts = Annotated[OpenProcess, open_process(Permission.POLL_COUNT)]
Views = Annotated[OpenProcess, open_process(Permission.EVENT_VIEW)]


def room_of(session: Session, process: OpenProcess, meeting_id: uuid.UUID, *, acting: bool = False) -> Room:
    """A meeting of this process. Those who are `acting` on it take turns, so that a second remote finds what the
    first one did; votes wait for nobody."""
    turns = {"key_share": True} if acting else None
    meeting = session.get(Meeting, meeting_id, with_for_update=turns)
    if meeting is None or meeting.process_id != process.id:
        raise NotFound(_("There is no such meeting."))
    return Room(meeting, process)


@dataclass(frozen=True, slots=True)
class Running:
    """Somebody at the remote of a meeting."""

    room: Room
    hand: Hand
    session: Session

    @property
    def meeting(self) -> Meeting:
        return self.room.meeting

    def poll(self, poll_id: uuid.UUID) -> Poll:
        return service.poll_at(self.session, self.meeting, poll_id)


def _running(
    request: Request, meeting_id: uuid.UUID, process: Runs, session: SessionDep, actor: ActorDep, at: AtDep
) -> Running:
    """Whoever does something at a meeting has its remote in hand: the others are told."""
    acting = request.method == "POST"
    room = room_of(session, process, meeting_id, acting=acting)
    run = Running(room, Hand(process, actor.account_id, at), session)
    if acting:
        remotes.note(session, run.meeting, actor.account_id, at)
    return run


RunningDep = Annotated[Running, Depends(_running, scope="function")]


@router.get(MEETINGS)
def meetings(request: Request, process: Counts, session: SessionDep, actor: ActorDep) -> Response:
    if meeting := meeting_alone(session, process):
        return RedirectResponse(f"/{locale_of(request)}{entrance(process, meeting, actor)}", 303)
    return _meetings(request, process, session, actor, {}, {})


def _meetings(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    context = {
        **staff_context(process, actor, "/meetings"),
        "meetings": queries.meetings_of(session, process.id),
        "runs": actor.may(Permission.POLL_RUN, process.organisation.id, process.id),
        "state_words": words.STATES,
        "doors": choices(words.DOORS, locale_of(request)),
        "templates": starting_points.TEMPLATES.values(),
        "beginnings": beginnings(session, process.organisation.id, locale_of(request)),
        "zone": process.zone,
        "values": values,
        "errors": errors,
    }
    return page(request, "live/meetings.html", context, status=422 if errors else 200)


def beginnings(session: Session, organisation_id: uuid.UUID, locale: str) -> list[tuple[str, str]]:
    """Templates, then earlier meetings of the body with their day, as a list of choices takes them."""
    templates = [(name, translate(template.title, locale)) for name, template in starting_points.TEMPLATES.items()]
    return templates + [
        (str(meeting.id), f"{words_of(meeting.title, locale)}, {long_date(meeting.starts_at, locale, zone)}")
        for meeting, zone in starting_points.earlier_meetings(session, organisation_id)
    ]


@router.post(MEETINGS)
def create(request: Request, process: Runs, session: SessionDep, actor: ActorDep, form: FormDep) -> Response:
    draft, errors = forms.read_meeting(form, process.zone)
    if draft is None:
        return _meetings(request, process, session, actor, as_typed(form, forms.MEETING_FIELDS), errors)
    refuse_second(process)
    meeting = service.create_meeting(session, process.id, draft)
    starting_points.begin_from(session, process, meeting, str(form.get("begin_with") or ""))
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/meetings/{meeting.id}", 303)


@router.get(MEETING)
def agenda(request: Request, meeting_id: uuid.UUID, process: Runs, session: SessionDep, actor: ActorDep) -> Response:
    return _agenda(request, room_of(session, process, meeting_id), session, actor, {}, {})


def _agenda(
    request: Request, room: Room, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    settings = request.app.state.settings
    context = {
        **staff_context(room.process, actor, "/meetings"),
        "meeting": room.meeting,
        "polls": queries.polls_of(session, room.id),
        "points": words.agenda_of(room.meeting.agenda, locale_of(request)),
        "here": f"{room.process.staff_path}/meetings/{room.id}",
        "address": f"{settings.base_url}/m/{room.meeting.code}".partition("//")[2],
        "doors": words.DOORS,
        "kinds": choices(words.KINDS, locale_of(request)),
        "kind_words": words.KINDS,
        "poll_states": words.POLL_STATES,
        "options_of": service.options_of,
        "zone": room.process.zone,
        "values": values,
        "errors": errors,
    }
    return page(request, "live/meeting.html", context, status=422 if errors else 200)


@router.post(f"{MEETING}/polls")
def add_poll(request: Request, run: RunningDep, actor: ActorDep, form: FormDep) -> Response:
    draft, errors = forms.read_poll(form)
    on_the_fly = form.get("from") == "remote"
    if draft is None and on_the_fly:
        return _remote(request, run, next(iter(errors.values())))
    if draft is None:
        values = as_typed(form, forms.POLL_FIELDS)
        return _agenda(request, run.room, run.session, actor, values, errors)
    (service.add_once if on_the_fly else service.add_poll)(run.session, run.meeting, draft)
    return _back(request, run, "/remote" if on_the_fly else "")


@router.get(f"{MEETING}/remote")
def remote(request: Request, run: RunningDep) -> Response:
    return _remote(request, run)


def _remote(request: Request, run: Running, error: Message | None = None, status: int = 422) -> Response:
    """The remote; with what was refused, where something was."""
    context = context_of(run.session, request.app.state.settings, run.room, View.REMOTE, run.hand.at)
    own = {"error": error, "me": run.hand.account_id}
    return page(request, "live/remote.html", {**context, **own}, status=status if error else 200)


@router.post(f"{MEETING}/remote/here")
def still_here(run: RunningDep, form: FormDep) -> Response:
    """A remote says that it is open; whoever takes over sees it."""
    return Response(status_code=204)


def moment_seen(moment: datetime | None) -> str:
    """An instant as a form says that it was seen."""
    return moment.isoformat() if moment else ""


def is_stale(form: FormData, standing: str) -> bool:
    """Whether this form shows what stood before: it was pressed twice, or at another remote meanwhile."""
    return form.get("seen") not in (None, standing)


def _back(request: Request, run: Running, place: str = "/remote") -> Response:
    return RedirectResponse(f"/{locale_of(request)}{run.room.process.staff_path}/meetings/{run.room.id}{place}", 303)


@router.post(f"{POLL}/open")
def open_poll(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    try:
        service.open_poll(run.session, request.app.state.keys, run.meeting, run.poll(poll_id), run.hand)
    except Conflict as error:
        return _remote(request, run, error.message, error.status)
    return _back(request, run)


@router.post(f"{POLL}/close")
def close_poll(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.close_poll(run.session, run.meeting, run.poll(poll_id), run.hand)
    return _back(request, run)


@router.post(f"{POLL}/close-room")
def close_in_room(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.close_in_room(run.session, run.meeting, run.poll(poll_id), run.hand)
    return _back(request, run)


@router.post(f"{POLL}/extend")
def extend(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    poll = run.poll(poll_id)
    if not is_stale(form, moment_seen(poll.closes_at)):
        service.extend_poll(run.session, run.meeting, poll, 60, run.hand)
    return _back(request, run)


@router.post(f"{POLL}/repeat")
def repeat(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.repeat_poll(run.session, run.meeting, run.poll(poll_id))
    return _back(request, run)


@router.post(f"{POLL}/show")
def show(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.show_results(run.session, run.meeting, run.poll(poll_id), shown=True)
    return _back(request, run)


@router.post(f"{POLL}/hide")
def hide(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.show_results(run.session, run.meeting, run.poll(poll_id), shown=False)
    return _back(request, run)


@router.post(f"{POLL}/wall")
def poll_on_wall(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.put_on_wall(run.session, run.meeting, run.poll(poll_id))
    return _back(request, run)


@router.post(f"{MEETING}/wall")
def join_on_wall(request: Request, run: RunningDep, form: FormDep) -> Response:
    service.put_on_wall(run.session, run.meeting, None)
    return _back(request, run)


@router.post(f"{POLL}/up")
def up(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    return _move(request, run, run.poll(poll_id), form, down=False)


@router.post(f"{POLL}/down")
def down(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    return _move(request, run, run.poll(poll_id), form, down=True)


def _move(request: Request, run: Running, poll: Poll, form: FormData, *, down: bool) -> Response:
    """One place; the list comes back at that poll, so that it goes on moving by the keyboard."""
    if not is_stale(form, str(poll.position)):
        service.move_poll(run.session, run.meeting, poll, down=down)
    return _back(request, run, f"#poll-{poll.id}")


@router.post(f"{POLL}/remove")
def remove(request: Request, poll_id: uuid.UUID, run: RunningDep, form: FormDep) -> Response:
    service.remove_poll(run.session, run.meeting, run.poll(poll_id))
    return _back(request, run, "")


@router.post(f"{MEETING}/present")
def present(request: Request, run: RunningDep, form: FormDep) -> Response:
    raw = str(form.get("present") or "").strip()
    number = whole_number(raw) if raw else None
    if raw and (number is None or not 0 <= number <= 20_000):
        return _remote(request, run, _("Enter a whole number from %(least)s to %(most)s.", least=0, most=20_000))
    standing = run.meeting.present
    if number != standing and is_stale(form, "" if standing is None else str(standing)):
        other = _(
            "At another remote %(present)s was written meanwhile. Look, and keep yours again if it is right.",
            present="–" if standing is None else standing,
        )
        return _remote(request, run, other, 409)
    service.count_present(run.session, run.meeting, number, run.hand)
    return _back(request, run)


@router.post(f"{MEETING}/doors")
def open_doors(request: Request, run: RunningDep, form: FormDep) -> Response:
    service.open_doors(run.session, run.meeting, run.hand)
    return _back(request, run)


@router.post(f"{MEETING}/end")
def end(request: Request, run: RunningDep, form: FormDep) -> Response:
    service.end_meeting(run.session, run.meeting, run.hand)
    return _back(request, run)


@dataclass(frozen=True, slots=True)
class Said:
    """What became of a counter's sheet, in words."""

    words: Message
    differs: bool = False


@router.get(f"{POLL}/totals")
def totals(
    request: Request, meeting_id: uuid.UUID, poll_id: uuid.UUID, process: Counts, session: SessionDep
) -> Response:
    room = room_of(session, process, meeting_id)
    return _totals(request, room, session, service.poll_at(session, room.meeting, poll_id), {}, {})


def _totals(
    request: Request,
    room: Room,
    session: Session,
    poll: Poll,
    values: dict[str, str],
    errors: Errors,
    said: Said | None = None,
) -> Response:
    present = room.meeting.present
    context = {
        "meeting": room.meeting,
        "organisation": room.process.organisation,
        "staff_here": f"{room.process.staff_path}/meetings/{room.id}",
        "poll": poll,
        "question": service.asked(session, poll).spec.questions[0],
        "alone": present is not None and present < SINGLE_COUNTER,
        "capture": values.get("capture", Capture.HAND_COUNT),
        "typed": values,
        "errors": errors,
        "said": said,
    }
    return page(request, "live/totals.html", context, status=422 if errors else 200)


@router.post(f"{POLL}/totals")
def count(
    request: Request,
    meeting_id: uuid.UUID,
    poll_id: uuid.UUID,
    process: Counts,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    """One counter's sheet. What the other wrote is not shown before both have."""
    room = room_of(session, process, meeting_id, acting=True)
    poll = service.poll_at(session, room.meeting, poll_id)
    capture, read, errors = forms.read_totals(form, service.asked(session, poll).spec.questions[0])
    values = {name: str(value) for name, value in form.items()}
    if errors:
        return _totals(request, room, session, poll, values, errors)
    hand = Hand(process, actor.account_id, at)
    done = service.count_totals(session, room.meeting, poll, capture, read, hand)
    return _totals(request, room, session, poll, {"capture": capture}, {}, _said(done))


def _said(done: service.Counted) -> Said:
    if done.differs:
        return Said(_("The two counts differ. Both are kept; count again, both of you."), differs=True)
    if done.revision:
        return Said(_("The count stands and is on the screens."))
    return Said(_("Your count is kept. It stands as soon as the second counter has written the same."))


@router.get(f"{MEETING}/observer")
def observer(request: Request, meeting_id: uuid.UUID, process: Views, session: SessionDep, at: AtDep) -> Response:
    room = room_of(session, process, meeting_id)
    context = context_of(session, request.app.state.settings, room, View.OBSERVER, at)
    return page(request, "live/observer.html", context)


@router.get(f"{MEETING}/now/{{view}}")
def now(request: Request, meeting_id: uuid.UUID, view: str, process: Views, session: SessionDep) -> Response:
    room = room_of(session, process, meeting_id)
    return fragment(request, room, View(view)) if view in STAFF_VIEWS else Response(status_code=404)


STAFF_VIEWS = frozenset({View.REMOTE, View.OBSERVER})


def finder(*permissions: Permission) -> Find:
    """Finds the meeting of a socket for whoever holds one of these permissions there."""

    def find(asked: HTTPConnection) -> uuid.UUID | None:
        token, state = asked.cookies.get(SESSION_COOKIE), asked.app.state
        with state.database.reading() as session:
            actor = actor_by_token(session, token_digest(token), state.clock()) if token else None
            room = queries.room_by_id(session, asked.path_params["meeting_id"])
        if actor is None or room is None:
            return None
        place = (room.process.organisation.id, room.process.id)
        return room.id if any(actor.may(each, *place) for each in permissions) else None

    return find


_MAY_WATCH = finder(Permission.EVENT_VIEW, Permission.POLL_RUN)
sockets = [WebSocketRoute(f"{MEETING}/live/{{view}}", Door(STAFF_VIEWS, _MAY_WATCH))]
