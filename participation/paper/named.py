"""A vote as it is named on the command line."""

from __future__ import annotations

from sqlmodel import Session

from participation.errors import Invalid, NotFound
from participation.i18n import lazy as _
from participation.processes.queries import OpenProcess, process_at, processes_named


def process_of(session: Session, slug: str) -> OpenProcess:
    """The process that `slug` or `organisation/slug` names. Raises DomainError with what to type instead."""
    organisation, slash, name = slug.strip("/").rpartition("/")
    if slash:
        found = [process] if (process := process_at(session, organisation, name)) else []
    else:
        found = processes_named(session, name)
    if not found:
        raise NotFound(_("There is no process named %(slug)s.", slug=slug))
    if len(found) > 1:
        names = ", ".join(process.path.strip("/") for process in found)
        raise Invalid(_("Several organisations have a process of that name. Say which: %(names)s.", names=names))
    return found[0]
