"""A browser without JavaScript for tests: fetches pages, checks what every page must hold, sends forms."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from html.parser import HTMLParser
from types import TracebackType
from typing import Any

import httpx2
from sqlalchemy import event
from starlette.testclient import TestClient

from participation.accounts import service as accounts
from participation.accounts.access import SESSION_COOKIE, csrf_token
from participation.app import create_app
from participation.db import Database
from participation.register.keys import Keys
from participation.settings import Settings
from tests.builders import NOON


class Page(HTMLParser):
    """A parsed page: its text, headings, inputs, forms and links."""

    VOID = frozenset({"input", "br", "hr", "img", "meta", "link", "source", "path", "rect", "line", "use"})

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        """The visible words with plain single spaces."""
        return " ".join(" ".join(self.words).replace("\u00a0", " ").split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attrs for name, attrs in self.tags if name == tag]

    def links(self) -> list[str]:
        return [attrs["href"] for attrs in self.all("a") if "href" in attrs]

    def value_of(self, name: str) -> str:
        """The value of the first input of that name. KeyError when there is none."""
        for attrs in self.all("input"):
            if attrs.get("name") == name:
                return attrs.get("value", "")
        raise KeyError(name)

    def hidden(self) -> dict[str, str]:
        """All hidden inputs of the page."""
        return {a["name"]: a.get("value", "") for a in self.all("input") if a.get("type") == "hidden" and "name" in a}


def check_page(page: Page) -> None:
    """What every page of the site must hold."""
    (html,) = page.all("html")
    assert html.get("lang") in ("fr", "en"), "the page names its language"
    assert page.all("title"), "the page has a title"
    assert len(page.all("h1")) == 1, f"one h1, not {len(page.all('h1'))}"
    ids = [attrs["id"] for _tag, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids)), f"ids are unique: {sorted({i for i in ids if ids.count(i) > 1})}"
    labelled = {attrs.get("for") for attrs in page.all("label")}
    for attrs in page.all("input") + page.all("select") + page.all("textarea"):
        if attrs.get("type") in ("hidden", "submit", "button"):
            continue
        named = attrs.get("id") in labelled or "aria-label" in attrs or "aria-labelledby" in attrs
        assert named, f"an input has no label: {attrs}"
    assert not [a for _t, a in page.tags if "style" in a or any(n.startswith("on") for n in a)], "nothing inline"


class Browser:
    """One visitor with their own cookies."""

    def __init__(self, client: TestClient, settings: Settings) -> None:
        self.client = client
        self._settings = settings

    def get(self, path: str, *, status: int = 200, **kwargs: Any) -> httpx2.Response:
        answer = self.client.get(path, follow_redirects=True, **kwargs)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[:2000]}"
        return answer

    def get_page(self, path: str, *, status: int = 200) -> Page:
        """A whole page, with what every page must hold checked."""
        page = Page(self.get(path, status=status).text)
        check_page(page)
        return page

    def post(
        self, path: str, data: Mapping[str, Any] | None = None, *, status: int = 303, **kwargs: Any
    ) -> httpx2.Response:
        """Sends a form, with the hidden token of a signed-in person; does not follow."""
        form = dict(data or {})
        token = self.client.cookies.get(SESSION_COOKIE)
        if token:
            form.setdefault("csrf_token", csrf_token(self._settings.key("csrf"), token))
        answer = self.client.post(path, data=form, follow_redirects=False, **kwargs)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{Page(answer.text).text[:2000]}"
        return answer

    def submit(self, path: str, data: Mapping[str, Any] | None = None) -> Page:
        """Sends a form and returns the page it leads to."""
        answer = self.post(path, data)
        return self.get_page(answer.headers["location"])


class Site:
    """The application with its database, keys and a clock that the test moves."""

    def __init__(self, settings: Settings, database: Database, keys: Keys) -> None:
        self.settings, self.database, self.keys = settings, database, keys
        self.at: datetime = NOON
        self.app = create_app(settings, clock=lambda: self.at)
        self._stack = ExitStack()

    def __enter__(self) -> Site:
        self._first = self._stack.enter_context(TestClient(self.app, base_url="http://testserver"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def visitor(self) -> Browser:
        """A browser nobody is signed in with."""
        client = TestClient(self.app, base_url="http://testserver")
        client.portal = self._first.portal  # one event loop for all, that of the ballot writer
        return Browser(client, self.settings)

    def signed_in(self, account_id: uuid.UUID) -> Browser:
        """A browser with a staff session; how signing in works has its own tests."""
        with self.database.writing() as session:
            token = accounts.sign_in(session, account_id, self.at)
        browser = self.visitor()
        browser.client.cookies.set(SESSION_COOKIE, token, domain="testserver.local")  # where the site's own would lie
        return browser


class QueryCount:
    """Counts SQL statements while it is entered: `with QueryCount(site) as queries: …; queries.number`."""

    def __init__(self, site: Site) -> None:
        self._engine = site.app.state.database.engine
        self.number = 0
        self.statements: list[str] = []

    def _count(self, _c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith(("PRAGMA", "BEGIN")):
            return
        self.number += 1
        self.statements.append(statement)

    def __enter__(self) -> QueryCount:
        event.listen(self._engine, "before_cursor_execute", self._count)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._count)
