"""Where the published elections lie that the tests compare with. They are not part of this repository."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[1].parent / "shared" / "data" / "pabulib"
IN_CI = os.environ.get("CI", "").lower() == "true"


def elections() -> list[Any]:
    """A parameter per published election, or one that skips and says why."""
    names = sorted(path.stem for path in (FOLDER / "expected").glob("*.json"))
    return [pytest.param(name, id=name[:40]) for name in names] or [pytest.param("", id="no published elections")]


def expected(name: str) -> dict[str, Any]:
    """The published result. Without the data the test is skipped; under CI that is an error."""
    if not name:
        why = f"no published elections in {FOLDER}"
        if IN_CI:
            pytest.fail(f"{why}: under CI nothing may be skipped")
        pytest.skip(why)
    found: dict[str, Any] = json.loads((FOLDER / "expected" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def election_file(name: str) -> Path:
    """The .pb file that the result belongs to."""
    return FOLDER / f"{name}.pb"
