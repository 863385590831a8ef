"""A budget from nothing to its frozen ballot, by plain forms in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest

from participation.accounts.models import Organisation, Role
from participation.processes import queries
from tests.builders import build_account, build_codes, build_world, choices, online_entry
from tests.client import Browser, Page, Site, check_page

EDIT = "/fr/staff/ville/bp/edit"
VOTING = {
    "register_kind": "open",
    "match_fields": ["last_name", "postal_code"],
    "precedence": "paper_wins",
    "disclosure": "totals",
    "minimum_age": "12",
    "online": "1",
    "paper": "1",
    "online_opens": "2027-02-08T08:00",
    "online_closes": "2027-03-14T20:00",
    "paper_opens": "2027-02-08T08:00",
    "paper_closes": "2027-03-14T20:00",
}
TEXTS = {"title_fr": "Budget", "summary_fr": "Résumé", "phone": "311", "retention_fr": "30 jours après"}
CONTEST = {
    "code": "ville",
    "title_fr": "Toute la ville",
    "envelope": "12 000 000",
    "kind": "approval",
    "min_choices": "1",
    "max_choices": "5",
}
RULE = {"name": "greedy", "order": "votes", "tie_break": "lowest-id"}


@pytest.fixture
def admin(site: Site) -> Browser:
    with site.database.writing() as session:
        organisation = Organisation(slug="ville", name={"fr": "Ville", "en": "City"}, address="1, rue Principale")
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    return site.signed_in(build_account(site.database, "Ada Admin", [Role.ADMINISTRATOR], organisation_id))


def refused(browser: Browser, path: str, data: Mapping[str, object]) -> Page:
    """The page that comes back with its errors, checked like any other."""
    page = Page(browser.post(path, data, status=422).text)
    check_page(page)
    return page


def create(admin: Browser) -> str:
    """A draft with one contest; returns the address of the contest."""
    admin.submit(
        "/fr/staff/ville/processes/new",
        {"kind": "budget", "slug": "bp", "title_fr": "Budget", "zone": "America/Toronto"},
    )
    admin.submit(f"{EDIT}/contests/new", CONTEST)
    rule = next(link for link in admin.get_page(f"{EDIT}/contests").links() if link.endswith("/rule"))
    return rule.removesuffix("/rule")


def complete(admin: Browser) -> str:
    contest = create(admin)
    admin.submit(f"{EDIT}/texts", TEXTS)
    phase = {"kind": "vote", "starts_at": "2027-02-08T08:00", "ends_at": "2027-03-14T20:00"}
    admin.submit(f"{EDIT}/phases/new", phase)
    admin.submit(
        f"{EDIT}/places/new", {"code": "BIB-1", "name_fr": "Bibliothèque", "kind": "live", "channel": "counter"}
    )
    admin.submit(f"{EDIT}/voting", VOTING)
    admin.submit(
        f"{contest}/projects/new", {"number": "01", "title_fr": "Ruelle", "cost": "620 000", "category": "jeunesse"}
    )
    admin.submit(f"{contest}/paste", {"lines": "02\tToilettes\t2 400 000\tToilets\n03\tParc\t100 000"})
    admin.submit(f"{contest}/rule", RULE | {"reserves": "jeunesse; 500 000", "exclusive_pairs": "02, 03"})
    return contest


def test_from_nothing_to_a_frozen_ballot(site: Site, admin: Browser) -> None:
    site.visitor().get("/fr/ville/bp", status=404)
    complete(admin)
    check = admin.get_page(f"{EDIT}/publish")
    assert "Il ne manque rien" in check.text
    page = admin.submit(f"{EDIT}/publish")
    assert "Ce qui est figé" in page.text
    assert "500 000 $" in page.text
    with site.database.reading() as session:
        found = queries.process_at(session, "ville", "bp")
        assert found is not None
        row = queries.current_spec(session, found.id)
    assert row is not None
    assert row.digest in page.text
    assert row.digest in check.text, "the preview shows the very digest that is frozen"
    assert row.spec.questions[0].rule.exclusive_pairs == (("0002", "0003"),)
    assert (site.settings.keys_dir / f"{row.id}.key").exists()
    site.visitor().get("/fr/ville/bp", status=200)


def test_every_page_of_the_set_up_in_both_languages(admin: Browser) -> None:
    contest = complete(admin)
    pages = ["", "/texts", "/phases", "/phases/new", "/voting", "/places", "/places/new", "/contests", "/contests/new"]
    pages += ["/publish", "/changes"]
    below = [f"{contest}{path}" for path in ("", "/rule", "/projects", "/projects/new", "/paste", "/remove")]
    below += [link for link in admin.get_page(f"{contest}/projects").links() if "/projects/" in link]
    for stage in ("draft", "published"):
        for path in [f"{EDIT}{path}" for path in pages] + below:
            for language in ("fr", "en"):
                admin.get_page(f"/{language}{urlsplit(path).path[3:]}")
        if stage == "draft":
            admin.submit(f"{EDIT}/publish")


def test_what_is_missing_links_to_its_field(admin: Browser) -> None:
    create(admin)
    page = admin.get_page(EDIT)
    assert f"{EDIT}/texts#phone" in page.links()
    target = admin.get_page(f"{EDIT}/texts")
    assert any(attrs.get("id") == "phone" for attrs in target.all("input"))
    admin.post(f"{EDIT}/publish", status=422)


@pytest.mark.parametrize(
    ("path", "data", "kept"),
    [
        ("/texts", {"title_fr": "", "phone": "514 555-0100"}, "phone"),
        ("/phases/new", {"kind": "vote", "starts_at": "2027-03-14T02:30", "ends_at": "2027-03-15T20:00"}, "ends_at"),
        ("/phases/new", {"kind": "vote", "starts_at": "2027-03-15T20:00", "ends_at": "2027-03-14T20:00"}, "starts_at"),
        ("/places/new", {"code": "bib", "name_fr": "Biblio", "kind": "live", "channel": "counter"}, "name_fr"),
        ("/places/new", {"code": "P", "name_fr": "Poste", "kind": "live", "channel": "post"}, "name_fr"),
        ("/contests/new", CONTEST | {"code": "Ville!"}, "title_fr"),
        ("/contests/new", CONTEST, "title_fr"),
        ("/contests/new", CONTEST | {"code": "b", "min_choices": "6"}, "max_choices"),
        ("/voting", VOTING | {"minimum_age": "x"}, "online_opens"),
        ("/voting", VOTING | {"precedence": "all_void", "match_fields": ["email"]}, "online_closes"),
    ],
)
def test_a_refused_form_comes_back_with_everything(
    admin: Browser, path: str, data: dict[str, object], kept: str
) -> None:
    create(admin)
    page = refused(admin, EDIT + path, data)
    assert page.value_of(kept) == data[kept]
    assert "Rien n’a encore été enregistré" in page.text
    linked = [link.removeprefix("#") for link in page.links() if link.startswith("#") and link != "#main"]
    ids = {attrs.get("id") for _tag, attrs in page.tags}
    assert linked
    assert set(linked) <= ids, "each message leads to its field"


def test_a_refused_precedence_says_why(admin: Browser) -> None:
    create(admin)
    page = refused(admin, f"{EDIT}/voting", VOTING | {"match_fields": ["postal_code"]})
    assert "seul « le premier vote reçu l’emporte » est possible" in page.text
    admin.submit(f"{EDIT}/voting", VOTING | {"match_fields": ["postal_code"], "precedence": "first_received"})
    public = admin.get_page(f"{EDIT}/publish")
    assert "Le premier vote reçu l’emporte" in public.text


def test_a_vote_without_names_says_publicly_what_it_cannot_find(site: Site, admin: Browser) -> None:
    complete(admin)
    admin.submit(f"{EDIT}/voting", VOTING | {"match_fields": ["postal_code"], "precedence": "first_received"})
    admin.submit(f"{EDIT}/publish")
    page = site.visitor().get_page("/fr/ville/bp/privacy")
    assert "on ne peut donc pas repérer deux votes d’une même personne" in page.text


def test_bad_lines_of_a_pasted_list_are_named_and_kept(admin: Browser) -> None:
    contest = create(admin)
    page = refused(admin, f"{contest}/paste", {"lines": "1;A;5\n2;;5\n1;B;5"})
    assert "Ligne 2" in page.text
    assert "Ligne 3" in page.text
    assert "2;;5" in page.html
    admin.submit(f"{contest}/projects/new", {"number": "1", "title_fr": "A", "cost": "5"})
    assert "1;A;5" in refused(admin, f"{contest}/paste", {"lines": "1;A;5"}).html


def test_parts_are_removed_after_a_question(admin: Browser) -> None:
    contest = complete(admin)
    for listing in (f"{EDIT}/phases", f"{EDIT}/places", f"{contest}/projects", f"{EDIT}/contests"):
        link = next(link for link in admin.get_page(listing).links() if link.endswith("/remove"))
        assert admin.get_page(link).all("form")
        assert link not in admin.submit(link).links()
    admin.get(f"{EDIT}/places/nonsense", status=404)
    admin.get(f"{EDIT}/nothing/{contest.rsplit('/', 1)[-1]}/remove", status=404)


def test_the_address_can_change_until_the_first_publication(admin: Browser) -> None:
    complete(admin)
    page = admin.submit(f"{EDIT}/address", {"slug": "budget", "zone": "America/Halifax"})
    assert page.value_of("slug") == "budget"
    refused(admin, "/fr/staff/ville/budget/edit/address", {"slug": "team", "zone": "America/Halifax"})
    admin.submit("/fr/staff/ville/budget/edit/address", {"slug": "bp", "zone": "America/Toronto"})
    admin.submit(f"{EDIT}/publish")
    admin.post(f"{EDIT}/address", {"slug": "autre", "zone": "America/Toronto"}, status=409)


def test_after_publication_words_change_and_promises_do_not(admin: Browser) -> None:
    contest = complete(admin)
    admin.submit(f"{EDIT}/publish")
    for path in (f"{EDIT}/voting", contest, f"{contest}/rule", f"{contest}/paste", f"{contest}/projects/new"):
        data = {"number": "9", "title_fr": "Neuf", "cost": "5"} if path.endswith("new") else {}
        admin.post(path, data, status=409)
    project = next(link for link in admin.get_page(f"{contest}/projects").links() if "/projects/" in link)
    admin.submit(project, {"summary_fr": "Une ruelle verte", "cost": "1"})
    page = admin.get_page(project)
    assert "Une ruelle verte" in page.html
    assert page.value_of("cost") == "620\u00a0000"
    admin.submit(f"{EDIT}/texts", TEXTS | {"title_fr": "Budget corrigé"})


def test_a_published_project_is_excluded_with_a_reason(admin: Browser) -> None:
    complete(admin)
    admin.post(f"{EDIT}/changes", {}, status=404)
    admin.submit(f"{EDIT}/publish")
    refused(admin, f"{EDIT}/changes", {"kind": "top_up", "reason_en": "x"})
    page = admin.submit(f"{EDIT}/changes", {"project": "ville/0002", "kind": "excluded", "reason_fr": "Terrain vendu"})
    assert "Terrain vendu" in page.text
    assert "Ada Admin" in page.text
    admin.post(f"{EDIT}/changes", {"project": "ville/0002", "kind": "excluded", "reason_fr": "Encore"}, status=409)


def test_a_publication_is_withdrawn_and_published_anew(site: Site, admin: Browser) -> None:
    complete(admin)
    admin.submit(f"{EDIT}/publish")
    refused(admin, f"{EDIT}/withdraw", {"reason": ""})
    admin.submit(f"{EDIT}/withdraw", {"reason": "Coût erroné"})
    site.visitor().get("/fr/ville/bp", status=404)
    assert "version 2" in admin.get_page(f"{EDIT}/publish").text
    assert "Version 2" in admin.submit(f"{EDIT}/publish").text


def test_nothing_is_withdrawn_once_somebody_has_voted(site: Site) -> None:
    from participation.ballots import service as box
    from tests.builders import NOON

    world = build_world(site.database, site.keys)
    account = build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id)
    (code,) = build_codes(site.database, site.keys, world, 1)
    with site.database.writing() as session:
        box.cast(session, site.keys, world.spec_row, [online_entry(site.keys, world, code, "1")], NOON)
    browser = site.signed_in(account)
    assert "Retirer la publication" not in browser.get_page(f"/fr/staff{world.path}/edit/publish").text
    browser.post(f"/fr/staff{world.path}/edit/withdraw", {"reason": "Trop tard"}, status=409)
    assert choices(world.spec_row.spec, "1")


def test_the_notice_names_who_why_and_whom_to_ask(site: Site, admin: Browser) -> None:
    complete(admin)
    admin.submit(f"{EDIT}/publish")
    french = site.visitor().get_page("/fr/ville/bp/privacy").text
    assert "recueillis par : Ville, 1, rue Principale." in french
    assert "nom de famille, code postal" in french
    assert "30 jours après" in french
    assert "311" in french
    english = site.visitor().get_page("/en/ville/bp/privacy").text
    assert "It is collected by: City, 1, rue Principale." in english
