"""Who took part, as far as people said so on the slip: tables in which no cell tells of few people."""

from __future__ import annotations

from collections.abc import Iterator

from participation.consultations.exports.figures import FEWEST_FOR_SHARES
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.consultations.participants import queries
from participation.i18n import lazy as _
from participation.i18n import translate

HIDDEN = "×"


def _participants(source: Source) -> Iterator[Row]:
    for table in queries.crossed(queries.figures(source.session, source.process.id)):
        answered = table.cells[-1][-1]
        for label, (online, otherwise, every) in zip(table.labels, table.cells, strict=True):
            share = round(100 * every / answered) if every and answered and answered >= FEWEST_FOR_SHARES else None
            shown = (HIDDEN if number is None else number for number in (online, otherwise, every))
            yield translate(table.asked.title, source.locale), translate(label, source.locale), *shown, share


PARTICIPANTS = Table(
    "participants",
    _("Who took part"),
    _("What people said of themselves on the optional slip, which is tied to no contribution. × stands for a number "
      "below 10, or for one that would give such a number away; the others are rounded to 5."),
    (
        Column(_("Question"), _("As on the slip.")),
        Column(_("Answer"), _("One of the choices; the last line of a question is the sum of all who answered it.")),
        Column(_("Online"), _("Slips that were filled in on the site.")),
        Column(_("Otherwise"), _("Slips on paper, by telephone or in the room.")),
        Column(_("In all"), _("Both, whatever way they came.")),
        Column(_("Per cent"), _("Of those who answered; empty below 30 answers, where a share says nothing.")),
    ),
    _participants,
)  # fmt: skip
