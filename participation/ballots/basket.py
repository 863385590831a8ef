"""The ballot before it is cast: an encrypted cookie of the voter's browser, and nothing anywhere else.

It holds who votes (keyed hash of a code, or the declaration), the choices so far and the nonce of this
ballot. It is never in the database, in an address or in a log. Its length is padded, so that what goes
over the wire does not tell how many projects are chosen.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi.responses import Response

from participation.counting.answers import Answer
from participation.counting.spec import BallotSpec, Question
from participation.errors import Invalid
from participation.i18n import LOCALES
from participation.i18n import lazy as _

BASKET_COOKIE = "ballot"
RECEIPT_COOKIE = "ballot_receipt"
KIOSK_COOKIE = "kiosk"
LINK_COOKIE = "questionnaire"
RECEIPT_LIFE = 30 * 60
"""Seconds for which the receipt page can be reloaded; afterwards the code is looked up like any other."""
MAX_COOKIE = 3800
"""Characters; browsers refuse cookies of more than 4096 with name and attributes."""
_PADDING = 384
_MAX_VALUE = 10**7


class Sealer:
    """Encrypts small texts for one place and one purpose; opens only what it sealed there."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, place: str) -> str:
        """`place` is bound in: a cookie of one vote is nothing in another."""
        padded = text.encode() + b" " * (-len(text.encode()) % _PADDING)
        nonce = secrets.token_bytes(12)
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, padded, place.encode())).decode()

    def open(self, sealed: str, place: str) -> str | None:
        """The text, or None for anything that was not sealed here."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode())
            return self._cipher.decrypt(raw[:12], raw[12:], place.encode()).decode().rstrip(" ")
        except (InvalidTag, binascii.Error, ValueError):
            return None


Marks = tuple[tuple[int, int], ...]
"""(place of the project in its question, value): short, whatever the projects' identifiers look like."""


@dataclass(frozen=True, slots=True)
class Basket:
    """One voter's ballot in the making."""

    spec_id: uuid.UUID
    digest: str
    style: str
    nonce: str
    code_hash: str = ""
    """Of the access code; empty for a voter who declares."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The declaration's matching fields; empty for a voter with a code."""
    marks: Mapping[str, Marks] = field(default_factory=dict)
    """Question id → marks. An empty tuple is a blank that the voter confirmed; absent is not answered yet."""
    drafts: Mapping[str, Marks] = field(default_factory=dict)
    """Marks that were kept although the question is not answered, or not validly."""

    def answer(self, question: Question) -> Answer:
        """The marks of a question, confirmed or draft, with the projects' identifiers."""
        marks = self.marks.get(question.id, self.drafts.get(question.id, ()))
        return tuple((question.options[place].id, value) for place, value in marks if place < len(question.options))

    def with_answer(self, question: Question, answer: Answer, *, settled: bool) -> Basket:
        """The basket with this question's answer. A changed ballot is another ballot: it gets a new nonce.

        Were the nonce kept, a voter whose first confirmation was lost on the way back, and who then
        changed a choice, would be given the receipt of a ballot that does not hold the change.
        """
        marks = tuple(
            (question.position[option_id], max(-_MAX_VALUE, min(value, _MAX_VALUE)))
            for option_id, value in answer
            if option_id in question.position
        )
        settled_marks = {key: value for key, value in self.marks.items() if key != question.id}
        drafts = {key: value for key, value in self.drafts.items() if key != question.id}
        (settled_marks if settled else drafts)[question.id] = marks
        if settled_marks == self.marks and drafts == self.drafts:
            return self
        return replace(self, marks=settled_marks, drafts=drafts, nonce=new_nonce())


def new_nonce() -> str:
    return secrets.token_urlsafe(18)


def begin(spec_id: uuid.UUID, digest: str, style: str, *, code_hash: str = "", fields: Mapping[str, str]) -> Basket:
    """An empty ballot of a voter with a code or a declaration."""
    return Basket(spec_id, digest, style, new_nonce(), code_hash, fields)


def carried_over(basket: Basket, old: Basket | None) -> Basket:
    """The new basket with the choices of the old one, where the same ballot style is filled in again.

    Somebody who goes back to correct a name or a code loses nothing.
    """
    if old is None or (old.spec_id, old.style) != (basket.spec_id, basket.style):
        return basket
    return replace(basket, marks=old.marks, drafts=old.drafts)


def dump(basket: Basket) -> str:
    values = [
        basket.spec_id.hex,
        basket.digest[:16],
        basket.style,
        basket.nonce,
        basket.code_hash,
        dict(basket.fields),
        {key: _flat(marks) for key, marks in basket.marks.items()},
        {key: _flat(marks) for key, marks in basket.drafts.items()},
    ]
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def load(text: str) -> Basket:
    """What `dump` wrote; only sealed texts come here, so it is not checked again."""
    spec_id, digest, style, nonce, code_hash, fields, marks, drafts = json.loads(text)
    return Basket(
        uuid.UUID(spec_id),
        digest,
        style,
        nonce,
        code_hash,
        fields,
        {key: _pairs(flat) for key, flat in marks.items()},
        {key: _pairs(flat) for key, flat in drafts.items()},
    )


def _flat(marks: Marks) -> list[int]:
    return [number for mark in marks for number in mark]


def _pairs(flat: list[int]) -> Marks:
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def belongs_to(basket: Basket, spec_id: uuid.UUID, spec: BallotSpec) -> bool:
    """Whether the basket was filled for this very spec."""
    return basket.spec_id == spec_id and basket.style in spec.style


class CookieJar:
    """Reads and writes the cookies of one vote, for each language's address of it.

    Two addresses, `/fr/…/vote` and `/en/…/vote`, hold the same cookie, so that the language can be
    changed in the middle; pages outside never see it and stay cacheable.
    """

    def __init__(self, sealer: Sealer, path: str, *, secure: bool) -> None:
        self._sealer = sealer
        self._path = path
        self._secure = "; Secure" if secure else ""

    def read_basket(self, cookies: Mapping[str, str]) -> Basket | None:
        text = self._open(cookies, BASKET_COOKIE)
        return load(text) if text else None

    def write_basket(self, response: Response, basket: Basket) -> None:
        """Invalid when it does not fit into a cookie; no ballot of 160 projects comes near."""
        sealed = self.sealed_basket(basket)
        if len(sealed) > MAX_COOKIE:
            raise Invalid(
                _("This ballot is too long for your browser to keep. Your earlier choices are kept."),
                _("Take some projects off your ballot, or vote on paper."),
            )
        self._set(response, BASKET_COOKIE, sealed, "/vote")

    def sealed_basket(self, basket: Basket) -> str:
        return self._sealer.seal(dump(basket), self._place(BASKET_COOKIE))

    def read_receipt(self, cookies: Mapping[str, str]) -> str | None:
        return self._open(cookies, RECEIPT_COOKIE)

    def write_receipt(self, response: Response, code: str) -> None:
        """The receipt's code for the page after the redirect, so that it is never in an address."""
        sealed = self._sealer.seal(code, self._place(RECEIPT_COOKIE))
        self._set(response, RECEIPT_COOKIE, sealed, "/vote", RECEIPT_LIFE)

    def clear_basket(self, response: Response) -> None:
        self._set(response, BASKET_COOKIE, "", "/vote", 0)

    def clear_receipt(self, response: Response) -> None:
        self._set(response, RECEIPT_COOKIE, "", "/vote", 0)

    def read_link(self, cookies: Mapping[str, str]) -> str | None:
        """The private link of the questionnaire that this browser is filling in."""
        return self._open(cookies, LINK_COOKIE)

    def write_link(self, response: Response, token: str) -> None:
        self._set(response, LINK_COOKIE, self._sealer.seal(token, self._place(LINK_COOKIE)), "/questionnaire")

    def clear_link(self, response: Response) -> None:
        self._set(response, LINK_COOKIE, "", "/questionnaire", 0)

    def set_kiosk(self, response: Response, *, on: bool) -> None:
        self._set(response, KIOSK_COOKIE, "1" if on else "", "", None if on else 0)

    def _open(self, cookies: Mapping[str, str], name: str) -> str | None:
        sealed = cookies.get(name)
        return self._sealer.open(sealed, self._place(name)) if sealed else None

    def _place(self, name: str) -> str:
        return f"{name}|{self._path}"

    def _set(self, response: Response, name: str, value: str, below: str, max_age: int | None = None) -> None:
        """Written by hand: the standard library's cookies cost more than the encryption."""
        life = "" if max_age is None else f"; Max-Age={max_age}"
        for locale in LOCALES:
            path = f"/{locale}{self._path}{below}"
            cookie = f"{name}={value}; HttpOnly{life}; Path={path}; SameSite=Lax{self._secure}"
            response.headers.append("set-cookie", cookie)
