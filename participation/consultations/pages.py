"""What the pages of a consultation share: their frame for the public and for staff, and what is open today."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.permissions import Actor, Permission
from participation.accounts.throttle import bucket_of, check_throttle, client_network, note_failure
from participation.consultations import acts, words
from participation.consultations.acts import Act
from participation.consultations.models import ConsultationSettings
from participation.consultations.suspensions import refuse_suspended
from participation.errors import TooMany
from participation.i18n import lazy as _
from participation.i18n import words_of
from participation.processes.forms import Filled
from participation.processes.navigation import staff_context
from participation.processes.queries import OpenProcess
from participation.templating import locale_of, page

FROM_ONE_NETWORK = 30
"""Contributions in a quarter of an hour from one address: a library or a school has more than one hand."""


def public_page(
    request: Request,
    process: OpenProcess,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page below the public address of a process."""
    common = {
        "process": process.process,
        "organisation": process.organisation,
        "base": f"/{locale_of(request)}{process.path}",
        "zone": process.zone,
        "channel_names": words.CHANNELS,
        "state_names": words.STATES,
        "stance_names": words.STANCES,
    }
    return page(request, f"consultations/{template}", {**common, **_filled(context)}, status=status, headers=headers)


def staff_page(
    request: Request,
    process: OpenProcess,
    actor: Actor,
    desk: str,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> Response:
    """A page of a desk of the consultation; `desk` is its address, such as '/moderation'."""
    place = (process.organisation.id, process.id)
    common = {
        **staff_context(process, actor, desk),
        "here": f"/{locale_of(request)}{process.staff_path}",
        "public": f"/{locale_of(request)}{process.path}",
        "zone": process.zone,
        "may": {each.name: actor.may(each, *place) for each in Permission},
        "channel_names": words.CHANNELS,
        "kind_names": words.KINDS,
        "state_names": words.STATES,
        "stance_names": words.STANCES,
        "reason_names": words.REASONS,
        "errors": {},
    }
    return page(request, f"consultations/{template}", {**common, **_filled(context)}, status=status)


def onward(request: Request, process: OpenProcess, path: str) -> Response:
    """From an act of the staff to the page that shows what became of it; `path` is below the staff page."""
    return RedirectResponse(f"/{locale_of(request)}{process.staff_path}{path}", 303)


def _filled(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context, in which a field that was not sent is empty."""
    return {**context, "values": Filled(context.get("values", {}))}


def opening_of(session: Session, process: OpenProcess, act: Act, at: datetime) -> acts.Opening:
    return acts.opening(acts.stages(session, process), act, at)


def theme_choices(settings: ConsultationSettings, locale: str) -> list[tuple[str, str]]:
    """(code, title) of the themes, in order."""
    return [(theme["code"], words_of(theme["title"], locale)) for theme in settings.themes]


def note_one_more(request: Request, session: Session, process: OpenProcess, at: datetime) -> str:
    """Counts a contribution from this network, whose keyed digest it returns.

    TooMany above `FROM_ONE_NETWORK`; Suspended where a moderator has stopped it.
    """
    network = network_digest(request, process)
    refuse_suspended(session, process, network, at)
    try:
        check_throttle(session, network, FROM_ONE_NETWORK, at)
    except TooMany as error:
        raise TooMany(
            _(
                "%(number)s texts came from your connection in the last quarter of an hour, which is all that it may "
                "send. This one was not sent.",
                number=FROM_ONE_NETWORK,
            ),
            _(
                "Your text is still on your screen: wait %(minutes)s minutes and send it again. Others may share your "
                "connection; on paper and by telephone there is no limit.",
                minutes=math.ceil((error.retry_after or 60) / 60),
            ),
            retry_after=error.retry_after,
        ) from error
    note_failure(session, network, at)
    return network


def network_digest(request: Request, process: OpenProcess) -> str:
    """From where a request comes, as a keyed digest that means nothing outside this process."""
    key = request.app.state.settings.key("throttle")
    return bucket_of(key, "contribution", client_network(request), str(process.id))
