"""The forms that a scan may show: ballots and questionnaires, by the code that stands in their QR."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from sqlmodel import Session

from participation.i18n import LOCALES
from participation.paper.models.desk import Paper
from participation.paper.printed import Edition, Matter, ballot, matter_of, print_form
from participation.paper.scanning.scanner import SheetForm
from participation.paper.scanning.sets import ScannedPage
from participation.paper.sheets.layout import form_layout, layout_of_data
from participation.paper.sheets.print_runs import known_serials
from participation.paper.sheets.questionnaires import questionnaire
from participation.processes.queries import OpenProcess, specs_of
from participation.settings import Settings


@dataclass(frozen=True)
class KnownForm:
    """What a code says: `matter` has the process and the spec, `edition` language, paper and size of type."""

    matter: Matter
    style: str
    edition: Edition

    def sheet(self, numbered: bool) -> SheetForm | None:
        """The form as it is read; None for a questionnaire with a serial, which nobody prints. Raises PrintError."""
        if self.matter.spec_row.spec.is_questionnaire:
            return None if numbered else self._questionnaire()
        edition = replace(self.edition, numbered=numbered)
        layout = form_layout(self.matter, self.style, edition)
        return SheetForm(layout, print_form("ballot", ballot(self.matter, self.style, edition)).pdf)

    def _questionnaire(self) -> SheetForm:
        data = questionnaire(self.matter, self.edition)
        return SheetForm(layout_of_data(data, "questionnaire"), print_form("questionnaire", data).pdf)


class KnownForms:
    """The forms of all published specs of some processes. A form is printed and laid out when it is first met.

    The session is read when this is made and not kept: reading scans takes minutes.
    """

    def __init__(self, session: Session, settings: Settings, processes: Sequence[OpenProcess]) -> None:
        self._by_code = {code: form for each in processes for code, form in _forms(session, settings, each)}

    def __call__(self, code: str, numbered: bool) -> SheetForm | None:
        """What `Scanner` asks for: the form to compare with; None where the code is of no form of these votes."""
        known = self._by_code.get(code)
        return known.sheet(numbered) if known else None

    def named(self, code: str) -> KnownForm | None:
        """Which form a page is, by its `form`."""
        return self._by_code.get(code)

    def never_printed(self, session: Session, pages: Sequence[ScannedPage]) -> set[str]:
        """Serials of these pages that were never printed for the vote of their form."""
        serials: dict[str, set[str]] = {}
        for page in pages:
            if page.serial and page.form in self._by_code:
                serials.setdefault(page.form, set()).add(page.serial)
        strange: set[str] = set()
        for form, those in serials.items():
            spec_id = self._by_code[form].matter.spec_row.id
            strange |= those - known_serials(session, spec_id, those).keys()
        return strange


def _forms(session: Session, settings: Settings, process: OpenProcess) -> Iterator[tuple[str, KnownForm]]:
    for spec_row in specs_of(session, process.id):
        matter = matter_of(session, process, spec_row, settings)
        for style, language, paper, large in product(spec_row.spec.styles, LOCALES, Paper, (False, True)):
            edition = Edition(language, paper, large)
            yield matter.form_code(style.id, edition), KnownForm(matter, style.id, edition)
