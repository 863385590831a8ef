"""Where the pages of an organisation itself lie: its team and its settings."""

from __future__ import annotations

from typing import Any

from participation.accounts.models import Organisation
from participation.accounts.permissions import Actor, Permission
from participation.errors import Message
from participation.i18n import lazy as _

DESKS: tuple[tuple[str, Message, Permission], ...] = (
    ("team", _("Team"), Permission.ACCOUNT_MANAGE),
    ("settings", _("Settings"), Permission.ORGANISATION_EDIT),
)


def desks_of(organisation: Organisation, actor: Actor) -> list[tuple[str, Message, str]]:
    """(address below the language, words, desk) of the pages that the actor's roles open."""
    return [
        (f"/staff/{organisation.slug}/{desk}", words, desk)
        for desk, words, permission in DESKS
        if actor.may(permission, organisation.id)
    ]


def organisation_context(organisation: Organisation, actor: Actor, desk: str) -> dict[str, Any]:
    """What the staff layout shows on these pages; `desk` is the one that is open."""
    desks = desks_of(organisation, actor)
    return {"organisation": organisation, "nav": [(address, words, key == desk) for address, words, key in desks]}
