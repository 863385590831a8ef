"""What is done with ballot boxes: made, filled, merged, opened by two people. No verb here commits."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import in_one_hand, refuse_one_hand
from participation.db import insert_new, new_id
from participation.errors import Conflict, Invalid
from participation.i18n import lazy as _
from participation.paper.events import BoxAgreed, BoxExceptionSigned, BoxFilled, BoxMade, BoxMerged, BoxOpened
from participation.paper.intake import envelopes
from participation.paper.intake.boxes import BoxView, box_or_404, boxes_of, names_known_to, obstacle, partners
from participation.paper.models.custody import Box, BoxContent, BoxException, BoxOpening, BoxState
from participation.paper.models.stock import StockKind
from participation.paper.stock import record_stock
from participation.processes.models import Place
from participation.processes.queries import SpecRow

MOST_PIECES = 20_000
"""In one box."""


def make_box(
    session: Session, spec_row: SpecRow, place: Place, style: str, *, nonce: str, account_id: uuid.UUID, at: datetime
) -> int:
    """A new empty box and its number; the same nonce again is the same box."""
    known = session.execute(select(col(Box.number), col(Box.spec_id)).where(col(Box.nonce) == nonce)).first()
    if known is not None and known.spec_id == spec_row.id:
        return int(known.number)
    if style not in spec_row.spec.style or place.process_id != spec_row.process_id:
        raise Invalid(_("This district is not one of this vote. Nothing was saved."))
    number = envelopes.next_number(session, spec_row, Box)
    row = {
        "id": new_id(),
        "spec_id": spec_row.id,
        "place_id": place.id,
        "number": number,
        "nonce": nonce,
        "style": style,
        "state": BoxState.FILLING,
        "made_at": at,
        "made_by": account_id,
    }
    session.execute(insert(Box).values(row))
    _record(session, spec_row, BoxMade(place.id, number), account_id, at)
    return number


def put(
    session: Session,
    spec_row: SpecRow,
    box: BoxView,
    amount: int,
    *,
    bag_number: int = 0,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """So many pieces go into a box, unopened; a minus corrects. Conflict once it is opened or merged."""
    if box.row.state is not BoxState.FILLING:
        raise Conflict(_("This box is opened or merged: nothing more goes into it. Make a new one."))
    row = {
        "id": new_id(),
        "box_id": box.row.id,
        "bag_number": bag_number,
        "amount": amount,
        "nonce": nonce,
        "account_id": account_id,
        "at": at,
    }
    known = session.execute(select(col(BoxContent.id)).where(col(BoxContent.nonce) == nonce)).first()
    if known is not None:
        return
    if box.own + amount < 0:
        raise Invalid(_("There are %(held)s recorded here, so %(amount)s is too much to take away.",
                        held=box.own, amount=-amount))  # fmt: skip
    session.execute(insert(BoxContent).values(row))
    _record(session, spec_row, BoxFilled(box.row.place_id, box.row.number, amount), account_id, at)


def put_from_bag(
    session: Session,
    spec_row: SpecRow,
    place: Place,
    style: str,
    amount: int,
    bag_number: int,
    box_number: int,
    *,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """The inner envelopes of a bag's accepted declarations go into a box of their style; 0 for a new one."""
    number = box_number or make_box(
        session, spec_row, place, style, nonce=f"{nonce}-{style}"[:64], account_id=account_id, at=at
    )
    box = box_or_404(session, spec_row, number)
    if box.row.place_id != place.id or box.row.style != style:
        raise Invalid(_("Box %(number)s is of another place or district. Nothing was saved.", number=number))
    put(
        session, spec_row, box, amount, bag_number=bag_number, nonce=f"bag-{bag_number}-{box.row.id}",
        account_id=account_id, at=at,
    )  # fmt: skip


def merge(
    session: Session, spec_row: SpecRow, box: BoxView, into: BoxView, *, account_id: uuid.UUID, at: datetime
) -> None:
    """Pours a box, unopened, into another of the same district and kind. Conflict when that is not possible."""
    if box.row.state is not BoxState.FILLING or into not in partners(box, [into]):
        raise Conflict(_("These two boxes cannot be merged: same district, same kind, and neither opened."))
    still = (col(Box.id) == box.row.id) & (col(Box.state) == BoxState.FILLING)
    session.execute(update(Box).where(still).values(state=BoxState.MERGED, merged_into=into.row.id))
    _record(session, spec_row, BoxMerged(box.row.number, into.row.number), account_id, at)


# Opening.


def sign_exception(
    session: Session, spec_row: SpecRow, box: BoxView, reason: str, *, account_id: uuid.UUID, at: datetime
) -> None:
    """One of two signatures that a small box is opened alone. Conflict while there is another to merge it with."""
    if box.opening or not box.is_small or partners(box, boxes_of(session, spec_row)) or box.pieces <= 0:
        raise Conflict(
            _("There is nothing to sign for this box: it is large enough, or there is another to merge with.")
        )
    signers = [signer for signer, _reason in box.exceptions]
    if account_id in signers:
        raise Conflict(_("You have signed already. A second person signs too."))
    refuse_one_hand(session, account_id, *signers)
    row = {"id": new_id(), "box_id": box.row.id, "account_id": account_id, "reason": reason, "at": at}
    session.execute(insert(BoxException).values(row))
    event = BoxExceptionSigned(box.row.number)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope, reason=reason)


@dataclass(frozen=True, slots=True)
class Found:
    """What lies on the table once a box is open."""

    inner_opened: int = 0
    empty: int = 0
    extra: int = 0
    ballots: int = 0


def open_box(
    session: Session, spec_row: SpecRow, box: BoxView, found: Found, *, account_id: uuid.UUID, at: datetime
) -> None:
    """What the first of two people found. Until the second agrees, the first may put it right.

    Conflict for somebody who checked in what may be inside, and while the box is too small.
    """
    _refuse_who_knows(session, spec_row, box, account_id)
    why = obstacle(box, boxes_of(session, spec_row))
    if why is not None:
        raise Conflict(why)
    if box.agreed or (box.opening and box.opening.first != account_id):
        raise Conflict(_("Somebody else has noted already what was found in this box."))
    session.execute(update(Box).where(col(Box.id) == box.row.id).values(state=BoxState.OPENED))
    session.execute(delete(BoxOpening).where(col(BoxOpening.box_id) == box.row.id))
    row = {
        "box_id": box.row.id,
        "inner_opened": found.inner_opened,
        "empty": found.empty,
        "extra": found.extra,
        "ballots": found.ballots,
        "first_account_id": account_id,
        "counted_at": at,
    }
    insert_new(session, BoxOpening, [row])
    _record(session, spec_row, BoxOpened(box.row.place_id, box.row.number, found.ballots), account_id, at)


def _refuse_who_knows(session: Session, spec_row: SpecRow, box: BoxView, account_id: uuid.UUID) -> None:
    known = names_known_to(session, spec_row, box)
    if account_id in known or in_one_hand(session, account_id, known):
        raise Conflict(
            _("You, or somebody whose account you opened, checked in envelopes that are in this box. "
              "Nothing was saved."),
            _("Two people who checked in none of them open it: they do not know the names."),
        )  # fmt: skip


def agree(
    session: Session,
    spec_row: SpecRow,
    box: BoxView,
    place: Place,
    ballots: int,
    *,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """The second person counts the ballots too; the figures of the place follow. Conflict or Invalid."""
    _refuse_who_knows(session, spec_row, box, account_id)
    opening = box.opening
    if opening is None or opening.second is not None:
        raise Conflict(_("There is nothing to sign for this box now."))
    if opening.first == account_id:
        raise Conflict(_("A second person opens this box with you: they sign in and count too."))
    refuse_one_hand(session, account_id, opening.first)
    if ballots != opening.ballots:
        raise Invalid(
            _("You counted %(mine)s ballots and the first person %(theirs)s. Nothing was saved.", mine=ballots,
              theirs=opening.ballots),
            _("Count together once more. If the first count was wrong, the first person puts it right."),
        )  # fmt: skip
    still = (col(BoxOpening.box_id) == box.row.id) & col(BoxOpening.second_account_id).is_(None)
    session.execute(update(BoxOpening).where(still).values(second_account_id=account_id, confirmed_at=at))
    figures = {
        StockKind.INNER_OPENED: opening.inner_opened,
        StockKind.EMPTY_ENVELOPE: opening.empty,
        StockKind.EXTRA: opening.extra,
    }
    for kind, amount in figures.items():
        if amount:
            nonce = f"box-{box.row.id}-{kind.value}"
            record_stock(session, spec_row, place, kind, amount, nonce=nonce, account_id=account_id, at=at)
    _record(session, spec_row, BoxAgreed(box.row.place_id, box.row.number, ballots), account_id, at)


def _record(session: Session, spec_row: SpecRow, event: object, account_id: uuid.UUID, at: datetime) -> None:
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
