"""The office's desk of questions over HTTP: who must answer, by when, the answer, questions that ask the same."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import queries as contributions
from participation.consultations import words
from participation.consultations.models import Contribution, ContributionKind
from participation.consultations.pages import staff_page, theme_choices
from participation.consultations.questions import forms, queries, service
from participation.consultations.questions.words import STATES
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/questions"
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Answered = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
FILTERS = ("state", "theme", "respondent", "overdue")


@router.get(DESK)
def desk(request: Request, process: Viewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    locale, today = locale_of(request), at.astimezone(process.zone).date()
    respondents = queries.respondents_of(session, process.id)
    page = queries.listed(session, process, forms.read_asked(request.query_params, respondents), today, named=True)
    kept = {name: request.query_params.get(name, "") for name in FILTERS}
    context = {
        "listed": page,
        "filter": kept,
        "next_url": f"?{urlencode({**kept, 'before': page.next_before})}" if page.next_before else "",
        "overdue": queries.overdue_number(session, process, today),
        "states": words.named(STATES, locale),
        "question_states": STATES,
        "respondents": [(str(row.id), words_of(row.name, locale)) for row in respondents],
        "themes": theme_choices(contributions.settings_of(session, process.id), locale),
    }
    return staff_page(request, process, actor, "/questions", "questions_desk.html", context)


@router.get(f"{DESK}/settings")
def settings(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    found = queries.settings_of(session, process.id), queries.respondents_of(session, process.id)
    return _settings_page(request, process, actor, forms.settings_values(*found), {})


@router.post(f"{DESK}/settings")
def change_settings(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    draft, errors = forms.read_settings(form)
    if not errors:
        try:
            with session.begin_nested():
                service.save_settings(session, process, draft, at=at, by=actor.account_id)
        except Conflict as error:
            errors = {"respondents": error.message}
    if errors:
        return _settings_page(request, process, actor, _typed(form, ("working_days", "respondents")), errors)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/questions/settings?saved=1", 303)


def _settings_page(
    request: Request, process: OpenProcess, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    context = {"values": values, "errors": errors, "saved": "saved" in request.query_params and not errors}
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/questions", "questions_settings.html", context, status=status)


@router.get(f"{DESK}/{{number:int}}")
def one(request: Request, process: Viewed, number: int, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return _page(request, process, session, actor, _row(session, process, number), at, {}, {})


@router.post(f"{DESK}/{{number:int}}/send")
def send(
    request: Request, process: Answered, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    sending, errors = forms.read_sending(form, queries.respondents_of(session, process.id))
    if errors:
        return _page(request, process, session, actor, row, at, _typed(form, ("respondent", "due")), errors)
    service.send(session, process, row, sending.respondent_id, sending.due, at=at, by=actor.account_id)
    return _to(request, process, number, "saved")


@router.post(f"{DESK}/{{number:int}}/answer")
def answer(
    request: Request, process: Answered, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """Another version: a draft, or at once for everybody. What is refused comes back with its text."""
    row = _row(session, process, number)
    draft, errors = forms.read_answer(form, queries.respondents_of(session, process.id))
    status, publish = 422, text_of(form, "act") == "publish"
    if not errors:
        try:
            service.answer(session, process, row, draft, publish=publish, at=at, by=actor.account_id)
        except Conflict as error:
            errors, status = {"": error.message, **({"text_fr": error.todo} if error.todo else {})}, error.status
        else:
            return _to(request, process, number, "published" if publish else "kept")
    return _page(request, process, session, actor, row, at, _typed(form, forms.ANSWER_FIELDS), errors, status)


@router.post(f"{DESK}/{{number:int}}/merge")
def merge(
    request: Request, process: Answered, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row, into = _row(session, process, number), text_of(form, "into").upper().removeprefix("Q-")
    errors: Errors = {}
    if not into.isdecimal():
        errors["into"] = _("Write the number of the other question, such as Q-12.")
    else:
        try:
            service.merge(session, process, row, int(into[:9]), at=at, by=actor.account_id)
        except (Conflict, NotFound) as error:
            errors["into"] = error.message
    if errors:
        return _page(request, process, session, actor, row, at, {"into": text_of(form, "into")}, errors)
    return _to(request, process, number, "saved")


@router.post(f"{DESK}/{{number:int}}/part")
def part(
    request: Request, process: Answered, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.part(session, process, _row(session, process, number), at=at, by=actor.account_id)
    return _to(request, process, number, "saved")


def _row(session: Session, process: OpenProcess, number: int) -> Contribution:
    row = contributions.by_number(session, process.id, number)
    if row is None or row.kind is not ContributionKind.QUESTION:
        raise NotFound(_("There is no question with this number."))
    return row


def _to(request: Request, process: OpenProcess, number: int, said: str) -> Response:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/questions/{number}?said={said}", 303)


def _typed(form: FormData, names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(form.get(name) or "") for name in names}


def _page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    row: Contribution,
    at: Any,
    typed: dict[str, str],
    errors: Errors,
    status: int = 422,
) -> Response:
    locale = locale_of(request)
    question, versions = queries.question_of(session, row.id), queries.answers_of(session, row.id)
    context = {
        "row": queries.row_of(session, process, row, at.astimezone(process.zone).date()),
        "followed": queries.followed(session, process, row),
        "others": queries.same_as(session, row.id),
        "author": contributions.contributor_of(session, row.id),
        "versions": versions,
        "respondents": [
            (str(each.id), words_of(each.name, locale)) for each in queries.respondents_of(session, process.id)
        ],
        "question_states": STATES,
        "values": _kept(question, versions) | typed,
        "errors": errors,
        "said": request.query_params.get("said", "") if not errors else "",
    }
    return staff_page(
        request, process, actor, "/questions", "question_desk.html", context, status=status if errors else 200
    )


def _kept(question: Any, versions: list[queries.AnswerRow]) -> dict[str, str]:
    """What the forms of the page hold at first: to whom it went, and the newest words of its answer."""
    newest = versions[0] if versions else None
    asked = question.respondent_id if question else None
    return {
        "respondent": str((newest.respondent_id if newest else asked) or ""),
        "due": question.due.isoformat() if question and question.due else "",
        "text_fr": newest.text.get("fr", "") if newest else "",
        "text_en": newest.text.get("en", "") if newest else "",
        "documents": ", ".join(newest.documents) if newest else "",
        "sent_to": str(asked or ""),
    }
