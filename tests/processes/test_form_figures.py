"""Sides, sheets and grams of each printed form are on the page that checks a draft, before anything is frozen."""

from __future__ import annotations

import time
from collections.abc import Callable

from participation.accounts.models import Role
from participation.accounts.service import create_organisation
from participation.paper import printed
from participation.paper.models.desk import Paper
from participation.paper.sheets import figures
from participation.processes.publishing import build_spec
from tests.builders import build_account
from tests.client import Site
from tests.processes.drafts import build_draft

PAGE = "/fr/staff/ville/bp/edit/publish"


def test_a_draft_shows_what_each_edition_takes(site: Site) -> None:
    with site.database.writing() as session:
        organisation_id = create_organisation(session, "ville", {"fr": "Ville"}).id
        build_draft(session, organisation_id)
    admin = site.signed_in(build_account(site.database, "Ada", [Role.ADMINISTRATOR], organisation_id))
    started = time.monotonic()
    admin.get_page(PAGE)
    assert time.monotonic() - started < figures.PATIENCE + 2
    page = admin.get_page(PAGE)
    while "en cours d’impression" in page.text:
        assert "#printed" in [tag.get("hx-select") for tag in page.all("div")]
        page = admin.get_page(PAGE)
    for words in ("Bulletin", "Déclaration", "Cahier des projets", "gros caractères", "4,5 g"):
        assert words.lower() in page.text.lower()


def test_the_figures_are_those_of_the_forms_and_are_printed_once(site: Site) -> None:
    with site.database.writing() as session:
        draft = build_draft(session)
        spec = build_spec(session, draft.found, 1)
        settings = site.app.state.settings
        found = _complete(lambda: figures.of_spec(session, draft.found, spec, settings))
        before = dict(figures._renders)
        again = figures.of_spec(session, draft.found, spec, settings)
    assert again == found
    assert figures._renders == before
    booklet = found[-1].figures
    assert [figure.edition for figure in booklet] == list(figures.EDITIONS)
    assert all(figure.sides and figure.sheets == (figure.sides + 1) // 2 for figure in booklet)
    assert booklet[0].grams == printed.Printed(b"", booklet[0].sides or 0).grams(Paper.LETTER)


def _complete(ask: Callable[[], list[figures.FormFigures]]) -> list[figures.FormFigures]:
    found = ask()
    while any(figure.sides is None for form in found for figure in form.figures):
        found = ask()
    return found
