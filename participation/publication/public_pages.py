"""What the public pages show: home, process hub, results. Each page is a handful of queries, whatever its size."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlmodel import Session

from participation.accounts.models import Organisation
from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import NOT_COUNTED_ONLINE, Disposition, Equation, IdentityKey
from participation.counting.spec import Disclosure
from participation.counts.queries import Certified, certified_count
from participation.counts.results import load_result
from participation.i18n import lazy as _
from participation.i18n import translate, words_of
from participation.live.queries import meetings_of, number_on_site
from participation.paper.auditing import sample_audits
from participation.processes.models import PhaseKind, ProcessKind, ProjectChange
from participation.processes.queries import (
    OpenProcess,
    SpecRow,
    current_spec,
    phases_of,
    places_of,
    project_changes,
    windows_of,
)
from participation.publication import consultation_pages, hub, identities, meeting_pages, queries, wording
from participation.publication.hub import Stage
from participation.publication.identities import Identity
from participation.publication.results import contest_results, headline
from participation.publication.versions import recount_context


def home(session: Session, at: datetime, locale: str) -> dict[str, Any]:
    """Every public process by what can be done with it today, and the organisations."""
    rows = queries.public_rows(session)
    listed = [hub.home_row(row, standing_of(row, at), at, locale) for row in rows]
    by_stage = {stage: [row for row in listed if row.standing.stage is stage] for stage in Stage}
    organisations: dict[uuid.UUID, Organisation] = {row.organisation.id: row.organisation for row in rows}
    return {
        "open": by_stage[Stage.OPEN] + by_stage[Stage.SUSPENDED],
        "coming": by_stage[Stage.BEFORE],
        "counting": by_stage[Stage.COUNTING],
        "results": sorted(by_stage[Stage.RESULT], key=_moment, reverse=True),
        "organisations": sorted(organisations.values(), key=lambda body: body.slug),
    }


def _moment(row: hub.HomeRow) -> float:
    return row.standing.moment.timestamp() if row.standing.moment else 0.0


def organisation(session: Session, body: Organisation, at: datetime, locale: str) -> dict[str, Any]:
    """The public processes of one organisation, what is open first."""
    rows = [row for row in queries.public_rows(session) if row.organisation.id == body.id]
    order = list(Stage)
    listed = sorted(
        (hub.home_row(row, standing_of(row, at), at, locale) for row in rows),
        key=lambda row: order.index(row.standing.stage),
    )
    return {"organisation": body, "rows": listed}


def standing_of(row: queries.ProcessRow, at: datetime) -> hub.Standing:
    """Where a process stands: a consultation by its stages, a meeting by its hour and minutes, a vote by its windows
    and its certified count."""
    if row.process.kind is ProcessKind.CONSULTATION:
        return consultation_pages.standing(row.phases, at)
    if row.meeting is not None:
        return meeting_pages.standing(row.meeting, at)
    return hub.standing(row.windows, row.certified_at, at)


def process_page(session: Session, process: OpenProcess, at: datetime, locale: str) -> dict[str, Any]:
    """The hub: the line of phases, what can be done now, the meetings. Seven queries with the process itself."""
    spec_row = current_spec(session, process.id)
    phases = phases_of(session, process.id)
    context = {**_common(process, locale), "spec_row": spec_row, "result_day": result_day(phases)}
    context["meetings"] = meetings_of(session, process.id)
    context["asked_on_site"] = number_on_site(session, process.id, at)
    if spec_row is None:
        line = hub.timeline(phases, at, process.zone, locale, Stage.BEFORE)
        nothing = {"ways": None, "big": None, "headline": None}
        return {**context, **nothing, "timeline": line, "standing": hub.Standing(Stage.BEFORE, None)}
    windows = windows_of(session, spec_row.id)
    certified = certified_count(session, spec_row.id)
    found = hub.standing(windows, certified.at if certified else None, at)
    running = found.stage is Stage.OPEN and found.moment
    return {
        **context,
        "timeline": hub.timeline(phases, at, process.zone, locale, found.stage),
        "standing": found,
        "ways": hub.ways(process.process, places_of(session, process.id), windows, at),
        "big": hub.days_left(found.moment, at, process.zone, locale) if running and found.moment else None,
        "headline": headline(load_result(certified.count.result), locale) if certified else None,
    }


def _common(process: OpenProcess, locale: str) -> dict[str, Any]:
    return {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale}{process.path}",
        "zone": process.zone,
    }


def result_day(phases: list[Any]) -> datetime | None:
    """When the result is announced, if the calendar says so."""
    return next((phase.starts_at for phase in phases if phase.kind is PhaseKind.RESULT), None)


def waiting_page(session: Session, process: OpenProcess, at: datetime, locale: str) -> dict[str, Any]:
    """In place of results that are not certified: when they come."""
    phases, spec_row = phases_of(session, process.id), current_spec(session, process.id)
    stage = hub.standing(windows_of(session, spec_row.id), None, at).stage if spec_row else Stage.BEFORE
    return {
        **_common(process, locale),
        "timeline": hub.timeline(phases, at, process.zone, locale, stage),
        "result_day": result_day(phases),
    }


def results_page(
    session: Session,
    process: OpenProcess,
    spec_row: SpecRow,
    certified: Certified,
    versions: list[Certified],
    locale: str,
) -> dict[str, Any]:
    """A certified count: nine queries at most, with those that found the process, its spec and the count."""
    base = f"/{locale}{process.path}"
    is_newest = certified.version == len(versions)
    return {
        **recount_context(session, spec_row.spec, certified, versions),
        "files": f"{base}/results" if is_newest else f"{base}/results/versions/{certified.version}",
        **_common(process, locale),
        **count_context(session, spec_row, certified.count.result, locale, base),
        **minutes_context(session, process, certified.minutes, locale),
        "certified_at": certified.at,
        "count": certified.count,
        "spec_row": spec_row,
        "minutes": certified.minutes,
        "is_sampled": is_newest and sample_audits.is_announced(session, certified.count),
        "publishes_ballots": spec_row.spec.disclosure is Disclosure.BALLOTS,
        "command": f"participation verify {process.process.slug}-ballots.zip",
    }


def count_context(
    session: Session, spec_row: SpecRow, stored: dict[str, Any], locale: str, base: str
) -> dict[str, Any]:
    """The parts of a stored count that any page of results shows."""
    result = load_result(stored)
    return {
        "headline": headline(result, locale),
        "contests": contest_results(spec_row.spec, result, locale, base),
        "rejected": [
            (wording.REJECTIONS[BallotRejection(reason)], number) for reason, number in result.rejected.items()
        ],
        "not_counted": [
            (wording.DISPOSITIONS[kind], number)
            for kind, number in result.totals.items()
            if number and kind in NOT_COUNTED_ONLINE
        ],
        "blanks": result.totals[Disposition.BLANK],
        "changes": [change_words(change, spec_row) for change in project_changes(session, spec_row.id)],
    }


def change_words(change: ProjectChange, spec_row: SpecRow) -> dict[str, Any]:
    """What happened to a project after publication, with its reason."""
    option = spec_row.spec.question[change.question_id].by_id[change.option_id]
    return {
        "number": option.number,
        "title": option.title,
        "kind": change.kind.value,
        "amount": change.amount,
        "at": change.at,
        "reason": change.reason,
    }


def minutes_context(session: Session, process: OpenProcess, minutes: dict[str, Any], locale: str) -> dict[str, Any]:
    """The identities and gaps as they were signed."""
    names = {place.code: place.name for place in places_of(session, process.id)} if minutes.get("gaps") else {}
    gaps: dict[tuple[str, str, int], tuple[str, identities.Shown]] = {}
    for gap in minutes.get("gaps", []):
        equation = identities.load_equation(gap)
        shown = identities.shown(Identity(equation, tuple(gap["reasons"])), {})
        gaps.setdefault((*_gap_of(equation), equation.difference), (_heading(equation, names, locale), shown))
    return {
        "identities": [identities.shown(Identity(each), {}) for each in _with_figures(minutes.get("identities", []))],
        "gaps": list(gaps.values()),
        "small_boxes": minutes.get("small_boxes", []),
        "chain": minutes.get("chain", {}),
    }


def _with_figures(stored: list[dict[str, Any]]) -> list[Equation]:
    """Those that say something: 0 = 0 of a way of voting that nobody used is left out."""
    equations = map(identities.load_equation, stored)
    return [each for each in equations if any(term.value for term in (each.left, *each.right))]


def _gap_of(equation: Equation) -> tuple[str, str]:
    """Both keyings of a batch that lack the same form are one gap."""
    return equation.key.value, equation.subject


def _heading(equation: Equation, places: dict[str, dict[str, str]], locale: str) -> str:
    """Which equation of which place; a batch is named by its number alone."""
    if equation.key is IdentityKey.BATCH:
        return translate(_("Batch %(number)s", number=equation.subject), locale)
    title = translate(wording.IDENTITIES[equation.key], locale)
    name = places.get(equation.subject, {})
    place = words_of(name, locale) or equation.subject
    return Markup("{} – {}").format(title, place) if place else title
