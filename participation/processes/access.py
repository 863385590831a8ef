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
from participation.processes.models import ProcessState
from participation.processes.queries import OpenProcess, SpecRow


def open_process(permission: Permission) -> Any:
    """A dependency for staff routes under `/{organisation}/{slug}`: the process, permission checked.

    Somebody without any role there is told that there is no such page, not that it is forbidden.
    """

    @declares(permission)
    def check(organisation: str, slug: str, actor: ActorDep, session: SessionDep) -> OpenProcess:
        return _process_for(session, organisation, slug, actor, permission)

    return Depends(check, scope="function")


def open_process_before(permission: Permission) -> Any:
    """The same, checked in a snapshot that has ended when the route begins: for acts that hash a password."""

    @declares(permission)
    def check(organisation: str, slug: str, request: Request, actor: ActorBeforeDep) -> OpenProcess:
        with request.app.state.database.reading() as session:
            return _process_for(session, organisation, slug, actor, permission)

    return Depends(check, scope="function")


def _process_for(session: Session, organisation: str, slug: str, actor: Actor, permission: Permission) -> OpenProcess:
    found = queries.process_for_staff(session, organisation, slug)
    if found is None or not actor.roles(found.organisation.id, found.id):
        raise NotFound(_("There is no process at this address."))
    require(actor, permission, found.organisation.id, found.id)
    return found


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
    """The published process at this address. NotFound when there is none."""
    found = queries.process_at(session, organisation, slug)
    if found is None or found.process.state is ProcessState.DRAFT:
        raise nothing_here()
    return found


@declares(None)
def _public_process(organisation: str, slug: str, session: SessionDep) -> OpenProcess:
    return public_process(session, organisation, slug)


PUBLIC_PROCESS: Any = Depends(_public_process, scope="function")
"""A dependency for public routes: a published process, no cookie read, so that pages stay cacheable."""
