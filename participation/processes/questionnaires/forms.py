"""What staff type about a questionnaire, as typed values or translated errors; and back, to fill the fields."""

from __future__ import annotations

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.spec import QuestionKind
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.processes import policy
from participation.processes.drafts import Voting
from participation.processes.forms import Values, words_values
from participation.processes.models import LocalText, Phase, PhaseKind, Process, WindowKind
from participation.processes.queries import voting_of
from participation.processes.questionnaires.drafts import Assessment, QuestionDraft, Settings
from participation.processes.questionnaires.models import DraftQuestion, Theme
from participation.processes.questionnaires.queries import Outline
from participation.typed import Errors, Typed, wall_clock

WINDOWS = (
    WindowKind.ONLINE_OPENS,
    WindowKind.ONLINE_CLOSES,
    WindowKind.PAPER_OPENS,
    WindowKind.PAPER_CLOSES,
    WindowKind.POST_CLOSES,
)
KINDS = (QuestionKind.CHOOSE_ONE, QuestionKind.APPROVAL, QuestionKind.OPEN_TEXT)
MOST_OPTIONS = 30


def read_settings(form: FormData, process: Process) -> tuple[Settings, Errors]:
    """Words above the questions, hours, how paper is keyed."""
    typed, zone = Typed(form), ZoneInfo(process.zone)
    moments = {kind: typed.moment(kind.value, zone) for kind in WINDOWS}
    windows = {kind: moment for kind, moment in moments.items() if moment}
    found = Settings(typed.words("introduction", 3000), windows, typed.ticked("closed_twice"))
    return found, {**policy.window_problems(Voting(windows=windows)), **typed.errors}


def read_keying(form: FormData) -> Settings:
    """What can still be chosen once it is published."""
    return Settings({}, {}, Typed(form).ticked("closed_twice"))


def settings_values(process: Process, found: Outline, phases: list[Phase]) -> Values:
    """What is stored; hours that nobody gave yet are those of the stage of opinions."""
    zone, windows = ZoneInfo(process.zone), dict(voting_of(process).windows)
    for phase in phases:
        if phase.kind is PhaseKind.CONTRIBUTIONS:
            for kind in WINDOWS:
                windows.setdefault(kind, phase.starts_at if "opens" in kind.value else phase.ends_at)
    return {
        **words_values("introduction", found.sheet.introduction),
        **{kind.value: wall_clock(windows.get(kind), zone) for kind in WINDOWS},
        "closed_twice": found.sheet.closed_twice,
    }


def read_assessment(form: FormData) -> tuple[Assessment, Errors]:
    typed = Typed(form)
    found = Assessment(
        typed.text("purpose", 2000, _("Say what the answers are for.")),
        typed.text("necessity", 2000, _("Say why these answers are needed and cannot be had otherwise.")),
        typed.text("ethics", 2000, _("Say what could hurt or expose somebody, and what you do about it.")),
    )
    return found, typed.errors


def read_theme(form: FormData) -> tuple[LocalText, Errors]:
    typed = Typed(form)
    return typed.words("title", 200, _("Give the title in French.")), typed.errors


def read_question(form: FormData, found: Outline, question: DraftQuestion | None) -> tuple[QuestionDraft, Errors]:
    """A question; its answers are lines, the same number in each language where there is a second one."""
    typed = Typed(form)
    kind = typed.one("kind", QuestionKind, QuestionKind.CHOOSE_ONE)
    if kind not in KINDS:
        typed.errors["kind"] = _("Choose one of the list.")
    options = () if kind is QuestionKind.OPEN_TEXT else _options(typed)
    draft = QuestionDraft(
        theme_id=_theme(typed, found),
        kind=kind,
        title=typed.words("title", 500, _("Word the question in French.")),
        why=typed.words("why", 1000, _("Say in French why you ask: people read it beside the question.")),
        help=typed.words("help", 1000),
        options=options,
        max_choices=typed.integer("max_choices", 1, MOST_OPTIONS, empty=max(len(options), 1))
        if kind is QuestionKind.APPROVAL
        else 1,
        condition=_condition(typed, found, question),
    )
    return draft, typed.errors


def _theme(typed: Typed, found: Outline) -> uuid.UUID:
    for theme in found.themes:
        if str(theme.id) == typed.raw("theme"):
            return theme.id
    typed.errors["theme"] = _("Choose one of the list.")
    return uuid.UUID(int=0)


def _options(typed: Typed) -> tuple[LocalText, ...]:
    by_language = {
        locale: [line.strip() for line in typed.text(f"options_{locale}", 6000).splitlines() if line.strip()]
        for locale in LOCALES
    }
    french, english = by_language["fr"], by_language["en"]
    if len(french) < 2:
        typed.errors["options_fr"] = _("Write at least two answers, one a line.")
    elif len(french) > MOST_OPTIONS:
        typed.errors["options_fr"] = _(
            "At most %(limit)s answers; this has %(found)s.", limit=MOST_OPTIONS, found=len(french)
        )
    elif len(set(french)) < len(french):
        typed.errors["options_fr"] = _("Two answers are the same.")
    if english and len(english) != len(french):
        typed.errors["options_en"] = _(
            "There are %(english)s answers in English and %(french)s in French. Write the same ones in the same order.",
            english=len(english),
            french=len(french),
        )
    return tuple(
        {"fr": words, **({"en": english[place]} if place < len(english) else {})} for place, words in enumerate(french)
    )


def _condition(typed: Typed, found: Outline, question: DraftQuestion | None) -> tuple[str, tuple[str, ...]] | None:
    """The ticked answers of one earlier question, as `code:id`."""
    ticked: dict[str, list[str]] = {}
    for value in typed.all("condition"):
        code, _colon, option = value.partition(":")
        ticked.setdefault(code, []).append(option)
    if not ticked:
        return None
    known = {(each.code, option["id"]) for each in deciding(found, question) for option in each.options}
    chosen = {(code, option) for code, options in ticked.items() for option in options}
    if len(ticked) > 1 or not chosen <= known:
        typed.errors["condition"] = _("Tick answers of one earlier question only.")
        return None
    code, options = next(iter(ticked.items()))
    return code, tuple(sorted(options, key=int))


def deciding(found: Outline, question: DraftQuestion | None) -> list[DraftQuestion]:
    """The questions whose answers may decide whether this one is asked: closed ones that come before it."""
    earlier = []
    for each in found.questions:
        if question is not None and each.id == question.id:
            break
        if each.kind is not QuestionKind.OPEN_TEXT:
            earlier.append(each)
    return earlier


def question_values(question: DraftQuestion | None, theme: Theme | None) -> Values:
    if question is None:
        return {"kind": QuestionKind.CHOOSE_ONE, "theme": str(theme.id) if theme else "", "condition": []}
    condition = question.shown_if
    return {
        "kind": question.kind,
        "theme": str(question.theme_id),
        **words_values("title", question.title),
        **words_values("why", question.why),
        **words_values("help", question.help),
        **{f"options_{locale}": _lines(question.options, locale) for locale in LOCALES},
        "max_choices": question.max_choices if question.kind is QuestionKind.APPROVAL else "",
        "condition": [f"{condition['question']}:{option}" for option in condition["options"]] if condition else [],
    }


def _lines(options: list[dict[str, Any]], locale: str) -> str:
    return "\n".join(option["title"].get(locale, "") for option in options).strip()
