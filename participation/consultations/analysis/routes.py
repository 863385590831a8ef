"""The workbench over HTTP: the list, one piece with its passages, and the tree of codes."""

import uuid
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import words
from participation.consultations.analysis import forms, passages, queries, service
from participation.consultations.analysis.queries import Bench
from participation.consultations.analysis.service import Marked
from participation.consultations.analysis.units import ANSWER, Coded, Position, Unit, Wanted, place_of, read_wanted
from participation.consultations.pages import staff_page, theme_choices
from participation.consultations.queries import settings_of
from participation.db import SessionDep
from participation.errors import Conflict, Message, NotFound
from participation.i18n import lazy as _
from participation.i18n import translate, words_of
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/analysis"
Analysed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_ANALYSE)]
CODED = {Coded.NO: _("Not coded yet"), Coded.YES: _("Coded")}
KINDS: dict[str, Message] = {
    **{kind.value: name for kind, name in words.KINDS.items()},
    ANSWER: _("Answer to the questionnaire"),
}


@router.get(DESK)
def workbench(request: Request, process: Analysed, session: SessionDep, actor: ActorDep) -> Response:
    bench, wanted = queries.bench_of(session, process), read_wanted(request.query_params)
    after = place_of(request.query_params.get("from", ""))
    found = queries.units(session, bench, wanted, after, most=queries.PAGE + 1)
    shown = found[: queries.PAGE]
    query = urlencode(wanted.query)
    context = {
        **_choices(request, session, bench, wanted),
        "units": shown,
        "coded": queries.coded_among(session, shown),
        "query": query,
        "next_query": urlencode({**wanted.query, "from": str(shown[-1].position)}) if len(found) > len(shown) else "",
        "answers": queries.numbered_answers(session, bench),
        "coded_pieces": queries.coded_pieces(session, bench),
        "numbered": request.query_params.get("numbered", "")[:9],
        "waiting": request.query_params.get("waiting", "")[:9],
    }
    return staff_page(request, process, actor, "/analysis", "analysis.html", context)


def _choices(request: Request, session: Session, bench: Bench, wanted: Wanted) -> dict[str, Any]:
    """What the filters offer, and the names of what the rows hold."""
    locale = locale_of(request)
    settings = settings_of(session, bench.process_id)
    return {
        "wanted": wanted,
        "kinds": [(kind, translate(name, locale)) for kind, name in KINDS.items()],
        "unit_kinds": KINDS,
        "channels": words.named(words.CHANNELS, locale),
        "themes": theme_choices(settings, locale),
        "languages": words.named(words.LANGUAGES, locale),
        "boroughs": [(name, name) for name in queries.boroughs(session, bench.process_id)],
        "questions": [(asked.id, f"{asked.place}. {words_of(asked.title, locale)}") for asked in bench.asked],
        "codings": words.named(CODED, locale),
    }


@router.post(f"{DESK}/numbers")
def number_answers(request: Request, process: Analysed, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    bench = queries.bench_of(session, process)
    given = service.number_answers(session, process, bench, at=at, by=actor.account_id)
    waiting = queries.waiting_answers(session, bench)
    return RedirectResponse(f"{_here(request, process)}?numbered={given}&waiting={waiting}", 303)


def _here(request: Request, process: OpenProcess) -> str:
    return f"/{locale_of(request)}{process.staff_path}/analysis"


@router.get(f"{DESK}/codes")
def codes(request: Request, process: Analysed, session: SessionDep, actor: ActorDep) -> Response:
    return _codes_page(request, process, session, actor, {}, {})


@router.post(f"{DESK}/codes")
def make_code(request: Request, process: Analysed, session: SessionDep, actor: ActorDep, form: FormDep) -> Response:
    title, errors = forms.read_title(form)
    parent = forms.read_code(form, "parent")
    if errors:
        return _codes_page(request, process, session, actor, {"title": title, "parent": str(parent or "")}, errors)
    service.make_code(session, process.id, title, parent)
    return RedirectResponse(f"{_here(request, process)}/codes", 303)


def _codes_page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, values: dict[str, str], errors: Errors
) -> Response:
    bench = queries.bench_of(session, process)
    tree = passages.codes_of(session, process.id)
    figures = passages.by_channel(session, bench)
    used = [channel for channel in words.CHANNELS if any(channel in row for row in figures.values())]
    context = {
        "values": values,
        "errors": errors,
        "tree": tree,
        "figures": figures,
        "used": used,
        "parents": [(code.id, code.name) for code in tree if code.depth + 1 < service.DEEPEST],
        "merged": request.query_params.get("merged", "")[:9],
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/analysis", "analysis_codes.html", context, status=status)


@router.get(f"{DESK}/codes/{{code_id:uuid}}")
def code(request: Request, process: Analysed, code_id: uuid.UUID, session: SessionDep, actor: ActorDep) -> Response:
    return _code_page(request, process, session, actor, code_id, {})


@router.post(f"{DESK}/codes/{{code_id:uuid}}")
def rename_code(
    request: Request, process: Analysed, code_id: uuid.UUID, session: SessionDep, actor: ActorDep, form: FormDep
) -> Response:
    row = service.code_at(session, process.id, code_id)
    title, errors = forms.read_title(form)
    if errors:
        return _code_page(request, process, session, actor, code_id, errors)
    service.rename_code(session, row, title)
    return RedirectResponse(f"{_here(request, process)}/codes/{code_id}", 303)


@router.post(f"{DESK}/codes/{{code_id:uuid}}/merge")
def merge_code(
    request: Request,
    process: Analysed,
    code_id: uuid.UUID,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    row, into = service.code_at(session, process.id, code_id), forms.read_code(form, "into")
    if into is None:
        return _code_page(request, process, session, actor, code_id, {"into": _("Choose one of the list.")})
    target = service.code_at(session, process.id, into)
    service.merge_codes(session, process, row, target, at=at, by=actor.account_id)
    return RedirectResponse(f"{_here(request, process)}/codes/{into}?merged=1", 303)


MOST_PASSAGES = 500
"""On one page; the file for the report has them all."""


def _code_page(
    request: Request, process: OpenProcess, session: Session, actor: Actor, code_id: uuid.UUID, errors: Errors
) -> Response:
    service.code_at(session, process.id, code_id)
    bench, tree = queries.bench_of(session, process), passages.codes_of(session, process.id)
    shown = next(each for each in tree if each.id == code_id)
    figures = passages.by_channel(session, bench)[code_id]
    found = [row for row, _place in zip(passages.stream(session, bench, code_id), range(MOST_PASSAGES), strict=False)]
    context = {
        "errors": errors,
        "code": shown,
        "others": [(each.id, each.name) for each in tree if each.id != code_id],
        "figures": [(words.CHANNELS[channel], figures[channel]) for channel in words.CHANNELS if channel in figures],
        "total": sum(figures.values()),
        "passages": found,
        "spoken": _spoken(),
        "merged": "merged" in request.query_params and not errors,
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/analysis", "analysis_code.html", context, status=status)


def _spoken() -> dict[str, Any]:
    return {**words.LANGUAGES, "other": words.LANGUAGES["und"]}


@router.get(f"{DESK}/{{reference}}")
def unit(request: Request, process: Analysed, reference: str, session: SessionDep, actor: ActorDep) -> Response:
    bench = queries.bench_of(session, process)
    return _unit_page(request, process, session, actor, bench, _unit_at(session, bench, reference), {}, {})


def _unit_at(session: Session, bench: Bench, reference: str) -> Unit:
    found = queries.unit_at(session, bench, reference)
    if found is None:
        raise NotFound(_("Nothing has this reference, or its author took it back."))
    return found


@router.post(f"{DESK}/{{reference}}")
def code_passage(
    request: Request,
    process: Analysed,
    reference: str,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    """Puts words under codes. What cannot be done gives the form back as it was typed."""
    bench = queries.bench_of(session, process)
    shown = _unit_at(session, bench, reference)
    marked, errors = forms.read_marked(form)
    made = _new_code(session, process, shown, marked, form, errors)
    if errors:
        values = {name: str(form.get(name) or "") for name in ("words", "near", "page", "title", "parent")}
        ticked = [str(value) for value in form.getlist("codes")]
        return _unit_page(request, process, session, actor, bench, shown, {**values, "codes": ticked}, errors)
    marked = replace(marked, code_ids=(*marked.code_ids, *made))
    service.code_passage(session, process, shown, marked, at=at, by=actor.account_id)
    return RedirectResponse(_back(request, process, shown, "coded"), 303)


def _new_code(
    session: Session, process: OpenProcess, shown: Unit, marked: Marked, form: FormData, errors: Errors
) -> tuple[uuid.UUID, ...]:
    """The code that was named beside the list, once the words are known to be there; refusals go to `errors`."""
    field = "words"
    try:
        if marked.words:
            service.span_of(shown, marked)
        field = "title"
        if (title := text_of(form, "title", forms.LONGEST_TITLE)) and not errors:
            return (service.make_code(session, process.id, title, forms.read_code(form, "parent")),)
    except Conflict as refusal:
        errors[field] = refusal.message
    return ()


@router.post(f"{DESK}/{{reference}}/uncode")
def uncode(
    request: Request, process: Analysed, reference: str, session: SessionDep, actor: ActorDep, form: FormDep
) -> Response:
    shown = _unit_at(session, queries.bench_of(session, process), reference)
    if passage := forms.read_code(form, "passage"):
        service.uncode(session, process.id, passage)
    return RedirectResponse(_back(request, process, shown, "uncoded"), 303)


def _back(request: Request, process: OpenProcess, shown: Unit, done: str) -> str:
    wanted = read_wanted(request.query_params)
    return f"{_here(request, process)}/{shown.reference}?{urlencode({**wanted.query, 'done': done})}"


def _unit_page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    bench: Bench,
    shown: Unit,
    values: dict[str, Any],
    errors: Errors,
) -> Response:
    wanted = read_wanted(request.query_params)
    found = passages.of_unit(session, bench, shown)
    tree = passages.codes_of(session, process.id)
    context = {
        "unit": shown,
        "unit_kinds": KINDS,
        "themes": theme_choices(settings_of(session, bench.process_id), locale_of(request)),
        "heading": _heading(bench, shown),
        "values": values,
        "errors": errors,
        "pieces": passages.pieces(shown, found),
        "passages": found,
        "tree": tree,
        "code_choices": [(code.id, code.name) for code in tree],
        "code_names": {code.id: code.name for code in tree},
        "parents": [(code.id, code.name) for code in tree if code.depth + 1 < service.DEEPEST],
        "spoken": _spoken(),
        "query": urlencode(wanted.query),
        "before": _neighbour(session, bench, wanted, shown.position, back=True),
        "after": _neighbour(session, bench, wanted, shown.position, back=False),
        "done": request.query_params.get("done", "") if not errors else "",
    }
    status = 422 if errors else 200
    return staff_page(request, process, actor, "/analysis", "analysis_unit.html", context, status=status)


def _neighbour(session: Session, bench: Bench, wanted: Wanted, position: Position, *, back: bool) -> str:
    """The reference of the next piece, or the one before; empty at the end of the list."""
    found = queries.units(session, bench, wanted, position, back=back, most=1)
    return found[0].reference if found else ""


def _heading(bench: Bench, shown: Unit) -> dict[str, str]:
    """The question that an answer answers."""
    return next((asked.title for asked in bench.asked if asked.place == shown.position.question), {})
