"""What every request passes: an id, a forgery check, a size limit, security headers, compression, a log line,
and whether its address begins with a language that exists."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Sequence
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Match, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from participation.i18n import LOCALES

log = structlog.get_logger()
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_BODY = 8 * 1024 * 1024
MAX_STREAMED = 2 * 1024**3
"""Bytes sent to an address that takes files as they arrive, and keeps none of them in memory."""
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TLS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}
"""For a year browsers ask this host over TLS alone. Not for hosts below it: those are not ours to decide."""
YEAR = "public, max-age=31536000, immutable"
MINUTE = "public, max-age=60"
"""What anybody may keep: a page without a cookie, the same for everybody."""
WITHOUT_LANGUAGE = frozenset({"healthz", "readyz", "static", "v", "m"})
"""First words of the addresses that name no language."""


def security_headers(*, tls: bool) -> dict[str, str]:
    """What every answer carries; `tls` where the public address is https."""
    return SECURITY_HEADERS | TLS_ONLY if tls else SECURITY_HEADERS


def is_forged(method: str, headers: Headers) -> bool:
    """Whether an unsafe request comes from another site.

    Browsers send Fetch-Metadata or Origin with every unsafe request; a client that sends neither is no
    browser and carries no one's cookies unawares.
    """
    return method not in SAFE_METHODS and is_foreign(headers)


def is_foreign(headers: Headers) -> bool:
    """Whether a browser asks on behalf of another site's page."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


async def _whole_body(headers: Headers, receive: Receive) -> bytes | None:
    """All that is sent with a request; None as soon as it is more than MAX_BODY, whatever length it announced.

    It is here before anything else begins: a route holds the write lock of the database, and a slow line must not
    hold it too.
    """
    if _announced(headers) > MAX_BODY:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _announced(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdigit() else 0


def _brings_files(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith("multipart/form-data") and _announced(headers) <= MAX_STREAMED


def _holds_nul(headers: Headers, body: bytes) -> bool:
    """Whether a form holds the one character that nobody types and PostgreSQL refuses to store."""
    is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return is_form and (b"%00" in body or b"\x00" in body)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read already, then what else the connection says."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


class Perimeter:
    """The outermost layer, plain ASGI: it costs microseconds, which counts on the intake path."""

    def __init__(
        self,
        app: ASGIApp,
        quiet_paths: tuple[str, ...] = (),
        *,
        streamed: tuple[str, ...] = (),
        sockets: Sequence[WebSocketRoute] = (),
        tls: bool = False,
    ) -> None:
        """`sockets` are the routes of WebSockets: what lies between here and there would be held as long as they are
        open, and has nothing to say to them."""
        self.app = app
        self._sockets = sockets
        self.quiet_paths = frozenset(quiet_paths)
        self.streamed = streamed
        headers = security_headers(tls=tls)
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        self._run, self._numbers = secrets.token_hex(4), itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._connect(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            app, receive = await self._admit(scope, receive)
        except ClientDisconnect:
            return  # nobody is there to be answered
        await self._serve(app, scope, receive, send)

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leads to the route of a socket. Before the handshake a close is an answer with status 403."""
        if not is_foreign(Headers(scope=scope)):
            for route in self._sockets:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    await route.app(scope, receive, send)
                    return
        log.info("request", route="socket", status=403)
        await send({"type": "websocket.close"})

    async def _admit(self, scope: Scope, receive: Receive) -> tuple[ASGIApp, Receive]:
        """Who answers: the site, with the whole body at hand, or a refusal. Where addresses end in `streamed` the route
        takes files as they arrive, and counts them."""
        headers = Headers(scope=scope)
        if is_forged(scope["method"], headers):
            return PlainTextResponse("Cross-site request refused. Nothing was saved.", 403), receive
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            return PlainTextResponse("There is nothing at this address.", 404), receive
        if scope["method"] in SAFE_METHODS:
            return self.app, receive
        if scope["path"].endswith(self.streamed) and _brings_files(headers):
            return self.app, receive
        body = await _whole_body(headers, receive)
        if body is None:
            return PlainTextResponse("Too large. Nothing was saved.", 413), receive
        if _holds_nul(headers, body):
            return PlainTextResponse("This form cannot be read. Nothing was saved.", 400), receive
        return self.app, _replaying(body, receive)

    async def _serve(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 500
        request_id = f"{self._run}-{next(self._numbers):x}"
        path: str = scope["path"]
        static = path.startswith("/static/")
        versioned = path.startswith("/static/vendor/") or (static and scope["query_string"].startswith(b"v="))

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answer = MutableHeaders(scope=message)
                answer["X-Request-Id"] = request_id
                answer.raw.extend(self._headers)
                if versioned and status == 200:
                    answer["Cache-Control"] = YEAR
                elif not static and "cache-control" not in answer:
                    answer["Cache-Control"] = "no-store"  # what may be kept says so itself
            await send(message)

        try:
            await app(scope, receive, send_with_headers)
        finally:
            self._log(scope, status, started, request_id)

    def _log(self, scope: Scope, status: int, started: float, request_id: str) -> None:
        """One line with the route's pattern, never the address: that may hold a code. None on intake."""
        route: Any = scope.get("route")
        pattern = getattr(route, "path", "static" if scope["path"].startswith("/static/") else "unmatched")
        if pattern in self.quiet_paths and status < 500:
            return
        log.info(
            "request",
            id=request_id,
            method=scope["method"],
            route=pattern,
            status=status,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )


class CompressPublic:
    """gzip for pages and files, except where a signed-in person's page carries a secret token (BREACH)."""

    def __init__(self, app: ASGIApp, session_cookie: str) -> None:
        self.plain = app
        packed = (*DEFAULT_EXCLUDED_CONTENT_TYPES, "application/pdf")
        self.compressed = GZipMiddleware(app, minimum_size=1024, compresslevel=6, exclude_content_types=packed)
        self.session_cookie = session_cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and not self._has_session(scope):
            await self.compressed(scope, receive, send)
        else:
            await self.plain(scope, receive, send)

    def _has_session(self, scope: Scope) -> bool:
        cookies = Headers(scope=scope).get("cookie", "")
        return self.session_cookie in cookies and self.session_cookie in SimpleCookie(cookies)


class Addresses:
    """Addresses begin with a language that exists, and none but a home page ends with a stroke.

    It is seen here for every route, because a route takes any first word for a language. Redirects name a path
    and no host: the `Host` of a request is what somebody claims.
    """

    def __init__(self, app: ASGIApp, nothing_here: Callable[[Request], Response]) -> None:
        self.app = app
        self.nothing_here = nothing_here

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        path: str = scope["path"]
        first = path[1:].partition("/")[0]
        if path == "/" or first == "static":
            return None
        if first not in LOCALES and first not in WITHOUT_LANGUAGE:
            return self.nothing_here(Request(scope))
        wanted = f"/{first}/" if first in LOCALES and path.strip("/") == first else path.rstrip("/")
        if path == wanted:
            return None
        query = scope["query_string"].decode("latin-1")
        return RedirectResponse(f"{quote(wanted)}?{query}".removesuffix("?"), 307)
