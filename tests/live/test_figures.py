"""What meetings add to the figures of their process: people and answers apart, each way a row of its own."""

from __future__ import annotations

from participation.consultations.analysis.queries import bench_of
from participation.consultations.exports.figures import PARTICIPATION
from participation.consultations.exports.tables import Source
from participation.live.figures import polled
from participation.processes.queries import process_by_id
from participation.publication.consultation_pages import participation_table
from tests.client import Site
from tests.live.people import answer, build_assembly


def test_a_meeting_is_in_the_figures_once_its_polls_are_closed(site: Site) -> None:
    room = build_assembly(site, place="Chalet")
    room.act("open")
    room.facilitator.post(f"{room.staff}/present", {"present": "12"})
    for choice in "ab":
        answer(room, site.visitor(), choice)
    room.totals(room.counter("Ana"), 4, 3, 2)
    helper = room.counter("Bruno")
    for number, text in enumerate(("Et l’hiver?", "Et le bruit?")):
        helper.post(f"{room.staff}/questions/slip", {"text": text, "nonce": f"slip-of-the-room-{number}"})
    with site.database.reading() as session:
        assert polled(session, room.world.process_id)[0].people == 0, "nobody sees figures of what is open"
    room.facilitator.post(f"{room.staff}/end")
    with site.database.reading() as session:
        process = process_by_id(session, room.world.process_id)
        assert process
        source = Source(session, process, bench_of(session, process), "en", site.at)
        event = f"Rive-Claire assembly, {site.at:%Y-%m-%d}"
        assert list(PARTICIPATION.rows(source)) == [
            ("Meeting", "On site", "Chalet", event, 12, "", "", "", ""),
            ("Polls in meetings", "Raised hands", "Chalet", event, 9, 9, "", "", ""),
            ("Polls in meetings", "Telephones", "Chalet", event, 2, 2, "", "", ""),
            ("Question from the room", "In the room", "Chalet", event, "", 2, 0, "", ""),
        ]
        table = participation_table([], {}, polled(session, process.id), "en")
        assert table
        assert [(row.name, row.total, row.people) for row in table.rows] == [("Polls in meetings", 11, 11)]
