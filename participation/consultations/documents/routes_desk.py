"""The documentation file for staff: the list, one document with its versions, and the board of paper copies."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words as consultation_words
from participation.consultations.documents import forms, numbering, queries, service, words
from participation.consultations.documents.queries import DocumentRow
from participation.consultations.documents.service import Brought
from participation.consultations.pages import staff_page
from participation.db import SessionDep
from participation.errors import NotFound
from participation.files import DOCUMENTS, Files, serve
from participation.i18n import lazy as _
from participation.processes.access import open_process
from participation.processes.arrivals import Sent, Wanted, file_for
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, text_of, whole_number
from participation.uploads import Limits

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/documents"
STREAMED = "/upload"
"""How addresses end that take files as they arrive."""
LIMITS = Limits(files=1, megabytes=200, field=200_000)
"""A text far too long still arrives, and is given back with what is wrong with it."""
WANTED = Wanted(DOCUMENTS, LIMITS, _("Choose the file: a PDF, or a picture (PNG, JPEG, WebP)."))
Edited = Annotated[OpenProcess, open_process(Permission.DOCUMENT_EDIT)]
SentDep = Annotated[Sent, file_for(Permission.DOCUMENT_EDIT, WANTED)]


@router.get(DESK)
def documents(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    return _list_page(request, process, session, actor, {}, {})


def _list_page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, Any], errors: Errors
) -> Response:
    found = queries.documents_of(session, process.id)
    shelves = queries.board(session, process.id, found)
    context = {
        "sections": queries.sections(found, queries.section_titles(session, process.id), empty=True),
        "late": sum(shelf.late for shelf in shelves),
        "kinds": words.KINDS,
        "states": words.STATES,
        "values": values,
        "errors": errors,
    }
    return _page(request, process, actor, "documents_desk.html", context)


def _page(request: Request, process: OpenProcess, actor: Actor, template: str, context: dict[str, Any]) -> Response:
    status = 422 if context.get("errors") else 200
    return staff_page(request, process, actor, "/documents", template, context, status=status)


@router.post(f"{DESK}/sections")
def name_section(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    number, title, errors = forms.read_section(form)
    if errors:
        return _list_page(request, process, session, actor, forms.typed_values(form), errors)
    service.name_section(session, Hand(process, actor.account_id, at), number, title)
    return _onward(request, process)


@router.get(f"{DESK}/new")
def new(request: Request, process: Edited, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    section = whole_number(text_of(FormData(request.query_params), "section", 3)) or 1
    numbers = [row.number for row in queries.documents_of(session, process.id)]
    today = at.astimezone(process.zone).date().isoformat()
    values = {"number": numbering.next_in(numbers, section), "language": "fr", "dated": today}
    return _new_page(request, process, actor, values, {})


@router.post(f"{DESK}/upload")
def add(request: Request, sent: SentDep, process: Edited, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    draft, errors = forms.read_document(sent.fields)
    dated, note, more = forms.read_version(sent.fields)
    errors |= more
    if not errors and sent.stored is not None:
        try:
            brought = Brought(sent.stored, dated, note)
            row = service.add_document(session, Hand(process, actor.account_id, at), draft, brought)
            return _onward(request, process, row.number)
        except service.NumberTaken as taken:
            errors["number"] = taken.message
    return _new_page(request, process, actor, forms.typed_values(sent.fields), errors | sent.lost)


def _new_page(request: Request, process: OpenProcess, actor: Actor, values: dict[str, Any], errors: Errors) -> Response:
    return _page(request, process, actor, "document_new.html", _lists(request) | {"values": values, "errors": errors})


def _lists(request: Request) -> dict[str, Any]:
    locale = locale_of(request)
    return {
        "kinds": consultation_words.named(words.KINDS, locale),
        "languages": consultation_words.named(consultation_words.LANGUAGES, locale),
        "most": LIMITS.megabytes,
    }


@router.get(f"{DESK}/board")
def board(request: Request, process: Edited, session: SessionDep, actor: ActorDep) -> Response:
    shelves = queries.board(session, process.id, queries.documents_of(session, process.id))
    papers = [copy.document for copy in shelves[0].copies] if shelves else []
    late = [shelf for shelf in shelves if shelf.late] if papers else []
    return _page(request, process, actor, "documents_board.html", {"shelves": shelves, "papers": papers, "late": late})


@router.post(f"{DESK}/board")
def deliver(
    request: Request, process: Edited, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """Notes copies as delivered: each of them named by its number and the version that lay on the page."""
    hand, found = Hand(process, actor.account_id, at), queries.documents_of(session, process.id)
    shelves = queries.board(session, process.id, found)
    shelf = next((each for each in shelves if each.place.code == text_of(form, "place")), None)
    copies = {f"{copy.document.number} v{version.number}": (copy.document, version)
              for copy in (shelf.copies if shelf else []) for version in copy.document.shown}  # fmt: skip
    wanted = [str(each) for each in form.getlist("copy")]
    if shelf is None or not wanted or not set(wanted) <= set(copies):
        raise NotFound(_("This place or document is not on the board. Nothing was changed."), _("Reload the page."))
    for each in wanted:
        service.deliver(session, hand, shelf.place.id, *copies[each])
    return _onward(request, process, "board")


def _row(session: Session, process: OpenProcess, number: str) -> DocumentRow:
    row = queries.document_at(queries.documents_of(session, process.id), number)
    if row is None:
        raise NotFound(_("There is no document %(number)s in this file.", number=number[:12]))
    return row


@router.get(f"{DESK}/{{number}}")
def one(request: Request, process: Edited, number: str, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    row = _row(session, process, number)
    today = at.astimezone(process.zone).date().isoformat()
    return _document_page(request, process, actor, row, {**forms.document_values(row), "dated": today}, {})


def _document_page(
    request: Request, process: OpenProcess, actor: Actor, row: DocumentRow, values: dict[str, Any], errors: Errors
) -> Response:
    context = {"row": row, "states": words.STATES, "faults": words.FAULTS, "values": values, "errors": errors}
    waiting = any(version.state.value == "waiting" for version in row.versions)
    return _page(request, process, actor, "document_edit.html", _lists(request) | context | {"waiting": waiting})


@router.post(f"{DESK}/{{number}}")
def edit(
    request: Request, process: Edited, number: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    draft, errors = forms.read_document(form)
    if not errors:
        try:
            service.edit_document(session, Hand(process, actor.account_id, at), row, draft)
            return _onward(request, process, draft.number)
        except service.NumberTaken as taken:
            errors["number"] = taken.message
    return _document_page(request, process, actor, row, forms.typed_values(form), errors)


@router.post(f"{DESK}/{{number}}/upload")
def add_version(
    request: Request, sent: SentDep, process: Edited, number: str, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    dated, note, errors = forms.read_version(sent.fields)
    if errors or sent.stored is None:
        errors |= sent.lost
        values = {**forms.document_values(row), **forms.typed_values(sent.fields)}
        return _document_page(request, process, actor, row, values, errors)
    service.add_version(session, Hand(process, actor.account_id, at), row, Brought(sent.stored, dated, note))
    return _onward(request, process, row.number)


@router.get(f"{DESK}/{{number}}/versions/{{version:int}}/file")
def version_file(
    request: Request, process: Edited, number: str, version: int, session: SessionDep, actor: ActorDep
) -> Response:
    """Any version, also one that the public does not see: always saved, never opened in place."""
    row = _row(session, process, number)
    found = row.version(version)
    if found is None:
        raise NotFound(_("There is no such version of this document."))
    return serve(Files(request.app.state.settings), found.file, f"{row.number} v{version}")


@router.post(f"{DESK}/{{number}}/withdraw")
def withdraw(
    request: Request, process: Edited, number: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    reason, errors = forms.read_reason(form)
    if errors:
        values = {**forms.document_values(row), **forms.typed_values(form)}
        return _document_page(request, process, actor, row, values, errors)
    service.withdraw(session, Hand(process, actor.account_id, at), row, reason)
    return _onward(request, process, row.number)


@router.post(f"{DESK}/{{number}}/put-back")
def put_back(
    request: Request, process: Edited, number: str, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = _row(session, process, number)
    service.put_back(session, Hand(process, actor.account_id, at), row)
    return _onward(request, process, row.number)


def _onward(request: Request, process: OpenProcess, path: str = "") -> Response:
    there = f"/{locale_of(request)}{process.staff_path}/documents"
    return RedirectResponse(f"{there}/{path}" if path else there, 303)
