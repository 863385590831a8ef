"""One contribution on the moderators' desk over HTTP: what was decided on it and by whom, an answer of the office, and
stopping what comes from where it came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.consultations import queries as contributions
from participation.consultations import service, suspensions, words
from participation.consultations.entries import About, Contributed, ContributionSource
from participation.consultations.models import Contribution, ContributionKind, ContributionState
from participation.consultations.moderation import forms, queries
from participation.consultations.pages import staff_page
from participation.counting.spec import Capture
from participation.db import SessionDep, new_id
from participation.errors import Conflict, Message, NotFound
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.processes.access import open_process
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
ONE = "/{locale}/staff/{organisation}/{slug}/moderation/{number:int}"
Moderated = Annotated[OpenProcess, open_process(Permission.CONTRIBUTION_MODERATE)]


def found_or_404(session: Session, process: OpenProcess, number: int) -> Contribution:
    row = contributions.by_number(session, process.id, number)
    if row is None:
        raise NotFound(_("There is no contribution with this number."))
    return row


@router.get(ONE)
def one(request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, at: AtDep) -> Response:
    return OnePage(request, process, session, actor, at).answer(found_or_404(session, process, number), {}, {})


@router.post(f"{ONE}/answer")
def answer(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """A reply of the office, marked so and public at once, below the first comment of the thread."""
    row = found_or_404(session, process, number)
    page = OnePage(request, process, session, actor, at)
    text, errors = forms.read_answer(form)
    if not page.may_answer(row):
        errors |= {"": _("Only a comment that everybody can read is answered. Nothing was sent.")}
    if errors:
        return page.answer(row, {"text": text, "nonce": form.get("nonce")}, errors)
    entry = Contributed(
        kind=ContributionKind.COMMENT,
        text=text,
        language=locale_of(request),
        received=at,
        nonce=nonce_of(form),
        source=ContributionSource(capture=Capture.KEYED, account_id=actor.account_id),
        about=About(row.about, row.about_ref, row.passage),
        theme=row.theme,
        parent_id=row.parent_id or row.id,
        official=True,
    )
    service.contribute(session, request.app.state.keys, process, entry, at=at)
    return page.onward(row, "answered")


@router.post(f"{ONE}/settle")
def settle(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """It stays as it is, whatever was reported."""
    row = found_or_404(session, process, number)
    page = OnePage(request, process, session, actor, at)
    service.settle_flags(session, page.hand, row)
    return page.onward(row, "settled")


@router.post(f"{ONE}/suspend")
def suspend(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    """Takes nothing for some days from where it came."""
    row = found_or_404(session, process, number)
    page = OnePage(request, process, session, actor, at)
    (reason, days), errors = forms.read_suspension(form)
    if errors:
        return page.answer(row, {"days": form.get("days"), "suspended_for": form.get("suspended_for")}, errors)
    try:
        suspensions.suspend(session, page.hand, row, reason, days)
    except Conflict as error:
        return page.answer(row, {}, {"": error.message}, error.status)
    return page.onward(row, "suspended")


@router.post(f"{ONE}/resume")
def resume(
    request: Request, process: Moderated, number: int, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep
) -> Response:
    row = found_or_404(session, process, number)
    page = OnePage(request, process, session, actor, at)
    suspensions.end(session, page.hand, row)
    return page.onward(row, "resumed")


@dataclass(frozen=True, slots=True)
class OnePage:
    """The page of one contribution, as whoever moderates it comes to it."""

    request: Request
    process: OpenProcess
    session: Session
    actor: Actor
    at: datetime

    @property
    def hand(self) -> Hand:
        return Hand(self.process, self.actor.account_id, self.at)

    def may_answer(self, row: Contribution) -> bool:
        return row.kind is ContributionKind.COMMENT and row.state is ContributionState.PUBLISHED

    def onward(self, row: Contribution, done: str) -> Response:
        there = f"/{locale_of(self.request)}{self.process.staff_path}/moderation/{row.number}"
        return RedirectResponse(f"{there}?done={done}", 303)

    def answer(
        self,
        row: Contribution,
        values: dict[str, Any],
        errors: Errors,
        status: int = 422,
        *,
        todo: Message | None = None,
    ) -> Response:
        """The page; with errors, what was typed stands in it."""
        locale = locale_of(self.request)
        shown = contributions.one(self.session, row.id, named=True)
        assert shown is not None, "its words were written with it"
        network = suspensions.network_of(self.session, row.id)
        context = {
            "item": queries.waiting(shown),
            "pictures": contributions.pictures_of(self.session, [row.id]),
            "decided": queries.decided(self.session, row.id),
            "decision_names": words.DECISIONS,
            "spotted_names": words.SPOTTED,
            "reasons": words.named(words.REASONS, locale),
            "may_answer": self.may_answer(row),
            "is_known": bool(network),
            "sent_from": [each for each in suspensions.sent_from(self.session, network) if each != shown.reference],
            "running": [
                each for each in suspensions.running(self.session, row.process_id, self.at) if each.number == row.number
            ],
            "day_choices": [
                (str(days), translate(ngettext("%(num)s day", "%(num)s days", days), locale))
                for days in suspensions.DAYS
            ],
            "values": values,
            "errors": errors,
            "todo": todo,
            "nonce": values.get("nonce") or str(new_id()),
            "done": self.request.query_params.get("done", "") if not errors else "",
        }
        code = status if errors else 200
        return staff_page(
            self.request, self.process, self.actor, "/moderation", "moderation_one.html", context, status=code
        )
