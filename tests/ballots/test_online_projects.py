"""Projects for everybody: the list, its filters, one project, short addresses; quick and without a cookie."""

from __future__ import annotations

from sqlalchemy import update

from participation.ballots.shelf import FinishedPages
from participation.counting.spec import QuestionKind, Style
from participation.db import Database
from participation.processes.models import Process, ProcessState, Project
from participation.register.keys import Keys
from tests.builders import World, build_question, build_spec, build_world
from tests.client import Page, QueryCount, Site


def hundred(database: Database, keys: Keys) -> World:
    question = build_question(costs=[(number * 37 % 100 + 1) * 1000_00 for number in range(100)], max_choices=5)
    return build_world(database, keys, build_spec(question))


def titles(page: Page) -> list[str]:
    return [part.split("</a>")[0].split(">")[-1] for part in page.html.split('class="project-title"')[1:]]


def test_a_list_of_a_hundred_projects_is_one_query_and_needs_no_cookie(
    site: Site, database: Database, keys: Keys
) -> None:
    world = hundred(database, keys)
    with QueryCount(site) as queries:
        answer = site.visitor().get(f"/fr{world.path}/projects")

    assert queries.number == 1
    assert answer.headers["cache-control"] == "public, max-age=60"
    assert "set-cookie" not in answer.headers
    page = site.visitor().get_page(f"/fr{world.path}/projects")
    assert titles(page) == [f"Projet {number}" for number in range(1, 101)]


def test_filters_and_orders(site: Site, database: Database, keys: Keys) -> None:
    world = hundred(database, keys)
    address, visitor = f"/en{world.path}/projects", site.visitor()

    assert len(titles(visitor.get_page(f"{address}?borough=Lachine"))) == 50
    assert titles(visitor.get_page(f"{address}?q=projet+77+VERDÚN")) == ["Projet 77 (en)"]
    by_cost = titles(visitor.get_page(f"{address}?sort=-cost"))
    assert by_cost[0] == "Projet 28 (en)"
    assert titles(visitor.get_page(f"{address}?sort=cost")) == by_cost[::-1]
    assert titles(visitor.get_page(f"{address}?sort=title"))[:3] == [f"Projet {n} (en)" for n in (100, 10, 11)]
    nothing = visitor.get_page(f"{address}?q=pyramide")
    assert "No project matches" in nothing.text
    assert titles(visitor.get_page(f"{address}?sort=weight&borough=")) == [f"Projet {n} (en)" for n in range(1, 101)]


def test_htmx_gets_the_list_alone(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)

    part = site.visitor().get(f"/fr{world.path}/projects?borough=Verdun", headers={"hx-request": "true"})

    assert part.text.strip().startswith('<div id="projects">')
    assert "HX-Request" in part.headers["vary"]


def test_a_changed_text_shows_at_once(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    visitor, address = site.visitor(), f"/fr{world.path}/projects"
    visitor.get_page(address)
    with database.writing() as session:
        session.execute(update(Project).where(Project.code == "2").values(title={"fr": "Jardin corrigé"}))  # type: ignore[arg-type]

    assert titles(visitor.get_page(address)) == ["Projet 1", "Jardin corrigé", "Projet 3", "Projet 4"]
    assert "Jardin corrigé" in visitor.get_page(f"{address}/ville/02").text


def test_a_project_page_has_its_number_cost_text_and_neighbours(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    page = site.visitor().get_page(f"/fr{world.path}/projects/ville/02")

    for words in ("Numéro 02", "Projet 2", "40 000 $", "Lachine", "Description du projet."):
        assert words in page.text
    assert [f"/fr{world.path}/projects/ville/0{number}" in page.links() for number in (1, 3)] == [True, True]
    site.visitor().get(f"/fr{world.path}/projects/ville/99", status=404)
    site.visitor().get(f"/fr{world.path}/projects/ailleurs/02", status=404)


def test_contests_stand_in_their_order_with_their_envelopes(site: Site, database: Database, keys: Keys) -> None:
    city, east = build_question(), build_question(id="est", kind=QuestionKind.KNAPSACK, envelope=70_000_00)
    style = Style("ville", (("fr", "Ville"),), ("ville", "est"))
    world = build_world(database, keys, build_spec(city, questions=(city, east), styles=(style,)))

    page = site.visitor().get_page(f"/fr{world.path}/projects")
    assert page.text.index("100 000 $") < page.text.index("70 000 $")
    assert len(titles(page)) == 8
    assert len(titles(site.visitor().get_page(f"/fr{world.path}/projects?contest=est"))) == 4


def test_a_draft_is_seen_by_nobody(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    with database.writing() as session:
        session.execute(update(Process).values(state=ProcessState.DRAFT))
    for below in ("/projects", "/projects/ville/01", "/vote", "/vote/code", "/receipt", "/kiosk/start"):
        site.visitor().get(f"/fr{world.path}{below}", status=404)


def test_the_short_address_of_posters(site: Site, database: Database, keys: Keys) -> None:
    world = build_world(database, keys)
    ask = {"follow_redirects": False, "headers": {"accept-language": "en-CA"}}
    client = site.visitor().client

    assert client.get("/v/budget", **ask).headers["location"] == f"/en{world.path}"  # type: ignore[arg-type]
    assert client.get("/v/nulle-part", **ask).status_code == 404  # type: ignore[arg-type]


def test_finished_pages_forget_the_oldest() -> None:
    pages, made = FinishedPages(size=2), []

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a"):
        assert pages.get(name, lambda name=name: make(name)).plain == name.encode()  # type: ignore[misc]
    assert made == ["a", "b", "c", "a"]
