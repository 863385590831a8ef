"""A body that holds nothing yet makes a meeting of its own, prints its pack, asks, and publishes what came of it."""

from __future__ import annotations

import re
import uuid

import pytest

from participation.accounts.models import Role
from participation.accounts.queries import organisation_by_slug
from participation.accounts.service import create_organisation
from tests.builders import build_account, build_world
from tests.client import Browser, Site
from tests.live.people import sheet
from tests.printing.reading import read

TYPED = {
    "begin_with": "assembly",
    "title_fr": "Place aux idées",
    "title_en": "Room for ideas",
    "starts_at": "2027-02-24T19:30",
    "place": "Chalet du parc",
    "expected": "30",
    "door": "device",
    "zone": "America/Toronto",
    "summary_fr": "Ce que deviendra le chalet.",
    "announced": "1",
}


@pytest.fixture
def fanny(site: Site) -> Browser:
    """A facilitator in a body that holds nothing."""
    with site.database.writing() as session:
        body = create_organisation(session, "petite-ville", {"fr": "Petite-Ville", "en": "Petite-Ville"}).id
    return site.signed_in(build_account(site.database, "Fanny", [Role.FACILITATOR], body))


def of_the_body(site: Site, *roles: Role) -> uuid.UUID:
    with site.database.reading() as session:
        body = organisation_by_slug(session, "petite-ville")
        assert body
        body_id = body.id
    return build_account(site.database, f"With {'-'.join(roles)}", list(roles), body_id)


def made(fanny: Browser, **changes: str) -> str:
    """The address of a meeting that was just made, through the pages."""
    home = fanny.get_page("/fr/staff")
    assert "/fr/staff/petite-ville/meetings/new" in home.links()
    fanny.get_page("/fr/staff/petite-ville/meetings/new")
    return fanny.post("/fr/staff/petite-ville/meetings/new", TYPED | changes).headers["location"]


def test_from_nothing_to_published_minutes(site: Site, fanny: Browser) -> None:
    meeting = made(fanny)
    page = fanny.get_page(meeting)
    assert "20 h 15 Votes de l’assemblée" in page.text
    assert "répondu à vos attentes" in page.text
    staff = meeting.partition("/meetings/")[0]
    bar = {link for link in page.links() if re.fullmatch(rf"{staff}/[a-z]*", link)}
    assert bar == {f"{staff}/meetings", f"{staff}/events"}
    code = "".join(re.findall(r"Code de la rencontre : (\d{3}) (\d{3})", page.text)[0])
    assert code in re.sub(r"\D", "", read(fanny.get(f"{meeting}/papers.pdf").content).text)

    visitor = site.visitor()
    public = "/fr/petite-ville/2027-02-24-place-aux-idees"
    assert "Place aux idées" in visitor.get_page("/fr/").text
    assert "Chalet du parc" in visitor.get_page(public).text
    assert "Place aux idées" in visitor.get_page("/fr/petite-ville").text
    (calendar,) = [link for link in visitor.get_page(public).links() if link.endswith(".ics")]
    assert "DTSTART:20270225T003000Z" in visitor.get(calendar).text
    assert code not in re.sub(r"\D", "", visitor.get(calendar).text + visitor.get_page(public).text), "only in the room"

    poll = next(link for link in page.links() if link.endswith("/edit") and "/polls/" in link).removesuffix("/edit")
    fanny.post(f"{poll}/open")
    form = visitor.get_page(f"/fr/m/{code}").hidden()
    visitor.post(f"/fr/m/{code}/vote", form | {"choice": "a"})
    fanny.post(f"{meeting}/present", {"present": "12"})
    fanny.post(f"{poll}/totals", sheet("hand_count", (4, 3, 2)), status=200)
    fanny.post(f"{meeting}/end")
    assert "pas encore publié" in visitor.get_page(public).text
    fanny.post(f"{meeting}/minutes/publish")

    assert "Lire le compte rendu" in visitor.get_page(public).text
    assert "Compte rendu de la rencontre du 24 février 2027" in visitor.get_page("/fr/").text
    assert "1 4 5" in visitor.get_page(f"/fr/m/{code}/minutes").text
    log = fanny.get_page(f"{staff}/events").text
    assert "Rencontre annoncée sur le site" in log
    assert "Compte rendu publié" in log


def test_what_is_not_announced_is_found_by_its_code_alone(site: Site, fanny: Browser) -> None:
    meeting = made(fanny, announced="", title_en="")
    visitor = site.visitor()
    assert "Place aux idées" not in visitor.get_page("/fr/").text
    visitor.get("/fr/petite-ville/2027-02-24-place-aux-idees", status=404)
    code = "".join(re.findall(r"Code de la rencontre : (\d{3}) (\d{3})", fanny.get_page(meeting).text)[0])
    visitor.get_page(f"/fr/m/{code}")
    fanny.post(f"{meeting}/announce", {"public": "1"})
    assert "Place aux idées" in visitor.get_page("/fr/").text
    fanny.post(f"{meeting}/edit", TYPED | {"title_fr": "Le chalet", "agenda_fr": "12 h Accueil"})
    assert "Le chalet" in visitor.get_page("/fr/petite-ville/2027-02-24-place-aux-idees").text
    fanny.post(f"{meeting}/announce", {"public": "0"})
    visitor.get("/fr/petite-ville/2027-02-24-place-aux-idees", status=404)


def test_a_second_of_the_same_day_and_name_lies_beside_the_first(fanny: Browser) -> None:
    first, second = made(fanny), made(fanny)
    assert "/2027-02-24-place-aux-idees-2/" in second
    assert "/2027-02-24-place-aux-idees/" in first
    again = fanny.post("/fr/staff/petite-ville/meetings/new", TYPED | {"title_fr": "", "zone": "Nowhere"}, status=422)
    assert "Chalet du parc" in again.text


def test_it_has_no_desk_and_no_page_of_a_vote(site: Site, fanny: Browser) -> None:
    meeting = made(fanny)
    staff, public = meeting.partition("/meetings/")[0], "/fr/petite-ville/2027-02-24-place-aux-idees"
    everybody = site.signed_in(of_the_body(site, *Role))
    for desk in ("edit", "edit/phases", "intake/C1", "batches", "closing", "results", "moderation", "exports", "forms"):
        everybody.get(f"{staff}/{desk}", status=404)
    for page in ("vote", "results", "projects", "comments", "documents", "questionnaire", "subscribe", "briefs"):
        site.visitor().get(f"{public}/{page}", status=404)
    for page in ("", "/privacy", "/ledger"):
        site.visitor().get_page(f"{public}{page}")
    people = everybody.get_page(f"{staff}/people")
    assert "Personnes de cette rencontre" in people.text
    assert "certifier" not in {option.get("value") for option in people.all("option")}
    fanny.post(f"{staff}/meetings", TYPED, status=409)


def test_each_of_the_staff_begins_where_they_have_something_to_do(site: Site, fanny: Browser) -> None:
    meeting = made(fanny)
    staff = meeting.partition("/meetings/")[0]
    ends = {Role.FACILITATOR: "", Role.INTAKE_CLERK: "/help", Role.MODERATOR: "/questions", Role.OBSERVER: "/observer"}
    for role, below in ends.items():
        person = site.signed_in(of_the_body(site, role))
        led = person.client.get(staff, follow_redirects=False)
        assert led.headers["location"] == f"{meeting}{below}"
        person.get_page(f"{meeting}{below}")
    other = build_world(site.database, site.keys)
    stranger = site.signed_in(build_account(site.database, "Stranger", list(Role), other.organisation_id))
    stranger.get(staff, status=404)
    stranger.get("/fr/staff/petite-ville/meetings/new", status=404)
    counter = site.signed_in(of_the_body(site, Role.ENTRY_CLERK))
    counter.get("/fr/staff/petite-ville/meetings/new", status=403)
