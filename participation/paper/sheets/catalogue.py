"""Every sheet that the forms desk prints, by those who need it, each with its address and its PDF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from participation.counting.spec import Text
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper import printed
from participation.paper.models.desk import Paper
from participation.paper.printed import Edition, Matter, Printed, print_form
from participation.paper.sheets import consultation, questionnaires
from participation.paper.sheets import documents as documents
from participation.paper.sheets.consultation import Invitation, Occasion
from participation.paper.sheets.documents import Desk, EnvelopePart, Slip
from participation.processes.models import Project


class Group(StrEnum):
    """Who needs a sheet."""

    VOTERS = "voters"
    POST = "post"
    PUBLIC = "public"
    KITS = "kits"
    TEAM = "team"


GROUPS = {
    Group.VOTERS: _("For people who vote"),
    Group.POST: _("For envelopes and schools"),
    Group.PUBLIC: _("For walls, meetings and consultations"),
    Group.KITS: _("For groups, and for people at home"),
    Group.TEAM: _("For the team"),
}
DESKS = {
    Desk.INTAKE: _("Guide for the intake desk"),
    Desk.KEYING: _("Guide for keying"),
    Desk.ADJUDICATION: _("Guide for adjudication"),
    Desk.CLOSING: _("Guide for closing"),
}
SLIPS = {
    Slip.ATTENDANCE: _("Attendance slip, two to a sheet"),
    Slip.QUESTION: _("Question slip, two to a sheet"),
    Slip.COMMENT: _("Comment slip"),
    Slip.IDEA: _("Idea slip"),
}
ENVELOPES = {
    EnvelopePart.OUTER: _("Outer envelope with declaration"),
    EnvelopePart.INNER: _("Inner envelope"),
}
INVITATIONS = {Invitation.POSTER: _("Poster"), Invitation.FLYER: _("Flyer")}
OF_A_CONSULTATION = (Slip.COMMENT, Slip.QUESTION, Slip.ATTENDANCE)
"""The slips of a consultation."""
AT_HOME = (Slip.COMMENT, Slip.IDEA)
"""The slips that the public may print."""
ENVELOPE_GRAMS = {EnvelopePart.OUTER: Decimal("14.5"), EnvelopePart.INNER: Decimal("7.0")}
"""Two faces and a flap of a tenth: 2.3 times 9 × 12 (6 × 9) inches of 90 g/m²; C4 and C5 differ by less than 1 g."""


@dataclass(frozen=True)
class Sheet:
    """One line of the desk."""

    group: Group
    name: Message
    path: str
    """Below the desk, ready for the query of the edition."""
    document: Printed
    district: Text | str = ""
    envelope: EnvelopePart | None = None

    def grams(self, paper: Paper) -> Decimal:
        """The weight of one, to the tenth of a gram."""
        return ENVELOPE_GRAMS[self.envelope] if self.envelope else self.document.grams(paper)


Projects = Mapping[tuple[str, str], Project]


def of_consultation(occasion: Occasion, questionnaire: Matter | None, edition: Edition) -> list[Sheet]:
    """What a consultation prints: its invitation, slips, its questionnaire once it is published, its kits."""
    found = [
        _sheet(Group.PUBLIC, name, f"{kind.value}.pdf?", "invitation", consultation.invitation(occasion, edition, kind))
        for kind, name in INVITATIONS.items()
    ]
    for kind in OF_A_CONSULTATION:
        data = consultation.slip(occasion, edition, kind)
        found.append(_sheet(Group.PUBLIC, SLIPS[kind], f"slip.pdf?slip={kind.value}&", "slip", data))
    if questionnaire is not None:
        data = questionnaires.questionnaire(questionnaire, edition)
        found.append(_sheet(Group.PUBLIC, _("Questionnaire"), "questionnaire.pdf?", "questionnaire", data))
    kits = {
        "kit": (_("Participation kit for groups, with its return sheet"), consultation.kit(occasion, edition)),
        "postal-kit": (_("Letter of the postal kit"), consultation.postal_kit(occasion, edition)),
    }
    return found + [_sheet(Group.KITS, name, f"{form}.pdf?", form, data) for form, (name, data) in kits.items()]


def sheets(matter: Matter, projects: Projects, edition: Edition, *, numbered: bool) -> list[Sheet]:
    """Everything that this vote prints in this edition, group after group. `numbered`: its ballots carry a serial."""
    return [
        *_for_voters(matter, projects, edition, numbered),
        *_for_envelopes(matter, edition),
        *_for_the_public(matter, edition),
        *_for_the_team(matter, edition, numbered),
    ]


def _sheet(group: Group, name: Message, path: str, form: str, data: Mapping[str, Any], **more: Any) -> Sheet:
    return Sheet(group, name, path, print_form(form, data), **more)


def _for_voters(matter: Matter, projects: Projects, edition: Edition, numbered: bool) -> Iterator[Sheet]:
    spec = matter.spec_row.spec
    for style in spec.styles:
        data = printed.ballot(matter, style.id, replace(edition, numbered=numbered))
        title = style.title if len(spec.styles) > 1 else ""
        yield _sheet(Group.VOTERS, _("Ballot"), f"ballot.pdf?style={style.id}&", "ballot", data, district=title)
    slip = printed.declaration(matter, edition, printed.notice(matter, edition.language))
    yield _sheet(Group.VOTERS, _("Declaration slip"), "declaration.pdf?", "declaration", slip)
    book = printed.booklet(matter, projects, edition)
    yield _sheet(Group.VOTERS, _("Project booklet"), "booklet.pdf?", "booklet", book)
    preparation = printed.preparation(matter, edition)
    yield _sheet(Group.VOTERS, _("Preparation sheet"), "preparation.pdf?", "preparation", preparation)


def _for_envelopes(matter: Matter, edition: Edition) -> Iterator[Sheet]:
    styles = matter.spec_row.spec.styles
    notice = printed.notice(matter, edition.language)
    outer, inner = EnvelopePart.OUTER, EnvelopePart.INNER
    if documents.uses_envelopes(matter):
        data = documents.envelope(matter, edition, outer, notice)
        yield _sheet(Group.POST, ENVELOPES[outer], "envelope.pdf?part=outer&", "envelope", data, envelope=outer)
        for style in styles:
            several = len(styles) > 1
            data = documents.envelope(matter, edition, inner, notice, style=style.id if several else "")
            path = f"envelope.pdf?part=inner&style={style.id}&"
            yield _sheet(
                Group.POST, ENVELOPES[inner], path, "envelope", data,
                district=style.title if several else "", envelope=inner,
            )  # fmt: skip
    if documents.has_class_pack(matter):
        pack = documents.class_pack(matter, edition)
        yield _sheet(Group.POST, _("Class pack, guide and statement"), "class-pack.pdf?", "class-pack", pack)


def _for_the_public(matter: Matter, edition: Edition) -> Iterator[Sheet]:
    yield _sheet(Group.PUBLIC, _("Poster"), "poster.pdf?", "poster", documents.poster(matter, edition))
    yield from _slips(matter, edition, SLIPS)


def _slips(matter: Matter, edition: Edition, kinds: Iterable[Slip]) -> Iterator[Sheet]:
    for kind in kinds:
        data = documents.slip(matter, edition, kind)
        yield _sheet(Group.PUBLIC, SLIPS[kind], f"slip.pdf?slip={kind.value}&", "slip", data)


def _for_the_team(matter: Matter, edition: Edition, numbered: bool) -> Iterator[Sheet]:
    for desk, name in DESKS.items():
        data = documents.aide_memoire(matter, edition, desk, numbered=numbered)
        yield _sheet(Group.TEAM, name, f"guide.pdf?desk={desk.value}&", "aide-memoire", data)
