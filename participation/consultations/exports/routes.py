"""Exports over HTTP: the page that lists them, and each as a file."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from participation.accounts.access import ActorBeforeDep, ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.consultations.analysis.queries import bench_of
from participation.consultations.exports import service
from participation.consultations.exports.formats import MIME
from participation.consultations.exports.tables import Source
from participation.consultations.pages import staff_page
from participation.files import Files
from participation.i18n import LOCALES
from participation.processes.access import open_process, open_process_before
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.typed import text_of

router = APIRouter()
DESK = "/{locale}/staff/{organisation}/{slug}/exports"
Taken = Annotated[OpenProcess, open_process(Permission.EXPORT_DOWNLOAD)]
TakenBefore = Annotated[OpenProcess, open_process_before(Permission.EXPORT_DOWNLOAD)]


@router.get(DESK)
def exports(request: Request, process: Taken, actor: ActorDep) -> Response:
    context = {"tables": [(table, service.formats_of(table)) for table in service.TABLES.values()]}
    return staff_page(request, process, actor, "/exports", "exports.html", context)


@router.post(f"{DESK}/{{name}}")
def take(
    request: Request, process: TakenBefore, name: str, actor: ActorBeforeDep, form: FormDep, at: AtDep
) -> Response:
    """The file is written first, from a snapshot in which nobody waits for it; then its event; then it is sent."""
    table, kind = service.table_named(name, text_of(form, "format", 8))
    language = text_of(form, "language", 8)
    locale = language if language in LOCALES else "fr"
    database, settings = request.app.state.database, request.app.state.settings
    files = Files(settings)
    path = files.arriving() / secrets.token_hex(16)
    with service.removed_on_error(path):
        with database.reading() as session:
            source = Source(session, process, bench_of(session, process), locale, at, files, settings.demo)
            written = service.write(path, table, kind, source)
        with database.writing() as session:
            service.record(session, Hand(process, actor.account_id, at), table, kind, written)
    day = at.astimezone(process.zone).date().isoformat()
    return FileResponse(
        path,
        media_type=MIME[kind],
        filename=f"{process.process.slug}-{table.name}-{day}.{kind.value}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(path.unlink, missing_ok=True),
    )
