"""The names that clerks read for the values of the paper desks."""

from __future__ import annotations

from participation.ballots.models import BallotRejection
from participation.i18n import lazy as _
from participation.paper.models.batches import Interpretation
from participation.paper.models.prints import PrintState
from participation.paper.models.stock import StockKind
from participation.register.models import SetAside

SET_ASIDE = {
    SetAside.LATE: _("It came after the last day and hour"),
    SetAside.UNSIGNED: _("The declaration is not signed"),
    SetAside.NOT_ELIGIBLE: _("The person may not vote"),
    SetAside.WRONG_AREA: _("The person belongs to another area"),
    SetAside.DUPLICATE: _("A paper declaration of this person was accepted before"),
    SetAside.NO_DECLARATION: _("There is no declaration with it"),
    SetAside.NOT_OURS: _("It is not a form of this vote"),
}
STOCK = {
    StockKind.BLANKS_RECEIVED: _("Blank ballots received"),
    StockKind.UNUSED: _("Blank ballots left over (unused)"),
    StockKind.ISSUED: _("Ballots handed out or mailed with envelopes"),
    StockKind.REPLACED: _("Spoiled ballots replaced at the counter"),
    StockKind.NOT_RETURNED: _("Ballots handed out and not returned"),
    StockKind.INNER_OPENED: _("Inner envelopes opened"),
    StockKind.EMPTY_ENVELOPE: _("Inner envelopes found empty"),
    StockKind.EXTRA: _("Extra ballots in inner envelopes"),
}
REJECTED = {
    BallotRejection.OVER: _("Too many choices or points"),
    BallotRejection.OVER_BUDGET: _("Over the envelope"),
    BallotRejection.UNDER: _("Too few choices"),
    BallotRejection.UNCLEAR: _("The choice cannot be known"),
    BallotRejection.COPY: _("A copy or a serial number seen before"),
    BallotRejection.TWO_IN_ENVELOPE: _("Two ballots in one envelope"),
    BallotRejection.NOT_OURS: _("Not a ballot of this vote"),
}
HELD_AS = {
    Interpretation.CHOICES: _("saved"),
    Interpretation.BLANK: _("saved as blank"),
    Interpretation.OVER: _("saved as too many marks"),
    Interpretation.UNCLEAR: _("saved as unclear"),
    Interpretation.NOT_OURS: _("saved as not a ballot of this vote"),
}
"""What the keying desk says of an earlier form that comes up again."""
PRINT_STATES = {
    PrintState.ORDERED: _("Being printed"),
    PrintState.AT_ONCE: _("Being printed by the operator"),
    PrintState.READY: _("Ready to be fetched"),
    PrintState.DELIVERED: _("Delivered, file deleted"),
    PrintState.STOPPED: _("Stopped: it could not be printed"),
    PrintState.DROPPED: _("Given up, file deleted"),
}
