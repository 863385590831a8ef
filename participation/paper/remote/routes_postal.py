"""The postal desk over HTTP: what came, kits to mail, replies. Envelopes are checked in at the intake desk, by bag."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from participation import audit
from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Actor, Permission
from participation.counting.spec import Channel
from participation.db import SessionDep
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.i18n import long_date
from participation.paper import custody
from participation.paper.desk import context, go, paper_places, published
from participation.paper.events import ReplyPrinted
from participation.paper.intake import envelopes
from participation.paper.printed import Edition, matter_of
from participation.paper.remote import kits, postal_forms
from participation.paper.remote.documents import labels_data, reply_data
from participation.paper.words import SET_ASIDE
from participation.printing import render
from participation.processes.access import open_process
from participation.processes.queries import OpenProcess, windows_of
from participation.register import queries as register_queries
from participation.register.models import DeclarationState
from participation.templating import locale_of, page
from participation.typed import day_of, nonce_of, text_of

router = APIRouter()
POST = "/{locale}/staff/{organisation}/{slug}/post"
Accept = Annotated[OpenProcess, open_process(Permission.DECLARATION_ACCEPT)]
NO_STORE = {"Cache-Control": "no-store"}


@router.get(POST)
def postal_desk(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    """What came by post and what became of it, as figures; the doors to the rest."""
    spec_row = published(session, process)
    places = [place for place in paper_places(session, process) if place.channel is Channel.POST]
    ids = {place.id for place in places}
    bags = [bag for bag in envelopes.bags_of(session, spec_row.id) if bag.place_id in ids]
    declared = [row for row in register_queries.declaration_figures(session, spec_row.id) if row.place_id in ids]
    shown: dict[str, Any] = {
        "places": places,
        "bags": bags,
        "tallies": envelopes.tallies_of(session, spec_row.id),
        "closes": _closes(session, spec_row.id),
        "figures": {
            state.value: sum(row.number for row in declared if row.state is state) for state in DeclarationState
        },
        "waiting": sum(
            max(0, number) for place, number in custody.to_check_in(session, spec_row.id).items() if place in ids
        ),
        "reasons": [
            (words, number)
            for reason, words in SET_ASIDE.items()
            if (number := sum(row.number for row in declared if row.set_aside is reason))
        ],
        "kits": kits.waiting(session, spec_row.id),
        "may_receive": actor.may(Permission.CUSTODY_RECORD, process.organisation.id, process.id),
    }
    return page(request, "paper/postal.html", context(process, actor, "/post", **shown))


def _closes(session: SessionDep, spec_id: Any) -> Any:
    moments = windows_of(session, spec_id).moments
    return next((moment for kind, moment in moments.items() if kind.value == "post_closes"), None)


# Kits.


def _kits_page(
    request: Request, session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Any,
    **more: Any,
) -> Response:  # fmt: skip
    spec_row = published(session, process)
    keys = request.app.state.keys
    waiting = kits.waiting(session, spec_row.id)
    shown = {
        "spec": spec_row.spec,
        "kits": kits.to_mail(session, keys, spec_row) if waiting else [],
        "mailed": kits.mailed(session, spec_row.id),
        "values": {"language": locale_of(request)} | values,
        "errors": errors,
        **more,
    }
    status = 422 if errors else 200
    return page(
        request, "paper/postal_kits.html", {**context(process, actor, "/post"), **shown}, status=status,
        headers=NO_STORE,
    )  # fmt: skip


@router.get(POST + "/kits")
def show_kits(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    return _kits_page(request, session, process, actor, {}, {})


@router.post(POST + "/kits")
def order_kit(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    spec_row, nonce = published(session, process), nonce_of(form)
    address, errors = postal_forms.read_address(form, locale_of(request))
    style = postal_forms.read_style(form, spec_row.spec, errors)
    if not errors:
        try:
            kits.order(
                session, request.app.state.keys, spec_row, address.lines,
                language=address.language, large=address.large, style=style,
                nonce=nonce, account_id=actor.account_id, at=at,
            )  # fmt: skip
            return go(request, process, "/post/kits")
        except Conflict as refused:
            errors[""] = refused.message
    values = {**address.values, "style": style}
    return _kits_page(request, session, process, actor, values, errors, nonce=nonce)


@router.post(POST + "/kits/mailed")
def kits_mailed(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    """Those that were ticked left, or are withdrawn: either way their addresses are destroyed."""
    spec_row, chosen = published(session, process), postal_forms.read_kits(form)
    act = kits.withdraw if text_of(form, "act") == "withdraw" else kits.mark_mailed
    act(session, spec_row, chosen, account_id=actor.account_id, at=at)
    return go(request, process, "/post/kits")


@router.get(POST + "/kits/labels.pdf")
def kit_labels(request: Request, session: SessionDep, process: Accept) -> Response:
    spec_row = published(session, process)
    waiting = kits.to_mail(session, request.app.state.keys, spec_row)
    if not waiting:
        raise Conflict(_("No kit waits to be mailed, so there is no label."))
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    data = labels_data(matter, [kit.lines for kit in waiting], Edition(locale_of(request)))
    return _pdf(render("kit-labels", data), "labels")


# Replies.


def _reply_page(
    request: Request, session: SessionDep, process: OpenProcess, actor: Actor, values: dict[str, str], errors: Any
) -> Response:
    published(session, process)
    shown = context(
        process, actor, "/post", reasons=SET_ASIDE, values={"language": locale_of(request)} | values, errors=errors
    )
    return page(request, "paper/postal_reply.html", shown, status=422 if errors else 200, headers=NO_STORE)


@router.get(POST + "/reply")
def show_reply(request: Request, session: SessionDep, actor: ActorDep, process: Accept) -> Response:
    return _reply_page(request, session, process, actor, {}, {})


@router.post(POST + "/reply")
def print_reply(
    request: Request, session: SessionDep, actor: ActorDep, form: FormDep, at: AtDep, process: Accept
) -> Response:
    """The letter, and an event with the reason alone: to whom it goes is kept nowhere."""
    spec_row = published(session, process)
    address, errors = postal_forms.read_address(form, locale_of(request), needed=False)
    reason, received = postal_forms.read_reason(form, errors)
    if errors:
        values = {**address.values, "reason": text_of(form, "reason"), "received_date": received}
        return _reply_page(request, session, process, actor, values, errors)
    language = address.language
    day = day_of(received)
    matter = matter_of(session, process, spec_row, request.app.state.settings)
    edition = Edition(language, large=address.large)
    data = reply_data(matter, address.lines, reason, edition, long_date(day, language) if day else "", at)
    audit.record(session, ReplyPrinted(reason), at=at, account_id=actor.account_id, scope=spec_row.scope)
    return _pdf(render("reply", data), "reply")


def _pdf(pdf: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', **NO_STORE}
    return Response(pdf, media_type="application/pdf", headers=headers)
