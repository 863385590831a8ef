"""What a browser keeps of a meeting: a mark of its own, and the number of the card that it was given.

The device cookie is random and signed; it says which browser this is and nothing of whose. A ticket proves that a
poll was seen while it was open: it goes out with the question and with nothing else.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import HTTPConnection
from starlette.responses import Response

COOKIE = "room"
CARD_COOKIE = "room-card"
KEPT = 30 * 24 * 3600
"""Seconds: longer than a question stays open before and after its meeting."""
_TOKEN = 22


@dataclass(frozen=True, slots=True)
class Devices:
    """Makes and checks what is signed with the key of the rooms."""

    key: bytes
    secure: bool = False

    def known(self, cookies: Mapping[str, str]) -> str | None:
        """The device's own random mark; None for a browser without one, or with one that is not ours."""
        token, _dot, signature = cookies.get(COOKIE, "").partition(".")
        return token if token and hmac.compare_digest(signature, self._sign("device", token)) else None

    def new(self) -> str:
        return secrets.token_urlsafe(16)[:_TOKEN]

    def invitation(self, code: str) -> str:
        """What the square code holds, below the address of the site: the code, and a proof that it was seen."""
        return f"/m/{code}?k={self._invited(code)}"

    def is_invitation(self, proof: str, code: str) -> bool:
        return hmac.compare_digest(proof.encode(), self._invited(code).encode())

    def _invited(self, code: str) -> str:
        return self._sign("invited", code)[:12]

    def is_let_in(self, cookies: Mapping[str, str], code: str) -> bool:
        """Whether this browser has been in the meeting before."""
        return hmac.compare_digest(cookies.get(f"{COOKIE}-{code}", "").encode(), self._sign("let-in", code).encode())

    def let_in(self, response: Response, code: str) -> None:
        self._set(response, f"{COOKIE}-{code}", self._sign("let-in", code))

    def keep(self, response: Response, token: str) -> None:
        self._set(response, COOKIE, f"{token}.{self._sign('device', token)}")

    def card(self, cookies: Mapping[str, str], meeting_id: uuid.UUID) -> str | None:
        """The card that was typed on this device for this meeting, checked when it was typed."""
        number, _dot, signature = cookies.get(CARD_COOKIE, "").partition(".")
        signed = self._sign("card", f"{meeting_id.hex}|{number}")
        return number if number and hmac.compare_digest(signature, signed) else None

    def keep_card(self, response: Response, meeting_id: uuid.UUID, number: str) -> None:
        self._set(response, CARD_COOKIE, f"{number}.{self._sign('card', f'{meeting_id.hex}|{number}')}")

    def mark(self, code: str, holder: str) -> str:
        """What stands for a device or card among what people write: unreadable, and of this meeting alone."""
        return hmac.digest(self.key, f"mark|{code}|{holder}".encode(), "sha256").hex()

    def ticket(self, place: str, spec_id: uuid.UUID) -> str:
        """What a form of this poll carries; `place` is the code of the meeting, or the address of a process."""
        return f"{spec_id.hex}.{self._sign('ticket', f'{place}|{spec_id}')}"

    def spec_of(self, ticket: str, place: str) -> uuid.UUID | None:
        """The poll that this ticket is for; None for one that was not given out there."""
        name, _dot, signature = ticket.partition(".")
        try:
            spec_id = uuid.UUID(name)
        except ValueError:
            return None
        good = hmac.compare_digest(signature, self._sign("ticket", f"{place}|{spec_id}"))
        return spec_id if good else None

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.digest(self.key, f"{purpose}|{text}".encode(), "sha256").hex()[:32]

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, max_age=KEPT, httponly=True, samesite="lax", secure=self.secure)


def devices_of(request: HTTPConnection) -> Devices:
    settings = request.app.state.settings
    return Devices(settings.key("room"), settings.is_https)
