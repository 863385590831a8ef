"""Hearings for the public over HTTP: the sessions, registering to speak, the order of speakers, the clock."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import AtDep, FormDep
from participation.consultations import words
from participation.consultations.acts import Act
from participation.consultations.hearings import forms, prints, queries, service
from participation.consultations.hearings.models import Speaker
from participation.consultations.hearings.queries import Sitting
from participation.consultations.hearings.words import NEEDS, STATES
from participation.consultations.pages import note_one_more, opening_of, public_page
from participation.db import SessionDep, new_id
from participation.errors import Conflict, NotFound, TooMany
from participation.i18n import clock, long_date
from participation.i18n import lazy as _
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.register.identity import grouped, normalise_code
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
HEARINGS = "/{locale}/{organisation}/{slug}/hearings"
MINE = f"{HEARINGS}/registration/{{code}}"
QUIET_PATHS = (MINE, f"{MINE}/cancel")
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]


@router.get(HEARINGS)
def hearings(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    context = {
        "sittings": queries.sittings(session, process.id),
        "opening": opening_of(session, process, Act.DEPOSIT, at),
    }
    return public_page(request, process, "hearings.html", context, headers={"Cache-Control": MINUTE})


@router.get(f"{HEARINGS}/register")
def registration(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    values = {"language": locale_of(request), "needs": [], "brief": request.query_params.get("brief", "")[:12]}
    return _form_page(request, process, session, at, values, {})


@router.post(f"{HEARINGS}/register")
def register(request: Request, process: PublicProcess, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    """Somebody registers themselves. Whatever is refused, what they typed comes back."""
    draft, errors = forms.read_speaker(form)
    status = 422
    if not errors:
        try:
            note_one_more(request, session, process, at)
            with session.begin_nested():
                door = service.Door(at, nonce_of(form))
                code = service.register(session, request.app.state.keys, process, draft, door)
        except service.TurnTaken as error:
            errors, status = {"turn": error.message}, error.status
        except service.UnknownBrief as error:
            errors = {"brief": error.message}
        except (Conflict, TooMany) as error:
            errors, status = {"": error.message}, error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{process.path}/hearings/registration/{code}?sent=1", 303)
    return _form_page(request, process, session, at, forms.speaker_as_typed(form), errors, status)


def turn_choices(sittings: list[Sitting], process: OpenProcess, at: datetime, locale: str) -> list[tuple[str, str]]:
    """The free turns that are still to come, as a list to choose from."""
    return [
        (f"{each.row.number}-{turn.position}", _turn_words(each, turn, process, locale))
        for each in sittings
        for turn in each.free
        if turn.starts_at > at
    ]


def _turn_words(sitting: Sitting, turn: queries.Turn, process: OpenProcess, locale: str) -> str:
    day = long_date(turn.starts_at, locale, process.zone)
    return f"{day}, {clock(turn.starts_at, locale, process.zone)}"


def registration_context(
    session: Session, process: OpenProcess, at: datetime, values: dict[str, Any], errors: Errors, locale: str
) -> dict[str, Any]:
    """What the form of a registration needs, for the public and for the counter."""
    return {
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "turns": turn_choices(queries.sittings(session, process.id), process, at, locale),
        "needs": words.named(NEEDS, locale),
        "languages": words.named(words.LANGUAGES, locale),
    }


def _form_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    at: datetime,
    values: dict[str, Any],
    errors: Errors,
    status: int = 422,
) -> Response:
    context = registration_context(session, process, at, values, errors, locale_of(request)) | {
        "opening": opening_of(session, process, Act.DEPOSIT, at)
    }
    return public_page(request, process, "hearings_register.html", context, status=status if errors else 200)


@router.get(MINE)
def mine(request: Request, process: PublicProcess, code: str, session: SessionDep) -> Response:
    speaker = _mine(request, process, code, session)
    (found,) = queries.placed(session, process.id, speaker.id)
    context = {
        "placed": found,
        "code": grouped(normalise_code(code)),
        "mine": f"/{locale_of(request)}{process.path}/hearings/registration/{normalise_code(code)}",
        "brief": queries.briefs_of(session, [speaker]).get(speaker.brief_id) if speaker.brief_id else None,
        "need_names": NEEDS,
        "speaker_states": STATES,
        "said": "sent" if "sent" in request.query_params else "",
    }
    return public_page(request, process, "hearings_mine.html", context)


@router.post(f"{MINE}/cancel")
def cancel(request: Request, process: PublicProcess, code: str, session: SessionDep, form: FormDep) -> Response:
    service.withdraw(session, _mine(request, process, code, session))
    there = f"/{locale_of(request)}{process.path}/hearings/registration/{normalise_code(code)}"
    return RedirectResponse(there, 303)


def _mine(request: Request, process: OpenProcess, code: str, session: Session) -> Speaker:
    row = queries.by_code(session, process.id, request.app.state.keys.plain_hash(normalise_code(code)))
    if row is None:
        raise NotFound(
            _("No registration to speak has this code."),
            _("Check each letter and digit of your confirmation, or call us."),
        )
    return row


@router.get(f"{HEARINGS}/{{number:int}}")
def order(request: Request, process: PublicProcess, number: int, session: SessionDep) -> Response:
    """Who speaks when, for everybody, also on paper."""
    context = {"sitting": sitting_or_404(session, process, number), "is_public": queries.is_public}
    return public_page(request, process, "hearings_order.html", context, headers={"Cache-Control": MINUTE})


@router.get(f"{HEARINGS}/{{number:int}}/order.pdf")
def order_pdf(request: Request, process: PublicProcess, number: int, session: SessionDep, at: AtDep) -> Response:
    sitting, demo = sitting_or_404(session, process, number), request.app.state.settings.demo
    pdf = prints.running_order(process, sitting, locale_of(request), at, private=False, demo=demo)
    return pdf_of(pdf, f"order-{number}")


@router.get(f"{HEARINGS}/{{number:int}}/timer")
def timer(request: Request, process: PublicProcess, number: int, session: SessionDep) -> Response:
    """The clock of the room: it shows what everybody may know, and goes on where the network is away."""
    return public_page(request, process, "hearings_timer.html", {"sitting": sitting_or_404(session, process, number)})


def sitting_or_404(session: Session, process: OpenProcess, number: int) -> Sitting:
    found = queries.sitting_at(session, process.id, number)
    if found is None:
        raise NotFound(_("There is no such session."))
    return found


def pdf_of(pdf: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(pdf, media_type="application/pdf", headers=headers)
