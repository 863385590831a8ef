"""The dependency that opens a process for a route: loads it, 404 if unseen, then 403."""

from typing import Any

from fastapi import Depends, Request

from participation.accounts.access import ActorDep, declares, require
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.processes import queries
from participation.processes.models import ProcessState
from participation.processes.queries import OpenProcess


def open_process(permission: Permission) -> Any:
    """A dependency for staff routes under `/{organisation}/{slug}`: the process, permission checked.

    Somebody without any role there is told that there is no such page, not that it is forbidden.
    """

    @declares(permission)
    def check(organisation: str, slug: str, actor: ActorDep, session: SessionDep) -> OpenProcess:
        found = queries.process_at(session, organisation, slug)
        if found is None or not actor.roles(found.organisation.id, found.id):
            raise NotFound(_("There is no process at this address."))
        require(actor, permission, found.organisation.id, found.id)
        return found

    return Depends(check, scope="function")


@declares(None)
def _public_process(organisation: str, slug: str, request: Request, session: SessionDep) -> OpenProcess:
    found = queries.process_at(session, organisation, slug)
    if found is None or found.process.state is ProcessState.DRAFT:
        raise NotFound(_("There is no consultation or vote at this address."))
    return found


PUBLIC_PROCESS: Any = Depends(_public_process, scope="function")
"""A dependency for public routes: a published process, no cookie read, so that pages stay cacheable."""
