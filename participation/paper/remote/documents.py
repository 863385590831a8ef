"""What letters, replies and labels say, as the data that `printing.render` takes. No page of them is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import segno

from participation import i18n
from participation.counting.spec import Channel
from participation.paper.printed import Edition, Matter, common, moment
from participation.printing import wording
from participation.processes.models import WindowKind
from participation.register.models import SetAside


@dataclass(frozen=True, slots=True)
class Letter:
    """One person's letter."""

    lines: tuple[str, ...]
    """Name and address; empty for a letter handed over at a counter."""
    code: str
    """In groups, with its check character."""


def short_address(matter: Matter) -> str:
    """The address that is typed from paper, without its scheme; no code is in it."""
    base = matter.base_url.partition("://")[2].rstrip("/") or matter.base_url
    return f"{base}/v/{matter.process.process.slug}"


def letters_data(matter: Matter, letters: Sequence[Letter], edition: Edition) -> dict[str, Any]:
    """Letters in one language and size, each on sheets of its own."""
    return _posted(matter, edition) | {
        "letters": [{"lines": list(each.lines), "code": each.code} for each in letters],
        "web": short_address(matter) if matter.process.process.online else "",
        "qr_svg": _qr(matter) if matter.process.process.online else "",
        "closes": moment(matter, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, edition.language),
        "paper": edition.paper.value,
        "on_paper": matter.process.process.paper,
        "by_phone": any(place.channel is Channel.PHONE for place in matter.places),
    }


def _qr(matter: Matter) -> str:
    scheme = matter.base_url.partition("://")[0]
    code = segno.make(f"{scheme}://{short_address(matter)}", error="m", boost_error=False, micro=False)
    return code.svg_inline(border=0, omitsize=True)


def _posted(matter: Matter, edition: Edition) -> dict[str, Any]:
    """What everything that is mailed bears: from whom."""
    return common(matter, edition) | {"sender": [line for line in _sender(matter, edition.language) if line]}


def _sender(matter: Matter, language: str) -> list[str]:
    post = next((place for place in matter.places if place.channel is Channel.POST and place.address), None)
    address = matter.process.organisation.address or (post.address if post else "")
    return [i18n.words_of(matter.process.organisation.name, language), *address.splitlines()]


STILL = {
    SetAside.LATE: "late",
    SetAside.UNSIGNED: "again",
    SetAside.NOT_ELIGIBLE: "ask",
    SetAside.WRONG_AREA: "again",
    SetAside.DUPLICATE: "ask",
    SetAside.NO_DECLARATION: "again",
    SetAside.NOT_OURS: "again",
}
"""What the person can still do; while intake is open it is voting in another way."""


def reply_data(
    matter: Matter, lines: Sequence[str], reason: SetAside, edition: Edition, received: str, at: datetime
) -> dict[str, Any]:
    """Why an envelope was set aside, and what one can still do. It tells nothing of any vote."""
    can = STILL[reason] if not matter.windows.all_closed(at) else "late"
    return _posted(matter, edition) | {
        "printed_at": at.isoformat(),
        "lines": list(lines),
        "date": i18n.long_date(at.astimezone(matter.process.zone).date(), edition.language),
        "received": received,
        "reason": wording(edition.language, f"reply.reason.{reason.value}"),
        "still": wording(edition.language, f"reply.still.{can}"),
        "closes": moment(matter, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, edition.language)
        if can == "again"
        else "",
        "web": short_address(matter) if can == "again" and matter.process.process.online else "",
    }


def labels_data(matter: Matter, labels: Sequence[Sequence[str]], edition: Edition) -> dict[str, Any]:
    """Address labels, three by ten to a letter sheet."""
    return _posted(matter, edition) | {"labels": [list(lines) for lines in labels]}
