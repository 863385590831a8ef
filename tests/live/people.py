"""Who is in the room in these tests: a facilitator at the remote, telephones, two counters."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from participation.accounts.models import Role
from participation.live.service import MeetingDraft, PollDraft, add_poll, create_meeting
from tests.builders import NOON, World, build_account, build_world
from tests.client import Browser, Page, Site

ZONE_30 = PollDraft(
    {"fr": "Zone 30 sur la rue des Saules", "en": "30 km/h zone on rue des Saules"},
    options=[
        {"fr": "Pour", "en": "For"},
        {"fr": "Contre", "en": "Against"},
        {"fr": "Il faut en savoir plus", "en": "More information is needed"},
    ],
)


@dataclass(frozen=True, slots=True)
class Assembly:
    """A meeting with one poll, and its facilitator."""

    site: Site
    world: World
    meeting_id: uuid.UUID
    code: str
    poll_id: uuid.UUID
    facilitator: Browser

    @property
    def staff(self) -> str:
        return f"/fr/staff{self.world.path}/meetings/{self.meeting_id}"

    @property
    def room(self) -> str:
        return f"/fr/m/{self.code}"

    def act(self, what: str) -> None:
        """The facilitator presses a button of the poll."""
        self.facilitator.post(f"{self.staff}/polls/{self.poll_id}/{what}")

    def wall(self) -> str:
        return self.site.visitor().get_page(f"{self.room}/wall").text

    def counter(self, name: str) -> Browser:
        account = build_account(self.site.database, name, [Role.INTAKE_CLERK], self.world.organisation_id)
        return self.site.signed_in(account)

    def totals_refused(self, who: Browser, *totals: int) -> None:
        """The same person does not count twice."""
        who.post(f"{self.staff}/polls/{self.poll_id}/totals", sheet("hand_count", totals), status=409)

    def totals(self, who: Browser, *totals: int, capture: str = "hand_count") -> Page:
        sent = who.post(f"{self.staff}/polls/{self.poll_id}/totals", sheet(capture, totals), status=200)
        return Page(sent.text)


def sheet(capture: str, totals: Sequence[int]) -> dict[str, str]:
    """What a counter of hands or cards types."""
    return {"capture": capture} | {f"total_{letter}": str(number) for letter, number in zip("abc", totals, strict=True)}


def build_assembly(site: Site, poll: PollDraft = ZONE_30, **changes: object) -> Assembly:
    world = build_world(site.database, site.keys)
    draft = MeetingDraft({"fr": "Assemblée de Rive-Claire", "en": "Rive-Claire assembly"}, NOON, **changes)  # type: ignore[arg-type]
    with site.database.writing() as session:
        meeting = create_meeting(session, world.process_id, draft)
        poll_id = add_poll(session, meeting, poll).id
        meeting_id, code = meeting.id, meeting.code
    account = build_account(site.database, "Fanny", [Role.FACILITATOR], world.organisation_id)
    return Assembly(site, world, meeting_id, code, poll_id, site.signed_in(account))


def ballot_of(page: Page) -> dict[str, str]:
    """The hidden fields of the form of the one open poll."""
    return page.hidden()


def answer(room: Assembly, telephone: Browser, choice: str, *, status: int = 303, nonce: str = "") -> str:
    """Opens the page on a telephone and answers; the page afterwards."""
    form = ballot_of(telephone.get_page(room.room)) | {"choice": choice}
    if nonce:
        form["nonce"] = nonce
    sent = telephone.post(f"{room.room}/vote", form, status=status)
    return Page(sent.text).text if status != 303 else telephone.get_page(room.room).text


def figures(text: str) -> list[int]:
    """The numbers of a screen in the order in which they are read."""
    return [int(number) for number in re.findall(r"\d+", text)]
