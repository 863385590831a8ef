"""What each kind of event is called in the log. A kind without words shows its code."""

from __future__ import annotations

from participation.errors import Message
from participation.i18n import lazy as _

EVENTS: dict[str, Message] = {
    "process-created": _("Vote created"),
    "process-edited": _("Set-up changed"),
    "spec-published": _("Vote published, rules fixed"),
    "publication-withdrawn": _("Publication withdrawn"),
    "project-changed": _("Project changed after publication"),
    "window-proposed": _("Change of hours proposed"),
    "window-changed": _("Hours changed by two people"),
    "proposal-withdrawn": _("Proposal withdrawn"),
    "register-imported": _("Register imported"),
    "codes-issued": _("Access codes made"),
    "code-reissued": _("Access code made again"),
    "codes-cancelled": _("Access codes cancelled"),
    "declaration-taken": _("Paper declaration checked in"),
    "anonymous-taken": _("Paper declaration for ages 12 and 13 checked in"),
    "declaration-set-aside": _("Envelope set aside, or somebody turned away"),
    "case-decided": _("Case decided by two people"),
    "batch-opened": _("Batch opened"),
    "keying-started": _("Keying started"),
    "keying-finished": _("Keying finished"),
    "keying-resumed": _("Keying taken up again"),
    "keying-shifted": _("Keyed forms moved"),
    "form-adjudicated": _("Ballot ruled on by a third person"),
    "gap-signed": _("Gap of a batch signed"),
    "batch-closed": _("Batch closed and cast"),
    "stock-recorded": _("Stock of forms recorded"),
    "ballots-numbered": _("Decided whether ballots are numbered"),
    "print-run-ordered": _("Ballots ordered from the printer"),
    "print-run-delivered": _("Printed ballots delivered"),
    "print-run-dropped": _("Print run given up"),
    "intake-closed": _("Intake closed by two people"),
    "voting-key-destroyed": _("Voting key destroyed"),
    "box-rewritten": _("Storage order shuffled"),
    "count-run": _("Box counted"),
    "identity-signed": _("Gap signed"),
    "count-signed": _("Count signed by a certifier"),
    "count-certified": _("Count certified"),
    "sample-announced": _("Audit by sample announced"),
    "sample-drawn": _("Dice thrown, ballots drawn"),
    "sample-read": _("Drawn ballot read again"),
}
