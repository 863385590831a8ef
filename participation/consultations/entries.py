"""What comes in through the one door: a contribution as typed or transcribed, and what is handed back for it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from participation.consultations.models import (
    AboutKind,
    AttachmentRole,
    ContributionChannel,
    ContributionKind,
    Stance,
)
from participation.counting.spec import Capture


@dataclass(frozen=True, slots=True)
class Author:
    """As far as somebody said who they are. Nothing is needed to contribute."""

    name: str = ""
    group: str = ""
    show_name: bool = False
    email: str = ""
    phone: str = ""

    def __bool__(self) -> bool:
        return bool(self.name or self.group or self.email or self.phone)


@dataclass(frozen=True, slots=True)
class ContributionSource:
    """How somebody took part, and how that got here."""

    channel: ContributionChannel = ContributionChannel.ONLINE
    capture: Capture = Capture.SELF
    place_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    """Who transcribed it; None where its author typed it."""
    network: str = ""
    """A keyed digest of the network from which its author sent it."""
    activity_id: uuid.UUID | None = None
    """The kiosk, walk or session at which it was collected."""


@dataclass(frozen=True, slots=True)
class About:
    kind: AboutKind = AboutKind.WHOLE
    ref: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file that is in the folder of files already."""

    role: AttachmentRole
    digest: str
    file_name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Contributed:
    """One contribution at the door. `received` is when it reached us, `nonce` makes sending it twice one act."""

    kind: ContributionKind
    text: str
    language: str
    received: datetime
    nonce: str
    title: str = ""
    source: ContributionSource = ContributionSource()
    author: Author = Author()
    about: About = About()
    theme: str = ""
    stance: Stance | None = None
    parent_id: uuid.UUID | None = None
    official: bool = False
    borough: str = ""
    people: int = 1
    files: tuple[FileOf, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ContributionReceipt:
    """The number in the register, and the code with which its author finds it again, corrects it or takes it back."""

    contribution_id: uuid.UUID
    number: int
    code: str
