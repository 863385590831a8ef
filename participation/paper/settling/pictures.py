"""The picture behind a form that a third person settles, where one of its keyings is a scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from participation.counting.spec import Question
from participation.paper import queries
from participation.paper.keying.comparison import Form, paired
from participation.paper.queries import BatchRow, PassRow
from participation.paper.scans.page import Crop, crops_of
from participation.paper.scans.queries import PageRow
from participation.paper.scans.service import page_keyed, read_pile
from participation.paper.scans.sheets import Sheet


@dataclass(frozen=True, slots=True)
class Picture:
    """A scanned sheet as far as its pictures are kept, and the scan under which they lie."""

    scan: PassRow
    sheet: Sheet

    @property
    def pages(self) -> tuple[PageRow, ...]:
        """The pages that have a picture, in the order of the sides; none once they were destroyed at their date."""
        return tuple(page for page in self.sheet.pages if page.pictured)

    def crops(self, questions: Sequence[Question]) -> list[Crop]:
        """The lines that a person had to look at. They tell what the machine doubted: not for a first reading."""
        return [crop for page in self.pages for crop in crops_of(page, questions)]


@dataclass(frozen=True, slots=True)
class _Place:
    serial: str
    place: int


def picture_of(session: Session, batch: BatchRow, passes: Sequence[PassRow], form: Form) -> Picture | None:
    """The scanned sheet that this form is; None where nothing was scanned, or the scan has no such form."""
    scan = next((each for each in passes if each.is_scan), None)
    if scan is None:
        return None
    readings = queries.readings_of(session, [batch.id]).get(batch.id, {})
    first, second = (
        {place: _Place(reading.serial, place) for place, reading in readings.get(number, {}).items()}
        for number in (1, 2)
    )
    scanned = paired(first, second).get(form.position, (None, None))[scan.pass_number - 1]
    if scanned is None:
        return None
    keyed = next(each for each in queries.keyed_in(session, scan.id) if each.position == scanned.place)
    sheet = read_pile(session, scan).sheet(page_keyed(keyed.nonce))
    return Picture(scan, sheet) if sheet else None
