"""Words of the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from participation.counting.room import Apart, RoomResult
from participation.counting.spec import Capture, Channel
from participation.errors import Message
from participation.i18n import clock, words_of
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.live.models import Door, MeetingState, PollKind, PollState

STATES: dict[MeetingState, Message] = {
    MeetingState.PREPARED: _("In preparation"),
    MeetingState.RUNNING: _("Under way"),
    MeetingState.ENDED: _("Over"),
}
POLL_STATES: dict[PollState, Message] = {
    PollState.PREPARED: _("Prepared"),
    PollState.OPEN: _("Poll open"),
    PollState.CLOSED: _("Poll closed"),
}
KINDS: dict[PollKind, Message] = {
    PollKind.SINGLE: _("One answer"),
    PollKind.YES_NO: _("For, against or abstention"),
    PollKind.MULTIPLE: _("Several answers"),
    PollKind.RANKING: _("A ranking"),
    PollKind.TEXT: _("In one’s own words"),
}
DOORS: dict[Door, Message] = {
    Door.DEVICE: _("Each device votes once"),
    Door.CARD: _("Each card handed out at the door votes once"),
}
EVENTS: dict[str, Message] = {
    "meeting-announced": _("Meeting announced on the site"),
    "meeting-not-announced": _("Meeting taken off the site"),
    "meeting-ended": _("Meeting ended"),
    "meeting-brought": _("Meeting brought in from another system"),
    "doors-opened": _("Doors of the meeting opened"),
    "poll-opened": _("Poll opened, its question fixed"),
    "poll-asked-on-site": _("Poll asked on the site too"),
    "poll-closed-in-room": _("Poll closed in the room, open on the site"),
    "poll-closed": _("Poll closed"),
    "present-counted": _("People present counted"),
    "totals-counted": _("Totals of hands or cards counted"),
    "floor-opened": _("Questions from telephones taken"),
    "floor-closed": _("Questions from telephones no longer taken"),
    "floor-slip-keyed": _("Question on a slip keyed"),
    "floor-decided": _("Question from the floor shown, merged, refused or answered"),
    "floor-sent-on": _("Question from the floor sent on to the register"),
    "queue-opened": _("Speaking queue open to telephones"),
    "queue-closed": _("Speaking queue closed to telephones"),
    "queue-rules-set": _("Rules of the speaking queue changed"),
    "speaking-slip-keyed": _("Slip for the speaking queue keyed"),
    "draw-announced": _("List of speakers closed, digits of the draw shown"),
    "queue-drawn": _("Order of speakers drawn"),
    "turn-moved": _("Somebody called to speak, heard, or gone"),
    "answer-shown": _("Answer in words let through to the wall"),
    "answer-not-shown": _("Answer in words kept from the wall"),
    "answer-taken-back": _("Decision on an answer in words taken back"),
    "meeting-minutes-published": _("Minutes published"),
    "meeting-minutes-withdrawn": _("Minutes taken back from the public"),
}
"""What is done in a room, for its log and that of the process."""
SOURCES: dict[str, Message] = {
    Channel.ROOM: _("Telephones"),
    Channel.ONLINE: _("Online, from elsewhere"),
    Capture.CARD_COUNT: _("Cards and paper slips"),
    Capture.HAND_COUNT: _("Raised hands"),
}


def apart(result: RoomResult) -> Message:
    """Why something is not in the sum, where something is not."""
    if result.apart is Apart.NOBODY_COUNTED:
        return _("The people present were not counted, so the sources are not added up.")
    if result.apart is Apart.MORE_THAN_PRESENT:
        return _("More answers than people present: nothing is added up until a number is put right.")
    return ngettext(
        "Answered from elsewhere: %(num)s, shown apart, because nothing tells whether this person also answered in the "
        "room.",
        "Answered from elsewhere: %(num)s, shown apart, because nothing tells whether they also answered in the room.",
        result.elsewhere,
    )


def sum_of(result: RoomResult) -> Message:
    """What the sum of the sources is called: that of the room where the others stand apart."""
    return _("In the room") if result.apart is Apart.OUTSIDE_THE_ROOM else _("In all")


def agenda_of(agenda: Sequence[Mapping[str, Any]], locale: str) -> list[tuple[str, str, str]]:
    """Hour, words and document of each point, as they are read."""
    return [
        (
            clock(time.fromisoformat(line["hour"]), locale) if line["hour"] else "",
            words_of(line["title"], locale),
            line["url"],
        )
        for line in agenda
    ]
