"""What is printed and signed at a place: the état zéro before the first ballot, the relevé du dépouillement after."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from participation import i18n
from participation.ballots.queries import cast_from
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.paper import queries as paper
from participation.paper.balance import batch_figures, stock_of
from participation.paper.intake import boxes
from participation.paper.models.stock import StockKind
from participation.paper.printed import Edition, Matter, common, in_words
from participation.printing import render, wording
from participation.processes.models import Place
from participation.processes.words import PLACE_CHANNELS
from participation.publication import identities
from participation.publication.ledger import checkpoints
from participation.publication.minutes import identity_data
from participation.register.queries import accepted_at


def opening(session: Session, matter: Matter, place: Place, edition: Edition, at: datetime) -> bytes:
    """The état zéro of a place as it stands at `at`. Where something was received already, the sheet says so."""
    spec_id, language = matter.spec_row.id, edition.language
    blank = stock_of(session, spec_id).get(place.id, {}).get(StockKind.BLANKS_RECEIVED, 0)
    accepted, cast = accepted_at(session, spec_id, place.id), cast_from(session, spec_id, place.id)
    figures = [
        (_("ballots of this place in the count"), cast),
        (_("declarations accepted here"), accepted),
        (_("blank ballots received"), blank),
    ]
    late = _("This is no zero statement: declarations or ballots of this place were received before it was printed.")
    data = _head(session, matter, place, edition, at) | {
        "kind": "opening",
        "figures": [{"label": translate(label, language), "value": value} for label, value in figures],
        "checks": [wording(language, f"report.checks.{key}") for key in ("box", "shown", "stock", "digest")],
        "exceptions": [translate(late, language)] if accepted or cast else [],
        "signatures": _signatures(language, (_("In charge of the place"), _("Second person"), _("Witness"))),
    }
    return render("report", data)


def count(session: Session, matter: Matter, place: Place, edition: Edition, at: datetime, *, closed: bool) -> bytes:
    """The relevé of a place: its identities with their numbers, its batches, its exceptions. No choice is in it."""
    language = edition.language
    board = identities.board(session, matter.spec_row, closed=closed)
    own = next((group for code, group in board.places if code == place.code), ())
    names = identities.signer_names(session, own)
    batches = [batch for batch in batch_figures(session, matter.spec_row) if batch.place == place.code]
    done = sum(batch.closed for batch in batches)
    data = _head(session, matter, place, edition, at) | {
        "kind": "statement",
        "figures": [
            {"label": translate(_("batches"), language), "value": len(batches)},
            {"label": translate(_("of them closed"), language), "value": done},
        ],
        "identities": [identity_data(identities.shown(identity, names), language) for identity in own],
        "exceptions": [translate(each, language) for each in _exceptions(session, matter, place, len(batches) - done)],
        "signatures": _signatures(language, (_("In charge of the count"), _("Second person"))),
    }
    return render("report", data)


def _exceptions(session: Session, matter: Matter, place: Place, waiting: int) -> list[Message]:
    """What does not stand in an equation: batches that are open, gaps of batches, small boxes, broken seals."""
    found = []
    if waiting:
        found.append(
            ngettext(
                "%(num)s batch is not closed: this statement is not the last one.",
                "%(num)s batches are not closed: this statement is not the last one.",
                waiting,
            )
        )
    for batch in batch_figures(session, matter.spec_row):
        if batch.place == place.code and batch.reasons:
            reason = " ".join(batch.reasons)
            found.append(_("Batch %(number)s, signed by two people: %(reason)s", number=batch.number, reason=reason))
    for row in paper.batches_of(session, matter.spec_row.id):
        if row.place_id == place.id and row.seal_broken:
            found.append(_("Batch %(number)s came with a broken seal.", number=row.number))
    for box in boxes.exceptions_of(session, matter.spec_row):
        if box.row.place_id == place.id:
            words = _("Box %(number)s, with fewer than %(fewest)s ballots, was opened alone; two people signed.",
                      number=box.row.number, fewest=boxes.FEWEST)  # fmt: skip
            found.append(words)
    return found


def _head(session: Session, matter: Matter, place: Place, edition: Edition, at: datetime) -> dict[str, Any]:
    language = edition.language
    facts = [
        (_("Way to vote"), translate(PLACE_CHANNELS[place.channel], language)),
        (_("Address"), place.address),
        (_("Printed on"), i18n.date_and_time(at, language, matter.process.zone)),
    ]
    return common(matter, edition) | {
        "printed_at": at.isoformat(),
        "subtitle": in_words(place.name, language),
        "facts": [{"label": translate(label, language), "value": value} for label, value in facts if value],
        "digests": _digests(session, matter, language),
    }


def _digests(session: Session, matter: Matter, language: str) -> list[dict[str, str]]:
    """The frozen rules, and the newest seal of the ledger: whoever keeps the sheet can compare both later."""
    pairs: list[tuple[Message, str]] = [(_("Rules of the vote"), matter.spec_row.digest)]
    for newest in checkpoints(session, matter.process.id, limit=1):
        pairs.append((_("Ledger, seal %(number)s", number=newest.sequence), newest.digest))
    return [{"label": translate(label, language), "value": digest} for label, digest in pairs]


def _signatures(language: str, roles: Sequence[Message]) -> list[dict[str, str]]:
    return [{"role": translate(role, language)} for role in roles]
