"""The fallback pack of a meeting: cards, sheets, slips and the poster, as one PDF or each alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import segno
from sqlmodel import Session

from participation import i18n
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.live import queries
from participation.live.models import Door, Poll, PollKind
from participation.live.queries import Room
from participation.live.service import LETTERS, options_of
from participation.printing import render
from participation.register.identity import grouped, new_slip_code


class Piece(StrEnum):
    """One part of the pack, under the name that it has in the form."""

    POSTER = "poster"
    ATTENDANCE = "attendance"
    CARDS = "cards"
    DOOR = "door"
    TALLIES = "tallies"
    ANSWERS = "answers"
    QUESTIONS = "questions"
    QUEUE = "queue"


PIECES: dict[Piece, Message] = {
    Piece.POSTER: _("Poster with the join code"),
    Piece.ATTENDANCE: _("Attendance sheet, without names"),
    Piece.CARDS: _("Voting cards A to D"),
    Piece.DOOR: _("Cards of the door, with codes"),
    Piece.TALLIES: _("Tally sheets for two counters"),
    Piece.ANSWERS: _("Answer slips"),
    Piece.QUESTIONS: _("Question slips"),
    Piece.QUEUE: _("Queue slips"),
}
FEWEST_LETTERS, MOST_LETTERS = 4, 8
BY_TOTALS = (PollKind.SINGLE, PollKind.YES_NO)
"""Kinds that a total of hands, cards or slips can answer."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to print: `door_cards` is how many cards of the door, each with a code that nobody has seen before."""

    pieces: tuple[Piece, ...]
    door_cards: int
    locale: str
    large: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How paper leads to a meeting: the address that people type, and that of the square codes, which says besides that
    it was seen on the wall or on paper: who comes by it is let in however many wrong codes their network sent."""

    address: str
    square: str


def pieces_of(room: Room) -> tuple[Piece, ...]:
    """The whole pack of a meeting; cards of the door where they stand for one person."""
    return tuple(piece for piece in Piece if piece is not Piece.DOOR or room.meeting.door is Door.CARD)


def pack(session: Session, room: Room, order: Order, way: Way, at: datetime, *, demo: bool) -> bytes:
    """The PDF of the pieces in their order."""
    meeting, process, locale = room.meeting, room.process, order.locale
    polls = [poll for poll in queries.polls_of(session, meeting.id) if poll.kind in BY_TOTALS]
    data = {
        "locale": locale,
        "printed_at": at.isoformat(),
        "organisation": words_of(process.organisation.name, locale),
        "process": words_of(process.process.title, locale),
        "demo": demo,
        "large_print": order.large,
        "parts": [piece.value for piece in order.pieces],
        "meeting": words_of(meeting.title, locale),
        "day": i18n.date_and_time(meeting.starts_at, locale, process.zone),
        "place": meeting.place,
        "code": f"{meeting.code[:3]} {meeting.code[3:]}",
        "address": way.address.partition("//")[2],
        "qr_svg": _qr(way.square),
        "letters": _letters(polls),
        "expected": meeting.expected,
        "doors": [_door_card(number, way.square) for number in range(1, order.door_cards + 1)],
        "polls": [_poll(poll, locale) for poll in polls],
    }
    return render("room-pack", data)


def _qr(text: str) -> str:
    return str(segno.make(text, error="m").svg_inline(border=0))


def _letters(polls: list[Poll]) -> list[str]:
    """A to D, or as far as the longest list of answers goes."""
    longest = max((len(options_of(poll)) for poll in polls), default=0)
    return list(LETTERS[: min(max(longest, FEWEST_LETTERS), MOST_LETTERS)])


def _door_card(number: int, square: str) -> dict[str, Any]:
    """A new code; the square holds it behind the address, where no server sees it: a telephone joins by it, and a
    helper's scanner types it."""
    code = new_slip_code()
    return {"number": number, "code": grouped(code), "qr_svg": _qr(f"{square}#{code}")}


def _poll(poll: Poll, locale: str) -> dict[str, Any]:
    options = zip(LETTERS, options_of(poll), strict=False)
    return {
        "title": words_of(poll.title, locale),
        "options": [{"letter": letter, "title": words_of(words, locale)} for letter, words in options],
    }
