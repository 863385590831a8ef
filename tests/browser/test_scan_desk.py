"""A batch read from scans in a real browser: files chosen, a doubtful mark looked at and keyed, the scan finished."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, FilePayload, expect

from participation.accounts import service as accounts
from participation.accounts.access import SESSION_COOKIE
from participation.accounts.models import Role
from participation.paper.keying.service import Header, open_batch
from participation.paper.models.desk import PaperSettings, ScanUse
from participation.paper.scans import scan_job
from participation.paper.sheets.print_job import Press
from participation.processes.models import Place
from tests.browser.checks import check, watched
from tests.browser.server import Live
from tests.builders import build_account
from tests.paper import scan_files
from tests.paper.scanned_pile import DPI, WHITE, printed

Open = Callable[..., BrowserContext]


def clerk_of(live: Live, context: BrowserContext) -> str:
    """Opens a batch in a vote that reads scans, signs a clerk in, and returns the address of its staff pages."""
    world = live.worlds["approval"]
    with live.database.writing() as session:
        session.add(PaperSettings(process_id=world.process_id, scans=ScanUse.PERSON))
    account = build_account(live.database, "Clerk of scans", [Role.ENTRY_CLERK], world.organisation_id)
    with live.database.writing() as session:
        place = session.get(Place, world.place_id)
        assert place is not None
        header = Header(place, "ville", place.channel, live.at.date(), 2, numbered=True)
        open_batch(session, world.spec_row, header, nonce="scanned", account_id=account, at=live.at)
        token = accounts.sign_in(session, account, live.at)
    context.add_cookies([{"name": SESSION_COOKIE, "value": token, "url": live.base}])
    return f"/fr/staff{world.path}"


def test_a_scan_from_the_keyboard(live: Live, open_context: Open, tmp_path: Path) -> None:
    context = open_context()
    base = clerk_of(live, context)
    run = printed(live.settings, live.worlds["approval"].path.strip("/"), 2, tmp_path)
    page = context.new_page()
    with watched(page, live.base):
        page.goto(f"{base}/batches/1")
        check(page)
        page.get_by_role("link", name="Saisir par numérisation").click()
        check(page)
        pdf = scan_files.pdf_of([run.sheet(1, "1"), run.sheet(2, "2", line="4"), WHITE], dpi=DPI)
        sent: FilePayload = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": pdf}
        page.get_by_label("Feuilles numérisées").set_input_files([sent])
        page.get_by_role("button", name="Envoyer les fichiers").click()
        expect(page.get_by_text("en lecture")).to_be_visible()
        job = scan_job.scan_work(Press(live.database, live.settings, lambda: live.at))
        for name in job.waiting():
            job.next_step(name)
        page.get_by_role("button", name="Retirer 1 côté vide").click()
        check(page)
        page.get_by_role("link", name="Voir 1 feuille").click()
        page.wait_for_url("**/sheets/*")
        expect(page.locator("figure img").first).to_have_js_property("complete", True)
        check(page)
        field = page.locator(".keying-field")
        expect(field).to_have_value("02 ")
        field.press("Enter")
        page.wait_for_url("**/scan")
        page.get_by_role("button", name="Terminer la numérisation").click()
        page.wait_for_url("**/batches/1")
        expect(page.get_by_text("Deuxième saisie : personne encore")).to_be_visible()
        check(page)
        page.goto(f"{base}/scans")
        check(page)
