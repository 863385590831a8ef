"""A slip of paper is transcribed beside its picture; moderators see the picture, the public never does."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlmodel import col

from participation.consultations.models import Attachment, AttachmentRole
from participation.files import StoredFile, sweep_files
from tests.client import Browser, Page, Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_comments import decide
from tests.journeys.test_questionnaire import PIXEL

SLIP = {
    "kind": "comment", "channel": "counter", "place": "BIB", "received": "2027-02-20", "text": "Gardez la gare!",
    "language": "fr", "theme": "1", "name": "Paul Papier", "nonce": "slip-1", "people": "",
}  # fmt: skip


def send(clerk: Browser, path: str, fields: dict[str, str], file: bytes = b"", *, status: int) -> Page:
    """The form as a browser sends it: with its place for a file, empty or not."""
    answer = clerk.post(path, fields, status=status, files={"file": ("jean-tremblay.png" if file else "", file)})
    return clerk.get_page(answer.headers["location"]) if status == 303 else Page(answer.text)


def test_a_slip_is_transcribed_beside_its_picture_that_the_public_never_sees(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    clerk, moderator, resident = site.signed_in(office.clerk), site.signed_in(office.moderator), site.visitor()
    new = f"{world.staff}/contributions/new"
    half = {**SLIP, "text": "Gardez", "act": "picture"}
    for wrong in (b"", b"<html>no picture</html>"):
        given_back = send(clerk, new, half, wrong, status=422)
        assert given_back.value_of("name") == "Paul Papier", "what was typed comes back"
        assert "Gardez" in given_back.text
    beside = send(clerk, new, half, PIXEL, status=200)
    (picture,) = [image["src"] for image in beside.all("img") if "picture" in image["src"]]
    assert clerk.get(picture).headers["content-type"] == "image/png"
    clerk.get(f"{picture[:-3]}000", status=404)
    assert "Connexion" in resident.get(picture).text
    name = beside.value_of("picture")
    assert "nº 1" in send(clerk, new, {**SLIP, "picture": name}, status=303).text
    one = moderator.get_page(f"{world.staff}/contributions/1")
    (kept,) = [image["src"] for image in one.all("img") if "/files/" in image["src"]]
    assert moderator.get(kept).content == PIXEL
    for desk in (f"{world.staff}/moderation", f"{world.staff}/moderation/1"):
        assert kept in [image["src"] for image in moderator.get_page(desk).all("img")]
    decide(site, world, moderator, 1)
    assert "/files/" not in resident.get_page(f"{world.public}/comments/1").html
    assert "Gardez la gare" in resident.get_page(f"{world.public}/comments").text


def test_a_picture_beside_which_nothing_is_recorded_goes(site: Site) -> None:
    """One that is sent with its transcription at once stays; the form says so where another's time is over."""
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    clerk = site.signed_in(office.clerk)
    new = f"{world.staff}/contributions/new"
    left = send(clerk, new, {**SLIP, "act": "picture"}, PIXEL, status=200).value_of("picture")
    send(clerk, new, SLIP, PIXEL, status=303)
    site.at += timedelta(days=4)
    sweep_files(site.database, site.settings, site.at)
    gone = send(site.signed_in(office.clerk), new, {**SLIP, "nonce": "slip-2", "picture": left}, status=422)
    assert "n’est plus là" in gone.text
    assert "Gardez la gare" in gone.text
    with site.database.reading() as session:
        (image,) = session.execute(select(Attachment)).scalars()
        rows = session.execute(select(StoredFile).where(col(StoredFile.dropped_at).is_(None))).scalars().all()
    assert image.role is AttachmentRole.IMAGE
    assert "tremblay" not in image.file_name
    assert [row.digest for row in rows] == [image.digest]
