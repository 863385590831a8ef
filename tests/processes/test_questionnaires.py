"""A questionnaire from nothing to its frozen questions, by plain forms in the browser."""

from __future__ import annotations

import re

from participation.counting.spec import Condition, Precedence, QuestionKind, RegisterKind
from participation.processes.queries import current_spec
from tests.client import Page, Site
from tests.journeys.questionnaires import ASSESSMENT, EDIT, HOURS, REASONS, add_questions, build_consultation


def test_from_nothing_to_its_frozen_questions(site: Site) -> None:
    consultation = build_consultation(site)
    admin = consultation.admin
    page = admin.get_page(EDIT)
    assert "s. 63.3" not in page.text
    add_questions(admin)
    page = admin.get_page(EDIT)
    assert "Pourquoi êtes-vous contre?" in page.text
    assert admin.post(f"{EDIT}/publish", {}, status=422), "hours and assessment are missing"
    question = next(link for link in page.links() if re.search(r"/questions/[0-9a-f-]{36}$", link))
    refused = Page(admin.post(question, {**REASONS, "theme": "x", "options_en": "Wind", "why_fr": ""}, status=422).text)
    assert "Pourquoi êtes-vous contre?" in refused.text, "what was typed is still there"
    admin.submit(f"{EDIT}/settings", HOURS)
    admin.submit(f"{EDIT}/assessment", ASSESSMENT)
    admin.get_page(f"{EDIT}/assessment")
    admin.get_page(f"{EDIT}/settings")
    what = re.search(r'name="what" value="([^"]+)">\s*<button[^>]*value="up"[^>]*><span>[^<]*question 2<', page.html)
    assert what, "the second question can go up"
    admin.submit(f"{EDIT}/move", {"what": what[1], "way": "up"})
    assert "dépend" in Page(admin.post(f"{EDIT}/publish", {}, status=422).text).text.lower()
    admin.submit(f"{EDIT}/move", {"what": what[1], "way": "down"})
    admin.get_page(f"{EDIT}/preview")
    admin.submit(f"{EDIT}/publish", {})
    with site.database.reading() as session:
        row = current_spec(session, consultation.process_id)
    assert row
    spec = row.spec
    assert (spec.register, spec.precedence) == (RegisterKind.NONE, Precedence.KEEP_ALL)
    kinds = [question.kind for question in spec.questions]
    assert kinds == [QuestionKind.CHOOSE_ONE, QuestionKind.APPROVAL, QuestionKind.OPEN_TEXT, QuestionKind.OPEN_TEXT]
    assert spec.questions[1].shown_if == Condition("1", ("2",))
    assert all(question.why and question.min_choices == 0 for question in spec.questions)
    admin.post(f"{EDIT}/questions/new", {**REASONS, "theme": "x"}, status=422)
    frozen = admin.get_page(EDIT)
    assert row.digest[:16] in frozen.text
    admin.post(question, {}, status=422)
    admin.submit(f"{EDIT}/reopen", {})
    assert row.digest[:16] not in admin.get_page(EDIT).text
