"""The staff register of contributions over HTTP: the list, one of them, transcribing another."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import grouping, queries, service, words
from participation.consultations.activities import queries as activities
from participation.consultations.activities.models import Activity
from participation.consultations.desk import forms, pictures
from participation.consultations.desk.counted import counted
from participation.consultations.entries import Contributed, ContributionSource
from participation.consultations.filters import read_filter
from participation.consultations.pages import staff_page, theme_choices
from participation.counting.spec import Capture
from participation.db import SessionDep, new_id
from participation.errors import NotFound
from participation.files import Files, serve
from participation.i18n import lazy as _
from participation.i18n import long_date, words_of
from participation.processes.access import open_process
from participation.processes.arrivals import Sent, file_for
from participation.processes.queries import OpenProcess, places_of
from participation.templating import locale_of
from participation.typed import Errors, nonce_of, text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/contributions"
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
SlipDep = Annotated[Sent, file_for(Permission.CONTRIBUTION_RECORD, pictures.WANTED)]
STREAMED = "/contributions/new"
"""How the address ends at which a sheet is transcribed, with its picture."""


@router.get(DESK)
def register(request: Request, process: Viewed, session: SessionDep, actor: ActorDep) -> Response:
    asked = read_filter(request.query_params)
    settings = queries.settings_of(session, process.id)
    locale = locale_of(request)
    context = {
        "next_query": asked.query,
        "listed": queries.listed(session, process.id, asked.of_the_register, asked.cursor, named=True),
        "filter": asked,
        "counted": counted(asked, queries.tally(session, process.id)),
        "themes": theme_choices(settings, locale),
        "kinds": words.named(words.KINDS, locale),
        "channels": words.named(words.CHANNELS, locale),
        "states": words.named(words.STATES, locale),
        "languages": words.named(words.LANGUAGES, locale),
    }
    return staff_page(request, process, actor, "/contributions", "register.html", context)


@router.get(f"{DESK}/new")
def new(request: Request, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    today = at.astimezone(process.zone).date().isoformat()
    kept = {name: request.query_params.get(name, "") for name in ("kind", "channel", "place", "activity", "received")}
    values = {"language": "fr", **kept, "received": kept["received"] or today}
    return _form_page(request, process, session, actor, values, {})


@router.post(f"{DESK}/new")
def record(
    request: Request, sent: SlipDep, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    """Writes one, and goes on to the next sheet of the same pile; or lays a picture of the sheet beside the form."""
    form, settings = sent.fields, request.app.state.settings
    name = text_of(form, "picture", 120)
    if sent.stored:
        name = pictures.lay_down(session, settings, process, sent.stored, at)
    values = _typed(form) | {"picture": name}
    if sent.problem or text_of(form, "act") == "picture":
        wrong = {"file": sent.problem or _("Choose the picture first.")} if sent.problem or not sent.stored else {}
        return _form_page(request, process, session, actor, values, wrong)
    typed, errors = forms.read_transcribed(form, process.zone, at)
    place = _place_id(session, process, typed.place)
    if typed.place and place is None:
        errors["place"] = _("Choose one of the list.")
    activity = _activity_id(session, process, typed.activity)
    if typed.activity and activity is None:
        errors["activity"] = _("Choose one of the list.")
    picture = pictures.laid(session, settings, process, name) if name else None
    if name and picture is None:
        errors["file"], values["picture"] = pictures.GONE, ""
    if errors:
        return _form_page(request, process, session, actor, values, errors)
    entry = Contributed(
        kind=typed.kind,
        text=typed.text,
        title=typed.title,
        language=typed.language,
        received=typed.received,
        nonce=nonce_of(form),
        source=ContributionSource(typed.channel, Capture.KEYED, place, actor.account_id, activity_id=activity),
        author=typed.author,
        theme=typed.theme,
        stance=typed.stance,
        borough=typed.borough,
        people=typed.people,
        files=(pictures.with_contribution(picture),) if picture else (),
    )
    receipt = service.contribute(session, request.app.state.keys, process, entry, at=at)
    onward = f"kind={typed.kind}&channel={typed.channel}&place={typed.place}&activity={typed.activity}"
    onward += f"&received={form.get('received', '')}"
    there = f"/{locale_of(request)}{process.staff_path}/contributions/new?{onward}&done={receipt.number}"
    return RedirectResponse(there, 303)


def _typed(form: FormData) -> dict[str, Any]:
    return {name: str(form.get(name) or "") for name in forms.FIELDS}


def _place_id(session: Session, process: OpenProcess, code: str) -> Any:
    return next((place.id for place in places_of(session, process.id) if place.code == code), None)


def _activity_id(session: Session, process: OpenProcess, number: str) -> uuid.UUID | None:
    rows = activities.activities_of(session, process.id)
    return next((row.id for row in rows if str(row.number) == number), None)


def _activity_choices(process: OpenProcess, rows: Sequence[Activity], locale: str) -> list[tuple[str, str]]:
    """(number, day and title) of the activities, the last first."""
    days = {row.number: long_date(row.starts_at.astimezone(process.zone).date(), locale) for row in rows}
    return [(str(row.number), f"{days[row.number]} – {words_of(row.title, locale)}") for row in reversed(rows)]


def _form_page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    settings = queries.settings_of(session, process.id)
    locale = locale_of(request)
    beside = pictures.laid(session, request.app.state.settings, process, values.get("picture", ""))
    context = {
        "values": values,
        "errors": errors,
        "beside": beside,
        "most": pictures.LIMITS.megabytes,
        "nonce": values.get("nonce") or str(new_id()),
        "kinds": words.named({kind: words.KINDS[kind] for kind in forms.TRANSCRIBED}, locale),
        "channels": words.named({channel: words.CHANNELS[channel] for channel in forms.BY_STAFF}, locale),
        "places": [(place.code, place.name) for place in places_of(session, process.id)],
        "activities": _activity_choices(process, activities.activities_of(session, process.id), locale),
        "themes": theme_choices(settings, locale),
        "stances": words.named(words.STANCES, locale) if settings.stances else [],
        "languages": words.named(words.LANGUAGES, locale),
        "done": request.query_params.get("done", "")[:9] if not errors else "",
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/contributions/new", "transcribe.html", context, status=status)


@router.get(f"{DESK}/new/picture/{{name}}")
def picture(request: Request, process: Recorded, name: str, session: SessionDep) -> Response:
    """The picture that lies beside the form."""
    settings = request.app.state.settings
    file = pictures.laid(session, settings, process, name)
    if file is None:
        raise NotFound(_("This picture is no longer there."))
    return serve(Files(settings), file, "sheet", in_place=True)


@router.get(f"{DESK}/{{number:int}}")
def one(request: Request, process: Viewed, number: int, session: SessionDep, actor: ActorDep) -> Response:
    row = queries.by_number(session, process.id, number)
    if row is None:
        raise NotFound(_("There is no contribution with this number."))
    locale = locale_of(request)
    context = {
        "shown": queries.one(session, row.id, named=True),
        "row": row,
        "author": queries.contributor_of(session, row.id),
        "versions": queries.versions_of(session, row.id),
        "decisions": queries.decisions_of(session, row.id),
        "files": queries.attachments_of(session, row.id),
        "same": grouping.group_of(session, row),
        "decision_names": words.DECISIONS,
        "theme_titles": dict(theme_choices(queries.settings_of(session, process.id), locale)),
        "place": next((place.name for place in places_of(session, process.id) if place.id == row.place_id), {}),
        "activity": session.get(Activity, row.activity_id) if row.activity_id else None,
        "spoken": words.LANGUAGES,
    }
    return staff_page(request, process, actor, "/contributions", "contribution.html", context)
