"""Every record gets exactly one disposition, and every figure of the vote must add up.

The identities are those of election practice (Elections Canada's statement of the vote: electors recorded
+ spoiled + unused = ballots given), extended by online ballots and envelopes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from participation.counting.spec import RulingKind, SupersedingReason


class Disposition(StrEnum):
    """What became of one record in the box."""

    COUNTED = "counted"
    BLANK = "blank"
    REPLACED_BY_PAPER = "replaced_by_paper"
    REPLACED_BY_OWN = "replaced_by_own"
    EARLIER_STANDS = "earlier_stands"
    VOID = "void"
    REJECTED = "rejected"
    RECOUNTED = "recounted"
    """Of a batch that was recounted: the earlier reading, in whose place another counts."""


NOT_COUNTED_ONLINE = (
    Disposition.REPLACED_BY_PAPER,
    Disposition.REPLACED_BY_OWN,
    Disposition.EARLIER_STANDS,
    Disposition.VOID,
)
_SUPERSEDING: Mapping[SupersedingReason, Disposition] = {
    SupersedingReason.PAPER: Disposition.REPLACED_BY_PAPER,
    SupersedingReason.OWN_LATER_VOTE: Disposition.REPLACED_BY_OWN,
    SupersedingReason.EARLIER_VOTE_STANDS: Disposition.EARLIER_STANDS,
    SupersedingReason.VOID: Disposition.VOID,
}
_RULING: Mapping[RulingKind, Disposition] = {
    RulingKind.VALID: Disposition.COUNTED,
    RulingKind.BLANK: Disposition.BLANK,
    RulingKind.REJECTED: Disposition.REJECTED,
}


def disposition_of(ruling: RulingKind, superseded: SupersedingReason | None, *, recounted: bool = False) -> Disposition:
    """The one disposition of a record. What supersedes it comes before what it says."""
    if recounted:
        return Disposition.RECOUNTED
    return _SUPERSEDING[superseded] if superseded else _RULING[ruling]


class IdentityKey(StrEnum):
    """Which equation: `publication.wording` has the words for each."""

    DECLARATIONS = "declarations"
    ISSUED = "issued"
    ENVELOPES = "envelopes"
    FOUND_IN_ENVELOPES = "found_in_envelopes"
    PHONE = "phone"
    BALLOTS_FOUND = "ballots_found"
    ONLINE = "online"
    BLANKS = "blanks"
    RETURNED = "returned"
    CODES = "codes"
    BATCH = "batch"
    BOX = "box"


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of an equation; `code` names it, as in `accepted` or `refused.late`."""

    code: str
    value: int
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Equation:
    """left = sum of right. `subject` is the place, batch number or process that it speaks of."""

    key: IdentityKey
    subject: str
    left: Term
    right: tuple[Term, ...]

    @property
    def difference(self) -> int:
        """Left minus right: zero when it closes, negative when more was found than expected."""
        return self.left.value - sum(-term.value if term.minus else term.value for term in self.right)

    @property
    def holds(self) -> bool:
        return self.difference == 0


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """What one place reports: declarations, stock and what its batches held. All are counts."""

    place: str
    envelope: bool
    phone: bool = False
    """A telephone line: no sheet is handed out there."""
    numbers_waiting: int = 0
    """Of a telephone line: one-time numbers that no ballot was cast under yet."""
    accepted: int = 0
    anonymous: int = 0
    """Of the accepted ones, those for ages 12 and 13, which have no name and are compared with nobody."""
    refused: Mapping[str, int] | None = None
    open_cases: int = 0
    to_check_in: int = 0
    """Envelopes counted in bags whose check-in is not finished."""
    unchecked: int = 0
    """Envelopes counted on arrival that finished bags did not hold; less than zero where they held more."""
    blanks_received: int = 0
    unused: int = 0
    issued: int = 0
    """Of a place of envelopes: ballots handed out or mailed, counted by hand; at a counter it follows."""
    replaced: int = 0
    not_returned: int = 0
    inner_opened: int = 0
    empty_envelopes: int = 0
    extra: int = 0
    counted: int = 0
    """Ballots of its closed batches ruled valid or blank."""
    rejected: Mapping[str, int] | None = None
    open_forms: int = 0
    """Forms in batches that are not closed."""
    moved_in: int = 0
    """Pieces that came from other places when small boxes were merged, less those that went there."""


@dataclass(frozen=True, slots=True)
class BatchFigures:
    """A batch's three counts; `signed` when two people signed a difference."""

    number: int
    place: str
    header: int
    first: int
    second: int
    closed: bool
    signed: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnlineFigures:
    received: int
    by_disposition: Mapping[Disposition, int]


@dataclass(frozen=True, slots=True)
class CodeFigures:
    made: int
    used: int
    unused: int
    cancelled: int


def place_equations(figures: PlaceFigures) -> tuple[Equation, ...]:
    """The identities of one place. At a live place every accepted person is handed a ballot."""
    rejected = _by_reason("rejected", figures.rejected)
    found = figures.counted + sum(term.value for term in rejected) + figures.open_forms
    through = _phone_equations if figures.phone else _envelope_equations if figures.envelope else _counter_equations
    return (
        _declaration_equation(figures),
        *through(figures, found),
        Equation(
            IdentityKey.BALLOTS_FOUND,
            figures.place,
            Term("ballots_found", found),
            (Term("counted", figures.counted), *rejected, Term("open", figures.open_forms)),
        ),
    )


def _by_reason(kind: str, numbers: Mapping[str, int] | None) -> tuple[Term, ...]:
    return tuple(Term(f"{kind}.{reason}", number) for reason, number in sorted((numbers or {}).items()))


def _declaration_equation(figures: PlaceFigures) -> Equation:
    refused = _by_reason("refused", figures.refused)
    keyed_in = figures.accepted + sum(term.value for term in refused) + figures.open_cases
    return Equation(
        IdentityKey.DECLARATIONS,
        figures.place,
        Term("declarations_received", keyed_in + figures.to_check_in + figures.unchecked),
        (
            Term("accepted", figures.accepted - figures.anonymous),
            Term("accepted_anonymous", figures.anonymous),
            *refused,
            Term("open_cases", figures.open_cases),
            *((Term("to_check_in", figures.to_check_in),) if figures.to_check_in else ()),
        ),
    )


def _envelope_equations(figures: PlaceFigures, found: int) -> tuple[Equation, ...]:
    """Where ballots come in envelopes: each accepted declaration opens one, and each holds a ballot or none."""
    return (
        Equation(
            IdentityKey.ENVELOPES,
            figures.place,
            Term("accepted", figures.accepted),
            (Term("inner_opened", figures.inner_opened), *_moved(figures.moved_in)),
        ),
        Equation(
            IdentityKey.FOUND_IN_ENVELOPES,
            figures.place,
            Term("ballots_found", found),
            (
                Term("inner_opened", figures.inner_opened),
                Term("empty_envelopes", figures.empty_envelopes, minus=True),
                Term("extra", figures.extra),
            ),
        ),
        *_mailed_equations(figures),
    )


def _phone_equations(figures: PlaceFigures, found: int) -> tuple[Equation, ...]:
    """On the phone each accepted declaration has a ballot or a number that waits; else the number died unused."""
    return (
        Equation(
            IdentityKey.PHONE,
            figures.place,
            Term("accepted", figures.accepted),
            (Term("ballots_found", found), Term("numbers_waiting", figures.numbers_waiting)),
        ),
    )


def _mailed_equations(figures: PlaceFigures) -> tuple[Equation, ...]:
    """Where somebody counted what was handed out or mailed with envelopes: it is opened, unopened, or known."""
    if not figures.issued:
        return ()
    unopened = sum((figures.refused or {}).values()) + figures.open_cases
    returned = (Term("inner_opened", figures.inner_opened), Term("set_aside", unopened))
    return _stock_equations(figures, figures.issued, returned)


def _counter_equations(figures: PlaceFigures, found: int) -> tuple[Equation, ...]:
    """Where ballots are handed out: what came is handed out or left, what was handed out comes back or is known."""
    return _stock_equations(figures, figures.accepted + figures.replaced, (Term("returned", found),))


def _stock_equations(figures: PlaceFigures, issued: int, returned: tuple[Term, ...]) -> tuple[Equation, ...]:
    """Blanks received = unused + issued; issued = returned + spoiled + not returned."""
    return (
        Equation(
            IdentityKey.BLANKS,
            figures.place,
            Term("blanks_received", figures.blanks_received),
            (Term("unused", figures.unused), Term("issued", issued)),
        ),
        Equation(
            IdentityKey.RETURNED,
            figures.place,
            Term("issued", issued),
            (
                *returned,
                Term("replaced", figures.replaced),
                Term("not_returned", figures.not_returned),
                *_moved(figures.moved_in),
            ),
        ),
    )


def _moved(moved_in: int) -> tuple[Term, ...]:
    """What merging small boxes took to another place or brought from one; nothing where it did neither."""
    if not moved_in:
        return ()
    return (Term("moved_in", moved_in, minus=True),) if moved_in > 0 else (Term("moved_out", -moved_in),)


def batch_equations(figures: BatchFigures) -> tuple[Equation, ...]:
    """Header count = forms of keying 1 = forms of keying 2."""
    header = Term("header_count", figures.header)
    return tuple(
        Equation(IdentityKey.BATCH, str(figures.number), header, (Term(code, value),))
        for code, value in (("keying_1", figures.first), ("keying_2", figures.second))
    )


def online_equation(figures: OnlineFigures, subject: str = "") -> Equation:
    """Online received = counted + blank + replaced by paper + by own later vote + earlier stands + void."""
    order = (Disposition.COUNTED, Disposition.BLANK, *NOT_COUNTED_ONLINE)
    terms = tuple(Term(kind.value, figures.by_disposition.get(kind, 0)) for kind in order)
    return Equation(IdentityKey.ONLINE, subject, Term("online_received", figures.received), terms)


def box_equation(by_disposition: Mapping[Disposition, int], subject: str = "") -> Equation:
    """Records in the box, by any channel = counted + blank + rejected + not counted, each exactly once.

    A recount adds records: those of the earlier reading stay, and have a term of their own.
    """
    order = (Disposition.COUNTED, Disposition.BLANK, Disposition.REJECTED, *NOT_COUNTED_ONLINE, Disposition.RECOUNTED)
    terms = tuple(Term(kind.value, by_disposition.get(kind, 0)) for kind in order)
    return Equation(IdentityKey.BOX, subject, Term("in_the_box", sum(by_disposition.values())), terms)


def code_equation(figures: CodeFigures, subject: str = "") -> Equation:
    """Codes made = used + unused + cancelled."""
    terms = (Term("used", figures.used), Term("unused", figures.unused), Term("cancelled", figures.cancelled))
    return Equation(IdentityKey.CODES, subject, Term("codes_made", figures.made), terms)


def merged(equations: Iterable[Equation], subject: str = "") -> list[Equation]:
    """The equations of one kind added together, term by term: those of all places as one for the vote.

    Gaps of opposite sign can cancel in a sum, so each equation is still looked at on its own.
    """
    by_key: dict[IdentityKey, list[Equation]] = {}
    for equation in equations:
        by_key.setdefault(equation.key, []).append(equation)
    return [_sum(group, subject) for group in by_key.values()]


def _sum(group: list[Equation], subject: str) -> Equation:
    right: dict[tuple[str, bool], int] = {}
    for equation in group:
        for term in equation.right:
            right[term.code, term.minus] = right.get((term.code, term.minus), 0) + term.value
    first = group[0]
    left = Term(first.left.code, sum(equation.left.value for equation in group), first.left.minus)
    return Equation(first.key, subject, left, tuple(Term(code, value, minus) for (code, minus), value in right.items()))
