"""The steps of an online vote over HTTP: start, who you are, choices, check, cast, receipt.

Every step is a plain form. What has been typed travels in an encrypted cookie; the confirmation alone
writes, and it goes straight to the ballot writer: no transaction, no thread, no look-up of its own.
"""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.routing import Route

from participation.accounts.access import SESSION_COOKIE, FormDep, declares, read_form
from participation.ballots import browsing, pages, receipts
from participation.ballots.addresses import VOTE
from participation.ballots.basket import Basket, begin, carried_over
from participation.ballots.booth import (
    Booth,
    enter,
    entry_of,
    frozen_spec,
    jar_of,
    nothing_kept,
    noting_wrong_guess,
    refuse_guessing,
    unsettled,
)
from participation.ballots.entries import Refusal, RefusalReason
from participation.ballots.forms import (
    ProjectFilter,
    move,
    read_answer,
    read_code,
    read_declaration,
    read_filter,
)
from participation.ballots.service import code_is_spent
from participation.counting.spec import Question
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.register import queries as register
from participation.register.models import CodeState
from participation.templating import ENGLISH, LANGUAGE
from participation.typed import text_of

router = APIRouter()


@declares(None)
async def cast_ballot(request: Request) -> Response:
    """Casts the ballot of the cookie. The same cookie again gives the same receipt.

    A plain Starlette route: what FastAPI does for a route with parameters costs as much as all of this.
    """
    organisation, slug = request.path_params["organisation"], request.path_params["slug"]
    jar = jar_of(request, f"/{organisation}/{slug}")
    base = request.url.path.removesuffix("/confirm")
    if SESSION_COOKIE in request.cookies:
        await read_form(request)
    basket = jar.read_basket(request.cookies)
    if basket is None:
        receipt = jar.read_receipt(request.cookies)
        return RedirectResponse(f"{base}/receipt" if receipt else base, 303)
    spec_row = await frozen_spec(request, basket.spec_id)
    if unsettled(basket, spec_row.spec):
        return RedirectResponse(f"{base}/review", 303)
    at = request.app.state.clock()
    answer = await request.app.state.writer.cast(basket.spec_id, entry_of(basket, spec_row.spec, at), at)
    if isinstance(answer, Refusal):
        return await run_in_threadpool(_refused, request, organisation, slug, answer)
    response = RedirectResponse(f"{base}/receipt", 303)
    jar.write_receipt(response, answer.code)
    jar.clear_basket(response)
    return response


intake_router = APIRouter(routes=[Route(f"{VOTE}/confirm", cast_ballot, methods=["POST"])])
"""Its routes go straight into the application, before every included router."""


def _refused(request: Request, organisation: str, slug: str, refusal: Refusal) -> Response:
    """Says why nothing was received. The choices stay in the browser."""
    with enter(request, organisation, slug) as booth:
        context = {"reason": refusal.reason, **pages.start_context(booth)}
        response = booth.page("ballots/refused.html", context, status=409)
        response.headers["X-Refusal"] = refusal.reason
        return response


# Routes are tried one after the other: the confirmation is the first, the list of projects the second.
router.routes.extend([*browsing.router.routes, *receipts.router.routes])


@router.get(VOTE)
@declares(None)
def start(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        return booth.page("ballots/start.html", pages.start_context(booth))


@router.post(VOTE)
@declares(None)
def start_over(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    """Clears what the browser keeps: to leave without voting, and between two people at one device."""
    with enter(request, organisation, slug) as booth:
        response = nothing_kept(booth.go("/vote" if booth.is_kiosk else ""), booth.jar)
        if booth.is_kiosk:
            response.delete_cookie(ENGLISH, f"/en/{booth.process.organisation.slug}")  # the next person is asked anew
        return response


@router.get(f"{VOTE}/age")
@declares(None)
def age_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        return _closed(booth) or _elsewhere(booth, "/vote/age") or booth.page("ballots/age.html", pages.who_context({}))


@router.post(f"{VOTE}/age")
@declares(None)
def answer_age(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    """The answer leads to one of two pages and is kept nowhere."""
    with enter(request, organisation, slug) as booth:
        if LANGUAGE in form:
            return booth.page("ballots/age.html", pages.who_context({}, text_of(form, "age")))
        steps = {"14": "/vote/declaration", "12": "/vote/code"}
        step = steps.get(text_of(form, "age"))
        if step is None:
            errors = {"age": _("Choose one of the two answers.")}
            return booth.page("ballots/age.html", pages.who_context(errors), status=422)
        return booth.go(step)


@router.get(f"{VOTE}/code")
@declares(None)
def code_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        found = _closed(booth) or _elsewhere(booth, "/vote/code")
        return found or booth.page("ballots/code.html", pages.code_context(booth, "", {}))


@router.post(f"{VOTE}/code")
@declares(None)
def check_code(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    """An unknown and a cancelled code get the same answer; whoever holds a code that was used is told at once."""
    with enter(request, organisation, slug) as booth:
        if closed := _closed(booth):
            return closed
        if LANGUAGE in form:
            return booth.page("ballots/code.html", pages.code_context(booth, text_of(form, "code"), {}))
        bucket = booth.bucket("ballot-code")
        refuse_guessing(booth.session, bucket, booth.at)
        code, errors = read_code(form)
        code_hash = request.app.state.keys.code_hash(booth.spec_row.id, code)
        row = register.codes(booth.session, booth.spec_row.id, [code_hash]).get(code_hash) if not errors else None
        known = row is not None and row.state is not CodeState.CANCELLED
        if row is not None and known and not code_is_spent(booth.session, request.app.state.keys, booth.spec_row, row):
            basket = begin(booth.spec_row.id, booth.spec_row.digest, row.style, code_hash=code_hash, fields={})
            return _begun(booth, basket)
        if not errors:
            errors = {"code": _USED_CODE if known else _UNKNOWN_CODE}
        context = pages.code_context(booth, text_of(form, "code"), errors)
        page = booth.page("ballots/code.html", context, status=422)
        if known:
            page.headers["X-Refusal"] = RefusalReason.ALREADY_RECEIVED
    return noting_wrong_guess(page, request, bucket, booth.at) if code and not known else page


@router.get(f"{VOTE}/declaration")
@declares(None)
def declaration_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        if not booth.spec.match_fields:
            return booth.go("/vote/code")
        values = _typed_before(booth.basket)
        return _closed(booth) or booth.page("ballots/declaration.html", pages.declaration_context(booth, values, {}))


@router.post(f"{VOTE}/declaration")
@declares(None)
def declare(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    with enter(request, organisation, slug) as booth:
        if closed := _closed(booth):
            return closed
        typed = {name: text_of(form, name) for name in form}
        if LANGUAGE in form:
            return booth.page("ballots/declaration.html", pages.declaration_context(booth, typed, {}))
        declared, errors = read_declaration(form, booth.spec)
        if errors:
            context = pages.declaration_context(booth, typed, errors)
            return booth.page("ballots/declaration.html", context, status=422)
        return _begun(booth, begin(booth.spec_row.id, booth.spec_row.digest, declared.style, fields=declared.fields))


@router.get(f"{VOTE}/ballot/{{position:int}}")
@declares(None)
def ballot_page(request: Request, organisation: str, slug: str, position: int) -> Response:
    with enter(request, organisation, slug) as booth:
        basket = booth.basket
        if basket is None or not booth.is_open:
            return booth.go("/vote")
        _question_at(booth, basket, position)
        wanted = read_filter(request.query_params)
        return booth.page("ballots/ballot.html", pages.ballot_context(booth, basket, position, wanted))


@router.post(f"{VOTE}/ballot/{{position:int}}")
@declares(None)
def choose(request: Request, organisation: str, slug: str, position: int, form: FormDep) -> Response:
    """Keeps the choices whatever they are; goes on when they make a valid answer or a blank on purpose."""
    with enter(request, organisation, slug) as booth:
        basket = booth.basket
        if basket is None or not booth.is_open:
            return booth.go("/vote")
        question = _question_at(booth, basket, position)
        if not {"move", "find", LANGUAGE}.isdisjoint(form):
            return _rearranged(booth, basket, question, position, form)
        posted = read_answer(form, question, booth.locale)
        valid = not posted.errors and not posted.needs_blank_question
        kept = basket.with_answer(question, posted.answer, settled=valid)
        if valid:
            return _keep(booth, kept, _after(booth, kept, position))
        context = pages.ballot_context(booth, kept, position, read_filter(form), posted)
        response = booth.page("ballots/ballot.html", context, status=422)
        booth.jar.write_basket(response, kept)
        return response


def _rearranged(booth: Booth, basket: Basket, question: Question, position: int, form: FormData) -> Response:
    """A project moved up or down, another selection of projects, another language: the same page, nothing lost."""
    answer = read_answer(form, question, booth.locale).answer
    if "move" in form:
        answer = move(question, answer, text_of(form, "move"))
    kept = basket.with_answer(question, answer, settled=False)
    wanted = ProjectFilter() if form.get("find") == "all" else read_filter(form)
    return _keep(booth, kept, f"/vote/ballot/{position}{wanted.query}#c.{question.id}")


@router.get(f"{VOTE}/review")
@declares(None)
def review(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        basket = booth.basket
        if basket is None or not booth.is_open:
            return booth.go("/vote")
        if question := unsettled(basket, booth.spec):
            return booth.go(f"/vote/ballot/{booth.spec.questions_of(basket.style).index(question) + 1}")
        return booth.page("ballots/review.html", pages.review_context(booth, basket))


_UNKNOWN_CODE = _("This code is not known here. Check each letter and digit, or call us.")
_USED_CODE = _(
    "A ballot was already received from the holder of this code. It stands, and no other can be added. If you have not "
    "voted, somebody may have used your code: call us."
)


def _elsewhere(booth: Booth, step: str) -> Response | None:
    """To the first step of this vote from one that it does not have: an age to give, or a code to type."""
    has = booth.asks_age if step == "/vote/age" else booth.takes_codes
    return None if has else booth.go(pages.first_step(booth))


def _closed(booth: Booth) -> Response | None:
    """Back to the start page, which says since when and until when, while the vote is not open."""
    return None if booth.is_open else booth.go("/vote")


def _typed_before(basket: Basket | None) -> dict[str, str]:
    """The declaration as it was typed, for somebody who comes back to correct it."""
    if basket is None or not basket.fields:
        return {}
    day, _dash, month = basket.fields.get("birth_day_month", "").partition("-")
    return {**basket.fields, "birth_day": day, "birth_month": month.lstrip("0"), "style": basket.style}


def _question_at(booth: Booth, basket: Basket, position: int) -> Question:
    questions = booth.spec.questions_of(basket.style)
    if not 1 <= position <= len(questions):
        raise NotFound(_("There is no such page of the ballot. Your choices are kept."))
    return questions[position - 1]


def _after(booth: Booth, basket: Basket, position: int) -> str:
    """The next question without an answer, else the check."""
    if position < len(booth.spec.questions_of(basket.style)):
        return f"/vote/ballot/{position + 1}"
    return "/vote/review"


def _begun(booth: Booth, basket: Basket) -> Response:
    return _keep(booth, carried_over(basket, booth.basket), "/vote/ballot/1")


def _keep(booth: Booth, basket: Basket, below: str) -> Response:
    response = booth.go(below)
    booth.jar.write_basket(response, basket)
    return response


QUIET_PATHS: tuple[str, ...] = (
    VOTE,
    f"{VOTE}/age",
    f"{VOTE}/code",
    f"{VOTE}/declaration",
    f"{VOTE}/ballot/{{position:int}}",
    f"{VOTE}/review",
    f"{VOTE}/confirm",
    f"{VOTE}/projects/{{contest}}/{{number}}",
    *receipts.QUIET_PATHS,
)
"""Routes whose requests leave no line in the access log: nobody can set times of voting beside ballots."""
