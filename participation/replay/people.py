"""The people of a replay: voters with their codes, a clerk at the counter, two clerks who key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import httpx2
from pydantic import SecretStr

from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.counting.spec import Question, QuestionKind
from participation.replay.blueprint import PublishedBallot
from participation.replay.build import Plan, register_number
from participation.replay.desk import Keyed
from participation.replay.state import State
from participation.settings import Settings

ALREADY_RECEIVED = "already-received"
"""What the site answers to a code whose ballot is in the box."""

VOTERS_AT_ONCE = 24
BATCHES_AT_ONCE = 3
BATCH_SIZE = 50
Progress = Callable[[str, int, int], None]
Work = TypeVar("Work")


class Unexpected(RuntimeError):
    """The site answered something that a replay does not expect."""

    def __init__(self, path: str, answer: httpx2.Response) -> None:
        super().__init__(f"{path}: {answer.status_code} {answer.headers.get('x-refusal', '')}\n{answer.text[:2000]}")


class Clerk:
    """A signed-in member of staff: posts forms with the session's hidden token."""

    def __init__(self, client: httpx2.AsyncClient, state: State, token: str) -> None:
        self._client = client
        self._base = f"/fr/staff/{state.notes.slug}/{state.notes.slug}"
        self._headers = {"cookie": f"{SESSION_COOKIE}={token}"}
        self._csrf = csrf_token(_csrf_key(state), token)

    async def post(self, path: str, form: dict[str, str]) -> str:
        """Sends a form and returns where it leads."""
        data = {**form, "csrf_token": self._csrf}
        answer = await self._client.post(self._base + path, data=data, headers=self._headers)
        if answer.status_code != 303:
            raise Unexpected(path, answer)
        return str(answer.headers["location"])


def _csrf_key(state: State) -> bytes:
    return Settings(secret_key=SecretStr(state.secret_key), demo=False).key("csrf")


async def cast_online(state: State, plan: Plan, base: str, progress: Progress) -> None:
    """Every online ballot through the web form: code, choices, confirm. Stops at the first surprise."""
    waiting = [ballot for ballot in plan.online if f"o{ballot.index}" not in state.done]
    total, start = len(plan.online), len(plan.online) - len(waiting)
    path = f"/fr/{state.notes.slug}/{state.notes.slug}/vote"

    async def one(ballot: PublishedBallot) -> None:
        await _vote(state, plan.question, base + path, ballot)
        state.note(f"o{ballot.index}")

    await _all(waiting, one, VOTERS_AT_ONCE, state, lambda done: progress("online", start + done, total))


async def _vote(state: State, question: Question, url: str, ballot: PublishedBallot) -> None:
    """One voter in a browser of their own; "already received" means that an earlier run was not noted."""
    async with httpx2.AsyncClient(timeout=60) as browser:
        code = await browser.post(f"{url}/code", data={"code": state.code(register_number(ballot))})
        if code.headers.get("x-refusal") == ALREADY_RECEIVED:
            return
        _expect_redirect(f"{url}/code", code)
        ballot_page = f"{url}/ballot/1"
        _expect_redirect(ballot_page, await browser.post(ballot_page, data=ballot_form(question, ballot)))
        answer = await browser.post(f"{url}/confirm", data={})
        while answer.status_code == 503:
            await asyncio.sleep(0.2)
            answer = await browser.post(f"{url}/confirm", data={})
        if answer.headers.get("x-refusal") != ALREADY_RECEIVED:
            _expect_redirect("confirm", answer)


def _expect_redirect(url: str, answer: httpx2.Response) -> None:
    """Unexpected unless the form was taken."""
    if answer.status_code != 303:
        raise Unexpected(url, answer)


def ballot_form(question: Question, ballot: PublishedBallot) -> dict[str, str]:
    """The fields of the web form for this answer; a blank says that it is one."""
    if not ballot.answer:
        return {"blank": "1"}
    if question.kind is QuestionKind.CHOOSE_ONE:
        return {f"c.{question.id}": ballot.answer[0][0]}
    return {f"c.{question.id}.{option_id}": str(value) for option_id, value in ballot.answer}


async def cast_paper(
    state: State, plan: Plan, base: str, tokens: dict[str, str], keyed: Keyed, progress: Progress
) -> None:
    """Declarations accepted at the counter, then batches keyed by two clerks who see nothing of each other."""
    if not plan.paper:
        return
    limits = httpx2.Limits(max_connections=16)
    async with httpx2.AsyncClient(base_url=base, timeout=120, limits=limits) as client:
        staff = {part: Clerk(client, state, token) for part, token in tokens.items()}
        await _accept_declarations(state, plan, staff["intake"], progress)
        await _key_batches(state, plan, staff["first"], staff["second"], keyed, progress)


async def _accept_declarations(state: State, plan: Plan, clerk: Clerk, progress: Progress) -> None:
    waiting = [ballot for ballot in plan.paper if f"d{ballot.index}" not in state.done]
    total, start = len(plan.paper), len(plan.paper) - len(waiting)
    stock = {"place": state.notes.place_code, "kind": "blanks_received", "amount": str(total)}
    await clerk.post("/intake/stock", {**stock, "nonce": state.derived("blanks")})

    async def one(ballot: PublishedBallot) -> None:
        number = register_number(ballot)
        form = {"nonce": state.derived(f"declaration|{number}"), "code": state.code(number), "kind": "person"}
        where = await clerk.post(f"/intake/{state.notes.place_code}", form)
        outcome = parse_qs(urlsplit(where).query).get("is", [""])[0]
        if outcome != "accepted":
            raise RuntimeError(f"declaration {number}: {outcome}")
        state.note(f"d{ballot.index}")

    await _all(waiting, one, BATCHES_AT_ONCE, state, lambda done: progress("declarations", start + done, total))


async def _key_batches(
    state: State, plan: Plan, first: Clerk, second: Clerk, before: Keyed, progress: Progress
) -> None:
    paper = plan.paper
    piles = [(start // BATCH_SIZE + 1, paper[start : start + BATCH_SIZE]) for start in range(0, len(paper), BATCH_SIZE)]
    waiting = [(number, pile) for number, pile in piles if f"b{number}" not in state.done]
    start = sum(len(pile) for number, pile in piles if f"b{number}" in state.done)
    keyed = start

    async def one(numbered: tuple[int, Sequence[PublishedBallot]]) -> None:
        nonlocal keyed
        number, pile = numbered
        await _key_batch(state, plan.question, number, pile, first, second, before)
        keyed += len(pile)
        state.note(f"b{number}")
        progress("paper", keyed, len(plan.paper))

    await _all(waiting, one, BATCHES_AT_ONCE, state, lambda _done: None)


async def _key_batch(
    state: State,
    question: Question,
    number: int,
    pile: Sequence[PublishedBallot],
    first: Clerk,
    second: Clerk,
    before: Keyed,
) -> None:
    """One batch from its header to the box. Every form carries a derived nonce, so doing it again is harmless.

    A pass that an earlier run finished takes no form any more, not even the same one, so it is left as it is.
    """
    header = {
        "nonce": state.derived(f"batch|{number}"),
        "place": state.notes.place_code,
        "header_count": str(len(pile)),
        "seal_number": f"S{number}",
    }
    page = await first.post("/batches", header)
    path = "/batches/" + page.rsplit("/batches/", 1)[1].split("/")[0].split("?")[0]
    numbered = int(path.rsplit("/", 1)[1])
    if numbered in before.closed:
        return
    for part, clerk in (("first", first), ("second", second)):
        if (numbered, state.notes.accounts[part]) in before.finished:
            continue
        await clerk.post(f"{path}/start", {})
        for position, ballot in enumerate(pile, 1):
            form = keying_form(question, ballot)
            nonce = state.derived(f"keying|{number}|{position}|{clerk is first}")
            await clerk.post(f"{path}/key", {**form, "position": str(position), "nonce": nonce})
        await clerk.post(f"{path}/finish", {})
    await first.post(f"{path}/close", {})


def keying_form(question: Question, ballot: PublishedBallot) -> dict[str, str]:
    """What a clerk types for this ballot: printed numbers, with points where the ballot has them."""
    if not ballot.answer:
        return {"ruling": "blank", f"numbers.{question.id}": ""}
    number = {option.id: option.number for option in question.options}
    if question.kind is QuestionKind.CUMULATIVE:
        typed = " ".join(f"{number[option_id]}:{points}" for option_id, points in ballot.answer)
    else:
        typed = " ".join(number[option_id] for option_id, _value in ballot.answer)
    return {"ruling": "", f"numbers.{question.id}": typed}


async def _all(
    waiting: Sequence[Work],
    act: Callable[[Work], Awaitable[None]],
    at_once: int,
    state: State,
    done: Callable[[int], None],
) -> None:
    """Does every act, a few at a time, noting progress; the first failure ends all of them."""
    queue = iter(waiting)
    finished = 0

    async def take() -> None:
        nonlocal finished
        for work in queue:
            await act(work)
            finished += 1
            if finished % 100 == 0:
                state.flush()
                done(finished)

    async with asyncio.TaskGroup() as group:
        for _number in range(at_once):
            group.create_task(take())
    state.flush()
    done(finished)
