"""The room for staff: change a meeting, its agenda and its polls; print what it needs; check in cards at its door."""

import uuid
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, FormDep
from participation.accounts.permissions import Actor
from participation.db import SessionDep
from participation.errors import Message
from participation.i18n import LANGUAGE_NAMES, LOCALES, translate
from participation.i18n import lazy as _
from participation.live import forms, prints, queries, service, words
from participation.live.alone import change_alone, is_alone
from participation.live.devices import devices_of
from participation.live.forms_alone import WORDS, read_alone
from participation.live.models import Meeting, Poll
from participation.live.prints import BY_TOTALS, Order, Piece, Way
from participation.live.queries import Room
from participation.live.routes_staff import MEETING, POLL, Counts, RunningDep, room_of
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.processes.words import choices
from participation.register import queries as register
from participation.register.identity import grouped
from participation.templating import locale_of, page
from participation.typed import Errors, as_typed, wall_clock

router = APIRouter()
PACK, LARGE = "pack", "large"
SIZES: dict[str, Message] = {"": _("Regular print"), LARGE: _("Large print")}
AGENDA_FIELDS = ("agenda_fr", "agenda_en")


def here_of(room: Room) -> str:
    return f"{room.process.staff_path}/meetings/{room.id}"


def staff_room(
    request: Request, room: Room, actor: Actor, template: str, context: dict[str, Any], errors: Errors | None = None
) -> Response:
    """A page of one meeting in the frame of its process."""
    common = {
        **staff_context(room.process, actor, "/meetings"),
        "meeting": room.meeting,
        "here": here_of(room),
        "zone": room.process.zone,
        "errors": errors or {},
    }
    return page(request, template, {**common, **context}, status=422 if errors else 200)


def _back(request: Request, room: Room) -> Response:
    return RedirectResponse(f"/{locale_of(request)}{here_of(room)}", 303)


@router.get(f"{MEETING}/edit")
def edit(request: Request, run: RunningDep, actor: ActorDep) -> Response:
    return _edit(request, run.room, actor, _meeting_values(run.meeting, run.room.process), {})


def _meeting_values(meeting: Meeting, process: OpenProcess) -> dict[str, Any]:
    return {
        "title_fr": meeting.title.get("fr", ""),
        "title_en": meeting.title.get("en", ""),
        "starts_at": wall_clock(meeting.starts_at, process.zone),
        "place": meeting.place,
        "door": meeting.door,
        "expected": str(meeting.expected),
        "captions_url": meeting.captions_url,
        "phone": process.process.phone,
        **{f"summary_{locale}": process.process.summary.get(locale, "") for locale in LOCALES},
        **{f"agenda_{locale}": forms.agenda_text(meeting.agenda, locale) for locale in LOCALES},
    }


def _edit(request: Request, room: Room, actor: Actor, values: dict[str, Any], errors: Errors) -> Response:
    context = {"values": values, "doors": choices(words.DOORS, locale_of(request))}
    return staff_room(request, room, actor, "live/meeting_edit.html", context, errors)


@router.post(f"{MEETING}/edit")
def change(request: Request, run: RunningDep, actor: ActorDep, form: FormDep) -> Response:
    process = run.room.process
    draft, errors = read_alone(form, process.zone)
    if draft is None:
        return _edit(request, run.room, actor, as_typed(form, (*forms.MEETING_FIELDS, *WORDS, *AGENDA_FIELDS)), errors)
    if is_alone(process):
        change_alone(run.session, process.process, run.meeting, draft)
    else:
        service.change_meeting(run.session, run.meeting, draft.meeting)
    service.set_agenda(run.session, run.meeting, forms.read_agenda(form))
    return _back(request, run.room)


@router.get(f"{POLL}/edit")
def edit_poll(request: Request, poll_id: uuid.UUID, run: RunningDep, actor: ActorDep) -> Response:
    poll = run.poll(poll_id)
    return _edit_poll(request, run.room, actor, poll, _poll_values(poll), {})


def _poll_values(poll: Poll) -> dict[str, Any]:
    every = poll.max_choices == len(poll.options) or poll.max_choices == 1
    options = {f"options_{locale}": "\n".join(option.get(locale, "") for option in poll.options) for locale in LOCALES}
    return {
        "title_fr": poll.title.get("fr", ""),
        "title_en": poll.title.get("en", ""),
        "kind": poll.kind,
        **options,
        "max_choices": "" if every else str(poll.max_choices),
        "seconds": str(poll.seconds or ""),
    }


def _edit_poll(
    request: Request, room: Room, actor: Actor, poll: Poll, values: dict[str, Any], errors: Errors
) -> Response:
    context = {"poll": poll, "values": values, "kinds": choices(words.KINDS, locale_of(request))}
    return staff_room(request, room, actor, "live/poll_edit.html", context, errors)


@router.post(f"{POLL}/edit")
def change_poll(request: Request, poll_id: uuid.UUID, run: RunningDep, actor: ActorDep, form: FormDep) -> Response:
    poll = run.poll(poll_id)
    draft, errors = forms.read_poll(form)
    if draft is None:
        return _edit_poll(request, run.room, actor, poll, as_typed(form, forms.POLL_FIELDS), errors)
    service.change_poll(run.session, run.meeting, poll, draft)
    return _back(request, run.room)


@router.get(f"{POLL}/site")
def on_site(request: Request, poll_id: uuid.UUID, run: RunningDep, actor: ActorDep) -> Response:
    poll = run.poll(poll_id)
    return _on_site(request, run.room, actor, poll, {"until": wall_clock(poll.closes_at, run.room.process.zone)}, {})


def _on_site(
    request: Request, room: Room, actor: Actor, poll: Poll, values: dict[str, Any], errors: Errors
) -> Response:
    context = {"poll": poll, "values": values, "longest": forms.LONGEST_ON_SITE.days}
    return staff_room(request, room, actor, "live/poll_site.html", context, errors)


@router.post(f"{POLL}/site")
def ask_on_site(request: Request, poll_id: uuid.UUID, run: RunningDep, actor: ActorDep, form: FormDep) -> Response:
    poll = run.poll(poll_id)
    until, errors = forms.read_until(form, run.room.process.zone, run.hand.at)
    if until is None:
        return _on_site(request, run.room, actor, poll, as_typed(form, ["until"]), errors)
    service.ask_on_site(run.session, request.app.state.keys, run.meeting, poll, until, run.hand)
    return _back(request, run.room)


@router.get(f"{MEETING}/papers")
def papers(request: Request, run: RunningDep, actor: ActorDep) -> Response:
    locale = locale_of(request)
    whole = (PACK, translate(_("The whole pack"), locale))
    pieces = [(piece.value, translate(prints.PIECES[piece], locale)) for piece in prints.pieces_of(run.room)]
    context = {
        "pieces": [whole, *pieces],
        "languages": [(code, LANGUAGE_NAMES[code]) for code in LOCALES],
        "sizes": [(value, translate(name, locale)) for value, name in SIZES.items()],
    }
    return staff_room(request, run.room, actor, "live/papers.html", context)


@router.get(f"{MEETING}/papers.pdf")
def papers_pdf(
    request: Request, run: RunningDep, piece: str = PACK, cards: str = "", language: str = "", size: str = ""
) -> Response:
    """The pack or one piece of it. Cards of the door have new codes each time: nothing of them is kept."""
    locale = language if language in LOCALES else locale_of(request)
    offered = prints.pieces_of(run.room)
    pieces = tuple(each for each in offered if each.value == piece) or offered
    number = forms.read_door_cards(cards) if Piece.DOOR in pieces else 0
    order = Order(pieces, number, locale, large=size == LARGE)
    settings, code = request.app.state.settings, run.meeting.code
    way = Way(f"{settings.base_url}/m/{code}", f"{settings.base_url}{devices_of(request).invitation(code)}")
    pdf = prints.pack(run.session, run.room, order, way, run.hand.at, demo=settings.demo)
    name = pieces[0].value if len(pieces) == 1 else PACK
    return pdf_of(pdf, f"{name}-{run.meeting.code}-{locale}")


def pdf_of(pdf: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.get(f"{MEETING}/help")
def helpers(request: Request, meeting_id: uuid.UUID, process: Counts, session: SessionDep, actor: ActorDep) -> Response:
    """Where helpers begin: the door, slips, the polls whose hands and cards they count."""
    room = room_of(session, process, meeting_id)
    polls = [poll for poll in queries.polls_of(session, room.id) if poll.spec_id and poll.kind in BY_TOTALS]
    return staff_room(request, room, actor, "live/help.html", {"polls": polls})


@router.get(f"{MEETING}/door")
def door(request: Request, meeting_id: uuid.UUID, process: Counts, session: SessionDep) -> Response:
    return _door(request, room_of(session, process, meeting_id), session)


def _door(
    request: Request, room: Room, session: Session, said: Message | None = None, typed: str = "", *, good: bool = False
) -> Response:
    context = {
        "meeting": room.meeting,
        "organisation": room.process.organisation,
        "staff_here": here_of(room),
        "checked_in": register.checked_in(session, room.id),
        "said": said,
        "good": good,
        "typed": typed,
    }
    return page(request, "live/door.html", context, status=422 if said and not good else 200)


@router.post(f"{MEETING}/door")
def check_in(request: Request, meeting_id: uuid.UUID, process: Counts, session: SessionDep, form: FormDep) -> Response:
    """A card that a helper hands out. What was typed stays in the field where it was wrong."""
    room, typed = room_of(session, process, meeting_id), str(form.get("card") or "")[:200]
    code = forms.read_card(typed)
    if not code:
        return _door(
            request, room, session, _("No card has this code: a sign was misread. Type or scan it again."), typed
        )
    if not service.check_in(session, room.meeting, code):
        twice = _("Card %(code)s was handed out before. Take another card; keep this one aside.", code=grouped(code))
        return _door(request, room, session, twice, typed)
    return _door(request, room, session, _("Card %(code)s is valid. Hand it out.", code=grouped(code)), good=True)
