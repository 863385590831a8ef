"""Reads of answers in words: those that say the same stand together, with what was decided about them."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, select
from sqlmodel import Session, col

from participation.ballots.questionnaires.models import OpenAnswer
from participation.consultations.spotting import Span, Spotted, masked, pieces, spot
from participation.counting.spec import Channel
from participation.live.models import Poll, PollKind
from participation.live.written.models import WrittenDecision

LETTERS_ON_WALL = 420
"""Characters that the wall holds, read from the last row; one answer is shown however long it is."""
MOST_ON_WALL = 8


@dataclass(frozen=True)
class Said:
    """Answers that say the same: the words as most people wrote them, and how many came by each channel."""

    texts: Mapping[uuid.UUID, str]
    """Each answer as it was written, in an order that says nothing."""
    id: uuid.UUID
    """One that was written as most people wrote it; it stands for all of them in an address."""
    language: str
    by_channel: Mapping[Channel, int]

    @property
    def text(self) -> str:
        return self.texts[self.id]

    @property
    def people(self) -> int:
        return sum(self.by_channel.values())

    @cached_property
    def spotted(self) -> list[Span]:
        """What looks like personal data in its words."""
        return spot(self.text)

    @property
    def pieces(self) -> list[tuple[str, Spotted | None]]:
        return pieces(self.text, self.spotted)


@dataclass(frozen=True, slots=True)
class Read:
    """What was said, and the decision about it where there is one."""

    said: Said
    decision: WrittenDecision | None

    @property
    def words(self) -> str:
        """What everybody may read, once it is shown: as it stood before whoever decided, however others write it."""
        text = self.said.texts[self.decision.answer_id] if self.decision else self.said.text
        return masked(text, spot(text)) if self.decision and self.decision.masked else text


@dataclass(frozen=True)
class WrittenNow:
    """All answers in words of one poll."""

    answers: tuple[Read, ...]
    """What most people wrote comes first. When each came is not known: the box keeps no hour."""

    @cached_property
    def pending(self) -> list[Read]:
        return [each for each in self.answers if each.decision is None]

    @cached_property
    def shown(self) -> list[Read]:
        """The newest decision first."""
        found = [(each.decision.at, each) for each in self.answers if each.decision and each.decision.shown]
        return [each for _at, each in sorted(found, key=lambda pair: pair[0], reverse=True)]

    @cached_property
    def refused(self) -> list[Read]:
        return [each for each in self.answers if each.decision and not each.decision.shown]

    @property
    def not_shown(self) -> int:
        """People whose answer nobody let through: refused, or not read yet."""
        return sum(each.said.people for each in (*self.pending, *self.refused))

    @cached_property
    def on_wall(self) -> list[Read]:
        """As many of the newest as can be read from the last row."""
        room, found = LETTERS_ON_WALL, list[Read]()
        for each in self.shown[:MOST_ON_WALL]:
            room -= len(each.words)
            if room < 0 and found:
                break
            found.append(each)
        return found


def written_now(session: Session, polls: Iterable[Poll]) -> dict[uuid.UUID, WrittenNow]:
    """Poll → its answers in words, for those that ask for words and were opened."""
    asked = {poll.id: poll.spec_id for poll in polls if poll.kind is PollKind.TEXT and poll.spec_id}
    if not asked:
        return {}
    said, decisions = _said(session, list(asked.values())), _decisions(session, list(asked))
    return {
        poll_id: WrittenNow(tuple(Read(each, _newest(decisions[poll_id], each)) for each in said[spec_id]))
        for poll_id, spec_id in asked.items()
    }


def _decisions(session: Session, poll_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, dict[uuid.UUID, WrittenDecision]]:
    """Poll → answer → what was decided about it."""
    found: dict[uuid.UUID, dict[uuid.UUID, WrittenDecision]] = defaultdict(dict)
    for row in session.execute(select(WrittenDecision).where(col(WrittenDecision.poll_id).in_(poll_ids))).scalars():
        found[row.poll_id][row.answer_id] = row
    return found


def _newest(decisions: Mapping[uuid.UUID, WrittenDecision], said: Said) -> WrittenDecision | None:
    """Two people may have decided at once, about two answers that say the same: the later decision stands."""
    found = [decisions[answer_id] for answer_id in said.texts if answer_id in decisions]
    return max(found, key=lambda each: (each.at, each.id), default=None)


_read: dict[uuid.UUID, tuple[tuple[int, int], list[Said]]] = {}
"""Spec → how many answers there were when they were read, how many of them had words, and what they said."""
MOST_READ = 100


def _said(session: Session, spec_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Said]]:
    """Read anew only where an answer has come since, or one was erased."""
    spec_id = col(OpenAnswer.spec_id)
    query = select(spec_id, func.count(), func.count(col(OpenAnswer.salt))).where(spec_id.in_(spec_ids))
    numbers = {row[0]: (row[1], row[2]) for row in session.execute(query.group_by(spec_id))}
    found = {}
    for each in spec_ids:
        known = _read.get(each)
        mark = numbers.get(each, (0, 0))
        if known is None or known[0] != mark:
            if len(_read) >= MOST_READ:
                _read.clear()
            known = _read[each] = (mark, _together(session, each))
        found[each] = known[1]
    return found


def _together(session: Session, spec_id: uuid.UUID) -> list[Said]:
    """The answers of one poll, what most people wrote first."""
    columns = (OpenAnswer.id, OpenAnswer.text, OpenAnswer.language, OpenAnswer.channel)
    query = select(*map(col, columns)).where(col(OpenAnswer.spec_id) == spec_id, col(OpenAnswer.text).is_not(None))
    alike: dict[str, list[tuple[uuid.UUID, str, str, Channel]]] = defaultdict(list)
    for answer_id, text, language, channel in session.execute(query.order_by(col(OpenAnswer.id))):
        alike[_folded(text)].append((answer_id, text, language, channel))
    return sorted(map(_one, alike.values()), key=lambda said: (-said.people, said.text))


def _folded(text: str) -> str:
    """Equal for texts that differ by capitals, spaces and the stop at their end alone."""
    return " ".join(text.casefold().split()).rstrip(" .!…")


def _one(rows: Sequence[tuple[uuid.UUID, str, str, Channel]]) -> Said:
    times = Counter(text for _id, text, _language, _channel in rows)
    answer_id, _text, language, _channel = min(rows, key=lambda row: (-times[row[1]], row[1].isupper(), row[1], row[0]))
    return Said({row[0]: row[1] for row in rows}, answer_id, language, Counter(row[3] for row in rows))
