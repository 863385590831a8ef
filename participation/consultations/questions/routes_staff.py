"""The office's desk of questions over HTTP: who must answer, by when, the answer, questions that ask the same."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import queries as contributions
from participation.consultations import words
from participation.consultations.models import Contribution, ContributionKind
from participation.consultations.pages import onward, staff_page, theme_choices
from participation.consultations.questions import forms, queries, service
from participation.consultations.questions.models import Respondent
from participation.consultations.questions.words import STATES
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, as_typed, text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/questions"
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
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
                service.save_settings(session, Hand(process, actor.account_id, at), draft)
        except Conflict as error:
            errors = {"respondents": error.message}
    if errors:
        return _settings_page(request, process, actor, as_typed(form, ("working_days", "respondents")), errors)
    return onward(request, process, "/questions/settings?saved=1")


def _settings_page(
    request: Request, process: OpenProcess, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    context = {"values": values, "errors": errors, "saved": "saved" in request.query_params and not errors}
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/questions", "questions_settings.html", context, status=status)


@dataclass(frozen=True, slots=True)
class OneQuestion:
    """A request about one question: who asks, when, and its page, which comes back with what is wrong."""

    request: Request
    session: Session
    process: OpenProcess
    actor: Actor
    at: datetime
    row: Contribution

    @property
    def hand(self) -> Hand:
        return Hand(self.process, self.actor.account_id, self.at)

    @property
    def respondents(self) -> list[Respondent]:
        return queries.respondents_of(self.session, self.process.id)

    def saved(self, said: str = "saved") -> Response:
        return onward(self.request, self.process, f"/questions/{self.row.number}?said={said}")

    def page(self, typed: dict[str, str], errors: Errors, status: int = 422) -> Response:
        locale, session, process, row = locale_of(self.request), self.session, self.process, self.row
        question, versions = queries.question_of(session, row.id), queries.answers_of(session, row.id)
        context = {
            "row": queries.row_of(session, process, row, self.at.astimezone(process.zone).date()),
            "followed": queries.followed(session, process, row),
            "others": queries.same_as(session, row.id),
            "author": contributions.contributor_of(session, row.id),
            "versions": versions,
            "respondents": [(str(each.id), words_of(each.name, locale)) for each in self.respondents],
            "question_states": STATES,
            "values": _kept(question, versions) | typed,
            "errors": errors,
            "said": self.request.query_params.get("said", "") if not errors else "",
        }
        status = status if errors else 200
        return staff_page(self.request, process, self.actor, "/questions", "question_desk.html", context, status=status)


def _one_question(permission: Permission) -> Any:
    def opened(
        request: Request,
        process: Annotated[OpenProcess, open_process(permission)],
        number: int,
        session: SessionDep,
        actor: ActorDep,
        at: AtDep,
    ) -> OneQuestion:
        row = contributions.by_number(session, process.id, number)
        if row is None or row.kind is not ContributionKind.QUESTION:
            raise NotFound(_("There is no question with this number."))
        return OneQuestion(request, session, process, actor, at, row)

    return Depends(opened, scope="function")


ViewedOne = Annotated[OneQuestion, _one_question(Permission.CONTRIBUTION_VIEW)]
AnsweredOne = Annotated[OneQuestion, _one_question(Permission.CONTRIBUTION_MODERATE)]


@router.get(f"{DESK}/{{number:int}}")
def one(question: ViewedOne) -> Response:
    return question.page({}, {})


@router.post(f"{DESK}/{{number:int}}/send")
def send(question: AnsweredOne, form: FormDep) -> Response:
    sending, errors = forms.read_sending(form, question.respondents)
    if errors:
        return question.page(as_typed(form, ("respondent", "due")), errors)
    service.send(question.session, question.hand, question.row, sending.respondent_id, sending.due)
    return question.saved()


@router.post(f"{DESK}/{{number:int}}/answer")
def answer(question: AnsweredOne, form: FormDep) -> Response:
    """Another version: a draft, or at once for everybody. What is refused comes back with its text."""
    draft, errors = forms.read_answer(form, question.respondents)
    status, publish = 422, text_of(form, "act") == "publish"
    if not errors:
        try:
            service.answer(question.session, question.hand, question.row, draft, publish=publish)
        except Conflict as error:
            errors, status = {"": error.message, **({"text_fr": error.todo} if error.todo else {})}, error.status
        else:
            return question.saved("published" if publish else "kept")
    return question.page(as_typed(form, forms.ANSWER_FIELDS), errors, status)


@router.post(f"{DESK}/{{number:int}}/merge")
def merge(question: AnsweredOne, form: FormDep) -> Response:
    into = text_of(form, "into").upper().removeprefix("Q-")
    errors: Errors = {}
    if not into.isdecimal():
        errors["into"] = _("Write the number of the other question, such as Q-12.")
    else:
        try:
            service.merge(question.session, question.hand, question.row, int(into[:9]))
        except (Conflict, NotFound) as error:
            errors["into"] = error.message
    if errors:
        return question.page({"into": text_of(form, "into")}, errors)
    return question.saved()


@router.post(f"{DESK}/{{number:int}}/part")
def part(question: AnsweredOne, form: FormDep) -> Response:
    service.part(question.session, question.hand, question.row)
    return question.saved()


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
