"""The list of speakers at the hearings, as it may be published: neither contact nor needs."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlmodel import col

from participation.consultations import words
from participation.consultations.analysis.units import reference_of
from participation.consultations.briefs.models import Brief
from participation.consultations.exports import columns as c
from participation.consultations.exports.tables import Column, Row, Source, Table
from participation.consultations.hearings.models import HearingSession, HearingTurn, Speaker, SpeakerState
from participation.consultations.hearings.words import STATES
from participation.consultations.models import Contribution, ContributionKind
from participation.i18n import lazy as _
from participation.i18n import words_of


def _speakers(source: Source) -> Iterator[Row]:
    """By session and turn, then those who have no turn yet; none who withdrew."""
    query = (
        select(Speaker, HearingSession, col(HearingTurn.position), col(Contribution.number), col(Brief.file_number))
        .outerjoin(HearingTurn, col(HearingTurn.speaker_id) == col(Speaker.id))
        .outerjoin(HearingSession, col(HearingSession.id) == col(HearingTurn.session_id))
        .outerjoin(Contribution, col(Contribution.id) == col(Speaker.brief_id))
        .outerjoin(Brief, col(Brief.contribution_id) == col(Speaker.brief_id))
        .where(col(Speaker.process_id) == source.process.id, col(Speaker.state) != SpeakerState.WITHDRAWN)
        .order_by(
            col(HearingSession.starts_at).is_(None), col(HearingSession.starts_at), col(HearingTurn.position),
            col(Speaker.registered_at), col(Speaker.id),
        )
    )  # fmt: skip
    for speaker, sitting, position, number, file_number in source.session.execute(query):
        brief = reference_of(ContributionKind.BRIEF, number, file_number) if number else ""
        yield (
            source.day(sitting.starts_at) if sitting else "", words_of(sitting.place, source.locale) if sitting else "",
            position, speaker.name, speaker.group_name, speaker.subject, speaker.language,
            source.word(words.CHANNELS, speaker.channel), source.day(speaker.registered_at), int(speaker.late),
            source.word(STATES, speaker.state), brief, speaker.transcript,
        )  # fmt: skip


SPEAKERS = Table(
    "speakers",
    _("Speakers at the hearings"),
    _("Who registered to speak, by session and turn. Neither how to reach them nor what they need is in it."),
    (
        Column(_("Session"), _("Day of the session; empty where the speaker has no turn yet.")),
        Column(_("Place"), _("Where the session is held.")),
        Column(_("Turn"), _("Place in the order of the session, from 1.")),
        Column(_("Name"), _("As it is read out: hearings are public.")), c.GROUP,
        Column(_("Subject"), _("In the speaker’s own words.")), c.LANGUAGE,
        Column(_("How it came"), _("How the speaker registered.")),
        Column(_("Registered"), _("Day of the registration.")), c.LATE,
        Column(_("State"), _("Registered, heard or absent. Who withdrew is left out.")),
        Column(_("Brief"), _("Reference of the speaker’s brief, where there is one.")),
        Column(_("Transcript"), _("Number of the document that tells what was said at the hearing.")),
    ),
    _speakers,
)  # fmt: skip
