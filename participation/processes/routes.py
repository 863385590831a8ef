"""The set-up of a process: creation, texts, phases, voting and places; and the public privacy pages."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from participation.accounts.access import ActorDep, AtDep, FormDep, in_organisation
from participation.accounts.models import Organisation
from participation.accounts.permissions import Permission
from participation.db import SessionDep, metadata
from participation.i18n import DEFAULT_ZONE
from participation.middleware import MINUTE
from participation.processes import forms, notices, queries, service, words
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.completeness import advice, missing_for_publication
from participation.processes.editor import editor_page, found_or_new, no_such_part, onward, saved
from participation.processes.models import PHASES_OF, Contest, Phase, Place, ProcessKind, ProcessState
from participation.processes.queries import OpenProcess
from participation.processes.routes_consultation import overview_context
from participation.templating import locale_of, page

router = APIRouter()
EDIT = "/{locale}/staff/{organisation}/{slug}/edit"
EditedProcess = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]
NewIn = Annotated[Organisation, in_organisation(Permission.PROCESS_CREATE)]


def _phase(phase_id: str, process: EditedProcess, session: SessionDep) -> Phase | None:
    """The phase in the address; None for a new one."""
    return found_or_new(phase_id, lambda: queries.find_in_process(session, Phase, process.id, phase_id))


def _place(place_id: str, process: EditedProcess, session: SessionDep) -> Place | None:
    return found_or_new(place_id, lambda: queries.find_in_process(session, Place, process.id, place_id))


PhaseDep = Annotated[Phase | None, Depends(_phase, scope="function")]
PlaceDep = Annotated[Place | None, Depends(_place, scope="function")]


@router.get("/{locale}/staff/{organisation}/processes/new")
def new_process(request: Request, organisation: NewIn) -> Response:
    return _new_page(request, organisation, {"zone": DEFAULT_ZONE.key, "kind": ProcessKind.BUDGET}, {})


@router.post("/{locale}/staff/{organisation}/processes/new")
def create_process(
    request: Request, organisation: NewIn, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    (kind, slug, title, zone), errors = forms.read_new_process(form)
    create = partial(
        service.create_process, session, organisation.id, slug, title, zone=zone, kind=kind, at=at, by=actor
    )
    if saved(errors, create):
        return RedirectResponse(f"/{locale_of(request)}/staff/{organisation.slug}/{slug}/edit?saved=1", 303)
    return _new_page(request, organisation, forms.typed_values(form), errors)


def _new_page(request: Request, organisation: Organisation, values: forms.Values, errors: Any) -> Response:
    context = {
        "organisation": organisation,
        "values": forms.Filled(values),
        "errors": errors,
        "zones": words.ZONES,
        "kinds": words.explained(words.PROCESS_KINDS, words.PROCESS_KIND_HINTS, locale_of(request)),
    }
    return page(request, "processes/new.html", context, status=422 if errors else 200)


@router.get(EDIT)
def overview(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    if process.process.kind is ProcessKind.CONSULTATION:
        return editor_page(request, process, actor, "", "consultation.html", overview_context(session, process))
    contests = queries.contests_of(session, process.id)
    context = {
        "gaps": missing_for_publication(session, process.process),
        "advice": advice(session, process.process, at),
        "phases": queries.phases_of(session, process.id),
        "places": queries.places_of(session, process.id),
        "contests": contests,
        "projects": queries.number_of_projects(session, [contest.id for contest in contests]),
        "spec": queries.current_spec(session, process.id),
        "phase_names": words.PHASES,
    }
    return editor_page(request, process, actor, "", "overview.html", context)


@router.get(EDIT + "/texts")
def texts(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    return _texts_page(request, process, session, actor, forms.texts_values(process.process), {})


@router.post(EDIT + "/texts")
def save_texts(
    request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    typed, errors = forms.read_texts(form)
    if saved(errors, lambda: service.save_texts(session, process.process, typed, at=at, by=actor)):
        return onward(request, process, "/texts")
    return _texts_page(request, process, session, actor, forms.typed_values(form), errors)


def _texts_page(
    request: Request, found: OpenProcess, session: SessionDep, actor: ActorDep, values: forms.Values, errors: Any
) -> Response:
    context = {
        "values": {**forms.texts_values(found.process), **values},
        "errors": errors,
        "zones": words.ZONES,
        "ever_published": queries.current_spec(session, found.id) is not None,
    }
    return editor_page(request, found, actor, "/texts", "texts.html", context, status=422 if errors else 200)


@router.post(EDIT + "/address")
def save_address(
    request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    (slug, zone), errors = forms.read_address(form)
    if saved(errors, lambda: service.save_address(session, process.process, slug, zone, at=at, by=actor)):
        return RedirectResponse(
            f"/{locale_of(request)}/staff/{process.organisation.slug}/{slug}/edit/texts?saved=1", 303
        )
    return _texts_page(request, process, session, actor, forms.typed_values(form), errors)


@router.get(EDIT + "/phases")
def phases(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    context = {"phases": queries.phases_of(session, process.id), "phase_names": words.PHASES}
    return editor_page(request, process, actor, "/phases", "phases.html", context)


@router.get(EDIT + "/phases/{phase_id}")
def phase(request: Request, row: PhaseDep, process: EditedProcess, actor: ActorDep) -> Response:
    return _phase_page(request, process, actor, row, forms.phase_values(row, process.zone), {})


@router.post(EDIT + "/phases/{phase_id}")
def save_phase(
    request: Request,
    row: PhaseDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    draft, errors = forms.read_phase(form, process.zone)
    if draft and saved(errors, lambda: service.save_phase(session, process.process, draft, phase=row, at=at, by=actor)):
        return onward(request, process, "/phases")
    return _phase_page(request, process, actor, row, forms.typed_values(form), errors)


def _phase_page(
    request: Request, found: OpenProcess, actor: ActorDep, row: Phase | None, values: forms.Values, errors: Any
) -> Response:
    names = {kind: words.PHASES[kind] for kind in PHASES_OF[found.process.kind]}
    kinds = words.choices(names, locale_of(request))
    context = {"phase": row, "kinds": kinds, "values": values, "errors": errors}
    return editor_page(request, found, actor, "/phases", "phase.html", context, status=422 if errors else 200)


@router.get(EDIT + "/voting")
def voting(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    asked = queries.voting_of(process.process)
    published = queries.current_spec(session, process.id)
    if published and process.process.state is not ProcessState.DRAFT:
        asked = replace(asked, windows=queries.windows_of(session, published.id).moments)
    return _voting_page(request, process, actor, forms.voting_values(asked, process.zone), {})


@router.post(EDIT + "/voting")
def save_voting(
    request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    service.require_draft(process.process)
    kinds = queries.paper_place_kinds(session, process.id)
    typed, errors = forms.read_voting(form, process.zone, kinds)
    if saved(errors, lambda: service.save_voting(session, process.process, typed, at=at, by=actor)):
        return onward(request, process, "/voting")
    return _voting_page(request, process, actor, forms.typed_values(form), errors)


def _voting_page(request: Request, found: OpenProcess, actor: ActorDep, values: forms.Values, errors: Any) -> Response:
    locale = locale_of(request)
    context = {
        "values": {"match_fields": [], **values},
        "errors": errors,
        "registers": words.explained(words.REGISTERS, words.REGISTER_HINTS, locale),
        "match_fields": words.choices(words.MATCH_FIELDS, locale),
        "precedences": words.explained(words.PRECEDENCES, words.PRECEDENCE_HINTS, locale),
        "disclosures": words.explained(words.DISCLOSURES, words.DISCLOSURE_HINTS, locale),
        "window_names": words.WINDOWS,
    }
    return editor_page(request, found, actor, "/voting", "voting.html", context, status=422 if errors else 200)


@router.get(EDIT + "/places")
def places(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    context = {
        "places": queries.places_of(session, process.id),
        "kind_names": words.PLACES,
        "channel_names": words.PLACE_CHANNELS,
    }
    return editor_page(request, process, actor, "/places", "places.html", context)


@router.get(EDIT + "/places/{place_id}")
def place(request: Request, row: PlaceDep, process: EditedProcess, actor: ActorDep) -> Response:
    return _place_page(request, process, actor, row, forms.place_values(row), {})


@router.post(EDIT + "/places/{place_id}")
def save_place(
    request: Request,
    row: PlaceDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    draft, errors = forms.read_place(form, process.process.kind)
    if saved(errors, lambda: service.save_place(session, process.process, draft, place=row, at=at, by=actor)):
        return onward(request, process, "/places")
    return _place_page(request, process, actor, row, forms.typed_values(form), errors)


def _place_page(
    request: Request, found: OpenProcess, actor: ActorDep, row: Place | None, values: forms.Values, errors: Any
) -> Response:
    locale = locale_of(request)
    context = {
        "place": row,
        "values": values,
        "errors": errors,
        "kinds": words.explained(words.PLACES, words.PLACE_HINTS, locale),
        "channels": words.choices(words.PLACE_CHANNELS, locale),
    }
    return editor_page(request, found, actor, "/places", "place.html", context, status=422 if errors else 200)


TABLES: dict[str, Any] = {"phases": Phase, "places": Place, "contests": Contest}


def _part(part: str, part_id: str, process: EditedProcess, session: SessionDep) -> Phase | Place | Contest:
    """The phase, place or contest that the address names."""
    table = TABLES.get(part)
    row: Phase | Place | Contest | None = table and queries.find_in_process(session, table, process.id, part_id)
    if row is None:
        raise no_such_part()
    return row


PartDep = Annotated[Phase | Place | Contest, Depends(_part, scope="function")]


@router.get(EDIT + "/{part}/{part_id}/remove")
def ask_to_remove(request: Request, part: str, row: PartDep, process: EditedProcess, actor: ActorDep) -> Response:
    name = words.PHASES[row.kind] if isinstance(row, Phase) else row.code
    title = row.name if isinstance(row, Place) else row.title
    context = {"what": title or name, "back": f"/edit/{part}", "contest": part == "contests"}
    return editor_page(request, process, actor, f"/{part}", "remove.html", context)


@router.post(EDIT + "/{part}/{part_id}/remove")
def remove(
    request: Request,
    part: str,
    row: PartDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.remove(session, process.process, row, at=at, by=actor)
    return onward(request, process, f"/{part}")


@router.get("/{locale}/{organisation}/{slug}/privacy")
def privacy_of_process(request: Request, process: Annotated[OpenProcess, PUBLIC_PROCESS]) -> Response:
    """What this process asks for, why, and for how long: the notice and the data register."""
    locale, asked = locale_of(request), queries.voting_of(process.process)
    notice, cautions = notices.of_process(process, asked, metadata, locale)
    context = {
        "process": process.process,
        "organisation": process.organisation,
        "path_of_process": process.path,
        "notice": notice,
        "cautions": cautions,
        "rows": notices.data_register(metadata, process),
    }
    return page(request, "processes/privacy.html", context, headers={"Cache-Control": MINUTE})
