"""Ten writers and two moderators at once, over a real connection: nothing is lost, nothing is decided twice."""

from __future__ import annotations

import re
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
from sqlalchemy import func, select
from sqlmodel import Session, col

from participation import audit
from participation.accounts import service as accounts
from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.consultations import service
from participation.consultations.entries import Contributed
from participation.consultations.models import (
    ConsultationSettings,
    Contribution,
    ContributionKind,
    ContributionState,
    ContributionTally,
    ContributionText,
    ModerationDecision,
)
from participation.consultations.service import ContributionDecided
from participation.db import Database
from participation.processes.queries import process_by_id
from participation.register.keys import Keys
from participation.settings import Settings
from tests.browser.server import serving
from tests.builders import NOON
from tests.client import Page
from tests.consultations.stories import Consultation, build_consultation, build_office

WRITERS, COMMENTS = 10, 2
EACH = COMMENTS + 1
"""Comments of one writer, and a reply."""


@dataclass
class Person:
    """Somebody at a connection of their own."""

    base: str
    place: int
    token: str = ""
    key: bytes = b""
    answers: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        transport = httpx2.HTTPTransport(local_address=f"127.0.1.{self.place}")
        cookies = {SESSION_COOKIE: self.token} if self.token else {}
        self.client = httpx2.Client(base_url=self.base, transport=transport, cookies=cookies, timeout=60)

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        self.answers[answer.status_code] += 1
        return answer.text

    def post(self, path: str, **form: str) -> httpx2.Response:
        token = {"csrf_token": csrf_token(self.key, self.token)} if self.token else {}
        answer = self.client.post(path, data=form | token)
        self.answers[answer.status_code] += 1
        return answer


@contextmanager
def reachable(settings: Settings) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        with serving(settings, lambda: NOON, [listener]):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def write(person: Person, world: Consultation, first: int) -> None:
    """Comments, each sent twice one corrected; a reply, and a sign that one helps."""
    for place in range(COMMENTS):
        form = {"text": f"Texte {person.place}-{place}", "language": "fr", "nonce": f"{person.place}-{place}"}
        with ThreadPoolExecutor(2) as hands:
            sent = list(hands.map(lambda _click, form=form: person.post(f"{world.public}/comments", **form), range(2)))
        mine = {answer.headers["location"].partition("?")[0] for answer in sent}
        assert len(mine) == 1, "the same form sent twice is one"
        if place == 1:
            person.post(f"{mine.pop()}/correct", text=f"Corrigé {person.place}", version="1")
    person.post(f"{world.public}/comments/{first}", text="D’accord.", language="fr", nonce=f"{person.place}-reply")
    for _click in range(2):
        person.post(f"{world.public}/comments/{first}/reaction", act="give")


def moderate(person: Person, world: Consultation, expected: int, done: set[int]) -> None:
    """Reads the queue from the top until everything is decided: even numbers are published, odd ones refused."""
    for _round in range(400):
        page = Page(person.get(f"{world.staff}/moderation"))
        seen = [attrs["value"] for attrs in page.all("input") if attrs.get("name") == "seen"]
        numbers = [int(found) for found in re.findall(r'<article class="section" id="C-(\d+)"', page.html)]
        for number, stood in zip(numbers, seen, strict=True):
            choice = {"decision": "publish"} if number % 2 == 0 else {"decision": "refuse", "reason": "off-topic"}
            if person.post(f"{world.staff}/moderation/{number}", seen=stood, **choice).status_code == 303:
                assert number not in done, "nothing is decided twice"
                done.add(number)
        if len(done) == expected:
            return


def test_ten_writers_and_two_moderators_at_once_lose_nothing(
    settings: Settings, database: Database, keys: Keys
) -> None:
    world = build_consultation(database)
    office = build_office(database, world)
    first = _a_published_comment(database, keys, world, office.moderator)
    done: set[int] = set()
    with database.writing() as session:
        session.get_one(ConsultationSettings, world.process_id).reactions = True
        tokens = [accounts.sign_in(session, account, NOON) for account in (office.moderator, office.admin)]
    with reachable(settings) as base, ThreadPoolExecutor(WRITERS + 2) as people:
        writers = [Person(base, place + 1) for place in range(WRITERS)]
        moderators = [Person(base, 100 + place, token, settings.key("csrf")) for place, token in enumerate(tokens)]
        work = [people.submit(write, person, world, first) for person in writers]
        work += [people.submit(moderate, person, world, WRITERS * EACH, done) for person in moderators]
        for each in work:
            each.result(240)
    answers = sum((person.answers for person in (*writers, *moderators)), Counter[int]())
    assert set(answers) <= {200, 303, 409}, answers
    with database.reading() as session:
        _check(session, world, first)


def _a_published_comment(database: Database, keys: Keys, world: Consultation, moderator: UUID) -> int:
    with database.writing() as session:
        process = process_by_id(session, world.process_id)
        assert process is not None
        entry = Contributed(ContributionKind.COMMENT, "Le premier", "fr", NOON, "first")
        receipt = service.contribute(session, keys, process, entry, at=NOON)
        row = session.get_one(Contribution, receipt.contribution_id)
        service.decide(session, process, row, None, "", at=NOON, by=moderator)
        return receipt.number


def _check(session: Session, world: Consultation, first: int) -> None:
    """What lies in the database after everybody has left, counted from its rows."""
    rows = list(session.execute(select(Contribution).order_by(col(Contribution.number))).scalars())
    assert [row.number for row in rows] == list(range(1, WRITERS * EACH + 2)), "one series, no gap, nothing twice"
    assert all(row.number == first or row.state is _wanted(row.number) for row in rows)
    decisions = session.execute(select(col(ModerationDecision.contribution_id))).scalars()
    assert sorted(decisions) == sorted(row.id for row in rows), "one decision each"
    events = audit.list_events(session, world.process_id, [ContributionDecided])
    assert len(events) == len(rows)
    texts = set(session.execute(select(col(ContributionText.text))).scalars())
    for writer in range(1, WRITERS + 1):
        written = {f"Texte {writer}-{place}" for place in range(COMMENTS)} | {f"Corrigé {writer}"}
        assert written <= texts, "the correction and what was corrected"
    assert session.execute(select(func.count()).where(col(Contribution.version) == 2)).scalar_one() == WRITERS
    (head,) = [row for row in rows if row.number == first]
    published = [row for row in rows if row.parent_id == head.id and row.state is ContributionState.PUBLISHED]
    assert (head.helped, head.replies) == (WRITERS, len(published))
    counted = Counter(row.state for row in rows)
    for state in ContributionState:
        kept = select(func.sum(ContributionTally.number)).where(col(ContributionTally.state) == state)
        assert (session.execute(kept).scalar() or 0) == counted[state], "what pages say is what there is"


def _wanted(number: int) -> ContributionState:
    return ContributionState.PUBLISHED if number % 2 == 0 else ContributionState.REFUSED
