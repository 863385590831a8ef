"""What stands around the vote, over HTTP: envelopes, poster, class pack, slips, one page per desk."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper import printed
from participation.paper.desk import pdf, published
from participation.paper.printed import print_form, print_once
from participation.paper.sheets import consultation
from participation.paper.sheets import documents as documents
from participation.paper.sheets.catalogue import AT_HOME, OF_A_CONSULTATION
from participation.paper.sheets.consultation import Invitation
from participation.paper.sheets.documents import Desk, EnvelopePart, Slip
from participation.paper.sheets.print_runs import is_numbered
from participation.paper.sheets.routes_consultation import answer, occasion_for
from participation.paper.sheets.routes_forms import (
    PUBLIC,
    STAFF,
    Print,
    Visible,
    edition_of,
    file_name,
    matter_for,
    vote_matter_for,
)
from participation.processes.access import open_process
from participation.processes.models import ProcessKind
from participation.processes.queries import OpenProcess, current_spec, windows_of
from participation.register import forms as register_forms
from participation.register import service as register
from participation.register.identity import grouped

router = APIRouter()
Coded = Annotated[OpenProcess, open_process(Permission.CODE_MANAGE)]


@router.get(STAFF + "/forms/envelope.pdf")
def envelope_pdf(
    request: Request, session: SessionDep, process: Print, part: EnvelopePart = EnvelopePart.OUTER, style: str = ""
) -> Response:
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    known = style if style in matter.spec_row.spec.style and len(matter.spec_row.spec.styles) > 1 else ""
    notice = printed.notice(matter, edition.language)
    data = documents.envelope(matter, edition, part, notice, style=known)
    return pdf(print_form("envelope", data), file_name(matter, f"envelope-{part.value}", edition))


@router.get(STAFF + "/forms/poster.pdf")
def poster_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    edition = edition_of(request)
    if process.process.kind is ProcessKind.CONSULTATION:
        occasion = occasion_for(request, session, process)
        data = consultation.invitation(occasion, edition, Invitation.POSTER)
        return answer(occasion, edition, "invitation", data, named="poster")
    matter = matter_for(request, session, process)
    return pdf(print_form("poster", documents.poster(matter, edition)), file_name(matter, "poster", edition))


@router.get(STAFF + "/forms/guide.pdf")
def guide_pdf(request: Request, session: SessionDep, process: Print, desk: Desk = Desk.INTAKE) -> Response:
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    data = documents.aide_memoire(matter, edition, desk, numbered=is_numbered(session, process.id))
    return pdf(print_form("aide-memoire", data), file_name(matter, f"guide-{desk.value}", edition))


@router.get(STAFF + "/forms/slip.pdf")
def slip_pdf(request: Request, session: SessionDep, process: Print, slip: Slip = Slip.COMMENT) -> Response:
    return _slip(request, session, process, slip)


@router.get(PUBLIC + "/forms/slip.pdf")
def public_slip_pdf(request: Request, session: SessionDep, process: Visible, slip: Slip = Slip.COMMENT) -> Response:
    """A slip that anybody prints at home."""
    consults = process.process.kind is ProcessKind.CONSULTATION
    offered = OF_A_CONSULTATION if consults else AT_HOME
    if slip not in offered or (not consults and current_spec(session, process.id) is None):
        raise NotFound(_("There is no consultation or vote at this address."))
    return _slip(request, session, process, slip, public=True)


def _slip(request: Request, session: SessionDep, process: OpenProcess, slip: Slip, *, public: bool = False) -> Response:
    edition = edition_of(request)
    if process.process.kind is ProcessKind.CONSULTATION:
        occasion = occasion_for(request, session, process)
        data = consultation.slip(occasion, edition, slip)
        return answer(occasion, edition, "slip", data, named=f"slip-{slip.value}", public=public)
    matter = matter_for(request, session, process)
    document = print_form("slip", documents.slip(matter, edition, slip))
    return pdf(document, file_name(matter, f"slip-{slip.value}", edition), public=public)


@router.get(STAFF + "/forms/class-pack.pdf")
def class_pack_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    """Guide and statement, for a pack whose cards are printed already."""
    matter, edition = matter_for(request, session, process), edition_of(request)
    if not documents.has_class_pack(matter):
        raise NotFound(_("Nobody who may vote here is too young to give a name, so there is no class pack."))
    data = documents.class_pack(matter, edition)
    return pdf(print_form("class-pack", data), file_name(matter, "class-pack", edition))


@router.post(STAFF + "/forms/class-pack")
def make_class_pack(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Coded
) -> Response:
    """The whole pack with new anonymous codes: this answer is the only place where they can be read."""
    spec_row = published(session, process)
    matter, edition = matter_for(request, session, process), edition_of(request)
    if windows_of(session, spec_row.id).intake_closed_at is not None:
        raise Conflict(_("Intake is closed: nobody can vote any more, so no code was made."))
    if not documents.has_class_pack(matter):
        raise Conflict(_("Nobody who may vote here is too young to give a name, so no anonymous code was made."))
    (style, number), errors = register_forms.read_pool(form, spec_row.spec)
    if errors or number > documents.MOST_CARDS:
        raise Invalid(_("A class pack holds 1 to %(most)s cards. No code was made.", most=documents.MOST_CARDS))
    codes = register.issue_pool(session, request.app.state.keys, spec_row, style, number, at=at, by=actor)
    shown = style if len(spec_row.spec.styles) > 1 else ""
    data = documents.class_pack(matter, edition, [grouped(code) for code in codes], style=shown)
    return pdf(print_once("class-pack", data), file_name(matter, "class-pack", edition))
