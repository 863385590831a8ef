"""What staff type of the report and of the City’s answers."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from participation.consultations.follow_up.models import Outcome, Report
from participation.consultations.follow_up.queries import AT_LATEST
from participation.consultations.follow_up.service import ReportDraft, Said
from participation.errors import Message
from participation.i18n import lazy as _
from participation.processes.models import LocalText
from participation.typed import Errors, Typed, day_of


def _day(typed: Typed, name: str, missing: Message | None = None) -> date | None:
    text = typed.raw(name)
    found = day_of(text)
    if text and found is None:
        typed.errors[name] = _("Enter a date, such as 2027-06-15.")
    elif not text and missing:
        typed.errors[name] = missing
    return found


def read_report(form: FormData, today: date) -> tuple[ReportDraft, Errors]:
    """The report must be public fifteen days after it was delivered at the latest."""
    typed = Typed(form)
    title = typed.words("title", 200, _("Give the report its title."))
    summary = typed.words("summary", 4000)
    delivered, publish = _day(typed, "delivered_on"), _day(typed, "publish_on")
    if delivered and delivered > today:
        typed.errors["delivered_on"] = _("This day has not come yet: enter it once the report is delivered.")
    if publish and not delivered and "delivered_on" not in typed.errors:
        typed.errors["delivered_on"] = _("Enter first on which day the report was delivered.")
    if publish and delivered and not delivered <= publish <= delivered + AT_LATEST:
        typed.errors["publish_on"] = _("Choose the day of its delivery, or one at most fifteen days later.")
    return ReportDraft(title, summary, delivered, publish), typed.errors


def report_values(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {}
    return {
        "title_fr": report.title.get("fr", ""),
        "title_en": report.title.get("en", ""),
        "summary_fr": report.summary.get("fr", ""),
        "summary_en": report.summary.get("en", ""),
        "delivered_on": report.delivered_on or "",
        "publish_on": report.publish_on or "",
    }


def read_recommendation(form: FormData) -> tuple[LocalText, Errors]:
    typed = Typed(form)
    return typed.words("words", 4000, _("Type the recommendation as it stands in the report.")), typed.errors


def read_said(form: FormData, today: date) -> tuple[Said, Errors]:
    """An answer of the City always says where it is written: an address of the web, or the number of a document."""
    typed = Typed(form)
    outcome = typed.one("outcome", Outcome, Outcome.PENDING)
    words = typed.words("answer", 4000)
    nowhere = _("Say where it is written: a link or the number of a document.")
    source = " ".join(typed.text("source", 300, nowhere).split())
    if "://" in source and not is_link(source):
        typed.errors["source"] = _("This link does not begin with https:// or http://.")
    said_on = _day(typed, "said_on", _("Enter the day of the answer."))
    if said_on and said_on > today:
        typed.errors["said_on"] = _("This day has not come yet.")
    return Said(outcome, words, source, said_on or today), typed.errors


def is_link(source: str) -> bool:
    """Whether a source can be followed: a whole address of the web, and nothing else."""
    try:
        parts = urlsplit(source)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.netloc) and " " not in source
