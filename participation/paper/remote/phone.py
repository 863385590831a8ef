"""Voting on the phone: one agent accepts the declaration, a second keys the choices, a third listens and keys too.

What joins the three is a number that is good for one ballot and lies nowhere. The first never sees a choice, the
others never a name. Declaration, number and ballot are written in transactions of their own: whoever calls these
verbs ends a step between them, so that no transaction has two of the three.
"""

from __future__ import annotations

import hmac
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.ballots import queries as ballots_queries
from participation.ballots.entries import Entry, PhoneClaim, Receipt, Source
from participation.ballots.queries import ReceiptKind
from participation.ballots.service import cast
from participation.counting.spec import Capture, Channel
from participation.db import insert_new
from participation.errors import Conflict, Invalid
from participation.i18n import lazy as _
from participation.paper.events import PhoneBallotConfirmed, PhoneNumberGiven
from participation.paper.marks import Reading, agree, loaded, ruling_of, stored
from participation.paper.models.batches import Interpretation
from participation.paper.models.remote import PhoneNumber
from participation.paper.serials import POSSIBLE, read_serial, with_check
from participation.processes.models import Place
from participation.processes.queries import SpecRow, windows_of
from participation.register import queries as register_queries
from participation.register.keys import Keys
from participation.settings import Settings

LIFE = timedelta(hours=24)
SAID_FIRST = {
    "fr": "La personne qui note vos choix ne connaît pas votre nom. L’appel n’est pas enregistré.",
    "en": "The person who writes down your choices does not know your name. The call is not recorded.",
}
"""What every agent says first, in the caller's language, whatever the language of the screen."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The platform's keys of the phone desk."""

    number: bytes
    choices: bytes

    @classmethod
    def of(cls, settings: Settings) -> Secrets:
        return cls(settings.key("phone-number"), settings.key("phone-choices"))

    def number_hash(self, spec_id: uuid.UUID, number: str) -> str:
        return hmac.digest(self.number, f"hash|{spec_id}|{number}".encode(), "sha256").hex()

    def nonce_hash(self, spec_id: uuid.UUID, nonce: str) -> str:
        return hmac.digest(self.number, f"nonce|{spec_id}|{nonce}".encode(), "sha256").hex()

    def draw(self, spec_id: uuid.UUID, nonce: str, attempt: int) -> str:
        """Always the same for the same form, which nobody keeps: six digits and a check digit."""
        raw = hmac.digest(self.number, f"draw|{spec_id}|{nonce}|{attempt}".encode(), "sha256")
        return with_check(1 + int.from_bytes(raw, "big") % (POSSIBLE - 1))

    def cipher(self, spec_id: uuid.UUID, number: str) -> AESGCM:
        """What opens the choices that were keyed under a number: the number is needed for it."""
        return AESGCM(hmac.digest(self.choices, f"{spec_id}|{number}".encode(), "sha256"))


@dataclass(frozen=True, slots=True)
class Call:
    """A number that lives, as the second and third agents meet it."""

    number: str
    place_id: uuid.UUID
    style: str
    given_by: uuid.UUID
    keyed_by: uuid.UUID | None
    keyed: bytes | None


# The first agent.


def give_number(
    session: Session,
    secrets: Secrets,
    spec_row: SpecRow,
    place: Place,
    style: str,
    *,
    reference: str,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
    instead: bool = False,
) -> str:
    """A number for one ballot; the same nonce again gives the same. `reference` is the call's, kept with the event.

    `instead`: of one that died unused. Conflict where as many numbers live or were used as declarations were
    accepted on this line.
    """
    mine = secrets.nonce_hash(spec_row.id, nonce)
    for attempt in range(POSSIBLE):
        number = secrets.draw(spec_row.id, nonce, attempt)
        hashed = secrets.number_hash(spec_row.id, number)
        known = _rows(session, col(PhoneNumber.number_hash) == hashed)
        if known and known[0].nonce_hash == mine:
            return number
        if not known:
            break
    _check_balance(session, spec_row, place, at)
    row = {
        "number_hash": hashed,
        "spec_id": spec_row.id,
        "place_id": place.id,
        "style": style,
        "nonce_hash": mine,
        "expires_at": at + LIFE,
        "given_by": account_id,
    }
    insert_new(session, PhoneNumber, [row])
    event = PhoneNumberGiven(place.id, instead)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reference)
    return number


def _rows(session: Session, *wanted: ColumnElement[bool]) -> list[PhoneNumber]:
    query = select(PhoneNumber).where(*wanted).execution_options(populate_existing=True)
    return list(session.execute(query).scalars())


def _check_balance(session: Session, spec_row: SpecRow, place: Place, at: datetime) -> None:
    session.execute(select(col(Place.id)).where(col(Place.id) == place.id).with_for_update(key_share=True))
    if balance_of(session, spec_row, place, at).missing <= 0:
        raise Conflict(
            _("Every declaration that was accepted on this line has its number, in use or used. None was given."),
            _("A number lives for a day. Where the call was cut off, the same number is still good."),
        )


@dataclass(frozen=True, slots=True)
class Balance:
    """Of one line: accepted = numbers alive + ballots in the box + numbers that died unused."""

    accepted: int
    alive: int
    cast: int

    @property
    def missing(self) -> int:
        return self.accepted - self.alive - self.cast


def balance_of(session: Session, spec_row: SpecRow, place: Place, at: datetime) -> Balance:
    """How many declarations, live numbers and ballots the line has. No choice is read."""
    alive: int = session.execute(
        select(func.count()).where(col(PhoneNumber.place_id) == place.id, col(PhoneNumber.expires_at) > at)
    ).scalar_one()
    accepted = register_queries.accepted_at(session, spec_row.id, place.id)
    return Balance(accepted, alive, ballots_queries.cast_from(session, spec_row.id, place.id))


# The second and the third.


def call_of(
    session: Session, secrets: Secrets, spec_row: SpecRow, typed: str, *, account_id: uuid.UUID, at: datetime
) -> Call:
    """The call of a number. Invalid where it is none, was used or died; Conflict for who gave it."""
    number = read_serial(typed)
    if number is None:
        raise Invalid(_("This is no such number: one of its seven digits is wrong. Ask for it again."))
    found = _rows(
        session,
        col(PhoneNumber.number_hash) == secrets.number_hash(spec_row.id, number),
        col(PhoneNumber.expires_at) > at,
    )
    if not found:
        raise Invalid(
            _("This number is unknown, was used, or is more than a day old."),
            _("Ask for it again. The first agent can give another in place of one that died unused."),
        )
    row = found[0]
    if row.given_by == account_id:
        raise Conflict(_("You checked this person, so you know a name. Somebody else takes down the choices."))
    refuse_one_hand(session, account_id, row.given_by, *([row.keyed_by] if row.keyed_by else []))
    return Call(number, row.place_id, row.style, row.given_by, row.keyed_by, row.keyed)


def key_choices(
    session: Session, secrets: Secrets, spec_row: SpecRow, call: Call, reading: Reading, *, account_id: uuid.UUID
) -> None:
    """The second agent's keying, or its correction. Conflict once another has keyed under this number."""
    text = json.dumps({"interpretation": reading.interpretation.value, "marks": stored(reading.marks)}).encode()
    nonce = token_bytes(12)
    sealed = nonce + secrets.cipher(spec_row.id, call.number).encrypt(nonce, text, None)
    free = col(PhoneNumber.keyed_by).is_(None) | (col(PhoneNumber.keyed_by) == account_id)
    hashed = secrets.number_hash(spec_row.id, call.number)
    taken = session.execute(
        update(PhoneNumber)
        .where(col(PhoneNumber.number_hash) == hashed, col(PhoneNumber.given_by) != account_id, free)
        .values(keyed_by=account_id, keyed=sealed)
        .returning(col(PhoneNumber.number_hash))
    )
    if taken.first() is None:
        raise Conflict(_("Another agent keyed under this number first. You are the one who listens and confirms."))


def keyed_choices(secrets: Secrets, spec_row: SpecRow, call: Call) -> Reading | None:
    """What the second agent keyed; None while nothing is. Shown to nobody but that agent."""
    if call.keyed is None:
        return None
    opened = secrets.cipher(spec_row.id, call.number).decrypt(call.keyed[:12], call.keyed[12:], None)
    content = json.loads(opened)
    return Reading(Interpretation(content["interpretation"]), loaded(content["marks"]))


def confirms(secrets: Secrets, spec_row: SpecRow, call: Call, reading: Reading) -> bool:
    """Whether the third agent keyed the same as the second."""
    first = keyed_choices(secrets, spec_row, call)
    return first is not None and agree(spec_row.spec.questions_of(call.style), first, reading)


def use_number(
    session: Session, secrets: Secrets, spec_row: SpecRow, call: Call, *, account_id: uuid.UUID, at: datetime
) -> None:
    """The first step of the third agent: the number is deleted, and the event says which two agents took a ballot.

    Committed before the ballot enters the box. Dying in between, the number is gone and another is given instead.
    """
    if call.keyed_by is None or account_id in (call.keyed_by, call.given_by):
        raise Conflict(_("Three different people take a vote on the phone: one checks, one keys, one confirms."))
    if windows_of(session, spec_row.id).intake_closed(at):
        raise Conflict(_("Intake is closed: nothing more can be received. Nothing was changed."))
    hashed = secrets.number_hash(spec_row.id, call.number)
    same = (col(PhoneNumber.number_hash) == hashed) & (col(PhoneNumber.keyed) == call.keyed)
    used = session.execute(delete(PhoneNumber).where(same).returning(col(PhoneNumber.number_hash))).first()
    if used is None:
        raise Conflict(_("The other agent has just keyed again. Compare once more: nothing is in the box yet."))
    event = PhoneBallotConfirmed(call.place_id, call.keyed_by)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def cast_choices(
    session: Session, keys: Keys, spec_row: SpecRow, call: Call, reading: Reading, *, nonce: str, at: datetime
) -> str:
    """The second step: the ballot enters the box; the receipt code to read to the person."""
    ruling = ruling_of(spec_row.spec.questions_of(call.style), reading, None)
    source = Source(Channel.PHONE, Capture.KEYED, call.place_id)
    entry = Entry(PhoneClaim(), call.style, ruling.choices, source, at, nonce, ruling.kind)
    (answer,) = cast(session, keys, spec_row, [entry], at)
    if not isinstance(answer, Receipt):
        raise Conflict(_("The box refused this ballot (%(reason)s). Nothing was cast.", reason=answer.reason.value))
    return answer.code


def receipt_of(session: Session, keys: Keys, spec_row: SpecRow, nonce: str, at: datetime) -> str | None:
    """The receipt of a form that was sent before, if its ballot is in the box."""
    code = keys.receipt_code(nonce)
    status = ballots_queries.receipt_status(session, keys, spec_row, code, at)
    return None if status.kind is ReceiptKind.UNKNOWN else code


def forget_numbers(session: Session, at: datetime) -> None:
    """Deletes the numbers that died, and with them what was keyed under them."""
    session.execute(delete(PhoneNumber).where(col(PhoneNumber.expires_at) <= at))
