"""What telephones are told on a network without the Internet, so that they stay on it.

A telephone asks a known address whether it is on the Internet. One that gets no good answer leaves the network, or
opens a small window for signing in, which keeps other cookies than the browser and whose closing cuts the network
off. So each question gets the answer that it wants to hear. Whatever else is asked of another host is led to ours.

Asked today: Android and Chrome /generate_204 (also /gen_204, also other makers’ hosts), iOS and macOS
/hotspot-detect.html and /library/test/success.html, Windows /connecttest.txt and /ncsi.txt, Firefox /canonical.html
and /success.txt, GNOME and Debian /check_network_status.txt and /nm, Fedora /static/hotspot.txt. Ubuntu
and KDE ask for the front page of a host of theirs. Only plain http can be answered: a question over TLS fails, so
Android says “limited connection”, and whoever is asked chooses to stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

APPLE = "<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>"
FIREFOX = '<meta http-equiv="refresh" content="0;url=https://support.mozilla.org/kb/captive-portal"/>'
NETWORK_MANAGER = "NetworkManager is online\n"
NOTHING = ""
"""An empty answer with status 204."""
BY_PATH: Mapping[str, str] = {
    "/generate_204": NOTHING,
    "/gen_204": NOTHING,
    "/hotspot-detect.html": APPLE,
    "/library/test/success.html": APPLE,
    "/connecttest.txt": "Microsoft Connect Test",
    "/ncsi.txt": "Microsoft NCSI",
    "/canonical.html": FIREFOX,
    "/success.txt": "success\n",
    "/check_network_status.txt": NETWORK_MANAGER,
    "/nm": NETWORK_MANAGER,
    "/nm-check.txt": NETWORK_MANAGER,
    "/static/hotspot.txt": "OK\n",
}
BY_HOST: Mapping[str, str] = {
    "captive.apple.com": APPLE,
    "connectivity-check.ubuntu.com": NOTHING,
    "networkcheck.kde.org": "OK\n",
}
"""Those that are asked for any page."""
KEEP_NOTHING = {"Cache-Control": "no-store"}
"""On another network the same question has another answer."""


class Captive:
    """Around the whole site in local mode: what is asked of another host than ours never reaches it."""

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        """`base_url` is our address, such as http://10.42.0.1."""
        self.app = app
        self._ours = urlsplit(base_url).netloc.lower()
        self._door = f"{base_url}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_ours(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            await self.answer(Request(scope))(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        host = Headers(scope=scope).get("host", "").lower()
        return host.removesuffix(":80") == self._ours

    def answer(self, request: Request) -> Response:
        """What the device wants to hear; a redirect to the first page for everything else."""
        host: Any = request.url.hostname or ""
        wanted = BY_PATH.get(request.url.path, BY_HOST.get(host))
        if wanted is None or request.method not in ("GET", "HEAD"):
            return RedirectResponse(self._door, 303, headers=KEEP_NOTHING)
        if wanted is NOTHING:
            return Response(status_code=204, headers={**KEEP_NOTHING, "X-NetworkManager-Status": "online"})
        kind = HTMLResponse if wanted.startswith("<") else PlainTextResponse
        return kind(wanted, headers=KEEP_NOTHING)
