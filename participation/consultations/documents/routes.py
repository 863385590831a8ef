"""The documentation file for the public: by section, document by document, its files, and the search."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from participation.consultations.documents import pages, queries, words
from participation.consultations.documents.queries import DocumentRow, VersionRow
from participation.consultations.pages import public_page
from participation.consultations.words import LANGUAGES
from participation.db import SessionDep
from participation.errors import NotFound
from participation.files import Files, serve
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.search import MOST_TYPED
from participation.templating import locale_of
from participation.typed import whole_number

router = APIRouter()
DOCUMENTS = "/{locale}/{organisation}/{slug}/documents"
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]
PUBLIC = {"Cache-Control": MINUTE}


@router.get(DOCUMENTS)
def documents(request: Request, process: PublicProcess, session: SessionDep) -> Response:
    found = pages.public_documents(session, process)
    titles = queries.section_titles(session, process.id)
    context = {"sections": queries.sections(found, titles), "kinds": words.KINDS, "languages": LANGUAGES}
    return public_page(request, process, "documents.html", context, headers=PUBLIC)


@router.get(f"{DOCUMENTS}/{{number}}")
def document(request: Request, process: PublicProcess, number: str, session: SessionDep) -> Response:
    row = pages.public_document(session, process, number)
    if row.number != number:
        return RedirectResponse(_address(request, process, row), 307)
    return _document_page(request, process, session, row, row.current)


@router.get(f"{DOCUMENTS}/{{number}}/versions/{{version:int}}")
def version(request: Request, process: PublicProcess, number: str, version: int, session: SessionDep) -> Response:
    """One version at its own address, which says that there is a newer one."""
    row = pages.public_document(session, process, number)
    if row.number != number:
        return RedirectResponse(f"{_address(request, process, row)}/versions/{version}", 307)
    return _document_page(request, process, session, row, pages.shown_version(row, version))


def _document_page(
    request: Request, process: OpenProcess, session: SessionDep, row: DocumentRow, shown: VersionRow | None
) -> Response:
    context = {
        "row": row,
        "shown": shown,
        "kinds": words.KINDS,
        "languages": LANGUAGES,
        "copies": [] if row.withdrawn_at else pages.places_with(session, process.id, row),
    }
    return public_page(request, process, "document.html", context, headers=PUBLIC)


@router.get(f"{DOCUMENTS}/{{number}}/file")
def file(request: Request, process: PublicProcess, number: str, session: SessionDep) -> Response:
    """Leads on to the newest version; a page in the address, such as #page=14, goes along."""
    row = pages.public_document(session, process, number)
    if row.current is None or row.withdrawn_at is not None:
        raise NotFound(
            _("Document %(number)s was withdrawn.", number=row.number), _("Its page says why."),
        )  # fmt: skip
    return RedirectResponse(f"{_address(request, process, row)}/versions/{row.current.number}/file", 307)


@router.get(f"{DOCUMENTS}/{{number}}/versions/{{version:int}}/file")
def version_file(request: Request, process: PublicProcess, number: str, version: int, session: SessionDep) -> Response:
    row = pages.public_document(session, process, number)
    found = pages.shown_version(row, version)
    name = f"{row.number} {row.title.get('fr', '')} (v{found.number})"[:120].replace("/", "-")
    return serve(Files(request.app.state.settings), found.file, name, in_place=True, kept=MINUTE)


@router.get("/{locale}/{organisation}/{slug}/search")
def find(
    request: Request, process: PublicProcess, session: SessionDep, q: str = "", kind: str = "", page: str = "1"
) -> Response:
    number = min(max(whole_number(page) or 1, 1), pages.MOST_HITS_PAGES)
    found = pages.results(session, process, q[:MOST_TYPED], kind[:20], number, locale_of(request))
    return public_page(request, process, "search.html", found, headers=PUBLIC)


def _address(request: Request, process: OpenProcess, row: DocumentRow) -> str:
    return f"/{locale_of(request)}{process.path}/documents/{row.number}"
