"""The set-up of a questionnaire over HTTP: its outline, its settings, its assessment, preview, publication."""

import uuid
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts import queries as accounts
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.counting.canonical import spec_digest
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes import queries as processes
from participation.processes.access import open_process
from participation.processes.editor import editor_page, found_or_new, no_such_part, onward, saved
from participation.processes.forms import Values, typed_values
from participation.processes.models import ProcessKind, ProcessState
from participation.processes.publishing import next_version
from participation.processes.queries import OpenProcess
from participation.processes.questionnaires import forms, queries, service
from participation.processes.questionnaires.completeness import missing
from participation.processes.questionnaires.models import DraftQuestion, Theme
from participation.processes.questionnaires.queries import Outline
from participation.processes.questionnaires.words import KIND_HINTS, KINDS
from participation.processes.words import explained
from participation.templating import locale_of
from participation.typed import Errors, text_of

router = APIRouter()
TAB = "/questionnaire"
HERE = "/{locale}/staff/{organisation}/{slug}/edit/questionnaire"


def _of_a_consultation(process: OpenProcess) -> OpenProcess:
    if process.process.kind is not ProcessKind.CONSULTATION:
        raise Conflict(_("This vote has no questionnaire."))
    return process


def _edited(process: Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]) -> OpenProcess:
    return _of_a_consultation(process)


def _published_by(process: Annotated[OpenProcess, open_process(Permission.PROCESS_PUBLISH)]) -> OpenProcess:
    return _of_a_consultation(process)


EditedDep = Annotated[OpenProcess, Depends(_edited, scope="function")]
PublishedByDep = Annotated[OpenProcess, Depends(_published_by, scope="function")]


def _outline(process: EditedDep, session: SessionDep) -> Outline:
    return queries.outline(session, process.id)


OutlineDep = Annotated[Outline, Depends(_outline, scope="function")]


def _theme_or_new(theme_id: str, found: OutlineDep) -> Theme | None:
    return found_or_new(theme_id, lambda: _by_id(found.themes, theme_id))


def _question_or_new(question_id: str, found: OutlineDep) -> DraftQuestion | None:
    return found_or_new(question_id, lambda: _by_id(found.questions, question_id))


def _by_id(rows: tuple[Any, ...], key: str) -> Any:
    return next((row for row in rows if str(row.id) == key), None)


ThemeOrNewDep = Annotated[Theme | None, Depends(_theme_or_new, scope="function")]
QuestionOrNewDep = Annotated[DraftQuestion | None, Depends(_question_or_new, scope="function")]


def _page(
    request: Request, process: OpenProcess, actor: ActorDep, found: Outline, template: str, context: dict[str, Any]
) -> Response:
    frozen = found.sheet.state is not ProcessState.DRAFT
    status = 422 if context.get("errors") else 200
    return editor_page(request, process, actor, TAB, template, {"frozen": frozen, **context}, status=status)


@router.get(HERE)
def outline(request: Request, process: EditedDep, found: OutlineDep, session: SessionDep, actor: ActorDep) -> Response:
    row = processes.current_spec(session, process.id)
    context = {
        "outline": found,
        "number": found.number,
        "kind_names": KINDS,
        "gaps": missing(process.process, found),
        "row": row,
        "may_publish": actor.may(Permission.PROCESS_PUBLISH, process.organisation.id, process.id),
        "box_is_empty": row is None or request.app.state.box_is_empty(session, row.id),
        "digest": row.digest if row else "",
        "windows": processes.windows_of(session, row.id).moments if row else {},
        "assessed_by": _name(session, found.sheet.assessed_by),
    }
    return _page(request, process, actor, found, "questionnaire_outline.html", context)


def _name(session: Session, account_id: uuid.UUID | None) -> str:
    return accounts.names_of(session, {account_id}).get(account_id, "") if account_id else ""


@router.get(HERE + "/settings")
def settings(request: Request, process: EditedDep, found: OutlineDep, session: SessionDep, actor: ActorDep) -> Response:
    values = forms.settings_values(process.process, found, processes.phases_of(session, process.id))
    return _page(request, process, actor, found, "questionnaire_settings.html", {"values": values})


@router.post(HERE + "/settings")
def save_settings(
    request: Request,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    frozen = found.sheet.state is not ProcessState.DRAFT
    read, errors = (forms.read_keying(form), {}) if frozen else forms.read_settings(form, process.process)
    if saved(errors, partial(service.save_settings, session, process.process, read, at=at, by=actor)):
        return onward(request, process, TAB)
    return _page(
        request, process, actor, found, "questionnaire_settings.html", {"values": typed_values(form), "errors": errors}
    )


@router.get(HERE + "/assessment")
def assessment(request: Request, process: EditedDep, found: OutlineDep, actor: ActorDep) -> Response:
    values = {name: getattr(found.sheet, name) for name in ("purpose", "necessity", "ethics")}
    return _page(request, process, actor, found, "questionnaire_assessment.html", {"values": values})


@router.post(HERE + "/assessment")
def save_assessment(
    request: Request,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    read, errors = forms.read_assessment(form)
    if saved(errors, partial(service.save_assessment, session, process.process, read, at=at, by=actor)):
        return onward(request, process, TAB)
    return _page(
        request,
        process,
        actor,
        found,
        "questionnaire_assessment.html",
        {"values": typed_values(form), "errors": errors},
    )


@router.get(HERE + "/themes/{theme_id}")
def theme(request: Request, theme: ThemeOrNewDep, process: EditedDep, found: OutlineDep, actor: ActorDep) -> Response:
    title = theme.title if theme else {}
    values = {f"title_{locale}": words for locale, words in title.items()}
    return _page(request, process, actor, found, "questionnaire_theme.html", {"theme": theme, "values": values})


@router.post(HERE + "/themes/{theme_id}")
def save_theme(
    request: Request,
    theme: ThemeOrNewDep,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    title, errors = forms.read_theme(form)
    if saved(errors, partial(service.save_theme, session, process.process, title, theme=theme, at=at, by=actor)):
        return onward(request, process, TAB)
    context = {"theme": theme, "values": typed_values(form), "errors": errors}
    return _page(request, process, actor, found, "questionnaire_theme.html", context)


@router.get(HERE + "/questions/{question_id}")
def question(
    request: Request, question: QuestionOrNewDep, process: EditedDep, found: OutlineDep, actor: ActorDep
) -> Response:
    asked_for = _by_id(found.themes, request.query_params.get("theme", ""))
    values = forms.question_values(question, asked_for)
    return _question_page(request, process, actor, found, question, values, {})


@router.post(HERE + "/questions/{question_id}")
def save_question(
    request: Request,
    question: QuestionOrNewDep,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    draft, errors = forms.read_question(form, found, question)
    if saved(
        errors, partial(service.save_question, session, process.process, draft, question=question, at=at, by=actor)
    ):
        return onward(request, process, TAB)
    values = {**typed_values(form), "condition": form.getlist("condition")}
    return _question_page(request, process, actor, found, question, values, errors)


def _question_page(
    request: Request,
    process: OpenProcess,
    actor: ActorDep,
    found: Outline,
    question: DraftQuestion | None,
    values: Values,
    errors: Errors,
) -> Response:
    context = {
        "question": question,
        "number": found.number,
        "themes": found.themes,
        "deciding": forms.deciding(found, question),
        "kinds": explained(KINDS, KIND_HINTS, locale_of(request)),
        "values": values,
        "errors": errors,
    }
    return _page(request, process, actor, found, "questionnaire_question.html", context)


@router.post(HERE + "/move")
def move(
    request: Request,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    what = _by_id((*found.themes, *found.questions), text_of(form, "what"))
    if what is None:
        raise no_such_part()
    service.move(session, process.process, what, -1 if text_of(form, "way") == "up" else 1, at=at, by=actor)
    return onward(request, process, TAB)


@router.get(HERE + "/{kind}/{key}/remove")
def ask_to_remove(
    request: Request, kind: str, key: str, process: EditedDep, found: OutlineDep, actor: ActorDep
) -> Response:
    what = _removable(found, kind, key)
    return _page(request, process, actor, found, "questionnaire_remove.html", {"what": what.title})


@router.post(HERE + "/{kind}/{key}/remove")
def remove(
    request: Request,
    kind: str,
    key: str,
    process: EditedDep,
    found: OutlineDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.remove(session, process.process, _removable(found, kind, key), at=at, by=actor)
    return onward(request, process, TAB)


def _removable(found: Outline, kind: str, key: str) -> Theme | DraftQuestion:
    rows: dict[str, tuple[Any, ...]] = {"themes": found.themes, "questions": found.questions}
    what: Theme | DraftQuestion | None = _by_id(rows.get(kind, ()), key)
    if what is None:
        raise no_such_part()
    return what


@router.get(HERE + "/preview")
def preview(request: Request, process: EditedDep, found: OutlineDep, session: SessionDep, actor: ActorDep) -> Response:
    """As the public will see it, all themes on one page; nothing can be sent from here."""
    spec = service.build_spec(process, found, next_version(session, process.id))
    context = {
        "spec": spec,
        "digest": spec_digest(spec),
        "sections": queries.sections(spec),
        "gaps": missing(process.process, found),
    }
    return _page(request, process, actor, found, "questionnaire_preview.html", context)


@router.post(HERE + "/publish")
def publish(
    request: Request, process: PublishedByDep, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.publish(session, process, box_is_empty=request.app.state.box_is_empty, at=at, by=actor)
    return onward(request, process, TAB)


@router.post(HERE + "/reopen")
def reopen(
    request: Request, process: PublishedByDep, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.reopen(session, process, box_is_empty=request.app.state.box_is_empty, at=at, by=actor)
    return onward(request, process, TAB)
