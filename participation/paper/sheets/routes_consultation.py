"""What a consultation prints beside its questionnaire, over HTTP: poster, flyer, slips, kits."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import clock
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.paper.desk import pdf
from participation.paper.printed import Edition, print_form
from participation.paper.sheets import consultation
from participation.paper.sheets.consultation import Invitation, Occasion, occasion_of
from participation.paper.sheets.routes_forms import PUBLIC, STAFF, Print, Visible, edition_of
from participation.processes.models import ProcessKind
from participation.processes.queries import OpenProcess

router = APIRouter()


def occasion_for(request: Request, session: SessionDep, process: OpenProcess) -> Occasion:
    """What the sheets of this consultation are made of. NotFound for a vote."""
    if process.process.kind is not ProcessKind.CONSULTATION:
        raise NotFound(_("A vote has no such sheet. What it prints is listed at its forms desk."))
    return occasion_of(session, process, request.app.state.settings, clock(request))


def answer(
    occasion: Occasion, edition: Edition, form: str, data: dict[str, Any], *, named: str = "", public: bool = False
) -> Response:
    name = f"{named or form}-{occasion.version(edition)}-{edition.paper.value}".lower()
    return pdf(print_form(form, data), name, public=public)


@router.get(STAFF + "/forms/flyer.pdf")
def flyer_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    occasion, edition = occasion_for(request, session, process), edition_of(request)
    data = consultation.invitation(occasion, edition, Invitation.FLYER)
    return answer(occasion, edition, "invitation", data, named="flyer")


@router.get(STAFF + "/forms/postal-kit.pdf")
def postal_kit_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    occasion, edition = occasion_for(request, session, process), edition_of(request)
    return answer(occasion, edition, "postal-kit", consultation.postal_kit(occasion, edition))


@router.get(STAFF + "/forms/kit.pdf")
def staff_kit_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    return _kit(request, session, process, public=False)


@router.get(PUBLIC + "/forms/kit.pdf")
def kit_pdf(request: Request, session: SessionDep, process: Visible) -> Response:
    """The kit for whoever brings a group together."""
    return _kit(request, session, process, public=True)


def _kit(request: Request, session: SessionDep, process: OpenProcess, *, public: bool) -> Response:
    occasion, edition = occasion_for(request, session, process), edition_of(request)
    return answer(occasion, edition, "kit", consultation.kit(occasion, edition), public=public)
