"""Publishing a process, withdrawing it while the box is empty, changing a published project."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts import queries as accounts
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.counting.canonical import spec_digest
from participation.counting.spec import BallotSpec
from participation.db import SessionDep
from participation.i18n import lazy as _
from participation.processes import forms, queries, service, words
from participation.processes.access import open_process
from participation.processes.completeness import advice, missing_for_publication
from participation.processes.editor import editor_page, no_such_part, onward, saved
from participation.processes.models import ProcessKind, ProcessState
from participation.processes.publishing import build_spec, next_version
from participation.processes.queries import OpenProcess
from participation.settings import Settings
from participation.templating import locale_of

router = APIRouter()
EDIT = "/{locale}/staff/{organisation}/{slug}/edit"
MayPublish = Annotated[OpenProcess, open_process(Permission.PROCESS_PUBLISH)]
ChangedProcess = Annotated[OpenProcess, open_process(Permission.PROJECT_CHANGE)]
FormFigures = Callable[[Session, OpenProcess, BallotSpec, Settings], Sequence[object]]
"""What `app.state.form_figures` is: sides, sheets and grams of the printed forms, which `paper` prints."""


def _of_a_vote(process: MayPublish) -> OpenProcess:
    """A consultation is published elsewhere: its page, and by itself its questionnaire."""
    if process.process.kind is not ProcessKind.BUDGET:
        raise no_such_part()
    return process


PublishedBy = Annotated[OpenProcess, Depends(_of_a_vote, scope="function")]


@router.get(EDIT + "/publish")
def publication(request: Request, process: PublishedBy, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return _publication_page(request, process, session, actor, at, {}, {})


def _publication_page(
    request: Request,
    found: OpenProcess,
    session: Session,
    actor: ActorDep,
    at: datetime,
    values: forms.Values,
    errors: Any,
) -> Response:
    row = queries.current_spec(session, found.id)
    draft = found.process.state is ProcessState.DRAFT
    gaps = missing_for_publication(session, found.process) if draft else []
    spec = build_spec(session, found, next_version(session, found.id)) if draft or row is None else row.spec
    look: FormFigures = request.app.state.form_figures
    context = {
        "gaps": gaps,
        "advice": advice(session, found.process, at) if draft else [],
        "spec": spec,
        "digest": spec_digest(spec),
        "printed": look(session, found, spec, request.app.state.settings) if found.process.paper else [],
        "team": request.app.state.team.check(session, found) if found.process.paper else None,
        "row": row,
        "windows": queries.windows_of(session, row.id).moments if row and not draft else _planned(found),
        "box_is_empty": row is None or request.app.state.box_is_empty(session, row.id),
        "names": _names(),
        "values": values,
        "errors": errors,
        "saved_words": _("The draft is open again") if draft else _("The vote is published"),
    }
    return editor_page(request, found, actor, "/publish", "publish.html", context, status=422 if errors else 200)


def _planned(found: OpenProcess) -> dict[Any, Any]:
    return dict(queries.voting_of(found.process).windows)


def _names() -> dict[str, Any]:
    return {
        "kinds": words.KINDS,
        "rules": words.RULES,
        "orders": words.ORDERS,
        "utilities": words.UTILITIES,
        "completions": words.COMPLETIONS,
        "tie_breaks": words.TIE_BREAKS,
        "registers": words.REGISTERS,
        "match_fields": words.MATCH_FIELDS,
        "precedences": words.PRECEDENCES,
        "disclosures": words.DISCLOSURES,
        "windows": words.WINDOWS,
        "changes": words.PROJECT_CHANGES,
    }


@router.post(EDIT + "/publish")
def publish(
    request: Request, process: PublishedBy, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.publish(
        session,
        process,
        create_key=request.app.state.keys.create,
        box_is_empty=request.app.state.box_is_empty,
        at=at,
        by=actor,
    )
    reason = str(form.get("team_reason", "")).strip()
    request.app.state.team.note_opening(session, process, reason, account_id=actor.account_id, at=at)
    return onward(request, process, "/publish")


@router.post(EDIT + "/withdraw")
def withdraw(
    request: Request, process: PublishedBy, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    reason, errors = forms.read_reason(form)
    look = request.app.state.box_is_empty
    if saved(
        errors,
        lambda: service.withdraw_publication(
            session, process.process, reason=reason, box_is_empty=look, at=at, by=actor
        ),
    ):
        return onward(request, process, "/publish")
    return _publication_page(request, process, session, actor, at, forms.typed_values(form), errors)


@router.get(EDIT + "/changes")
def changes(request: Request, process: ChangedProcess, session: SessionDep, actor: ActorDep) -> Response:
    return _changes_page(request, process, session, actor, {}, {})


@router.post(EDIT + "/changes")
def change_project(
    request: Request, process: ChangedProcess, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = queries.current_spec(session, process.id)
    if row is None or process.process.state is ProcessState.DRAFT:
        raise no_such_part()
    (question, option, kind, amount, reason), errors = forms.read_change(form)
    if saved(
        errors,
        lambda: service.change_project(
            session, row, question, option, kind, amount=amount, reason=reason, at=at, by=actor
        ),
    ):
        return onward(request, process, "/changes")
    return _changes_page(request, process, session, actor, forms.typed_values(form), errors)


def _changes_page(
    request: Request, found: OpenProcess, session: Session, actor: ActorDep, values: forms.Values, errors: Any
) -> Response:
    row = queries.current_spec(session, found.id)
    past = queries.project_changes(session, row.id) if row else []
    context = {
        "row": row,
        "changes": past,
        "people": accounts.names_of(session, {change.account_id for change in past}),
        "names": _names(),
        "kinds": words.choices(words.PROJECT_CHANGES, locale_of(request)),
        "values": values,
        "errors": errors,
    }
    return editor_page(request, found, actor, "/changes", "changes.html", context, status=422 if errors else 200)
