"""The audit by sample over HTTP: the certifier's desk, the page of a drawn ballot, and the public's page."""

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.counting.sampling import SEED_DIGITS, is_seed
from participation.counting.spec import Question
from participation.counts.models import Count
from participation.counts.queries import certified_count, latest_count
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.paper.auditing import sample_audits
from participation.paper.auditing.sample_audits import Plan, Progress
from participation.paper.desk import context, go, published
from participation.paper.keying import forms
from participation.paper.models.audits import SampleAudit
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.queries import OpenProcess, SpecRow, current_spec
from participation.register.keys import Keys
from participation.templating import page
from participation.typed import Errors, text_of, whole_number

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/sample"
PUBLIC = "/{locale}/{organisation}/{slug}/sample"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Certify = Annotated[OpenProcess, open_process(Permission.COUNT_CERTIFY)]
Read = Annotated[OpenProcess, open_process(Permission.BATCH_KEY)]
Visible = Annotated[OpenProcess, PUBLIC_PROCESS]


@dataclass(frozen=True)
class Contest:
    """One contest as both pages show it; `progress` once the dice are thrown."""

    question: Question
    plan: Plan
    held: SampleAudit | None
    progress: Progress | None


def _standing_count(session: Session, spec_row: SpecRow) -> Count | None:
    """The certified count, else the newest."""
    certified = certified_count(session, spec_row.id)
    return certified.count if certified else latest_count(session, spec_row.id)


def _count_of(session: Session, spec_row: SpecRow) -> Count:
    """The count that is audited. Conflict before there is any."""
    count = _standing_count(session, spec_row)
    if count is None:
        raise Conflict(
            _("Nothing is counted yet, so there is no result to check."), _("Count first: “Close and count”.")
        )
    return count


def _contest(session: Session, keys: Keys, spec_row: SpecRow, count: Count, question: Question) -> Contest:
    held = sample_audits.announced(session, count, question)
    percent = held.risk_percent if held else sample_audits.RISK_LIMITS[0]
    plan = sample_audits.plan_of(session, spec_row, count, question, percent)
    drawn = sample_audits.progress_of(session, keys, spec_row, held, plan) if held and held.seed else None
    return Contest(question, plan, held, drawn)


def _contests(request: Request, session: Session, spec_row: SpecRow, count: Count) -> list[Contest]:
    keys = request.app.state.keys
    return [_contest(session, keys, spec_row, count, question) for question in spec_row.spec.questions]


def _question(spec_row: SpecRow, question_id: str) -> Question:
    found = next((each for each in spec_row.spec.questions if each.id == question_id), None)
    if found is None:
        raise NotFound(_("There is no such contest in this vote."))
    return found


@router.get(BASE)
def desk(request: Request, session: SessionDep, actor: ActorDep, process: View) -> Response:
    return _desk(request, session, actor, process, {})


def _desk(request: Request, session: Session, actor: Any, process: OpenProcess, errors: Errors) -> Response:
    spec_row = published(session, process)
    place = (process.organisation.id, process.id)
    count = _standing_count(session, spec_row)
    shown = {
        "counted": count is not None,
        "contests": _contests(request, session, spec_row, count) if count else [],
        "risk_limits": sample_audits.RISK_LIMITS,
        "digits": SEED_DIGITS,
        "may_certify": actor.may(Permission.COUNT_CERTIFY, *place),
        "may_read": actor.may(Permission.BATCH_KEY, *place),
    }
    found = context(process, actor, "/sample", errors=errors, **shown)
    return page(request, "paper/sample.html", found, status=422 if errors else 200)


@router.post(BASE + "/{question_id}/announce")
def announce(
    request: Request,
    question_id: str,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Certify,
) -> Response:
    spec_row = published(session, process)
    count, question = _count_of(session, spec_row), _question(spec_row, question_id)
    percent = whole_number(text_of(form, "risk")) or 0
    sample_audits.announce(session, spec_row, count, question, percent, account_id=actor.account_id, at=at)
    return go(request, process, "/sample")


@router.post(BASE + "/{question_id}/draw")
def draw(
    request: Request,
    question_id: str,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Certify,
) -> Response:
    spec_row = published(session, process)
    held = _held(session, spec_row, question_id)
    seed = text_of(form, "seed", 200)
    if not is_seed(seed):
        wrong = _("Type at least %(most)s digits, as the dice were read aloud. Nothing was drawn.", most=SEED_DIGITS)
        return _desk(request, session, actor, process, {f"seed.{question_id}": wrong})
    sample_audits.enter_seed(session, spec_row, held, seed, account_id=actor.account_id, at=at)
    return go(request, process, "/sample")


def _held(session: Session, spec_row: SpecRow, question_id: str) -> SampleAudit:
    question = _question(spec_row, question_id)
    held = sample_audits.announced(session, _count_of(session, spec_row), question)
    if held is None:
        raise Conflict(_("This audit is not announced yet. Its limits are published before the dice are thrown."))
    return held


@router.get(BASE + "/{question_id}/{number:int}/{sheet:int}")
def show_ballot(
    request: Request, question_id: str, number: int, sheet: int, session: SessionDep, actor: ActorDep, process: Read
) -> Response:
    shown = _ballot(request, session, process, question_id, number, sheet, actor.account_id)
    found = context(process, actor, "/sample", errors={}, lines={}, **shown)
    return page(request, "paper/sample_ballot.html", found)


@router.post(BASE + "/{question_id}/{number:int}/{sheet:int}")
def save_ballot(
    request: Request,
    question_id: str,
    number: int,
    sheet: int,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
    process: Read,
) -> Response:
    shown = _ballot(request, session, process, question_id, number, sheet, actor.account_id)
    typed, errors = forms.read_ruling(form, shown["questions"])
    if typed.reading is None:
        again = context(process, actor, "/sample", errors=errors, lines=typed.lines, **shown)
        return page(request, "paper/sample_ballot.html", again, status=422)
    spec_row = published(session, process)
    held = _held(session, spec_row, question_id)
    sample_audits.read_again(
        session, spec_row, held, shown["drawn"], typed.reading, typed.rejection, account_id=actor.account_id, at=at
    )
    return go(request, process, "/sample")


def _ballot(
    request: Request,
    session: Session,
    process: OpenProcess,
    question_id: str,
    number: int,
    sheet: int,
    reader: uuid.UUID,
) -> dict[str, Any]:
    """A drawn ballot that waits to be read, for somebody who had no part in its batch."""
    spec_row = published(session, process)
    question = _question(spec_row, question_id)
    contest = _contest(session, request.app.state.keys, spec_row, _count_of(session, spec_row), question)
    if contest.progress is None:
        raise Conflict(_("No ballot is drawn yet: the dice of this audit were not thrown."))
    drawn = sample_audits.drawn_form(session, contest.progress, number, sheet, reader)
    return {"contest": contest, "drawn": drawn, "questions": spec_row.spec.questions_of(drawn.batch.style)}


@router.get(PUBLIC)
def public_page(request: Request, session: SessionDep, process: Visible) -> Response:
    spec_row = current_spec(session, process.id)
    count = _standing_count(session, spec_row) if spec_row else None
    contests = _contests(request, session, spec_row, count) if spec_row and count else []
    announced = [contest for contest in contests if contest.held]
    if not announced:
        raise NotFound(_("No audit by sample is announced for this vote."))
    found = {
        "process": process.process,
        "organisation": process.organisation,
        "base": process.path,
        "zone": process.zone,
        "contests": announced,
    }
    return page(request, "paper/sample_public.html", found)
