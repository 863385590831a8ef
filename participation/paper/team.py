"""The people that a vote with paper needs before it opens, and whether they are there (FLOWS: people).

One person at intake, two who key, one who settles, two who certify. Who keys or settles knows no name and signs no
result, so those three are separate from everybody; whoever works at intake may also certify. Two accounts of one hand
are one person (`accounts.two_people`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, insert, or_, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.models import Account, Grant, Role
from participation.db import new_id
from participation.errors import Message
from participation.i18n import lazy as _
from participation.paper.events import ProfileChosen, TeamIncomplete
from participation.paper.models.custody import Bag, Box
from participation.paper.models.desk import PaperSettings, ScanUse, TeamException
from participation.paper.models.remote import KitFigure, KitOrder, LetterRun
from participation.processes.desks import used_where
from participation.processes.models import Process, Profile, Spec
from participation.processes.queries import OpenProcess


class Post(StrEnum):
    """What a person of the team does."""

    INTAKE = "intake"
    KEYING = "keying"
    ADJUDICATION = "adjudication"
    CERTIFICATION = "certification"


POSTS = {
    Post.INTAKE: _("intake"),
    Post.KEYING: _("keying"),
    Post.ADJUDICATION: _("adjudication"),
    Post.CERTIFICATION: _("certification"),
}
PROFILES = {
    Profile.BOROUGH: _("Small borough: batch header, two keyings, reconciliation"),
    Profile.CITY: _("City: also seals and bags, scans, post and telephone"),
}
NEEDED = {Post.INTAKE: 1, Post.KEYING: 2, Post.ADJUDICATION: 1, Post.CERTIFICATION: 2}
_ROLES = {
    Post.INTAKE: Role.INTAKE_CLERK,
    Post.KEYING: Role.ENTRY_CLERK,
    Post.ADJUDICATION: Role.ADJUDICATOR,
    Post.CERTIFICATION: Role.CERTIFIER,
}
People = Mapping[Post, AbstractSet[uuid.UUID]]
"""Post → the persons who may take it; accounts of one hand are one person."""


@dataclass(frozen=True, slots=True)
class Line:
    """One post: how many it takes, how many may take it, and how many are lacking once everybody stands apart."""

    post: Post
    needed: int
    able: int
    lacking: int

    @property
    def name(self) -> Message:
        return POSTS[self.post]


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the minimum team is there."""

    lines: tuple[Line, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """One post for each missing person."""
        return tuple(line.post.value for line in self.lines for _person in range(line.lacking))


def check(session: Session, process: OpenProcess) -> Check:
    """The team as roles stand now."""
    people = _people(session, process)
    missing = lacking(people)
    return Check(tuple(Line(post, NEEDED[post], len(people[post]), missing.count(post)) for post in Post))


def _people(session: Session, process: OpenProcess) -> dict[Post, set[uuid.UUID]]:
    where = or_(col(Grant.organisation_id) == process.organisation.id, col(Grant.process_id) == process.id)
    query = (
        select(col(Account.id), col(Account.created_by), col(Account.password_by), col(Grant.role))
        .join(Grant, col(Grant.account_id) == col(Account.id))
        .where(where, col(Account.is_active).is_(True), col(Grant.role).in_(_ROLES.values()))
    )
    rows = session.execute(query).all()
    hands = _hands({row.id: (row.created_by, row.password_by) for row in rows})
    return {post: {hands[row.id] for row in rows if row.role is role} for post, role in _ROLES.items()}


def _hands(givers: Mapping[uuid.UUID, Sequence[uuid.UUID | None]]) -> dict[uuid.UUID, uuid.UUID]:
    """Account → the one of the team that opened it or gave it its password last, else itself."""
    found = {}
    for account in givers:
        hand, seen = account, {account}
        while above := next((each for each in givers[hand] if each in givers and each not in seen), None):
            hand = above
            seen.add(hand)
        found[account] = hand
    return found


def lacking(people: People) -> list[Post]:
    """The posts that stay empty in the best sharing out of people; one entry for each missing person.

    Either intake has a person of its own, or one of the certifiers works there too.
    """
    apart = [post for post in Post for _place in range(NEEDED[post])]
    both = people[Post.INTAKE] & people[Post.CERTIFICATION]
    with_own = _unfilled([(post, people[post]) for post in apart])
    shared = [(post, people[post]) for post in apart if post is not Post.INTAKE]
    shared[-1] = (Post.CERTIFICATION, both)
    with_both = _unfilled(shared) if both else with_own
    return min(with_own, with_both, key=len)


def _unfilled(places: Sequence[tuple[Post, AbstractSet[uuid.UUID]]]) -> list[Post]:
    """The places of a largest matching of places and people that stay empty (augmenting paths)."""
    taken: dict[uuid.UUID, int] = {}

    def place_one(place: int, tried: set[uuid.UUID]) -> bool:
        for person in sorted(places[place][1] - tried):
            tried.add(person)
            if person not in taken or place_one(taken[person], tried):
                taken[person] = place
                return True
        return False

    return [post for place, (post, _able) in enumerate(places) if not place_one(place, set())]


# The two profiles.


def _of_the_vote(spec_id: Any) -> ColumnElement[bool]:
    """Whether the vote of the outer query has a row that names its spec in this column."""
    published = col(Spec.id) == col(spec_id)
    return select(col(Spec.id)).where(col(Spec.process_id) == col(Process.id), published).exists()


used_where("/bags", *map(_of_the_vote, (Bag.spec_id, Box.spec_id)))
used_where("/letters", _of_the_vote(LetterRun.spec_id))
used_where("/post", *map(_of_the_vote, (KitOrder.spec_id, KitFigure.spec_id)))
used_where(
    "/scans",
    select(col(PaperSettings.process_id))
    .where(col(PaperSettings.process_id) == col(Process.id), col(PaperSettings.scans) != ScanUse.NONE)
    .exists(),
)


def choose_profile(
    session: Session, process: OpenProcess, profile: Profile, *, account_id: uuid.UUID, at: datetime
) -> None:
    """Decides which desks are shown from now on; nothing that was received or keyed changes."""
    other = (col(Process.id) == process.id) & (col(Process.profile) != profile)
    changed = update(Process).where(other).values(profile=profile).returning(col(Process.id))
    if session.execute(changed).first() is None:
        return
    scope = audit.Scope(process_id=process.id)
    audit.record(session, ProfileChosen(profile.value), at=at, account_id=account_id, scope=scope)


def note_opening(
    session: Session, process: OpenProcess, reason: str, *, account_id: uuid.UUID, at: datetime
) -> tuple[str, ...]:
    """Records that the vote opens without its minimum team, where it does. Returns the posts that are missing."""
    missing = check(session, process).missing if process.process.paper else ()
    if missing:
        row = {"id": new_id(), "process_id": process.id, "missing": list(missing), "reason": reason[:500], "at": at}
        session.execute(insert(TeamException).values(**row, account_id=account_id))
        scope = audit.Scope(process_id=process.id)
        audit.record(session, TeamIncomplete(missing), at=at, account_id=account_id, scope=scope, reason=reason[:500])
    return missing


def exceptions_of(session: Session, process_id: uuid.UUID, before: datetime) -> list[Message]:
    """A sentence for each opening without the minimum team, for the result."""
    query = (
        select(col(TeamException.missing), col(TeamException.reason))
        .where(col(TeamException.process_id) == process_id, col(TeamException.at) <= before)
        .order_by(col(TeamException.at))
    )
    return [_sentence(missing, reason) for missing, reason in session.execute(query)]


def _sentence(missing: Sequence[str], reason: str) -> Message:
    posts = listed(missing)
    if reason:
        return _(
            "The vote opened without its whole team. Missing: %(posts)s. Reason: %(reason)s", posts=posts, reason=reason
        )
    return _("The vote opened without its whole team. Missing: %(posts)s. No reason was given.", posts=posts)


def listed(missing: Sequence[str]) -> Message:
    """The posts, each with how many people it lacks, such as “keying (2), adjudication (1)”."""
    each = [_("%(post)s (%(number)s)", post=POSTS[Post(post)], number=missing.count(post)) for post in Post]
    shown = [words for words, post in zip(each, Post, strict=True) if post in missing]
    return reduce(lambda first, second: _("%(first)s, %(second)s", first=first, second=second), shown)
