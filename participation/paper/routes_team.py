"""The people of the paper desk over HTTP: whether the minimum team is there, and which profile the process has."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.paper import team
from participation.paper.desk import context, go
from participation.processes.access import open_process
from participation.processes.models import Profile
from participation.processes.queries import OpenProcess
from participation.templating import page

router = APIRouter()
TEAM = "/{locale}/staff/{organisation}/{slug}/desk-team"
Edit = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


@router.get(TEAM)
def show_team(request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: Edit) -> Response:
    shown = {
        "check": team.check(session, process),
        "profile": process.process.profile,
        "profiles": team.PROFILES,
        "exceptions": team.exceptions_of(session, process.id, at),
    }
    return page(request, "paper/team.html", context(process, actor, "/edit", **shown))


@router.post(TEAM)
def choose_profile(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Edit
) -> Response:
    chosen = str(form.get("profile", ""))
    if chosen not in set(Profile):
        raise Invalid(_("Choose one of the two profiles. Nothing was changed."))
    team.choose_profile(session, process, Profile(chosen), account_id=actor.account_id, at=at)
    return go(request, process, "/desk-team")
