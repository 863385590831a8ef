"""What every page of the set-up shares: its tabs, the page that comes back with errors, the way on after saving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.permissions import Actor, Permission
from participation.errors import Message, NotFound
from participation.i18n import lazy as _
from participation.processes import forms, words
from participation.processes.models import ProcessKind, ProcessState
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.processes.service import FieldProblem
from participation.templating import locale_of, page

Row = TypeVar("Row")
_BEGIN: tuple[tuple[str, Message, Permission], ...] = (
    ("", _("Overview"), Permission.PROCESS_EDIT),
    ("/texts", _("Texts"), Permission.PROCESS_EDIT),
    ("/phases", _("Phases"), Permission.PROCESS_EDIT),
)
TABS: dict[ProcessKind, tuple[tuple[str, Message, Permission], ...]] = {
    ProcessKind.BUDGET: (
        *_BEGIN,
        ("/voting", _("Voting"), Permission.PROCESS_EDIT),
        ("/places", _("Places"), Permission.PROCESS_EDIT),
        ("/contests", _("Contests and projects"), Permission.PROCESS_EDIT),
        ("/publish", _("Publish"), Permission.PROCESS_PUBLISH),
        ("/changes", _("Changes"), Permission.PROJECT_CHANGE),
    ),
    ProcessKind.CONSULTATION: (
        *_BEGIN,
        ("/places", _("Places"), Permission.PROCESS_EDIT),
        ("/questionnaire", _("Questionnaire"), Permission.PROCESS_EDIT),
    ),
}
"""Address below the set-up, name, permission."""


def editor_page(
    request: Request,
    found: OpenProcess,
    actor: Actor,
    tab: str,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response:
    """A page of the set-up. Without `values` and `errors` its form is empty and right."""
    place = (found.organisation.id, found.id)
    tabs = [
        (name, f"/{locale_of(request)}{found.staff_path}/edit{path}", path == tab)
        for path, name, permission in TABS[found.process.kind]
        if actor.may(permission, *place)
    ]
    common = {
        **staff_context(found, actor, "/edit"),
        "tabs": tabs,
        "frozen": found.process.state is not ProcessState.DRAFT,
        "zone": found.zone,
        "zone_name": words.ZONES.get(found.process.zone, found.process.zone),
        "saved": status == 200 and "saved" in request.query_params,
        "errors": {},
    }
    filled = {**common, **context, "values": forms.Filled(context.get("values", {}))}
    return page(request, f"processes/{template}", filled, status=status)


def onward(request: Request, found: OpenProcess, path: str) -> Response:
    """To the page after a save, which says that it was saved."""
    return RedirectResponse(f"/{locale_of(request)}{found.staff_path}/edit{path}?saved=1", 303)


def saved(errors: dict[str, Any], save: Callable[[], object]) -> bool:
    """Saves where there is no error; what only the stored rows could tell is added to the errors."""
    if errors:
        return False
    try:
        save()
    except FieldProblem as problem:
        errors[problem.field] = problem.message
        return False
    return True


def found_or_new(key: str, find: Callable[[], Row | None]) -> Row | None:
    """The row that the address names; None where it says `new`. NotFound for any other."""
    if key == "new":
        return None
    row = find()
    if row is None:
        raise no_such_part()
    return row


def no_such_part() -> NotFound:
    return NotFound(_("This part of the set-up does not exist, or somebody has removed it."))
