"""What stands around the vote, as data of printed forms: envelopes, poster, class pack, slips, one page per desk.

Everything is taken from the process and its frozen spec. Slips ask for nothing personal, so they carry no notice;
the outer envelope carries the slip's, from the data map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from participation import i18n
from participation.ballots.models import BallotRejection
from participation.counting.spec import Channel, Precedence, Question, QuestionKind, RegisterKind, in_language
from participation.i18n import translate
from participation.paper import printed
from participation.paper.intake.boxes import FEWEST
from participation.paper.printed import Edition, Matter
from participation.paper.queries import MOST_FORMS
from participation.paper.serials import qr_svg
from participation.paper.words import REJECTED
from participation.printing import wording
from participation.processes.eligibility import young_ages
from participation.processes.models import Place, PlaceKind, WindowKind

MOST_CARDS = 100
"""In one class pack: several classes are several packs."""
POINT_KINDS = frozenset({QuestionKind.CUMULATIVE, QuestionKind.RANKING})


class EnvelopePart(StrEnum):
    OUTER = "outer"
    INNER = "inner"


class Slip(StrEnum):
    """Stand-alone sheets that ask for no personal information."""

    ATTENDANCE = "attendance"
    QUESTION = "question"
    COMMENT = "comment"
    IDEA = "idea"


class Desk(StrEnum):
    """The desks that have a page of guidance beside them."""

    INTAKE = "intake"
    KEYING = "keying"
    ADJUDICATION = "adjudication"
    CLOSING = "closing"


def uses_envelopes(matter: Matter) -> bool:
    """Whether a place of this vote receives ballots in envelopes."""
    return any(place.kind is PlaceKind.ENVELOPE for place in matter.places)


def envelope(
    matter: Matter, edition: Edition, part: EnvelopePart, notice: Sequence[str], *, style: str = ""
) -> dict[str, Any]:
    """The outer envelope with the declaration on its back, or the plain inner one.

    `style` prints the district on the inner one, and on the declaration, where there are several.
    """
    where = _destination(matter)
    deadline = printed.moment(matter, WindowKind.POST_CLOSES, WindowKind.PAPER_CLOSES, edition.language)
    data = printed.declaration(matter, edition, notice, style=style)
    return data | {"part": part.value, "deadline": deadline, "address": _address(matter, where, edition.language)}


def _destination(matter: Matter) -> Place | None:
    """The address for post, else the first place that takes envelopes."""
    places = [place for place in matter.places if place.kind is PlaceKind.ENVELOPE]
    return next((place for place in places if place.channel is Channel.POST), places[0] if places else None)


def _address(matter: Matter, place: Place | None, language: str) -> list[str]:
    body = matter.process.organisation
    lines = [printed.in_words(body.name, language), printed.in_words(matter.process.process.title, language)]
    street = (place.address if place else "") or body.address
    return [*lines, *(part.strip() for part in street.replace(", ", "\n").splitlines() if part.strip())]


def poster(matter: Matter, edition: Edition) -> dict[str, Any]:
    """The poster with a QR code for those who vote online and a telephone number for everybody."""
    language = edition.language
    spec = matter.spec_row.spec
    data = printed.common(matter, edition) | {
        "lead": printed.in_words(matter.process.process.summary, language) or None,
        "opens": printed.moment(matter, WindowKind.ONLINE_OPENS, WindowKind.PAPER_OPENS, language),
        "closes": printed.moment(matter, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, language),
        "amount": sum(question.envelope for question in spec.questions) or None,
        "count": sum(len(question.options) for question in spec.questions),
        "eligibility": in_language(spec.eligibility, language),
        "ways": printed.ways(matter, language),
    }
    if matter.process.process.online:
        address = f"{matter.base_url.rstrip('/')}/{language}{matter.process.path}"
        data |= {"url": data["ways"]["online"], "qr_svg": qr_svg(address)}
    return data


def class_pack(matter: Matter, edition: Edition, cards: Sequence[str] = (), *, style: str = "") -> dict[str, Any]:
    """Guide, statement by two adults and one anonymous card per code; without cards for what was printed before."""
    language = edition.language
    process = matter.process.process
    retention = printed.in_words(process.retention, language)
    whom = printed.in_words(matter.process.organisation.privacy_officer, language) or process.phone
    data = printed.common(matter, edition) | {
        "ages": _ages(matter, language),
        "cards": list(cards),
        "notice": wording(language, "pack.notice", retention=retention, whom=whom),
        "district": printed.district(matter, style, language) if style else None,
    }
    if process.online:
        data["url"] = printed.ways(matter, language)["online"]
    return data


def has_class_pack(matter: Matter) -> bool:
    """Whether some who may vote are too young to give a name."""
    return young_ages(matter.spec_row.spec.minimum_age) is not None


def _ages(matter: Matter, language: str) -> str:
    ages = young_ages(matter.spec_row.spec.minimum_age)
    return translate(ages, language) if ages is not None else ""


def slip(matter: Matter, edition: Edition, kind: Slip) -> dict[str, Any]:
    """A sheet that anybody may fill in, without a name."""
    return printed.common(matter, edition) | {"slip": kind.value, "ways": printed.ways(matter, edition.language)}


def aide_memoire(matter: Matter, edition: Edition, desk: Desk, *, numbered: bool) -> dict[str, Any]:
    """The page beside a desk: the steps that this vote has, in their order, with its limits and reasons."""
    language = edition.language
    keys = {
        Desk.INTAKE: _intake, Desk.KEYING: _keying, Desk.ADJUDICATION: _adjudication, Desk.CLOSING: _closing,
    }[desk](matter, numbered)  # fmt: skip
    values = {"most": MOST_FORMS, "fewest": FEWEST, "ages": _ages(matter, language)}
    data = printed.common(matter, edition) | {
        "desk": desk.value,
        "steps": [wording(language, f"aide.{desk.value}.{key}", **values) for key in keys],
        "facts": _facts(matter, language),
        "digest": matter.spec_row.digest,
    }
    if desk is Desk.ADJUDICATION:
        data["reasons"] = _reasons(matter, language)
    return data


def _facts(matter: Matter, language: str) -> list[dict[str, str]]:
    closes = printed.moment(matter, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES, language)
    pairs = (("aide.calls", matter.process.process.phone), ("aide.closes", closes))
    return [{"label": wording(language, key), "value": value} for key, value in pairs if value]


def _live(matter: Matter) -> bool:
    return any(place.kind is PlaceKind.LIVE for place in matter.places)


def _intake(matter: Matter, numbered: bool) -> Iterator[str]:
    spec = matter.spec_row.spec
    if _live(matter):
        yield "code" if spec.register is RegisterKind.CLOSED else "form"
        yield "document"
        if spec.precedence is not Precedence.ALL_VOID:
            yield spec.precedence.value
        yield "issue"
        if not numbered:
            yield "initial"
        yield from ("refuse", "spoiled")
    if spec.precedence is Precedence.ALL_VOID:
        yield spec.precedence.value
    if uses_envelopes(matter):
        yield from ("bag", "late", "envelope", "apart")
    if has_class_pack(matter):
        yield "young"


def _keying(matter: Matter, numbered: bool) -> Iterator[str]:
    yield from ("count", "alone", "serial" if numbered else "order")
    if any(question.kind in POINT_KINDS for question in matter.spec_row.spec.questions):
        yield "points"
    yield from ("see", "pause", "end", "quiet")


def _adjudication(matter: Matter, numbered: bool) -> Iterator[str]:
    yield from ("third", "first", "paper", "marks", "missing", "back")


def _closing(matter: Matter, numbered: bool) -> Iterator[str]:
    if _live(matter):
        yield from ("seal", "stock")
    yield from ("bags", "cases", "small")
    if uses_envelopes(matter):
        yield "opening"
    yield from ("statement", "certify")


def _reasons(matter: Matter, language: str) -> list[dict[str, str]]:
    """The reasons for which a ballot of this vote can be rejected, each in a sentence."""
    questions = matter.spec_row.spec.questions
    possible = {
        BallotRejection.OVER: any(question.kind is not QuestionKind.KNAPSACK for question in questions),
        BallotRejection.UNDER: any(question.min_choices > 1 for question in questions),
        BallotRejection.OVER_BUDGET: any(question.kind is QuestionKind.KNAPSACK for question in questions),
        BallotRejection.TWO_IN_ENVELOPE: uses_envelopes(matter),
    }
    counted = [question for question in questions if question.kind is not QuestionKind.KNAPSACK]
    limits = {"max": _limits(counted, "max_choices"), "min": _limits(counted, "min_choices")}
    return [
        {
            "title": translate(REJECTED[reason], language),
            "text": wording(language, f"aide.reject.{reason.name.lower()}", **limits),
        }
        for reason in BallotRejection
        if possible.get(reason, True)
    ]


def _limits(questions: Sequence[Question], name: str) -> str:
    """5, or 5 / 3 where the contests of a sheet differ."""
    return " / ".join(dict.fromkeys(i18n.number(getattr(question, name), "fr") for question in questions))
