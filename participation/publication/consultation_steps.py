"""The steps of a consultation from mandate to follow-up: what each has got, what it still lacks, and its desk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from participation.accounts.permissions import Permission
from participation.consultations import queries as contributions
from participation.consultations.activities import queries as activities
from participation.consultations.analysis import queries as analysis
from participation.consultations.documents import queries as documents
from participation.consultations.documents.models import DocumentKind
from participation.consultations.follow_up import queries as follow_up
from participation.consultations.follow_up.models import Outcome
from participation.consultations.hearings import queries as hearings
from participation.consultations.models import ContributionKind, ContributionState
from participation.consultations.queries import TallyRow
from participation.consultations.questions import queries as questions
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes.consultation import missing_for_publication
from participation.processes.models import Phase, PhaseKind, ProcessState
from participation.processes.queries import OpenProcess, SpecRow


class StepState(StrEnum):
    DONE = "done"
    NOW = "now"
    """Under way: what comes in still adds to it."""
    TO_DO = "to-do"
    WAITS = "waits"
    """Something came in that staff have to look at."""
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: where it stands, in words, and the desk, shown to who holds `permission`."""

    title: Message
    state: StepState
    note: Message
    desk: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Seen:
    """What the steps are told from; read once for the page."""

    session: Session
    process: OpenProcess
    phases: Sequence[Phase]
    tally: Sequence[TallyRow]
    spec_row: SpecRow | None
    answered: int
    at: datetime

    def began(self, *kinds: PhaseKind) -> bool:
        return any(phase.kind in kinds and phase.starts_at <= self.at for phase in self.phases)

    def number(self, *kinds: ContributionKind, state: ContributionState | None = None) -> int:
        """What came in, and what of it stands at `state`."""
        gone = ContributionState.WITHDRAWN
        fits = (row for row in self.tally if row.kind in kinds and (row.state is state if state else row.state != gone))
        return sum(row.number for row in fits)

    def state(self, has: bool, *kinds: PhaseKind) -> StepState:
        """Of a step of these stages: `has` says whether there is anything of it yet."""
        if not has:
            return StepState.TO_DO if self.began(*kinds) else StepState.LATER
        over = all(phase.ends_at <= self.at for phase in self.phases if phase.kind in kinds)
        return StepState.DONE if over else StepState.NOW


def steps(seen: Seen) -> list[Step]:
    """In the order of the work."""
    return [*_prepare(seen), *_receive(seen), *_conclude(seen)]


def _prepare(seen: Seen) -> Iterator[Step]:
    file = [row for row in documents.documents_of(seen.session, seen.process.id) if row.is_public]
    mandate = any(row.kind is DocumentKind.MANDATE for row in file)
    yield Step(
        _("Mandate"),
        StepState.DONE if mandate else StepState.TO_DO,
        _("It is in the documentation file.") if mandate else _("Add the resolution to the file, as document 1."),
        "/documents",
        Permission.DOCUMENT_EDIT,
    )
    yield _notice(seen)
    yield Step(
        _("Documentation file"),
        seen.state(True, PhaseKind.DOCUMENTS) if file else StepState.TO_DO,
        ngettext("%(num)s document for everybody to read", "%(num)s documents for everybody to read", len(file)),
        "/documents",
        Permission.DOCUMENT_EDIT,
    )
    themes = len(contributions.settings_of(seen.session, seen.process.id).themes)
    yield Step(
        _("Themes and rules"),
        StepState.DONE if themes else StepState.TO_DO,
        ngettext("%(num)s theme", "%(num)s themes", themes),
        "/moderation/settings",
        Permission.PROCESS_EDIT,
    )
    yield Step(
        _("Questionnaire"),
        seen.state(True, PhaseKind.CONTRIBUTIONS) if seen.spec_row else StepState.TO_DO,
        ngettext("%(num)s answer received", "%(num)s answers received", seen.answered)
        if seen.spec_row
        else _("Write its questions and publish it, if there is to be one."),
        "/questionnaire/results" if seen.spec_row else "/edit/questionnaire",
        Permission.COUNT_VIEW if seen.spec_row else Permission.PROCESS_EDIT,
    )


def _notice(seen: Seen) -> Step:
    notice = next((phase for phase in seen.phases if phase.kind is PhaseKind.NOTICE), None)
    gaps = missing_for_publication(seen.session, seen.process.process)
    if seen.process.process.state is ProcessState.PUBLISHED and notice and not gaps:
        note, state = _("The page is open and the calendar leaves the time that the notice needs."), StepState.DONE
    elif gaps:
        note, state = gaps[0].message, StepState.TO_DO
    else:
        note, state = _("Nothing is missing: the page can be published."), StepState.TO_DO
    return Step(_("Calendar and public notice"), state, note, "/edit", Permission.PROCESS_EDIT)


def _receive(seen: Seen) -> Iterator[Step]:
    today = seen.at.astimezone(seen.process.zone).date()
    late = questions.overdue_number(seen.session, seen.process, today)
    yield from _activities(seen)
    asked = seen.number(ContributionKind.QUESTION)
    yield Step(
        _("Questions"),
        StepState.WAITS if late else seen.state(bool(asked), PhaseKind.QUESTIONS, PhaseKind.INFORMATION),
        ngettext("%(num)s answer is overdue", "%(num)s answers are overdue", late)
        if late
        else ngettext("%(num)s question asked", "%(num)s questions asked", asked),
        "/questions",
        Permission.CONTRIBUTION_VIEW,
    )
    kinds = (ContributionKind.COMMENT, ContributionKind.KIT)
    waiting = seen.number(*ContributionKind, state=ContributionState.PENDING)
    yield Step(
        _("Comments and kits"),
        StepState.WAITS if waiting else seen.state(bool(seen.number(*kinds)), PhaseKind.CONTRIBUTIONS),
        ngettext("%(num)s contribution waits to be read", "%(num)s contributions wait to be read", waiting)
        if waiting
        else ngettext("%(num)s received", "%(num)s received", seen.number(*kinds)),
        "/moderation",
        Permission.CONTRIBUTION_MODERATE,
    )
    briefs = seen.number(ContributionKind.BRIEF)
    yield Step(
        _("Briefs"),
        seen.state(bool(briefs), PhaseKind.BRIEFS),
        ngettext("%(num)s brief received", "%(num)s briefs received", briefs),
        "/briefs",
        Permission.CONTRIBUTION_VIEW,
    )
    sittings = len(hearings.sitting_rows(seen.session, seen.process.id))
    yield Step(
        _("Hearings"),
        seen.state(True, PhaseKind.HEARINGS) if sittings else seen.state(False, PhaseKind.BRIEFS, PhaseKind.HEARINGS),
        ngettext("%(num)s session announced", "%(num)s sessions announced", sittings),
        "/hearings",
        Permission.CONTRIBUTION_VIEW,
    )


def _activities(seen: Seen) -> Iterator[Step]:
    """No step where none was planned and the time for them is over: not every consultation has any."""
    found = activities.calendar_of(seen.session, seen.process.id, seen.at)
    unnoted, planned = len(found.unnoted), len(found.coming) + len(found.past)
    stages = (PhaseKind.ACTIVITIES, PhaseKind.INFORMATION)
    if not planned and all(phase.ends_at <= seen.at for phase in seen.phases if phase.kind in stages):
        return
    yield Step(
        _("Kiosks, walks and sessions"),
        StepState.WAITS if unnoted else seen.state(bool(planned), *stages),
        ngettext("%(num)s lacks how many came", "%(num)s lack how many came", unnoted)
        if unnoted
        else ngettext("%(num)s announced", "%(num)s announced", planned),
        "/activities",
        Permission.CONTRIBUTION_RECORD,
    )


def _conclude(seen: Seen) -> Iterator[Step]:
    coded = analysis.coded_pieces(seen.session, analysis.bench_of(seen.session, seen.process))
    yield Step(
        _("Analysis"),
        seen.state(bool(coded), PhaseKind.ANALYSIS),
        ngettext("%(num)s text has a coded passage", "%(num)s texts have coded passages", coded),
        "/analysis",
        Permission.CONTRIBUTION_ANALYSE,
    )
    report = follow_up.report_of(seen.session, seen.process.id)
    public = follow_up.is_public(report, seen.at.astimezone(seen.process.zone).date())
    yield Step(
        _("Report and recommendations"),
        StepState.DONE if public else seen.state(False, PhaseKind.REPORT),
        _("Everybody can read it.") if public else _("Bring the file, then write its recommendations."),
        "/follow-up",
        Permission.CONTRIBUTION_ANALYSE,
    )
    given = follow_up.recommendations(seen.session, seen.process.id)
    said = sum(each.outcome is not Outcome.PENDING for each in given)
    yield Step(
        _("Follow-up"),
        StepState.DONE if given and said == len(given) else seen.state(bool(said), PhaseKind.FOLLOW_UP),
        _("%(done)s of %(all)s recommendations are answered", done=said, all=len(given)),
        "/follow-up",
        Permission.CONTRIBUTION_ANALYSE,
    )
