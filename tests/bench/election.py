"""A generated election of the size of a large city, always the same for a seed: not anybody's data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from participation.counting.pabulib import dump

BALLOTS = 90_000
PROJECTS = 160
SEED = 20_270_111
ENVELOPE = 10_000_000
MOST_CHOICES = 15


def write_election(path: Path, ballots: int = BALLOTS, projects: int = PROJECTS, seed: int = SEED) -> None:
    """Approval ballots with up to 15 choices, popular projects and neighbourhoods, a fifth on paper."""
    draw = np.random.default_rng(seed)
    costs = (np.exp(draw.normal(12.2, 1.0, projects)) // 100 * 100 + 5000).astype(int)
    choices = _choices(draw, ballots, projects)
    votes = np.bincount(np.concatenate(choices), minlength=projects)
    meta = {
        "description": "Fictional election for measuring",
        "country": "Fiction",
        "unit": "Measured city",
        "num_projects": str(projects),
        "num_votes": str(ballots),
        "budget": str(ENVELOPE),
        "vote_type": "approval",
        "rule": "greedy",
        "max_length": str(MOST_CHOICES),
        "currency": "CAD",
    }
    listed = [
        (str(place + 1), str(costs[place]), str(votes[place]), f"Project {place + 1}") for place in range(projects)
    ]
    paper = draw.random(ballots) < 0.2
    lines = dump(
        meta,
        ("project_id", "cost", "votes", "name"),
        listed,
        ("voter_id", "vote", "voting_method"),
        _lines(choices, paper),
    )
    path.write_text("".join(lines), encoding="utf-8")


def _choices(draw: np.random.Generator, ballots: int, projects: int) -> list[np.ndarray]:
    """Each voter takes the projects with the highest sum of popularity, nearness and own taste."""
    popularity = draw.normal(0, 1.1, projects)
    district = draw.integers(0, 18, projects)
    home = draw.integers(0, 18, ballots)
    length = 1 + draw.binomial(MOST_CHOICES - 1, draw.beta(1.6, 1.2, ballots))
    chosen = []
    for voter in range(ballots):
        taste = popularity + 1.5 * (district == home[voter]) + draw.gumbel(0, 1, projects)
        chosen.append(np.argpartition(-taste, length[voter])[: length[voter]])
    return chosen


def _lines(choices: Sequence[np.ndarray], paper: np.ndarray) -> Iterator[tuple[str, str, str]]:
    for number, (chosen, on_paper) in enumerate(zip(choices, paper, strict=True), start=1):
        yield str(number), ",".join(str(place + 1) for place in chosen), "paper" if on_paper else "internet"
