"""The set-up of a questionnaire over HTTP: its outline, its settings, its assessment, preview, publication."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts import queries as accounts
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.counting.canonical import spec_digest
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes import queries as processes
from participation.processes.access import open_process
from participation.processes.editor import editor_page, found_or_new, no_such_part, onward, saved
from participation.processes.forms import Values, typed_values
from participation.processes.models import Process, ProcessKind, ProcessState
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


@dataclass(frozen=True, slots=True)
class Editing:
    """Somebody at work on the questionnaire of a consultation, and what it is so far."""

    request: Request
    session: Session
    opened: OpenProcess
    found: Outline
    actor: Actor
    at: datetime

    @property
    def process(self) -> Process:
        return self.opened.process

    @property
    def frozen(self) -> bool:
        """Whether it is published: then nothing that people answer can change."""
        return self.found.sheet.state is not ProcessState.DRAFT

    @property
    def hand(self) -> Mapping[str, Any]:
        """What every verb is told: who acts, and when."""
        return {"at": self.at, "by": self.actor}

    def page(self, template: str, **context: Any) -> Response:
        """A page of the editor; 422 where it gives a form back."""
        status = 422 if context.get("errors") else 200
        shown = {"frozen": self.frozen, **context}
        return editor_page(self.request, self.opened, self.actor, TAB, template, shown, status=status)

    def save(self, errors: Errors, verb: Callable[..., object], *what: Any, **more: Any) -> bool:
        """Whether it was written; where not, `errors` says why."""
        return saved(errors, partial(verb, self.session, self.process, *what, **more, **self.hand))

    def done(self) -> Response:
        return onward(self.request, self.opened, TAB)


def _editing(
    request: Request,
    process: Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)],
    session: SessionDep,
    actor: ActorDep,
    at: AtDep,
) -> Editing:
    outline = queries.outline(session, _of_a_consultation(process).id)
    return Editing(request, session, process, outline, actor, at)


def _published_by(process: Annotated[OpenProcess, open_process(Permission.PROCESS_PUBLISH)]) -> OpenProcess:
    return _of_a_consultation(process)


EditingDep = Annotated[Editing, Depends(_editing, scope="function")]
PublishedByDep = Annotated[OpenProcess, Depends(_published_by, scope="function")]


def _theme_or_new(theme_id: str, editing: EditingDep) -> Theme | None:
    return found_or_new(theme_id, lambda: _by_id(editing.found.themes, theme_id))


def _question_or_new(question_id: str, editing: EditingDep) -> DraftQuestion | None:
    return found_or_new(question_id, lambda: _by_id(editing.found.questions, question_id))


def _by_id(rows: tuple[Any, ...], key: str) -> Any:
    return next((row for row in rows if str(row.id) == key), None)


ThemeOrNewDep = Annotated[Theme | None, Depends(_theme_or_new, scope="function")]
QuestionOrNewDep = Annotated[DraftQuestion | None, Depends(_question_or_new, scope="function")]


@router.get(HERE)
def outline(editing: EditingDep) -> Response:
    found, session, process = editing.found, editing.session, editing.opened
    row = processes.current_spec(session, process.id)
    return editing.page(
        "questionnaire_outline.html",
        outline=found,
        number=found.number,
        kind_names=KINDS,
        gaps=missing(process.process, found),
        row=row,
        may_publish=editing.actor.may(Permission.PROCESS_PUBLISH, process.organisation.id, process.id),
        box_is_empty=row is None or editing.request.app.state.box_is_empty(session, row.id),
        digest=row.digest if row else "",
        windows=processes.windows_of(session, row.id).moments if row else {},
        assessed_by=_name(session, found.sheet.assessed_by),
    )


def _name(session: Session, account_id: uuid.UUID | None) -> str:
    return accounts.names_of(session, {account_id}).get(account_id, "") if account_id else ""


@router.get(HERE + "/settings")
def settings(editing: EditingDep) -> Response:
    phases = processes.phases_of(editing.session, editing.opened.id)
    return editing.page(
        "questionnaire_settings.html", values=forms.settings_values(editing.process, editing.found, phases)
    )


@router.post(HERE + "/settings")
def save_settings(editing: EditingDep, form: FormDep) -> Response:
    read, errors = (forms.read_keying(form), {}) if editing.frozen else forms.read_settings(form, editing.process)
    if editing.save(errors, service.save_settings, read):
        return editing.done()
    return editing.page("questionnaire_settings.html", values=typed_values(form), errors=errors)


@router.get(HERE + "/assessment")
def assessment(editing: EditingDep) -> Response:
    values = {name: getattr(editing.found.sheet, name) for name in ("purpose", "necessity", "ethics")}
    return editing.page("questionnaire_assessment.html", values=values)


@router.post(HERE + "/assessment")
def save_assessment(editing: EditingDep, form: FormDep) -> Response:
    read, errors = forms.read_assessment(form)
    if editing.save(errors, service.save_assessment, read):
        return editing.done()
    return editing.page("questionnaire_assessment.html", values=typed_values(form), errors=errors)


@router.get(HERE + "/themes/{theme_id}")
def theme(theme: ThemeOrNewDep, editing: EditingDep) -> Response:
    title = theme.title if theme else {}
    values = {f"title_{locale}": words for locale, words in title.items()}
    return editing.page("questionnaire_theme.html", theme=theme, values=values)


@router.post(HERE + "/themes/{theme_id}")
def save_theme(theme: ThemeOrNewDep, editing: EditingDep, form: FormDep) -> Response:
    title, errors = forms.read_theme(form)
    if editing.save(errors, service.save_theme, title, theme=theme):
        return editing.done()
    return editing.page("questionnaire_theme.html", theme=theme, values=typed_values(form), errors=errors)


@router.get(HERE + "/questions/{question_id}")
def question(question: QuestionOrNewDep, editing: EditingDep) -> Response:
    asked_for = _by_id(editing.found.themes, editing.request.query_params.get("theme", ""))
    return _question_page(editing, question, forms.question_values(question, asked_for), {})


@router.post(HERE + "/questions/{question_id}")
def save_question(question: QuestionOrNewDep, editing: EditingDep, form: FormDep) -> Response:
    draft, errors = forms.read_question(form, editing.found, question)
    if editing.save(errors, service.save_question, draft, question=question):
        return editing.done()
    values = {**typed_values(form), "condition": form.getlist("condition")}
    return _question_page(editing, question, values, errors)


def _question_page(editing: Editing, question: DraftQuestion | None, values: Values, errors: Errors) -> Response:
    return editing.page(
        "questionnaire_question.html",
        question=question,
        number=editing.found.number,
        themes=editing.found.themes,
        deciding=forms.deciding(editing.found, question),
        kinds=explained(KINDS, KIND_HINTS, locale_of(editing.request)),
        values=values,
        errors=errors,
    )


@router.post(HERE + "/move")
def move(editing: EditingDep, form: FormDep) -> Response:
    what = _by_id((*editing.found.themes, *editing.found.questions), text_of(form, "what"))
    if what is None:
        raise no_such_part()
    way = -1 if text_of(form, "way") == "up" else 1
    service.move(editing.session, editing.process, what, way, **editing.hand)
    return editing.done()


@router.get(HERE + "/{kind}/{key}/remove")
def ask_to_remove(kind: str, key: str, editing: EditingDep) -> Response:
    return editing.page("questionnaire_remove.html", what=_removable(editing.found, kind, key).title)


@router.post(HERE + "/{kind}/{key}/remove")
def remove(kind: str, key: str, editing: EditingDep, form: FormDep) -> Response:
    service.remove(editing.session, editing.process, _removable(editing.found, kind, key), **editing.hand)
    return editing.done()


def _removable(found: Outline, kind: str, key: str) -> Theme | DraftQuestion:
    rows: dict[str, tuple[Any, ...]] = {"themes": found.themes, "questions": found.questions}
    what: Theme | DraftQuestion | None = _by_id(rows.get(kind, ()), key)
    if what is None:
        raise no_such_part()
    return what


@router.get(HERE + "/preview")
def preview(editing: EditingDep) -> Response:
    """As the public will see it, all themes on one page; nothing can be sent from here."""
    spec = service.build_spec(editing.opened, editing.found, next_version(editing.session, editing.opened.id))
    return editing.page(
        "questionnaire_preview.html",
        spec=spec,
        digest=spec_digest(spec),
        sections=queries.sections(spec),
        gaps=missing(editing.process, editing.found),
    )


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
