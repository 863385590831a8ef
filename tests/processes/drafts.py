"""A complete draft, made by the verbs that staff use, for tests that change one thing of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from participation.accounts.service import create_organisation
from participation.ballots.queries import box_is_empty
from participation.counting.spec import MatchField
from participation.processes import queries, service
from participation.processes.drafts import ContestDraft, PhaseDraft, PlaceDraft, ProjectDraft, Texts, Voting
from participation.processes.models import Contest, PhaseKind, Process, WindowKind
from participation.processes.queries import OpenProcess
from tests.builders import CLOSES, NOON, OPENS

PATH = "/ville/bp"
WINDOWS: Mapping[WindowKind, datetime] = {
    WindowKind.ONLINE_OPENS: OPENS,
    WindowKind.ONLINE_CLOSES: CLOSES,
    WindowKind.PAPER_OPENS: OPENS,
    WindowKind.PAPER_CLOSES: CLOSES,
    WindowKind.POST_CLOSES: CLOSES + timedelta(days=3),
}
VOTING = Voting(match_fields=(MatchField.LAST_NAME, MatchField.POSTAL_CODE), windows=WINDOWS)
TEXTS = Texts(
    title={"fr": "Budget participatif", "en": "Participatory budget"},
    summary={"fr": "Choisissez."},
    phone="514 555-0100",
    retention={"fr": "30 jours après la certification"},
)
CONTEST = ContestDraft("ville", {"fr": "Toute la ville"}, 1_000_000_00, max_choices=2)


def project(number: str, cost: int = 300_000_00, **changes: Any) -> ProjectDraft:
    return replace(ProjectDraft(number, {"fr": f"Projet {number}"}, cost), **changes)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a test changes: the rows, in an open session."""

    session: Session
    process: Process
    contest: Contest

    @property
    def found(self) -> OpenProcess:
        found = queries.process_at(self.session, "ville", "bp")
        assert found is not None
        return found

    def gaps(self) -> list[str]:
        """What is missing, as untranslated sentences with their values."""
        missing = service.missing_for_publication(self.session, self.process)
        return [gap.message.msgid % gap.message.params for gap in missing]


def build_draft(session: Session, organisation_id: uuid.UUID | None = None) -> Draft:
    """A draft in which nothing is missing: one contest, three projects, a counter, all hours."""
    organisation_id = organisation_id or create_organisation(session, "ville", {"fr": "Ville"}).id
    process = service.create_process(session, organisation_id, "bp", TEXTS.title, at=NOON)
    service.save_texts(session, process, TEXTS, at=NOON)
    service.save_phase(session, process, PhaseDraft(PhaseKind.VOTE, OPENS, CLOSES), at=NOON)
    service.save_place(session, process, PlaceDraft("BIB-1", {"fr": "Bibliothèque"}), at=NOON)
    service.save_voting(session, process, VOTING, at=NOON)
    contest = service.save_contest(session, process, CONTEST, at=NOON)
    for number in ("01", "02", "03"):
        service.save_project(session, process, contest, project(number), at=NOON)
    return Draft(session, process, contest)


def publish(draft: Draft) -> queries.SpecRow:
    return service.publish(
        draft.session, draft.found, create_key=lambda _spec_id: None, box_is_empty=box_is_empty, at=NOON
    )
