"""The places of a form in which people answer in their own words: which they are, and what was found in each.

Nobody reads handwriting here. A place is cut out for a person, and said to be empty only where it plainly is.
Nothing here needs what reading pictures needs: whoever keeps or shows what was read may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from participation.paper.sheets.geometry import FormLayout, Region

PREFIX, RECEIVED = "text-", "text-received"
"""The place for the answer to question 3 is "text-3"; the desk notes the day in the other."""


@dataclass(frozen=True, slots=True)
class Field:
    """A place to write in, on the flat page."""

    region: Region
    ink: bool
    """Whether there may be ink in it; a crease or a stain counts as well."""
    crop: bytes = b""
    """A PNG of the place and a little around it, if crops were asked for."""
    file: str = ""
    """The name under which that was kept, where it was."""

    @property
    def question(self) -> str:
        return self.region.name.removeprefix(PREFIX)

    def as_json(self) -> dict[str, Any]:
        """Where it lies, in millimetres from the top left corner of the sheet, and whether there is ink in it."""
        box = self.region
        data = {"x_mm": box.x, "y_mm": box.y, "w_mm": box.w, "h_mm": box.h, "ink": self.ink}
        return data | ({"crop": self.file} if self.file else {})


def fields_of(layout: FormLayout, side: int) -> tuple[Region, ...]:
    """The places of a side for answers in words: none on a ballot."""
    if not layout.is_questionnaire:
        return ()
    return tuple(region for region in layout.side(side).texts if region.name != RECEIVED)
