"""The slip over HTTP: the page after the opinion, and the desk where it is chosen, printed and keyed."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep, clock
from participation.accounts.permissions import Actor, Permission
from participation.accounts.throttle import bucket_of, check_throttle, client_network, note_failure
from participation.consultations import words
from participation.consultations.models import ContributionChannel
from participation.consultations.pages import FROM_ONE_NETWORK, onward, public_page, staff_page
from participation.consultations.participants import forms, prints, queries, service
from participation.consultations.participants.questions import QUESTIONS
from participation.db import SessionDep, new_id
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes.access import PUBLIC_PROCESS, open_process, public_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
PUBLIC = "/{locale}/{organisation}/{slug}/about-you"
DESK = "/{locale}/staff/{organisation}/{slug}/participants"
QUIET_PATHS = (PUBLIC,)
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
Edited = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(PUBLIC)
def about_you(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    return _public(request, process, session, {}, {})


def _public(
    request: Request, process: OpenProcess, session: Session, values: dict[str, Any], errors: Errors
) -> Response:
    asked = queries.asked_in(session, process.id)
    if not asked:
        raise NotFound(_("This consultation does not ask who takes part."))
    context = {
        "asked": asked,
        "notice": prints.notice(process, locale_of(request)),
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "thanked": "done" in request.query_params and not errors,
    }
    return public_page(request, process, "participants.html", context, status=422 if errors else 200)


def _counted(request: Request, organisation: str, slug: str) -> None:
    """No more than so many from one network; in a transaction of its own, so that nothing beside a slip says whose."""
    settings, at = request.app.state.settings, clock(request)
    with request.app.state.database.writing() as session:
        process = public_process(session, organisation, slug)
        bucket = bucket_of(settings.key("throttle"), "participants", client_network(request), str(process.id))
        check_throttle(session, bucket, FROM_ONE_NETWORK, at)
        note_failure(session, bucket, at)


@router.post(PUBLIC, dependencies=[Depends(_counted)])
def answer(request: Request, process: PublicProcess, session: SessionDep, form: FormDep) -> Response:
    """From whoever wants to; no account, no code, nothing that leads back to what they said."""
    answers, errors = forms.read_slip(form, queries.asked_in(session, process.id))
    if errors:
        return _public(request, process, session, _typed(form), errors)
    service.add(session, request.app.state.keys, process, ContributionChannel.ONLINE, answers, nonce_of(form))
    return RedirectResponse(f"/{locale_of(request)}{process.path}/about-you?done=1", 303)


def _typed(form: FormData) -> dict[str, str]:
    return {name: str(form.get(name) or "") for name in (*QUESTIONS, "channel", "nonce")}


@router.get(DESK)
def desk(request: Request, process: Recorded, session: SessionDep, actor: ActorDep) -> Response:
    channel = request.query_params.get("channel", "counter")
    return _desk(request, process, session, actor, {"channel": channel}, {})


def _desk(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors,
    status: int = 422,
) -> Response:  # fmt: skip
    asked, found = queries.asked_in(session, process.id), queries.figures(session, process.id)
    context = {
        "asked": asked,
        "every": list(QUESTIONS.values()),
        "chosen": [each.code for each in asked],
        "slips": queries.slips(found),
        "channels": words.named({channel: words.CHANNELS[channel] for channel in forms.KEYED}, locale_of(request)),
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "said": request.query_params.get("said", "") if not errors else "",
    }
    status = status if errors else 200
    return staff_page(request, process, actor, "/participants", "participants_desk.html", context, status=status)


@router.post(f"{DESK}/questions")
def choose(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.choose(session, Hand(process, actor.account_id, at), forms.read_choice(form))
    return onward(request, process, "/participants?said=chosen")


@router.post(DESK)
def key(
    request: Request, process: Recorded, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """One slip from paper or the telephone; or away again, where it was keyed wrongly."""
    answers, errors = forms.read_slip(form, queries.asked_in(session, process.id))
    channel, more = forms.read_channel(form)
    if errors or more:
        return _desk(request, process, session, actor, _typed(form), errors | more)
    away = bool(form.get("away"))
    try:
        if away:
            service.take_away(session, Hand(process, actor.account_id, at), channel, answers)
        else:
            service.add(session, request.app.state.keys, process, channel, answers, nonce_of(form))
    except Conflict as error:
        return _desk(request, process, session, actor, _typed(form), {"": error.message}, error.status)
    return onward(request, process, f"/participants?said={'away' if away else 'keyed'}&channel={channel}#slip")


@router.get(f"{DESK}/slip.pdf")
def slip(request: Request, process: Recorded, session: SessionDep, at: AtDep) -> Response:
    asked = queries.asked_in(session, process.id)
    if not asked:
        raise NotFound(_("The slip asks nothing yet: choose its questions first."))
    made = prints.slip(process, asked, locale_of(request), at, demo=request.app.state.settings.demo)
    headers = {"Content-Disposition": 'inline; filename="slip.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)
