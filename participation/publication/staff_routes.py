"""Staff boards over HTTP: home, dashboard, the end of the vote, results, what if, events, export."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.background import BackgroundTask

from participation.accounts.access import ActorDep, AtDep, FormDep, staff_only
from participation.accounts.permissions import Actor, Permission
from participation.counting.spec import Disclosure
from participation.counts.queries import Certified, certified_count
from participation.counts.results import load_result
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.live.alone import entrance, meeting_alone
from participation.processes.access import open_process, published_spec
from participation.processes.models import ProcessKind, WindowKind
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess, SpecRow, current_spec
from participation.processes.words import WINDOWS
from participation.publication import consultation_pages, exports, forms, minutes, service, staff_pages, what_if
from participation.publication.files import download
from participation.publication.hub import Stage
from participation.templating import fragment, locale_of, page, wants_fragment
from participation.typed import Errors

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
Viewed = Annotated[OpenProcess, open_process(Permission.PROCESS_VIEW)]
CountViewed = Annotated[OpenProcess, open_process(Permission.COUNT_VIEW)]
Timed = Annotated[OpenProcess, open_process(Permission.WINDOW_CHANGE)]
Counted = Annotated[OpenProcess, open_process(Permission.COUNT_RUN)]
Certifying = Annotated[OpenProcess, open_process(Permission.COUNT_CERTIFY)]
Exported = Annotated[OpenProcess, open_process(Permission.EXPORT_DOWNLOAD)]


def _certified(process: OpenProcess, session: SessionDep) -> tuple[SpecRow, Certified]:
    spec_row = published_spec(session, process)
    found = certified_count(session, spec_row.id)
    if found is None:
        raise Conflict(
            _("The result is not certified yet, so this page shows nothing."),
            _("It opens when two certifiers have signed the count."),
        )
    return spec_row, found


def _desk(
    request: Request,
    process: OpenProcess,
    actor: Actor,
    desk: str,
    template: str,
    context: dict[str, Any],
    status: int = 200,
) -> Response:
    common = {
        **staff_context(process, actor, desk),
        "zone": process.zone,
        "here": f"/{locale_of(request)}{process.staff_path}",
        "public": f"/{locale_of(request)}{process.path}",
        "may": {each.name: actor.may(each, process.organisation.id, process.id) for each in Permission},
        "Stage": Stage,
    }
    return page(request, f"publication/{template}", {**common, **context}, status=status)


def _back(request: Request, process: OpenProcess, desk: str, **kwargs: Any) -> RedirectResponse:
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}{desk}", 303, **kwargs)


@router.get("/{locale}/staff", dependencies=[staff_only()])
def staff_home(request: Request, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return page(request, "publication/staff_home.html", {**staff_pages.home(session, actor, at), "Stage": Stage})


@router.get(STAFF)
def dashboard(request: Request, process: Viewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    if meeting := meeting_alone(session, process):
        return RedirectResponse(f"/{locale_of(request)}{entrance(process, meeting, actor)}", 303)
    if process.process.kind is ProcessKind.CONSULTATION:
        context = consultation_pages.board(session, process, at, locale_of(request))
        return _desk(request, process, actor, "", "consultation_board.html", context)
    context = staff_pages.dashboard(session, current_spec(session, process.id), process, at)
    if wants_fragment(request) and context["spec_row"]:
        shared = {"here": f"/{locale_of(request)}{process.staff_path}", "zone": process.zone, "Stage": Stage}
        return fragment(request, "publication/_board.html", {**shared, **context})
    return _desk(request, process, actor, "", "dashboard.html", context)


@router.get(f"{STAFF}/closing")
def closing(request: Request, process: CountViewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return _closing(request, process, session, actor, at, {})


def _closing(
    request: Request,
    process: OpenProcess,
    session: SessionDep,
    actor: Actor,
    at: AtDep,
    errors: Errors,
    **typed: Any,
) -> Response:
    context = staff_pages.closing(session, process, current_spec(session, process.id), actor, at)
    shared = {
        "errors": errors,
        "typed": {"kind": "", "effective_at": "", "reason": "", **typed},
        "changeable": [(kind.value, WINDOWS[kind]) for kind in forms.CHANGEABLE],
    }
    return _desk(request, process, actor, "/closing", "closing.html", {**shared, **context}, 422 if errors else 200)


@router.post(f"{STAFF}/closing/propose")
def propose(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """The first of two people changes a closing hour."""
    draft, errors = forms.read_window(form, process.zone, at)
    if draft is None:
        typed = {name: str(form.get(name) or "") for name in ("kind", "effective_at", "reason")}
        return _closing(request, process, session, actor, at, errors, **typed)
    spec_row = published_spec(session, process)
    service.propose(session, spec_row, draft.kind, draft.effective_at, draft.reason, actor=actor, at=at)
    return _back(request, process, "/closing")


@router.post(f"{STAFF}/closing/propose-close")
def propose_close(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """The first of two people closes intake."""
    spec_row = published_spec(session, process)
    service.refuse_obstacles(session, spec_row, at)
    service.propose(session, spec_row, WindowKind.INTAKE_CLOSED, at, "", actor=actor, at=at)
    return _back(request, process, "/closing")


@router.post(f"{STAFF}/closing/confirm")
def confirm(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """The second person. Closing intake itself runs once this transaction is committed."""
    proposal_id = forms.read_id(form, "proposal")
    closes = service.confirm(session, published_spec(session, process), proposal_id, actor=actor, at=at)
    if not closes:
        return _back(request, process, "/closing")
    state = request.app.state
    closing = BackgroundTask(asyncio.to_thread, service.close_confirmed, state.database, state.keys, at)
    return _back(request, process, "/closing", background=closing)


@router.post(f"{STAFF}/closing/withdraw")
def withdraw(
    request: Request, process: Timed, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    proposal_id = forms.read_id(form, "proposal")
    service.withdraw(session, published_spec(session, process), proposal_id, actor=actor, at=at)
    return _back(request, process, "/closing")


@router.post(f"{STAFF}/closing/count")
def run_count(
    request: Request, process: Counted, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.run(session, published_spec(session, process), actor=actor, at=at)
    return _back(request, process, "/closing")


@router.post(f"{STAFF}/closing/sign-gap")
def sign_gap(
    request: Request, process: Counted, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    draft, errors = forms.read_gap(form)
    if draft is None:
        return _closing(request, process, session, actor, at, errors, gap=str(form.get("identity")))
    service.sign_gap(session, published_spec(session, process), draft.gap, draft.reason, actor=actor, at=at)
    return _back(request, process, "/closing")


@router.post(f"{STAFF}/closing/certify")
def certify(
    request: Request, process: Certifying, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    count_id = forms.read_id(form, "count")
    service.sign_count(session, published_spec(session, process), count_id, actor=actor, at=at)
    return _back(request, process, "/closing")


@router.get(f"{STAFF}/results")
def results(request: Request, process: CountViewed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    context = staff_pages.results(session, process, current_spec(session, process.id), at, locale_of(request))
    return _desk(request, process, actor, "/results", "staff_results.html", context)


@router.get(f"{STAFF}/what-if")
def try_other_rules(
    request: Request,
    process: Annotated[OpenProcess, open_process(Permission.COUNT_WHAT_IF)],
    session: SessionDep,
    actor: ActorDep,
) -> Response:
    spec_row, found = _certified(process, session)
    context = {"comparisons": what_if.compare(session, spec_row, found.count)}
    return _desk(request, process, actor, "/what-if", "what_if.html", context)


@router.get(f"{STAFF}/events")
def events(
    request: Request,
    process: Annotated[OpenProcess, open_process(Permission.EVENT_VIEW)],
    session: SessionDep,
    actor: ActorDep,
    kind: str = "",
    before: str = "",
) -> Response:
    context = staff_pages.events(session, process, locale_of(request), kind=kind, before=before)
    return _desk(request, process, actor, "/events", "events.html", context)


@router.get(f"{STAFF}/export")
def export(request: Request, process: Exported, session: SessionDep, actor: ActorDep) -> Response:
    spec_row = current_spec(session, process.id)
    context = {
        "certified": certified_count(session, spec_row.id) if spec_row else None,
        "publishes_ballots": bool(spec_row and spec_row.spec.disclosure is Disclosure.BALLOTS),
    }
    return _desk(request, process, actor, "/export", "export.html", context)


def _to_export(process: Exported, session: SessionDep) -> tuple[SpecRow, Certified]:
    return _certified(process, session)


ToExport = Annotated[tuple[SpecRow, Certified], Depends(_to_export, scope="function")]


@router.get(f"{STAFF}/export/ballots.zip")
def export_ballots(process: Exported, found: ToExport, session: SessionDep) -> Response:
    spec_row, certified = found
    archive = exports.ballots_archive(session, process.process, spec_row, certified.count)
    return download(archive, f"{process.process.slug}-ballots.zip", "application/zip")


@router.get(f"{STAFF}/export/totals.csv")
def export_totals(request: Request, process: Exported, found: ToExport) -> Response:
    spec_row, certified = found
    text = exports.totals_csv(spec_row.spec, load_result(certified.count.result), locale_of(request))
    return download(text.encode("utf-8-sig"), f"{process.process.slug}-totals.csv", "text/csv; charset=utf-8")


@router.get(f"{STAFF}/export/minutes.pdf")
def export_minutes(request: Request, process: Exported, found: ToExport, session: SessionDep) -> Response:
    demo = request.app.state.settings.demo
    pdf = minutes.certified_minutes(session, process, *found, locale_of(request), demo=demo, named=True)
    return download(pdf, f"{process.process.slug}-minutes.pdf", "application/pdf")
