"""State that travels through the browser: for one person, for a while, unreadable and unchangeable."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from participation.errors import Invalid
from participation.paper.sealed import LIFE, seal, unseal
from tests.builders import NOON

KEY, CLERK = bytes(32), uuid.UUID(int=1)


def test_what_is_sealed_comes_back_and_is_not_readable() -> None:
    token = seal(KEY, CLERK, {"last_name": "Tremblay"}, NOON)
    assert "Tremblay" not in token
    assert unseal(KEY, CLERK, token, NOON + LIFE) == {"last_name": "Tremblay"}


def test_another_person_an_old_page_or_a_changed_one_is_refused() -> None:
    token = seal(KEY, CLERK, {}, NOON)
    for person, text, at in (
        (uuid.UUID(int=2), token, NOON),
        (CLERK, token, NOON + LIFE + timedelta(seconds=1)),
        (CLERK, token, NOON - timedelta(seconds=1)),
        (CLERK, token[:-8] + "AAAAAAA=", NOON),
        (CLERK, "not sealed at all", NOON),
        (CLERK, "é", NOON),
        (CLERK, "", NOON),
    ):
        with pytest.raises(Invalid):
            unseal(KEY, person, text, at)
