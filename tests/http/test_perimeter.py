"""What holds for every page: headers, cookies, forgery, errors in the reader's language, health, few queries."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from participation.accounts.models import Role
from participation.app import create_app
from participation.middleware import MAX_BODY
from participation.settings import Settings
from tests.builders import World, build_account, build_world
from tests.client import Browser, Page, QueryCount, Site, check_page
from tests.guards.test_routes import routes
from tests.publication.stories import certified_vote

PUBLIC = ("/", "/privacy", "/accessibility", "/receipt", "/patterns", "/staff/sign-in")
OF_A_VOTE = (
    "",
    "/projects",
    "/projects/ville/01",
    "/results",
    "/ledger",
    "/privacy",
    "/vote",
    "/vote/code",
    "/receipt",
)
LOCALES = ("fr", "en")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def world(site: Site) -> World:
    return build_world(site.database, site.keys)


@pytest.fixture
def admin(site: Site, world: World) -> Browser:
    return site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id))


def public_pages(world: World) -> list[str]:
    pages = [*PUBLIC, "/ville", *(world.path + path for path in OF_A_VOTE)]
    return [f"/{locale}{page}" for locale in LOCALES for page in pages]


def test_public_pages_set_no_cookie_and_need_none(site: Site, world: World) -> None:
    for address in public_pages(world):
        answer = site.visitor().get(address)
        assert "set-cookie" not in answer.headers, address
        assert "csrf" not in answer.text, address
        check_page(Page(answer.text))


def test_every_answer_carries_the_security_headers(site: Site, world: World, admin: Browser) -> None:
    staff = [f"/fr/staff{world.path}{desk}" for desk in ("", "/edit", "/batches", "/closing", "/nowhere")]
    answers = [site.visitor().client.get(address) for address in [*public_pages(world), "/healthz", "/nowhere"]]
    answers += [admin.client.get(address) for address in staff]
    answers.append(site.visitor().client.get("/static/css/app.css"))
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy, answer.url
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
        assert answer.headers["x-request-id"]


def test_what_is_somebodys_is_kept_by_no_cache(site: Site, admin: Browser, world: World) -> None:
    """Staff pages, the booth, the kiosk, receipts, sign-in, errors and redirects; and whatever forgot to say."""
    booth = [f"/fr{world.path}{step}" for step in ("/vote", "/vote/code", "/receipt", "/kiosk/start", "/kiosk/end")]
    answers = [site.visitor().client.get(address) for address in [*booth, "/fr/receipt", "/fr/staff/sign-in", "/fr/no"]]
    answers += [site.visitor().client.get(address, follow_redirects=False) for address in ("/", "/fr", "/fr/staff")]
    staff = ("", "/edit", "/register", "/batches", "/closing", "/results", "/events", "/nowhere")
    answers += [admin.client.get(f"/fr/staff{world.path}{desk}") for desk in staff]
    answers += [admin.client.get(address) for address in ("/fr/staff", "/fr/staff/ville/team", "/fr/staff/password")]
    answers.append(admin.post("/fr/staff/sign-out"))
    for answer in answers:
        assert answer.headers.get_list("cache-control") == ["no-store"], answer.url


def test_public_pages_are_kept_by_any_cache(site: Site, world: World) -> None:
    own = ("/vote", "/receipt", "/sign-in", "/patterns")
    for address in (address for address in public_pages(world) if not any(part in address for part in own)):
        answer = site.visitor().get(address)
        assert answer.headers["cache-control"] == "public, max-age=60", address
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()


def test_refusals_at_the_door_carry_the_headers_too(site: Site) -> None:
    client = site.visitor().client
    refused = [
        client.post("/fr/receipt", headers={"Sec-Fetch-Site": "cross-site"}),
        client.post("/fr/receipt", content=b"x" * (MAX_BODY + 1)),
        client.post("/fr/receipt", data={"code": "\x00"}),
        client.get("/fr/%00"),
    ]
    assert [answer.status_code for answer in refused] == [403, 413, 400, 404]
    for answer in refused:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("base", "expected"), [("https://ville.example", "max-age=31536000"), ("http://v.example", None)]
)
def test_browsers_are_told_to_come_back_over_tls_where_the_site_has_it(
    settings: Settings, base: str, expected: str | None
) -> None:
    settings.base_url = base
    app = create_app(settings)
    with TestClient(app) as client:
        for address in ("/fr/", "/nowhere", "/static/css/app.css", "/"):
            answer = client.get(address, follow_redirects=False)
            assert answer.headers.get("strict-transport-security") == expected, address


EVIL = "evil.example"
CLAIMS = {"Host": EVIL, "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "gopher", "Forwarded": f"host={EVIL}"}


def test_no_answer_believes_the_host_that_a_request_names(site: Site, world: World, admin: Browser) -> None:
    """Neither a page nor a redirect, so that no cache and no link can be poisoned."""
    desks = ("", "/edit", "/batches", "/closing", "/forms")
    addresses = [*public_pages(world), *(f"/fr/staff{world.path}{desk}" for desk in desks), "/nowhere", "/xx/", "/v/no"]
    moved = [
        "/",
        "/fr",
        "/en",
        f"/fr{world.path}/",
        "/fr/staff/",
        "/fr/staff",
        f"/fr{world.path}/vote/ballot/1",
        "/v/budget",
    ]
    for browser in (site.visitor(), admin):
        for address in addresses + moved:
            answer = browser.client.get(address, headers=CLAIMS, follow_redirects=False)
            assert EVIL not in answer.text, address
            assert EVIL not in str(answer.headers), address
            assert "gopher" not in answer.text + str(answer.headers)
            location = answer.headers.get("location", "/")
            assert location.startswith("/"), f"{address} leads to {location}"
            assert not location.startswith("//")


def test_a_stroke_too_many_or_too_few_leads_to_the_page(site: Site, world: World) -> None:
    for address, page in (
        ("/fr", "/fr/"),
        ("/en?x=1", "/en/?x=1"),
        ("/fr/ville/", "/fr/ville"),
        (f"/en{world.path}/results//?a=%2F", f"/en{world.path}/results?a=%2F"),
        ("/fr/%C3%A9t%C3%A9/", "/fr/%C3%A9t%C3%A9"),
    ):
        answer = site.visitor().client.get(address, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (307, page)


@pytest.mark.parametrize(
    "address", ["//evil.example/", "//evil.example", "/%5Cevil.example/", "/\\evil.example/", "///"]
)
def test_a_stroke_leads_to_no_other_site(site: Site, address: str) -> None:
    answer = site.visitor().client.get(f"http://testserver{address}", follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_what_another_site_sends_is_refused(site: Site, world: World, admin: Browser, headers: dict[str, str]) -> None:
    for browser, address in (
        (site.visitor(), f"/fr{world.path}/vote/confirm"),
        (site.visitor(), f"/fr{world.path}/vote/code"),
        (admin, f"/fr/staff{world.path}/edit/texts"),
        (site.visitor(), "/fr/staff/sign-in"),
    ):
        browser.post(address, {"code": "x"}, status=403, headers=headers)


def test_our_own_forms_pass(site: Site, world: World) -> None:
    site.visitor().post(
        f"/fr{world.path}/vote/code",
        {"code": "wrong"},
        status=422,
        headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
    )


WORDS = {
    404: ("Il n’y a rien à cette adresse", "There is nothing at this address"),
    403: ("Vos rôles ne le permettent pas", "Your roles do not allow this"),
    405: ("Cela ne peut pas se faire ici", "This cannot be done here"),
}


@pytest.mark.parametrize("locale", LOCALES)
def test_errors_are_told_in_the_language_of_the_address(site: Site, world: World, locale: str) -> None:
    observer = site.signed_in(build_account(site.database, "Oli", [Role.OBSERVER], world.organisation_id))
    place = LOCALES.index(locale)
    assert WORDS[404][place] in site.visitor().get_page(f"/{locale}/a/b/c/d/e", status=404).text
    assert WORDS[403][place] in observer.get_page(f"/{locale}/staff{world.path}/edit", status=403).text
    wrong = Page(site.visitor().post(f"/{locale}/accessibility", status=405).text)
    check_page(wrong)
    assert WORDS[405][place] in wrong.text
    typed = Page(site.visitor().post(f"/{locale}{world.path}/vote/code", {"code": "?"}, status=422).text)
    check_page(typed)
    assert [attrs for _tag, attrs in typed.tags if attrs.get("aria-invalid") == "true"]


def test_a_draft_a_stranger_and_a_wrong_language_are_nothing(site: Site, world: World) -> None:
    for address in (f"/de{world.path}", "/fr/ville/nowhere", "/fr/nowhere", "/fr/nowhere/budget", "/xx/"):
        site.visitor().get_page(address, status=404)


def test_every_address_in_a_language_that_does_not_exist_is_nothing(site: Site, world: World, admin: Browser) -> None:
    """Whatever the method, for visitors and for staff; told in French, as nobody asked for another language."""
    for route in routes():
        if not route.path.startswith("/{locale}/"):
            continue
        address = filled(route.path, world)
        for method in sorted(route.methods or ()):
            for browser in (site.visitor(), admin):
                answer = browser.client.request(method, address, follow_redirects=False)
                assert answer.status_code == 404, f"{method} {address}"
                if method != "HEAD":
                    assert Page(answer.text).all("html")[0]["lang"] == "fr"


def filled(path: str, world: World) -> str:
    """An address below /xx with what is really there, else the number one."""
    known = {"{locale}": "xx", "{organisation}": "ville", "{slug}": world.path.rpartition("/")[2], "{contest}": "ville"}
    return re.sub(r"\{[^}]+\}", lambda found: known.get(found[0], NOBODY if ":uuid" in found[0] else "1"), path)


def test_the_front_door_knows_the_language(site: Site) -> None:
    visitor = site.visitor()
    for accepted, locale in (
        ("en-CA,en;q=0.9", "en"),
        ("fr-CA", "fr"),
        ("", "fr"),
        ("de", "fr"),
        ("de,en;q=0.5", "en"),
    ):
        answer = visitor.client.get("/", headers={"accept-language": accepted}, follow_redirects=False)
        assert answer.headers["location"] == f"/{locale}/"


def test_health_and_readiness(site: Site) -> None:
    visitor = site.visitor()
    assert visitor.get("/healthz").json() == {"status": "ok"}
    assert visitor.get("/readyz").json() == {"status": "ok", "mail": "waits: no SMTP_URL is set"}
    site.app.state.writer._limit = 0
    assert visitor.get("/readyz", status=503).json()["status"] != "ok"


def test_a_database_that_is_not_migrated_takes_no_requests(site: Site) -> None:
    with site.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    assert "not migrated" in site.visitor().get("/readyz", status=503).text


MOST_QUERIES = 8


def test_public_pages_need_few_queries(site: Site) -> None:
    world, _staff = certified_vote(site)
    for address in ("/fr/", f"/fr{world.path}", f"/fr{world.path}/projects", f"/fr{world.path}/results"):
        with QueryCount(site) as queries:
            site.visitor().get(address)
        assert queries.number <= MOST_QUERIES, f"{address}: {queries.statements}"
