"""Letters with personal codes over HTTP: a list in, parts of letters out, nothing kept. No page ever shows a code."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.counting.spec import RegisterKind
from participation.db import SessionDep, end_first_step
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper.desk import context, go, published
from participation.paper.models.desk import Paper
from participation.paper.models.prints import PrintState
from participation.paper.printed import Edition, matter_of
from participation.paper.remote import letter_job, letters, postal_forms
from participation.paper.remote.documents import Letter
from participation.paper.remote.letters import PartRow
from participation.paper.sheets.print_job import Press
from participation.paper.words import PRINT_STATES
from participation.processes.access import open_process
from participation.processes.completeness import LEAVE_BEFORE, first_close
from participation.processes.queries import OpenProcess, SpecRow, windows_of
from participation.register import queries as register_queries
from participation.register import service as register
from participation.register.identity import grouped
from participation.templating import locale_of, page
from participation.typed import nonce_of, text_of

router = APIRouter()
LETTERS = "/{locale}/staff/{organisation}/{slug}/letters"
Codes = Annotated[OpenProcess, open_process(Permission.CODE_MANAGE)]
NO_STORE = {"Cache-Control": "no-store"}


def _press(request: Request) -> Press:
    return Press(request.app.state.database, request.app.state.settings, request.app.state.clock)


def _letters_page(
    request: Request,
    session: SessionDep,
    process: OpenProcess,
    actor: Actor,
    at: Any,
    values: dict[str, str],
    errors: Any,
    **more: Any,
) -> Response:
    spec_row = published(session, process)
    runs = letters.runs_of(session, spec_row.id)
    parts = letters.parts_of(session, [run.id for run in runs])
    closes = first_close(windows_of(session, spec_row.id).moments)
    shown = {
        "closed": spec_row.spec.register is RegisterKind.CLOSED,
        "voters": register_queries.voters_count(session, spec_row.id),
        "without": register_queries.voters_without_code(session, spec_row.id),
        "runs": [(run, parts[run.id]) for run in runs],
        "states": PRINT_STATES,
        "busy": any(part.state is PrintState.ORDERED for found in parts.values() for part in found),
        "left": letters.addresses_left(session, spec_row.id),
        "kept_days": letters.KEPT.days,
        "leave_days": LEAVE_BEFORE.days,
        "leave_by": closes - LEAVE_BEFORE if closes else None,
        "late": closes is not None and at > closes - LEAVE_BEFORE,
        "papers": list(Paper),
        "needed": postal_forms.NEEDED,
        "values": {"language": locale_of(request), "paper": "letter"} | values,
        "errors": errors,
        **more,
    }
    status = 422 if errors else 200
    return page(
        request, "paper/postal_letters.html", {**context(process, actor, "/letters"), **shown}, status=status,
        headers=NO_STORE,
    )  # fmt: skip


@router.get(LETTERS)
def show_letters(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Codes) -> Response:
    return _letters_page(request, session, process, actor, at, {}, {})


def _open_register(session: SessionDep, process: OpenProcess) -> SpecRow:
    """Codes hang on a closed register whose intake is open. Conflict otherwise."""
    spec_row = published(session, process)
    if spec_row.spec.register is not RegisterKind.CLOSED:
        raise Conflict(_("This vote has no list of voters, so nobody has a personal code."))
    if windows_of(session, spec_row.id).intake_closed_at is not None:
        raise Conflict(_("Intake is closed: nobody can vote any more, so no code was made."))
    return spec_row


@router.post(LETTERS)
def order_letters(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Codes
) -> Response:
    spec_row, nonce = _open_register(session, process), nonce_of(form)
    known = register_queries.voters_with_codes(session, spec_row.id)
    typed, errors = postal_forms.read_letters(form, known, locale_of(request))
    if errors:
        values = {"lines": str(form.get("lines", "")), "paper": typed.paper.value}
        return _letters_page(request, session, process, actor, at, values, errors, nonce=nonce)
    letters.order(
        session, request.app.state.keys, spec_row, typed.rows, typed.paper,
        nonce=nonce, account_id=actor.account_id, at=at,
    )  # fmt: skip
    return go(request, process, "/letters")


@router.get(LETTERS + "/{run}/{number:int}/letters.pdf")
def part_pdf(request: Request, run: str, number: int, session: SessionDep, process: Codes) -> Response:
    part = letters.part_or_404(session, published(session, process), run, number)
    path = letter_job.file(_press(request), part)
    if part.state is not PrintState.READY or not path.is_file():
        raise Conflict(_("There is no file of these letters: they are not made yet, or were delivered and deleted."))
    return FileResponse(
        path, media_type="application/pdf", filename=f"letters-{run[:8]}-{number}.pdf", headers=NO_STORE
    )


@router.post(LETTERS + "/{run}/{number:int}/delivered")
def deliver_part(
    request: Request, run: str, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: Codes
) -> Response:
    spec_row = published(session, process)
    part = letters.part_or_404(session, spec_row, run, number)
    letters.deliver(session, spec_row, part, account_id=actor.account_id, at=at)
    return _forgotten(request, session, process, part, at)


@router.post(LETTERS + "/{run}/{number:int}/drop")
def drop_part(
    request: Request, run: str, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: Codes
) -> Response:
    spec_row = published(session, process)
    part = letters.part_or_404(session, spec_row, run, number)
    letters.drop(session, spec_row, part, account_id=actor.account_id, at=at)
    return _forgotten(request, session, process, part, at)


def _forgotten(request: Request, session: SessionDep, process: OpenProcess, part: PartRow, at: Any) -> RedirectResponse:
    """Rows first; then the key of a run without addresses; the file once the answer has left."""
    end_first_step(session)
    letters.destroy_keys(session, request.app.state.keys, at)
    return _without_file(request, process, part)


def _without_file(request: Request, process: OpenProcess, part: PartRow) -> RedirectResponse:
    answer = go(request, process, "/letters")
    answer.background = BackgroundTask(letter_job.remove_file, _press(request), part)
    return answer


@router.post(LETTERS + "/{run}/{number:int}/again")
def remake_part(
    request: Request, run: str, number: int, session: SessionDep, actor: ActorDep, at: AtDep, process: Codes
) -> Response:
    """The old file goes before the rows ask for a new one: the worker may be faster than this answer."""
    spec_row = _open_register(session, process)
    part = letters.part_or_404(session, spec_row, run, number)
    letters.remake(session, spec_row, part, account_id=actor.account_id, at=at)
    letter_job.remove_file(_press(request), part)
    return go(request, process, "/letters")


@router.post(LETTERS + "/lost")
def lost_code(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Codes
) -> Response:
    """The lost code cancelled, and a letter with another: this answer is the only place where it can be read."""
    spec_row = _open_register(session, process)
    address, errors = postal_forms.read_address(form, locale_of(request), needed=False)
    number = text_of(form, "register_number", 64)
    code = ""
    if not errors:
        try:
            code = register.reissue_code(session, request.app.state.keys, spec_row, number, at=at, by=actor)
        except (Invalid, NotFound) as refused:
            errors["register_number"] = refused.message
    if errors:
        values = {**address.values, "register_number": number}
        return _letters_page(request, session, process, actor, at, values, errors)
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    pdf = letter_job.letters_pdf(
        matter, [Letter(address.lines, grouped(code))], Edition(address.language, large=address.large)
    )
    headers = {"Content-Disposition": 'attachment; filename="letter.pdf"', **NO_STORE}
    return Response(pdf, media_type="application/pdf", headers=headers)
