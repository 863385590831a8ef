"""The verbs of the other intake: contribute, correct, take back, decide.

`contribute` is the only place that inserts a contribution, whatever way it came.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlmodel import Session, col

from participation.consultations import acts, grouping, nearness, queries, suspensions
from participation.consultations.alike import fingerprint
from participation.consultations.entries import Contributed, ContributionReceipt
from participation.consultations.models import (
    Attachment,
    Contribution,
    ContributionChannel,
    ContributionKind,
    ContributionState,
    ContributionText,
    Contributor,
    Decision,
    Flag,
    Moderation,
    ModerationDecision,
    RefusalReason,
    RegisterCounter,
)
from participation.consultations.spotting import spot
from participation.consultations.tallies import count_refusal, hold, tally
from participation.counting.spec import Capture
from participation.db import new_id
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.hand import Hand
from participation.processes.queries import OpenProcess
from participation.register.keys import Keys


@dataclass(frozen=True, slots=True)
class ContributionRecorded:
    """Somebody of the staff transcribed one; what people type themselves leaves no event."""

    contribution_number: int
    contribution: ContributionKind
    channel: str


@dataclass(frozen=True, slots=True)
class ContributionDecided:
    contribution_number: int
    decision: Decision
    refusal: RefusalReason | None = None


@dataclass(frozen=True, slots=True)
class ReportsSettled:
    """Somebody looked again at what was reported, and left it as it was."""

    contribution_number: int


@dataclass(frozen=True, slots=True)
class Seen:
    """How a contribution stood when somebody read it to decide on it."""

    state: ContributionState
    version: int


def contribute(
    session: Session, keys: Keys, process: OpenProcess, entry: Contributed, *, at: datetime
) -> ContributionReceipt:
    """Writes one contribution and returns its receipt; the same nonce again returns the same receipt.

    Conflict where its stage is not open on the day when it was received and it comes from its author. What staff
    transcribe is kept whenever it came, and marked late: nothing that reached the office is dropped. So is a brief that
    its author brings until the hearings have ended.
    """
    hold(session, process.id)
    code = keys.receipt_code(entry.nonce)
    if known := queries.by_receipt(session, keys.plain_hash(code)):
        return ContributionReceipt(known.id, known.number, code)
    late, state = _refuse_closed(session, process, entry), _first_state(session, process, entry)
    row = Contribution(
        process_id=process.id,
        number=_next_number(session, process.id),
        kind=entry.kind,
        state=state,
        parent_id=entry.parent_id,
        about=entry.about.kind,
        about_ref=entry.about.ref,
        passage=entry.about.passage,
        theme=entry.theme,
        stance=entry.stance,
        official=entry.official,
        channel=entry.source.channel,
        capture=entry.source.capture,
        place_id=entry.source.place_id,
        activity_id=entry.source.activity_id,
        people=entry.people,
        language=entry.language,
        borough=entry.borough,
        received_at=entry.received,
        recorded_at=at,
        recorded_by=entry.source.account_id,
        published_at=at if state is ContributionState.PUBLISHED else None,
        late=late,
        nonce_hash=keys.plain_hash(entry.nonce),
        receipt_hash=keys.plain_hash(code),
        fingerprint=fingerprint(entry.text or " ".join(file.digest for file in entry.files)),
    )
    session.add(row)
    session.flush()  # its id is a foreign key of what follows
    _add_parts(session, row, entry, at)
    suspensions.note_origin(session, row.id, entry.source.network, at)
    tally(session, row, 1)
    grouping.make_findable(session, row)
    if not grouping.join_equal(session, row, entry.text):
        nearness.note(session, row, entry.text)
    if entry.source.account_id:
        event = ContributionRecorded(row.number, row.kind, row.channel.value)
        Hand(process, entry.source.account_id, at).record(session, event)
    return ContributionReceipt(row.id, row.number, code)


def _refuse_closed(session: Session, process: OpenProcess, entry: Contributed) -> bool:
    """Whether it is late. A reply of the office is open at any time."""
    phases, act = acts.stages(session, process), acts.ACT_OF[entry.kind]
    if entry.official or acts.opening(phases, act, entry.received).is_open:
        return False
    if entry.source.capture is Capture.SELF and not acts.takes_late(phases, act, entry.received):
        raise Conflict(
            _("This stage of the consultation is not open. Nothing was sent."),
            _("Your text is still on your screen: copy it before you leave. You may call us."),
        )
    return True


def _next_number(session: Session, process_id: uuid.UUID) -> int:
    """The register is held already."""
    taken = (
        update(RegisterCounter)
        .where(col(RegisterCounter.process_id) == process_id)
        .values(last=col(RegisterCounter.last) + 1)
        .returning(col(RegisterCounter.last))
    )
    return int(session.execute(taken).scalar_one())


def _first_state(session: Session, process: OpenProcess, entry: Contributed) -> ContributionState:
    """Published at once where moderation comes after, unless the text seems to hold personal data.

    Questions and briefs are always read first: both get an answer or a number of the file. So is e-mail, which people
    sign.
    """
    if entry.official:
        return ContributionState.PUBLISHED
    settings = queries.settings_of(session, process.id)
    read_first = entry.kind is not ContributionKind.COMMENT or entry.source.channel is ContributionChannel.EMAIL
    after = settings.moderation is Moderation.AFTER and not read_first
    return ContributionState.PUBLISHED if after and not spot(entry.text) else ContributionState.PENDING


def _add_parts(session: Session, row: Contribution, entry: Contributed, at: datetime) -> None:
    session.execute(
        insert(ContributionText).values(
            contribution_id=row.id,
            version=1,
            title=entry.title,
            text=entry.text,
            written_at=at,
            written_by=entry.source.account_id,
        )
    )
    if entry.author:
        author = asdict(entry.author)
        session.add(Contributor(contribution_id=row.id, group_name=author.pop("group"), **author))
    for file in entry.files:
        session.add(Attachment(contribution_id=row.id, **asdict(file)))
    session.flush()


def correct(session: Session, row: Contribution, title: str, text: str, *, at: datetime, edit_minutes: int) -> None:
    """A new version of the words by their author; earlier ones are kept. Conflict once the time is over."""
    hold(session, row.process_id, row)
    if row.state not in (ContributionState.PENDING, ContributionState.PUBLISHED):
        raise Conflict(_("This contribution can no longer be corrected. Nothing was changed."))
    if at >= row.recorded_at + timedelta(minutes=edit_minutes):
        raise Conflict(
            _("The time to correct it is over. Nothing was changed; what you sent before stands."),
            _("You can take it back, or send another one."),
        )
    row.version += 1
    words = {"contribution_id": row.id, "version": row.version, "title": title, "text": text, "written_at": at}
    session.execute(insert(ContributionText).values(words))
    row.fingerprint = fingerprint(text)
    grouping.leave(session, row)
    read_again = row.state is ContributionState.PUBLISHED and spot(text)
    _move(session, row, ContributionState.PENDING if read_again else row.state)
    nearness.renew(session, row)


def take_back(session: Session, row: Contribution) -> None:
    """Its author withdraws it: it leaves the public pages, and its number stays. Who sent the same text keeps it."""
    hold(session, row.process_id, row)
    if row.state is ContributionState.WITHDRAWN:
        return
    grouping.leave(session, row)
    _move(session, row, ContributionState.WITHDRAWN)


def decide(
    session: Session,
    process: OpenProcess,
    row: Contribution,
    reason: RefusalReason | None,
    note: str,
    *,
    at: datetime,
    by: uuid.UUID,
    seen: Seen | None = None,
) -> Decision:
    """Publishes it, or refuses it for a reason of the charter, with everything that has the same text.

    `seen`: how it stood on the page on which somebody decided. Conflict where it stands otherwise by now.
    """
    hold(session, process.id, row)
    target = ContributionState.REFUSED if reason else ContributionState.PUBLISHED
    _refuse_overtaken(row, target, seen)
    if reason:
        decision = Decision.REFUSED
    else:
        decision = Decision.RESTORED if row.state is ContributionState.REFUSED else Decision.PUBLISHED
    same = [each for each in grouping.members(session, row.id) if each.state is row.state]
    for each in (row, *same):
        each.published_at = at if target is ContributionState.PUBLISHED else each.published_at
        _move(session, each, target)
        said = ModerationDecision(
            process_id=process.id,
            contribution_id=each.id,
            decision=decision,
            reason=reason,
            note=note,
            at=at,
            account_id=by,
        )
        session.add(said)
        _settle_flags(session, each, at)
    if reason:
        count_refusal(session, process.id, reason, 1 + len(same))
    session.flush()
    Hand(process, by, at).record(session, ContributionDecided(row.number, decision, reason))
    return decision


def _refuse_overtaken(row: Contribution, target: ContributionState, seen: Seen | None) -> None:
    if row.state is ContributionState.WITHDRAWN:
        raise Conflict(_("Its author took this contribution back. Nothing was decided."))
    if row.state is target or (seen and seen.state is not row.state):
        raise Conflict(
            _("Somebody has decided on this contribution before you. Your decision was not recorded."),
            _("Read below what was decided, and by whom; decide again if you see it otherwise."),
        )
    if seen and seen.version != row.version:
        raise Conflict(
            _("Its author has corrected this text since you opened it. Nothing was decided."),
            _("Read the new words below, then decide."),
        )


def flag(
    session: Session, row: Contribution, reason: RefusalReason | None, note: str, *, appeal: bool, at: datetime
) -> None:
    """Asks a moderator for another look: a reader’s report, or the author’s appeal."""
    values = {"reason": reason, "note": note, "appeal": appeal, "at": at}
    session.execute(insert(Flag).values(id=new_id(), process_id=row.process_id, contribution_id=row.id, **values))


def settle_flags(session: Session, hand: Hand, row: Contribution) -> None:
    """A moderator has looked again, and it stays as it is."""
    if _settle_flags(session, row, hand.at):
        hand.record(session, ReportsSettled(row.number))


def _settle_flags(session: Session, row: Contribution, at: datetime) -> bool:
    still_open = (col(Flag.contribution_id) == row.id) & col(Flag.settled_at).is_(None)
    return bool(session.execute(update(Flag).where(still_open).values(settled_at=at).returning(col(Flag.id))).all())


def _move(session: Session, row: Contribution, state: ContributionState) -> None:
    """From one state to another, with the figures that hang on it."""
    stood = row.state in nearness.STANDING
    if row.state is not state:
        tally(session, row, -1)
        row.state = state
        tally(session, row, 1)
    session.add(row)
    session.flush()
    grouping.make_findable(session, row)
    if stood is not (state in nearness.STANDING):
        nearness.renew(session, row)
