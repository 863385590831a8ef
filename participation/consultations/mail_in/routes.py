"""E-mail taken in by staff, the files of a contribution, and texts that are nearly the same, over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from participation.accounts.access import ActorDep, AtDep, FormDep, receive_files
from participation.accounts.permissions import Actor, Permission
from participation.consultations import grouping, nearness, queries, words
from participation.consultations.mail_in import service
from participation.consultations.mail_in.service import Arrived, Choice
from participation.consultations.models import ContributionChannel, ContributionKind
from participation.consultations.pages import staff_page, theme_choices
from participation.consultations.queries import Wanted
from participation.db import SessionDep
from participation.errors import NotFound
from participation.files import Files, serve
from participation.i18n import lazy as _
from participation.processes.access import open_process, open_process_before
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, Typed, text_of, whole_number
from participation.uploads import Limits, Received

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
DESK = f"{STAFF}/mail-in"
ALIKE = f"{STAFF}/contributions/alike"
STREAMED = "/mail-in/upload"
LIMITS = Limits(files=50, megabytes=35, field=5_000_000)
"""A message with one enclosure of 25 megabytes is a third larger on its way."""
KINDS = (ContributionKind.COMMENT, ContributionKind.QUESTION, ContributionKind.BRIEF)
Recorded = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_RECORD)]
RecordedBefore = Annotated[OpenProcess, open_process_before(Permission.CONTRIBUTION_RECORD)]
Viewed = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_VIEW)]
Moderated = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]


@dataclass(frozen=True, slots=True)
class Sent:
    fields: FormData
    arrived: list[Arrived]


async def _sent(request: Request, process: RecordedBefore) -> AsyncIterator[Sent]:
    del process  # checked before a byte is taken
    files = Files(request.app.state.settings)
    async with receive_files(request, files.arriving(), LIMITS) as received:
        yield Sent(received.fields, await run_in_threadpool(_arrived, files, received))


def _arrived(files: Files, received: Received) -> list[Arrived]:
    """One message at a time: of a pile, no more than one is in memory."""
    found = []
    for place, each in enumerate(received.files, 1):
        name = str(place)
        if each.is_over or each.path is None:
            too_long = _("It is larger than %(most)s megabytes.", most=LIMITS.megabytes)
            found.append(Arrived(name, None, None, problem=too_long))
        else:
            found.append(service.arrive(files, name, Path(each.path).read_bytes()))
    pasted = str(received.fields.get("pasted") or "").strip()
    return found + ([service.arrive(files, "", pasted.encode())] if pasted else [])


SentDep = Annotated[Sent, Depends(_sent, scope="function")]


@router.get(DESK)
def desk(request: Request, process: Recorded, session: SessionDep, actor: ActorDep) -> Response:
    return _page(request, process, session, actor, {}, {}, [])


@router.post(f"{DESK}/upload")
def take(
    request: Request, sent: SentDep, process: Recorded, session: SessionDep, actor: ActorDep, at: AtDep
) -> Response:
    """What can be read is taken; what cannot is named, and the rest of the pile does not wait for it."""
    typed = Typed(sent.fields)
    kind = typed.one("kind", ContributionKind, ContributionKind.COMMENT)
    language = typed.raw("language")
    choice = Choice(kind, typed.raw("theme")[:40], language if language in words.LANGUAGES else "und")
    if kind not in KINDS:
        typed.errors["kind"] = _("Choose one of the list.")
    if not sent.arrived:
        typed.errors["files"] = _("Choose the files of the messages, or paste the source of one.")
    values = {name: typed.raw(name) for name in ("kind", "theme", "language")}
    if typed.errors:
        return _page(request, process, session, actor, values, typed.errors, [])
    settings = request.app.state.settings
    good = [each for each in sent.arrived if each.message]
    taken = [service.take(session, settings, process, each, choice, at=at, by=actor) for each in good]
    lost = [each for each in sent.arrived if each.problem or each.refused]
    new = [each.number for each in taken if not each.was_known]
    said = f"new={len(new)}&known={len(taken) - len(new)}"
    if lost:
        counts = {"new": len(new), "known": len(taken) - len(new)}
        return _page(request, process, session, actor, values, {}, lost, counts)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/mail-in?{said}", 303)


def _page(
    request: Request,
    process: OpenProcess,
    session: Session,
    actor: Actor,
    values: dict[str, Any],
    errors: Errors,
    lost: list[Arrived],
    counts: dict[str, int] | None = None,
) -> Response:
    locale = locale_of(request)
    asked = {name: whole_number(request.query_params.get(name, "")) for name in ("new", "known")}
    wanted = Wanted(channel=ContributionChannel.EMAIL)
    context = {
        "values": {"kind": "comment", "language": "fr", **values},
        "errors": errors,
        "lost": lost,
        "said": counts or (asked if asked["new"] is not None and not errors else None),
        "kinds": words.named({kind: words.KINDS[kind] for kind in KINDS}, locale),
        "themes": theme_choices(queries.settings_of(session, process.id), locale),
        "languages": words.named(words.LANGUAGES, locale),
        "most": LIMITS.files,
        "listed": queries.listed(session, process.id, wanted, named=True).rows,
    }
    return staff_page(
        request, process, actor, "/mail-in", "mail_in.html", context, status=422 if errors or lost else 200
    )


@router.get(f"{STAFF}/contributions/{{number:int}}/files/{{file}}")
def attachment(request: Request, process: Viewed, number: int, file: UUID, session: SessionDep) -> Response:
    """A file of a contribution, for staff: always saved, never opened in place."""
    name, stored = service.file_of(session, process, number, file)
    return serve(Files(request.app.state.settings), stored, name)


@router.get(ALIKE)
def alike(request: Request, process: Moderated, session: SessionDep, actor: ActorDep) -> Response:
    pairs, more = nearness.proposals(session, process.id)
    context = {"pairs": pairs, "more": more}
    return staff_page(request, process, actor, "/moderation", "mail_in_alike.html", context)


@router.post(ALIKE)
def settle(
    request: Request, process: Moderated, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """A person says of two texts whether they are one."""
    numbers = [whole_number(text_of(form, name)) or 0 for name in ("first", "second")]
    first, second = (queries.by_number(session, process.id, number) for number in numbers)
    if first is None or second is None:
        raise NotFound(_("There is no contribution with this number."))
    if text_of(form, "act") == "join":
        grouping.join(session, process, second, first, at=at, by=actor.account_id)
    else:
        grouping.keep_apart(session, first.id, second.id)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/contributions/alike", 303)


@router.post(f"{STAFF}/contributions/{{number:int}}/part")
def part(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """It is a text of its own after all."""
    row = queries.by_number(session, process.id, number)
    if row is None:
        raise NotFound(_("There is no contribution with this number."))
    grouping.part(session, process, row, at=at, by=actor.account_id)
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}/contributions/{number}", 303)
