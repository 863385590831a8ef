"""How a process is opened for a route: loaded, 404 if unseen, then 403; and what it promised, once it is published."""

from typing import Any

from fastapi import Depends, Request
from sqlmodel import Session

from participation.accounts.access import ActorBeforeDep, ActorDep, declares, require
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import lazy as _
from participation.processes import queries
from participation.processes.models import ProcessKind, ProcessState
from participation.processes.queries import OpenProcess, SpecRow

DESKS_OF_A_MEETING = frozenset({"", "meetings", "people", "events"})
PAGES_OF_A_MEETING = frozenset({"", "ledger", "ledger.json", "meetings", "polls", "privacy"})
"""Below the address of a meeting of its own, for its staff and for everybody: of votes and opinions it has nothing."""


def open_process(permission: Permission) -> Any:
    """A dependency for staff routes under `/{organisation}/{slug}`: the process, permission checked.

    Somebody without any role there is told that there is no such page, not that it is forbidden.
    """

    @declares(permission)
    def check(organisation: str, slug: str, request: Request, actor: ActorDep, session: SessionDep) -> OpenProcess:
        return _process_for(session, request, organisation, slug, actor, permission)

    return Depends(check, scope="function")


def open_process_before(permission: Permission) -> Any:
    """The same, checked in a snapshot that has ended when the route begins: for acts that hash a password."""

    @declares(permission)
    def check(organisation: str, slug: str, request: Request, actor: ActorBeforeDep) -> OpenProcess:
        with request.app.state.database.reading() as session:
            return _process_for(session, request, organisation, slug, actor, permission)

    return Depends(check, scope="function")


def _process_for(
    session: Session, request: Request, organisation: str, slug: str, actor: Actor, permission: Permission
) -> OpenProcess:
    found = queries.process_for_staff(session, organisation, slug)
    if found is None or not actor.roles(found.organisation.id, found.id):
        raise NotFound(_("There is no process at this address."))
    if _is_alone(found) and _part(request, found) not in DESKS_OF_A_MEETING:
        raise NotFound(_("A meeting that belongs to no process does not have this desk."))
    require(actor, permission, found.organisation.id, found.id)
    return found


def _is_alone(found: OpenProcess) -> bool:
    return found.process.kind is ProcessKind.MEETING


def _part(request: Request, found: OpenProcess) -> str:
    """What the address names first below that of the process."""
    return str(request.url.path.partition(f"{found.path}/")[2].partition("/")[0])


def published_spec(session: Session, process: OpenProcess) -> SpecRow:
    """What voters were promised. Conflict while the process is a draft."""
    spec_row = queries.current_spec(session, process.id)
    if spec_row is None:
        raise Conflict(
            _("This vote is not published yet. Nothing was changed."),
            _("Publish it first: what voters are promised is frozen then."),
        )
    return spec_row


def nothing_here() -> NotFound:
    """What the public reads at an address without a published process, whether there is a draft or not."""
    return NotFound(_("There is no consultation or vote at this address."))


def public_process(session: Session, organisation: str, slug: str) -> OpenProcess:
    """The published vote or consultation at this address. NotFound when there is none."""
    found = _published(session, organisation, slug)
    if _is_alone(found):
        raise nothing_here()
    return found


def _published(session: Session, organisation: str, slug: str) -> OpenProcess:
    found = queries.process_at(session, organisation, slug)
    if found is None or found.process.state is ProcessState.DRAFT:
        raise nothing_here()
    return found


@declares(None)
def _public_process(organisation: str, slug: str, request: Request, session: SessionDep) -> OpenProcess:
    found = _published(session, organisation, slug)
    if _is_alone(found) and _part(request, found) not in PAGES_OF_A_MEETING:
        raise nothing_here()
    return found


PUBLIC_PROCESS: Any = Depends(_public_process, scope="function")
"""A dependency for public routes: a published process, no cookie read, so that pages stay cacheable."""
