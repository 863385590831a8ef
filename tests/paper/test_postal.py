"""The postal desk: kits whose address dies when they are mailed, replies that tell nothing of a vote, what came."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from sqlalchemy import text

from participation.db import metadata
from participation.paper.remote import kits
from participation.register.models import SetAside
from tests.builders import CLOSES, NOON
from tests.client import Page, Site
from tests.paper.clerks import Office, open_office, register_voters

ADDRESS = {
    "name": "Zoé Lagacé",
    "address": "45, avenue du Parc",
    "address_2": "app. 3",
    "city": "Montréal",
    "postal_code": "h2x1y4",
    "language": "fr",
}


@pytest.fixture
def office(site: Site) -> Office:
    return open_office(site)


def order(office: Office, *, status: int = 303, **more: str) -> Page:
    form = {"nonce": uuid.uuid4().hex, **ADDRESS, **more}
    return Page(office.intake.post(f"{office.base}/post/kits", form, status=status).text)


def everything(office: Office) -> str:
    with office.site.database.reading() as session:
        rows = [
            str(value)
            for table in metadata.sorted_tables
            for row in session.execute(text(f'SELECT * FROM "{table.name}"'))
            for value in row
        ]
    return " ".join(rows)


def waiting(office: Office) -> int:
    with office.site.database.reading() as session:
        return kits.waiting(session, office.world.spec_row.id)


def kinds(office: Office) -> list[str]:
    with office.site.database.reading() as session:
        return list(session.execute(text("SELECT kind FROM event ORDER BY at")).scalars())


def pdf_words(content: bytes, tmp_path: Path) -> str:
    (tmp_path / "it.pdf").write_bytes(content)
    text_of = (page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(tmp_path / "it.pdf"))
    return " ".join(" ".join(text_of).replace("\u00a0", " ").split())


def test_a_kit_is_noted_labelled_mailed_and_its_address_forgotten(office: Office, tmp_path: Path) -> None:
    order(office)
    order(office, name="Bob", large="1")
    page = office.intake.get_page(f"{office.base}/post/kits")
    assert "Zoé Lagacé, 45, avenue du Parc, app. 3, Montréal H2X 1Y4" in page.text
    labels = office.intake.get(f"{office.base}/post/kits/labels.pdf")
    assert "Zoé Lagacé" in pdf_words(labels.content, tmp_path)
    assert "Lagac" not in everything(office), "encrypted where it lies"
    chosen = [attrs["value"] for attrs in page.all("input") if attrs.get("name") == "kit"]
    office.intake.post(f"{office.base}/post/kits/mailed", {"kit": chosen})
    assert waiting(office) == 0
    with office.site.database.reading() as session:
        assert kits.mailed(session, office.world.spec_row.id) == {NOON.date(): 2}
    assert kinds(office).count("kits-mailed") == 1
    office.intake.get(f"{office.base}/post/kits/labels.pdf", status=409)


def test_mailed_twice_is_counted_once(office: Office) -> None:
    order(office)
    (kit,) = [
        attrs["value"]
        for attrs in office.intake.get_page(f"{office.base}/post/kits").all("input")
        if attrs.get("name") == "kit"
    ]
    for _time in range(2):
        office.intake.post(f"{office.base}/post/kits/mailed", {"kit": kit})
    with office.site.database.reading() as session:
        assert kits.mailed(session, office.world.spec_row.id) == {NOON.date(): 1}


def test_a_withdrawn_order_is_destroyed_and_not_counted(office: Office) -> None:
    order(office)
    (kit,) = [
        attrs["value"]
        for attrs in office.intake.get_page(f"{office.base}/post/kits").all("input")
        if attrs.get("name") == "kit"
    ]
    office.intake.post(f"{office.base}/post/kits/mailed", {"kit": kit, "act": "withdraw"})
    assert waiting(office) == 0
    with office.site.database.reading() as session:
        assert kits.mailed(session, office.world.spec_row.id) == {}


def test_an_order_sent_twice_is_one_kit(office: Office) -> None:
    for _time in range(2):
        order(office, nonce="same")
    assert waiting(office) == 1


@pytest.mark.parametrize("wrong", [{"name": ""}, {"postal_code": "90210"}, {"city": ""}, {"address": "x" * 61}])
def test_an_address_that_no_post_finds_is_not_kept(wrong: dict[str, str], office: Office) -> None:
    order(office, status=422, **wrong)
    assert waiting(office) == 0


def test_once_nothing_is_received_any_more_no_address_is_kept(office: Office) -> None:
    order(office)
    after = CLOSES + timedelta(days=60)
    with office.site.database.writing() as session:
        kits.forget_all(session, after)
    assert waiting(office) == 0


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("reason", list(SetAside))
def test_a_reply_says_why_and_what_one_can_still_do_and_keeps_nobody(
    language: str, reason: SetAside, office: Office, tmp_path: Path
) -> None:
    form = {**ADDRESS, "language": language, "reason": reason.value, "received_date": "2027-02-23"}
    answer = office.intake.post(f"{office.base}/post/reply", form, status=200)
    words = pdf_words(answer.content, tmp_path)
    assert "Zoé Lagacé" in words
    assert ("n’a pas été ouverte" in words) == (language == "fr")
    assert ("23 février" in words) == (language == "fr")
    assert "Lagac" not in everything(office)
    assert answer.headers["cache-control"] == "no-store"


def test_a_reply_without_an_address_is_handed_over(office: Office, tmp_path: Path) -> None:
    answer = office.intake.post(f"{office.base}/post/reply", {"reason": "unsigned"}, status=200)
    assert "signée" in pdf_words(answer.content, tmp_path)
    office.intake.post(f"{office.base}/post/reply", {"reason": "nonsense"}, status=422)


def test_the_desk_leads_to_the_one_way_of_checking_in(office: Office) -> None:
    bag = {
        "nonce": "b1", "place": "P1", "counted": "3", "received_date": "2027-02-24", "received_time": "09:00",
        "seal_number": "A1",
    }  # fmt: skip
    office.intake.post(f"{office.base}/bags", bag)
    page = office.intake.get_page(f"{office.base}/post")
    assert f"{office.base}/bags/1" in page.links()
    assert f"{office.base}/bags/new" in page.links()
    assert "3 enveloppes à enregistrer" in page.text


def test_the_desk_shows_why_envelopes_were_set_aside(office: Office) -> None:
    register_voters(office, 1)
    bag = {
        "nonce": "b1", "place": "P1", "counted": "1", "received_date": "2027-02-24", "received_time": "09:00",
        "seal_number": "A1",
    }  # fmt: skip
    office.intake.post(f"{office.base}/bags", bag)
    office.third.post(f"{office.base}/bags/1/witness", {"counted": "1"})
    office.intake.post(
        f"{office.base}/intake/P1/refuse",
        {"nonce": "r", "reason": "unsigned", "bag": "1", "received_date": "2027-02-24", "received_time": "09:00"},
    )
    assert "n’est pas signée" in office.intake.get_page(f"{office.base}/post").text


def test_only_the_intake_desk_meets_the_post(office: Office) -> None:
    for clerk in (office.first, office.third):
        for path in ("/post", "/post/kits", "/post/kits/labels.pdf", "/post/reply"):
            clerk.get(office.base + path, status=403)
        for path in ("/post/kits", "/post/kits/mailed", "/post/reply"):
            clerk.post(office.base + path, {"nonce": "n"}, status=403)
