"""The papers that are signed at a place, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import AtDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.paper.desk import paper_places, pdf, place_coded
from participation.paper.printed import Printed
from participation.paper.sheets.routes_forms import edition_of, file_name, matter_for
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.publication import statements

router = APIRouter()
BASE = "/{locale}/staff/{organisation}/{slug}/statements/{place}"
Viewed = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]


@router.get(BASE + "/opening.pdf")
def opening(request: Request, place: str, session: SessionDep, at: AtDep, process: Viewed) -> Response:
    """The état zéro."""
    matter, edition = matter_for(request, session, process), edition_of(request)
    where = place_coded(paper_places(session, process), place)
    sheet = statements.opening(session, matter, where, edition, at)
    return pdf(Printed(sheet, 0), file_name(matter, f"opening-{where.code}", edition))


@router.get(BASE + "/count.pdf")
def count(request: Request, place: str, session: SessionDep, at: AtDep, process: Viewed) -> Response:
    """The relevé du dépouillement."""
    matter, edition = matter_for(request, session, process), edition_of(request)
    where = place_coded(paper_places(session, process), place)
    closed = matter.windows.intake_closed_at is not None
    sheet = statements.count(session, matter, where, edition, at, closed=closed)
    return pdf(Printed(sheet, 0), file_name(matter, f"statement-{where.code}", edition))
