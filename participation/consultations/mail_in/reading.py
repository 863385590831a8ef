"""What an e-mail says, whoever's program wrote it: sender, day, words, what is enclosed. No database, no clock.

The message is a stranger's. It is never run, no address in it is fetched, its HTML becomes plain words, and what no
program can read is an error of ours with a message, never a broken page.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

from participation.errors import Invalid
from participation.i18n import lazy as _

DEEPEST = 3
"""Messages within messages that are opened."""
MOST_PARTS = 200
MOST_ENCLOSED = 20
BROKEN = (LookupError, ValueError, AttributeError, TypeError, RecursionError, MessageError)
"""What the standard library raises for messages that keep no rule."""
_NOT_TYPED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufeff]")


@dataclass(frozen=True, slots=True)
class Enclosed:
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """An e-mail in values. `key` is the same for the same message, however often it is brought."""

    key: str
    name: str
    email: str
    subject: str
    text: str
    moments: tuple[datetime, ...]
    """When it may have come, the most trustworthy first: our own server's note, then what the sender's program says."""
    enclosed: tuple[Enclosed, ...]
    left_out: int
    """Enclosures beyond what is opened."""


def read_message(raw: bytes) -> Message:
    """The values of a message. Invalid where it is none, or says nothing and encloses nothing."""
    try:
        found = _read(raw)
    except BROKEN as error:
        raise _unreadable() from error
    if not found.email and not found.subject and not found.moments:
        raise _unreadable()
    if not found.text and not found.enclosed:
        raise Invalid(
            _("This message has no text and nothing enclosed. Nothing of it was kept."),
            _("Open it in your mail program and look whether it is whole."),
        )
    return found


def _unreadable() -> Invalid:
    return Invalid(
        _("This is no e-mail message that can be read. Nothing of it was kept."),
        _("Save the message as a file in your mail program (.eml), or paste its whole source."),
    )


def _read(raw: bytes) -> Message:
    outer = message_from_bytes(raw.lstrip(), policy=default)
    inner = _forwarded(outer)
    shown = inner if inner is not None else outer
    enclosed = list(_enclosures(shown, DEEPEST))
    sender, address = parseaddr(_header(shown, "From"))
    message_id = _header(shown, "Message-ID").strip("<> ")
    return Message(
        key=message_id or hashlib.sha256(raw).hexdigest(),
        name=_line(sender, 120),
        email=_line(address, 254) if "@" in address else "",
        subject=_line(_header(shown, "Subject"), 200),
        text=_text_of(shown),
        moments=tuple(_moments(outer, shown)),
        enclosed=tuple(enclosed[:MOST_ENCLOSED]),
        left_out=max(0, len(enclosed) - MOST_ENCLOSED),
    )


def _forwarded(outer: EmailMessage) -> EmailMessage | None:
    """The message that somebody of the office forwarded as a file, without a word of their own."""
    inner = [part for part in _parts(outer) if part.get_content_type() == "message/rfc822"]
    if len(inner) != 1 or _text_of(outer):
        return None
    return _message_in(inner[0])


def _message_in(part: EmailMessage) -> EmailMessage | None:
    payload = part.get_payload()
    found = payload[0] if isinstance(payload, list) and payload else None
    return found if isinstance(found, EmailMessage) else None


def _parts(message: EmailMessage) -> list[EmailMessage]:
    """Its leaves and the messages in it, in order, but not what those hold."""
    found: list[EmailMessage] = []
    waiting = [message]
    while waiting and len(found) < MOST_PARTS:
        part = waiting.pop(0)
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting[:0] = [each for each in payload if isinstance(each, EmailMessage)]
        else:
            found.append(part)
    return found


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "") or "")
    except BROKEN:
        return ""


def _line(text: str, most: int) -> str:
    return " ".join(_NOT_TYPED.sub(" ", text).split())[:most]


def _text_of(message: EmailMessage) -> str:
    """Its words: the plain ones, else those of its HTML."""
    parts = [part for part in _parts(message) if not _is_enclosed(part)]
    for kind, read in (("text/plain", str), ("text/html", words_of_html)):
        texts = [_clean(read(_content(part))) for part in parts if part.get_content_type() == kind]
        if found := "\n\n".join(text for text in texts if text):
            return found
    return ""


def _is_enclosed(part: EmailMessage) -> bool:
    kind = part.get_content_type()
    return part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html")


def _content(part: EmailMessage) -> str:
    """The text of a part. A character set that does not exist, or that is not what it says, loses no letter that can be
    told."""
    data = _bytes(part)
    for charset in (part.get_content_charset() or "utf-8", "utf-8", "cp1252"):
        try:
            return data.decode(charset)
        except (LookupError, UnicodeError):
            continue
    return data.decode("utf-8", "replace")


def _bytes(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _clean(text: str) -> str:
    text = _NOT_TYPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip()


def _enclosures(message: EmailMessage, deeper: int) -> Iterator[Enclosed]:
    for part in _parts(message):
        inner = _message_in(part) if part.get_content_type() == "message/rfc822" else None
        if inner is not None and deeper:
            heads = [f"{name}: {_line(_header(inner, name), 300)}" for name in ("From", "Date", "Subject")]
            yield Enclosed("message.txt", "\n".join([*heads, "", _text_of(inner)]).encode())
            yield from _enclosures(inner, deeper - 1)
        elif _is_enclosed(part) and (data := _bytes(part)):
            yield Enclosed(_line(_name(part), 120), data)


def _name(part: EmailMessage) -> str:
    try:
        return part.get_filename() or ""
    except BROKEN:
        return ""


def _moments(outer: EmailMessage, shown: EmailMessage) -> Iterator[datetime]:
    """The note of the last server, which is ours; then the sender's own day, which anybody may write."""
    noted = [line.rpartition(";")[2] for line in map(str, shown.get_all("Received", []))]
    for written in (*noted[:1], _header(shown, "Date"), _header(outer, "Date")):
        try:
            moment = parsedate_to_datetime(written.strip())
        except BROKEN:
            continue
        yield (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


class _Words(HTMLParser):
    """Words of a page in lines; nothing else of it."""

    UNSEEN = frozenset({"script", "style", "head", "title", "template"})
    BLOCKS = frozenset({"p", "div", "br", "li", "tr", "table", "h1", "h2", "h3", "h4", "ul", "ol", "blockquote", "hr"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self.UNSEEN
        if tag in self.BLOCKS:
            self.pieces.append("\n- " if tag == "li" else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif tag in ("p", "table", "ul", "ol", "blockquote"):
            self.pieces.append("\n\n")
        elif tag in self.BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))


def words_of_html(page: str) -> str:
    reader = _Words()
    reader.feed(page)
    reader.close()
    lines = "".join(reader.pieces).split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)
