"""The scan desk of a vote over HTTP: whether batches are read from scans, and how far those are that are."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.paper.desk import context, go
from participation.paper.keying.scan_sample import SAMPLE_LEAST, SAMPLE_ONE_IN
from participation.paper.models.desk import ScanUse
from participation.paper.queries import scan_use
from participation.paper.scans import page as pages
from participation.paper.scans import use
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, current_spec
from participation.templating import page

router = APIRouter()
SCANS = "/{locale}/staff/{organisation}/{slug}/scans"
View = Annotated[OpenProcess, open_process(Permission.BATCH_VIEW)]
Edit = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(SCANS)
def show_scans(request: Request, session: SessionDep, actor: ActorDep, process: View) -> Response:
    spec_row = current_spec(session, process.id)
    shown = {
        "use": scan_use(session, process.id),
        "uses": use.USES,
        "is_fixed": use.is_fixed(session, process.id),
        "may_decide": actor.may(Permission.PROCESS_EDIT, process.organisation.id, process.id),
        "scans": pages.scans_of(session, spec_row) if spec_row else [],
        "sample_least": SAMPLE_LEAST,
        "sample_one_in": SAMPLE_ONE_IN,
    }
    return page(request, "paper/scans.html", context(process, actor, "/scans", **shown))


@router.post(SCANS)
def choose_use(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Edit
) -> Response:
    chosen = str(form.get("scans", ""))
    if chosen not in set(ScanUse):
        raise Invalid(_("Choose one of the three ways. Nothing was changed."))
    use.choose_use(session, process, ScanUse(chosen), account_id=actor.account_id, at=at)
    return go(request, process, "/scans")
