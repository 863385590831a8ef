"""A batch keyed from scans: brought, read by the worker, settled by people, compared, closed and counted."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from participation import uploads
from participation.accounts.models import Role
from participation.files import write_whole
from participation.paper import queries as batches
from participation.paper.balance import batch_figures
from participation.paper.keying import board
from participation.paper.keying.scan_sample import SAMPLE_LEAST
from participation.paper.models.desk import ScanUse
from participation.paper.queries import PassRow
from participation.paper.scanning.problems import FileProblem, Problem
from participation.paper.scanning.targets import State
from participation.paper.scans import queries, retention, scan_job, service
from participation.paper.scans.sheets import Misplaced, Pile
from participation.paper.scans.store import FOLDER, Store
from participation.paper.scans.words import MOST_FILES, NOT_KEPT, SAME_FILE
from participation.paper.serials import with_check
from participation.paper.sheets.print_job import Press
from tests.builders import NOON, build_account
from tests.client import Browser, Site
from tests.paper import sample_sheet, scan_files
from tests.paper import simulated_sheets as simulated
from tests.paper.clerks import Office, accept, key, key_one, open_batch, open_office, settle
from tests.paper.scanned_pile import DPI, WHITE, printed
from tests.paper.simulated_sheets import Scan


def scanning_office(site: Site, use: ScanUse) -> Office:
    office = open_office(site)
    boss = build_account(site.database, "Boss", [Role.ADMINISTRATOR], office.world.organisation_id)
    site.signed_in(boss).post(f"{office.base}/scans", {"scans": use.value})
    return office


def bring(clerk: Browser, batch: str, *files: bytes, nonce: str = "", status: int = 303) -> Any:
    """Sends files whose names carry a person's, as a scanner's do."""
    sent = [("files", (f"Tremblay {number}.pdf", data, "application/pdf")) for number, data in enumerate(files)]
    return clerk.post(f"{batch}/scan/files", {"nonce": nonce or uuid.uuid4().hex}, files=sent, status=status)


def work(office: Office) -> None:
    """What the worker does until nothing waits."""
    job = scan_job.scan_work(Press(office.site.database, office.site.settings, lambda: NOON))
    for name in job.waiting():
        assert not job.next_step(name)


def pile(office: Office, number: int = 1) -> tuple[PassRow, Pile, list[str]]:
    """The scan of a batch, its sheets, and what is wrong with its files."""
    with office.site.database.reading() as session:
        batch = batches.batch_or_404(session, office.world.spec_row, number)
        scan = queries.scan_of(session, batch.id)
        assert scan is not None
        files = queries.files_of(session, scan.id)
        return scan, service.read_pile(session, scan), [each.problem for each in files]


def reasons(found: Pile) -> list[tuple[str, ...]]:
    return [sheet.reasons for sheet in found.sheets]


def rows(office: Office, query: str) -> list[Any]:
    with office.site.database.reading() as session:
        return list(session.execute(text(query)))


def left_to_key(office: Office) -> int:
    """What the board says that people have still to key."""
    with office.site.database.reading() as session:
        return board.summary(board.rows(session, office.world.spec_row, NOON))["to_key"]


class Killed(BaseException):
    """The end of a worker, where nothing catches it."""


def killed_in_the_middle(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that keeps two pages and is gone before the next two."""
    kept: list[dict[str, object]] = []
    note = service.note_pages

    def once(session: Any, those: Sequence[dict[str, object]]) -> None:
        if kept:
            raise Killed
        kept.extend(those)
        note(session, those)

    with monkeypatch.context() as patch:
        patch.setattr(scan_job, "PAGES_AT_ONCE", 2)
        patch.setattr(service, "note_pages", once)
        with pytest.raises(Killed):
            work(office)
    assert rows(office, "SELECT count(*) FROM scan_page") == [(2,)]


def test_from_files_to_ballots(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six sheets of a batch, with everything that goes wrong on a Monday, until they are in the box."""
    office = scanning_office(site, ScanUse.PERSON)
    accept(office, 6)
    run = printed(site.settings, "budget", 6, tmp_path)
    batch = open_batch(office, 6, numbered="1")
    scan = f"{batch}/scan"
    foreign = simulated.page_of(
        sample_sheet.printed(with_check(7), form="OTHER1FR").pdf, sample_sheet.layout().pages[0]
    )
    sheets = [run.sheet(1, "1", "2"), run.sheet(2, "3"), run.sheet(3), run.sheet(4, "2", line="4"), WHITE]
    strange = simulated.scanned(foreign, Scan(dpi=DPI), np.random.default_rng(1))
    first = scan_files.pdf_of([*sheets, strange], dpi=DPI)
    second = scan_files.pdf_of([run.sheet(5, "1"), run.sheet(2, "3")], dpi=DPI)

    bring(office.first, batch, first, b"%PDF-1.4 no more", nonce="n")
    bring(office.first, batch, first, b"%PDF-1.4 no more", nonce="n")
    killed_in_the_middle(office, monkeypatch)
    assert office.first.get_page(scan).text.count("en lecture") == 2, "a form sent twice brings its files once"
    work(office)
    bring(office.first, batch, second, first)
    work(office)
    _scan_row, found, problems = pile(office)
    assert problems == ["", FileProblem.CORRUPT, "", SAME_FILE]
    assert reasons(found) == [
        (), (Problem.REPEATED,), (), (Misplaced.UNCLEAR,), (Problem.BLANK,), (Problem.FOREIGN,), (),
        (Problem.REPEATED,),
    ]  # fmt: skip
    assert [found.sheets[place].serial for place in (0, 1, 2, 3, 6, 7)] == [*run.serials[:5], run.serials[1]]

    office.first.post(f"{scan}/finish", status=409)
    office.first.post(f"{scan}/blanks/out")
    strange_one, copy = str(found.sheets[5].id), str(found.sheets[7].id)
    office.first.post(f"{scan}/sheets/{strange_one}/out", {"out": "no-ballot"}, status=422)
    office.first.post(f"{scan}/sheets/{strange_one}/out", {"out": "foreign"})
    office.first.post(f"{scan}/sheets/{copy}/out", {"out": "again"})
    unclear = office.first.get_page(f"{scan}/next")
    assert "Projet 4" in unclear.text
    pictures = [image["src"] for image in unclear.all("img") if "/scan/pages/" in image["src"]]
    kinds = [office.first.get(each).headers["content-type"] for each in pictures]
    assert (set(kinds[:-1]), kinds[-1]) == ({"image/png"}, "image/jpeg"), "the lines in doubt, then the page"
    assert office.first.get(pictures[0]).headers["cache-control"] == "no-store"
    assert unclear.value_of("numbers.ville").split() == ["02"], "what is certain is filled in"
    office.second.post(f"{batch}/start")
    office.second.get(pictures[0], status=403)
    office.second.get(f"{scan}/next", status=403)
    office.third.get(pictures[0], status=403)
    address = f"{scan}/sheets/{found.sheets[3].id}"
    office.first.post(address, {"position": "1", "nonce": "a", "numbers.ville": "2", "serial": "12"}, status=422)
    office.first.post(address, {"position": "1", "nonce": "b", "numbers.ville": "2 4", "serial": run.serials[3]})
    page = office.first.get_page(scan)
    assert "1 feuille du bordereau n’est pas dans la numérisation" in page.text
    bring(office.first, batch, scan_files.png(run.sheet(6, "1", "2", "3")))
    work(office)
    office.first.post(f"{scan}/finish")
    office.first.post(f"{scan}/finish")
    office.first.post(f"{batch}/start", status=403)
    office.first.get(f"{batch}/key", status=409)
    bring(office.first, batch, second, status=409)

    typed = ["1 2", "3", "blank", "2", "2", "1 2 3"]  # two are keyed wrong, and the sixth has too many marks
    for position, (numbers, serial) in enumerate(zip(typed, run.serials, strict=True), start=1):
        form = {"ruling": numbers} if numbers.isalpha() else {"numbers.ville": numbers}
        key_one(office.second, batch, position, form | {"serial": serial})
    office.second.post(f"{batch}/finish")
    third_person_sees_the_sheet_and_no_other(office, batch, pictures[-1])
    for position, reading in ((4, "2 4"), (5, "1"), (6, "1 2 3")):
        ruling = {"ruling": "over"} if position == 6 else {"numbers.ville": reading}
        shown = settle(office.third, batch, position, {"numbers.ville": reading}, ruling | {"numbers.ville": reading})
        lines = [image["src"] for image in shown.all("img") if "/lines/" in image["src"]]
        kinds = [office.third.get(each).headers["content-type"] for each in lines]
        assert set(kinds) == ({"image/png"} if position == 4 else set()), (
            "the lines in doubt, once the reading is saved"
        )
    office.first.post(f"{batch}/close")
    captured = Counter(map(tuple, rows(office, "SELECT capture, ruling FROM ballot")))
    assert captured == {
        ("scanned", "valid"): 2, ("scanned", "blank"): 1, ("keyed", "valid"): 2, ("keyed", "rejected"): 1
    }  # fmt: skip
    everything = json.dumps([list(map(str, row)) for row in rows(office, "SELECT data FROM event")])
    assert "scan" in str(rows(office, "SELECT kind FROM event"))
    on_disk = " ".join(str(path) for path in site.settings.files_dir.rglob("*"))
    assert "Tremblay" not in everything + on_disk
    assert "1 2 3" not in everything
    assert not list((site.settings.files_dir / FOLDER).rglob("*.file")), "what was brought is gone once it is read"


def third_person_sees_the_sheet_and_no_other(office: Office, batch: str, of_scan: str) -> None:
    """The picture of what they rule on is on their page, and neither another sheet nor what the machine doubted."""
    ruled = f"{batch}/adjudicate/5"
    (picture,) = {image["src"] for image in office.third.get_page(ruled).all("img") if "/pages/" in image["src"]}
    assert picture.startswith(f"{ruled}/pages/"), "no line in doubt before the first reading"
    assert picture in office.third.get_page(ruled).links(), "it opens in its full size without scripts"
    answer = office.third.get(picture)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    other = of_scan.rpartition("/scan/pages/")[2]
    office.third.get(f"{ruled}/pages/{other}", status=404)
    office.third.get(of_scan, status=403)
    for clerk in (office.first, office.second):
        clerk.get(picture, status=403)


# Without pictures: rows as the worker writes them.


def scanned_rows(office: Office, chosen: Sequence[str], *, problems: Mapping[int, str] | None = None) -> str:
    """A batch with a scan of so many unnumbered sheets, each with one project marked; returns the batch's address."""
    batch = open_batch(office, len(chosen))
    bring(office.first, batch, b"a file")
    scan, _found, _problems = pile(office)
    with office.site.database.writing() as session:
        (file,) = queries.files_of(session, scan.id)
        service.note_pages(session, [
            {
                "id": scan_job.page_id(file.id, place), "session_id": scan.id, "file_id": file.id, "page": place,
                "serial": "", "form": "B1FR", "side": 1, "sides": 1,
                "targets": [
                    ["ville", str(number), 1, 0, 0, False, State.CLEAR if str(number) == mark else State.EMPTY, ""]
                    for number in range(1, 5)
                ],
                "problems": [problems[place]] if problems and place in problems else [], "crops": [],
                "pictured": True, "out": None,
            }
            for place, mark in enumerate(chosen, start=1)
        ])  # fmt: skip
        service.note_read(session, file.id)
    return batch


def test_a_sample_is_keyed_and_one_difference_makes_it_every_form(site: Site) -> None:
    office = scanning_office(site, ScanUse.SAMPLE)
    accept(office, 12)
    batch = scanned_rows(office, ["1"] * 12, problems={12: Problem.WRITING})
    office.second.post(f"{batch}/start", status=409)
    sheet = pile(office)[1].sheets[11]
    office.first.post(f"{batch}/scan/sheets/{sheet.id}", {"position": "1", "nonce": "a", "numbers.ville": "1"})
    office.first.post(f"{batch}/scan/finish")
    drawn = pile(office)[0].sample
    assert drawn is not None
    assert 5 <= len(drawn) <= 6
    assert drawn[-1] == 12, "what a person read on its picture is always keyed too"
    office.second.post(f"{batch}/start")
    assert "Saisissez-les d’après le papier" in office.second.get_page(batch).text
    for place in drawn[:-1]:
        page = office.second.get_page(f"{batch}/key")
        assert page.value_of("position") == str(place)
        key_one(office.second, batch, place, "1")
    key_one(office.second, batch, 12, "2")
    office.second.post(f"{batch}/finish")
    assert pile(office)[0].sample == list(range(1, 13)), "one differs"
    for place in sorted(set(range(1, 13)) - set(drawn)):
        assert office.second.get_page(f"{batch}/key").value_of("position") == str(place)
        key_one(office.second, batch, place, "1")
    office.second.post(f"{batch}/finish")
    settle(office.third, batch, 12, {"numbers.ville": "1"}, {"numbers.ville": "1"})
    office.first.post(f"{batch}/close")
    assert Counter(map(tuple, rows(office, "SELECT capture, ruling FROM ballot"))) == {
        ("scanned", "valid"): 11, ("keyed", "valid"): 1
    }  # fmt: skip


def test_a_sample_without_a_difference_is_enough(site: Site) -> None:
    office = scanning_office(site, ScanUse.SAMPLE)
    accept(office, 10)
    batch = scanned_rows(office, ["1", "2"] * 5)
    assert left_to_key(office) == SAMPLE_LEAST
    office.first.post(f"{batch}/scan/finish")
    drawn = pile(office)[0].sample
    assert drawn is not None
    assert left_to_key(office) == len(drawn) == SAMPLE_LEAST
    office.second.post(f"{batch}/start")
    key_one(office.second, batch, drawn[0], "1" if drawn[0] % 2 else "2")
    assert left_to_key(office) == SAMPLE_LEAST - 1
    for place in drawn[1:]:
        key_one(office.second, batch, place, "1" if place % 2 else "2")
    office.second.post(f"{batch}/finish")
    assert left_to_key(office) == 0
    office.first.post(f"{batch}/close")
    assert rows(office, "SELECT capture, count(*) FROM ballot GROUP BY capture") == [("scanned", 10)]
    with site.database.reading() as session:
        (figures,) = batch_figures(session, office.world.spec_row)
    assert (figures.header, figures.first, figures.second) == (10, 10, 10), "no gap that would block a certification"


def test_what_was_taken_out_comes_back_and_a_scan_can_be_given_up(site: Site) -> None:
    office = scanning_office(site, ScanUse.PERSON)
    batch = scanned_rows(office, ["1", "2"])
    scan, found, _problems = pile(office)
    store = Store.of(site.settings, scan.id)
    office.first.post(f"{batch}/scan/sheets/{found.sheets[0].id}/out", {"out": "empty"})
    assert len(pile(office)[1].sheets) == 1
    office.first.post(f"{batch}/scan/pages/{found.sheets[0].id}/back")
    assert len(pile(office)[1].sheets) == 2
    assert store.folder.exists()
    office.first.post(f"{batch}/scan/give-up", {"reason": ""}, status=422)
    office.first.post(f"{batch}/scan/give-up", {"reason": "The glass was dirty."})
    assert not store.folder.exists()
    assert rows(office, "SELECT count(*) FROM keying_session") == [(0,)]
    key(office.first, batch, ["1", "2"])


def test_pictures_are_destroyed_at_their_date(site: Site) -> None:
    office = scanning_office(site, ScanUse.PERSON)
    batch = scanned_rows(office, ["1", "2"])
    scan, found, _problems = pile(office)
    store = Store.of(site.settings, scan.id)
    write_whole(store.picture(found.sheets[0].id), b"\xff\xd8\xff a picture")
    office.first.post(f"{batch}/scan/finish")
    for days, kept in ((364, True), (366, False)):
        at = NOON + timedelta(days=days)
        site.at = at
        retention.destroy_due(Press(site.database, site.settings, lambda: site.at))
        assert store.folder.exists() is kept
    with site.database.reading() as session:
        assert not any(page.pictured or page.targets for page in queries.pages_of(session, scan.id))
    assert rows(office, "SELECT count(*) FROM event WHERE kind = 'scan-pictures-destroyed'") == [(1,)]
    assert len(rows(office, "SELECT id FROM keying")) == 2, "the keying stands"
    site.at = NOON
    office.first.get(f"{batch}/scan/pages/{found.sheets[0].id}/picture", status=404)
    office.first.get_page(f"{office.base}/scans")


def test_the_way_is_chosen_before_the_first_batch(site: Site) -> None:
    office = open_office(site)
    boss = site.signed_in(build_account(site.database, "Boss", [Role.ADMINISTRATOR], office.world.organisation_id))
    office.first.post(f"{office.base}/scans", {"scans": "person"}, status=403)
    batch = open_batch(office, 2)
    boss.post(f"{office.base}/scans", {"scans": "person"}, status=409)
    bring(office.first, batch, b"a file", status=409)
    assert "Saisir par numérisation" not in office.first.get_page(batch).text
    assert not list((site.settings.files_dir / FOLDER).rglob("*.file"))


def test_files_that_are_too_large_or_too_many_are_named_and_not_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = scanning_office(site, ScanUse.PERSON)
    batch = open_batch(office, 2)
    monkeypatch.setattr(uploads, "MEGABYTE", 12_000)
    bring(office.first, batch, b"small", b"x" * 9_000_000, b"small too")
    assert pile(office)[2] == ["", NOT_KEPT, ""]
    assert "dépasse 250 mégaoctets" in office.first.get_page(f"{batch}/scan").text
    bring(office.first, batch, *([b"x"] * (MOST_FILES + 1)), status=422)
    bring(office.first, batch, status=422)
    office.first.post(f"{batch}/scan/files", {"nonce": "n"}, status=422)
    sent = {"files": ("a.pdf", b"data", "application/pdf")}
    office.first.post(f"{batch}/scan/files", {"csrf_token": "wrong"}, files=sent, status=403)
    office.third.post(f"{batch}/scan/files", {}, files=sent, status=403)
    folder = site.settings.files_dir / FOLDER
    assert len(list(folder.rglob("*.file"))) == 2
    assert not list((folder / "arriving").iterdir())
