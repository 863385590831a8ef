"""The site: middleware, error pages, routers. It refuses to start on a route that declares no access."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import quote

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from participation import calm, i18n, schema
from participation.accounts import access, routes_link, routes_organisation, routes_team
from participation.accounts import routes as accounts_routes
from participation.accounts.access import PUBLIC, SESSION_COOKIE, SignInNeeded
from participation.ballots import routes as ballots_routes
from participation.ballots.queries import box_is_empty
from participation.ballots.questionnaires import routes as questionnaire_routes
from participation.ballots.writer import BallotWriter
from participation.broadcast import Broadcast
from participation.consultations import routes as consultations_routes
from participation.consultations.participants.queries import asked_in
from participation.db import Database
from participation.demo import routes as demo_routes
from participation.demo.clock import demo_clock
from participation.errors import DomainError
from participation.i18n import lazy as _
from participation.live import intake as room_intake
from participation.live import routes as room_routes
from participation.live import routes_alone as room_routes_alone
from participation.live import routes_calendar as room_routes_calendar
from participation.live import routes_minutes as room_routes_minutes
from participation.live import routes_prepare as room_routes_prepare
from participation.live import routes_staff as room_routes_staff
from participation.live.bundle import routes as bundle_routes
from participation.live.floor import routes as floor_routes
from participation.live.floor import routes_staff as floor_routes_staff
from participation.live.guard import Guard
from participation.live.local import routes as local_routes
from participation.live.local.captive import Captive
from participation.live.local.rehearsal import Joined
from participation.live.screens import Screens
from participation.live.sockets import Rooms
from participation.live.speaking import routes as speaking_routes
from participation.live.speaking import routes_staff as speaking_routes_staff
from participation.live.written import routes_staff as written_routes_staff
from participation.lock import single_process_lock
from participation.middleware import SAFE_METHODS, Addresses, CompressPublic, Perimeter, security_headers
from participation.paper import routes as paper_routes
from participation.paper import team
from participation.paper.keying.stubs import Stubs
from participation.paper.scans import routes as scan_routes
from participation.paper.sheets import figures
from participation.processes import routes as processes_routes
from participation.processes import routes_consultation, routes_contests, routes_people, routes_publishing
from participation.processes.questionnaires import routes as questionnaire_editor
from participation.publication import routes as publication_routes
from participation.register import routes as register_routes
from participation.register.keys import Keys
from participation.settings import Settings, get_settings
from participation.templating import STATIC, locale_of, page

ROUTERS = [
    ballots_routes.router,
    questionnaire_routes.router,
    accounts_routes.router,
    routes_link.router,
    routes_team.router,
    routes_organisation.router,
    publication_routes.staff_router,
    processes_routes.router,
    routes_contests.router,
    questionnaire_editor.router,
    routes_consultation.router,
    routes_publishing.router,
    routes_people.router,
    register_routes.router,
    paper_routes.router,
    room_routes_staff.router,
    room_routes_prepare.router,
    room_routes_alone.router,
    room_routes_minutes.router,
    bundle_routes.router,
    local_routes.router,
    floor_routes_staff.router,
    speaking_routes_staff.router,
    written_routes_staff.router,
    room_routes.router,
    room_routes_calendar.router,
    floor_routes.router,
    speaking_routes.router,
    consultations_routes.router,
    publication_routes.router,
]
"""In the order in which addresses are matched: the intake of ballots first, as it must be quick (its addresses
never take /staff/…), then /staff/… before /{organisation}/…."""

INTAKE = (ballots_routes.intake_router, questionnaire_routes.intake_router, room_intake.intake_router)
"""What casts: it goes straight into the application, before every router."""


def configure_logging(level: str) -> None:
    """One JSON object a line, without personal data."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        cache_logger_on_first_use=True,
    )


def create_app(settings: Settings | None = None, clock: Callable[[], datetime] | None = None) -> FastAPI:
    """The application. RuntimeError when a route declares no access."""
    settings = settings or get_settings()
    configure_logging(settings.log_level)
    routers = [demo_routes.router, *ROUTERS] if settings.demo else ROUTERS
    if forgotten := access.unguarded([*INTAKE, demo_routes.router, *ROUTERS]):
        raise RuntimeError(f"routes without declared access: {', '.join(forgotten)}")
    app = FastAPI(lifespan=_lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.settings = settings
    app.state.database = Database(settings.database_url, pool_size=settings.thread_limit + 3)
    app.state.read_gate = asyncio.Semaphore(settings.thread_limit + 3)
    app.state.write_gate = asyncio.Semaphore(1 if settings.is_sqlite else max(1, settings.thread_limit - 1))
    app.state.keys = Keys(settings)
    app.state.writer = BallotWriter(app.state.database, app.state.keys, settings.writer_queue)
    app.state.box_is_empty = box_is_empty
    app.state.form_figures = figures.of_spec
    app.state.asks_who = asked_in
    app.state.team = team
    app.state.paper_stubs = Stubs(settings)
    app.state.clock = clock or demo_clock(settings) or i18n.now
    app.state.broadcast = Broadcast(app.state.database)
    app.state.screens = Screens(app.state.database, settings, app.state.clock, app.state.writer.give_way)
    app.state.room_guard = Guard()
    app.state.joined = Joined()
    app.state.keeps_calm = False
    app.state.rooms = Rooms(
        app.state.broadcast,
        app.state.screens.look,
        node_limit=settings.socket_limit,
        meeting_limit=settings.room_limit,
    )
    app.add_middleware(Addresses, nothing_here=_nothing_here)
    app.add_middleware(CompressPublic, session_cookie=SESSION_COOKIE)
    app.add_middleware(
        Perimeter,
        quiet_paths=(
            *ballots_routes.QUIET_PATHS,
            *questionnaire_routes.QUIET_PATHS,
            *consultations_routes.QUIET_PATHS,
            *room_intake.QUIET_PATHS,
        ),
        streamed=(scan_routes.STREAMED, bundle_routes.STREAMED, *consultations_routes.STREAMED),
        sockets=(
            *room_routes.sockets,
            *room_routes_staff.sockets,
            *floor_routes_staff.sockets,
            *speaking_routes_staff.sockets,
            *written_routes_staff.sockets,
        ),
        tls=settings.is_https,
    )
    if settings.local_mode:
        app.add_middleware(Captive, base_url=settings.base_url)
    app.mount("/static", StaticFiles(directory=STATIC, check_dir=False), name="static")
    _add_health(app)
    for router in INTAKE:
        app.router.routes.extend(router.routes)
    for router in routers:
        app.include_router(router)
    _add_error_pages(app)
    return app


def create_served_app(settings: Settings | None = None) -> FastAPI:
    """The application of a process that does nothing else: its garbage is collected between ballots."""
    app = create_app(settings)
    app.state.keeps_calm = True
    calm.settle()
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    anyio.to_thread.current_default_thread_limiter().total_tokens = settings.thread_limit
    with single_process_lock(settings), app.state.database.folding():
        app.state.writer.start()
        app.state.broadcast.start()
        app.state.rooms.start()
        collecting = asyncio.create_task(calm.collect_in_calm(app.state.writer)) if app.state.keeps_calm else None
        try:
            yield
        finally:
            if collecting:
                collecting.cancel()
            await app.state.rooms.stop()
            await app.state.broadcast.stop()
            await app.state.writer.stop()
            app.state.database.dispose()


def _add_health(app: FastAPI) -> None:
    @app.get("/", dependencies=[PUBLIC])
    def front_door(request: Request) -> Response:
        """The home page; on a laptop in a room, where one types the code of the meeting."""
        locale = i18n.negotiate(request.headers.get("accept-language", ""))
        return RedirectResponse(f"/{locale}/{'m' if request.app.state.settings.local_mode else ''}", 307)

    @app.get("/healthz", dependencies=[PUBLIC])
    async def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", dependencies=[PUBLIC])
    def readyz(request: Request) -> Response:
        """Whether requests may be sent here: the database has every migration, and the box takes ballots."""
        state = request.app.state
        if not schema.is_current(state.database):
            return JSONResponse({"status": "the database is not migrated"}, 503)
        ready = state.writer.is_ready
        mail = "sent" if state.settings.sends_mail else "waits: no SMTP_URL is set"
        status = "ok" if ready else "writer is stopped or full"
        return JSONResponse({"status": status, "mail": mail}, 200 if ready else 503)


def _nothing_here(request: Request) -> Response:
    context = {"status": 404, "message": _("There is nothing at this address.")}
    return page(request, "errors/error.html", context, status=404)


def _add_error_pages(app: FastAPI) -> None:
    @app.exception_handler(DomainError)
    async def domain_error(request: Request, error: DomainError) -> Response:
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after else None
        context = {"status": error.status, "message": error.message, "next_step": error.todo}
        return page(request, "errors/error.html", context, status=error.status, headers=headers)

    @app.exception_handler(SignInNeeded)
    async def sign_in_needed(request: Request, error: SignInNeeded) -> Response:
        lost = "" if request.method in SAFE_METHODS else "&lost=1"
        way_back = quote(access.way_back(request), safe="/")
        return RedirectResponse(f"/{locale_of(request)}/staff/sign-in?next={way_back}{lost}", 303)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return _nothing_here(request)
        context = {"status": error.status_code, "message": _("This cannot be done here.")}
        return page(request, "errors/error.html", context, status=error.status_code)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        structlog.get_logger().error(
            "unexpected", exc_info=error, route=getattr(request.scope.get("route"), "path", "")
        )
        context = {"status": 500, "message": _("Something went wrong on our side. What you sent was not saved.")}
        tls = request.app.state.settings.is_https
        headers = {**security_headers(tls=tls), "Cache-Control": "no-store"}  # this page passes no middleware
        return page(request, "errors/error.html", context, status=500, headers=headers)
