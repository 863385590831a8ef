"""Print runs over HTTP: order ballots for a place, see how far they are, fetch the file, say that they arrived."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.background import BackgroundTask

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.paper.desk import context, go, paper_places, published
from participation.paper.models.desk import Paper
from participation.paper.models.prints import PrintState
from participation.paper.printed import matter_of
from participation.paper.sheets import print_forms, print_job, print_runs
from participation.paper.sheets.print_job import Press
from participation.paper.words import PRINT_STATES
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import locale_of, page
from participation.typed import Errors, nonce_of

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
RUNS = STAFF + "/forms/runs"
Print = Annotated[OpenProcess, open_process(Permission.PRINT_FORMS)]
Edit = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


def _press(request: Request) -> Press:
    return Press(request.app.state.database, request.app.state.settings, request.app.state.clock)


def _shown(
    request: Request, session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Errors
) -> dict[str, Any]:
    spec_row = published(session, process)
    places = paper_places(session, process)
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    runs = print_runs.runs_of(session, spec_row.id)
    return {
        **context(process, actor, "/forms"),
        "spec": spec_row.spec,
        "places": places,
        "place_names": {place.id: place.name for place in places},
        "papers": list(Paper),
        "runs": [(run, matter.version(run.edition), PRINT_STATES[run.state]) for run in runs],
        "busy": any(run.state is PrintState.ORDERED for run in runs),
        "numbered": print_runs.is_numbered(session, process.id),
        "may_decide": actor.may(Permission.PROCESS_EDIT, process.organisation.id, process.id),
        "kept_days": print_runs.KEPT.days,
        "values": dict.fromkeys(print_forms.FIELDS, "") | {"language": locale_of(request), "paper": "letter"} | values,
        "errors": errors,
    }


@router.get(RUNS)
def show_runs(request: Request, session: SessionDep, actor: ActorDep, process: Print) -> Response:
    return page(request, "paper/print_runs.html", _shown(request, session, process, actor, {}, {}))


@router.post(RUNS)
def order_run(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Print
) -> Response:
    spec_row = published(session, process)
    numbered = print_runs.is_numbered(session, process.id)
    typed, errors = print_forms.read_order(form, spec_row.spec, paper_places(session, process), numbered=numbered)
    nonce = nonce_of(form)
    if typed.order is None:
        shown = _shown(request, session, process, actor, dict(typed.values), errors) | {"nonce": nonce}
        return page(request, "paper/print_runs.html", shown, status=422)
    print_runs.order(session, spec_row, typed.order, nonce=nonce, account_id=actor.account_id, at=at)
    return go(request, process, "/forms/runs")


@router.post(RUNS + "/numbering")
def decide_numbering(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Edit
) -> RedirectResponse:
    numbered = form.get("numbered") == "1"
    print_runs.set_numbered(session, process, numbered, account_id=actor.account_id, at=at)
    return go(request, process, "/forms/runs")


@router.get(RUNS + "/{run}/ballots.pdf")
def run_pdf(request: Request, run: str, session: SessionDep, process: Print) -> Response:
    """The print file, to be fetched until it is declared delivered."""
    found = print_runs.run_or_404(session, published(session, process), run)
    path = _press(request).file(found.id)
    if found.state is not PrintState.READY or not path.is_file():
        raise Conflict(_("There is no file of this print run: it is not printed yet, or was delivered and deleted."))
    return FileResponse(
        path, media_type="application/pdf", filename=f"ballots-{run[:8]}.pdf", headers={"Cache-Control": "no-store"}
    )


@router.post(RUNS + "/{run}/delivered")
def deliver_run(
    request: Request, run: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Print
) -> Response:
    spec_row = published(session, process)
    found = print_runs.run_or_404(session, spec_row, run)
    print_runs.deliver(session, spec_row, found, account_id=actor.account_id, at=at)
    return _without_file(request, process, found)


@router.post(RUNS + "/{run}/drop")
def drop_run(request: Request, run: str, session: SessionDep, actor: ActorDep, at: AtDep, process: Print) -> Response:
    spec_row = published(session, process)
    found = print_runs.run_or_404(session, spec_row, run)
    print_runs.drop(session, spec_row, found, account_id=actor.account_id, at=at)
    return _without_file(request, process, found)


def _without_file(request: Request, process: OpenProcess, run: print_runs.RunRow) -> Response:
    """Back to the list. The file goes once the answer has left, after the commit; else the worker does it."""
    answer = go(request, process, "/forms/runs")
    answer.background = BackgroundTask(print_job.remove_files, _press(request), run.id)
    return answer


@router.post(RUNS + "/{run}/again")
def print_again(request: Request, run: str, session: SessionDep, process: Print) -> RedirectResponse:
    print_runs.again(session, print_runs.run_or_404(session, published(session, process), run))
    return go(request, process, "/forms/runs")
