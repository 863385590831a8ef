"""Failed attempts: who may try how often, counted by keyed digests, so that no address of anybody is stored.

Three budgets for a sign-in. From one network for one e-mail address: few, then a wait. From one network, whoever is
tried: more, then a wait. For one e-mail address from anywhere: attempts become slow, and are never refused, or a
stranger could keep a person out by guessing badly. A device on which the person has signed in before has a
budget of its own: nobody else can use it up.
"""

from __future__ import annotations

import asyncio
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import case, delete, select, update
from sqlmodel import Session, col
from starlette.requests import HTTPConnection
from starlette.responses import Response

from participation.accounts.models import FailedAttempts
from participation.db import insert_new
from participation.errors import TooMany
from participation.i18n import LOCALES
from participation.i18n import lazy as _

WINDOW = timedelta(minutes=15)
LIMIT = 10
"""Failures in a quarter of an hour: from one network, or one known device, for one e-mail address."""
LIMIT_OF_NETWORK = 60
"""From one network, whoever was tried: a town hall behind one address mistypes less often."""
SLOW_FROM = 30
"""From all networks for one e-mail address: from here on each further attempt there waits longer."""
SLOWEST = 8.0
"""Seconds: more than any program that guesses likes to wait, and less than a person does."""
DEVICE_LIFE = timedelta(days=365)
pause = asyncio.sleep


def client_network(request: HTTPConnection) -> str:
    """The network that asks: an IPv4 address, or the 64 bits of an IPv6 one that a household has to itself."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        plain = address.ipv4_mapped
        return str(plain or ip_network((address.packed[:8] + bytes(8), 64)))
    return str(address)


def bucket_of(key: bytes, *parts: str) -> str:
    """The throttle's name for who tries what: a keyed digest."""
    return hmac.digest(key, "\x1f".join(parts).encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Doors:
    """The buckets of one attempt: those that shut at a limit, and one that only slows, where there is one."""

    shut: tuple[tuple[str, int], ...]
    slow: str = ""


def sign_in_doors(key: bytes, network: str, email: str, device: str) -> Doors:
    """`device` is the number of a device on which this person has signed in before; empty for any other."""
    if device:
        return Doors(((bucket_of(key, "sign-in-device", device, email), LIMIT),))
    return Doors(
        (
            (bucket_of(key, "sign-in", network, email), LIMIT),
            (bucket_of(key, "sign-in-from", network), LIMIT_OF_NETWORK),
        ),
        bucket_of(key, "sign-in-anywhere", email),
    )


def check_doors(session: Session, doors: Doors, at: datetime) -> float:
    """How many seconds the attempt has to wait. TooMany when a door is shut."""
    for bucket, limit in doors.shut:
        check_throttle(session, bucket, limit, at)
    failures = _lately(session, doors.slow, at)[0] if doors.slow else 0
    return min(SLOWEST, max(0.0, failures - SLOW_FROM + 1))


def note_failure_at(session: Session, doors: Doors, at: datetime) -> None:
    """One failure in each bucket of the attempt."""
    for bucket in filter(None, [*(name for name, _limit in doors.shut), doors.slow]):
        note_failure(session, bucket, at)


def check_throttle(session: Session, bucket: str, limit: int, at: datetime) -> None:
    """TooMany when `limit` attempts have failed in the last quarter of an hour."""
    failures, until = _lately(session, bucket, at)
    if failures >= limit:
        wait = math.ceil((until - at).total_seconds())
        raise TooMany(
            _("There were too many attempts that did not work. Nothing was lost."),
            _("Please wait %(minutes)s minutes and try again, or call us.", minutes=-(-wait // 60)),
            retry_after=wait,
        )


def _lately(session: Session, bucket: str, at: datetime) -> tuple[int, datetime]:
    """The failures of the quarter of an hour that is running, and when it ends."""
    row = session.execute(
        select(col(FailedAttempts.failures), col(FailedAttempts.window_start)).where(
            col(FailedAttempts.bucket) == bucket
        )
    ).first()
    return (row.failures, row.window_start + WINDOW) if row and row.window_start + WINDOW > at else (0, at)


def note_failure(session: Session, bucket: str, at: datetime) -> None:
    """Counts one failed attempt. Successes are never counted: a busy counter is not an attack."""
    first = {"bucket": bucket, "failures": 1, "window_start": at}
    if insert_new(session, FailedAttempts, [first], "bucket"):
        return
    over = col(FailedAttempts.window_start) <= at - WINDOW
    session.execute(
        update(FailedAttempts)
        .where(col(FailedAttempts.bucket) == bucket)
        .values(
            failures=case((over, 1), else_=col(FailedAttempts.failures) + 1),
            window_start=case((over, at), else_=col(FailedAttempts.window_start)),
        )
    )


def forget_failures(session: Session, at: datetime) -> None:
    """Deletes the counts that no longer count."""
    session.execute(delete(FailedAttempts).where(col(FailedAttempts.window_start) <= at - WINDOW))


class DeviceCookie:
    """Remembers in a browser that one person has signed in there, one cookie for each, on the sign-in page alone.

    It says nothing but a random number and a day; signed, so that nobody makes one for themselves.
    """

    def __init__(self, key: bytes, email: str) -> None:
        self._key, self._email = key, email
        self._name = f"device_{bucket_of(key, 'name', email)[:16]}"

    def read(self, cookies: dict[str, str], at: datetime) -> str:
        """The number of the device; empty when there is no cookie of this person, or none that is ours and young."""
        number, _dot, rest = cookies.get(self._name, "").partition(".")
        day, _dot, signature = rest.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(number, day).encode()):
            return ""
        return number if datetime.fromtimestamp(int(day), UTC) + DEVICE_LIFE > at else ""

    def write(self, answer: Response, device: str, at: datetime, *, secure: bool) -> None:
        """Remembers the device for another year, under the number that it has or a new one."""
        number, day = device or secrets.token_hex(16), str(int(at.timestamp()) // 86400 * 86400)
        value = f"{number}.{day}.{self._signature(number, day)}"
        for locale in LOCALES:
            answer.set_cookie(
                self._name, value, int(DEVICE_LIFE.total_seconds()), path=f"/{locale}/staff/sign-in",
                secure=secure, httponly=True, samesite="lax",
            )  # fmt: skip

    def _signature(self, number: str, day: str) -> str:
        return bucket_of(self._key, "device", self._email, number, day)
