"""Projects over HTTP, for everybody and without a cookie; the kiosk; short addresses for posters."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.access import PUBLIC, FormDep, declares
from participation.ballots import pages
from participation.ballots.booth import enter, nothing_kept
from participation.ballots.forms import read_filter
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.i18n import negotiate
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess, public_processes
from participation.templating import fragment, locale_of, page, wants_fragment

router = APIRouter()
PROCESS = "/{locale}/{organisation}/{slug}"
CACHEABLE = {"Cache-Control": "public, max-age=60", "Vary": "HX-Request"}
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]


@router.get(f"{PROCESS}/projects")
def project_list(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    """The list, or the part of it that htmx swaps in when a filter changes."""
    wanted = read_filter(request.query_params)
    context = pages.list_context(session, process, locale_of(request), wanted)
    if wants_fragment(request):
        return fragment(request, "ballots/_projects.html", context)
    return page(request, "ballots/projects.html", context, headers=CACHEABLE)


@router.get(f"{PROCESS}/projects/{{contest}}/{{number}}")
def project_page(request: Request, process: PublicProcess, contest: str, number: str, session: SessionDep) -> Response:
    context = pages.project_context(session, process, locale_of(request), contest, number)
    if context is None:
        raise NotFound(_("There is no project of this number."))
    context |= {"layout": "layouts/public.html", "in_booth": False}
    return page(request, "ballots/project.html", context, headers=CACHEABLE)


@router.get(f"{PROCESS}/vote/projects/{{contest}}/{{number}}")
@declares(None)
def project_in_booth(request: Request, organisation: str, slug: str, contest: str, number: str) -> Response:
    """The same page for a shared device: it leads back to the ballot and nowhere else."""
    with enter(request, organisation, slug) as booth:
        context = pages.project_context(booth.session, booth.process, booth.locale, contest, number, "/vote/projects")
        if context is None:
            raise NotFound(_("There is no project of this number."))
        context |= {"in_booth": True, "questions": booth.spec.questions}
        return booth.page("ballots/project.html", context)


@router.get(f"{PROCESS}/kiosk/start")
@declares(None)
def kiosk_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        return booth.page("ballots/kiosk.html", {"starts": True})


@router.post(f"{PROCESS}/kiosk/start")
@declares(None)
def start_kiosk(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    """From here on this browser is a shared device: plain start page, cleared between two people."""
    with enter(request, organisation, slug) as booth:
        response = booth.go("/vote")
        booth.jar.set_kiosk(response, on=True)
        return nothing_kept(response, booth.jar)


@router.get(f"{PROCESS}/kiosk/end")
@declares(None)
def kiosk_end_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug) as booth:
        return booth.page("ballots/kiosk.html", {"starts": False})


@router.post(f"{PROCESS}/kiosk/end")
@declares(None)
def end_kiosk(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    with enter(request, organisation, slug) as booth:
        response = booth.go("/vote")
        booth.jar.set_kiosk(response, on=False)
        return nothing_kept(response, booth.jar)


@router.get("/v/{slug}", dependencies=[PUBLIC])
def short_address(request: Request, slug: str, session: SessionDep) -> Response:
    """The address on posters: to the process of that name, in the visitor's language."""
    found = [f"/{body.slug}/{process.slug}" for process, body in public_processes(session) if process.slug == slug]
    if not found:
        raise NotFound(_("There is no consultation or vote at this address."))
    locale = negotiate(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{locale}{found[0] if len(found) == 1 else '/'}", 307)
