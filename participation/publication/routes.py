"""The public pages that compose: home, organisation, process, results, ledger. No cookie is read, none is set."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from participation.accounts.access import PUBLIC, AtDep
from participation.accounts.queries import organisation_by_slug
from participation.counting.ledger import canonical_json
from participation.counts.queries import Certified, certified_counts
from participation.counts.results import load_result
from participation.db import SessionDep, metadata
from participation.errors import NotFound
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.models import ProcessKind
from participation.processes.notices import data_register
from participation.processes.queries import OpenProcess, SpecRow, current_spec
from participation.publication import consultation_pages, exports, ledger, meeting_pages, minutes, public_pages
from participation.publication.files import download, public_download
from participation.publication.opinion_routes import router as opinion_router
from participation.publication.staff_routes import router as staff_router
from participation.publication.statement_routes import router as statement_router
from participation.templating import locale_of, page

__all__ = ["router", "staff_router"]
staff_router.routes.extend(statement_router.routes)
staff_router.routes.extend(opinion_router.routes)
PROCESS = "/{locale}/{organisation}/{slug}"
VERSION = f"{PROCESS}/results/versions/{{version:int}}"
CACHEABLE = {"Cache-Control": MINUTE}
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]

router = APIRouter()


@router.get("/{locale}/", dependencies=[PUBLIC])
def home(request: Request, session: SessionDep, at: AtDep) -> Response:
    context = public_pages.home(session, at, locale_of(request))
    return page(request, "publication/home.html", context, headers=CACHEABLE)


@router.get("/{locale}/accessibility", dependencies=[PUBLIC])
def accessibility(request: Request) -> Response:
    return page(request, "publication/accessibility.html", headers=CACHEABLE)


@router.get("/{locale}/privacy", dependencies=[PUBLIC])
def privacy(request: Request) -> Response:
    """The public register of personal information, from the declarations in the code."""
    return page(request, "publication/privacy.html", {"rows": data_register(metadata)}, headers=CACHEABLE)


@router.get("/{locale}/patterns", dependencies=[PUBLIC])
def patterns(request: Request) -> Response:
    """Every component in every state."""
    return page(request, "publication/patterns.html")


@router.get("/{locale}/{organisation}", dependencies=[PUBLIC])
def organisation_page(request: Request, organisation: str, session: SessionDep, at: AtDep) -> Response:
    body = organisation_by_slug(session, organisation)
    if body is None:
        raise NotFound(_("There is no organisation at this address."))
    context = public_pages.organisation(session, body, at, locale_of(request))
    return page(request, "publication/organisation.html", context, headers=CACHEABLE)


@router.get(PROCESS)
def process_page(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    if process.process.kind is ProcessKind.CONSULTATION:
        context = consultation_pages.hub_page(session, process, at, locale_of(request))
        return page(request, "publication/consultation.html", context, headers=CACHEABLE)
    if process.process.kind is ProcessKind.MEETING:
        context = meeting_pages.meeting_page(session, process, at, locale_of(request))
        return page(request, "publication/meeting.html", context, headers=CACHEABLE)
    context = public_pages.process_page(session, process, at, locale_of(request))
    return page(request, "publication/process.html", context, headers=CACHEABLE)


@dataclass(frozen=True, slots=True)
class Result:
    """A certified count that the public may see, among the versions of it."""

    spec_row: SpecRow
    shown: Certified
    versions: list[Certified]


def _certified(request: Request, process: PublicProcess, session: SessionDep) -> Result | None:
    """The version that the address names, or the newest; None if there is none: the only door to a tally outside
    staff pages."""
    spec_row = current_spec(session, process.id)
    versions = certified_counts(session, spec_row.id) if spec_row else []
    asked = request.path_params.get("version", len(versions))
    shown = next((each for each in versions if each.version == asked), None)
    return Result(spec_row, shown, versions) if spec_row and shown else None


CertifiedDep = Annotated[Result | None, Depends(_certified, scope="function")]


def _only_certified(found: CertifiedDep) -> Result:
    if found is None:
        raise NotFound(_("The result is not certified yet: nothing can be taken from here."))
    return found


OnlyCertified = Annotated[Result, Depends(_only_certified, scope="function")]


@router.get(f"{PROCESS}/results")
def results(request: Request, process: PublicProcess, found: CertifiedDep, session: SessionDep, at: AtDep) -> Response:
    if found is None:
        context = public_pages.waiting_page(session, process, at, locale_of(request))
        return page(request, "publication/no_results.html", context, headers=CACHEABLE)
    return _result(request, process, found, session)


@router.get(f"{VERSION}")
def one_version(request: Request, process: PublicProcess, found: OnlyCertified, session: SessionDep) -> Response:
    """A version of the result, which stays where it is when a recount brings another."""
    return _result(request, process, found, session)


def _result(request: Request, process: OpenProcess, found: Result, session: SessionDep) -> Response:
    locale = locale_of(request)
    context = public_pages.results_page(session, process, found.spec_row, found.shown, found.versions, locale)
    return page(request, "publication/results.html", context, headers=CACHEABLE)


@router.get(f"{VERSION}/totals.csv")
@router.get(f"{PROCESS}/results/totals.csv")
def totals(request: Request, process: PublicProcess, found: OnlyCertified) -> Response:
    spec_row, certified = found.spec_row, found.shown
    text = exports.totals_csv(spec_row.spec, load_result(certified.count.result), locale_of(request))
    return download(text.encode("utf-8-sig"), f"{process.process.slug}-totals.csv", "text/csv; charset=utf-8")


@router.get(f"{VERSION}/ballots.zip")
@router.get(f"{PROCESS}/results/ballots.zip")
def ballots(request: Request, process: PublicProcess, found: OnlyCertified, session: SessionDep) -> Response:
    spec_row, certified = found.spec_row, found.shown

    def make() -> bytes:
        return exports.ballots_archive(session, process.process, spec_row, certified.count)

    name = f"{process.process.slug}-ballots.zip"
    return public_download(request, name, "application/zip", _made_from(process, certified), make)


@router.get(f"{VERSION}/minutes.pdf")
@router.get(f"{PROCESS}/results/minutes.pdf")
def minutes_pdf(request: Request, process: PublicProcess, found: OnlyCertified, session: SessionDep) -> Response:
    """The procès-verbal without the names of those who signed it: only staff see them."""
    demo, locale = request.app.state.settings.demo, locale_of(request)

    def make() -> bytes:
        return minutes.certified_minutes(session, process, found.spec_row, found.shown, locale, demo=demo, named=False)

    made_from = (locale, *_made_from(process, found.shown))
    return public_download(request, f"{process.process.slug}-minutes.pdf", "application/pdf", made_from, make)


def _made_from(process: OpenProcess, certified: Certified) -> tuple[str, ...]:
    """The certified count, and the names around it, which may be corrected later."""
    names = (process.process.title, process.organisation.name)
    return (str(certified.count.id), certified.count.digest, certified.at.isoformat(), *map(canonical_json, names))


@router.get(f"{PROCESS}/ledger")
def ledger_page(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    context = {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale_of(request)}{process.path}",
        "checkpoints": ledger.checkpoints(session, process.id),
        "zone": process.zone,
    }
    return page(request, "publication/ledger.html", context, headers=CACHEABLE)


@router.get(f"{PROCESS}/ledger.json")
def ledger_json(process: PublicProcess, session: SessionDep) -> Response:
    """The checkpoints, oldest first, for anybody who keeps a copy."""
    chain = ledger.checkpoints(session, process.id)[::-1]
    listed = [
        {
            "sequence": link.sequence,
            "at": link.at.isoformat(),
            "commitments": link.leaves,
            "previous": link.previous,
            "digest": link.digest,
        }
        for link in chain
    ]
    return JSONResponse({"process": process.process.slug, "checkpoints": listed}, headers=CACHEABLE)
