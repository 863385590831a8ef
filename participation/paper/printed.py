"""What the printed forms say, as the data that `printing.render` takes. The spec is the source; prose is the process's.

Each sheet carries a version code and the digest of the frozen spec. Equal data gives equal bytes: the date of
a public sheet is that of publication.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from participation import i18n
from participation.counting.spec import PAPER_CHANNELS, Channel, Option, Question, RegisterKind, in_language
from participation.db import metadata
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.paper.models.desk import Paper
from participation.paper.queries import BatchRow
from participation.paper.serials import qr_content, qr_svg
from participation.printing import render
from participation.processes import notices
from participation.processes.models import Place, Project, WindowKind
from participation.processes.queries import OpenProcess, SpecRow, Windows, places_of, voting_of, windows_of
from participation.processes.words import PLACE_CHANNELS
from participation.settings import Settings

_PAGE = re.compile(rb"/Type\s*/Page(?![a-zA-Z])")


PAPER_SIZES = {Paper.LETTER: (215.9, 279.4), Paper.LEGAL: (215.9, 355.6), Paper.A4: (210.0, 297.0)}
"""Width and height in millimetres."""
MOST_INITIALS = 8
"""Of a long address: the version code must stay short enough to key, and its QR coarse enough to read."""
GRAMS_PER_SQUARE_METRE = 75
"""Ordinary office paper (20 lb bond)."""
_SQUARE_METRES = {Paper.LETTER: Decimal("0.0603"), Paper.LEGAL: Decimal("0.0768"), Paper.A4: Decimal("0.0624")}


@dataclass(frozen=True, slots=True)
class Edition:
    """Which printing of a form: language, paper and size of type."""

    language: str = "fr"
    paper: Paper = Paper.LETTER
    large: bool = False
    numbered: bool = False
    """A ballot with a serial and a stub. Unnumbered ones have a box for the officer's initials."""


@dataclass(frozen=True)
class Matter:
    """Everything that printed sheets are made of."""

    process: OpenProcess
    spec_row: SpecRow
    places: Sequence[Place]
    windows: Windows
    base_url: str
    demo: bool

    @property
    def code(self) -> str:
        """QAV-1 for version 1 of quartiers-a-venir."""
        return f"{initials(self.process)}-{self.spec_row.spec.version}"

    def version(self, edition: Edition) -> str:
        """The version code printed on each sheet and noted in the batch header."""
        large = "-L" if edition.large else ""
        return f"{self.code}-{edition.language.upper()}{large}"

    def form_code(self, style: str, edition: Edition) -> str:
        """What the QR codes of a ballot begin with: its version without dashes, district, paper, and four signs of the
        digest, by which the sheet of another body with the same initials is told apart. A-Z and 0-9 only.
        """
        styles = [each.id for each in self.spec_row.spec.styles]
        district = f"D{styles.index(style) + 1}" if len(styles) > 1 else ""
        paper = {Paper.LETTER: "", Paper.LEGAL: "G", Paper.A4: "A"}[edition.paper]
        digest = self.spec_row.digest[:4].upper()
        return f"{self.version(edition)}{paper}{district}{digest}".replace("-", "")


QR_SIDES = 8
"""For so many sides of an unnumbered ballot the QR codes are made beforehand; no ballot has as many."""


def initials(process: OpenProcess) -> str:
    """QAV for quartiers-a-venir."""
    parts = process.process.slug.split("-")
    return "".join(part if part.isdigit() else part[:1] for part in parts).upper()[:MOST_INITIALS]


def matter_of(session: Session, process: OpenProcess, spec_row: SpecRow, settings: Settings) -> Matter:
    """Everything that the sheets of this vote are made of."""
    places = [place for place in places_of(session, process.id) if place.channel in PAPER_CHANNELS]
    windows = windows_of(session, spec_row.id)
    return Matter(process, spec_row, places, windows, settings.base_url, settings.demo)


def ballot(matter: Matter, style: str, edition: Edition) -> dict[str, Any]:
    """One voter's sheet in one language. Numbered, it is the common part of all copies: see `print_runs`."""
    spec = matter.spec_row.spec
    form = matter.form_code(style, edition)
    sides = range(1, 1 + (0 if edition.numbered else QR_SIDES))
    return common(matter, edition) | {
        "form": form,
        "numbered": edition.numbered,
        "qr": [qr_svg(qr_content(form, side)) for side in sides],
        "contests": [_contest(question, edition.language) for question in spec.questions_of(style)],
        "district": district(matter, style, edition.language),
        "precedence": spec.precedence.value,
        "digest": matter.spec_row.digest,
    }


def declaration(
    matter: Matter, edition: Edition, notice: Sequence[str], *, style: str = "", place: Place | None = None
) -> dict[str, Any]:
    """The slip that stays with the register; its legal notice is rendered from the data map."""
    spec = matter.spec_row.spec
    data = common(matter, edition) | {
        "register": spec.register.value,
        "fields": [field.value for field in spec.match_fields],
        "eligibility": in_language(spec.eligibility, edition.language),
        "precedence": spec.precedence.value,
        "notice": list(notice),
    }
    if place is not None:
        data["place"] = in_words(place.name, edition.language)
    if style:
        data["district"] = district(matter, style, edition.language)
    elif len(spec.styles) > 1 and spec.register is RegisterKind.OPEN:
        data["district_choices"] = [in_language(each.title, edition.language) for each in spec.styles]
    return {name: value for name, value in data.items() if value is not None}


def booklet(matter: Matter, projects: Mapping[tuple[str, str], Project], edition: Edition) -> dict[str, Any]:
    """The print twin of the project pages. `projects`: (question id, option id) → its texts."""
    language = edition.language
    contests = []
    for question in matter.spec_row.spec.questions:
        options = [
            _option(option, language) | _prose(projects.get((question.id, option.id)), language)
            for option in question.options
        ]
        contests.append(_contest(question, language) | {"options": options})
    return common(matter, edition) | {
        "lead": in_words(matter.process.process.summary, language) or None,
        "opens": moment(matter, WindowKind.ONLINE_OPENS, WindowKind.PAPER_OPENS, language),
        "closes": moment(matter, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, language),
        "ways": ways(matter, language),
        "contests": contests,
        "digest": matter.spec_row.digest,
    }


def preparation(matter: Matter, edition: Edition, style: str = "") -> dict[str, Any]:
    """The public sheet to note one's choices on; it is no ballot."""
    spec = matter.spec_row.spec
    questions = spec.questions_of(style) if style in spec.style else spec.questions
    return common(matter, edition) | {
        "closes": moment(matter, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, edition.language),
        "ways": ways(matter, edition.language),
        "contests": [_contest(question, edition.language) for question in questions],
    }


def batch_header(
    matter: Matter, batch: BatchRow, names: Mapping[Any, str], edition: Edition, from_box: str = ""
) -> dict[str, Any]:
    """The header of a batch: what is known is printed, the rest are lines to write on."""
    place = next(each for each in matter.places if each.id == batch.place_id)
    return common(matter, edition) | {
        "batch": {
            "number": f"{batch.number:03d}",
            "place": in_words(place.name, edition.language),
            "channel": translate(PLACE_CHANNELS[batch.channel], edition.language),
            "date": i18n.long_date(batch.received_on, edition.language),
            "form_version": matter.code,
            "hand_count_a": batch.header_count,
            "counted_by_a": names.get(batch.opened_by, ""),
            "seal": batch.seal_number or None,
            "from_box": from_box or None,
        }
    }


def notice(matter: Matter, language: str) -> list[str]:
    """The notice of s. 65 of the Access Act, from the data map, in two paragraphs that fit the slip."""
    process = matter.process
    sentences = notices.notice(process, voting_of(process.process), metadata, language, notices.Medium.PAPER)
    return [" ".join(sentences[:3]), " ".join(sentences[3:])]


def common(matter: Matter, edition: Edition) -> dict[str, Any]:
    """What every form takes: language, date, names, edition, whom to call."""
    return common_data(
        matter.process,
        matter.places,
        edition,
        version=matter.version(edition),
        printed_at=matter.spec_row.published_at.isoformat(),
        web=without_scheme(matter.base_url) + f"/{edition.language}/receipt",
        demo=matter.demo,
    )


def common_data(
    found: OpenProcess,
    places: Sequence[Place],
    edition: Edition,
    *,
    version: str,
    printed_at: str,
    web: str,
    demo: bool,
) -> dict[str, Any]:
    """The same from its parts, for sheets that need no published spec."""
    process = found.process
    data: dict[str, Any] = {
        "locale": edition.language,
        "printed_at": printed_at,
        "organisation": in_words(found.organisation.name, edition.language),
        "process": in_words(process.title, edition.language),
        "demo": demo,
        "paper": edition.paper.value,
        "large_print": edition.large,
        "version": version,
    }
    if process.phone:
        data["contact"] = {"phone": process.phone, "hours": _hours(places, edition.language), "web": web}
    return data


def _hours(places: Sequence[Place], language: str) -> str:
    """The hours of the first counter that has any: a telephone number and hours stand on every print."""
    found = (in_words(place.hours, language) for place in places if place.channel is Channel.COUNTER)
    return next((hours for hours in found if hours), "") or translate(_("during office hours"), language)


def _contest(question: Question, language: str) -> dict[str, Any]:
    return {
        "id": question.id,
        "title": in_language(question.title, language),
        "kind": question.kind.value,
        "min_choices": question.min_choices,
        "max_choices": question.max_choices,
        "envelope": question.envelope,
        "max_points": question.max_points,
        "max_points_each": question.max_points_each,
        "options": [_option(option, language) for option in question.options],
    }


def _option(option: Option, language: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": option.id,
        "number": option.number,
        "title": in_language(option.title, language),
        "cost": option.cost,
        "borough": i18n.in_part(option.borough, language),
    }
    return {name: value for name, value in data.items() if value != ""}


def _prose(project: Project | None, language: str) -> dict[str, str]:
    if project is None:
        return {}
    texts = {"summary": in_words(project.summary, language), "description": in_words(project.description, language)}
    return {name: text for name, text in texts.items() if text}


def district(matter: Matter, style: str, language: str) -> str | None:
    """The name of the sheet's district; nothing where everybody gets the same sheet."""
    spec = matter.spec_row.spec
    return in_language(spec.style[style].title, language) if len(spec.styles) > 1 else None


def moment(matter: Matter, first: WindowKind, second: WindowKind, language: str) -> str:
    """The hour of the first kind, else of the second; empty where neither is set."""
    moments = matter.windows.moments
    found = moments.get(first) or moments.get(second)
    return i18n.date_and_time(found, language, matter.process.zone) if found else ""


def ways(matter: Matter, language: str) -> dict[str, Any]:
    """How one votes: online, at which counters, by post."""
    found: dict[str, Any] = {}
    if matter.process.process.online:
        found["online"] = without_scheme(matter.base_url) + f"/{language}{matter.process.path}"
    counters = [place for place in matter.places if place.channel is Channel.COUNTER]
    if counters:
        found["counters"] = counter_rows(counters, language)
    post = next((place for place in matter.places if place.channel is Channel.POST), None)
    if post is not None and post.address:
        deadline = moment(matter, WindowKind.POST_CLOSES, WindowKind.PAPER_CLOSES, language)
        found["post"] = {"address": post.address, "deadline": deadline}
    return found


def counter_rows(counters: Sequence[Place], language: str) -> list[dict[str, str]]:
    """Where people can come, and when."""
    return [
        {"name": in_words(place.name, language), "address": place.address, "hours": in_words(place.hours, language)}
        for place in counters
    ]


def without_scheme(url: str) -> str:
    """An address as people type it."""
    return url.partition("://")[2].rstrip("/") or url


def in_words(words: Mapping[str, str], language: str) -> str:
    """The text in that language, else in French."""
    return words.get(language) or words.get(i18n.DEFAULT_LOCALE, "")


@dataclass(frozen=True, slots=True)
class Printed:
    """A finished PDF and how many sides it has."""

    pdf: bytes
    sides: int

    @property
    def sheets(self) -> int:
        """Sheets of paper when printed on both sides."""
        return (self.sides + 1) // 2

    def grams(self, paper: Paper) -> Decimal:
        """The weight of those sheets, to the tenth of a gram: postage goes by it."""
        return (self.sheets * _SQUARE_METRES[paper] * GRAMS_PER_SQUARE_METRE).quantize(Decimal("0.1"))


def print_form(form: str, data: Mapping[str, Any]) -> Printed:
    """The PDF of a form. Rendered once for the same data: the bytes are the same."""
    return _rendered(form, json.dumps(data, ensure_ascii=False, sort_keys=True))


def print_once(form: str, data: Mapping[str, Any]) -> Printed:
    """The PDF of a form that is not remembered: for what nobody but its reader may have, such as codes."""
    pdf = render(form, data)
    return Printed(pdf, len(_PAGE.findall(pdf)))


@lru_cache(maxsize=160)
def _rendered(form: str, data: str) -> Printed:
    """Room for every sheet of a vote in its languages and both sizes of type."""
    return print_once(form, json.loads(data))
