"""The names that people read for what they contribute, how it came and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from participation.consultations.models import (
    ContributionChannel,
    ContributionKind,
    ContributionState,
    Decision,
    Moderation,
    RefusalReason,
    Stance,
)
from participation.consultations.queries import Sort
from participation.consultations.spotting import Spotted
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.processes.models import ProjectComments

Value = TypeVar("Value", bound=str)

KINDS = {
    ContributionKind.COMMENT: _("Comment"),
    ContributionKind.QUESTION: _("Question"),
    ContributionKind.BRIEF: _("Brief"),
    ContributionKind.IDEA: _("Idea"),
    ContributionKind.KIT: _("Participation kit"),
}
CHANNELS = {
    ContributionChannel.ONLINE: _("Online"),
    ContributionChannel.COUNTER: _("On paper, at a counter"),
    ContributionChannel.POST: _("On paper, by post"),
    ContributionChannel.PHONE: _("By telephone"),
    ContributionChannel.ROOM: _("In the room"),
    ContributionChannel.EMAIL: _("By e-mail"),
}
STATES = {
    ContributionState.PENDING: _("Waits to be read"),
    ContributionState.PUBLISHED: _("Made public"),
    ContributionState.REFUSED: _("Not published"),
    ContributionState.WITHDRAWN: _("Withdrawn by its author"),
}
STANCES = {
    Stance.FOR: _("For"),
    Stance.AGAINST: _("Against"),
    Stance.NEUTRAL: _("Neither for nor against"),
    Stance.QUESTION: _("It is a question"),
}
SORTS = {
    Sort.NEWEST: _("Newest first"),
    Sort.OLDEST: _("Oldest first"),
    Sort.DISCUSSED: _("Most discussed first"),
}
REASONS = {
    RefusalReason.OFF_TOPIC: _("It does not speak of the subject of this consultation."),
    RefusalReason.HATE: _("It attacks people for who they are."),
    RefusalReason.THREAT: _("It threatens or harasses somebody."),
    RefusalReason.DEFAMATION: _("It accuses somebody of facts that harm their reputation."),
    RefusalReason.PERSONAL_DATA: _("It gives away personal information about somebody."),
    RefusalReason.ADVERTISING: _("It is an advertisement."),
    RefusalReason.REPEATED: _("The same person sent the same text before."),
}
"""The charter, one sentence for each reason."""
DECISIONS = {
    Decision.PUBLISHED: _("Made public"),
    Decision.REFUSED: _("Not published"),
    Decision.RESTORED: _("Published after a second look"),
}
MODERATIONS = {
    Moderation.BEFORE: _("Somebody reads every contribution before it is published"),
    Moderation.AFTER: _("Comments are published at once and read afterwards"),
}
MODERATION_HINTS = {
    Moderation.BEFORE: _("The usual way of a consultation office."),
    Moderation.AFTER: _(
        "What seems to hold an address, a telephone number or an e-mail address still waits for a person."
    ),
}
PROJECT_COMMENTS = {
    ProjectComments.NONE: _("No comments on projects"),
    ProjectComments.STUDY: _("While the projects are studied"),
    ProjectComments.VOTE: _("Until the vote has ended"),
}
SPOTTED = {
    Spotted.EMAIL: _("an e-mail address"),
    Spotted.PHONE: _("a telephone number"),
    Spotted.ADDRESS: _("an address"),
}
LANGUAGES = {"fr": _("French"), "en": _("English"), "und": _("Another language")}


def named(names: Mapping[Value, Message], locale: str) -> list[tuple[str, str]]:
    """(value, name) of each, in `locale`, for a list to choose from."""
    return [(str(value), translate(name, locale)) for value, name in names.items()]


def explained(locale: str) -> list[tuple[str, str, str]]:
    """(value, name, hint) of both ways of moderating, for radio buttons."""
    return [
        (value.value, translate(name, locale), translate(MODERATION_HINTS[value], locale))
        for value, name in MODERATIONS.items()
    ]
