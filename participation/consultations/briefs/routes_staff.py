"""Briefs for staff over HTTP: the list, a deposit at the counter, one with its copy for the public and its decision."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import forms as contribution_forms
from participation.consultations import queries as contributions
from participation.consultations import service as contribution_service
from participation.consultations import words
from participation.consultations.briefs import forms, queries, service
from participation.consultations.briefs.taking import LIMITS, WANTED
from participation.consultations.briefs.words import ONLY, WHO
from participation.consultations.documents.words import FAULTS
from participation.consultations.entries import ContributionSource
from participation.consultations.models import Contribution, ContributionKind
from participation.consultations.pages import staff_page, theme_choices
from participation.counting.spec import Capture
from participation.db import SessionDep, new_id
from participation.errors import Conflict, NotFound
from participation.files import Files, Stored, kept_file, serve
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.arrivals import Sent, file_for
from participation.processes.queries import OpenProcess, places_of
from participation.register.identity import grouped, normalise_code
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/briefs"
STREAMED = "/redacted"
"""How the address ends at which a copy for the public is brought."""
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
Decided = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]
DepositDep = Annotated[Sent, file_for(Permission.CONTRIBUTION_RECORD, WANTED)]
CopyDep = Annotated[Sent, file_for(Permission.CONTRIBUTION_MODERATE, WANTED)]


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep) -> Response:
    locale = locale_of(request)
    rows, next_before = queries.listed(session, process.id, forms.read_wanted(request.query_params))
    kept = {name: request.query_params.get(name, "") for name in ("state", "only")}
    context = {
        "briefs": rows,
        "filter": kept,
        "next_url": f"?{urlencode({**kept, 'before': next_before})}" if next_before else "",
        "states": words.named(words.STATES, locale),
        "only": words.named(ONLY, locale),
    }
    return staff_page(request, process, actor, "/briefs", "briefs_desk.html", context)


@router.get(f"{DESK}/new")
def new(request: Request, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    today = at.astimezone(process.zone).date().isoformat()
    values = {"who": "person", "language": "fr", "channel": "counter", "received": today}
    return _form_page(request, process, session, actor, values, {})


@router.post(f"{DESK}/new")
def deposit(
    request: Request, sent: DepositDep, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    """One brought on paper or on a key, sent by post or by e-mail: kept whenever it came."""
    settings = contributions.settings_of(session, process.id)
    themes = frozenset(theme["code"] for theme in settings.themes)
    has_file = bool(sent.stored or sent.problem)
    read, errors = forms.read_deposit(sent.fields, themes=themes, has_file=has_file, by_staff=True)
    counter, more = forms.read_counter(sent.fields, process.zone, at)
    place = next((each.id for each in places_of(session, process.id) if each.code == counter.place), None)
    errors |= more | ({"place": _("Choose one of the list.")} if counter.place and place is None else {})
    if errors or sent.problem:
        return _form_page(request, process, session, actor, forms.typed_values(sent.fields), errors | sent.lost)
    source = ContributionSource(counter.channel, Capture.KEYED, place, actor.account_id)
    door = service.Door(counter.received, nonce_of(sent.fields), source)
    receipt = service.deposit(session, request.app.state.keys, process, read, sent.stored, door, at=at)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/briefs/receipt/{receipt.code}", 303)


def _form_page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    locale = locale_of(request)
    context = {
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "who": words.named(WHO, locale),
        "channels": words.named({each: words.CHANNELS[each] for each in forms.BY_STAFF}, locale),
        "places": [(place.code, place.name) for place in places_of(session, process.id)],
        "themes": theme_choices(contributions.settings_of(session, process.id), locale),
        "languages": words.named(words.LANGUAGES, locale),
        "most": LIMITS.megabytes,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/briefs/new", "briefs_counter.html", context, status=status)


@router.get(f"{DESK}/receipt/{{code}}")
def receipt(request: Request, process: Recorded, code: str, session: SessionDep, actor: ActorDep) -> Response:
    """What is printed or written down for whoever brought it."""
    bare = normalise_code(code)
    row = contributions.by_receipt(session, request.app.state.keys.plain_hash(bare))
    if row is None or row.process_id != process.id or row.kind is not ContributionKind.BRIEF:
        raise NotFound(_("There is no brief with this code."))
    context = {"shown": contributions.one(session, row.id, named=True), "code": grouped(bare)}
    return staff_page(request, process, actor, "/briefs/new", "briefs_receipt.html", context)


@router.get(f"{DESK}/{{number:int}}")
def one(request: Request, process: Viewed, number: int, session: SessionDep, actor: ActorDep) -> Response:
    return _page(request, process, session, actor, _row(session, process, number), {})


@router.get(f"{DESK}/{{number:int}}/redacted")
def again(request: Request, process: Viewed, number: int) -> Response:
    """Whoever reloads the address at which a copy was brought is back on the page of the brief."""
    return _to(request, process, number, "")


@router.post(f"{DESK}/{{number:int}}/redacted")
def redact(
    request: Request, sent: CopyDep, process: Decided, number: int, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    removes = bool(sent.fields.get("remove"))
    if sent.stored is None and not removes:
        problem = sent.problem or _("Choose the file of the copy for the public.")
        return _page(request, process, session, actor, row, {"file": problem})
    service.redact(session, process, row, None if removes else sent.stored, at=at, by=actor.account_id)
    return _to(request, process, number, "?said=saved")


@router.post(f"{DESK}/{{number:int}}/decide")
def decide(
    request: Request, process: Decided, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    (reason, note), errors = contribution_forms.read_decision(form)
    if not errors:
        try:
            contribution_service.decide(session, process, row, reason, note, at=at, by=actor.account_id)
        except Conflict as error:
            errors = {"": error.message}
    if errors:
        return _page(request, process, session, actor, row, errors, str(form.get("note") or "")[:500])
    service.settle(session, process, row, at=at, by=actor.account_id)
    return _to(request, process, number, "?said=decided")


@router.get(f"{DESK}/{{number:int}}/files/{{role}}")
def file(request: Request, process: Viewed, number: int, role: str, session: SessionDep) -> Response:
    """The original or the copy for the public, saved and never opened in the page."""
    (brief,) = queries.some(session, [_row(session, process, number).id], named=True)
    found = {"original": brief.original, "redacted": brief.redacted}.get(role)
    if found is None:
        raise NotFound(_("This brief has no such file."))
    stored = kept_file(Stored(found.digest, found.size, found.media_type))
    return serve(Files(request.app.state.settings), stored, f"{brief.shown.reference}-{role}")


def _row(session: Session, process: OpenProcess, number: int) -> Contribution:
    row = contributions.by_number(session, process.id, number)
    if row is None or row.kind is not ContributionKind.BRIEF:
        raise NotFound(_("There is no brief with this number."))
    return row


def _to(request: Request, process: OpenProcess, number: int, query: str) -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/briefs/{number}{query}", 303)


def _page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    row: Contribution,
    errors: Errors,
    note: str = "",
) -> Response:
    decisions = contributions.decisions_of(session, row.id)
    context = {
        "brief": queries.some(session, [row.id], named=True)[0],
        "author": contributions.contributor_of(session, row.id),
        "decisions": decisions,
        "decision_names": words.DECISIONS,
        "faults": FAULTS,
        "reasons": words.named(words.REASONS, locale_of(request)),
        "spoken": words.LANGUAGES,
        "values": {"note": note},
        "errors": errors,
        "said": request.query_params.get("said", "") if not errors else "",
        "most": LIMITS.megabytes,
    }
    return staff_page(request, process, actor, "/briefs", "brief_desk.html", context, status=422 if errors else 200)
