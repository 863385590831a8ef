"""The end of a questionnaire over HTTP: result for staff and for everybody, answers in words for who analyses them."""

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.background import BackgroundTask

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.ballots.questionnaires import queries as answers_queries
from participation.ballots.questionnaires.queries import Wanted
from participation.ballots.questionnaires.service import erase
from participation.counting.spec import Channel, QuestionKind
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.models import WindowKind
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.publication import forms, opinions, service
from participation.publication.service import close_confirmed
from participation.templating import locale_of, page
from participation.typed import Errors, text_of

router = APIRouter()
HERE = "/{locale}/staff/{organisation}/{slug}/questionnaire"
DESK = "/questionnaire/results"
ANSWERS = "/questionnaire/answers"
ON_A_PAGE = 25
CountViewed = Annotated[OpenProcess, open_process(Permission.COUNT_VIEW)]
Timed = Annotated[OpenProcess, open_process(Permission.WINDOW_CHANGE)]
Counted = Annotated[OpenProcess, open_process(Permission.COUNT_RUN)]
Published = Annotated[OpenProcess, open_process(Permission.PROCESS_PUBLISH)]
Reader = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Eraser = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]


def _desk(
    request: Request, process: OpenProcess, actor: ActorDep, desk: str, template: str, context: dict[str, Any]
) -> Response:
    place = (process.organisation.id, process.id)
    common = {
        **staff_context(process, actor, desk),
        "zone": process.zone,
        "here": f"/{locale_of(request)}{process.staff_path}/questionnaire",
        "public": f"/{locale_of(request)}{process.path}/questionnaire/results",
        "may": {each.name: actor.may(each, *place) for each in Permission},
    }
    status = 422 if context.get("errors") else 200
    return page(request, template, {**common, **context}, status=status)


def _back(request: Request, process: OpenProcess, desk: str, **more: Any) -> RedirectResponse:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}{desk}", 303, **more)


@router.get(HERE + "/results")
def results(request: Request, process: CountViewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    row = opinions.questionnaire_of(session, process)
    context = opinions.staff_context(session, process, row, actor, at)
    return _desk(request, process, actor, DESK, "publication/questionnaire_results.html", context)


@router.post(HERE + "/close")
def propose_close(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = opinions.questionnaire_of(session, process)
    service.refuse_obstacles(session, row, at)
    service.propose(session, row, WindowKind.INTAKE_CLOSED, at, "", actor=actor, at=at)
    return _back(request, process, DESK)


@router.post(HERE + "/close/confirm")
def confirm_close(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """The second person. Closing rewrites the box, so it happens once this request has ended."""
    row = opinions.questionnaire_of(session, process)
    service.confirm(session, row, forms.read_id(form, "proposal"), actor=actor, at=at)
    state = request.app.state
    task = BackgroundTask(asyncio.to_thread, close_confirmed, state.database, state.keys, at)
    return _back(request, process, DESK, background=task)


@router.post(HERE + "/count")
def count(
    request: Request, process: Counted, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    opinions.count_box(session, opinions.questionnaire_of(session, process), actor=actor, at=at)
    return _back(request, process, DESK)


@router.post(HERE + "/results/publish")
def publish(
    request: Request, process: Published, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    opinions.publish(session, process, opinions.questionnaire_of(session, process), actor=actor, at=at)
    return _back(request, process, DESK)


@router.get(HERE + "/answers")
def answers(request: Request, process: Reader, session: SessionDep, actor: ActorDep) -> Response:
    """Answers in words, narrowed by question, channel and language."""
    row = opinions.questionnaire_of(session, process)
    asked = request.query_params
    wanted = Wanted(
        asked.get("question", "") if asked.get("question") in row.spec.question else "",
        Channel(asked["channel"]) if asked.get("channel") in set(Channel) else None,
        asked.get("language", "")[:12],
    )
    number = asked.get("page", "1")
    place = int(number) if number.isascii() and number.isdigit() and 0 < int(number) < 10**6 else 1
    total = answers_queries.number_of_answers(session, row.id, wanted)
    context = {
        "row": row,
        "number": {question.id: place for place, question in enumerate(row.spec.questions, 1)},
        "questions": [each for each in row.spec.questions if each.kind is QuestionKind.OPEN_TEXT],
        "channels": list(Channel),
        "languages": answers_queries.languages(session, row.id),
        "wanted": wanted,
        "answers": answers_queries.answers(session, row.id, wanted, page=place, size=ON_A_PAGE),
        "total": total,
        "page": place,
        "pages": max(1, -(-total // ON_A_PAGE)),
    }
    return _desk(request, process, actor, ANSWERS, "publication/questionnaire_answers.html", context)


@router.get(HERE + "/answers/{answer_id}/erase")
def ask_to_erase(
    request: Request, answer_id: uuid.UUID, process: Eraser, session: SessionDep, actor: ActorDep
) -> Response:
    return _erase_page(request, process, session, actor, answer_id, "", {})


def _erase_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: ActorDep,
    answer_id: uuid.UUID,
    reason: str,
    errors: Errors,
) -> Response:
    row = opinions.questionnaire_of(session, process)
    answer = answers_queries.answer(session, row.id, answer_id)
    if answer is None:
        raise NotFound(_("There is no such answer, or its words were erased already. Nothing was changed."))
    context = {"answer": answer, "question": row.spec.question[answer.question_id], "reason": reason, "errors": errors}
    return _desk(request, process, actor, ANSWERS, "ballots/erase_words.html", context)


@router.post(HERE + "/answers/{answer_id}/erase")
def erase_answer(
    request: Request,
    answer_id: uuid.UUID,
    process: Eraser,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    row, reason = opinions.questionnaire_of(session, process), text_of(form, "reason", 500)
    if not reason:
        errors: Errors = {"reason": _("Say in a few words why the words are erased.")}
        return _erase_page(request, process, session, actor, answer_id, reason, errors)
    erase(session, row, answer_id, reason=reason, at=at, account_id=actor.account_id)
    return _back(request, process, ANSWERS)


@router.get("/{locale}/{organisation}/{slug}/questionnaire/results")
def public_results(request: Request, process: Annotated[OpenProcess, PUBLIC_PROCESS], session: SessionDep) -> Response:
    """What was answered, once the office has published it."""
    context = {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale_of(request)}{process.path}",
        "zone": process.zone,
        **opinions.public_context(session, process),
    }
    return page(request, "publication/questionnaire_public.html", context)
