"""Projects over HTTP, for everybody and without a cookie; the kiosk; short addresses for posters."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import PUBLIC, FormDep, declares
from participation.ballots import pages
from participation.ballots.addresses import PROCESS
from participation.ballots.booth import enter, nothing_kept
from participation.ballots.forms import read_filter
from participation.ballots.shelf import FinishedPages, Shelf, description, read_shelf
from participation.db import SessionDep
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.i18n import negotiate, paragraphs
from participation.middleware import MINUTE
from participation.processes.access import nothing_here
from participation.processes.queries import public_processes
from participation.templating import is_behind_notice, locale_of, page, render, wants_fragment

router = APIRouter()
_finished = FinishedPages()
CACHEABLE = {"Cache-Control": MINUTE, "Vary": "HX-Request, Accept-Encoding"}


@router.get(f"{PROCESS}/projects")
@declares(None)
def project_list(request: Request, organisation: str, slug: str) -> Response:
    """The list, or the part of it that htmx swaps in when a filter changes."""
    with request.app.state.database.reading() as session:
        shelf = read_shelf(session, organisation, slug)
    template = "ballots/_projects.html" if wants_fragment(request) else "ballots/projects.html"
    if is_behind_notice(request, shelf.organisation):
        return page(request, template, _list_context(request, shelf))
    key = (template, request.url.path, request.url.query, request.app.state.settings.demo, shelf)
    finished = _finished.get(key, lambda: render(request, template, _list_context(request, shelf)))
    if "gzip" in request.headers.get("accept-encoding", ""):
        return HTMLResponse(finished.compressed, headers={**CACHEABLE, "Content-Encoding": "gzip"})
    return HTMLResponse(finished.plain, headers=CACHEABLE)


def _list_context(request: Request, shelf: Shelf) -> dict[str, Any]:
    base = request.url.path.removesuffix("/projects")
    return pages.list_context(shelf, locale_of(request), base, read_filter(request.query_params))


@router.get(f"{PROCESS}/projects/{{contest}}/{{number}}")
@declares(None)
def project_page(request: Request, organisation: str, slug: str, contest: str, number: str) -> Response:
    locale = locale_of(request)
    with request.app.state.database.reading() as session:
        context = _project(session, organisation, slug, contest, number, locale)
    context |= {"layout": "layouts/public.html", "in_booth": False}
    return page(request, "ballots/project.html", context, headers=CACHEABLE)


@router.get(f"{PROCESS}/vote/projects/{{contest}}/{{number}}")
@declares(None)
def project_in_booth(request: Request, organisation: str, slug: str, contest: str, number: str) -> Response:
    """The same page for a shared device: it leads back to the ballot and nowhere else."""
    with enter(request, organisation, slug) as booth:
        context = _project(booth.session, organisation, slug, contest, number, booth.locale, "/vote/projects")
        context |= {"in_booth": True, "ballot_url": booth.url(pages.ballot_with(booth, contest))}
        return booth.page("ballots/project.html", context)


def _project(
    session: Session, organisation: str, slug: str, contest: str, number: str, locale: str, below: str = "/projects"
) -> dict[str, Any]:
    """The context of one project's page. NotFound when the contest has no such number."""
    shelf = read_shelf(session, organisation, slug)
    context = pages.project_context(shelf, locale, f"/{locale}/{organisation}/{slug}", contest, number, below)
    if context is None:
        raise NotFound(_("There is no project of this number."))
    texts, takes_comments = description(session, organisation, slug, contest, number)
    return context | {"paragraphs": paragraphs(texts, locale), "takes_comments": takes_comments}


@router.get(f"{PROCESS}/kiosk/start")
@declares(None)
def kiosk_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=None) as booth:
        return booth.page("ballots/kiosk.html", {"starts": True, "first_page": booth.first_page})


@router.post(f"{PROCESS}/kiosk/start")
@declares(None)
def start_kiosk(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    """From here on this browser is a shared device: plain start page, cleared between two people."""
    with enter(request, organisation, slug, questionnaire=None) as booth:
        response = booth.go(booth.first_page)
        booth.jar.set_kiosk(response, on=True)
        return nothing_kept(response, booth.jar)


@router.get(f"{PROCESS}/kiosk/end")
@declares(None)
def kiosk_end_page(request: Request, organisation: str, slug: str) -> Response:
    with enter(request, organisation, slug, questionnaire=None) as booth:
        return booth.page("ballots/kiosk.html", {"starts": False, "first_page": booth.first_page})


@router.post(f"{PROCESS}/kiosk/end")
@declares(None)
def end_kiosk(request: Request, organisation: str, slug: str, form: FormDep) -> Response:
    with enter(request, organisation, slug, questionnaire=None) as booth:
        response = booth.go(booth.first_page)
        booth.jar.set_kiosk(response, on=False)
        return nothing_kept(response, booth.jar)


@router.get("/v/{slug}", dependencies=[PUBLIC])
def short_address(request: Request, slug: str, session: SessionDep) -> Response:
    """The address on posters: to the process of that name, in the visitor's language."""
    found = [f"/{body.slug}/{process.slug}" for process, body in public_processes(session) if process.slug == slug]
    if not found:
        raise nothing_here()
    locale = negotiate(request.headers.get("accept-language", ""))
    return RedirectResponse(f"/{locale}{found[0] if len(found) == 1 else '/'}", 307)
