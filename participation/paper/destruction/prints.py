"""The certificate of a destruction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from participation import i18n
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.paper import printed
from participation.paper.destruction.words import KINDS
from participation.paper.models.destruction import Destruction, PaperKind
from participation.paper.printed import Edition, Matter, Printed, print_form


def certificate(matter: Matter, act: Destruction, names: Mapping[uuid.UUID, str], edition: Edition) -> Printed:
    """What was destroyed, by which rule, when and how, and the two of the staff who were there."""
    language = edition.language
    ballots = act.kind is PaperKind.BALLOTS
    facts = [
        (_("What was destroyed"), translate(KINDS[act.kind], language)),
        (_("Batches") if ballots else _("Places"), chosen_words(matter, act, language)),
        (_("Where it lay"), act.lay_in),
        (_("Kept until"), i18n.long_date(act.kept_until, language)),
        (_("Retention rule"), act.rule),
        (_("Destroyed on"), i18n.long_date(act.destroyed_on, language)),
        (_("How"), act.method),
    ]
    kept = _("The counts, their digests and the log of this vote are kept. Nothing can be read from the paper again.")
    second = names.get(act.second_account_id, "") if act.second_account_id else ""
    first = names[act.first_account_id]
    signers = [(_("First person"), first), (_("Second person"), second), (_("Carried out by"), "")]
    data = printed.common(matter, edition) | {
        "kind": "destruction",
        "number": f"{act.number:03d}",
        "facts": [{"label": translate(label, language), "value": value} for label, value in facts],
        "notes": [translate(kept, language)],
        "signatures": [
            {"role": translate(role, language), **({"name": name} if name else {})} for role, name in signers
        ],
    }
    return print_form("custody", data)


def chosen_words(matter: Matter, act: Destruction, language: str) -> str:
    """1, 2, 5; or the names of the places."""
    if act.kind is PaperKind.BALLOTS:
        return ", ".join(map(str, act.chosen))
    names = {place.code: i18n.words_of(place.name, language) for place in matter.places}
    return ", ".join(names.get(code, code) for code in act.chosen)
