"""The keying desk over HTTP: one form at a time without scripts, many at once from a station that was cut off."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.ballots.models import BallotRejection
from participation.db import SessionDep
from participation.i18n import translate
from participation.paper import queries
from participation.paper.desk import context, go, published
from participation.paper.keying import forms, practice_page, service, station
from participation.paper.keying.page import KeyingPage, keying_page
from participation.paper.keying.scan_sample import widen_sample
from participation.paper.marks import printed_reasons
from participation.paper.words import HELD_AS
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import STATIC, locale_of, page

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/batches"
PositionParam = Annotated[int, Query(alias="form", ge=1, le=99)]
Key = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]


@router.post(BASE + "/{number:int}/start")
def start_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    service.start_keying(session, spec_row, batch, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}/key")


@router.get(BASE + "/{number:int}/key")
def keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, process: Key, position: int = 0
) -> Response:
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id)
    shown = keying_page(session, spec_row, mine, position)
    return _page(request, process, actor, shown)


@router.post(BASE + "/{number:int}/key")
def key_form(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, process: Key
) -> Response:
    """Saves one form. A handful of queries: this is called once per form and clerk."""
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id, hold=True)
    questions = spec_row.spec.questions_of(mine.style)
    typed, errors = forms.read_keying(form, questions, numbered=mine.numbered)
    if errors:
        return _page(request, process, actor, KeyingPage.again(mine, questions, typed, errors), 422)
    if typed.reading is not None:
        try:
            service.key_form(
                session, mine, typed.position, typed.reading,
                nonce=typed.nonce, replaces=typed.replaces, seconds=typed.seconds,
            )  # fmt: skip
        except service.AlreadyKeyed as held:
            return _page(request, process, actor, KeyingPage.held(mine, questions, held.form), 409)
    following = mine.next_position(typed.position, back=typed.key is forms.Key.BACK)
    return go(request, process, f"/batches/{number}/key?position={following}")


def _page(request: Request, process: OpenProcess, actor: ActorDep, shown: KeyingPage, status: int = 200) -> Response:
    more = {
        "shown": shown,
        "keyer": station.keyer_of(actor.account_id),
        "held_words": HELD_AS,
        "over_is_offered": BallotRejection.OVER in printed_reasons(shown.questions),
    }
    return page(request, "paper/keying.html", context(process, actor, "/batches", **more), status=status)


@router.get(BASE + "/{number:int}/key/shell")
def shell(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Key) -> Response:
    """The keying screen without any form in it: what a station keeps, to open while the network is down."""
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id)
    return _page(request, process, actor, KeyingPage(mine, spec_row.spec.questions_of(mine.style), 1, {}))


@router.get(BASE + "/{number:int}/key/state")
def station_state(request: Request, number: int, session: SessionDep, actor: ActorDep, process: Key) -> Response:
    """What is saved of one's own pass, and the token with which this sign-in sends forms."""
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id)
    saved = station.saved_forms(session, mine, spec_row.spec.questions_of(mine.style))
    state = {"token": request.state.csrf_token, "pass": str(mine.session_id), "forms": saved}
    return JSONResponse(state, headers={"Cache-Control": "no-store"})


@router.post(BASE + "/{number:int}/keyings")
def take_forms(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, process: Key
) -> Response:
    """Forms that waited at a station, in their order and in one transaction; the same again changes nothing."""
    spec_row = published(session, process)
    mine = service.my_open_pass(session, spec_row, number, actor.account_id, hold=True)
    station.check_pass(form, mine)
    questions = spec_row.spec.questions_of(mine.style)
    locale = locale_of(request)
    answers = [
        {
            "nonce": answer.nonce,
            "outcome": answer.outcome.value,
            "message": translate(answer.message, locale) if answer.message else "",
            "held": station.form_data(questions, answer.held) if answer.held else None,
        }
        for answer in station.take(session, mine, questions, station.read_forms(form))
    ]
    return JSONResponse({"answers": answers})


@router.get(BASE + "/marks")
def marks_sheet(request: Request, actor: ActorDep, process: Key) -> Response:
    """Pictures of marks that count and of those that a person must look at, to be printed."""
    return page(request, "paper/marks.html", context(process, actor, "/batches"))


@router.get(BASE + "/practice")
def practise(
    request: Request, session: SessionDep, actor: ActorDep, process: Key, position: PositionParam = 1, right: str = ""
) -> Response:
    """The practice batch: a drawn form, what was typed of it, and how the desk reads it. Nothing is stored."""
    question = practice_page.first_question(published(session, process))
    shown = practice_page.shown(question, position, right, FormData(dict(request.query_params)))
    status = 422 if shown["errors"] else 200
    return page(request, "paper/practice.html", context(process, actor, "/batches", **shown), status=status)


@router.get(BASE + "/worker")
def worker(process: Key) -> Response:
    """The script that opens the keying screen while the network is down: its address limits it to the batches."""
    return FileResponse(STATIC / "js" / "keying-worker.js", media_type="text/javascript")


@router.post(BASE + "/{number:int}/finish")
def finish_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    mine = queries.my_pass(session, spec_row.id, number, actor.account_id)
    if mine is None or mine.finished_at is None:
        mine = service.my_open_pass(session, spec_row, number, actor.account_id)
        batch = queries.batch_or_404(session, spec_row, number)
        if not widen_sample(session, spec_row, batch, account_id=actor.account_id, at=at):
            service.finish_keying(session, spec_row, mine, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}")


@router.post(BASE + "/{number:int}/resume")
def resume_keying(
    request: Request, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Key
) -> Response:
    spec_row = published(session, process)
    batch = queries.batch_or_404(session, spec_row, number)
    service.resume_keying(session, spec_row, batch, account_id=actor.account_id, at=at)
    return go(request, process, f"/batches/{number}/key")
