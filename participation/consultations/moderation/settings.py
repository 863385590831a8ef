"""How a process takes contributions: typed by staff, stored, recorded."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session
from starlette.datastructures import FormData

from participation.consultations.hand import Hand
from participation.consultations.models import ConsultationSettings, Moderation
from participation.consultations.queries import settings_of
from participation.i18n import lazy as _
from participation.processes.models import Process, ProcessKind, ProjectComments
from participation.typed import Errors, Typed

MOST_THEMES = 20


@dataclass(frozen=True, slots=True)
class ContributionsSet:
    """How contributions are taken was changed."""


@dataclass(frozen=True, slots=True)
class SettingsDraft:
    moderation: Moderation
    stances: bool
    reactions: bool
    edit_minutes: int
    themes: list[dict[str, Any]]
    charter: dict[str, str]


def read_settings(form: FormData) -> tuple[SettingsDraft, Errors]:
    """Themes are one a line, French | English; a line without the bar has no English."""
    typed = Typed(form)
    draft = SettingsDraft(
        moderation=typed.one("moderation", Moderation, Moderation.BEFORE),
        stances=typed.ticked("stances"),
        reactions=typed.ticked("reactions"),
        edit_minutes=typed.integer("edit_minutes", 0, 1440),
        themes=_themes(typed),
        charter=typed.words("charter", 4000),
    )
    return draft, typed.errors


def _themes(typed: Typed) -> list[dict[str, Any]]:
    lines = [line.strip() for line in typed.text("themes", 4000).splitlines() if line.strip()]
    if len(lines) > MOST_THEMES:
        typed.errors["themes"] = _("At most %(limit)s themes.", limit=MOST_THEMES)
    themes = []
    for place, line in enumerate(lines, 1):
        french, _bar, english = (part.strip() for part in line.partition("|"))
        title = {"fr": french} | ({"en": english} if english else {})
        themes.append({"code": f"{place}", "title": title})
    return themes


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
