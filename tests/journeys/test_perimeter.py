"""What holds for every page: headers, cookies, forgery, errors in the reader's language, health, few queries."""

from __future__ import annotations

import pytest

from participation.accounts.models import Role
from tests.builders import World, build_account, build_world
from tests.client import Browser, Page, QueryCount, Site, check_page
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


def test_pages_of_staff_are_not_kept_by_anybody(admin: Browser, world: World) -> None:
    """A page with names comes from no shared cache, and from no cache at all without asking again."""
    answer = admin.get(f"/fr/staff{world.path}")
    assert answer.headers.get("cache-control") in ("private, no-cache", "no-store")


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
    assert visitor.get("/readyz").json() == {"status": "ok"}
    site.app.state.writer._limit = 0
    assert visitor.get("/readyz", status=503).json()["status"] != "ok"


MOST_QUERIES = 8


def test_public_pages_need_few_queries(site: Site) -> None:
    world, _staff = certified_vote(site)
    for address in ("/fr/", f"/fr{world.path}", f"/fr{world.path}/projects", f"/fr{world.path}/results"):
        with QueryCount(site) as queries:
            site.visitor().get(address)
        assert queries.number <= MOST_QUERIES, f"{address}: {queries.statements}"
