"""« This helped me understand »: one sign that a reader may give to a comment, once on each device, and take back.

It says nothing of agreement, orders no list and is no participation: no figure and no export holds it.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlmodel import Session, col
from starlette.requests import Request
from starlette.responses import Response

from participation.accounts.throttle import bucket_of, check_throttle, note_failure
from participation.consultations.acts import OPEN_IN, Act
from participation.consultations.models import Contribution, Reaction
from participation.consultations.pages import network_digest
from participation.consultations.queries import processes_over
from participation.db import insert_new
from participation.errors import TooMany
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess

COOKIE = "reader"
COOKIE_LIFE = timedelta(days=180)
FROM_ONE_NETWORK = 60
"""Signs given or taken back in a quarter of an hour from one network."""
TO_ONE_COMMENT = 6
"""The same for one comment: a class may agree that it is clear, a program that forgets its cookies may not."""


def device_of(request: Request, process: OpenProcess) -> str:
    """The keyed digest of this device in this process; empty where it keeps no number of ours."""
    number = request.cookies.get(COOKIE, "")
    return _digest(request, process, number) if re.fullmatch(r"[0-9a-f]{32}", number) else ""


def _digest(request: Request, process: OpenProcess, number: str) -> str:
    return bucket_of(request.app.state.settings.key("reaction"), number, str(process.id))


def new_device(request: Request, process: OpenProcess, answer: Response) -> str:
    """Gives a device its number, which it sends back below the comments of this process alone; returns its digest."""
    number = secrets.token_hex(16)
    for locale in LOCALES:
        answer.set_cookie(
            COOKIE, number, int(COOKIE_LIFE.total_seconds()), path=f"/{locale}{process.path}/comments",
            secure=request.app.state.settings.is_https, httponly=True, samesite="lax",
        )  # fmt: skip
    return _digest(request, process, number)


def note_click(request: Request, session: Session, process: OpenProcess, comment_id: uuid.UUID, at: datetime) -> None:
    """TooMany where one network gives more signs than people behind it would."""
    key, network = request.app.state.settings.key("throttle"), network_digest(request, process)
    limits = ((bucket_of(key, "reaction", network), FROM_ONE_NETWORK),
              (bucket_of(key, "reaction", network, str(comment_id)), TO_ONE_COMMENT))  # fmt: skip
    for bucket, limit in limits:
        try:
            check_throttle(session, bucket, limit, at)
        except TooMany as error:
            raise TooMany(
                _("Many such clicks came from your connection. This one was not counted."),
                _("Nothing else is lost. Try again in a quarter of an hour."),
                retry_after=error.retry_after,
            ) from error
        note_failure(session, bucket, at)


def give(session: Session, row: Contribution, device: str, at: datetime) -> None:
    """Once for each device, however often it is clicked."""
    values = {"contribution_id": row.id, "device_hash": device, "at": at}
    if insert_new(session, Reaction, [values], "contribution_id"):
        _add(session, row.id, 1)


def take_back(session: Session, row: Contribution, device: str) -> None:
    here = (col(Reaction.contribution_id) == row.id) & (col(Reaction.device_hash) == device)
    if session.execute(delete(Reaction).where(here).returning(col(Reaction.contribution_id))).all():
        _add(session, row.id, -1)


def _add(session: Session, comment_id: uuid.UUID, change: int) -> None:
    helped = col(Contribution.helped) + change
    session.execute(update(Contribution).where(col(Contribution.id) == comment_id).values(helped=helped))


def given_on(session: Session, device: str, comment_ids: Sequence[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Of these comments, those that have this device's sign."""
    query = select(col(Reaction.contribution_id)).where(
        col(Reaction.contribution_id).in_(comment_ids), col(Reaction.device_hash) == device
    )
    return frozenset(session.execute(query).scalars()) if device else frozenset()


def forget_devices(session: Session, at: datetime) -> None:
    """Forgets who gave a sign once comments have closed; how many there were stays beside the comment."""
    over = select(col(Contribution.id)).where(
        col(Contribution.process_id).in_(processes_over(at, OPEN_IN[Act.COMMENT]))
    )
    session.execute(delete(Reaction).where(col(Reaction.contribution_id).in_(over)))
