"""The paper twin of a questionnaire: the questions as they are asked online, with the way on for who skips some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from participation.counting.opinions import goes_on_at
from participation.counting.spec import Question, QuestionKind, in_language
from participation.db import metadata
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.paper import printed
from participation.paper.printed import QR_SIDES, Edition, Matter
from participation.paper.serials import qr_content, qr_svg
from participation.processes import notices
from participation.processes.queries import WHOLE_STYLE
from participation.processes.questionnaires.queries import sections


def questionnaire(matter: Matter, edition: Edition) -> dict[str, Any]:
    """One sheet or more, without a number of its own: anybody may print it at home."""
    spec, form = matter.spec_row.spec, matter.form_code(WHOLE_STYLE, edition)
    return printed.common(matter, edition) | {
        "form": form,
        "introduction": in_language(spec.introduction, edition.language) or None,
        "sections": [
            {
                "title": in_language(section.title, edition.language),
                "questions": [
                    _question(spec.questions, number, edition.language) for number, _each in section.questions
                ],
            }
            for section in sections(spec)
        ],
        "ways": _ways(matter, edition.language),
        "notice": notice(matter, edition.language),
        "qr": [qr_svg(qr_content(form, side)) for side in range(1, QR_SIDES + 1)],
        "digest": matter.spec_row.digest,
    }


def notice(matter: Matter, language: str) -> list[str]:
    """The notice of s. 65 of the Access Act, from the data map, in two paragraphs."""
    sentences = notices.questionnaire_notice(matter.process, metadata, language, notices.Medium.PAPER)
    return [" ".join(sentences[:4]), " ".join(sentences[4:])]


def _ways(matter: Matter, language: str) -> dict[str, Any]:
    found = printed.ways(matter, language)
    return found | {"online": f"{found['online']}/questionnaire"} if "online" in found else found


def _question(questions: Sequence[Question], number: int, language: str) -> dict[str, Any]:
    question = questions[number - 1]
    data: dict[str, Any] = {
        "id": question.id,
        "number": number,
        "title": in_language(question.title, language),
        "kind": question.kind.value,
        "max_choices": question.max_choices,
        "why": in_language(question.why, language),
        "help": in_language(question.help, language),
        "condition": translate(condition, language) if (condition := _condition(questions, question, language)) else "",
        "options": [
            {"id": option.id, "title": in_language(option.title, language), **_goto(questions, number, option.id)}
            for option in question.options
        ],
    }
    return {name: value for name, value in data.items() if value != ""}


def _goto(questions: Sequence[Question], number: int, option_id: str) -> dict[str, int]:
    """Where whoever ticks this goes on, where it is not the next question; 0 is the end."""
    if questions[number - 1].kind is not QuestionKind.CHOOSE_ONE:
        return {}
    after = goes_on_at(questions, number - 1, option_id)
    if after == number:
        return {}
    return {"goto": after + 1 if after < len(questions) else 0}


def _condition(questions: Sequence[Question], question: Question, language: str) -> Message | None:
    """For whom the question is, in the words of the page."""
    condition = question.shown_if
    if condition is None:
        return None
    place = next(place for place, each in enumerate(questions, 1) if each.id == condition.question_id)
    chosen = [option for option in questions[place - 1].options if option.id in condition.option_ids]
    quoted = [translate(_("“%(answer)s”", answer=in_language(option.title, language)), language) for option in chosen]
    answers = f" {translate(_('or'), language)} ".join(quoted)
    return _("Only if you answered %(answers)s to question %(number)s.", answers=answers, number=place)
