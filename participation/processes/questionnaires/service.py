"""Verbs on a questionnaire in the making; and its publication, which freezes it into a BallotSpec.

Unlike a vote it has no register, no key and no project. It is open to change until it is published, and again
while nobody has answered.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlmodel import Session

from participation import audit
from participation.accounts.permissions import Actor
from participation.counting.canonical import dump_spec, spec_digest
from participation.counting.spec import (
    BallotSpec,
    Condition,
    Option,
    Precedence,
    Question,
    QuestionKind,
    RegisterKind,
    Style,
)
from participation.errors import Conflict, Invalid
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes import queries as processes
from participation.processes.models import LocalText, Process, ProcessState, Spec, Window, WindowKind
from participation.processes.publishing import BoxIsEmpty, SpecPublished, next_version, text_of
from participation.processes.queries import WHOLE_STYLE, OpenProcess, SpecRow
from participation.processes.questionnaires.completeness import missing
from participation.processes.questionnaires.drafts import Assessment, QuestionDraft, Settings
from participation.processes.questionnaires.models import DraftQuestion, Questionnaire, Theme
from participation.processes.questionnaires.queries import Outline, outline

Row = TypeVar("Row", Theme, DraftQuestion)


@dataclass(frozen=True, slots=True)
class QuestionnaireEdited:
    """`part` is settings, assessment, theme, question or order; `what` names the row, without words."""

    part: str
    what: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class QuestionnaireReopened:
    spec_id: uuid.UUID


def save_settings(session: Session, process: Process, settings: Settings, *, at: datetime, by: Actor | None) -> None:
    """Once it is published, only how its paper is keyed can still be chosen."""
    sheet = _sheet(session, process)
    sheet.closed_twice = settings.closed_twice
    if sheet.state is ProcessState.DRAFT:
        sheet.introduction = settings.introduction
        process.planned_windows = {kind.value: moment.isoformat() for kind, moment in settings.windows.items()}
        session.add(process)
    session.add(sheet)
    session.flush()
    _record(session, process, QuestionnaireEdited("settings"), at, by)


def save_assessment(session: Session, process: Process, found: Assessment, *, at: datetime, by: Actor) -> None:
    """Necessity and ethics, with who judged them and when."""
    sheet = _draft(session, process)
    sheet.purpose, sheet.necessity, sheet.ethics = found.purpose, found.necessity, found.ethics
    sheet.assessed_by, sheet.assessed_at = by.account_id, at
    session.add(sheet)
    session.flush()
    _record(session, process, QuestionnaireEdited("assessment"), at, by)


def save_theme(
    session: Session, process: Process, title: LocalText, *, theme: Theme | None = None, at: datetime, by: Actor | None
) -> Theme:
    """A theme, new (the last one) or renamed."""
    _draft(session, process)
    saved = theme or Theme(process_id=process.id, position=len(outline(session, process.id).themes), title=title)
    saved.title = title
    session.add(saved)
    session.flush()
    _record(session, process, QuestionnaireEdited("theme"), at, by)
    return saved


def save_question(
    session: Session,
    process: Process,
    draft: QuestionDraft,
    *,
    question: DraftQuestion | None = None,
    at: datetime,
    by: Actor | None,
) -> DraftQuestion:
    """A question, new (the last of its theme) or changed. Options that keep their French words keep their ids."""
    _draft(session, process)
    found = outline(session, process.id)
    if question is None or question.theme_id != draft.theme_id:
        place = len(found.by_theme.get(draft.theme_id, ()))
    else:
        place = question.position
    code = question.code if question else _next_code(found)
    saved = question or DraftQuestion(
        process_id=process.id, theme_id=draft.theme_id, code=code, position=place, title={}
    )
    saved.theme_id, saved.position, saved.kind = draft.theme_id, place, draft.kind
    saved.title, saved.why, saved.help = draft.title, draft.why, draft.help
    saved.options = _with_ids(draft.options, saved.options)
    saved.max_choices = draft.max_choices
    saved.shown_if = {"question": draft.condition[0], "options": list(draft.condition[1])} if draft.condition else {}
    session.add(saved)
    session.flush()
    _record(session, process, QuestionnaireEdited("question", code), at, by)
    return saved


def _next_code(found: Outline) -> str:
    taken = {int(question.code) for question in found.questions if question.code.isdigit()}
    return str(max(taken, default=0) + 1)


def _with_ids(lines: Sequence[LocalText], before: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Each line with the id that its French words had, else with a number that no option had."""
    known = {
        str(option["title"].get("fr")): str(option["id"]) for option in before if isinstance(option["title"], dict)
    }
    free = max((int(str(option["id"])) for option in before), default=0)
    made: list[dict[str, object]] = []
    for words in lines:
        found = known.pop(words.get("fr", ""), "")
        if not found:
            free += 1
            found = str(free)
        made.append({"id": found, "title": words})
    return made


def move(
    session: Session, process: Process, what: Theme | DraftQuestion, step: int, *, at: datetime, by: Actor
) -> None:
    """One place up (-1) or down (1) among its like. A question at the edge of its theme goes into the next one."""
    _draft(session, process)
    found = outline(session, process.id)
    if isinstance(what, Theme):
        _swap(session, list(found.themes), what, step)
    else:
        _move_question(session, found, what, step)
    session.flush()
    _record(session, process, QuestionnaireEdited("order"), at, by)


def _move_question(session: Session, found: Outline, question: DraftQuestion, step: int) -> None:
    own = list(found.by_theme[question.theme_id])
    if 0 <= own.index(question) + step < len(own):
        _swap(session, own, question, step)
        return
    ids = [theme.id for theme in found.themes]
    place = ids.index(question.theme_id) + step
    if 0 <= place < len(ids):
        others = list(found.by_theme[ids[place]])
        question.theme_id = ids[place]
        _number(session, [question, *others] if step > 0 else [*others, question])


def _swap(session: Session, rows: list[Row], row: Row, step: int) -> None:
    place = rows.index(row)
    other = place + step
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
    _number(session, rows)


def _number(session: Session, rows: Sequence[Row]) -> None:
    for place, row in enumerate(rows):
        row.position = place
        session.add(row)


def remove(session: Session, process: Process, what: Theme | DraftQuestion, *, at: datetime, by: Actor) -> None:
    """Takes a question or an empty theme out. Conflict for a theme that has questions, or a question that decides."""
    _draft(session, process)
    found = outline(session, process.id)
    if isinstance(what, Theme) and found.by_theme[what.id]:
        raise Conflict(_("This theme has questions. Move or remove them first. Nothing was changed."))
    if isinstance(what, DraftQuestion) and any(each.shown_if.get("question") == what.code for each in found.questions):
        raise Conflict(_("Another question is asked according to the answer to this one. Nothing was changed."))
    session.delete(what)
    session.flush()
    part = "theme" if isinstance(what, Theme) else "question"
    _record(session, process, QuestionnaireEdited(part, "", removed=True), at, by)


def build_spec(found: OpenProcess, draft: Outline, version: int) -> BallotSpec:
    """What publishing now would freeze."""
    questions = tuple(_question(theme, each) for theme in draft.themes for each in draft.by_theme[theme.id])
    return BallotSpec(
        id=found.path.strip("/"),
        version=version,
        questions=questions,
        styles=(Style(WHOLE_STYLE, text_of(found.process.title), tuple(question.id for question in questions)),),
        register=RegisterKind.NONE,
        precedence=Precedence.KEEP_ALL,
        minimum_age=0,
        introduction=text_of(draft.sheet.introduction),
    )


def _question(theme: Theme, draft: DraftQuestion) -> Question:
    options = tuple(
        Option(str(option["id"]), str(place), text_of(option["title"]), 0)
        for place, option in enumerate(draft.options, 1)
    )
    several = draft.kind is QuestionKind.APPROVAL
    limit = min(draft.max_choices, len(options)) or len(options)
    condition = draft.shown_if
    return Question(
        id=draft.code,
        title=text_of(draft.title),
        kind=draft.kind,
        options=() if draft.kind is QuestionKind.OPEN_TEXT else options,
        envelope=0,
        min_choices=0,
        max_choices=limit if several else 1,
        why=text_of(draft.why),
        help=text_of(draft.help),
        theme=text_of(theme.title),
        shown_if=Condition(condition["question"], tuple(condition["options"])) if condition else None,
    )


def publish(
    session: Session, found: OpenProcess, *, box_is_empty: BoxIsEmpty, at: datetime, by: Actor | None = None
) -> SpecRow:
    """Freezes the questionnaire and opens its windows. Invalid when something is missing, Conflict when it is now."""
    sheet, draft = _draft(session, found.process), outline(session, found.id)
    if gaps := missing(found.process, draft):
        raise Invalid(
            ngettext(
                "%(num)s thing is missing before publishing.",
                "%(num)s things are missing before publishing.",
                len(gaps),
            ),
            gaps[0].message,
        )
    _refuse_answered(session, found, box_is_empty)
    version = next_version(session, found.id)
    spec = build_spec(found, draft, version)
    row = Spec(process_id=found.id, version=version, content=dump_spec(spec), digest=spec_digest(spec), published_at=at)
    session.add(row)
    session.flush()  # windows refer to it
    account = by.account_id if by else None
    session.add_all(
        Window(spec_id=row.id, kind=kind, effective_at=moment, recorded_at=at, first_account_id=account)
        for kind, moment in processes.voting_of(found.process).windows.items()
    )
    sheet.state = ProcessState.PUBLISHED
    session.add(sheet)
    session.flush()
    _record(session, found.process, SpecPublished(row.id, version, row.digest), at, by)
    return SpecRow(row.id, found.id, row.digest, at, spec, found.zone)


def reopen(session: Session, found: OpenProcess, *, box_is_empty: BoxIsEmpty, at: datetime, by: Actor) -> None:
    """Makes a published questionnaire a draft again and takes no answer meanwhile. Conflict once somebody answered."""
    sheet, row = _sheet(session, found.process), processes.current_spec(session, found.id)
    if sheet.state is not ProcessState.PUBLISHED or row is None:
        raise Conflict(_("This questionnaire is not published. Nothing was changed."))
    _refuse_answered(session, found, box_is_empty)
    recorded = processes.next_recorded_at(session, row.id, at)
    session.add(
        Window(
            spec_id=row.id,
            kind=WindowKind.SUSPENDED,
            effective_at=at,
            recorded_at=recorded,
            first_account_id=by.account_id,
        )
    )
    sheet.state = ProcessState.DRAFT
    session.add(sheet)
    session.flush()
    _record(session, found.process, QuestionnaireReopened(row.id), at, by)


def _refuse_answered(session: Session, found: OpenProcess, box_is_empty: BoxIsEmpty) -> None:
    earlier = processes.current_spec(session, found.id)
    if earlier and not box_is_empty(session, earlier.id):
        raise Conflict(_("Somebody has answered already, so the questions can no longer change. Nothing was changed."))


def _sheet(session: Session, process: Process) -> Questionnaire:
    return session.get(Questionnaire, process.id) or Questionnaire(process_id=process.id)


def _draft(session: Session, process: Process) -> Questionnaire:
    """The questionnaire while it may change; stored here for the first time."""
    sheet = _sheet(session, process)
    if sheet.state is not ProcessState.DRAFT:
        raise Conflict(_("This questionnaire is published: its questions are frozen. Nothing was changed."))
    session.add(sheet)
    session.flush()
    return sheet


def _record(session: Session, process: Process, event: object, at: datetime, by: Actor | None) -> None:
    scope = audit.Scope(process.organisation_id, process.id)
    audit.record(session, event, at=at, account_id=by.account_id if by else None, scope=scope)
