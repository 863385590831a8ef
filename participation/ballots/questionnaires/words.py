"""Answers in words on their way into the box: the digest goes into the ballot, the text beside it."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from typing import Any

from participation.ballots.entries import Entry
from participation.counting.opinions import text_digest
from participation.db import new_id


def in_words(spec_id: uuid.UUID, entry: Entry) -> tuple[Entry, tuple[dict[str, Any], ...]]:
    """The entry with a salted digest for each of its texts, and the rows of open_answer that hold them."""
    if not entry.texts:
        return entry, ()
    rows, choices = [], dict(entry.choices)
    for words in entry.texts:
        salt = secrets.token_hex(16)
        choices[words.question_id] = ((text_digest(salt, words.text), 1),)
        rows.append(
            {
                "id": new_id(),
                "spec_id": spec_id,
                "question_id": words.question_id,
                "channel": entry.source.channel,
                "language": words.language,
                "salt": salt,
                "text": words.text,
            }
        )
    return replace(entry, choices=tuple(sorted(choices.items()))), tuple(rows)
