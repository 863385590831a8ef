"""Following a consultation over HTTP: the page, the links of letters, the feed, the calendar; figures for staff."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation import audit, i18n, mail
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.accounts.throttle import bucket_of, check_throttle, client_network, note_failure
from participation.consultations.activities.queries import activities_of
from participation.consultations.activities.service import ActivitySet
from participation.consultations.hearings.queries import sitting_rows
from participation.consultations.hearings.service import HearingSet
from participation.consultations.pages import public_page, staff_page
from participation.consultations.subscriptions import service, words
from participation.consultations.subscriptions.calendar import Entry, calendar_text
from participation.consultations.subscriptions.feed import Channel, Item, feed_text
from participation.consultations.subscriptions.news import News, news_of, replies_to, thread_of
from participation.consultations.subscriptions.service import Post
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.queries import OpenProcess, phases_of
from participation.processes.service import ProcessEdited
from participation.processes.words import PHASES
from participation.templating import locale_of
from participation.typed import Errors, text_of

router = APIRouter()
HERE = "/{locale}/{organisation}/{slug}"
SUBSCRIBE = f"{HERE}/subscribe"
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
QUIET_PATHS = (f"{SUBSCRIBE}/{{code}}", f"{SUBSCRIBE}/{{code}}/stop")
"""They hold the code of a subscription: their requests leave no line in the access log."""
KEPT = "public, max-age=900"
"""A quarter of an hour: programs fetch feeds and calendars again and again."""
IN_FEED = 50
FROM_ONE_NETWORK = 20
"""Addresses that one network may subscribe in a quarter of an hour."""


def _post(request: Request, process: OpenProcess) -> Post:
    return Post(request.app.state.settings, process)


@router.get(SUBSCRIBE)
def subscribe_page(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    return _page(request, process, _thread(session, process, text_of(FormData(request.query_params), "thread")), {}, "")


@router.post(SUBSCRIBE)
def subscribe(request: Request, process: PublicProcess, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    typed, thread = text_of(form, "email", 300), _thread(session, process, text_of(form, "thread"))
    email = service.address_of(typed)
    if not email:
        errors: Errors = {"email": _("Write an e-mail address, such as name@example.org.")}
        return _page(request, process, thread, errors, typed)
    key = request.app.state.settings.key("throttle")
    bucket = bucket_of(key, "subscription", client_network(request), str(process.id))
    check_throttle(session, bucket, FROM_ONE_NETWORK, at)
    note_failure(session, bucket, at)
    service.subscribe(session, _post(request, process), email, locale_of(request), thread, at=at)
    onward = f"&thread={thread}" if thread else ""
    return RedirectResponse(f"/{locale_of(request)}{process.path}/subscribe?saved=1{onward}", 303)


def _thread(session: Session, process: OpenProcess, typed: str) -> int:
    """The number of the comment whose replies somebody wants to follow; 0 where there is no such thread."""
    is_number = typed.isascii() and typed.isdecimal() and len(typed) < 10
    return int(typed) if is_number and thread_of(session, process.id, int(typed)) else 0


def _page(request: Request, process: OpenProcess, thread: int, errors: Errors, typed: str) -> Response:
    context = {
        "errors": errors,
        "values": {"email": typed},
        "sent": "saved" in request.query_params and not errors,
        "thread": thread,
    }
    return public_page(request, process, "subscribe.html", context, status=422 if errors else 200)


@router.get(f"{SUBSCRIBE}/{{code}}")
def subscription(request: Request, process: PublicProcess, code: str, session: SessionDep) -> Response:
    """Where the links of letters lead: nothing happens until a button is pressed, for programs open links too."""
    row = service.subscription_of(session, _post(request, process), code)
    return public_page(request, process, "subscription.html", {"row": row, "code": code})


@router.post(f"{SUBSCRIBE}/{{code}}")
def confirm(
    request: Request, process: PublicProcess, code: str, session: SessionDep, form: FormDep, at: AtDep
) -> Response:
    row = service.subscription_of(session, _post(request, process), code)
    if row is None:
        raise NotFound(
            _("This link is no longer valid: it was not used in time, or you have unsubscribed."),
            _("You can subscribe again on the page of the consultation."),
        )
    service.confirm(session, row, at=at)
    return RedirectResponse(f"/{locale_of(request)}{process.path}/subscribe/{code}", 303)


@router.get(f"{SUBSCRIBE}/{{code}}/stop")
def stop_page(request: Request, process: PublicProcess, code: str, session: SessionDep) -> Response:
    return subscription(request, process, code, session)


@router.post(f"{SUBSCRIBE}/{{code}}/stop")
def stop(request: Request, process: PublicProcess, code: str, session: SessionDep) -> Response:
    """From the button, and from mail programs, which send no form of ours: the code is all that it takes (RFC 8058).
    Done twice it is done."""
    row = service.subscription_of(session, _post(request, process), code)
    if row is not None:
        service.stop(session, row)
    return RedirectResponse(f"/{locale_of(request)}{process.path}/subscribe/{code}", 303)


@router.get(f"{HERE}/feed.atom")
def feed(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    news = [each for each in news_of(session, process, at) if not each.passing]
    begun = min((phase.starts_at for phase in phases_of(session, process.id)), default=at)
    return _feed(request, process, i18n.words_of(process.process.title, locale_of(request)), "", news, begun)


@router.get(f"{HERE}/comments/{{number:int}}/feed.atom")
def thread_feed(request: Request, process: PublicProcess, number: int, session: SessionDep) -> Response:
    """The replies to a comment, for a news reader."""
    root = thread_of(session, process.id, number)
    if root is None:
        raise NotFound(_("There is no comment at this address, or it is no longer published."))
    title = i18n.translate(_("Replies to comment %(reference)s", reference=f"C-{number}"), locale_of(request))
    return _feed(request, process, title, f"/comments/{number}", replies_to(session, root), root.received_at)


def _feed(
    request: Request, process: OpenProcess, title: str, below: str, news: Sequence[News], begun: datetime
) -> Response:
    locale, base = locale_of(request), _post(request, process).public(locale_of(request))
    channel = Channel(
        title=str(title),
        author=str(i18n.words_of(process.organisation.name, locale)),
        url=f"{base}{below}",
        feed_url=f"{base}{below}/feed.atom",
        language=locale,
        updated=begun,
    )
    items = [Item(each.key, each.at, each.line(locale), base + each.path) for each in news[:IN_FEED]]
    return _cached(request, feed_text(channel, items), "application/atom+xml; charset=utf-8")


@router.get(f"{HERE}/calendar.ics")
def calendar(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    locale, base = locale_of(request), _post(request, process).public(locale_of(request))
    phases = phases_of(session, process.id)
    title = str(i18n.words_of(process.process.title, locale))
    entries = [
        Entry(
            uid=f"{phase.id}@{_host(base)}",
            starts=phase.starts_at,
            ends=phase.ends_at,
            title=f"{i18n.words_of(phase.title, locale) or i18n.translate(PHASES[phase.kind], locale)} – {title}",
            url=base,
            text=process.process.phone,
        )
        for phase in phases
    ]
    entries += [
        Entry(
            uid=f"{sitting.id}@{_host(base)}",
            starts=sitting.starts_at,
            ends=sitting.ends_at,
            title=f"{i18n.translate(_('Hearing'), locale)} – {title}",
            url=f"{base}/hearings",
            place=str(i18n.words_of(sitting.place, locale)),
            text=process.process.phone,
        )
        for sitting in sitting_rows(session, process.id)
    ]
    entries += [
        Entry(
            uid=f"{activity.id}@{_host(base)}",
            starts=activity.starts_at,
            ends=activity.ends_at,
            title=f"{i18n.words_of(activity.title, locale)} – {title}",
            url=activity.link or base,
            place=str(i18n.words_of(activity.place, locale)),
            text=str(i18n.words_of(activity.access, locale)) or process.process.phone,
            cancelled=activity.cancelled,
        )
        for activity in activities_of(session, process.id)
    ]
    edited_at, edition = _edition(session, process, min((phase.starts_at for phase in phases), default=at))
    text = calendar_text(title, entries, process.zone, language=locale, edited_at=edited_at, edition=edition)
    return _cached(request, text.encode(), "text/calendar; charset=utf-8")


def _host(base: str) -> str:
    return base.partition("://")[2].partition("/")[0]


def _edition(session: Session, process: OpenProcess, otherwise: datetime) -> tuple[datetime, int]:
    """When the calendar was last edited, and how often, from the log of events."""
    edits = audit.list_events(session, process.id, [ProcessEdited, HearingSet, ActivitySet])
    return (edits[-1].at, len(edits)) if edits else (otherwise, 0)


def _cached(request: Request, body: bytes, media_type: str) -> Response:
    """The same for everybody and not always fetched anew: a program that has this very text is told so."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": KEPT, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)


@router.get("/{locale}/staff/{organisation}/{slug}/subscriptions")
def figures(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    """How many follow the consultation, and whether mail leaves; never whose addresses they are."""
    context = {
        "subscribers": service.subscribers(session, process.id),
        "mail": mail.numbers(session),
        "sends_mail": request.app.state.settings.sends_mail,
        "mail_names": words.MAIL_STATES,
    }
    return staff_page(request, process, actor, "/subscriptions", "subscriptions_desk.html", context)
