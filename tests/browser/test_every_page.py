"""Every page in both languages, at both widths, by day and by night: usable by everybody."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from starlette.routing import Route

from participation.app import ROUTERS
from tests.browser.checks import check, watched
from tests.browser.pages import ADMINISTRATOR, DRAFT, PUBLIC, STAFF
from tests.browser.server import Live

LOCALES = ("fr", "en")
PageOf = Callable[[str], Page]
STAFF_PAGES = [(name, path) for name, paths in STAFF.items() for path in paths]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page(page_of: PageOf, live: Live, path: str, locale: str) -> None:
    page = page_of("")
    with watched(page, live.base):
        answer = page.goto(f"/{locale}{path}".format(**live.names))
        assert answer is not None
        assert answer.status == 200
        check(page)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("name", "path"), STAFF_PAGES)
def test_a_staff_page(page_of: PageOf, live: Live, name: str, path: str, locale: str) -> None:
    page = page_of(name)
    with watched(page, live.base):
        answer = page.goto(f"/{locale}{path}".format(**live.names))
        assert answer is not None
        assert answer.status == 200
        check(page)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("path", "status"), [("/nowhere/at/all", 404), ("/staff/ville-fictive/bp/edit", 403)])
def test_an_error_page(page_of: PageOf, path: str, status: int, locale: str) -> None:
    page = page_of("Sam")
    answer = page.goto(f"/{locale}{path}")
    assert answer is not None
    assert answer.status == status
    check(page)


def test_what_was_saved_is_said_once(page_of: PageOf) -> None:
    """The other language’s page does not say again that something was saved."""
    page = page_of(ADMINISTRATOR)
    page.goto(f"/fr{DRAFT}/edit/texts?saved=1")
    expect(page.locator(".notice-success")).to_be_visible()
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".notice-success")).to_have_count(0)


RULED = "/{locale}/staff/{organisation}/{slug}/batches/{number}/adjudicate/{position}/pages/{key}"
ROOM = "/{locale}/staff/{organisation}/{slug}/meetings/{meeting_id}"
SCANNED_PAGE = "/{locale}/staff/{organisation}/{slug}/questionnaire/scan/pages/{key}"
ELSEWHERE = {
    "/{locale}/{organisation}/{slug}/vote/ballot/{position}": "test_the_vote.py",
    "/{locale}/{organisation}/{slug}/vote/review": "test_the_vote.py",
    "/{locale}/{organisation}/{slug}/vote/receipt": "test_the_vote.py",
    "/{locale}/{organisation}/{slug}/vote/projects/{contest}/{number}": "test_the_vote.py",
    "/{locale}/staff/{organisation}/{slug}/intake/{place}/outcome": "test_the_desks.py",
    "/{locale}/staff/{organisation}/{slug}/batches/worker": "test_keying_station.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/key/state": "test_keying_station.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/key/shell": "test_keying_station.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/scan/next": "paper/test_scan_desk.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/scan/sheets/{sheet}": "test_scan_desk.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/scan/pages/{key}/picture": "test_scan_desk.py",
    "/{locale}/staff/{organisation}/{slug}/batches/{number}/scan/pages/{key}/lines/{crop}": "test_scan_desk.py",
    RULED + "/picture": "paper/test_scan_desk.py",
    RULED + "/lines/{crop}": "paper/test_scan_desk.py",
    "/{locale}/staff/{organisation}/{slug}/batches/recounts/{number}": "test_recounts.py",
    "/{locale}/staff/{organisation}/{slug}/phone/{place}/outcome": "test_the_remote_desks.py",
    "/{locale}/staff/{organisation}/{slug}/phone-ballots/call": "test_the_remote_desks.py",
    "/{locale}/staff/{organisation}/{slug}/phone-ballots/done": "test_the_remote_desks.py",
    "/{locale}/staff/{organisation}/{slug}/sample/{question_id}/{number}/{sheet}": "paper/test_sample_audit.py",
    "/{locale}/{organisation}/{slug}/sample": "paper/test_sample_audit.py",
    "/{locale}/staff/{organisation}/{slug}/analysis/codes/{code_id}": "consultations/test_analysis.py",
    "/{locale}/staff/{organisation}/{slug}/follow-up/file": "consultations/test_follow_up.py",
    "/{locale}/{organisation}/{slug}/report/file": "consultations/test_follow_up.py",
    "/{locale}/{organisation}/{slug}/questions/{number}": "consultations/test_questions.py",
    "/{locale}/{organisation}/{slug}/briefs/{reference}/file": "consultations/test_briefs.py",
    "/{locale}/staff/{organisation}/{slug}/briefs/{number}/redacted": "consultations/test_briefs.py",
    "/{locale}/staff/{organisation}/{slug}/briefs/{number}/files/{role}": "consultations/test_briefs.py",
    "/{locale}/staff/{organisation}/{slug}/briefs/receipt/{code}": "consultations/test_briefs.py",
    "/{locale}/{organisation}/{slug}/hearings/{number}/timer": "test_hearing_clock.py",
    "/{locale}/{organisation}/{slug}/hearings/registration/{code}": "consultations/test_hearings.py",
    "/{locale}/staff/{organisation}/{slug}/hearings/{number}/edit": "consultations/test_hearings.py",
    "/{locale}/staff/{organisation}/{slug}/hearings/register/{code}": "consultations/test_hearings.py",
    "/{locale}/staff/{organisation}/{slug}/hearings/speakers/{speaker_id}": "consultations/test_hearings.py",
    "/{locale}/staff/{organisation}/{slug}/contributions/new/picture/{name}": "consultations/test_slips.py",
    "/{locale}/staff/{organisation}/{slug}/contributions/{number}/files/{file}": "consultations/test_mail_in.py",
    "/{locale}/staff/{organisation}/{slug}/documents/{number}/versions/{version}/file": "consultations/documents",
    "/{locale}/staff/{organisation}/{slug}/edit/questionnaire/themes/{theme_id}": "journeys/questionnaires.py",
    "/{locale}/staff/{organisation}/{slug}/edit/questionnaire/{kind}/{key}/remove": "processes/test_questionnaires.py",
    "/{locale}/staff/{organisation}/{slug}/questionnaire/answers/{answer_id}/erase": "journeys/test_questionnaire.py",
    "/{locale}/staff/{organisation}/{slug}/meetings/{meeting_id}/polls/{poll_id}/answers/{answer_id}/erase": (
        "live/test_written.py"
    ),
    "/{locale}/staff/{organisation}/{slug}/questionnaire/sheets/{number}/picture": "journeys/test_questionnaire.py",
    "/{locale}/staff/{organisation}/{slug}/questionnaire/sheets/{number}/settle": "journeys/test_questionnaire.py",
    "/{locale}/staff/{organisation}/{slug}/questionnaire/sheets/{number}/settle/picture": "journeys/questionnaires.py",
    "/{locale}/staff/{organisation}/{slug}/questionnaire/sheets/{number}/withdraw": "journeys/test_questionnaire.py",
    "/{locale}/staff/{organisation}/{slug}/questionnaire/sheets/{number}/key": "paper/test_questionnaire_scans.py",
    SCANNED_PAGE + "/picture": "paper/test_questionnaire_scans.py",
    SCANNED_PAGE + "/settle/picture": "paper/test_questionnaire_scans.py",
    SCANNED_PAGE + "/fields/{number}": "paper/test_questionnaire_scans.py",
    "/{locale}/{organisation}/{slug}/comments/news": "consultations/test_comments.py",
    "/{locale}/{organisation}/{slug}/contribution/{code}": "consultations/test_comments.py",
    "/{locale}/{organisation}/{slug}/documents/{number}/file": "consultations/documents",
    "/{locale}/{organisation}/{slug}/documents/{number}/versions/{version}/file": "consultations/documents",
    "/{locale}/{organisation}/{slug}/questionnaire/link": "test_questionnaires.py",
    "/{locale}/{organisation}/{slug}/questionnaire/receipt": "test_questionnaires.py",
    "/{locale}/{organisation}/{slug}/questionnaire/resume/{token}": "test_questionnaires.py",
    "/{locale}/{organisation}/{slug}/questionnaire/review": "test_questionnaires.py",
    "/{locale}/{organisation}/{slug}/subscribe/{code}/stop": "consultations/test_subscriptions.py",
    "/{locale}/staff/new-password/{token}": "accounts/test_links.py",
    "/{locale}/m/{code}/now/{view}": "test_the_room.py",
    "/{locale}/m/{code}/questions/own": "live/test_floor.py",
    "/{locale}/m/{code}/queue/own": "live/test_speaking.py",
    ROOM + "/now/{view}": "test_the_room.py",
    ROOM + "/questions/now/floor-desk": "live/test_floor.py",
    ROOM + "/answers/now/written-desk": "live/test_written.py",
    ROOM + "/queue/now/speaking-desk": "live/test_speaking.py",
}
"""Pages that need something done before them, and who does it."""


def test_no_page_is_forgotten() -> None:
    """Every address of the program that answers with a page is tried here or named above."""
    tried = [path.partition("?")[0] for path in (*PUBLIC, *(path for _name, path in STAFF_PAGES))]
    missing = [
        route.path
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, Route) and _is_page(route) and not any(re.fullmatch(_shape(route), path) for path in tried)
    ]
    assert {_plain(path) for path in missing} == set(ELSEWHERE)


def _is_page(route: Route) -> bool:
    return "GET" in (route.methods or ()) and "." not in route.path and route.path.startswith("/{locale}")


def _shape(route: Route) -> str:
    """The addresses of this route, below the language."""
    return re.sub(r"\{[^}]*\}", "[^/]+", route.path.removeprefix("/{locale}"))


def _plain(path: str) -> str:
    """`{position:int}` → `{position}`."""
    return re.sub(r":\w+\}", "}", path)
