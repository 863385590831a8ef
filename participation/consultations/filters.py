"""What somebody asks of a list of contributions, from its address; what the address does not know is left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from participation.consultations.models import (
    AboutKind,
    ContributionChannel,
    ContributionKind,
    ContributionState,
)
from participation.consultations.queries import Sort, Wanted

Value = TypeVar("Value", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filter:
    """The choices of a list; those that are empty leave nothing out."""

    kind: ContributionKind | None = None
    state: ContributionState | None = None
    theme: str = ""
    channel: ContributionChannel | None = None
    language: str = ""
    about: AboutKind | None = None
    ref: str = ""
    sort: Sort = Sort.NEWEST
    cursor: str = ""

    @property
    def of_the_public(self) -> Wanted:
        """Published comments, thread by thread."""
        return Wanted(
            public=True,
            theme=self.theme,
            channel=self.channel,
            language=self.language,
            about=self.about,
            about_ref=self.ref,
            sort=self.sort,
        )

    @property
    def of_the_register(self) -> Wanted:
        """Everything, whatever became of it, the newest first; a text that many people sent stands once."""
        return Wanted(
            kind=self.kind,
            state=self.state,
            theme=self.theme,
            channel=self.channel,
            language=self.language,
            once=True,
        )

    @property
    def query(self) -> dict[str, str]:
        """The same list from its beginning, for an address."""
        values = {
            "kind": self.kind or "",
            "state": self.state or "",
            "theme": self.theme,
            "channel": self.channel or "",
            "language": self.language,
            "about": self.about or "",
            "ref": self.ref,
            "sort": self.sort if self.sort is not Sort.NEWEST else "",
        }
        return {name: value for name, value in values.items() if value}


def read_filter(asked: Mapping[str, str]) -> Filter:
    return Filter(
        kind=_one_of(ContributionKind, asked.get("kind", "")),
        state=_one_of(ContributionState, asked.get("state", "")),
        theme=asked.get("theme", "")[:40],
        channel=_one_of(ContributionChannel, asked.get("channel", "")),
        language=asked.get("language", "")[:8],
        about=_one_of(AboutKind, asked.get("about", "")),
        ref=asked.get("ref", "")[:80],
        sort=_one_of(Sort, asked.get("sort", "")) or Sort.NEWEST,
        cursor=asked.get("from", "")[:400],
    )


def _one_of(values: type[Value], text: str) -> Value | None:
    return values(text) if text in set(values) else None
