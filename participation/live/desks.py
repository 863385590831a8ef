"""What the desks beside the polls share: somebody of the staff at one part of a meeting, and its pages."""

import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep
from participation.db import SessionDep
from participation.live.models import Meeting
from participation.live.queries import Room
from participation.live.routes_staff import Counts, RunningDep, room_of
from participation.live.screens import context_of
from participation.live.sockets import View
from participation.processes.hand import Hand
from participation.templating import locale_of, page
from participation.typed import Errors


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody of the staff at a desk. Each desk names its address below the meeting, and its screen."""

    request: Request
    room: Room
    hand: Hand
    session: Session
    place: ClassVar[str]
    view: ClassVar[View]

    @property
    def meeting(self) -> Meeting:
        return self.room.meeting

    def back(self, below: str = "") -> Response:
        """To the desk, or to a page below it."""
        path = f"{self.room.process.staff_path}/meetings/{self.room.id}/{self.place}{below}"
        return RedirectResponse(f"/{locale_of(self.request)}{path}", 303)

    def answer(self, template: str, context: dict[str, Any], errors: Errors, status: int = 422) -> Response:
        """A page; with errors it comes back with this status."""
        settings = self.request.app.state.settings
        common = context_of(self.session, settings, self.room, self.view, self.hand.at)
        return page(self.request, template, {**common, **context, "errors": errors}, status=status if errors else 200)


def keeping(
    request: Request, meeting_id: uuid.UUID, process: Counts, session: SessionDep, actor: ActorDep, at: AtDep
) -> tuple[Request, Room, Hand, Session]:
    """A helper who keys slips, as a desk takes them."""
    return request, room_of(session, process, meeting_id), Hand(process, actor.account_id, at), session


def leading(request: Request, run: RunningDep) -> tuple[Request, Room, Hand, Session]:
    """Whoever runs the meeting, as a desk takes them."""
    return request, run.room, run.hand, run.session
