"""The moderators' desk over HTTP, and the public page of the charter with its log."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import queries as contributions
from participation.consultations import service, suspensions, words
from participation.consultations.briefs import service as briefs
from participation.consultations.forms import read_decision
from participation.consultations.models import ConsultationSettings, ContributionKind
from participation.consultations.moderation import queries
from participation.consultations.moderation.forms import read_seen
from participation.consultations.moderation.routes_one import OnePage, found_or_404
from participation.consultations.moderation.settings import (
    read_project_comments,
    read_settings,
    save_settings,
    settings_values,
)
from participation.consultations.pages import public_page, staff_page
from participation.consultations.questions import service as questions
from participation.db import SessionDep
from participation.errors import Conflict
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/moderation"
MOST_FLAGS = 50
"""Reports and appeals on one page, the oldest first."""
Moderated = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(DESK)
def desk(request: Request, process: Moderated, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return _desk(request, process, session, actor, at, {})


@router.post(f"{DESK}/{{number:int}}")
def decide(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """One decision. Where somebody was faster, or the text has changed, the page says so."""
    row = found_or_404(session, process, number)
    (reason, note), errors = read_decision(form)
    if errors:
        return _desk(request, process, session, actor, at, errors, number, text_of(form, "note", 500))
    try:
        service.decide(session, process, row, reason, note, at=at, by=actor.account_id, seen=read_seen(form))
    except Conflict as error:
        page = OnePage(request, process, session, actor, at)
        typed = {"note": note, "reason": reason}
        return page.answer(row, typed, {"": error.message}, error.status, todo=error.todo)
    if row.kind is ContributionKind.QUESTION:
        questions.settle(session, process, row)
    if row.kind is ContributionKind.BRIEF:
        briefs.settle(session, process, row, at=at, by=actor.account_id)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/moderation?decided={number}", 303)


def _desk(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    at: datetime,
    errors: Errors,
    number: int = 0,
    note: str = "",
) -> Response:
    waiting, next_cursor = queries.queue(session, process.id, request.query_params.get("from", "")[:400])
    flags = contributions.open_flags(session, process.id, MOST_FLAGS + 1)
    shown = contributions.some(session, [row.id for _flag, row in flags], named=True)
    context = {
        "waiting": waiting,
        "pictures": contributions.pictures_of(session, [*shown, *(item.shown.id for item in waiting)]),
        "next_url": f"?from={next_cursor}" if next_cursor else "",
        "flagged": queries.flagged(flags[:MOST_FLAGS], shown),
        "more_flags": len(flags) > MOST_FLAGS,
        "suspensions": suspensions.running(session, process.id, at),
        "reasons": words.named(words.REASONS, locale_of(request)),
        "spotted_names": words.SPOTTED,
        "errors": errors,
        "wrong": number,
        "note": note,
        "decided": request.query_params.get("decided", "")[:9],
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/moderation", "moderation.html", context, status=status)


@router.get(f"{DESK}/settings")
def settings(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    values = settings_values(contributions.settings_of(session, process.id))
    values["project_comments"] = process.process.project_comments
    return _settings_page(request, process, actor, values, {})


@router.post(f"{DESK}/settings")
def change_settings(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    draft, errors = read_settings(form, contributions.settings_of(session, process.id).themes)
    if errors:
        names = (*settings_values(ConsultationSettings(process_id=process.id)), "project_comments")
        return _settings_page(request, process, actor, {name: str(form.get(name) or "") for name in names}, errors)
    save_settings(session, Hand(process, actor.account_id, at), draft, read_project_comments(form))
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/moderation/settings?saved=1", 303)


def _settings_page(
    request: Request, process: OpenProcess, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    context = {
        "values": values,
        "errors": errors,
        "moderations": words.explained(locale_of(request)),
        "project_choices": words.named(words.PROJECT_COMMENTS, locale_of(request)),
        "saved": "saved" in request.query_params and not errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/moderation", "contribution_settings.html", context, status=status)


@router.get("/{locale}/{organisation}/{slug}/moderation")
def charter(
    request: Request, process: Annotated[OpenProcess, PUBLIC_PROCESS], session: SessionDep, at: AtDep
) -> Response:
    """The rules, how often each was used, and the newest decisions, without anybody's name."""
    context = {
        "settings": contributions.settings_of(session, process.id),
        "moderation_names": words.MODERATIONS,
        "reason_names": words.REASONS,
        "decision_names": words.DECISIONS,
        "kind_names": words.KINDS,
        "refusals": queries.refusals(session, process.id),
        "log": queries.public_log(session, process.id),
        "suspended": len(suspensions.running(session, process.id, at)),
    }
    return public_page(request, process, "charter.html", context, headers={"Cache-Control": MINUTE})
