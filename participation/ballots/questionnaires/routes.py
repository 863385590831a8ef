"""A questionnaire over HTTP, for everybody and without an account: pages, check, sending, receipt, private link.

Every page that is sent is kept at once in a draft that only the private link opens. Sending is the one act that
writes into the box: it goes to the ballot writer like every ballot.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from participation.accounts.access import SESSION_COOKIE, FormDep, declares, read_form
from participation.accounts.throttle import check_throttle, note_failure
from participation.ballots.addresses import PROCESS
from participation.ballots.booth import ONLINE, Booth, enter
from participation.ballots.entries import AnonymousClaim, Entry, OpenText, Refusal
from participation.ballots.questionnaires import pages, service
from participation.ballots.questionnaires.drafts import MOST_KEPT, Draft, Link
from participation.ballots.questionnaires.forms import read_answers
from participation.ballots.questionnaires.queries import draft_of
from participation.counting.spec import RulingKind
from participation.db import Database, SessionDep
from participation.errors import NotFound, TooMany
from participation.i18n import lazy as _
from participation.processes.models import WindowKind
from participation.processes.queries import WHOLE_STYLE
from participation.register.identity import grouped
from participation.templating import LANGUAGE

router = APIRouter()
AsksWho = Callable[[Session, uuid.UUID], Sequence[object]]
"""What `app.state.asks_who` is: what a consultation asks of who takes part, apart from any answer."""
HERE = f"{PROCESS}/questionnaire"
BELOW = "/questionnaire"
NEW_DRAFTS = "questionnaire-draft"
MOST_NEW_DRAFTS = 300
"""Begun from one network in a quarter of an hour; a library is one network."""


def _link(booth: Booth) -> Link | None:
    token = booth.jar.read_link(booth.request.cookies)
    return Link(token) if token else None


def _today(booth: Booth) -> date:
    return booth.at.astimezone(booth.process.zone).date()


def _draft(booth: Booth) -> Draft | None:
    """What this browser is filling in: this very version, not expired."""
    link = _link(booth)
    kept = draft_of(booth.session, link, _today(booth)) if link else None
    return kept.draft if kept and kept.draft.spec_id == booth.spec_row.id else None


def _keep(session: Session, booth: Booth, draft: Draft, response: Response) -> Response:
    """Keeps the draft under this browser's link, a new one where it has none."""
    known = _link(booth)
    link = known or Link.new()
    service.save_draft(session, link, draft, pages.expires_on(booth))
    if known is None:
        note_failure(session, booth.bucket(NEW_DRAFTS), booth.at)
        booth.jar.write_link(response, link.token)
    return response


def _too_many(session: Session, booth: Booth) -> bool:
    """Whether this network begins questionnaires faster than a library full of people could."""
    if _link(booth) is not None:
        return False
    try:
        check_throttle(session, booth.bucket(NEW_DRAFTS), MOST_NEW_DRAFTS, booth.at)
    except TooMany:
        return True
    return False


@router.get(HERE)
@declares(None)
def start(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=True) as booth:
        return _page(booth, "questionnaire_start.html", pages.start_context(booth, _draft(booth)))


def _page(booth: Booth, template: str, context: dict[str, object], *, status: int = 200) -> Response:
    return booth.page(f"ballots/{template}", {"here": booth.url(BELOW), **context}, status=status)


@router.get(f"{HERE}/{{position:int}}")
@declares(None)
def show_page(request: Request, organisation: str, slug: str, position: int) -> Response:
    with enter(request, organisation, slug, questionnaire=True) as booth:
        draft = _draft(booth) or Draft(booth.spec_row.id)
        if draft.receipt or not booth.is_open:
            return booth.go(f"{BELOW}/receipt" if draft.receipt else BELOW)
        _page_at(booth, position)
        return _page(booth, "questionnaire_page.html", pages.page_context(booth, draft, position, {}))


@router.post(f"{HERE}/{{position:int}}")
@declares(None)
def save_page(
    request: Request, organisation: str, slug: str, position: int, form: FormDep, session: SessionDep
) -> Response:
    """Keeps the page whatever it holds; goes on where it could be sent like that."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        before = _draft(booth) or Draft(booth.spec_row.id)
        if before.receipt:
            return booth.go(f"{BELOW}/receipt")
        page = _page_at(booth, position)
        ticks, words = read_answers(form, page.questions)
        about = frozenset(question.id for question in page.questions)
        draft = before.with_answers(ticks, words, about, booth.locale)
        if unkept := _TOO_MUCH if draft.size > MOST_KEPT else _TOO_MANY if _too_many(session, booth) else None:
            errors = pages.problems_of(draft, page.questions, booth.locale) | {"": unkept}
            return _page(
                booth, "questionnaire_page.html", pages.page_context(booth, draft, position, errors), status=422
            )
        if not booth.is_open:
            return _keep(session, booth, draft, _closed(booth, draft))
        if LANGUAGE in form:
            return _keep(session, booth, draft, booth.go(f"{BELOW}/{position}"))
        if errors := pages.problems_of(draft, page.questions, booth.locale):
            context = pages.page_context(booth, draft, position, errors)
            return _keep(session, booth, draft, _page(booth, "questionnaire_page.html", context, status=422))
        return _keep(session, booth, draft, booth.go(_onward(booth, draft, position, "later" in form)))


_TOO_MANY = _(
    "Very many questionnaires are begun from your network at this moment, so this page was not kept. All of it is "
    "still here: press the button again in a few minutes, or call us."
)
_TOO_MUCH = _(
    "Your texts are too long to be kept, so this page was not saved. All of it is still here: shorten it, or send it "
    "as a brief."
)


def _onward(booth: Booth, draft: Draft, position: int, later: bool) -> str:
    if later:
        return f"{BELOW}/link"
    following = pages.next_page(pages.pages_of(booth.spec), booth.spec, draft, position)
    return f"{BELOW}/{following}" if following else f"{BELOW}/review"


def _page_at(booth: Booth, position: int) -> pages.Page:
    found = pages.pages_of(booth.spec)
    if not 1 <= position <= len(found):
        raise NotFound(_("There is no such page of the questionnaire. Your answers are kept."))
    return found[position - 1]


def _closed(booth: Booth, draft: Draft) -> Response:
    """The questionnaire closed meanwhile: everything is given back, and the other ways are named."""
    context = {**pages.start_context(booth, draft), **pages.review_context(booth, draft), "errors": {}}
    return _page(booth, "questionnaire_closed.html", context, status=409)


@router.get(f"{HERE}/review")
@declares(None)
def review(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=True) as booth:
        draft = _draft(booth)
        if draft is None or draft.receipt:
            return booth.go(f"{BELOW}/receipt" if draft else BELOW)
        if not booth.is_open:
            return _closed(booth, draft)
        return _page(booth, "questionnaire_review.html", pages.review_context(booth, draft))


@declares(None)
async def send(request: Request) -> Response:
    """Puts the answers into the box. The same draft again gets the same receipt."""
    organisation, slug = request.path_params["organisation"], request.path_params["slug"]
    if SESSION_COOKIE in request.cookies:
        await read_form(request)
    ready = await run_in_threadpool(_ready, request, organisation, slug)
    if isinstance(ready, Response):
        return ready
    link, draft, entry = ready
    at = request.app.state.clock()
    answer = await request.app.state.writer.cast(draft.spec_id, replace(entry, received=at), at)
    return await run_in_threadpool(_answered, request, organisation, slug, link, draft, answer)


intake_router = APIRouter(routes=[Route(f"{HERE}/send", send, methods=["POST"])])
"""It goes straight into the application, before every included router, like the confirmation of a ballot."""


def _ready(request: Request, organisation: str, slug: str) -> Response | tuple[Link, Draft, Entry]:
    """What is to be sent, or where to go instead."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        link, draft = _link(booth), _draft(booth)
        if link is None or draft is None:
            return booth.go(BELOW)
        if draft.receipt:
            return booth.go(f"{BELOW}/receipt")
        if not booth.is_open:
            return _closed(booth, draft)
        asked = tuple(question for question in booth.spec.questions if question.id in draft.asked(booth.spec))
        if pages.problems_of(draft, asked, booth.locale):
            return booth.go(f"{BELOW}/review")
        return link, draft, _entry(booth, draft)


def _entry(booth: Booth, draft: Draft) -> Entry:
    """The answers to what was asked; the review has said that nothing else is sent."""
    asked = draft.asked(booth.spec)
    choices = tuple(sorted((key, answer) for key, answer in draft.answers(booth.spec).items() if key in asked))
    words = sorted((key, said) for key, said in draft.words.items() if key in asked and said)
    texts = tuple(OpenText(key, said, draft.language) for key, said in words)
    ruling = RulingKind.VALID if texts or any(answer for _key, answer in choices) else RulingKind.BLANK
    return Entry(AnonymousClaim(), WHOLE_STYLE, choices, ONLINE, booth.at, draft.nonce, ruling, texts=texts)


def _answered(request: Request, organisation: str, slug: str, link: Link, draft: Draft, answer: object) -> Response:
    """Notes the receipt in the place of the answers, which the draft no longer holds; or gives them back."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        if isinstance(answer, Refusal):
            response = _closed(booth, draft)
            response.headers["X-Refusal"] = answer.reason
            return response
        sent = Draft(draft.spec_id, draft.nonce, receipt=getattr(answer, "code", ""))
        database: Database = request.app.state.database
        with database.writing() as session:
            service.save_draft(session, link, sent, pages.expires_on(booth))
        return booth.go(f"{BELOW}/receipt")


@router.get(f"{HERE}/receipt")
@declares(None)
def receipt(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=True) as booth:
        draft = _draft(booth)
        if draft is None or not draft.receipt:
            return booth.go("/receipt" if draft is None and not booth.is_kiosk else BELOW)
        closes = booth.windows.moments.get(WindowKind.ONLINE_CLOSES)
        asks_who: AsksWho = request.app.state.asks_who
        asks = not booth.is_kiosk and bool(asks_who(booth.session, booth.process.id))
        context: dict[str, object] = {
            "code": grouped(draft.receipt),
            "asks_who": asks,
            "at": booth.at,
            "closes": closes,
            "zone": booth.process.zone,
        }
        return _page(booth, "questionnaire_receipt.html", context)


@router.get(f"{HERE}/link")
@declares(None)
def private_link(request: Request, organisation: str, slug: str) -> Response:
    """The link that opens the draft elsewhere. It is shown, never sent: nobody is asked for an address."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        link, draft = _link(booth), _draft(booth)
        if link is None or draft is None or draft.receipt or booth.is_kiosk:
            return booth.go(BELOW)
        origin = request.app.state.settings.base_url.rstrip("/")
        address = f"{origin}{booth.url(f'{BELOW}/resume/{link.token}')}"
        return _page(booth, "questionnaire_link.html", {"address": address, "expires_on": pages.expires_on(booth)})


@router.get(f"{HERE}/resume/{{token}}")
@declares(None)
def resume(request: Request, organisation: str, slug: str, token: str) -> Response:
    """Opens the draft in this browser, at its first page. The address with the key is left at once."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        kept = draft_of(booth.session, Link(token), _today(booth))
        if kept is None or kept.draft.spec_id != booth.spec_row.id:
            raise NotFound(pages.EXPIRED, pages.EXPIRED_TODO)
        below = "/receipt" if kept.draft.receipt else ("/1" if booth.is_open else "/review")
        response = booth.go(f"{BELOW}{below}")
        booth.jar.write_link(response, token)
        return response


@router.post(HERE)
@declares(None)
def clear(request: Request, organisation: str, slug: str, form: FormDep, session: SessionDep) -> Response:
    """Leaves no trace in this browser; the draft goes too, unless somebody wants to come back by its link."""
    with enter(request, organisation, slug, questionnaire=True) as booth:
        link = _link(booth)
        if link and "keep" not in form:
            service.forget_draft(session, link)
        response = RedirectResponse(booth.url(BELOW if booth.is_kiosk else ""), 303)
        booth.jar.clear_link(response)
        return response


QUIET_PATHS: tuple[str, ...] = (
    HERE,
    f"{HERE}/{{position:int}}",
    f"{HERE}/review",
    f"{HERE}/send",
    f"{HERE}/receipt",
    f"{HERE}/link",
    f"{HERE}/resume/{{token}}",
)
"""Routes whose requests leave no line in the access log: neither a private link nor the hour of an answer."""
