"""What a questionnaire still lacks before it can be published. French first."""

from __future__ import annotations

from collections.abc import Iterator

from participation.counting.spec import QuestionKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes import policy, queries
from participation.processes.gaps import Gap
from participation.processes.models import Process, ProcessState, WindowKind
from participation.processes.questionnaires.models import DraftQuestion
from participation.processes.questionnaires.queries import Outline

PAGE = "/edit/questionnaire"
NEEDED: tuple[tuple[WindowKind, Message], ...] = (
    (WindowKind.ONLINE_OPENS, _("The hour when the questionnaire opens online is missing.")),
    (WindowKind.ONLINE_CLOSES, _("The hour when the questionnaire closes online is missing.")),
    (WindowKind.PAPER_OPENS, _("The hour from which paper and calls are received is missing.")),
    (WindowKind.PAPER_CLOSES, _("The hour until which paper and calls are received is missing.")),
)


def missing(process: Process, found: Outline) -> list[Gap]:
    """What stops publishing, each with the page where it is filled in."""
    return [*_of_the_page(process), *_of_the_hours(process), *_of_the_assessment(found), *_of_the_questions(found)]


def _of_the_page(process: Process) -> Iterator[Gap]:
    if process.state is not ProcessState.PUBLISHED:
        yield Gap(_("The page of the consultation is not open yet. Publish it first."), "/edit")


def _of_the_hours(process: Process) -> Iterator[Gap]:
    voting = queries.voting_of(process)
    for kind, message in NEEDED:
        if kind not in voting.windows:
            yield Gap(message, f"{PAGE}/settings#{kind.value}")
    for field, message in policy.window_problems(voting).items():
        yield Gap(message, f"{PAGE}/settings#{field}")


def _of_the_assessment(found: Outline) -> Iterator[Gap]:
    sheet = found.sheet
    if not (sheet.purpose and sheet.necessity and sheet.ethics):
        message = _("Whether these questions are needed, and harm nobody, is not assessed yet. The law asks for it.")
        yield Gap(message, f"{PAGE}/assessment")


def _of_the_questions(found: Outline) -> Iterator[Gap]:
    if not found.questions:
        yield Gap(_("There is no question yet. Add a theme, then a question."), PAGE)
    for theme in found.themes:
        if not theme.title.get("fr"):
            yield Gap(_("A theme has no title in French."), f"{PAGE}/themes/{theme.id}#title_fr")
    number = found.number
    earlier: dict[str, DraftQuestion] = {}
    for question in found.questions:
        yield from _of_one(question, number[question.code], earlier)
        earlier[question.code] = question


def _of_one(question: DraftQuestion, number: int, earlier: dict[str, DraftQuestion]) -> Iterator[Gap]:
    page = f"{PAGE}/questions/{question.id}"
    if not question.title.get("fr"):
        yield Gap(_("Question %(number)s is not worded in French.", number=number), f"{page}#title_fr")
    if not question.why.get("fr"):
        yield Gap(_("Question %(number)s does not say in French why it is asked.", number=number), f"{page}#why_fr")
    if question.kind is not QuestionKind.OPEN_TEXT:
        if len(question.options) < 2:
            yield Gap(_("Question %(number)s has fewer than two answers.", number=number), f"{page}#options_fr")
        if any(option["title"].get("en") for option in question.options) and not all(
            option["title"].get("en") for option in question.options
        ):
            message = _("Question %(number)s: some answers have no English.", number=number)
            yield Gap(message, f"{page}#options_en")
    if question.shown_if:
        yield from _of_condition(question, number, earlier, page)


def _of_condition(question: DraftQuestion, number: int, earlier: dict[str, DraftQuestion], page: str) -> Iterator[Gap]:
    deciding = earlier.get(question.shown_if["question"])
    if deciding is None:
        message = _("Question %(number)s depends on a question that comes after it, or is gone.", number=number)
        yield Gap(message, f"{page}#condition")
        return
    known = {option["id"] for option in deciding.options}
    if not set(question.shown_if["options"]) <= known:
        message = _("Question %(number)s depends on an answer that is gone.", number=number)
        yield Gap(message, f"{page}#condition")
