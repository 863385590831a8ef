"""The line of phases on public pages: years where they are needed, no days left once voting is closed."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from participation.processes.models import Phase, PhaseKind
from participation.publication import hub
from participation.publication.hub import Stage

NOW = datetime(2026, 11, 21, 15, tzinfo=UTC)
ZONE = ZoneInfo("America/Toronto")


def _line(kind: PhaseKind, starts: datetime, ends: datetime, stage: Stage = Stage.OPEN) -> dict[str, object]:
    phase = Phase(process_id=uuid.uuid4(), kind=kind, starts_at=starts, ends_at=ends, title={})
    return hub.timeline([phase], NOW, ZONE, "fr", stage)[0]


@pytest.mark.parametrize(
    ("starts", "ends", "shown"),
    [
        (datetime(2026, 4, 23, 15, tzinfo=UTC), datetime(2026, 7, 1, 15, tzinfo=UTC), "23 avril – 1er juillet"),
        (
            datetime(2026, 12, 28, 15, tzinfo=UTC),
            datetime(2027, 1, 10, 15, tzinfo=UTC),
            "28 décembre – 10 janvier 2027",
        ),
        (datetime(2027, 2, 1, 15, tzinfo=UTC), datetime(2027, 3, 2, 15, tzinfo=UTC), "1er février – 2 mars 2027"),
        (
            datetime(2027, 1, 11, 15, tzinfo=UTC),
            datetime(2029, 1, 9, 15, tzinfo=UTC),
            "11 janvier 2027 – 9 janvier 2029",
        ),
    ],
)
def test_a_year_is_named_where_it_is_another_one(starts: datetime, ends: datetime, shown: str) -> None:
    assert str(_line(PhaseKind.RESULT, starts, ends)["dates"]).replace("\u00a0", " ") == shown


def test_no_days_are_left_once_two_people_have_closed_the_vote_early() -> None:
    dates = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 10, 20, tzinfo=UTC)
    assert "jours restants" in str(_line(PhaseKind.VOTE, *dates)["note"])
    assert _line(PhaseKind.VOTE, *dates, stage=Stage.COUNTING)["note"] == ""
    assert _line(PhaseKind.VOTE, *dates, stage=Stage.RESULT)["note"] == ""
