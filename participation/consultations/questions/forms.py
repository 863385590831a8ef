"""What staff type about questions, and what somebody asks of their list, as values or translated errors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.datastructures import FormData

from participation.consultations.questions.models import QuestionSettings, Respondent
from participation.consultations.questions.queries import WAITING, Asked, QuestionState
from participation.consultations.questions.service import AnswerDraft, RespondentDraft, SettingsDraft
from participation.i18n import lazy as _
from participation.typed import EMAIL, Errors, Typed, day_of

LONGEST = 20_000
"""Characters of an answer in one language."""
MOST_RESPONDENTS = 20
ANSWER_FIELDS = ("text_fr", "text_en", "documents", "respondent")
WAITING_NAME = "waiting"
"""The choice of a filter that stands for both states in which a question waits."""
_DOCUMENT = re.compile(r"\d{1,3}(\.\d{1,4}){0,3}")


@dataclass(frozen=True, slots=True)
class Sending:
    respondent_id: uuid.UUID | None
    due: date | None


def read_sending(form: FormData, respondents: Sequence[Respondent]) -> tuple[Sending, Errors]:
    typed = Typed(form)
    due = day_of(typed.raw("due"))
    if typed.raw("due") and due is None:
        typed.errors["due"] = _("Give the day, such as 2027-03-14, or leave it empty.")
    return Sending(_respondent(typed, respondents), due), typed.errors


def _respondent(typed: Typed, respondents: Sequence[Respondent]) -> uuid.UUID | None:
    found = next((row.id for row in respondents if str(row.id) == typed.raw("respondent")), None)
    if typed.raw("respondent") and found is None:
        typed.errors["respondent"] = _("Choose one of the list.")
    return found


def read_answer(form: FormData, respondents: Sequence[Respondent]) -> tuple[AnswerDraft, Errors]:
    """The answer, French first; documents are numbers with commas or spaces between them."""
    typed = Typed(form)
    numbers = [each for each in re.split(r"[\s,;]+", typed.text("documents", 200)) if each]
    if wrong := next((each for each in numbers if not _DOCUMENT.fullmatch(each)), ""):
        typed.errors["documents"] = _(
            "“%(number)s” is no number of a document. Write them such as 3.2, 4.1.", number=wrong
        )
    draft = AnswerDraft(
        text=typed.words("text", LONGEST, _("Write the answer in French first.")),
        documents=numbers,
        respondent_id=_respondent(typed, respondents),
    )
    return draft, typed.errors


def read_settings(form: FormData) -> tuple[SettingsDraft, Errors]:
    """Who must answer is one a line: French | English | e-mail address; the last two may be left out."""
    typed = Typed(form)
    bodies: dict[str, RespondentDraft] = {}
    for line in typed.text("respondents", 4000).splitlines():
        parts = [part.strip() for part in line.split("|")]
        email = next((part for part in parts[1:] if "@" in part), "")
        french, *rest = [part for part in parts if part and part != email] or [""]
        if email and not re.fullmatch(EMAIL, email):
            typed.errors["respondents"] = _("“%(address)s” is no e-mail address.", address=email)
        if french:
            bodies[french] = RespondentDraft({"fr": french, **({"en": rest[0]} if rest else {})}, email)
    if len(bodies) > MOST_RESPONDENTS:
        typed.errors["respondents"] = _("At most %(limit)s names.", limit=MOST_RESPONDENTS)
    return SettingsDraft(typed.integer("working_days", 1, 60), list(bodies.values())), typed.errors


def settings_values(settings: QuestionSettings, respondents: Sequence[Respondent]) -> dict[str, Any]:
    lines = [" | ".join(filter(None, (row.name["fr"], row.name.get("en"), row.email))) for row in respondents]
    return {"working_days": settings.working_days, "respondents": "\n".join(lines)}


def read_asked(query: Mapping[str, str], respondents: Sequence[Respondent] = (), *, public: bool = False) -> Asked:
    """A filter from an address; what the address does not know is left out. The public sees only two states."""
    before = query.get("before", "")
    return Asked(
        states=_states(query.get("state", ""), public),
        theme=query.get("theme", "")[:40],
        respondent_id=next((row.id for row in respondents if str(row.id) == query.get("respondent", "")), None),
        overdue=bool(query.get("overdue")) and not public,
        public=public,
        before=int(before) if re.fullmatch(r"\d{1,9}", before) else 0,
    )


def _states(name: str, public: bool) -> tuple[QuestionState, ...]:
    if name == WAITING_NAME:
        return WAITING
    allowed = {QuestionState.ANSWERED} if public else set(QuestionState)
    return (QuestionState(name),) if name in allowed else ()
