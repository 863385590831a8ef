"""A questionnaire in the making: what is ticked and written, and the link that alone can read it.

The link is 32 random bytes. What the database calls the draft and the key under which it lies are both made from it
by one-way functions: who has the database has neither. The browser keeps the link in a cookie of this
questionnaire, so that nobody has to copy it who does not want to go on later.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from participation.ballots.basket import new_nonce
from participation.counting.answers import Answer, Fault, Problem, canonical, problems
from participation.counting.opinions import MOST_CHARACTERS, asked
from participation.counting.spec import BallotSpec, Question, QuestionKind

MOST_KEPT = 400_000
"""Characters of all answers that a draft keeps, sendable or not; beyond, the page gives the text back and says so."""


@dataclass(frozen=True, slots=True)
class Link:
    """The private link of one draft."""

    token: str

    @classmethod
    def new(cls) -> Link:
        return cls(secrets.token_urlsafe(32))

    @property
    def id(self) -> str:
        """Under which the draft lies."""
        return hashlib.sha256(f"questionnaire-draft-id/1|{self.token}".encode()).hexdigest()

    def seal(self, text: str) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._cipher.encrypt(nonce, zlib.compress(text.encode()), self.id.encode())

    def open(self, sealed: bytes) -> str | None:
        """What `seal` sealed under this very link, else None."""
        try:
            return zlib.decompress(self._cipher.decrypt(sealed[:12], sealed[12:], self.id.encode())).decode()
        except (InvalidTag, ValueError):
            return None

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(hashlib.sha256(f"questionnaire-draft-key/1|{self.token}".encode()).digest())


@dataclass(frozen=True, slots=True)
class Draft:
    """Answers so far. Changed answers are another ballot, so they get a new nonce; sent ones have a receipt."""

    spec_id: uuid.UUID
    nonce: str = field(default_factory=new_nonce)
    ticks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    language: str = "fr"
    receipt: str = ""

    def with_answers(
        self, ticks: Mapping[str, tuple[str, ...]], words: Mapping[str, str], about: frozenset[str], language: str
    ) -> Draft:
        """The draft with the answers of one page: those of the questions `about`, and of no other."""
        kept = replace(
            self,
            ticks={**{key: value for key, value in self.ticks.items() if key not in about}, **ticks},
            words={**{key: value for key, value in self.words.items() if key not in about}, **words},
            language=language if words else self.language,
        )
        return self if kept == self else replace(kept, nonce=new_nonce())

    def answers(self, spec: BallotSpec) -> dict[str, Answer]:
        """What is ticked, as ballots have it."""
        return {
            question.id: canonical(question, [(option, 1) for option in self.ticks.get(question.id, ())])
            for question in spec.questions
            if question.kind is not QuestionKind.OPEN_TEXT
        }

    def asked(self, spec: BallotSpec) -> frozenset[str]:
        """The questions that somebody with these answers is asked."""
        return asked(spec.questions, self.answers(spec))

    def has_answer(self, question: Question) -> bool:
        return bool(self.ticks.get(question.id) or self.words.get(question.id))

    def problem(self, question: Question) -> Problem | None:
        """Why this answer cannot be sent as it is."""
        if question.kind is QuestionKind.OPEN_TEXT:
            found = len(self.words.get(question.id, ""))
            return Problem(Fault.TOO_LONG, question.id, "", MOST_CHARACTERS, found) if found > MOST_CHARACTERS else None
        answer = canonical(question, [(option, 1) for option in self.ticks.get(question.id, ())])
        return next(iter(problems(question, answer)), None)

    @property
    def size(self) -> int:
        """Characters of all answers in words."""
        return sum(map(len, self.words.values()))


def dump(draft: Draft) -> str:
    values = [draft.spec_id.hex, draft.nonce, draft.ticks, draft.words, draft.language, draft.receipt]
    return json.dumps(values, separators=(",", ":"))


def load(text: str) -> Draft:
    """What `dump` wrote; only what this link sealed comes here, so it is not checked again."""
    spec_id, nonce, ticks, words, language, receipt = json.loads(text)
    return Draft(
        uuid.UUID(spec_id), nonce, {key: tuple(value) for key, value in ticks.items()}, words, language, receipt
    )
