"""Codes and receipts that the page of roles offers to try. They derive from the secret, so they are always the same."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from participation.demo.content import CITY, LAST_SLUG, OPEN_SLUG
from participation.errors import Message
from participation.i18n import lazy as _
from participation.live.models import MeetingState
from participation.live.queries import meetings_of
from participation.processes import queries
from participation.register import queries as register
from participation.register.identity import CODE_LENGTH, grouped, with_check
from participation.register.keys import RECEIPT_ALPHABET, Keys
from participation.register.models import CodeState
from participation.settings import Settings

ANONYMOUS = "ages-12-13"
PERSONAL = "rive-claire"
CODES_SHOWN = 3
BODY, BODY_PROCESS = "rive-claire", "rues-et-parcs"
COUNTED, REPLACED = 11, 7_407
"""The numbers of two online votes of last year’s edition: one that counts, one that paper replaced."""


def demo_codes(settings: Settings, purpose: str) -> list[str]:
    """The codes of that purpose which are shown, ungrouped."""
    key = settings.key("demo-codes")
    lots = [hmac.digest(key, f"{purpose}|{number}".encode(), "sha256") for number in range(CODES_SHOWN)]
    return [with_check("".join(RECEIPT_ALPHABET[byte & 31] for byte in lot[: CODE_LENGTH - 1])) for lot in lots]


def nonce(slug: str, number: int) -> str:
    """That of one online vote of the story: always the same, so that its receipt is known."""
    return f"demo|{slug}|{number}"


@dataclass(frozen=True, slots=True)
class SampleCode:
    code: str
    used: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """What to try, where, and with which codes."""

    title: Message
    text: Message
    path: str
    codes: Sequence[SampleCode]


def samples(session: Session, keys: Keys, settings: Settings) -> list[Sample]:
    """The codes with whether they are used up, and two receipts of last year."""
    return [
        Sample(
            _("I am 12 or 13"),
            _("Vote with a code from a school or library, without giving a name."),
            f"/{CITY}/{OPEN_SLUG}/vote",
            _codes(session, keys, settings, ANONYMOUS, CITY, OPEN_SLUG),
        ),
        Sample(
            _("I got a letter with a personal code"),
            _("Vote in the small budget of another body, whose register is closed."),
            f"/{BODY}/{BODY_PROCESS}/vote",
            _codes(session, keys, settings, PERSONAL, BODY, BODY_PROCESS),
        ),
        Sample(
            _("I kept my receipt from last year"),
            _("The first ballot was counted; the second was replaced by a paper ballot."),
            f"/{CITY}/{LAST_SLUG}/receipt",
            [SampleCode(grouped(keys.receipt_code(nonce(LAST_SLUG, number))), False) for number in (COUNTED, REPLACED)],
        ),
        Sample(
            _("I am in the room this evening"),
            _("Join the meeting with its code. Fanny, below, opens its polls from the remote."),
            "/m",
            _meeting_codes(session),
        ),
    ]


def _meeting_codes(session: Session) -> list[SampleCode]:
    """That of the meeting which is ready or under way."""
    process = queries.process_at(session, BODY, BODY_PROCESS)
    meetings = meetings_of(session, process.id) if process else []
    return [
        SampleCode(f"{meeting.code[:3]} {meeting.code[3:]}", False)
        for meeting in meetings
        if meeting.state is not MeetingState.ENDED
    ]


def _codes(
    session: Session, keys: Keys, settings: Settings, purpose: str, organisation: str, slug: str
) -> list[SampleCode]:
    codes, spec_id = demo_codes(settings, purpose), _spec_id(session, organisation, slug)
    if spec_id is None:
        return []
    hashes = [keys.code_hash(spec_id, code) for code in codes]
    known = register.codes(session, spec_id, hashes)
    return [
        SampleCode(grouped(code), known[digest].state is not CodeState.UNUSED)
        for code, digest in zip(codes, hashes, strict=True)
        if digest in known
    ]


def _spec_id(session: Session, organisation: str, slug: str) -> uuid.UUID | None:
    found = queries.process_at(session, organisation, slug)
    spec_row = queries.current_spec(session, found.id) if found else None
    return spec_row.id if spec_row else None
