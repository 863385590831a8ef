"""Mail to people: an outbox that is written with what it tells, and a worker's step that hands it to the mail server.

    mail.queue(session, Letter(key, recipient, …), at=at)       in the transaction of what it speaks of
    mail.send_waiting(database, settings, at)                    in the worker; without a server, mail stays and is said

One letter for one key. The server is asked at most once for an answer that it may have given: where the line breaks
after the text was sent, the letter is marked as doubtful and never sent again. What was sent is deleted after a month.
"""

from __future__ import annotations

import html
import re
import smtplib
import ssl
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime, formataddr
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from sqlalchemy import Text, delete, func, select, update
from sqlmodel import Field, Session, SQLModel, col

from participation.db import Database, Instant, choice, insert_new, new_id
from participation.privacy import personal
from participation.settings import Settings
from participation.templating import environment

log = structlog.get_logger()
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480, 1440))
"""Before each further attempt where the server said “later”; after the last one the letter is given up."""
KEPT = timedelta(days=30)
"""How long a letter stays in the outbox once it is sent or given up."""
UNCLEAR = timedelta(minutes=15)
"""A letter on its way for longer belongs to a worker that died: nobody knows whether it went."""
IN_ONE_RUN = 400
SECONDS = 20.0
_LINK = re.compile(r"https?://[^\s<>]+")
_LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_PERSONAL = personal(
    "telling people what they asked to be told",
    basis="A-2.1 s. 64",
    audience="nobody: it is read by the program",
    retention="30 days after it was sent",
)


class MailState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    """The server took it for nobody, or said “later” too often."""
    DOUBTFUL = "doubtful"
    """The line broke while the server had it: it may have gone, and is not sent again."""


class OutgoingMail(SQLModel, table=True):
    """One letter of the outbox."""

    __tablename__ = "outgoing_mail"

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(max_length=200, unique=True)
    """What it tells to whom: the same key is never queued twice."""
    purpose: str = Field(max_length=40)
    sender: str = Field(max_length=200)
    """The body in whose name it is sent."""
    recipient: str = Field(max_length=254, sa_column_kwargs=_PERSONAL)
    locale: str = Field(max_length=8)
    subject: str = Field(max_length=300)
    body: str = Field(sa_type=Text, sa_column_kwargs=_PERSONAL)
    one_click: str = Field(default="", max_length=500, sa_column_kwargs=_PERSONAL)
    """The address to which a mail program sends one request, and no more mail comes (RFC 8058)."""
    state: MailState = Field(default=MailState.WAITING, sa_type=choice(MailState))
    attempts: int = Field(default=0)
    next_at: datetime = Field(sa_type=Instant, index=True)
    queued_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    fault: str = Field(default="", max_length=200)
    """What the server said, in its own words."""


@dataclass(frozen=True, slots=True)
class Letter:
    key: str
    purpose: str
    sender: str
    recipient: str
    locale: str
    subject: str
    body: str
    one_click: str = ""


def worded(template: str, locale: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and text of `templates/emails/<template>.txt`, whose first line is the subject."""
    text = environment(locale).get_template(f"emails/{template}.txt").render(context)
    subject, _line, body = text.strip().partition("\n")
    return " ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", body.strip()) + "\n"


def queue(session: Session, letter: Letter, *, at: datetime) -> bool:
    """Puts it into the outbox in the caller's transaction; False where its key was queued before."""
    row = {"id": new_id(), "state": MailState.WAITING, "attempts": 0, "fault": "", "next_at": at, "queued_at": at}
    return bool(insert_new(session, OutgoingMail, [{**row, **asdict(letter)}], "id"))


def newest(session: Session, limit: int) -> list[OutgoingMail]:
    """The letters that were queued last, for the demonstration."""
    query = select(OutgoingMail).order_by(col(OutgoingMail.queued_at).desc(), col(OutgoingMail.id))
    return list(session.execute(query.limit(limit)).scalars())


def numbers(session: Session, prefix: str = "") -> dict[MailState, int]:
    """State → how many letters, of all or of those whose key begins so."""
    query = select(col(OutgoingMail.state), func.count()).where(col(OutgoingMail.key).startswith(prefix))
    return {row[0]: row[1] for row in session.execute(query.group_by(col(OutgoingMail.state)))}


def states(session: Session, keys: Collection[str]) -> dict[str, MailState]:
    """Key → state of its letter, while the outbox keeps it."""
    query = select(col(OutgoingMail.key), col(OutgoingMail.state)).where(col(OutgoingMail.key).in_(keys))
    return {row[0]: row[1] for row in session.execute(query)}


def recall(session: Session, keys: Collection[str]) -> None:
    """Takes back what still waits: it no longer holds. Its key may be queued again."""
    waits = col(OutgoingMail.key).in_(keys) & (col(OutgoingMail.state) == MailState.WAITING)
    session.execute(delete(OutgoingMail).where(waits))


def forget_mail(session: Session, at: datetime) -> None:
    """Deletes what ended a month ago, and what waited as long for a server that nobody has set."""
    over = (col(OutgoingMail.ended_at) < at - KEPT) | (
        col(OutgoingMail.ended_at).is_(None) & (col(OutgoingMail.queued_at) < at - KEPT)
    )
    session.execute(delete(OutgoingMail).where(over))


def composed(row: OutgoingMail, settings: Settings) -> EmailMessage:
    """The message as it leaves: plain text, the same as HTML, and the headers that programs go by."""
    host = urlsplit(settings.base_url).hostname or "localhost"
    message = EmailMessage(policy=POLICY)
    message["From"] = formataddr((row.sender, settings.mail_from or f"no-reply@{host}"))
    message["To"] = row.recipient
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.queued_at)
    message["Message-ID"] = f"<{row.id.hex}@{host}>"
    message["Content-Language"] = row.locale
    message["Auto-Submitted"] = "auto-generated"
    if row.one_click:
        message["List-Unsubscribe"] = f"<{row.one_click}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(row.body)
    message.add_alternative(as_html(row), subtype="html")
    return message


def as_html(row: OutgoingMail) -> str:
    """The text with its paragraphs, and its addresses as links."""
    parts = [part.strip() for part in row.body.split("\n\n") if part.strip()]
    paragraphs = "\n".join(f"<p>{_linked(part)}</p>" for part in parts)
    head = f'<meta charset="utf-8"><title>{html.escape(row.subject)}</title>'
    return f'<!doctype html>\n<html lang="{row.locale}"><head>{head}</head>\n<body>\n{paragraphs}\n</body></html>\n'


def _linked(text: str) -> str:
    escaped = html.escape(text).replace("\n", "<br>\n")
    return _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped)


def send_waiting(database: Database, settings: Settings, at: datetime) -> int:
    """Hands what is due to the mail server; how many letters it took. Nothing where none is set, and then they wait."""
    if not settings.sends_mail:
        return 0
    _mark_unclear(database, at)
    sent, line = 0, None
    try:
        for _turn in range(IN_ONE_RUN):
            row = _claimed(database, at)
            if row is None:
                break
            try:
                line = line if line is not None and line.sock is not None else _connect(settings)
            except (OSError, smtplib.SMTPException) as error:
                _put_back(database, row, str(error), at)
                log.warning("the mail server cannot be reached", error=str(error))
                break
            sent += _handed_over(database, settings, line, row, at)
    finally:
        if line is not None and line.sock is not None:
            with suppress(OSError, smtplib.SMTPException):
                line.quit()
    return sent


def _connect(settings: Settings) -> smtplib.SMTP:
    """A line to the server, encrypted where it can be. A password goes over no open line but to this very machine."""
    url = urlsplit(settings.smtp_url.get_secret_value())
    host, secure = url.hostname or "localhost", ssl.create_default_context()
    if url.scheme == "smtps":
        line: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=SECONDS, context=secure)
    else:
        line = smtplib.SMTP(host, url.port or 587, timeout=SECONDS)
        line.ehlo()
        if line.has_extn("starttls"):
            line.starttls(context=secure)
        elif url.username and host not in _LOCAL:
            line.close()
            raise smtplib.SMTPNotSupportedError("the mail server offers no encryption")
    if url.username:
        line.login(unquote(url.username), unquote(url.password or ""))
    return line


def _claimed(database: Database, at: datetime) -> OutgoingMail | None:
    """The next letter, marked as on its way before anything leaves."""
    due = (col(OutgoingMail.state) == MailState.WAITING) & (col(OutgoingMail.next_at) <= at)
    query = select(OutgoingMail).where(due).order_by(col(OutgoingMail.next_at), col(OutgoingMail.id)).limit(1)
    with database.writing() as session:
        row: OutgoingMail | None = session.execute(query.with_for_update(skip_locked=True)).scalar()
        if row is None:
            return None
        row.state, row.attempts, row.next_at = MailState.SENDING, row.attempts + 1, at
        session.flush()
        session.refresh(row)
        session.expunge(row)
        return row


def _handed_over(database: Database, settings: Settings, line: smtplib.SMTP, row: OutgoingMail, at: datetime) -> bool:
    try:
        line.send_message(composed(row, settings), to_addrs=[row.recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        _refused(database, row, code, _read(words), at)
    except smtplib.SMTPResponseException as error:
        _refused(database, row, error.smtp_code, _read(error.smtp_error), at)
    except (smtplib.SMTPNotSupportedError, UnicodeError, ValueError) as error:
        _end(database, row, MailState.REFUSED, str(error), at)
    except OSError as error:  # also a server that hung up
        line.close()
        _end(database, row, MailState.DOUBTFUL, str(error), at)
    else:
        _end(database, row, MailState.SENT, "", at)
        return True
    return False


def _read(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _refused(database: Database, row: OutgoingMail, code: int, words: str, at: datetime) -> None:
    """Codes of 400 are “later”, codes of 500 are “never” (RFC 5321, 4.2.1)."""
    if 400 <= code < 500 and row.attempts <= len(WAITS):
        _put_back(database, row, f"{code} {words}", at)
    else:
        _end(database, row, MailState.REFUSED, f"{code} {words}", at)


def _put_back(database: Database, row: OutgoingMail, fault: str, at: datetime) -> None:
    wait = WAITS[min(row.attempts, len(WAITS)) - 1]
    _write(database, row.id, {"state": MailState.WAITING, "next_at": at + wait, "fault": fault[:200]})


def _end(database: Database, row: OutgoingMail, state: MailState, fault: str, at: datetime) -> None:
    _write(database, row.id, {"state": state, "ended_at": at, "fault": fault[:200]})


def _write(database: Database, mail_id: uuid.UUID, values: dict[str, Any]) -> None:
    with database.writing() as session:
        session.execute(update(OutgoingMail).where(col(OutgoingMail.id) == mail_id).values(**values))


def _mark_unclear(database: Database, at: datetime) -> None:
    stuck = (col(OutgoingMail.state) == MailState.SENDING) & (col(OutgoingMail.next_at) < at - UNCLEAR)
    with database.writing() as session:
        session.execute(update(OutgoingMail).where(stuck).values(state=MailState.DOUBTFUL, ended_at=at))
