"""What a consultation prints beside its questionnaire, as data of the forms: poster and flyer, slips, kits.

Everything is taken from its page: calendar, places, themes, documents. None of it needs a published questionnaire, for
a poster hangs before anything else; none asks for a name that will be published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlmodel import Session

from participation import i18n
from participation.consultations import queries as contributions
from participation.consultations.activities.models import Activity
from participation.consultations.activities.queries import calendar_of
from participation.consultations.documents import queries as documents
from participation.consultations.documents.models import DocumentKind
from participation.consultations.documents.queries import DocumentRow
from participation.consultations.models import ConsultationSettings
from participation.counting.spec import PAPER_CHANNELS, Channel, in_language
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.paper import printed
from participation.paper.printed import Edition, in_words
from participation.paper.serials import qr_svg
from participation.paper.sheets.documents import Slip
from participation.printing import wording
from participation.processes.models import Phase, PhaseKind, Place
from participation.processes.queries import OpenProcess, SpecRow, current_spec, phases_of, places_of
from participation.processes.questionnaires.queries import sections
from participation.processes.words import PHASES
from participation.settings import Settings

WITH_PEOPLE = (
    PhaseKind.ACTIVITIES,
    PhaseKind.INFORMATION,
    PhaseKind.QUESTIONS,
    PhaseKind.CONTRIBUTIONS,
    PhaseKind.BRIEFS,
    PhaseKind.HEARINGS,
)
"""The stages that a poster names: those in which people have something to do."""
CORE = (DocumentKind.MANDATE, DocumentKind.NOTICE, DocumentKind.CITY, DocumentKind.DEVELOPER)
"""What goes into a postal kit where no document is marked as being on paper."""
MOST_ENCLOSED = 6
KIT_QUESTIONS = ("kit.question.1", "kit.question.2")


class Invitation(StrEnum):
    POSTER = "poster"
    FLYER = "flyer"


@dataclass(frozen=True)
class Occasion:
    """Everything that the sheets of a consultation are made of."""

    process: OpenProcess
    places: Sequence[Place]
    phases: Sequence[Phase]
    settings: ConsultationSettings
    file: Sequence[DocumentRow]
    activities: Sequence[Activity]
    """Those that are still to come."""
    spec_row: SpecRow | None
    """Its questionnaire, once published."""
    base_url: str
    demo: bool

    def version(self, edition: Edition) -> str:
        """SG-FR for secteur-de-la-gare: what a clerk notes beside a transcription."""
        return f"{printed.initials(self.process)}-{edition.language.upper()}{'-L' if edition.large else ''}"

    @property
    def address(self) -> str:
        """The short address, which leads to the page in the reader’s language."""
        return f"{self.base_url.rstrip('/')}/v/{self.process.process.slug}"

    def closes(self, language: str) -> str:
        """The last day of the stage of opinions, else of the last stage with people; empty without a calendar."""
        spans = [phase for phase in self.phases if phase.kind is PhaseKind.CONTRIBUTIONS]
        spans = spans or [phase for phase in self.phases if phase.kind in WITH_PEOPLE]
        ends = max((phase.ends_at for phase in spans), default=None)
        return i18n.last_moment(ends, language, self.process.zone) if ends else ""


def occasion_of(session: Session, process: OpenProcess, settings: Settings, at: datetime) -> Occasion:
    return Occasion(
        process,
        [place for place in places_of(session, process.id) if place.channel in PAPER_CHANNELS],
        phases_of(session, process.id),
        contributions.settings_of(session, process.id),
        [row for row in documents.documents_of(session, process.id) if row.current and not row.withdrawn_at],
        [row for row in calendar_of(session, process.id, at).coming if not row.cancelled],
        current_spec(session, process.id),
        settings.base_url,
        settings.demo,
    )


def _common(occasion: Occasion, edition: Edition) -> dict[str, Any]:
    """The date of a sheet is that of the first stage: equal data gives equal bytes."""
    starts = min((phase.starts_at for phase in occasion.phases), default=None)
    data = printed.common_data(
        occasion.process,
        occasion.places,
        edition,
        version=occasion.version(edition),
        printed_at=starts.isoformat() if starts else "2000-01-01T00:00:00+00:00",
        web=printed.without_scheme(occasion.address),
        demo=occasion.demo,
    )
    lead = in_words(occasion.process.process.summary, edition.language)
    return data | ({"lead": lead} if lead else {}) | {"ways": _ways(occasion, edition.language)}


def _ways(occasion: Occasion, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"online": printed.without_scheme(occasion.address)}
    counters = [place for place in occasion.places if place.channel is Channel.COUNTER]
    if counters:
        found["counters"] = printed.counter_rows(counters, language)
    post = next((place for place in occasion.places if place.channel is Channel.POST and place.address), None)
    address = post.address if post else occasion.process.organisation.address
    if address:
        found["post"] = {"address": address, "deadline": occasion.closes(language)}
    return found


def invitation(occasion: Occasion, edition: Edition, kind: Invitation) -> dict[str, Any]:
    """The poster, which has the next dates, or the flyer, which has all of them."""
    return _common(occasion, edition) | {
        "kind": kind.value,
        "dates": list(_dates(occasion, edition.language)),
        "meet_title": translate(_("Where to meet us"), edition.language),
        "meet": [_meeting(row, occasion.process, edition.language) for row in occasion.activities],
        "url": printed.without_scheme(occasion.address),
        "qr_svg": qr_svg(occasion.address),
    }


def _dates(occasion: Occasion, language: str) -> Iterator[dict[str, str]]:
    zone = occasion.process.zone
    for phase in occasion.phases:
        if phase.kind in WITH_PEOPLE:
            first, last = (
                phase.starts_at.astimezone(zone).date(),
                (phase.ends_at - timedelta(seconds=1)).astimezone(zone),
            )
            when = i18n.long_date(first, language)
            if last.date() != first:
                when = wording(language, "invitation.span", first=when, last=i18n.long_date(last.date(), language))
            yield {"name": in_words(phase.title, language) or translate(PHASES[phase.kind], language), "when": when}


def _meeting(row: Activity, process: OpenProcess, language: str) -> dict[str, str]:
    when = i18n.date_and_time(row.starts_at, language, process.zone)
    return {"name": in_words(row.title, language), "when": when, "where": in_words(row.place, language)}


def slip(occasion: Occasion, edition: Edition, kind: Slip) -> dict[str, Any]:
    """A sheet that anybody may fill in, without a name; a comment is put under one of the themes."""
    data = _common(occasion, edition) | {"slip": kind.value}
    themes = [in_words(theme["title"], edition.language) for theme in occasion.settings.themes]
    return data | ({"themes": themes} if themes and kind is Slip.COMMENT else {})


def kit(occasion: Occasion, edition: Edition) -> dict[str, Any]:
    """For groups: the guide, the themes with their questions, the return sheet."""
    return _common(occasion, edition) | {
        "themes": _themes(occasion, edition.language),
        "url": printed.without_scheme(occasion.address),
        "deadline": occasion.closes(edition.language),
    }


def _themes(occasion: Occasion, language: str) -> list[dict[str, Any]]:
    """The questionnaire’s own questions where it is published, else its themes with two questions each."""
    if occasion.spec_row is not None:
        return [
            {
                "title": in_language(section.title, language),
                "questions": [in_language(question.title, language) for _number, question in section.questions],
            }
            for section in sections(occasion.spec_row.spec)
        ]
    asked = [wording(language, key) for key in KIT_QUESTIONS]
    titles = [in_words(theme["title"], language) for theme in occasion.settings.themes]
    whole = in_words(occasion.process.process.title, language)
    return [{"title": title, "questions": asked} for title in titles or [whole]]


def postal_kit(occasion: Occasion, edition: Edition) -> dict[str, Any]:
    """The letter that goes with what is mailed: what is enclosed, how to answer, the words of the label."""
    language = edition.language
    keys = ["comment", "question", *(["questionnaire"] if occasion.spec_row else []), "envelope"]
    post = _ways(occasion, language).get("post", {"address": ""})
    street = [part.strip() for part in post["address"].replace(", ", "\n").splitlines() if part.strip()]
    names = (occasion.process.organisation.name, occasion.process.process.title)
    return _common(occasion, edition) | {
        "enclosed": [wording(language, f"postal-kit.{key}") for key in keys],
        "documents": [{"number": row.number, "title": in_words(row.title, language)} for row in _enclosed(occasion)],
        "address": [*(in_words(name, language) for name in names), *street],
        "url": printed.without_scheme(occasion.address),
        "deadline": occasion.closes(language),
    }


def _enclosed(occasion: Occasion) -> list[DocumentRow]:
    on_paper = [row for row in occasion.file if row.on_paper]
    return (on_paper or [row for row in occasion.file if row.kind in CORE])[:MOST_ENCLOSED]
