"""Subscribing, confirming and unsubscribing; and the worker's step that tells subscribers the news, once."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from participation import i18n, mail
from participation.consultations.queries import processes_over
from participation.consultations.subscriptions.models import Subscription
from participation.consultations.subscriptions.news import News, news_for
from participation.db import Database, insert_new, new_id
from participation.processes.queries import OpenProcess, process_by_id
from participation.settings import Settings

UNCONFIRMED = timedelta(days=3)
"""How long a link waits for its button; then the address is forgotten."""
LOOK_BACK = timedelta(days=7)
"""News that are older are not mailed any more, however long the worker was away."""
PILE = 200
"""Subscribers of one transaction."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{4,180}$)[^\s@.]+(\.[^\s@.]+)+")


def address_of(typed: str) -> str:
    """An e-mail address as the mail server takes it, in small letters; empty where it is none."""
    bare = typed.strip()
    if not _ADDRESS.fullmatch(bare):
        return ""
    local, _at, host = bare.lower().rpartition("@")
    try:
        return f"{local}@{host.encode('idna').decode()}"
    except UnicodeError:
        return ""


@dataclass(frozen=True, slots=True)
class Post:
    """How letters are made: the settings hold the public address and the key of the links."""

    settings: Settings
    process: OpenProcess

    def code(self, subscription_id: uuid.UUID) -> str:
        """What only the links of its letters hold: the subscription's key and a seal of ours."""
        return f"{subscription_id.hex}{self._seal(subscription_id)}"

    def _seal(self, subscription_id: uuid.UUID) -> str:
        return hmac.digest(self.settings.key("subscription"), subscription_id.bytes, "sha256").hex()[:32]

    def opened(self, code: str) -> uuid.UUID | None:
        """The subscription of a code; None for anything that was not made here."""
        if not re.fullmatch(r"[0-9a-f]{64}", code):
            return None
        found = uuid.UUID(code[:32])
        return found if hmac.compare_digest(code[32:], self._seal(found)) else None

    def public(self, locale: str) -> str:
        return f"{self.settings.base_url.rstrip('/')}/{locale}{self.process.path}"

    def letter(self, row: Subscription, template: str, key: str, **more: object) -> mail.Letter:
        base, code = self.public(row.locale), self.code(row.id)
        stop = f"{base}/subscribe/{code}"
        context = {
            "process": self.process.process,
            "organisation": self.process.organisation,
            "base": base,
            "page": stop,
            "thread": f"C-{row.thread}" if row.thread else "",
        }
        subject, body = mail.worded(template, row.locale, {**context, **more})
        sender = str(i18n.words_of(self.process.organisation.name, row.locale))
        one_click = f"{stop}/stop" if row.confirmed_at else ""
        return mail.Letter(key, template, sender, row.email, row.locale, subject, body, one_click)


def subscribe(session: Session, post: Post, email: str, locale: str, thread: int, *, at: datetime) -> None:
    """Writes to the address; the rest is up to its owner. The same whether it is known or not: nobody learns that.

    `thread`: the number of the comment whose replies are followed; 0 for the whole consultation.
    """
    key = {"process_id": post.process.id, "email": email, "thread": thread}
    insert_new(session, Subscription, [{**key, "id": new_id(), "locale": locale, "asked_at": at, "told": []}])
    query = select(Subscription).where(
        col(Subscription.process_id) == post.process.id,
        col(Subscription.email) == email,
        col(Subscription.thread) == thread,
    )
    row = session.execute(query).scalar_one()
    row.locale, row.asked_at = locale, at
    session.add(row)
    template = "subscription_known" if row.confirmed_at else "subscription_confirm"
    day = at.astimezone(post.process.zone).date()
    mail.queue(session, post.letter(row, template, f"{template}/{row.id}/{day}"), at=at)


def subscription_of(session: Session, post: Post, code: str) -> Subscription | None:
    found = post.opened(code)
    row = session.get(Subscription, found) if found else None
    return row if row and row.process_id == post.process.id else None


def confirm(session: Session, row: Subscription, *, at: datetime) -> None:
    if row.confirmed_at is None:
        row.confirmed_at = at
        session.add(row)
        session.flush()


def stop(session: Session, row: Subscription) -> None:
    """Forgets the address at once."""
    session.delete(row)
    session.flush()


def subscribers(session: Session, process_id: uuid.UUID) -> int:
    """How many addresses follow it or a thread of it, and have confirmed."""
    query = select(func.count(col(Subscription.email).distinct())).where(col(Subscription.process_id) == process_id)
    return int(session.execute(query.where(col(Subscription.confirmed_at).is_not(None))).scalar_one())


def forget_subscriptions(session: Session, at: datetime) -> None:
    """Forgets addresses that nobody confirmed, and those of consultations that are over."""
    unconfirmed = col(Subscription.confirmed_at).is_(None) & (col(Subscription.asked_at) < at - UNCONFIRMED)
    session.execute(delete(Subscription).where(unconfirmed | col(Subscription.process_id).in_(processes_over(at))))


def tell_subscribers(database: Database, settings: Settings, at: datetime) -> int:
    """Queues one letter for each subscriber for whom there is something new, one a day at most; how many letters.

    May run late or twice: what a subscriber was told is noted in the transaction that queues the letter.
    """
    confirmed = col(Subscription.confirmed_at).is_not(None)
    followed = select(col(Subscription.process_id), col(Subscription.thread)).where(confirmed).distinct()
    with database.reading() as session:
        pairs = session.execute(followed).all()
    return sum(_tell(database, settings, process_id, thread, at) for process_id, thread in pairs)


def _tell(database: Database, settings: Settings, process_id: uuid.UUID, thread: int, at: datetime) -> int:
    with database.reading() as session:
        process = process_by_id(session, process_id)
        found = news_for(session, process, thread, at) if process else []
    news = [each for each in found if each.at > at - LOOK_BACK]
    if process is None or not news:
        return 0
    post, queued, after = Post(settings, process), 0, uuid.UUID(int=0)
    while True:
        with database.writing() as session:
            rows = _pile(session, post, thread, after, at)
            queued += sum(_tell_one(session, post, row, news, at) for row in rows)
            if len(rows) < PILE:
                return queued
            after = rows[-1].id


def _pile(session: Session, post: Post, thread: int, after: uuid.UUID, at: datetime) -> Sequence[Subscription]:
    today = at.astimezone(post.process.zone).date()
    query = select(Subscription).where(
        col(Subscription.process_id) == post.process.id,
        col(Subscription.thread) == thread,
        col(Subscription.confirmed_at).is_not(None),
        col(Subscription.told_on).is_(None) | (col(Subscription.told_on) < today),
        col(Subscription.id) > after,
    )
    return session.execute(query.order_by(col(Subscription.id)).limit(PILE).with_for_update()).scalars().all()


def _tell_one(session: Session, post: Post, row: Subscription, news: Sequence[News], at: datetime) -> bool:
    assert row.confirmed_at is not None
    fresh = [each for each in news if each.key not in row.told and (each.passing or each.at >= row.confirmed_at)]
    if not fresh:
        return False
    named = hashlib.sha256("|".join(sorted(each.key for each in fresh)).encode()).hexdigest()[:32]
    letter = post.letter(row, "news", f"news/{row.id}/{named}", news=fresh)
    mail.queue(session, letter, at=at)
    still = {each.key for each in news}
    row.told = [key for key in row.told if key in still] + [each.key for each in fresh]
    row.told_on = at.astimezone(post.process.zone).date()
    session.add(row)
    return True
