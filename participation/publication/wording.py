"""The words for codes that counting and reconciliation return: identities, terms, dispositions, how a rule was set."""

from __future__ import annotations

from participation.ballots.models import BallotRejection
from participation.counting.reconciliation import Disposition, IdentityKey
from participation.counting.spec import Completion, TieBreak, Utility
from participation.errors import Message
from participation.i18n import lazy as _
from participation.register.models import SetAside

IDENTITIES: dict[IdentityKey, Message] = {
    IdentityKey.DECLARATIONS: _("Declarations received"),
    IdentityKey.ISSUED: _("Ballots handed out"),
    IdentityKey.ENVELOPES: _("Declarations and envelopes opened"),
    IdentityKey.FOUND_IN_ENVELOPES: _("Ballots found in envelopes"),
    IdentityKey.PHONE: _("Declarations and votes on the phone"),
    IdentityKey.BALLOTS_FOUND: _("Ballots found"),
    IdentityKey.ONLINE: _("Votes received online"),
    IdentityKey.BLANKS: _("Printed ballots"),
    IdentityKey.RETURNED: _("Ballots handed out and returned"),
    IdentityKey.CODES: _("Access codes"),
    IdentityKey.BATCH: _("Batches"),
    IdentityKey.BOX: _("The ballot box"),
}

SET_ASIDE: dict[SetAside, Message] = {
    SetAside.LATE: _("too late"),
    SetAside.UNSIGNED: _("not signed"),
    SetAside.NOT_ELIGIBLE: _("not eligible"),
    SetAside.WRONG_AREA: _("another area"),
    SetAside.DUPLICATE: _("second declaration"),
    SetAside.NO_DECLARATION: _("no declaration"),
    SetAside.NOT_OURS: _("not for this vote"),
}

REJECTIONS: dict[BallotRejection, Message] = {
    BallotRejection.OVER: _("too many choices"),
    BallotRejection.UNDER: _("too few choices"),
    BallotRejection.UNCLEAR: _("unclear marks"),
    BallotRejection.COPY: _("copied ballot"),
    BallotRejection.TWO_IN_ENVELOPE: _("two ballots in one envelope"),
    BallotRejection.OVER_BUDGET: _("over the envelope"),
    BallotRejection.NOT_OURS: _("not a ballot of this vote"),
}

DISPOSITIONS: dict[Disposition, Message] = {
    Disposition.COUNTED: _("counted"),
    Disposition.BLANK: _("blank"),
    Disposition.REPLACED_BY_PAPER: _("replaced by a paper ballot"),
    Disposition.REPLACED_BY_OWN: _("replaced by the voter’s later vote"),
    Disposition.EARLIER_STANDS: _("not counted: an earlier vote stands"),
    Disposition.VOID: _("void"),
    Disposition.REJECTED: _("rejected"),
    Disposition.RECOUNTED: _("first reading of recounted batches"),
}

TERMS: dict[str, Message] = {
    "declarations_received": _("declarations received"),
    "accepted": _("declarations accepted"),
    "accepted_anonymous": _("accepted for ages 12 and 13, without a name"),
    "open_cases": _("open cases"),
    "inner_opened": _("inner envelopes opened"),
    "ballots_found": _("ballots found"),
    "numbers_waiting": _("numbers that still wait"),
    "empty_envelopes": _("empty envelopes"),
    "extra": _("extra ballots"),
    "set_aside": _("set aside, unopened"),
    "to_check_in": _("in bags, to check in"),
    "moved_in": _("from boxes of other places"),
    "moved_out": _("poured into boxes of other places"),
    "blanks_received": _("printed ballots received"),
    "unused": _("unused"),
    "issued": _("handed out"),
    "returned": _("returned"),
    "replaced": _("spoiled and replaced"),
    "not_returned": _("not returned"),
    "open": _("still to be counted"),
    "header_count": _("on the batch header"),
    "keying_1": _("first keying"),
    "keying_2": _("second keying"),
    "online_received": _("votes received online"),
    "standing": _("in the box and standing"),
    "codes_made": _("codes made"),
    "used": _("used"),
    "cancelled": _("cancelled"),
    "in_the_box": _("ballots in the box"),
}


def term_label(code: str) -> Message:
    """The words under a figure of an equation: `accepted`, `refused.late`, `rejected.over` …"""
    kind, _dot, reason = code.partition(".")
    if kind == "refused":
        return _("set aside: %(reason)s", reason=SET_ASIDE[SetAside(reason)])
    if kind == "rejected" and reason:
        return _("rejected: %(reason)s", reason=REJECTIONS[BallotRejection(reason)])
    if code in TERMS:
        return TERMS[code]
    return DISPOSITIONS[Disposition(code)]


UTILITIES: dict[Utility, Message] = {
    Utility.COST: _("a funded project is worth its cost"),
    Utility.CARDINALITY: _("each funded project is worth the same"),
    Utility.POINTS: _("a funded project is worth the points given to it"),
}

COMPLETIONS: dict[Completion, Message] = {
    Completion.NONE: _("without completion"),
    Completion.ADD1_FIRST_EXHAUSTIVE: _("completed by Add1, to the first exhaustive result"),
    Completion.ADD1_LAST_FEASIBLE: _("completed by Add1, to the last feasible result"),
}

TIE_BREAKS: dict[TieBreak, Message] = {
    TieBreak.LOWEST_ID: _("Equal projects: the lowest identifier goes first."),
    TieBreak.HIGHEST_ID: _("Equal projects: the highest identifier goes first."),
    TieBreak.LOWEST_COST: _("Equal projects: the least costly goes first."),
    TieBreak.SEEDED_DRAW: _("Equal projects: a draw from the published seed decides."),
}
