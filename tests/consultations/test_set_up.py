"""A consultation made in the browser, from its name to its public page, with its calendar."""

from __future__ import annotations

from datetime import timedelta

from participation.accounts.models import Role
from participation.processes.consultation import USUAL
from tests.builders import NOON, build_account, build_world
from tests.client import Site


def test_from_nothing_to_a_public_page(site: Site) -> None:
    world = build_world(site.database, site.keys)
    admin = site.signed_in(build_account(site.database, "Ada Admin", [Role.ADMINISTRATOR], world.organisation_id))
    edit = "/fr/staff/ville/gare/edit"
    form = {"kind": "consultation", "slug": "gare", "title_fr": "Secteur de la gare", "zone": "America/Toronto"}
    page = admin.submit("/fr/staff/ville/processes/new", form)
    assert "7 éléments" in page.text or "manque" in page.text
    site.visitor().get("/fr/ville/gare", status=404)
    texts = {
        "title_fr": "Secteur de la gare", "summary_fr": "Donnez votre avis.", "phone": "514 555-0100",
        "retention_fr": "un an après le rapport",
    }  # fmt: skip
    admin.submit(f"{edit}/texts", texts)
    assert "Indiquez le jour" in admin.post(f"{edit}/calendar", {"notice": "hier"}, status=422).text
    page = admin.submit(f"{edit}/calendar", {"notice": (NOON - timedelta(days=40)).date().isoformat()})
    assert len(page.all("tr")) == len(USUAL) + 1
    admin.post(f"{edit}/calendar", {"notice": "2027-01-11"}, status=409)
    assert "La page est ouverte" in admin.submit(f"{edit}/open").text
    public = site.visitor().get_page("/fr/ville/gare")
    assert "Opinions et commentaires" in public.text
    assert "Audition des opinions" in public.text


def test_a_notice_less_than_fifteen_days_before_is_refused(site: Site) -> None:
    """In days of the calendar: the fifteen that hold the night on which the clock goes forward are enough."""
    world = build_world(site.database, site.keys)
    admin = site.signed_in(build_account(site.database, "Ada Admin", [Role.ADMINISTRATOR], world.organisation_id))
    for slug, day, refused in (("gare", "2027-03-15", True), ("quai", "2027-03-16", False)):
        form = {"kind": "consultation", "slug": slug, "title_fr": "Gare", "zone": "America/Toronto"}
        admin.submit("/fr/staff/ville/processes/new", form)
        edit = f"/fr/staff/ville/{slug}/edit"
        for kind, first, last in (("notice", "2027-03-01", "2027-03-10"), ("questions", day, "2027-03-20")):
            phase = {"kind": kind, "starts_at": f"{first}T00:00", "ends_at": f"{last}T00:00"}
            admin.submit(f"{edit}/phases/new", phase)
        assert ("Commence trop tôt : Période de questions" in admin.get_page(edit).text) is refused
        assert admin.post(f"{edit}/open", {}, status=422)
