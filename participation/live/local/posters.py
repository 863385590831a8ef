"""The poster of a room with an access point of its own: two square codes, the network and the page."""

from __future__ import annotations

from datetime import datetime

import segno

from participation import i18n
from participation.i18n import words_of
from participation.live.local.access_point import joining_code
from participation.live.queries import Room
from participation.printing import render
from participation.settings import Settings


def network_poster(room: Room, settings: Settings, invitation: str, locale: str, at: datetime) -> bytes:
    """The PDF; `invitation` is what the square code of the page holds below the address of the site."""
    meeting, process = room.meeting, room.process
    name, password = settings.wifi_name, settings.wifi_password.get_secret_value()
    data = {
        "locale": locale,
        "printed_at": at.isoformat(),
        "organisation": words_of(process.organisation.name, locale),
        "process": words_of(process.process.title, locale),
        "demo": settings.demo,
        "meeting": words_of(meeting.title, locale),
        "day": i18n.date_and_time(meeting.starts_at, locale, process.zone),
        "place": meeting.place,
        "code": f"{meeting.code[:3]} {meeting.code[3:]}",
        "address": f"{settings.base_url}/m/{meeting.code}".partition("//")[2],
        "qr_svg": _square(settings.base_url + invitation),
        "network": name,
        "password": password,
        "wifi_svg": _square(joining_code(name, password)),
    }
    return render("room-network", data)


def _square(text: str) -> str:
    return str(segno.make(text, error="m").svg_inline(border=0))
