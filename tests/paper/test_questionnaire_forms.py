"""The paper twin of a questionnaire: the same questions, the way on in words, targets and fields where drawn."""

from __future__ import annotations

from participation.paper.printed import Edition, matter_of
from participation.paper.sheets.layout import as_json, layout_of_data
from participation.paper.sheets.print_commands import Asked, layout_of
from participation.paper.sheets.questionnaires import questionnaire
from participation.processes.queries import process_by_id, spec_by_id
from tests.client import Site
from tests.journeys.questionnaires import build_consultation, publish
from tests.printing.matterhorn import faults
from tests.printing.reading import read


def test_the_sheet_is_the_questionnaire(site: Site) -> None:
    consultation = build_consultation(site)
    spec_id = publish(site, consultation)
    with site.database.reading() as session:
        process, row = process_by_id(session, consultation.process_id), spec_by_id(session, spec_id)
        assert process
        assert row
        matter = matter_of(session, process, row, site.settings)
    pdf = site.visitor().get("/fr/ville/gare/forms/questionnaire.pdf?language=en&large=1").content
    assert faults(pdf) == []
    text = read(pdf).text
    for words in ("Why are you against it?", "Only if you answered “Against” to question 1.", "go to question 3"):
        assert words in text
    assert "Why this question? The report will say how many people accept this height." in text
    assert text.count("go to question 3") == 2, "for, and no opinion"
    assert row.digest in text.replace(" ", "")
    data = questionnaire(matter, Edition("fr"))
    layout = layout_of_data(data, "questionnaire")
    marks = [(mark.question, mark.option) for page in layout.pages for mark in page.marks]
    assert marks == [(question, option) for question in "12" for option in "123"]
    fields = [region.name for page in layout.pages for region in page.texts]
    assert fields == ["text-received", "text-3", "text-4"]
    described = layout_of(site.settings, Asked("ville/gare"))
    assert described == as_json(layout), "what the command says is what is drawn"
    staff = consultation.admin.get_page("/fr/staff/ville/gare/forms")
    assert "questionnaire.pdf" in staff.html


def test_a_consultation_has_no_sheets_of_a_vote(site: Site) -> None:
    consultation = build_consultation(site)
    publish(site, consultation)
    for path in ("ballot.pdf", "declaration.pdf", "preparation.pdf", "envelope.pdf", "guide.pdf"):
        consultation.admin.get_page(f"/fr/staff/ville/gare/forms/{path}", status=404)
    consultation.admin.get_page("/fr/staff/ville/gare/edit/publish", status=404)
    site.visitor().get_page("/fr/ville/gare/vote", status=404)
