"""The voting booth: what every step of an online ballot needs, read in one snapshot that cannot write.

The steps before the confirmation change nothing in the database, so they never take its write lock: that
belongs to the ballot writer.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.accounts.throttle import bucket_of, check_throttle, client_network, note_failure
from participation.ballots.basket import KIOSK_COOKIE, Basket, CookieJar, Sealer, belongs_to
from participation.ballots.entries import CodeClaim, DeclaredClaim, Entry, Source
from participation.counting.answers import Answer, problems
from participation.counting.spec import BallotSpec, Capture, Channel, Question, RegisterKind, RulingKind
from participation.db import Database
from participation.errors import Message, NotFound
from participation.i18n import lazy as _
from participation.processes.access import nothing_here, public_process, published_spec
from participation.processes.eligibility import young_ages
from participation.processes.queries import (
    OpenProcess,
    SpecRow,
    Windows,
    spec_by_id,
    windows_of,
)
from participation.templating import locale_of, page

FAILURE_LIMIT = 20
"""Failed codes or look-ups from one network in a quarter of an hour; a library is one network."""
ONLINE = Source(Channel.ONLINE, Capture.SELF)
_specs: dict[uuid.UUID, SpecRow] = {}


@dataclass(frozen=True, slots=True)
class Booth:
    """One request at one vote: who asks is in the cookies and nowhere else."""

    request: Request
    session: Session
    process: OpenProcess
    spec_row: SpecRow
    windows: Windows
    at: datetime
    jar: CookieJar

    @property
    def spec(self) -> BallotSpec:
        return self.spec_row.spec

    @property
    def locale(self) -> str:
        return locale_of(self.request)

    @property
    def is_open(self) -> bool:
        return self.windows.online_open(self.at)

    @property
    def first_page(self) -> str:
        """Where a shared device begins, below the process."""
        return "/questionnaire" if self.spec.is_questionnaire else "/vote"

    @property
    def is_kiosk(self) -> bool:
        return KIOSK_COOKIE in self.request.cookies

    @property
    def asks_age(self) -> bool:
        """Whether somebody may vote who is too young to declare a name, and needs a code."""
        return self.spec.register is RegisterKind.OPEN and self.young_ages is not None

    @property
    def young_ages(self) -> Message | None:
        """The ages that may declare no name, in words; None where nobody who votes is so young."""
        return young_ages(self.spec.minimum_age)

    @property
    def takes_codes(self) -> bool:
        """Whether anybody votes with a code: everybody in a closed register, the young in an open one."""
        return self.spec.register is RegisterKind.CLOSED or self.asks_age

    @property
    def basket(self) -> Basket | None:
        """The voter's ballot so far; None too when it was begun for another version of this vote."""
        found = self.jar.read_basket(self.request.cookies)
        return found if found and belongs_to(found, self.spec_row.id, self.spec) else None

    def url(self, below: str = "") -> str:
        """An address of this vote in the page's language: url('/vote')."""
        return f"/{self.locale}{self.process.path}{below}"

    def go(self, below: str) -> RedirectResponse:
        return RedirectResponse(self.url(below), 303)

    def page(self, template: str, context: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
        """A page that no cache keeps: it may hold what somebody typed, perhaps on a shared device."""
        common = {
            "booth": self,
            "process": self.process.process,
            "organisation": self.process.organisation,
            "base": self.url(),
            "spec": self.spec,
            "kiosk": self.is_kiosk,
            "layout": "layouts/kiosk.html" if self.is_kiosk else "layouts/public.html",
            "kiosk_reset_url": self.url(self.first_page),
        }
        headers = {"Cache-Control": "no-store"}
        return page(self.request, template, {**common, **context}, status=status, headers=headers)

    def bucket(self, purpose: str) -> str:
        """The throttle's name for this visitor at this vote."""
        return bucket_for(self.request, purpose, str(self.process.id))


@contextmanager
def enter(request: Request, organisation: str, slug: str, *, questionnaire: bool | None = False) -> Iterator[Booth]:
    """Opens the vote at this address for reading. NotFound when there is none, or not yet.

    A questionnaire has pages of its own, where `questionnaire` is true; None where either will do.
    """
    database: Database = request.app.state.database
    carry_token(request)
    with database.reading() as session:
        process = public_process(session, organisation, slug)
        spec_row = published_spec(session, process)
        if questionnaire not in (None, spec_row.spec.is_questionnaire):
            raise nothing_here()
        _specs[spec_row.id] = spec_row
        windows = windows_of(session, spec_row.id)
        yield Booth(
            request, session, process, spec_row, windows, request.app.state.clock(), jar_of(request, process.path)
        )


def carry_token(request: Request) -> None:
    """Puts the token of a staff session on the page where the browser has one, even one that has ended.

    A form posted beside such a session is refused without it: staff vote as well, and start shared devices.
    Whose session it is is not looked up.
    """
    if session_token := request.cookies.get(SESSION_COOKIE):
        request.state.csrf_token = csrf_token(request.app.state.settings.key("csrf"), session_token)


def jar_of(request: Request, path: str) -> CookieJar:
    settings = request.app.state.settings
    return CookieJar(Sealer(settings.key("basket")), path, secure=settings.is_https)


def bucket_for(request: Request, purpose: str, place: str) -> str:
    return bucket_of(request.app.state.settings.key("throttle"), purpose, client_network(request), place)


def refuse_guessing(session: Session, bucket: str, at: datetime) -> None:
    """TooMany after too many failures; what succeeds is never counted."""
    check_throttle(session, bucket, FAILURE_LIMIT, at)


def noting_wrong_guess(response: Response, request: Request, bucket: str, at: datetime) -> Response:
    """Counts the failure once the answer has left, in a transaction of its own.

    It may wait for the write lock, and must not hold a thread that the lock's owner needs.
    """
    response.background = BackgroundTask(asyncio.to_thread, _note_failure, request.app.state.database, bucket, at)
    return response


def _note_failure(database: Database, bucket: str, at: datetime) -> None:
    with database.writing() as session:
        note_failure(session, bucket, at)


async def frozen_spec(request: Request, spec_id: uuid.UUID) -> SpecRow:
    """The spec of a basket from memory; a spec never changes, so it is read once per process."""
    found = _specs.get(spec_id)
    if found is None:
        found = _specs[spec_id] = await run_in_threadpool(_load_spec, request.app.state.database, spec_id)
    return found


def _load_spec(database: Database, spec_id: uuid.UUID) -> SpecRow:
    with database.reading() as session:
        found = spec_by_id(session, spec_id)
    if found is None:
        raise NotFound(_("This vote does not exist."))
    return found


def unsettled(basket: Basket, spec: BallotSpec) -> Question | None:
    """The first question that is not answered, or not validly; None when the ballot can be cast."""
    for question in spec.questions_of(basket.style):
        if question.id not in basket.marks or problems(question, basket.answer(question)):
            return question
    return None


def entry_of(basket: Basket, spec: BallotSpec, at: datetime) -> Entry:
    """The ballot as `cast` takes it. Blank when every question is left blank."""
    answers: dict[str, Answer] = {question.id: basket.answer(question) for question in spec.questions_of(basket.style)}
    claim = CodeClaim(basket.code_hash) if basket.code_hash else DeclaredClaim(basket.fields)
    ruling = RulingKind.VALID if any(answers.values()) else RulingKind.BLANK
    return Entry(claim, basket.style, tuple(sorted(answers.items())), ONLINE, at, basket.nonce, ruling)


def nothing_kept(response: Response, jar: CookieJar) -> Response:
    """The answer that leaves no trace of a voter in the browser."""
    jar.clear_basket(response)
    jar.clear_receipt(response)
    jar.clear_link(response)
    return response
