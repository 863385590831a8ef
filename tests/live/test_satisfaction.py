"""The satisfaction poll: on the thank-you screen after the end and on paper, each way apart in the minutes."""

from __future__ import annotations

from datetime import timedelta

from participation.i18n import DEFAULT_ZONE
from participation.live.starting_points import SATISFACTION
from tests.client import Site
from tests.live.people import answer, build_assembly
from tests.printing.reading import read


def test_it_goes_on_after_the_end_by_telephone_and_on_paper(site: Site) -> None:
    room = build_assembly(site, SATISFACTION.draft())
    paper = read(room.facilitator.get(f"{room.staff}/papers.pdf?piece=answers").content).text
    assert "Cette rencontre a-t-elle répondu à vos attentes?" in paper
    room.act("open")
    stayed, left = site.visitor(), site.visitor()
    answer(room, stayed, "a")
    room.facilitator.post(f"{room.staff}/present", {"present": "45"})
    until = f"{site.at.astimezone(DEFAULT_ZONE) + timedelta(days=2):%Y-%m-%dT%H:%M}"
    room.facilitator.post(f"{room.staff}/polls/{room.poll_id}/site", {"until": until})
    room.facilitator.post(f"{room.staff}/end")
    site.at += timedelta(hours=1)
    assert "Cette question vous est encore ouverte" in left.get_page(room.room).text
    answer(room, left, "b")
    for name in ("Ana", "Bruno"):
        room.totals(room.counter(name), 7, 4, 1, capture="card_count")
    text = room.facilitator.get_page(f"{room.staff}/minutes").text
    assert "A Tout à fait 1 7" in text
    assert "En ligne, d’ailleurs" in text
