"""What may be done, by which role: one enumeration and one table."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from enum import StrEnum

from participation.accounts.models import Role
from participation.errors import Message
from participation.i18n import lazy as _


class Permission(StrEnum):
    """Named `resource:action`, kept in alphabetical order."""

    ACCOUNT_MANAGE = "account:manage"
    BATCH_ADJUDICATE = "batch:adjudicate"
    BATCH_KEY = "batch:key"
    BATCH_MANAGE = "batch:manage"
    BATCH_VIEW = "batch:view"
    CODE_MANAGE = "code:manage"
    CONTRIBUTION_ANALYSE = "contribution:analyse"
    """Read everything that was said, put passages under themes; commissioners and analysts."""
    CONTRIBUTION_MODERATE = "contribution:moderate"
    CONTRIBUTION_RECORD = "contribution:record"
    """Transcribe what came on paper, by telephone or by e-mail."""
    CONTRIBUTION_VIEW = "contribution:view"
    """Read the register of contributions with names that the public does not see."""
    COUNT_CERTIFY = "count:certify"
    COUNT_RUN = "count:run"
    COUNT_VIEW = "count:view"
    COUNT_WHAT_IF = "count:what-if"
    CUSTODY_RECORD = "custody:record"
    """Receive sealed bags, fill, merge and open ballot boxes."""
    DECLARATION_ACCEPT = "declaration:accept"
    DECLARATION_DECIDE = "declaration:decide"
    DOCUMENT_EDIT = "document:edit"
    EVENT_VIEW = "event:view"
    EXPORT_DOWNLOAD = "export:download"
    FLOOR_MODERATE = "floor:moderate"
    """Read what is asked in a room before it is shown; refuse, merge, mark as answered."""
    NEED_VIEW = "need:view"
    """Read what speakers need to come and how to reach them; call them."""
    ORGANISATION_EDIT = "organisation:edit"
    POLL_COUNT = "poll:count"
    """Count raised hands and cards in a room, take in slips, hand out cards at the door."""
    POLL_RUN = "poll:run"
    """Prepare a meeting, open and close its polls, say what the wall shows."""
    PRINT_FORMS = "print:forms"
    PROCESS_CREATE = "process:create"
    PROCESS_EDIT = "process:edit"
    PROCESS_PUBLISH = "process:publish"
    PROCESS_VIEW = "process:view"
    PROJECT_CHANGE = "project:change"
    STOCK_RECORD = "stock:record"
    WINDOW_CHANGE = "window:change"


ROLE_NAMES: dict[Role, Message] = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.ANALYST: _("Analyst"),
    Role.INTAKE_CLERK: _("Intake clerk"),
    Role.ENTRY_CLERK: _("Entry clerk"),
    Role.ADJUDICATOR: _("Adjudicator"),
    Role.MODERATOR: _("Moderator"),
    Role.FACILITATOR: _("Facilitator"),
    Role.CERTIFIER: _("Certifier"),
    Role.OBSERVER: _("Observer"),
}

_P = Permission
_EVERYBODY = {_P.PROCESS_VIEW, _P.COUNT_VIEW}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(
        _EVERYBODY
        | {
            _P.ACCOUNT_MANAGE,
            _P.BATCH_VIEW,
            _P.CODE_MANAGE,
            _P.CONTRIBUTION_ANALYSE,
            _P.CONTRIBUTION_MODERATE,
            _P.CONTRIBUTION_RECORD,
            _P.CONTRIBUTION_VIEW,
            _P.COUNT_RUN,
            _P.DOCUMENT_EDIT,
            _P.EVENT_VIEW,
            _P.EXPORT_DOWNLOAD,
            _P.FLOOR_MODERATE,
            _P.NEED_VIEW,
            _P.ORGANISATION_EDIT,
            _P.POLL_COUNT,
            _P.POLL_RUN,
            _P.PRINT_FORMS,
            _P.PROCESS_CREATE,
            _P.PROCESS_EDIT,
            _P.PROCESS_PUBLISH,
            _P.PROJECT_CHANGE,
            _P.STOCK_RECORD,
            _P.WINDOW_CHANGE,
        }
    ),
    Role.ANALYST: frozenset(
        _EVERYBODY
        | {
            _P.CONTRIBUTION_ANALYSE,
            _P.CONTRIBUTION_RECORD,
            _P.CONTRIBUTION_VIEW,
            _P.COUNT_WHAT_IF,
            _P.DOCUMENT_EDIT,
            _P.EVENT_VIEW,
            _P.EXPORT_DOWNLOAD,
        }
    ),
    Role.INTAKE_CLERK: frozenset(
        _EVERYBODY
        | {
            _P.BATCH_VIEW,
            _P.CONTRIBUTION_RECORD,
            _P.CUSTODY_RECORD,
            _P.DECLARATION_ACCEPT,
            _P.DECLARATION_DECIDE,
            _P.NEED_VIEW,
            _P.POLL_COUNT,
            _P.PRINT_FORMS,
            _P.STOCK_RECORD,
        }
    ),
    Role.ENTRY_CLERK: frozenset(
        _EVERYBODY
        | {
            _P.BATCH_KEY,
            _P.BATCH_MANAGE,
            _P.BATCH_VIEW,
            _P.CONTRIBUTION_RECORD,
            _P.CUSTODY_RECORD,
            _P.POLL_COUNT,
            _P.PRINT_FORMS,
        }
    ),
    Role.ADJUDICATOR: frozenset(
        _EVERYBODY | {_P.BATCH_ADJUDICATE, _P.BATCH_VIEW, _P.CUSTODY_RECORD, _P.DECLARATION_DECIDE}
    ),
    Role.MODERATOR: frozenset(
        _EVERYBODY
        | {_P.CONTRIBUTION_MODERATE, _P.CONTRIBUTION_RECORD, _P.CONTRIBUTION_VIEW, _P.FLOOR_MODERATE, _P.NEED_VIEW}
    ),
    Role.FACILITATOR: frozenset(_EVERYBODY | {_P.EVENT_VIEW, _P.FLOOR_MODERATE, _P.POLL_COUNT, _P.POLL_RUN}),
    Role.CERTIFIER: frozenset(
        _EVERYBODY | {_P.BATCH_VIEW, _P.COUNT_RUN, _P.COUNT_CERTIFY, _P.COUNT_WHAT_IF, _P.EVENT_VIEW, _P.WINDOW_CHANGE}
    ),
    Role.OBSERVER: frozenset(_EVERYBODY | {_P.BATCH_VIEW, _P.EVENT_VIEW}),
}


@dataclass(frozen=True, slots=True)
class GrantRow:
    role: Role
    organisation_id: uuid.UUID | None
    process_id: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in member of staff and what was granted to them, where."""

    account_id: uuid.UUID
    name: str
    grants: tuple[GrantRow, ...]

    def roles(self, organisation_id: uuid.UUID | None, process_id: uuid.UUID | None = None) -> frozenset[Role]:
        """The roles held there: those of the organisation and those of the process alone."""
        return frozenset(
            grant.role
            for grant in self.grants
            if (grant.organisation_id is not None and grant.organisation_id == organisation_id)
            or (grant.process_id is not None and grant.process_id == process_id)
        )

    def may(
        self, permission: Permission, organisation_id: uuid.UUID | None, process_id: uuid.UUID | None = None
    ) -> bool:
        """Whether one of the roles held there allows it."""
        return any(permission in ROLE_PERMISSIONS[role] for role in self.roles(organisation_id, process_id))
