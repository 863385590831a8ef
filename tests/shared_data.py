"""Where the published elections lie that the tests compare with. They are not part of this repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.databases import unavailable

FOLDER = Path(__file__).parents[1].parent / "shared" / "data" / "pabulib"


def elections() -> list[Any]:
    """A parameter per published election, or one that skips and says why."""
    names = sorted(path.stem for path in (FOLDER / "expected").glob("*.json"))
    return [pytest.param(name, id=name[:40]) for name in names] or [pytest.param("", id="no published elections")]


def expected(name: str) -> dict[str, Any]:
    """The published result. Without the data the test is skipped; under CI that is an error."""
    if not name:
        unavailable(f"no published elections in {FOLDER}")
    found: dict[str, Any] = json.loads((FOLDER / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def election_file(name: str) -> Path:
    """The .pb file that the result belongs to."""
    return FOLDER / f"{name}.pb"
