"""The intake desk: a slip is typed so that it is right, accepted once, and answered with what to do next.

The acceptance itself, with the precedence, is `ballots.acceptance`; this desk never sees a choice.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from participation.ballots.acceptance import accept_declaration, case_label, note_declaration, refuse_declaration
from participation.ballots.entries import Acceptance, Declared, Outcome
from participation.paper import sealed
from participation.paper.intake import envelopes
from participation.paper.intake.envelopes import BagRow
from participation.paper.intake.forms import TypedDeclaration, TypedRefusal
from participation.paper.intake.submissions import remember_outcome, remembered_outcome
from participation.paper.models.custody import Finding
from participation.processes.models import Place, PlaceKind
from participation.processes.queries import SpecRow
from participation.register import queries as register_queries
from participation.register.identity import grouped
from participation.register.keys import Keys

ANSWER_LIFE = timedelta(days=2)
"""As long as a form that was sent is remembered."""


class Result(StrEnum):
    """What the desk does next."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    CASE = "case"
    ANONYMOUS = "anonymous"


_RESULT = {Outcome.ACCEPTED: Result.ACCEPTED, Outcome.REFUSED: Result.REFUSED, Outcome.CASE: Result.CASE}


@dataclass(frozen=True, slots=True)
class Desk:
    """Who works at which place, with the key that seals what passes through the browser."""

    spec_row: SpecRow
    place: Place
    account_id: uuid.UUID
    seal_key: bytes
    bag: BagRow | None = None
    """The bag whose envelopes are being checked in, where the place works with bags."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome as its page shows it. It holds no name."""

    result: Result
    stubs: tuple[str, ...] = ()
    replaced_online: bool = False
    refused: str = ""
    label: str = ""
    """Of a case: what is written on the envelope or slip that waits in the tray."""


def first_typing(desk: Desk, typed: TypedDeclaration, earlier: list[dict[str, Any]], at: datetime) -> str:
    """The typings so far, sealed: the next one is made without sight of them."""
    typing = {"identity": typed.identity, "values": dict(typed.values)}
    return sealed.seal(desk.seal_key, desk.account_id, {"typings": [*earlier, typing]}, at)


def earlier_typings(desk: Desk, token: str, at: datetime) -> list[dict[str, Any]]:
    """What was typed before, oldest first; nothing on the first form."""
    if not token:
        return []
    typings: list[dict[str, Any]] = sealed.unseal(desk.seal_key, desk.account_id, token, at)["typings"]
    return typings


def agrees(typed: TypedDeclaration, earlier: list[dict[str, Any]]) -> bool:
    """Whether this typing is the same as one of the earlier ones, as the register compares them."""
    return any(typing["identity"] == typed.identity for typing in earlier)


def repeated(session: Session, keys: Keys, desk: Desk, nonce: str) -> str | None:
    """The sealed outcome of the very same form, if it was sent before."""
    return remembered_outcome(session, desk.spec_row.id, _nonce_hash(keys, desk, nonce))


def _nonce_hash(keys: Keys, desk: Desk, nonce: str) -> str:
    return keys.plain_hash(f"intake|{desk.spec_row.id}|{desk.account_id}|{nonce}")


def note(session: Session, keys: Keys, desk: Desk, typed: TypedDeclaration, at: datetime) -> None:
    """The first step: that a slip was checked in. DomainError, with nothing written, as `accept`."""
    declared = _declared(desk, typed, style_of(session, keys, desk, typed))
    note_declaration(session, keys, desk.spec_row, declared, at, children=typed.children)


def accept(
    session: Session, keys: Keys, desk: Desk, typed: TypedDeclaration, *, nonce: str, at: datetime
) -> tuple[Answer, str]:
    """The second step: the slip accepted, or a ballot for each child; the answer, and the same sealed for its page.

    DomainError, with nothing written, when the register or the hours refuse it.
    """
    with session.begin_nested():  # a refusal half-way leaves no trace, and the page can be shown again
        style = style_of(session, keys, desk, typed)
        declared = [_declared(desk, typed, style) for _child in range(typed.children)]
        done = [accept_declaration(session, keys, desk.spec_row, each, at) for each in declared]
        _note_found(session, desk, done, style, typed)
    answer = _answer(done, anonymous=typed.anonymous)
    return answer, _remember(session, keys, desk, answer, nonce, at)


_FINDING = {Outcome.ACCEPTED: Finding.ACCEPTED, Outcome.REFUSED: Finding.SET_ASIDE, Outcome.CASE: Finding.CASE}


def _note_found(session: Session, desk: Desk, done: list[Acceptance], style: str, typed: TypedDeclaration) -> None:
    """Of a place of envelopes: who checked in, and one more of that kind in the bag. Several children share a slip."""
    if desk.place.kind is not PlaceKind.ENVELOPE:
        return
    finding = _FINDING[done[0].outcome]
    found = {(finding, style if finding is Finding.ACCEPTED else ""): len(done)}
    if second := len(done) - 1 + typed.second_slip:
        found[Finding.SECOND_SLIP, ""] = second
    if typed.loose:
        found[Finding.LOOSE, ""] = 1
    envelopes.note_found(session, desk.place, desk.bag, desk.account_id, found)


def _declared(desk: Desk, typed: TypedDeclaration, style: str) -> Declared:
    return Declared(
        place_id=desk.place.id,
        channel=desk.place.channel,
        style=style,
        received=typed.received,
        first_account_id=desk.account_id,
        code=typed.code,
        register_number=typed.register_number,
        fields=typed.fields,
        anonymous=typed.anonymous,
        slip_code=typed.slip_code,
    )


def style_of(session: Session, keys: Keys, desk: Desk, typed: TypedDeclaration) -> str:
    """The district as typed, or the one that a closed register has for this person."""
    if typed.style:
        return typed.style
    spec_id = desk.spec_row.id
    if typed.code is not None:
        found = register_queries.codes(session, spec_id, [keys.code_hash(spec_id, typed.code)])
        return next((row.style for row in found.values()), desk.spec_row.spec.styles[0].id)
    voter = register_queries.voter_by_number(session, spec_id, typed.register_number or "")
    return voter.style if voter else desk.spec_row.spec.styles[0].id


def _answer(done: list[Acceptance], *, anonymous: bool) -> Answer:
    stubs = tuple(grouped(each.stub_code) for each in done if each.outcome is Outcome.ACCEPTED)
    if anonymous:
        return Answer(Result.ANONYMOUS, stubs)
    (only,) = done
    refused = only.refused.value if only.refused else ""
    label = case_label(only.declaration_id) if only.outcome is Outcome.CASE else ""
    return Answer(_RESULT[only.outcome], stubs, only.replaced_online, refused, label)


def refuse(
    session: Session, keys: Keys, desk: Desk, typed: TypedRefusal, *, nonce: str, at: datetime
) -> tuple[Answer, str]:
    """Sets an envelope aside unopened, or turns somebody away, with the reason; no name is kept."""
    refuse_declaration(
        session,
        keys,
        desk.spec_row,
        place_id=desk.place.id,
        channel=desk.place.channel,
        style=typed.style,
        received=typed.received,
        reason=typed.reason,
        slip_code=typed.slip_code,
        account_id=desk.account_id,
        at=at,
    )
    if desk.place.kind is PlaceKind.ENVELOPE:
        found = {(Finding.SET_ASIDE, ""): 1, (Finding.SECOND_SLIP, ""): int(typed.second_slip)}
        envelopes.note_found(session, desk.place, desk.bag, desk.account_id, found)
    answer = Answer(Result.REFUSED, refused=typed.reason.value)
    return answer, _remember(session, keys, desk, answer, nonce, at)


def _remember(session: Session, keys: Keys, desk: Desk, answer: Answer, nonce: str, at: datetime) -> str:
    state = {
        "result": answer.result.value,
        "stubs": list(answer.stubs),
        "replaced": answer.replaced_online,
        "refused": answer.refused,
        "label": answer.label,
    }
    token = sealed.seal(desk.seal_key, desk.account_id, state, at)
    remember_outcome(session, desk.spec_row.id, _nonce_hash(keys, desk, nonce), token, at.date())
    return token


def read_answer(desk: Desk, token: str, at: datetime) -> Answer:
    """The outcome that a page is asked to show. Invalid when it is too old or another clerk's."""
    state: Mapping[str, Any] = sealed.unseal(desk.seal_key, desk.account_id, token, at, ANSWER_LIFE)
    return Answer(
        Result(state["result"]), tuple(state["stubs"]), state["replaced"], state["refused"], state.get("label", "")
    )
