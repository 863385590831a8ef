"""The register desk: the list of a closed register, personal and anonymous codes, lost codes."""

import csv
import io
from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.counting.spec import RegisterKind, in_language
from participation.db import SessionDep
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.i18n import translate, words_of
from participation.processes.access import open_process, published_spec
from participation.processes.eligibility import young_ages
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess, SpecRow, current_spec, windows_of
from participation.register import forms, queries, service
from participation.register.identity import grouped
from participation.spreadsheets import cell
from participation.templating import locale_of, page

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/register"
CodedProcess = Annotated[OpenProcess, open_process(Permission.CODE_MANAGE)]


def _published(process: CodedProcess, session: SessionDep) -> SpecRow:
    """The published spec: codes and registers hang on it. Conflict before publication and after intake closed."""
    row = published_spec(session, process)
    if windows_of(session, row.id).intake_closed_at is not None:
        raise Conflict(_("Intake is closed: nobody can vote any more, so no code was made."))
    return row


SpecDep = Annotated[SpecRow, Depends(_published, scope="function")]


@router.get(DESK)
def desk(request: Request, process: CodedProcess, session: SessionDep, actor: ActorDep) -> Response:
    return _desk_page(request, process, session, actor, {}, {})


def _desk_page(
    request: Request,
    found: OpenProcess,
    session: SessionDep,
    actor: Actor,
    values: dict[str, str],
    errors: forms.Errors,
    **more: Any,
) -> Response:
    row = current_spec(session, found.id)
    locale = locale_of(request)
    context = {
        **staff_context(found, actor, "/register"),
        "row": row,
        "closed": row is not None and row.spec.register is RegisterKind.CLOSED,
        "young": young_ages(row.spec.minimum_age) if row else None,
        "styles": [(style.id, words_of(style.title, locale)) for style in row.spec.styles] if row else [],
        "voters": queries.voters_count(session, row.id) if row else 0,
        "codes": queries.code_figures(session, row.id) if row else None,
        "waiting": queries.voters_without_code(session, row.id) if row else 0,
        "imported": request.query_params.get("imported", ""),
        "values": values,
        "errors": errors,
        "new_code": "",
        "at": request.app.state.clock(),
        "zone": found.zone,
        **more,
    }
    headers = {"Cache-Control": "no-store"}
    return page(request, "register/desk.html", context, status=422 if errors else 200, headers=headers)


@router.post(DESK + "/import")
def import_voters(
    request: Request,
    process: CodedProcess,
    row: SpecDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    voters, errors = forms.read_voters(form, row.spec)
    if errors:
        return _desk_page(request, process, session, actor, {"lines": str(form.get("lines", ""))}, errors)
    added = service.import_voters(session, row, voters.rows, at=at, by=actor)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/register?imported={added}", 303)


@router.post(DESK + "/codes")
def issue_codes(
    request: Request,
    process: CodedProcess,
    row: SpecDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    """The new codes as a file: this answer is the only place where they can be read."""
    issued = service.issue_codes(session, request.app.state.keys, row, at=at, by=actor)
    if not issued:
        raise Conflict(_("Everybody in the register has a code already. None was made."))
    lines = ((code.register_number, _district(row, code.style, request), grouped(code.code)) for code in issued)
    heading = [_("register number"), _("district"), _("code")]
    return _file(request, process, "codes", [translate(name, locale_of(request)) for name in heading], lines)


@router.post(DESK + "/pool")
def issue_pool(
    request: Request,
    process: CodedProcess,
    row: SpecDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    if young_ages(row.spec.minimum_age) is None:
        raise Conflict(_("Nobody who may vote here is too young to give a name, so no anonymous code was made."))
    (style, number), errors = forms.read_pool(form, row.spec)
    if errors:
        return _desk_page(request, process, session, actor, {"number": str(form.get("number", ""))}, errors)
    codes = service.issue_pool(session, request.app.state.keys, row, style, number, at=at, by=actor)
    district = _district(row, style, request)
    heading = [translate(name, locale_of(request)) for name in (_("district"), _("code"))]
    return _file(request, process, "anonymous-codes", heading, ((district, grouped(code)) for code in codes))


@router.post(DESK + "/reissue")
def reissue(
    request: Request,
    process: CodedProcess,
    row: SpecDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    """The new code on the page, once; the lost one no longer works."""
    number, errors = forms.read_lost(form)
    code = ""
    if not errors:
        try:
            code = service.reissue_code(session, request.app.state.keys, row, number, at=at, by=actor)
        except (Invalid, NotFound) as problem:
            errors["register_number"] = problem.message
    values = {"register_number": number}
    return _desk_page(request, process, session, actor, values, errors, new_code=grouped(code) if code else "")


@router.get(DESK + "/cancel-unused")
def ask_to_cancel(request: Request, process: CodedProcess, session: SessionDep, actor: ActorDep) -> Response:
    return page(request, "register/cancel_unused.html", staff_context(process, actor, "/register"))


@router.post(DESK + "/cancel-unused")
def cancel_unused(
    request: Request,
    process: CodedProcess,
    row: SpecDep,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.cancel_unused_codes(session, row, at=at, by=actor)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/register", 303)


def _district(row: SpecRow, style: str, request: Request) -> str:
    return in_language(row.spec.style[style].title, locale_of(request))


def _file(
    request: Request, found: OpenProcess, name: str, heading: Iterable[str], lines: Iterable[Iterable[str]]
) -> Response:
    """A table for a spreadsheet: UTF-8 with its mark, semicolons, kept by no cache."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(heading)
    writer.writerows([cell(word) for word in line] for line in lines)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.process.slug}-{name}.csv"',
        "Cache-Control": "no-store",
    }
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
