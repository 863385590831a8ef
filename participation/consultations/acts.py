"""What people can do in a process today: derived from the stages of its calendar, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from participation.consultations.models import ContributionKind
from participation.processes.models import Phase, PhaseKind, ProcessKind, ProjectComments
from participation.processes.queries import OpenProcess, phases_of


class Act(StrEnum):
    ASK = "ask"
    ANSWER = "answer"
    """Fill in the questionnaire."""
    COMMENT = "comment"
    DEPOSIT = "deposit"
    """Bring a brief, or register to speak."""
    PROPOSE = "propose"
    """Hand in an idea."""
    KIT = "kit"


OPEN_IN: dict[Act, frozenset[PhaseKind]] = {
    Act.ASK: frozenset({PhaseKind.INFORMATION, PhaseKind.QUESTIONS}),
    Act.ANSWER: frozenset({PhaseKind.CONTRIBUTIONS}),
    Act.COMMENT: frozenset({PhaseKind.CONTRIBUTIONS, PhaseKind.STUDY, PhaseKind.VOTE}),
    Act.DEPOSIT: frozenset({PhaseKind.BRIEFS}),
    Act.PROPOSE: frozenset({PhaseKind.IDEAS}),
    Act.KIT: frozenset({PhaseKind.CONTRIBUTIONS}),
}
"""In which stages each act is open. A stage is [start, end)."""
ACT_OF: dict[ContributionKind, Act] = {
    ContributionKind.COMMENT: Act.COMMENT,
    ContributionKind.QUESTION: Act.ASK,
    ContributionKind.BRIEF: Act.DEPOSIT,
    ContributionKind.IDEA: Act.PROPOSE,
    ContributionKind.KIT: Act.KIT,
}


_COMMENTED: dict[ProjectComments, frozenset[PhaseKind]] = {
    ProjectComments.NONE: frozenset(),
    ProjectComments.STUDY: frozenset({PhaseKind.STUDY}),
    ProjectComments.VOTE: frozenset({PhaseKind.STUDY, PhaseKind.VOTE}),
}


def stages(session: Session, process: OpenProcess) -> list[Phase]:
    """The calendar, without the stages of a vote in which its projects are not open to comments."""
    phases = phases_of(session, process.id)
    if process.process.kind is ProcessKind.CONSULTATION:
        return phases
    shut = OPEN_IN[Act.COMMENT] - _COMMENTED[process.process.project_comments]
    return [phase for phase in phases if phase.kind not in shut]


@dataclass(frozen=True, slots=True)
class Opening:
    """When an act is open: now until `closes`, or from `opens` on; both None where the calendar does not have it."""

    is_open: bool
    opens: datetime | None
    closes: datetime | None


def opening(phases: Sequence[Phase], act: Act, at: datetime) -> Opening:
    """The stage that is on, else the next one; with neither, the end of the last one."""
    spans = sorted((phase.starts_at, phase.ends_at) for phase in phases if phase.kind in OPEN_IN[act])
    running = [ends for starts, ends in spans if starts <= at < ends]
    if running:
        return Opening(True, None, max(running))
    opens = min((starts for starts, _ends in spans if at < starts), default=None)
    closes = max((ends for _starts, ends in spans if ends <= at), default=None)
    return Opening(False, opens, closes)


def takes_late(phases: Sequence[Phase], act: Act, at: datetime) -> bool:
    """Whether what comes from its author is still kept, and said to be late: a brief until the hearings have ended."""
    ended = [phase.ends_at for phase in phases if phase.kind in OPEN_IN[act]]
    heard = [phase.ends_at for phase in phases if phase.kind is PhaseKind.HEARINGS]
    return act is Act.DEPOSIT and bool(ended and heard) and max(ended) <= at < max(heard)


def open_acts(phases: Sequence[Phase], at: datetime) -> dict[Act, Opening]:
    """Every act with its opening at `at`."""
    return {act: opening(phases, act, at) for act in Act}
