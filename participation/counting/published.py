"""Our count of a published file beside the one that its columns `votes` and `score` give."""

from __future__ import annotations

from collections.abc import Iterator

from participation.counting.election import Election, Notice, Oddity, Project
from participation.counting.pabulib_votes import whole_number
from participation.counting.tally import Tally

_SILENT = frozenset({"", "none"})
"""A project whose column says nothing."""


def differences(election: Election, counted: Tally) -> tuple[Notice, ...]:
    """One notice for each project whose count is not what the file says; none where the file has no such column."""
    return tuple(notice for project in election.projects for notice in _of(project, counted))


def _of(project: Project, counted: Tally) -> Iterator[Notice]:
    for column, count in (("votes", counted.votes), ("score", counted.points)):
        published = project.column(column)
        if published is None or published.lower() in _SILENT or (column == "score" and not counted.scored):
            continue
        found = count(project.id)
        if whole_number(published) != found:
            yield Notice(
                Oddity.PUBLISHED_DIFFERS,
                (("project", project.id), ("column", column), ("found", str(found)), ("expected", published)),
            )
