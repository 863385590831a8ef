"""Tables of the questionnaire, of how people took part, of coded passages and of recommendations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlmodel import col

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations import words
from participation.consultations.activities.queries import activities_of
from participation.consultations.activities.words import KINDS as ACTIVITIES
from participation.consultations.analysis import passages
from participation.consultations.analysis.models import AnswerNumber
from participation.consultations.exports import columns as c
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.consultations.follow_up import queries as follow_up
from participation.consultations.follow_up.words import OUTCOMES
from participation.consultations.models import Contribution, ContributionChannel, ContributionState
from participation.counting.spec import Question, QuestionKind, in_language
from participation.counts.queries import dispositions, latest_count
from participation.counts.results import OpinionResult, load_result
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.i18n import translate, words_of
from participation.processes.queries import places_of

STREAM = 500
FEWEST_FOR_SHARES = 30
"""A percentage says something from so many answers on."""


def _answers(source: Source) -> Iterator[Row]:
    """Those that have a number, question by question; those that wait for others are not there yet."""
    same = and_(col(OpenAnswer.spec_id) == col(AnswerNumber.spec_id), col(OpenAnswer.id) == col(AnswerNumber.answer_id))
    columns = (col(OpenAnswer.channel), col(OpenAnswer.language), col(OpenAnswer.text), col(AnswerNumber.number))
    for asked in source.bench.asked:
        here = (col(AnswerNumber.spec_id) == source.bench.spec_id, col(AnswerNumber.question_id) == asked.id)
        query = select(*columns).join(OpenAnswer, same).where(*here).order_by(col(AnswerNumber.number))
        title, theme = words_of(asked.title, source.locale), words_of(asked.theme, source.locale)
        for row in source.session.execute(query.execution_options(yield_per=STREAM)):
            channel = source.word(words.CHANNELS, ContributionChannel(row.channel))
            yield f"Q{asked.place}-{row.number}", asked.place, title, theme, channel, row.language, row.text or ""


ANSWERS = Table(
    "answers",
    _("Answers in words to the questionnaire"),
    _("Verbatim by question, without anything that tells who wrote them or which ones came together."),
    (
        c.REFERENCE, c.QUESTION_NUMBER, c.QUESTION, c.THEME, c.CHANNEL,
        Column(_("Language"), _("In which it was written: fr, en, or another one.")),
        Column(_("Text"), _("Verbatim; empty where the words were erased.")),
    ),
    _answers,
)  # fmt: skip


def _closed(source: Source) -> Iterator[Row]:
    """Figures of the newest count. Conflict before there is one: nobody sees a tally earlier."""
    spec_row = source.bench.spec_row
    count = latest_count(source.session, spec_row.id) if spec_row else None
    if spec_row is None or count is None:
        raise Conflict(
            _("The questionnaire is not counted yet. No file was made."),
            _("It is counted once two people have closed it."),
        )
    by_id = {opinion.opinions.question_id: opinion for opinion in load_result(count.result).opinions}
    for place, question in enumerate(spec_row.spec.questions, 1):
        if question.kind is not QuestionKind.OPEN_TEXT and question.id in by_id:
            yield from _figures(source, place, question, by_id[question.id])


def _figures(source: Source, place: int, question: Question, result: OpinionResult) -> Iterator[Row]:
    """Every option by each group that may be shown, 20 people or more, and in all."""
    whole = result.opinions.counted.total
    groups = [(_channels(source, column), column) for column in result.shown if len(result.shown) > 1]
    title, theme = in_language(question.title, source.locale), in_language(question.theme, source.locale)
    for name, column in [*groups, (translate(_("All ways"), source.locale), whole)]:
        answered = column.ballots - column.blanks
        for option, votes in zip(question.options, column.votes, strict=True):
            share = round(100 * votes / answered) if answered >= FEWEST_FOR_SHARES else None
            label = in_language(option.title, source.locale)
            yield place, title, theme, label, name, votes, share, answered, column.ballots


def _channels(source: Source, column: Any) -> str:
    names = sorted({group[0] for group in column.groups})
    return " + ".join(source.word(words.CHANNELS, ContributionChannel(name)) for name in names)


CLOSED = Table(
    "closed-answers",
    _("Figures of the questionnaire"),
    _("Closed questions of the newest count; a way with fewer than 20 people is joined to the next."),
    (
        c.QUESTION_NUMBER, c.QUESTION, c.THEME,
        Column(_("Answer"), _("One of the choices of the question.")),
        Column(_("How it came"), _("A way of taking part, or several joined where one has fewer than 20 people.")),
        Column(_("Number"), _("How many chose it.")),
        Column(_("Per cent"), _("Of those who answered; empty below 30 answers, where a share says nothing.")),
        Column(_("Who answered"), _("People who answered the question in this group.")),
        Column(_("Who was asked"), _("People of this group who were asked the question.")),
    ),
    _closed,
)  # fmt: skip


def _contributed(source: Source) -> Iterator[Row]:
    """By kind, way, place and event: a few dozen rows whatever the size of the register.

    One text of many senders counts once, as on the page of the consultation; all who sent it are people.
    """
    keys = [col(getattr(Contribution, name)) for name in ("kind", "channel", "place_id", "activity_id")]
    own = col(Contribution.same_as_id).is_(None)
    number = func.sum(case((own, 1), else_=0))
    refused = func.sum(case((and_(own, col(Contribution.state) == ContributionState.REFUSED), 1), else_=0))
    query = select(*keys, func.sum(col(Contribution.people)), number, refused).group_by(*keys)
    kept = (
        col(Contribution.process_id) == source.process.id,
        col(Contribution.state) != ContributionState.WITHDRAWN,
        col(Contribution.official).is_(False),
    )
    places = {row.id: words_of(row.name, source.locale) for row in places_of(source.session, source.process.id)}
    events = source.events()
    for kind, channel, place, event, people, number, not_published in source.session.execute(query.where(*kept)):
        named = source.word(words.KINDS, kind), source.word(words.CHANNELS, channel)
        yield *named, places.get(place, ""), events.get(event, ""), people, number, not_published, "", ""


def _answered(source: Source) -> Iterator[Row]:
    """Questionnaires by way, each of one person."""
    spec_id, name = source.bench.spec_id, translate(_("Questionnaire"), source.locale)
    for way, kinds in (dispositions(source.session, spec_id) if spec_id else {}).items():
        number, channel = sum(kinds.values()), source.word(words.CHANNELS, ContributionChannel(way))
        yield name, channel, "", "", number, number, 0, "", ""


def _attended(source: Source) -> Iterator[Row]:
    """Who came to an activity, and on a row of its own how often its webcast was opened."""
    events = source.events()
    for row in activities_of(source.session, source.process.id):
        kind, event, place = source.word(ACTIVITIES, row.kind), events[row.id], words_of(row.place, source.locale)
        if row.people is not None:
            yield kind, translate(_("On site"), source.locale), place, event, row.people, "", "", "", ""
        if row.views is not None and row.views_on is not None:
            webcast = translate(_("Webcast"), source.locale)
            yield kind, webcast, "", event, "", "", "", row.views, row.views_on.isoformat()


_ALSO: list[Callable[[Source], Iterator[Row]]] = []


def also_took_part(rows: Callable[[Source], Iterator[Row]]) -> None:
    """Notes rows of the table of how people took part that another package knows, such as who came to meetings."""
    _ALSO.append(rows)


def _participation(source: Source) -> Iterator[Row]:
    rows = [*_contributed(source), *_answered(source), *_attended(source)]
    rows += [row for also in _ALSO for row in also(source)]
    yield from sorted(rows, key=lambda row: [str(cell) for cell in row[:4]])


PARTICIPATION = Table(
    "participation",
    _("How people took part"),
    _("By kind, way, place and event. Views are never added to people, and who came is not added to who wrote."),
    (
        Column(
            _("Kind"),
            _("Comment, question, brief, idea, kit, questionnaire, kind of activity, or what was done in a meeting."),
        ),
        c.CHANNEL, c.PLACE, c.EVENT,
        Column(
            _("People"),
            _(
                "Of this row alone: who came and wrote, or writes twice, is in it each time. Of the polls of a "
                "meeting, those who answered the one that most people answered."
            ),
        ),
        Column(
            _("Contributions"),
            _("Texts that came, published or not; one that many sent counts once. Of polls, all answers to them."),
        ),
        Column(_("Refused"), _("Of these, how many a moderator did not publish, with a reason of the charter.")),
        Column(_("Views"), _("Of a webcast, as its service gave them. Not people, and never added to people.")),
        Column(_("Day of the views"), _("On which they were read off.")),
    ),
    _participation,
)  # fmt: skip


def _passages(source: Source) -> Iterator[Row]:
    codes = {code.id: code.name for code in passages.codes_of(source.session, source.process.id)}
    for each in passages.stream(source.session, source.bench):
        channel = source.word(words.CHANNELS, ContributionChannel(each.channel))
        yield (
            codes[each.code_id], each.words or "", each.cited, channel, each.language, each.borough, int(each.refused)
        )  # fmt: skip


PASSAGES = Table(
    "passages",
    _("Coded passages"),
    _("What the team has put under its codes, each with its reference."),
    (
        Column(_("Code"), _("With the codes above it in the tree.")),
        Column(_("Passage"), _("Verbatim; empty where the words were erased.")),
        c.REFERENCE, c.CHANNEL, c.LANGUAGE, c.BOROUGH,
        Column(_("Not published"), _("1 where a moderator refused the contribution: do not quote it in public.")),
    ),
    _passages,
)  # fmt: skip


def _recommendations(source: Source) -> Iterator[Row]:
    """One row for each answer of the City, and one for a recommendation without any."""
    for each in follow_up.recommendations(source.session, source.process.id):
        text = words_of(each.words, source.locale)
        if not each.said:
            yield each.number, text, source.word(OUTCOMES, each.outcome), "", "", ""
        for said in each.said:
            answer = words_of(said.words, source.locale)
            yield each.number, text, source.word(OUTCOMES, said.outcome), answer, said.source, said.said_on.isoformat()


RECOMMENDATIONS = Table(
    "recommendations",
    _("Recommendations and follow-up"),
    _("Each recommendation with every answer of the City, the newest first."),
    (
        Column(_("Number"), _("Of the recommendation, as in the report.")),
        Column(_("Recommendation"), _("As it stands in the report.")),
        Column(_("State"), _("Accepted, accepted in part, not accepted, or no decision yet.")),
        Column(_("Answer of the City"), _("In its words, or in short.")),
        Column(_("Source"), _("Where it is written.")),
        Column(_("Date"), _("Day of the answer.")),
    ),
    _recommendations,
)  # fmt: skip
