"""What is printed for a hearing: the run sheet of the table, the order of speakers for the door, name cards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from participation import i18n
from participation.consultations.hearings.models import Need, SpeakerState
from participation.consultations.hearings.queries import Sitting, Turn, is_public
from participation.consultations.hearings.words import NEEDS
from participation.consultations.words import LANGUAGES
from participation.i18n import translate, words_of
from participation.printing import render
from participation.processes.queries import OpenProcess


def running_order(
    process: OpenProcess, sitting: Sitting, locale: str, at: datetime, *, private: bool, demo: bool
) -> bytes:
    """The PDF of who speaks when. `private`: with needs and telephone numbers, for the table alone."""
    data = {
        **_head(process, locale, at, demo=demo),
        "private": private,
        "place": words_of(sitting.row.place, locale),
        "day": i18n.long_date(sitting.row.starts_at, locale, process.zone),
        "hours": f"{i18n.clock(sitting.row.starts_at, locale, process.zone)} – "
        f"{i18n.clock(sitting.row.ends_at, locale, process.zone)}",
        "speak": sitting.row.speak_minutes,
        "exchange": sitting.row.exchange_minutes,
        "turns": [_turn(process, turn, locale, private=private) for turn in sitting.turns],
    }
    return render("running-order", data)


def _turn(process: OpenProcess, turn: Turn, locale: str, *, private: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"hour": i18n.clock(turn.starts_at, locale, process.zone)}
    speaker = turn.speaker
    if speaker is None:
        return found
    found |= {
        "name": speaker.name,
        "group": speaker.group_name,
        "subject": speaker.subject,
        "brief": turn.brief.reference if turn.brief and (private or is_public(turn.brief)) else "",
    }
    if private:
        needs = [translate(NEEDS[Need(need)], locale) for need in speaker.needs] + [speaker.needs_note]
        found |= {
            "phone": speaker.phone,
            "language": translate(LANGUAGES[speaker.language], locale),
            "needs": ", ".join(filter(None, needs)),
        }
    return found


def name_cards(process: OpenProcess, sitting: Sitting, locale: str, at: datetime, *, demo: bool) -> bytes:
    """One folded card a page for everybody who has a turn."""
    cards = [
        {"name": turn.speaker.name, "group": turn.speaker.group_name}
        for turn in sitting.taken
        if turn.speaker and turn.speaker.state is not SpeakerState.WITHDRAWN
    ]
    return render("name-cards", {**_head(process, locale, at, demo=demo), "cards": cards})


def _head(process: OpenProcess, locale: str, at: datetime, *, demo: bool) -> dict[str, Any]:
    return {
        "locale": locale,
        "printed_at": at.isoformat(),
        "organisation": words_of(process.organisation.name, locale),
        "process": words_of(process.process.title, locale),
        "demo": demo,
    }
