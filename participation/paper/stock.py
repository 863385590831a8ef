"""Forms and envelopes that a place counted by hand."""

import uuid
from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Session, col

from participation import audit
from participation.db import new_id
from participation.errors import Invalid
from participation.i18n import lazy as _
from participation.paper.balance import stock_of
from participation.paper.events import StockRecorded
from participation.paper.models.stock import StockEntry, StockKind
from participation.processes.models import Place
from participation.processes.queries import SpecRow


def record_stock(
    session: Session,
    spec_row: SpecRow,
    place: Place,
    kind: StockKind,
    amount: int,
    *,
    nonce: str,
    account_id: uuid.UUID,
    at: datetime,
) -> None:
    """Adds a signed number of forms or envelopes to the stock of a place; the same nonce again adds nothing.

    Invalid when the sum would fall under zero.
    """
    repeated = session.execute(select(col(StockEntry.id)).where(col(StockEntry.nonce) == nonce)).first()
    if repeated is not None:
        return
    held = stock_of(session, spec_row.id).get(place.id, {}).get(kind, 0)
    if held + amount < 0:
        raise Invalid(_("There are %(held)s recorded here, so %(amount)s is too much to take away.",
                        held=held, amount=-amount))  # fmt: skip
    row = {
        "id": new_id(),
        "spec_id": spec_row.id,
        "place_id": place.id,
        "kind": kind,
        "amount": amount,
        "nonce": nonce,
        "account_id": account_id,
        "at": at,
    }
    session.execute(insert(StockEntry).values(row))
    audit.record(session, StockRecorded(place.id, kind, amount), at=at, account_id=account_id, scope=spec_row.scope)
