"""The workbench from one end to the other: read, select, code, rename, merge; answers get their numbers together."""

from __future__ import annotations

import pytest
from sqlalchemy import insert
from sqlmodel import col, select

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.analysis.models import CodedPassage
from participation.consultations.analysis.service import locate
from participation.counting.spec import Channel
from participation.db import core_table, new_id
from participation.processes.queries import Windows, current_spec
from tests.client import Browser, Page, Site
from tests.consultations.stories import Consultation, Office, build_consultation, build_office
from tests.consultations.test_comments import say
from tests.journeys import questionnaires

WIND = "Le vent tourne autour des tours.\n\nGardez l’ancienne gare, son horloge et ses quais."


def build_contributions(site: Site, world: Consultation, office: Office) -> None:
    """C-1 online on theme 1, C-2 from a counter and English, C-3 refused, C-4 taken back."""
    resident, clerk, moderator = site.visitor(), site.signed_in(office.clerk), site.signed_in(office.moderator)
    say(resident, world, WIND, "one", theme="1")
    sheet = {
        "kind": "comment", "channel": "counter", "place": "BIB", "received": "2027-02-20", "nonce": "two", "people": "",
        "text": "Keep the clock of the station.", "language": "en", "theme": "2", "name": "", "borough": "Verdun",
    }  # fmt: skip
    clerk.submit(f"{world.staff}/contributions/new", sheet)
    say(resident, world, "Achetez mes fenêtres.", "three")
    mine = say(resident, world, "Je me suis trompée.", "four")
    resident.submit(f"{mine}/withdraw")
    moderator.submit(f"{world.staff}/moderation/3", {"decision": "refuse", "reason": "advertising", "note": ""})


def references(page: Page, desk: str) -> list[str]:
    """The pieces that a list leads to, in its order, each once."""
    found = [link.split("?")[0].removeprefix(f"{desk}/") for link in page.links() if link.startswith(f"{desk}/")]
    return list(dict.fromkeys(each for each in found if "-" in each and "/" not in each))


def code_id(page: Page, title: str) -> str:
    """The key of the code whose box has this label."""
    labels = [attrs["for"] for attrs in page.all("label") if attrs.get("for", "").startswith("codes-")]
    names = [word.strip() for word in page.words if word.strip()]
    boxes = {attrs["id"]: attrs["value"] for attrs in page.all("input") if attrs.get("id") in labels}
    start = names.index("Codes")
    order = [name for name in names[start:] if name != "facultatif"][1 : len(labels) + 1]
    return boxes[labels[order.index(title)]]


def test_everything_is_read_and_coded_by_plain_forms(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    build_contributions(site, world, office)
    analyst, desk = site.signed_in(office.analyst), f"{world.staff}/analysis"
    page = analyst.get_page(desk)
    assert set(references(page, desk)) == {"C-1", "C-2", "C-3"}, "what was taken back is not read"
    assert "Non publiée" in page.text, "what was refused is read, and says so"
    assert references(analyst.get_page(f"{desk}?channel=counter"), desk) == ["C-2"]
    assert references(analyst.get_page(f"{desk}?theme=1"), desk) == ["C-1"]
    assert references(analyst.get_page(f"{desk}?language=en"), desk) == ["C-2"]
    page = analyst.get_page(f"{desk}/C-1?language=fr")
    assert f"{desk}/C-3?language=fr" in page.links(), "the next piece of the same list"
    analyst.get(f"{desk}/Q-1", status=404)
    site.signed_in(office.moderator).get(desk, status=403)

    words = "l'ancienne gare,   son horloge"
    analyst.submit(f"{desk}/C-1", {"words": words, "title": "Patrimoine"})
    page = analyst.get_page(f"{desk}/C-1")
    assert "<mark>l’ancienne gare, son horloge</mark>" in page.html.replace("&#39;", "'")
    heritage = code_id(page, "Patrimoine")
    analyst.submit(f"{desk}/C-2", {"words": "the clock", "codes": [heritage], "title": "Horloge", "parent": heritage})
    wrong = analyst.post(f"{desk}/C-2", {"words": "une phrase inventée", "codes": [heritage]}, status=422).text
    assert "une phrase inventée" in wrong
    with site.database.reading() as session:
        rows = session.execute(select(CodedPassage)).scalars().all()
        assert [row.quote for row in rows] == ["", "", ""], "the words stay where they can be erased"
        clock = next(str(row.code_id) for row in rows if str(row.code_id) != heritage)
    assert references(analyst.get_page(f"{desk}?coded=no"), desk) == ["C-3"]

    page = analyst.get_page(f"{desk}/codes/{heritage}")
    assert "l’ancienne gare, son horloge" in page.text
    assert "the clock" in page.text
    assert "En ligne" in page.text
    analyst.submit(f"{desk}/codes/{clock}", {"title": "Horloge de la gare"})
    assert "Patrimoine › Horloge de la gare" in analyst.get_page(f"{desk}/codes").text
    analyst.post(f"{desk}/codes/{heritage}/merge", {"into": clock}, status=409)
    analyst.submit(f"{desk}/codes/{clock}/merge", {"into": heritage})
    assert "Horloge" not in analyst.get_page(f"{desk}/codes").text
    with site.database.reading() as session:
        assert len(session.execute(select(CodedPassage)).scalars().all()) == 2, "one passage under both is one"
    passage = analyst.get_page(f"{desk}/C-2").value_of("passage")
    analyst.submit(f"{desk}/C-2/uncode", {"passage": passage})
    assert references(analyst.get_page(f"{desk}?coded=yes"), desk) == ["C-1"]


def write_answers(site: Site, spec_id: object, question_id: str, number: int) -> None:
    """Answers in words as they lie in the box, without ballots beside them."""
    rows = [
        {
            "id": new_id(), "spec_id": spec_id, "question_id": question_id, "channel": Channel.ONLINE, "language": "fr",
            "salt": "s", "text": f"Je veux voir le clocher {place}.",
        }
        for place in range(number)
    ]  # fmt: skip
    with site.database.writing() as session:
        session.connection().execute(insert(core_table(OpenAnswer)), rows)


def test_answers_get_their_numbers_twenty_together(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    world = questionnaires.build_consultation(site)
    questionnaires.add_questions(world.admin)
    spec_id = questionnaires.publish(site, world)
    with site.database.reading() as session:
        spec_row = current_spec(session, world.process_id)
        assert spec_row is not None
        views, past = spec_row.spec.questions[2].id, spec_row.spec.questions[3].id
    write_answers(site, spec_id, views, 19)
    write_answers(site, spec_id, past, 20)
    desk = f"/fr/staff{world.path}/analysis"
    assert "19 réponses attendent" in bring(world.admin, desk).text, "fewer than twenty wait for others"
    page = world.admin.get_page(f"{desk}?kind=answer")
    assert references(page, desk) == [f"Q4-{number}" for number in range(1, 21)]
    write_answers(site, spec_id, views, 3)
    bring(world.admin, desk)
    assert references(world.admin.get_page(f"{desk}?question={views}"), desk)[-1] == "Q3-22"
    before = world.admin.get_page(f"{desk}/Q3-5").text
    write_answers(site, spec_id, views, 1)
    monkeypatch.setattr(Windows, "all_closed", lambda _windows, _at: True)
    bring(world.admin, desk)
    assert world.admin.get_page(f"{desk}/Q3-5").text == before, "a number never moves"
    page = world.admin.get_page(f"{desk}/Q3-23")
    assert f"{desk}/Q4-1" in page.links()
    world.admin.submit(f"{desk}/Q3-23", {"words": "le clocher", "title": "Vues"})
    with site.database.writing() as session:
        answer_id = session.execute(select(col(CodedPassage.answer_id))).scalar_one()
        row = session.get(OpenAnswer, (spec_id, answer_id))
        assert row is not None
        row.text = row.salt = None
        session.add(row)
    assert "le clocher" not in world.admin.get_page(f"{desk}/Q3-23").text, "what is erased is erased here too"


def bring(admin: Browser, desk: str) -> Page:
    return admin.submit(f"{desk}/numbers")


@pytest.mark.parametrize(
    ("words", "near", "place"),
    [("de la", 0, (4, 9)), ("de la", 22, (20, 25)), ("de\n la", 0, (4, 9)), ("de le", 0, None), (" ", 0, None)],
)
def test_words_are_found_where_they_were_selected(words: str, near: int, place: tuple[int, int] | None) -> None:
    assert locate("Vue de la gare, vue de la rue", words, near) == place
