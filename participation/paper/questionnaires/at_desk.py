"""Somebody at the desk of a questionnaire, as every route of it needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep
from participation.accounts.permissions import Actor, Permission
from participation.ballots.questionnaires.drafts import Draft
from participation.ballots.questionnaires.pages import problems_of
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.files import StoredFile
from participation.i18n import lazy as _
from participation.paper.desk import context, go, published
from participation.paper.models.questionnaires import QuestionnaireSheet
from participation.paper.questionnaires import queries
from participation.paper.questionnaires.forms import LANGUAGES, Intake
from participation.paper.questionnaires.service import Read
from participation.processes.access import open_process
from participation.processes.models import Place
from participation.processes.queries import OpenProcess, SpecRow, windows_of
from participation.processes.questionnaires.queries import sections
from participation.templating import locale_of, page
from participation.typed import Errors

HERE = "/{locale}/staff/{organisation}/{slug}/questionnaire"
DESK = "/questionnaire"


@dataclass(frozen=True, slots=True)
class AtDesk:
    """Who is there, before which questionnaire, in which transaction."""

    request: Request
    session: Session
    process: OpenProcess
    actor: Actor
    at: datetime
    row: SpecRow

    @property
    def hand(self) -> Mapping[str, Any]:
        """What every verb of the desk is told: who acts, and when."""
        return {"account_id": self.actor.account_id, "at": self.at}

    @property
    def intake(self) -> Intake:
        places, zone = queries.receiving_places(self.session, self.process.id), self.process.zone
        return Intake(places, windows_of(self.session, self.row.id), zone, self.at.astimezone(zone).date())

    def may(self, permission: Permission) -> bool:
        return self.actor.may(permission, self.process.organisation.id, self.process.id)

    def sheet(self, number: int) -> QuestionnaireSheet:
        """NotFound where there is none; for an act it is held until the transaction ends."""
        held = self.request.method == "POST"
        return queries.sheet_or_404(self.session, self.row.id, number, held=held)

    def place(self, sheet: QuestionnaireSheet) -> Place:
        return next(each for each in self.intake.places if each.id == sheet.place_id)

    def picture(self, sheet: QuestionnaireSheet) -> StoredFile | None:
        """The picture that somebody brought of the sheet alone."""
        return self.session.get(StoredFile, sheet.picture_id) if sheet.picture_id else None

    def wrong(self, read: Read) -> tuple[Draft, Errors]:
        """What was read as a form shows it again, and what the box would not take of it."""
        draft = Draft(self.row.id, ticks=read.ticks, words=read.words)
        return draft, problems_of(draft, self.row.spec.questions, locale_of(self.request))

    def page(self, name: str, errors: Errors | None = None, /, **shown: Any) -> Response:
        """A page of the desk; 422 where it gives a form back."""
        common = {"row": self.row, "sections": sections(self.row.spec), "languages": LANGUAGES, "errors": errors or {}}
        status = 422 if errors else 200
        full = context(self.process, self.actor, DESK, **(common | shown))
        return page(self.request, name, full, status=status)

    def go(self, path: str = "") -> Response:
        """303 to an address below the desk."""
        return go(self.request, self.process, f"{DESK}{path}")


def at_desk(permission: Permission) -> Any:
    """A dependency: somebody who may do that. Conflict where the vote has no questionnaire."""
    opened = open_process(permission)

    def found(
        request: Request, session: SessionDep, actor: ActorDep, at: AtDep, process: OpenProcess = opened
    ) -> AtDesk:
        row = published(session, process)
        if not row.spec.is_questionnaire:
            raise Conflict(_("This vote has no questionnaire."))
        return AtDesk(request, session, process, actor, at, row)

    return Depends(found, scope="function")


Keyer = Annotated[AtDesk, at_desk(Permission.BATCH_KEY)]
Settler = Annotated[AtDesk, at_desk(Permission.BATCH_ADJUDICATE)]
Viewer = Annotated[AtDesk, at_desk(Permission.BATCH_VIEW)]


def no_picture() -> NotFound:
    return NotFound(_("This sheet has no picture, or it is in the box already."))
