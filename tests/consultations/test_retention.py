"""Contacts go when the report has been out so many months; what is public stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from participation import audit
from participation.consultations.briefs.models import Brief
from participation.consultations.follow_up.models import Report
from participation.consultations.hearings.models import Speaker
from participation.consultations.models import Attachment, AttachmentRole, Contribution, Contributor
from participation.consultations.retention.queries import months_after
from participation.consultations.retention.service import ContactsErased, erase_all
from participation.files import MediaType, StoredFile
from tests.builders import NOON
from tests.client import Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_comments import decide
from tests.consultations.test_hearings import SESSION, SPEAKER


def test_a_month_later_is_the_last_day_of_a_shorter_month() -> None:
    assert months_after(date(2027, 1, 31), 1) == date(2027, 2, 28)
    assert months_after(date(2027, 6, 15), 12) == date(2028, 6, 15)
    assert months_after(date(2027, 12, 31), 2) == date(2028, 2, 29)


def test_contacts_go_at_their_date_once_and_what_is_public_stays(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    admin, moderator, resident = site.signed_in(office.admin), site.signed_in(office.moderator), site.visitor()
    admin.submit(f"{world.staff}/hearings/new", SESSION)
    for number, show in ((1, "1"), (2, "")):
        form = {"text": f"Gardez la halle {number}.", "language": "fr", "nonce": str(number), "name": f"Zoé {number}",
                "show_name": show, "email": "zoe@example.org", "phone": "514 555-0101"}  # fmt: skip
        resident.post(f"{world.public}/comments", form, status=303)
        decide(site, world, moderator, number)
    for name, turn in (("Léa", "1-1"), ("Paul", "")):
        own = {"name": name, "group": "", "turn": turn, "nonce": name, "needs": ["transport"]}
        resident.post(f"{world.public}/hearings/register", {**SPEAKER, **own}, status=303)
    public = NOON.date() + timedelta(days=10)
    with site.database.writing() as session:
        first = session.execute(select(Contribution).where(col(Contribution.number) == 1)).scalar_one()
        session.add(Report(process_id=world.process_id, title={"fr": "R"}, delivered_on=public, publish_on=public))
        session.add(Brief(contribution_id=first.id, process_id=world.process_id, withheld_reason="Mon employeur."))
        for role, digest in ((AttachmentRole.ORIGINAL, "a" * 64), (AttachmentRole.REDACTED, "b" * 64)):
            kept = StoredFile(digest=digest, media_type=MediaType.PDF, size=1)
            paper = Attachment(
                contribution_id=first.id, role=role, file_name="x.pdf", digest=digest, media_type=MediaType.PDF, size=1
            )
            session.add_all([kept, paper])
    desk = f"{world.staff}/retention"
    admin.post(desk, {"months": "0"}, status=422)
    assert "6 mois" in admin.submit(desk, {"months": "6"}).text
    privacy = resident.get_page(f"{world.public}/privacy").text
    assert "détruits 6 mois après la publication du rapport" in privacy
    assert "Ce formulaire demande" not in privacy, "what a vote asks is no matter of a consultation"

    def erased(at: datetime) -> list[dict[str, int]]:
        erase_all(site.database, at)
        with site.database.reading() as session:
            return [event.data for event in audit.list_events(session, world.process_id, (ContactsErased,))]

    due = datetime.combine(months_after(public, 6), NOON.time(), NOON.tzinfo)
    assert erased(due - timedelta(days=1)) == []
    (event,) = erased(due)
    assert event == {
        "contacts": 2, "names": 1, "reasons": 1, "speakers": 2, "speaker_names": 1, "flags": 0, "respondents": 0,
        "files": 1,
    }  # fmt: skip
    assert erased(due + timedelta(days=1)) == [event], "twice changes nothing"
    with site.database.reading() as session:
        people = session.execute(select(Contributor)).scalars().all()
        assert {row.name for row in people} == {"Zoé 1", ""}
        assert not any(row.email or row.phone for row in people)
        speakers = session.execute(select(Speaker)).scalars().all()
        assert {row.name for row in speakers} == {"Léa", ""}
        assert not any(row.email or row.phone or row.needs or row.needs_note for row in speakers)
        left = session.execute(select(col(Attachment.role))).scalars().all()
        assert left == [AttachmentRole.REDACTED]
        dropped = session.execute(select(StoredFile).where(col(StoredFile.dropped_at).is_not(None))).scalars().all()
        assert [row.digest for row in dropped] == ["a" * 64]
    site.at = due
    assert "Zoé 1" in resident.get_page(f"{world.public}/comments").text
    moderator = site.signed_in(office.moderator)
    assert "Nom détruit" in moderator.get_page(f"{world.staff}/hearings").text
    assert "Ce qui a été détruit" in moderator.get_page(desk).text
