"""A meeting of its own for staff: made in one form of the organisation, announced on the site, taken off it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep, in_organisation
from participation.accounts.models import Organisation
from participation.accounts.permissions import Permission
from participation.db import SessionDep
from participation.i18n import DEFAULT_ZONE
from participation.live import alone, forms, forms_alone, starting_points, words
from participation.live.models import Door
from participation.live.routes_staff import MEETING, RunningDep, beginnings
from participation.processes.hand import Hand
from participation.processes.words import ZONES, choices
from participation.templating import locale_of, page
from participation.typed import Errors, as_typed

router = APIRouter()
NEW = "/{locale}/staff/{organisation}/meetings/new"
FIELDS = (*forms.MEETING_FIELDS, *forms_alone.WORDS, "zone", "announced")
NewIn = Annotated[Organisation, in_organisation(Permission.POLL_RUN)]


@router.get(NEW)
def new(request: Request, organisation: NewIn, session: SessionDep) -> Response:
    values = {"zone": DEFAULT_ZONE.key, "door": Door.DEVICE.value, "announced": "1", "begin_with": "assembly"}
    return _new(request, organisation, session, values, {})


def _new(
    request: Request, organisation: Organisation, session: Session, values: dict[str, str], errors: Errors
) -> Response:
    locale = locale_of(request)
    context: dict[str, Any] = {
        "organisation": organisation,
        "values": values,
        "errors": errors,
        "zones": ZONES,
        "doors": choices(words.DOORS, locale),
        "beginnings": beginnings(session, organisation.id, locale),
        "templates": starting_points.TEMPLATES.values(),
    }
    return page(request, "live/meeting_alone.html", context, status=422 if errors else 200)


@router.post(NEW)
def create(
    request: Request, organisation: NewIn, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    zone, wrong = forms_alone.read_zone(form)
    draft, errors = forms_alone.read_alone(form, zone)
    if draft is None or wrong:
        return _new(request, organisation, session, as_typed(form, FIELDS), errors | wrong)
    process, meeting = alone.create_alone(session, organisation.id, draft, zone.key, at=at, by=actor)
    starting_points.begin_from(session, process, meeting, str(form.get("begin_with") or ""))
    if form.get("announced") == "1":
        alone.announce(session, meeting, Hand(process, actor.account_id, at))
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/meetings/{meeting.id}", 303)


@router.post(f"{MEETING}/announce")
def announce(request: Request, run: RunningDep, form: FormDep) -> Response:
    """Puts it on the site, or takes it away."""
    alone.announce(run.session, run.meeting, run.hand, public=form.get("public") == "1")
    return RedirectResponse(f"/{locale_of(request)}{run.room.process.staff_path}/meetings/{run.room.id}", 303)
