"""What is typed about the speaking queue: who wants to speak, the rules, the seed of a draw."""

from __future__ import annotations

from starlette.datastructures import FormData

from participation.consultations.forms import plain_name
from participation.i18n import lazy as _
from participation.live.speaking.models import Alternation, QueueOrder, Side
from participation.live.speaking.service import JoinDraft, RulesDraft
from participation.typed import Errors, Typed, nonce_of

JOIN_FIELDS = ("name", "subject", "side", "nonce")
RULES_FIELDS = ("order", "alternation", "per_person", "per_subject", "subjects", "seconds")
MOST_SUBJECTS = 20


def read_join(form: FormData) -> tuple[JoinDraft, Errors]:
    """Somebody who wants to speak: how they are called, and of what, if they say so."""
    typed = Typed(form)
    name = plain_name(typed.text("name", 120))
    if not name and "name" not in typed.errors:
        typed.errors["name"] = _("Write your name or the number of your card, so that you can be called.")
    subject = " ".join(typed.text("subject", 100).split())
    side = typed.one("side", Side, Side.FOR) if typed.raw("side") else None
    return JoinDraft(name, nonce_of(form), subject, side), typed.errors


def read_rules(form: FormData) -> tuple[RulesDraft, Errors]:
    typed = Typed(form)
    subjects = [" ".join(line.split())[:100] for line in typed.text("subjects", 2000).splitlines() if line.strip()]
    if len(subjects) > MOST_SUBJECTS:
        typed.errors["subjects"] = _("Write at most %(most)s subjects, one a line.", most=MOST_SUBJECTS)
    draft = RulesDraft(
        order=typed.one("order", QueueOrder, QueueOrder.ARRIVAL),
        alternation=typed.one("alternation", Alternation, Alternation.NONE),
        per_person=typed.integer("per_person", 0, 20, empty=0),
        per_subject=typed.integer("per_subject", 0, 100, empty=0),
        subjects=subjects,
        seconds=typed.integer("seconds", 10, 3600),
    )
    return draft, typed.errors


def read_seed(form: FormData) -> tuple[str, Errors]:
    """The digits alone, however they were grouped."""
    typed = Typed(form)
    seed = "".join(typed.raw("seed").split())
    if not (seed.isascii() and seed.isdigit() and 6 <= len(seed) <= 40):
        typed.errors["seed"] = _("Type from 6 to 40 digits, such as those of dice thrown in the room.")
    return seed, typed.errors
