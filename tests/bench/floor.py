"""The floor programs: the least that FastAPI, Jinja and SQLite need to do the same job, with none of ours.

Casting: a declared form, its token compared with a cookie, a group-commit writer, one INSERT a ballot, an answer
after the commit. Page: one query,
one hundred rows, one template, as many bytes as our page.
"""

import asyncio
import hmac
import sqlite3
import sys
import threading
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import Cookie, FastAPI, Form, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment

ROW = """<li class="project"><span class="badge">{{ row.number }}</span>
<h2><a href="{{ row.url }}">{{ row.title }}</a></h2><p>{{ row.borough }}</p><p>{{ row.cost }}</p>
<p>{{ row.summary }}</p></li>"""
PAGE = f"""<!doctype html><html lang="fr"><head><title>Projets</title></head><body><h1>Projets</h1><ol>
{{% for row in rows %}}{ROW}{{% endfor %}}</ol>{{{{ filler }}}}</body></html>"""


class GroupCommit:
    """One thread that inserts what has queued up and commits once."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue: deque[tuple[str, str, asyncio.Future[None]]] = deque()
        self._wake = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    async def insert(self, voter: str, body: str) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        with self._wake:
            self._queue.append((voter, body, future))
            self._wake.notify()
        await future

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE vote (voter TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID")
        while True:
            with self._wake:
                while not self._queue:
                    self._wake.wait()
                group = [self._queue.popleft() for _number in range(min(200, len(self._queue)))]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO vote VALUES (?, ?)", [(voter, body) for voter, body, _f in group])
            connection.execute("COMMIT")
            group[0][2].get_loop().call_soon_threadsafe(_done, group)


def _done(group: list[tuple[str, str, asyncio.Future[None]]]) -> None:
    for _voter, _body, future in group:
        future.set_result(None)


def create_floor(path: str, page_size: int) -> FastAPI:
    template = Environment(autoescape=True).from_string(PAGE)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.writer = GroupCommit(path)
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None)
    rows = [_row(number) for number in range(100)]
    pages = sqlite3.connect(path + ".pages", check_same_thread=False)
    pages.execute(
        "CREATE TABLE IF NOT EXISTS project (number TEXT, url TEXT, title TEXT, borough TEXT, cost TEXT, summary TEXT)"
    )
    pages.executemany("INSERT INTO project VALUES (:number, :url, :title, :borough, :cost, :summary)", rows)
    pages.commit()
    bare = len(template.render(rows=rows, filler="").encode())
    filler = "x" * max(0, page_size - bare)

    @app.post("/vote")
    async def vote(
        body: Annotated[str, Form()], token: Annotated[str, Form()], csrf: Annotated[str, Cookie()]
    ) -> RedirectResponse:
        if not hmac.compare_digest(token, csrf):
            raise HTTPException(403)
        await app.state.writer.insert(uuid.uuid4().hex, body)
        return RedirectResponse("/done", 303)

    @app.get("/projects")
    def projects() -> HTMLResponse:
        columns = ("number", "url", "title", "borough", "cost", "summary")
        found: list[dict[str, Any]] = [
            dict(zip(columns, row, strict=True)) for row in pages.execute("SELECT * FROM project LIMIT 100")
        ]
        return HTMLResponse(template.render(rows=found, filler=filler))

    return app


def _row(number: int) -> dict[str, str]:
    return {
        "number": f"{number:02d}",
        "url": f"/fr/ville/budget/projects/{number}",
        "title": f"Projet {number} pour le quartier",
        "borough": "Verdun",
        "cost": "1 234 000 $",
        "summary": "Un résumé du projet en une phrase de longueur ordinaire pour une liste.",
    }


if __name__ == "__main__":
    uvicorn.run(
        create_floor(sys.argv[2], int(sys.argv[3])),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        access_log=False,
        log_level="error",
    )
