"""The desks of a process that a member of staff may open, for the bar on every staff page."""

from __future__ import annotations

from functools import reduce
from typing import Any

from participation.accounts.models import Role
from participation.accounts.permissions import ROLE_NAMES, Actor, Permission
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.desks import OPTIONAL
from participation.processes.models import ProcessKind
from participation.processes.queries import OpenProcess

Desks = tuple[tuple[str, Message, tuple[Permission, ...]], ...]
_BEGIN: Desks = (
    ("", _("Dashboard"), (Permission.PROCESS_VIEW,)),
    ("/edit", _("Set-up"), (Permission.PROCESS_EDIT,)),
)
_END: Desks = (("/events", _("Events"), (Permission.EVENT_VIEW,)),)
_OF_A_BUDGET: Desks = (
    ("/people", _("People of this vote"), (Permission.ACCOUNT_MANAGE,)),
    ("/register", _("Codes and register"), (Permission.CODE_MANAGE,)),
    ("/forms", _("Printing"), (Permission.PRINT_FORMS,)),
    ("/intake", _("Intake desk"), (Permission.DECLARATION_ACCEPT,)),
    ("/phone", _("Phone: callers"), (Permission.DECLARATION_ACCEPT,)),
    ("/phone-ballots", _("Phone: choices"), (Permission.BATCH_KEY,)),
    ("/post", _("Postal desk"), (Permission.DECLARATION_ACCEPT,)),
    ("/letters", _("Letters"), (Permission.CODE_MANAGE,)),
    ("/bags", _("Bags and boxes"), (Permission.CUSTODY_RECORD,)),
    ("/cases", _("Cases"), (Permission.DECLARATION_DECIDE,)),
    ("/batches", _("Batches"), (Permission.BATCH_VIEW,)),
    ("/scans", _("Scans"), (Permission.PROCESS_EDIT, Permission.BATCH_KEY)),
    ("/closing", _("Close and count"), (Permission.WINDOW_CHANGE, Permission.COUNT_RUN, Permission.COUNT_CERTIFY)),
    ("/results", _("Results"), (Permission.COUNT_VIEW,)),
    ("/sample", _("Audit by sample"), (Permission.COUNT_CERTIFY, Permission.BATCH_KEY)),
    ("/what-if", _("What if"), (Permission.COUNT_WHAT_IF,)),
    *_END,
    ("/export", _("Export"), (Permission.EXPORT_DOWNLOAD,)),
)
_OF_A_CONSULTATION: Desks = (
    ("/people", _("People of this consultation"), (Permission.ACCOUNT_MANAGE,)),
    ("/documents", _("Documents"), (Permission.DOCUMENT_EDIT,)),
    ("/contributions", _("Register"), (Permission.CONTRIBUTION_VIEW,)),
    ("/contributions/new", _("Transcribe"), (Permission.CONTRIBUTION_RECORD,)),
    ("/mail-in", _("E-mail"), (Permission.CONTRIBUTION_RECORD,)),
    ("/moderation", _("Moderation"), (Permission.CONTRIBUTION_MODERATE,)),
    ("/questions", _("Questions"), (Permission.CONTRIBUTION_VIEW,)),
    ("/briefs", _("Briefs"), (Permission.CONTRIBUTION_VIEW,)),
    ("/briefs/new", _("Take in a brief"), (Permission.CONTRIBUTION_RECORD,)),
    ("/hearings", _("Hearings"), (Permission.CONTRIBUTION_VIEW,)),
    ("/hearings/register", _("Register a speaker"), (Permission.CONTRIBUTION_RECORD,)),
    ("/subscriptions", _("News and subscriptions"), (Permission.PROCESS_EDIT,)),
    ("/forms", _("Printing"), (Permission.PRINT_FORMS,)),
    ("/questionnaire", _("Questionnaire"), (Permission.BATCH_KEY, Permission.BATCH_ADJUDICATE, Permission.BATCH_VIEW)),
    ("/questionnaire/results", _("Results"), (Permission.COUNT_VIEW,)),
    ("/questionnaire/answers", _("Answers in words"), (Permission.CONTRIBUTION_VIEW,)),
    ("/analysis", _("Analysis"), (Permission.CONTRIBUTION_ANALYSE,)),
    ("/follow-up", _("Report and follow-up"), (Permission.CONTRIBUTION_ANALYSE,)),
    ("/exports", _("Exports"), (Permission.EXPORT_DOWNLOAD,)),
    *_END,
)
DESKS: dict[ProcessKind, Desks] = {
    ProcessKind.BUDGET: (*_BEGIN, *_OF_A_BUDGET),
    ProcessKind.CONSULTATION: (*_BEGIN, *_OF_A_CONSULTATION),
}
"""Address below the process's staff page, its name, and the permissions any of which opens it."""


def staff_context(process: OpenProcess, actor: Actor, desk: str) -> dict[str, Any]:
    """What the staff layout reads. `desk` is the address of the current desk, such as '/intake'.

    Addresses in `nav` have no language; the layout puts the page's own before them.
    """
    place = (process.organisation.id, process.id)
    nav = [
        (process.staff_path + path, label, path == desk)
        for path, label, permissions in DESKS[process.process.kind]
        if shows(process, path) and any(actor.may(permission, *place) for permission in permissions)
    ]
    return {
        "process": process.process,
        "organisation": process.organisation,
        "base": process.staff_path,
        "nav": nav,
        "left_out": not shows(process, desk),
        "role": role_words(actor.roles(*place)),
    }


def shows(process: OpenProcess, desk: str) -> bool:
    """Whether a desk stands in the bar of this vote. One that does not still answers at its address."""
    return desk not in OPTIONAL or desk in process.desks


def role_words(roles: frozenset[Role]) -> Message | str:
    """The roles held, in words and in the order of the role table."""
    names = [ROLE_NAMES[role] for role in Role if role in roles]
    if not names:
        return ""
    return reduce(lambda first, second: _("%(first)s, %(second)s", first=first, second=second), names)
