"""The optional slip on who takes part: asked apart from everything, kept as sums, shown where it tells of nobody."""

from __future__ import annotations

import itertools

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from participation.consultations.participants.models import ParticipantNonce, ParticipantTally
from participation.consultations.participants.suppression import FEWEST, suppressed
from tests.client import Page, Site
from tests.consultations.stories import build_consultation, build_office
from tests.consultations.test_comments import say
from tests.consultations.test_exports import lines, take

ASKED = "participants/questions"


def with_sums(cells: list[list[int]]) -> list[list[int]]:
    wide = [[*line, sum(line)] for line in cells]
    return [*wide, [sum(column) for column in zip(*wide, strict=True)]]


def test_a_small_cell_is_hidden_and_so_is_the_one_that_would_give_it_away() -> None:
    assert suppressed(with_sums([[120, 52], [83, 3]])) == [
        [None, None, 170], [None, None, 85], [205, 55, 260],
    ]  # fmt: skip
    assert suppressed([[9]]) == [[None]]


@pytest.mark.parametrize("columns", [1, 2])
@given(data=st.data())
def test_no_hidden_cell_can_be_worked_out_from_its_row_or_column(columns: int, data: st.DataObject) -> None:
    line = st.lists(st.integers(0, 60), min_size=columns, max_size=columns)
    cells = with_sums(data.draw(st.lists(line, min_size=1, max_size=6)))
    shown = suppressed(cells)
    assert all(number is None or number >= FEWEST for number in itertools.chain(*shown))
    for each in (*shown, *zip(*shown, strict=True)):
        assert list(each).count(None) != 1


def test_a_slip_goes_into_sums_and_cannot_be_found_again(site: Site) -> None:
    world = build_consultation(site.database)
    office = build_office(site.database, world)
    admin, clerk, resident = site.signed_in(office.admin), site.signed_in(office.clerk), site.visitor()
    page, desk = f"{world.public}/about-you", f"{world.staff}/participants"
    resident.get(page, status=404)
    assert page not in resident.get_page(say(resident, world) + "?sent=1").links()
    clerk.post(f"{desk}/questions", {"questions": "age"}, status=403)
    admin.submit(f"{desk}/questions", {"questions": ["gender", "age", "sex"]})
    assert page in resident.get_page(say(resident, world, "Encore un mot", "two") + "?sent=1").links()

    shown = resident.get_page(page)
    for words in ("Personne n’est tenu d’y répondre", "Pour voir si les jeunes", "Je préfère ne pas le dire"):
        assert words in shown.text, words
    assert shown.text.index("Quel âge") < shown.text.index("Vous êtes…")
    assert "au moins une question" in Page(resident.post(page, {"nonce": "0"}, status=422).text).text
    assert "Choisissez" in Page(resident.post(page, {"age": "12½", "nonce": "0"}, status=422).text).text
    for number in range(25):
        site.visitor().post(page, {"age": "25-34", "gender": "woman", "nonce": f"n{number}"}, status=303)
    site.visitor().post(page, {"age": "25-34", "gender": "woman", "nonce": "n0"}, status=303)
    assert "Merci" in resident.get_page(f"{page}?done=1").text
    for number in range(12):
        clerk.submit(desk, {"age": "65-74", "gender": "man", "channel": "post", "nonce": f"k{number}"})
    keyed = clerk.submit(desk, {"age": "75", "gender": "", "channel": "counter", "nonce": "k"})
    assert "38 fiches" in keyed.text
    again = {"age": "75", "gender": "man", "channel": "counter", "nonce": "a", "away": "1"}
    assert "Aucune fiche" in Page(clerk.post(desk, again, status=409).text).text
    assert "37 fiches" in clerk.submit(desk, {**again, "gender": ""}).text
    clerk.post(desk, {"age": "75", "channel": "online", "nonce": "x"}, status=422)
    slip = pypdfium2.PdfDocument(clerk.get(f"{desk}/slip.pdf").content)
    assert "N’écrivez pas votre nom" in slip[0].get_textpage().get_text_bounded().replace("\r\n", " ")

    rows, said = lines(take(site.signed_in(office.analyst), world, "participants", "csv"))
    young, old = (next(row for row in rows if row[1].startswith(words)) for words in ("25 à 34", "65 à 74"))
    assert young == ["Quel âge avez-vous?", "25 à 34 ans", "×", "×", "25", "71"]
    assert old[2:] == ["×", "×", "10", "29"]
    assert int(said["Lignes"]) == len(rows) - 1 == 13
    assert take(site.signed_in(office.analyst), world, "participants", "pdf").startswith(b"%PDF")
    with site.database.reading() as session:
        kept = session.execute(select(ParticipantTally)).scalars().all()
        assert len(kept) == 8, "sums alone"
        assert len(session.execute(select(ParticipantNonce)).all()) == 38
    log = admin.get_page(f"{world.staff}/events").text
    assert "Fiche saisie par erreur" in log
