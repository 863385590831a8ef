"""The names that people read about briefs."""

from __future__ import annotations

from enum import StrEnum

from participation.i18n import lazy as _


class Who(StrEnum):
    PERSON = "person"
    GROUP = "group"


WHO = {Who.PERSON: _("In my own name"), Who.GROUP: _("For a group or an organisation")}


class Only(StrEnum):
    """What the list of the staff may be narrowed to."""

    LATE = "late"
    WITHHELD = "withheld"
    UNREDACTED = "unredacted"


ONLY = {
    Only.LATE: _("Only what came late"),
    Only.WITHHELD: _("Only without a name"),
    Only.UNREDACTED: _("Only without a copy for the public"),
}
