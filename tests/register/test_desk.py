"""The register desk: lists with clear errors, codes that are shown once, lost codes."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select
from sqlmodel import col

from participation.accounts.models import Role
from participation.counting.spec import Style
from participation.register.identity import normalise_code
from participation.register.models import AccessCode
from tests.builders import World, build_account, build_question, build_spec, build_world, open_register, text
from tests.client import Browser, Page, Site


def districts() -> tuple[Style, ...]:
    return (Style("lachine", text("Lachine"), ("ville",)), Style("le-plateau", text("Le Plateau"), ("ville",)))


class Desk:
    def __init__(self, site: Site, world: World) -> None:
        account = build_account(site.database, "Ada", [Role.ADMINISTRATOR], world.organisation_id)
        self.site, self.world = site, world
        self.browser: Browser = site.signed_in(account)
        self.path = f"/fr/staff{world.path}/register"

    def post(self, act: str, data: dict[str, str] | None = None, status: int = 303) -> str:
        return self.browser.post(f"{self.path}/{act}", data or {}, status=status).text

    def table(self, act: str, data: dict[str, str] | None = None) -> list[list[str]]:
        """The file that comes as the answer, without its heading."""
        answer = self.browser.post(f"{self.path}/{act}", data or {}, status=200)
        assert answer.headers["cache-control"] == "no-store"
        assert "attachment" in answer.headers["content-disposition"]
        return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))[1:]


@pytest.fixture
def desk(site: Site) -> Desk:
    return Desk(site, build_world(site.database, site.keys, build_spec(styles=districts())))


def test_a_list_is_imported_and_a_second_time_changes_nothing(desk: Desk) -> None:
    desk.post("import", {"lines": "number;district\nA-1;Lachine\nA-2;le plateau\n\nA-3;lachine\n"})
    assert "3 personnes au registre" in desk.browser.get_page(desk.path).text
    page = desk.browser.submit(f"{desk.path}/import", {"lines": "A-1;Lachine\nA-4;Lachine"})
    assert "1 nouvelle inscription" in page.text


def test_a_list_as_a_file(desk: Desk) -> None:
    form = Page(desk.browser.get(desk.path).text).hidden()
    sent = {"file": ("liste.csv", "A-1,Lachine\nA-2,Lachine\n".encode("utf-8-sig"), "text/csv")}
    answer = desk.browser.client.post(f"{desk.path}/import", data=form, files=sent, follow_redirects=False)
    assert answer.headers["location"].endswith("?imported=2")
    sent = {"file": ("liste.csv", "A-é;Lachine".encode("latin-1"), "text/csv")}
    answer = desk.browser.client.post(f"{desk.path}/import", data=form, files=sent, follow_redirects=False)
    assert answer.status_code == 422
    assert "UTF-8" in answer.text


def test_each_bad_line_is_named_and_nothing_is_imported(desk: Desk) -> None:
    lines = "A-1;Lachine\nA-1;Lachine\n=cmd;Lachine\nA-2;Verdun\nA-3"
    page = Page(desk.post("import", {"lines": lines}, status=422))
    for line in (2, 3, 4, 5):
        assert f"Ligne {line} :" in page.text
    assert lines.splitlines()[1] in page.html
    assert "0 personnes au registre" in page.text


def test_a_list_in_another_format_does_not_print_every_line(desk: Desk) -> None:
    page = Page(desk.post("import", {"lines": "\n".join(f"A{place}" for place in range(1000))}, status=422))
    assert "Et 980 autres lignes" in page.text
    assert "Il n’y a aucun numéro" in Page(desk.post("import", {"lines": "  "}, status=422)).text


def test_codes_are_in_that_answer_and_nowhere_else(desk: Desk) -> None:
    desk.post("import", {"lines": "A-1;Lachine\nA-2;Le Plateau"})
    rows = desk.table("codes")
    assert [row[:2] for row in rows] == [["A-1", "Lachine"], ["A-2", "Le Plateau"]]
    with desk.site.database.reading() as session:
        stored = list(session.execute(select(col(AccessCode.code_hash))).scalars())
    codes = [normalise_code(row[2]) for row in rows]
    assert not set(codes) & set(stored)
    assert len(stored) == 2
    assert not any(code in desk.browser.get(desk.path).text for code in codes + [row[2] for row in rows])
    desk.post("codes", status=409)
    desk.post("import", {"lines": "A-3;Lachine"})
    assert [row[0] for row in desk.table("codes")] == ["A-3"]


def test_a_lost_code_is_replaced_and_shown_once(desk: Desk) -> None:
    desk.post("import", {"lines": "A-1;Lachine"})
    (row,) = desk.table("codes")
    page = Page(desk.post("reissue", {"register_number": "A-1"}, status=200))
    assert "Nouveau code" in page.text
    assert row[2] not in page.text
    assert "1 annulés" in page.text
    assert "Ce numéro n’est pas au registre" in Page(desk.post("reissue", {"register_number": "Z"}, status=422)).text
    desk.post("reissue", {"register_number": ""}, status=422)


def test_a_lost_file_is_made_again(desk: Desk) -> None:
    desk.post("import", {"lines": "A-1;Lachine"})
    (first,) = desk.table("codes")
    desk.browser.get_page(f"{desk.path}/cancel-unused")
    desk.post("cancel-unused")
    (second,) = desk.table("codes")
    assert first[0] == second[0]
    assert first[2] != second[2]


def test_anonymous_codes_belong_to_a_ballot_and_to_nobody(desk: Desk) -> None:
    rows = desk.table("pool", {"style": "le-plateau", "number": "25"})
    assert {row[0] for row in rows} == {"Le Plateau"}
    assert len({row[1] for row in rows}) == 25
    for data in ({"style": "nulle-part", "number": "5"}, {"style": "lachine", "number": "0"}):
        desk.post("pool", data, status=422)
    with desk.site.database.reading() as session:
        assert set(session.execute(select(col(AccessCode.voter_id))).scalars()) == {None}


def test_an_open_register_has_anonymous_codes_only(site: Site) -> None:
    desk = Desk(site, build_world(site.database, site.keys, open_register(build_spec(build_question()))))
    page = desk.browser.get_page(desk.path)
    assert "Codes anonymes" in page.text
    assert "Codes personnels" not in page.text


def test_the_figures_and_the_button_are_renewed_after_a_file_was_saved(desk: Desk) -> None:
    desk.post("import", {"lines": "A-1;Lachine\nA-2;Le Plateau"})
    before = desk.browser.get_page(desk.path)
    for part in ("code-figures", "personal-codes"):
        (renewed,) = [attrs for _name, attrs in before.tags if attrs.get("id") == part]
        assert renewed["hx-get"] == desk.path
        assert renewed["hx-select"] == f"#{part}"
    desk.table("codes")
    after = desk.browser.get_page(desk.path)
    assert "2 codes créés" in after.text
    assert f"{desk.path}/codes" not in [form.get("action") for form in after.all("form")]


def test_where_everybody_may_give_a_name_there_are_no_anonymous_codes(site: Site) -> None:
    spec = open_register(build_spec(build_question()), minimum_age=16)
    desk = Desk(site, build_world(site.database, site.keys, spec))
    assert "Codes anonymes" not in desk.browser.get_page(desk.path).text
    form = {"style": "ville", "number": "3"}
    answer = desk.browser.client.post(f"{desk.path}/pool", data=Page(desk.browser.get(desk.path).text).hidden() | form)
    assert answer.status_code == 409
