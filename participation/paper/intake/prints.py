"""What is printed of bags and boxes: the receipt of a bag, the header of a box, the box on a batch header."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlmodel import Session

from participation import i18n
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.paper import printed
from participation.paper.intake import boxes
from participation.paper.intake.boxes import BoxView
from participation.paper.intake.envelopes import BagRow
from participation.paper.printed import Edition, Matter, Printed, print_form
from participation.processes.models import LocalText
from participation.processes.queries import SpecRow


def bag_receipt(matter: Matter, bag: BagRow, names: Mapping[uuid.UUID, str], edition: Edition) -> Printed:
    """The receipt that goes back with whoever delivered the bag. It names two of the staff and nobody else."""
    language = edition.language
    facts = [
        (_("Place"), _place(matter, bag.place_id, language)),
        (_("Received"), i18n.date_and_time(bag.received_at, language, matter.process.zone)),
        (_("Seal"), bag.seal_number or translate(_("none"), language)),
        (_("Envelopes by hand count"), str(bag.counted)),
    ]
    notes = [_("The seal was broken")] if bag.seal_broken else []
    second = names.get(bag.witnessed_by, "") if bag.witnessed_by else ""
    signers = [(_("First person"), names[bag.received_by]), (_("Second person"), second), (_("Delivered by"), "")]
    return _print(matter, "bag", bag.number, facts, notes, signers, edition)


def box_header(matter: Matter, box: BoxView, names: Mapping[uuid.UUID, str], edition: Edition) -> Printed:
    """What hangs on a box: its place and district, what was poured into it or where it went, who opened it."""
    language, spec = edition.language, matter.spec_row.spec
    facts = [(_("Place"), _place(matter, box.row.place_id, language))]
    if len(spec.styles) > 1:
        facts.append((_("District"), i18n.words_of(dict(spec.style[box.row.style].title), language)))
    facts.append((_("Inner envelopes put in") if box.envelopes else _("Ballots handed out into it"), str(box.own)))
    if box.opening is not None:
        facts.append((_("Ballots found"), str(box.opening.ballots)))
    first, second = (names.get(who, "") if who else "" for who in _openers(box))
    signers = [(_("First person"), first), (_("Second person"), second)]
    return _print(matter, "box", box.row.number, facts, list(notes_of(box)), signers, edition)


def notes_of(box: BoxView) -> tuple[Message, ...]:
    """What both headers of merged boxes say, and that a small one was opened alone."""
    found = [
        ngettext("Box %(number)s was poured into it before opening: %(num)s piece.",
                 "Box %(number)s was poured into it before opening: %(num)s pieces.", pieces, number=number)
        for number, pieces in box.poured
    ]  # fmt: skip
    if box.merged_into:
        found.append(_("It was poured into box %(number)s before opening.", number=box.merged_into))
    if box.excepted:
        found.append(_("With fewer than 20 pieces it was opened alone: there was no other box. Two people signed."))
    return tuple(found)


def from_box(session: Session, spec_row: SpecRow, box_id: uuid.UUID | None, language: str) -> str:
    """The box that a batch was taken from, as its header says it; nothing where there is none."""
    box = next((each for each in boxes.boxes_of(session, spec_row) if each.row.id == box_id), None) if box_id else None
    if box is None:
        return ""
    return " · ".join([str(box.row.number), *(translate(note, language) for note in notes_of(box))])


def _openers(box: BoxView) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    return (box.opening.first, box.opening.second) if box.opening else (None, None)


def _place(matter: Matter, place_id: uuid.UUID, language: str) -> str:
    name: LocalText = next(each.name for each in matter.places if each.id == place_id)
    return i18n.words_of(name, language)


def _print(
    matter: Matter,
    kind: str,
    number: int,
    facts: list[tuple[Message, str]],
    notes: list[Message],
    signers: list[tuple[Message, str]],
    edition: Edition,
) -> Printed:
    language = edition.language
    data = printed.common(matter, edition) | {
        "kind": kind,
        "number": f"{number:03d}",
        "facts": [{"label": translate(label, language), "value": value} for label, value in facts],
        "notes": [translate(note, language) for note in notes],
        "signatures": [
            {"role": translate(role, language), **({"name": name} if name else {})} for role, name in signers
        ],
    }
    return print_form("custody", data)
