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

Desk = tuple[str, Message, tuple[Permission, ...]]
"""Address below the process's staff page, its name, and the permissions any of which opens it."""
Desks = tuple[Desk, ...]
Groups = tuple[tuple[Message, Desks], ...]
_BEGIN: Desks = (("", _("Dashboard"), (Permission.PROCESS_VIEW,)),)
_SET_UP: Desk = ("/edit", _("Set-up"), (Permission.PROCESS_EDIT,))
_PRINTING: Desk = ("/forms", _("Printing"), (Permission.PRINT_FORMS,))
_LOG: Desk = ("/events", _("Log"), (Permission.EVENT_VIEW,))
_MEETINGS: Desk = ("/meetings", _("Meetings"), (Permission.POLL_RUN, Permission.POLL_COUNT))
_OF_A_BUDGET: Groups = (
    (_("Dashboard"), _BEGIN),
    (
        _("Prepare"),
        (
            _SET_UP,
            ("/people", _("People of this vote"), (Permission.ACCOUNT_MANAGE,)),
            ("/register", _("Codes and register"), (Permission.CODE_MANAGE,)),
            _PRINTING,
            ("/letters", _("Letters"), (Permission.CODE_MANAGE,)),
        ),
    ),
    (
        _("Receive"),
        (
            ("/intake", _("Intake desk"), (Permission.DECLARATION_ACCEPT,)),
            ("/phone", _("Phone: callers"), (Permission.DECLARATION_ACCEPT,)),
            ("/phone-ballots", _("Phone: choices"), (Permission.BATCH_KEY,)),
            ("/post", _("Postal desk"), (Permission.DECLARATION_ACCEPT,)),
            ("/bags", _("Bags and boxes"), (Permission.CUSTODY_RECORD,)),
            ("/cases", _("Cases"), (Permission.DECLARATION_DECIDE,)),
            ("/moderation", _("Comments"), (Permission.CONTRIBUTION_MODERATE,)),
            _MEETINGS,
        ),
    ),
    (
        _("Key"),
        (
            ("/batches", _("Batches"), (Permission.BATCH_VIEW,)),
            ("/scans", _("Scans"), (Permission.PROCESS_EDIT, Permission.BATCH_KEY)),
        ),
    ),
    (
        _("Count and publish"),
        (
            (
                "/closing",
                _("Close and count"),
                (Permission.WINDOW_CHANGE, Permission.COUNT_RUN, Permission.COUNT_CERTIFY),
            ),
            ("/results", _("Results"), (Permission.COUNT_VIEW,)),
            ("/sample", _("Audit by sample"), (Permission.COUNT_CERTIFY, Permission.BATCH_KEY)),
            ("/what-if", _("What if"), (Permission.COUNT_WHAT_IF,)),
            ("/export", _("Export"), (Permission.EXPORT_DOWNLOAD,)),
            _LOG,
        ),
    ),
)
_OF_A_CONSULTATION: Groups = (
    (_("Dashboard"), _BEGIN),
    (
        _("Prepare"),
        (
            _SET_UP,
            ("/people", _("People of this consultation"), (Permission.ACCOUNT_MANAGE,)),
            ("/documents", _("Documents"), (Permission.DOCUMENT_EDIT,)),
            ("/activities", _("Kiosks, walks and sessions"), (Permission.CONTRIBUTION_RECORD,)),
            _PRINTING,
        ),
    ),
    (
        _("Receive"),
        (
            ("/contributions", _("Register"), (Permission.CONTRIBUTION_VIEW,)),
            ("/contributions/new", _("Transcribe"), (Permission.CONTRIBUTION_RECORD,)),
            ("/mail-in", _("E-mail"), (Permission.CONTRIBUTION_RECORD,)),
            (
                "/questionnaire",
                _("Questionnaires on paper"),
                (Permission.BATCH_KEY, Permission.BATCH_ADJUDICATE, Permission.BATCH_VIEW),
            ),
            ("/moderation", _("Moderation"), (Permission.CONTRIBUTION_MODERATE,)),
            ("/questions", _("Questions"), (Permission.CONTRIBUTION_VIEW,)),
            ("/participants", _("Who takes part"), (Permission.CONTRIBUTION_RECORD,)),
        ),
    ),
    (
        _("Hear"),
        (
            _MEETINGS,
            ("/briefs", _("Briefs"), (Permission.CONTRIBUTION_VIEW,)),
            ("/briefs/new", _("Take in a brief"), (Permission.CONTRIBUTION_RECORD,)),
            ("/hearings", _("Hearings"), (Permission.CONTRIBUTION_VIEW,)),
            ("/hearings/register", _("Register a speaker"), (Permission.CONTRIBUTION_RECORD,)),
            ("/hearings/calls", _("Call list"), (Permission.NEED_VIEW,)),
            ("/reminders", _("Reminders"), (Permission.CONTRIBUTION_VIEW,)),
        ),
    ),
    (
        _("Analyse"),
        (
            ("/analysis", _("Analysis"), (Permission.CONTRIBUTION_ANALYSE,)),
            ("/questionnaire/results", _("Results of the questionnaire"), (Permission.COUNT_VIEW,)),
            ("/questionnaire/answers", _("Answers in words"), (Permission.CONTRIBUTION_VIEW,)),
        ),
    ),
    (
        _("Publish"),
        (
            ("/subscriptions", _("News and subscriptions"), (Permission.PROCESS_EDIT,)),
            ("/follow-up", _("Report and follow-up"), (Permission.CONTRIBUTION_ANALYSE,)),
            ("/exports", _("Exports"), (Permission.EXPORT_DOWNLOAD,)),
            ("/retention", _("Destruction of contacts"), (Permission.PROCESS_EDIT,)),
            _LOG,
        ),
    ),
)
_OF_A_MEETING: Groups = (
    (
        _("Meeting"),
        (
            ("/meetings", _("Meeting"), (Permission.POLL_RUN, Permission.POLL_COUNT)),
            ("/people", _("People of this meeting"), (Permission.ACCOUNT_MANAGE,)),
            _LOG,
        ),
    ),
)
GROUPS: dict[ProcessKind, Groups] = {
    ProcessKind.BUDGET: _OF_A_BUDGET,
    ProcessKind.CONSULTATION: _OF_A_CONSULTATION,
    ProcessKind.MEETING: _OF_A_MEETING,
}
"""The desks in the order of the work, under what one does there."""
ONE_ROW = 8
"""Up to this many desks stand side by side; more are grouped, and those of one group are shown."""
Link = tuple[str, Message, bool]
"""Address without a language, words, and whether it is the page, or the group, that is open."""


def staff_context(process: OpenProcess, actor: Actor, desk: str) -> dict[str, Any]:
    """What the staff layout reads. `desk` is the address of the current desk, such as '/intake'.

    Addresses in `nav_groups` and `nav` have no language; the layout puts the page's own before them.
    """
    groups, nav = _bar(process, actor, desk)
    return {
        "process": process.process,
        "organisation": process.organisation,
        "base": process.staff_path,
        "nav_groups": groups,
        "nav": nav,
        "left_out": not shows(process, desk),
        "role": role_words(actor.roles(process.organisation.id, process.id)),
    }


def _bar(process: OpenProcess, actor: Actor, desk: str) -> tuple[list[Link], list[Link]]:
    """The groups, none where the desks fit side by side, and the desks of the group that is open."""
    opened = [(name, _links(process, actor, desks, desk)) for name, desks in GROUPS[process.process.kind]]
    groups = [(name, links) for name, links in opened if links]
    everything = [link for _name, links in groups for link in links]
    if len(everything) <= ONE_ROW:
        return [], everything
    return [_group(name, links) for name, links in groups], next((links for _n, links in groups if _open(links)), [])


def _links(process: OpenProcess, actor: Actor, desks: Desks, desk: str) -> list[Link]:
    place = (process.organisation.id, process.id)
    return [
        (process.staff_path + path, label, path == desk)
        for path, label, permissions in desks
        if shows(process, path) and any(actor.may(permission, *place) for permission in permissions)
    ]


def _group(name: Message, links: list[Link]) -> Link:
    """A group leads to its first desk; one of a single desk has the name of that."""
    address, label, _current = links[0]
    return address, name if len(links) > 1 else label, _open(links)


def _open(links: list[Link]) -> bool:
    return any(current for _address, _label, current in links)


def shows(process: OpenProcess, desk: str) -> bool:
    """Whether a desk stands in the bar of this vote. One that does not still answers at its address."""
    key = "/questionnaire" if desk.startswith("/questionnaire") else desk
    return key not in OPTIONAL or key in process.desks


def role_words(roles: frozenset[Role]) -> Message | str:
    """The roles held, in words and in the order of the role table."""
    names = [ROLE_NAMES[role] for role in Role if role in roles]
    if not names:
        return ""
    return reduce(lambda first, second: _("%(first)s, %(second)s", first=first, second=second), names)
