"""Tables from the register of contributions: everything verbatim, questions with their answers, briefs, kits."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from participation.consultations import words
from participation.consultations.analysis.units import reference_of
from participation.consultations.briefs.models import Brief
from participation.consultations.exports import columns as c
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.consultations.models import (
    AboutKind,
    Attachment,
    AttachmentRole,
    Contribution,
    ContributionKind,
    ContributionState,
    ContributionText,
    Contributor,
)
from participation.consultations.queries import settings_of
from participation.consultations.questions import queries as questions
from participation.consultations.questions.models import Answer, Question, Respondent
from participation.consultations.questions.words import STATES as QUESTION_STATES
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.processes.queries import places_of

STREAM = 500
_NAMES = (
    "id", "number", "kind", "state", "received_at", "channel", "place_id", "activity_id", "language", "borough",
    "theme", "about", "about_ref", "passage", "stance", "people", "late",
)  # fmt: skip


def _register(source: Source, kind: ContributionKind | None = None) -> Select[Any]:
    """Contributions by their number with their newest words; none that was taken back, and no answer of the office."""
    newest = and_(
        col(ContributionText.contribution_id) == col(Contribution.id),
        col(ContributionText.version) == col(Contribution.version),
    )
    columns = [col(getattr(Contribution, name)) for name in _NAMES]
    kept = [
        col(Contribution.process_id) == source.process.id,
        col(Contribution.state) != ContributionState.WITHDRAWN,
        col(Contribution.official).is_(False),
    ]
    if kind:
        kept.append(col(Contribution.kind) == kind)
    query = select(*columns, col(ContributionText.title), col(ContributionText.text), col(Brief.file_number))
    query = query.join(ContributionText, newest).outerjoin(Brief, col(Brief.contribution_id) == col(Contribution.id))
    return query.where(*kept).order_by(col(Contribution.number)).execution_options(yield_per=STREAM)


class _Names:
    """Titles of themes and places in the language of the file, read once."""

    def __init__(self, source: Source) -> None:
        themes = settings_of(source.session, source.process.id).themes
        self.themes = {theme["code"]: words_of(theme["title"], source.locale) for theme in themes}
        places = places_of(source.session, source.process.id)
        self.events = source.events()
        self.places: dict[uuid.UUID | None, str] = {row.id: words_of(row.name, source.locale) for row in places}

    def theme(self, row: Any) -> str:
        return self.themes.get(row.theme, "")

    def place(self, row: Any) -> str:
        return self.places.get(row.place_id, "")

    def event(self, row: Any) -> str:
        return self.events.get(row.activity_id, "")


def _reference(row: Any) -> str:
    return reference_of(row.kind, row.number, row.file_number)


def _contributions(source: Source) -> Iterator[Row]:
    names, first = _Names(source), aliased(Contribution)
    query = _register(source).outerjoin(first, col(first.id) == col(Contribution.same_as_id))
    for row in source.session.execute(query.add_columns(col(first.number).label("same"))):
        spoken_of = row.about_ref if row.about is not AboutKind.THEME else ""
        stance = source.word(words.STANCES, row.stance) if row.stance else ""
        yield (
            _reference(row), row.number, source.word(words.KINDS, row.kind), source.word(words.STATES, row.state),
            source.day(row.received_at), source.word(words.CHANNELS, row.channel), names.place(row), names.event(row),
            row.language, row.borough, names.theme(row), spoken_of, row.passage, stance, row.people, int(row.late),
            row.same or "", row.title, row.text,
        )  # fmt: skip


CONTRIBUTIONS = Table(
    "contributions",
    _("Contributions, verbatim"),
    _("Comments, questions, briefs, ideas and kits by register number, without names."),
    (
        c.REFERENCE, c.REGISTERED, c.KIND, c.STATE, c.RECEIVED, c.CHANNEL, c.PLACE, c.EVENT, c.LANGUAGE, c.BOROUGH,
        c.THEME, c.ABOUT, Column(_("Passage"), _("Words or page of the document that it speaks of.")),
        Column(_("Stance"), _("For, against, neither or a question, where the office asks for it.")),
        c.PEOPLE, c.LATE,
        Column(_("Same text as"), _("Register number of the text that counts once for all who sent it.")),
        c.TITLE, c.TEXT,
    ),
    _contributions,
)  # fmt: skip


def _questions(source: Source) -> Iterator[Row]:
    names, days = _Names(source), questions.settings_of(source.session, source.process.id).working_days
    newest = select(func.max(col(Answer.version))).where(
        col(Answer.contribution_id) == col(Contribution.id), col(Answer.published_at).is_not(None)
    )
    shown = and_(
        col(Answer.contribution_id) == col(Contribution.id),
        col(Answer.version) == newest.correlate(Contribution).scalar_subquery(),
    )
    same = select(col(Contribution.number)).where(col(Contribution.id) == col(Question.same_as_id))
    query = (
        _register(source, ContributionKind.QUESTION)
        .outerjoin(Question, col(Question.contribution_id) == col(Contribution.id))
        .outerjoin(Respondent, col(Respondent.id) == col(Question.respondent_id))
        .outerjoin(Answer, shown)
        .add_columns(
            Contribution, Question, col(Respondent.name).label("respondent"), col(Answer.text).label("answer"),
            col(Answer.documents).label("documents"),
            same.correlate(Question).scalar_subquery().label("same"),
        )
    )  # fmt: skip
    for row in source.session.execute(query):
        state = questions.state_of(row.Contribution, row.Question)
        due = questions.due_of(source.process, row.Contribution, row.Question, days)
        answered = row.Question.answered_at if row.Question else None
        yield (
            _reference(row), source.day(row.received_at), source.word(words.CHANNELS, row.channel), row.language,
            row.borough, names.theme(row), row.people, row.text, source.word(QUESTION_STATES, state),
            f"Q-{row.same}" if row.same else "", words_of(row.respondent or {}, source.locale), due.isoformat(),
            source.day(answered), words_of(row.answer or {}, source.locale), ", ".join(row.documents or []),
        )  # fmt: skip


QUESTIONS = Table(
    "questions",
    _("Questions and answers"),
    _("Every question with who must answer, until when, and the answer that was published."),
    (
        c.REFERENCE, c.RECEIVED, c.CHANNEL, c.LANGUAGE, c.BOROUGH, c.THEME, c.PEOPLE,
        Column(_("Question"), _("Verbatim.")),
        Column(_("State"), _("Received, sent to who must answer, answered, joined to another question, or refused.")),
        Column(_("Same as"), _("Reference of the question that is answered for this one too.")),
        Column(_("Who answers"), _("Body that must answer; empty where it is the office.")),
        Column(_("Due"), _("Day on which the answer is due.")),
        Column(_("Answered"), _("Day on which an answer was first published.")),
        Column(_("Answer"), _("As published, newest version.")),
        Column(_("Documents"), _("Numbers of the documentation file that the answer rests on.")),
    ),
    _questions,
)  # fmt: skip


def _with_author(source: Source, kind: ContributionKind) -> Select[Any]:
    author = (col(Contributor.name), col(Contributor.group_name), col(Contributor.show_name))
    query = _register(source, kind).outerjoin(Contributor, col(Contributor.contribution_id) == col(Contribution.id))
    return query.add_columns(*author)


def _kits(source: Source) -> Iterator[Row]:
    names = _Names(source)
    for row in source.session.execute(_with_author(source, ContributionKind.KIT)):
        yield (
            _reference(row), source.day(row.received_at), source.word(words.CHANNELS, row.channel), names.place(row),
            row.group_name or "", row.people, row.language, row.borough, names.theme(row),
            source.word(words.STATES, row.state), row.text,
        )  # fmt: skip


KITS = Table(
    "kits",
    _("Participation kits"),
    _("The return sheets of groups, with how many people were present."),
    (
        c.REFERENCE, c.RECEIVED, c.CHANNEL, c.PLACE, c.GROUP,
        Column(_("People present"), _("As the group counted them on its return sheet.")),
        c.LANGUAGE, c.BOROUGH, c.THEME, c.STATE, c.TEXT,
    ),
    _kits,
)  # fmt: skip


def _briefs(source: Source) -> Iterator[Row]:
    files = select(func.count()).where(col(Attachment.contribution_id) == col(Contribution.id))
    copies = files.where(col(Attachment.role) == AttachmentRole.REDACTED)
    query = _with_author(source, ContributionKind.BRIEF).add_columns(
        col(Brief.withheld), col(Brief.of_a_group), col(Brief.transcript), col(Brief.published_at),
        files.correlate(Contribution).scalar_subquery().label("files"),
        copies.correlate(Contribution).scalar_subquery().label("copies"),
    )  # fmt: skip
    names = _Names(source)
    for row in source.session.execute(query):
        named = bool(row.show_name) and not row.withheld
        yield (
            f"8.{row.file_number}" if row.file_number else "", f"M-{row.number}", source.day(row.received_at),
            int(row.late), source.word(words.CHANNELS, row.channel), row.language, row.borough, names.theme(row),
            int(bool(row.of_a_group)), (row.name or "") if named else "", (row.group_name or "") if named else "",
            row.title, row.files, int(bool(row.copies)), source.day(row.published_at), row.transcript or "",
            source.word(words.STATES, row.state),
        )  # fmt: skip


BRIEFS = Table(
    "briefs",
    _("Briefs"),
    _("The list of briefs with their numbers of the documentation file; a name only where it is public."),
    (
        Column(_("Number in the file"), _("8.12: given when it was published, and never changed.")),
        c.REFERENCE, c.RECEIVED, c.LATE, c.CHANNEL, c.LANGUAGE, c.BOROUGH, c.THEME,
        Column(_("For a group"), _("1 where it was handed in for a group or an organisation.")),
        Column(_("Name"), _("Of the author, where it is public.")), c.GROUP, c.TITLE,
        Column(_("Files"), _("How many files it came with.")),
        Column(_("Copy for the public"), _("1 where a copy without personal information stands in its place.")),
        Column(_("Published"), _("Day on which it was published.")),
        Column(_("Transcript"), _("Number of the document that tells what was said at the hearing.")), c.STATE,
    ),
    _briefs,
)  # fmt: skip
