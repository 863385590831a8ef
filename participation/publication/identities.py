"""Every figure that must add up, composed from register, paper and box, with who signed what does not."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from participation.accounts.queries import names_of
from participation.counting.reconciliation import (
    BatchFigures,
    Disposition,
    Equation,
    IdentityKey,
    OnlineFigures,
    Term,
    batch_equations,
    box_equation,
    code_equation,
    merged,
    online_equation,
    place_equations,
)
from participation.counting.spec import Channel
from participation.counts import queries as counts
from participation.errors import Message
from participation.paper.balance import batch_figures, excess_reasons, place_figures
from participation.processes.queries import SpecRow
from participation.publication.wording import IDENTITIES, term_label
from participation.register.queries import code_figures

SIGNATURES_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Identity:
    """One equation with the state of its signatures."""

    equation: Equation
    reasons: tuple[str, ...] = ()
    signers: tuple[uuid.UUID, ...] = ()
    signed_elsewhere: bool = False
    """A batch's gap is signed at the keying desk."""

    @property
    def settled(self) -> bool:
        """It closes, or two people signed exactly this gap."""
        return self.equation.holds or self.signed_elsewhere or len(self.signers) >= SIGNATURES_NEEDED

    @property
    def gap(self) -> counts.Gap:
        return self.equation.key, self.equation.subject, self.equation.difference


@dataclass(frozen=True)
class Board:
    """All identities of one spec: of the whole process, of each place, of each batch."""

    whole: tuple[Identity, ...]
    places: tuple[tuple[str, tuple[Identity, ...]], ...]
    batches: tuple[Identity, ...]

    @property
    def all(self) -> tuple[Identity, ...]:
        return (*self.whole, *(identity for _place, group in self.places for identity in group), *self.batches)

    @property
    def unsettled(self) -> tuple[Identity, ...]:
        return tuple(identity for identity in self.all if not identity.settled)

    @property
    def gaps(self) -> tuple[Identity, ...]:
        """Those that do not close, signed or not."""
        return tuple(identity for identity in self.all if not identity.equation.holds)


OF_SHEETS = (IdentityKey.RETURNED, IdentityKey.FOUND_IN_ENVELOPES)
"""The equations that say how many sheets a place can have given."""


def board(session: Session, spec_row: SpecRow, *, closed: bool) -> Board:
    """The identities as they stand. Before intake closes blank votes are not told apart from the others."""
    signed = counts.gap_signatures(session, spec_row.id)
    found = counts.dispositions(session, spec_row.id)
    by_place = [(each.place, place_equations(each)) for each in place_figures(session, spec_row)]
    too_many = [each for _place, group in by_place for each in group if each.key in OF_SHEETS and each.difference < 0]
    told = excess_reasons(session, spec_row) if too_many else {}
    figures = batch_figures(session, spec_row)
    whole = [box_equation(_totals(found))] if closed else []
    if Channel.ONLINE in found or not by_place:
        whole.append(_online(found.get(Channel.ONLINE, {}), closed=closed))
    codes = code_figures(session, spec_row.id)
    if codes.made:
        whole.append(code_equation(codes))
    return Board(
        tuple(_identity(equation, signed) for equation in whole),
        tuple(
            (place, tuple(_identity(each, signed, told.get(place, ())) for each in group)) for place, group in by_place
        ),
        tuple(_batch(each, equation) for each in figures for equation in batch_equations(each)),
    )


def _identity(
    equation: Equation, signed: Mapping[counts.Gap, list[counts.Signature]], told: Sequence[str] = ()
) -> Identity:
    """`told`: what was signed with the batches of a place from which more sheets came than people were accepted."""
    signatures = signed.get((equation.key, equation.subject, equation.difference), [])
    known = told if equation.key in OF_SHEETS and equation.difference < 0 else ()
    reasons = tuple(dict.fromkeys((*known, *(signature.reason for signature in signatures))))
    return Identity(equation, reasons, tuple(signature.account_id for signature in signatures))


def _batch(figures: BatchFigures, equation: Equation) -> Identity:
    return Identity(equation, figures.reasons, signed_elsewhere=figures.signed)


def _totals(found: Mapping[Channel, Mapping[Disposition, int]]) -> dict[Disposition, int]:
    totals = dict.fromkeys(Disposition, 0)
    for by_kind in found.values():
        for kind, number in by_kind.items():
            totals[kind] += number
    return totals


def _online(by_kind: Mapping[Disposition, int], *, closed: bool) -> Equation:
    equation = online_equation(OnlineFigures(sum(by_kind.values()), by_kind))
    if closed:
        return equation
    counted, blank, *others = equation.right
    return Equation(equation.key, "", equation.left, (Term("standing", counted.value + blank.value), *others))


def summary(found: Board) -> list[Equation]:
    """One equation per identity for the whole vote, the places added together."""
    by_place = [identity.equation for _place, group in found.places for identity in group]
    return [identity.equation for identity in found.whole] + merged(by_place)


# As the pages show them, and as the minutes keep them.


def as_minutes(found: Board) -> dict[str, Any]:
    """The stored form: the summed identities, and each gap with its reasons and who signed it."""
    return {
        "identities": [_dump(equation) for equation in summary(found)],
        "batches": len({identity.equation.subject for identity in found.batches}),
        "gaps": [
            {
                **_dump(identity.equation),
                "reasons": list(identity.reasons),
                "signers": [str(signer) for signer in identity.signers],
            }
            for identity in found.gaps
        ],
    }


def _dump(equation: Equation) -> dict[str, Any]:
    return {
        "key": equation.key.value,
        "subject": equation.subject,
        "left": _dump_term(equation.left),
        "right": [_dump_term(term) for term in equation.right],
    }


def _dump_term(term: Term) -> dict[str, Any]:
    return {"code": term.code, "value": term.value, "minus": term.minus}


def load_equation(data: Mapping[str, Any]) -> Equation:
    """What the minutes keep of one identity."""
    return Equation(
        IdentityKey(data["key"]), data["subject"], Term(**data["left"]), tuple(Term(**term) for term in data["right"])
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """An equation in words, as the macro `equation` takes it."""

    title: Message
    subject: str
    left: list[dict[str, Any]]
    right: list[dict[str, Any]]
    difference: int
    reasons: tuple[str, ...]
    signed_by: list[str]
    key: IdentityKey
    settled: bool


def shown(identity: Identity, names: Mapping[uuid.UUID, str]) -> Shown:
    equation = identity.equation
    return Shown(
        title=IDENTITIES[equation.key],
        subject=equation.subject,
        left=[_shown_term(equation.left)],
        right=[_shown_term(term) for term in _worth_showing(equation)],
        difference=equation.difference,
        reasons=identity.reasons,
        signed_by=[names.get(signer, "") for signer in identity.signers],
        key=equation.key,
        settled=identity.settled,
    )


def _worth_showing(equation: Equation) -> tuple[Term, ...]:
    """The terms of the right side that are not zero; all of a short one, and never none."""
    if len(equation.right) < 3:
        return equation.right
    return tuple(term for term in equation.right if term.value) or equation.right[:1]


def _shown_term(term: Term) -> dict[str, Any]:
    return {"label": term_label(term.code), "value": term.value, "minus": term.minus}


def signer_names(session: Session, identities: Iterable[Identity]) -> dict[uuid.UUID, str]:
    return names_of(session, {signer for identity in identities for signer in identity.signers})
