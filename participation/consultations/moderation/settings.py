"""How a process takes contributions: typed by staff, stored, recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from participation.consultations.models import ConsultationSettings, Moderation
from participation.consultations.queries import settings_of
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.models import Process, ProcessKind, ProjectComments
from participation.typed import Errors, Typed

MOST_THEMES = 20
Theme = dict[str, Any]
"""Its code, and its title per language."""


@dataclass(frozen=True, slots=True)
class ContributionsSet:
    """How contributions are taken was changed."""


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    moderation: Moderation
    stances: bool
    reactions: bool
    edit_minutes: int
    themes: list[Theme]
    charter: dict[str, str]


def read_settings(form: FormData, themes: Sequence[Theme]) -> tuple[SettingsDraft, Errors]:
    """Themes are one a line, French | English; a line without the bar has no English. `themes`: those there were."""
    typed = Typed(form)
    draft = SettingsDraft(
        moderation=typed.one("moderation", Moderation, Moderation.BEFORE),
        stances=typed.ticked("stances"),
        reactions=typed.ticked("reactions"),
        edit_minutes=typed.integer("edit_minutes", 0, 1440),
        themes=_themes(typed, themes),
        charter=typed.words("charter", 4000),
    )
    return draft, typed.errors


def _themes(typed: Typed, before: Sequence[Theme]) -> list[Theme]:
    lines = [line.strip() for line in typed.text("themes", 4000).splitlines() if line.strip()]
    if len(lines) > MOST_THEMES:
        typed.errors["themes"] = _("At most %(limit)s themes.", limit=MOST_THEMES)
    titles = []
    for line in lines:
        french, _bar, english = (part.strip() for part in line.partition("|"))
        titles.append({"fr": french} | ({"en": english} if english else {}))
    codes = _codes([title["fr"] for title in titles], {theme["title"]["fr"]: theme["code"] for theme in before})
    return [{"code": code, "title": title} for code, title in zip(codes, titles, strict=True)]


def _codes(titles: Sequence[str], before: Mapping[str, str]) -> list[str]:
    """A theme keeps its code, under which contributions stand, wherever its line moves; where as many lines as before
    hold new words, those are the old themes in new words, and any other new line is a new theme."""
    gone = [code for title, code in before.items() if title not in titles]
    new = [title for title in titles if title not in before]
    numbers = count(max((int(code) for code in before.values() if code.isdecimal()), default=0) + 1)
    spare = iter(gone) if len(gone) == len(new) else (f"{number}" for number in numbers)
    return [before[title] if title in before else next(spare) for title in titles]


def read_project_comments(form: FormData) -> ProjectComments:
    """Until when the projects of a vote are open to comments."""
    return Typed(form).one("project_comments", ProjectComments, ProjectComments.NONE)


def settings_values(settings: ConsultationSettings) -> dict[str, Any]:
    lines = [" | ".join(filter(None, (theme["title"]["fr"], theme["title"].get("en")))) for theme in settings.themes]
    return {
        "moderation": settings.moderation,
        "stances": settings.stances,
        "reactions": settings.reactions,
        "edit_minutes": settings.edit_minutes,
        "themes": "\n".join(lines),
        "charter_fr": settings.charter.get("fr", ""),
        "charter_en": settings.charter.get("en", ""),
    }


def save_settings(
    session: Session, hand: Hand, draft: SettingsDraft, projects: ProjectComments = ProjectComments.NONE
) -> None:
    """`projects`: what is kept with a vote, whose pages lead to its comments; a consultation has no projects."""
    row = settings_of(session, hand.process.id)
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    process = session.get_one(Process, hand.process.id)
    if process.kind is ProcessKind.BUDGET:
        process.project_comments = projects
        session.add(process)
    session.add(row)
    session.flush()
    hand.record(session, ContributionsSet())
