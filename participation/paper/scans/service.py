"""Verbs on scans: files are brought, sheets settled or taken out, and the scan finished as one keying of its batch.

A scan is a keying, never more: what is written at its end are the rows that a clerk would have keyed. None commits.
"""

import random
import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from participation import audit
from participation.accounts.two_people import refuse_one_hand
from participation.counting.spec import Capture
from participation.db import insert_new, new_id
from participation.errors import Conflict, Forbidden, NotFound
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.paper import events
from participation.paper.keying.scan_sample import sample_size
from participation.paper.keying.service import LAST_POSITION, begin_pass, check_open
from participation.paper.marks import Reading, stored
from participation.paper.models.batches import Keying, KeyingSession
from participation.paper.models.desk import ScanUse
from participation.paper.models.scans import ScanFile, ScanFileState, ScanHand, ScanOut, ScanPage, ScanReading
from participation.paper.queries import BatchRow, PassRow, passes_of, people_of
from participation.paper.scans import queries
from participation.paper.scans.sheets import Pile, Sheet, SheetState, pile_of
from participation.paper.scans.words import SAME_FILE
from participation.processes.queries import SpecRow

OF_PAGE = "scan-"
"""How the nonce of a keying begins that a scan wrote; the id of the sheet's first page follows."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that has arrived; `problem` where nothing of it was kept."""

    digest: str
    size: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody at work on the scan of a batch."""

    spec_row: SpecRow
    batch: BatchRow
    account_id: uuid.UUID
    at: datetime

    def note(self, session: Session, event: object, reason: str = "") -> None:
        audit.record(session, event, at=self.at, account_id=self.account_id, scope=self.spec_row.scope, reason=reason)


def check_hand(session: Session, hand: Hand) -> PassRow | None:
    """The scan of the batch, if there is one. Forbidden or Conflict for who keys the other pass."""
    passes = passes_of(session, [hand.batch.id]).get(hand.batch.id, [])
    others = people_of(each for each in passes if not each.is_scan)
    if hand.account_id in others:
        raise Forbidden(
            _("You key this batch, so somebody else works on its scan: two people look at every batch."),
            _("Take another batch from the list."),
        )
    refuse_one_hand(session, hand.account_id, *others)
    return next((each for each in passes if each.is_scan), None)


def open_scan(session: Session, hand: Hand) -> PassRow:
    """The unfinished scan of the batch, held until the transaction ends. Conflict when there is none any more."""
    scan = check_hand(session, hand)
    check_open(hand.batch.state)
    if scan is None:
        raise Conflict(_("This batch is not keyed from scans. Nothing was changed."), _("Open the batch again."))
    held = select(col(KeyingSession.finished_at)).where(col(KeyingSession.id) == scan.id).with_for_update()
    if session.execute(held).scalar_one() is not None:
        raise Conflict(
            _("The scan of this batch is finished. Nothing was changed."),
            _("What differs from the other keying is settled by a third person with the paper."),
        )
    insert_new(session, ScanHand, [{"session_id": scan.id, "account_id": hand.account_id}])
    return scan


def begin_scan(session: Session, hand: Hand, use: ScanUse) -> PassRow:
    """The scan of the batch, begun if nobody has. Conflict where this vote or this batch has no room for one."""
    if check_hand(session, hand) is None:
        check_open(hand.batch.state)
        if use is ScanUse.NONE:
            raise Conflict(
                _("In this vote two people key every batch: nothing is read from scans. Nothing was kept."),
                _("Whoever set the vote up chooses that before the first batch."),
            )
        passes = passes_of(session, [hand.batch.id]).get(hand.batch.id, [])
        if len(passes) == 2:
            raise Conflict(_("Two people are keying this batch already, so it is not scanned. Nothing was kept."))
        number = len(passes) + 1
        sample: list[int] | None = [] if use is ScanUse.SAMPLE and not passes else None
        begin_pass(session, hand.batch, number, account_id=hand.account_id, capture=Capture.SCANNED, sample=sample)
        hand.note(session, events.ScanStarted(hand.batch.id, number))
    return open_scan(session, hand)


def bring(
    session: Session, hand: Hand, scan: PassRow, brought: Sequence[Brought], nonce: str
) -> list[uuid.UUID | None]:
    """For each file the id under which it is read, None where it is refused or was brought with this form before."""
    known = queries.files_of(session, scan.id)
    digests = set(session.execute(select(col(ScanFile.digest)).where(col(ScanFile.session_id) == scan.id)).scalars())
    number, found, fresh = max((each.number for each in known), default=0), [], 0
    for place, each in enumerate(brought, start=1):
        problem = each.problem or (SAME_FILE if each.digest in digests else "")
        row = {
            "id": new_id(),
            "session_id": scan.id,
            "number": number + 1,
            "nonce": f"{nonce[:56]}-{place}",
            "digest": "" if problem else each.digest,
            "size": each.size,
            "state": ScanFileState.REFUSED if problem else ScanFileState.WAITING,
            "problem": problem,
            "attempt": 1,
            "account_id": hand.account_id,
            "at": hand.at,
        }
        new = insert_new(session, ScanFile, [row], "id")
        if new:
            number, fresh = number + 1, fresh + 1
            digests.add(each.digest)
        found.append(row["id"] if new and not problem else None)
    if fresh:
        hand.note(session, events.ScanFilesBrought(hand.batch.id, fresh))
    return found  # type: ignore[return-value]


def read_pile(session: Session, scan: PassRow) -> Pile:
    """The sheets of the scan as they are now."""
    return pile_of(queries.pages_of(session, scan.id), queries.settled_in(session, scan.id))


def sheet_of(pile: Pile, page_id: uuid.UUID) -> Sheet:
    """The sheet with that page. NotFound when there is none in the pile."""
    found = pile.sheet(page_id)
    if found is None:
        raise NotFound(_("There is no such sheet in this scan, or it was taken out."))
    return found


def settle(session: Session, hand: Hand, page_id: uuid.UUID, reading: Reading) -> None:
    """Keeps what a person reads on the pictures of a sheet; read again, the newer reading stands."""
    scan = open_scan(session, hand)
    pile = read_pile(session, scan)
    sheet = sheet_of(pile, page_id)
    values = {
        "pages": sorted(str(page.id) for page in sheet.pages),
        "interpretation": reading.interpretation,
        "marks": stored(reading.marks),
        "serial": reading.serial or sheet.ballot.serial,
        "account_id": hand.account_id,
    }
    if not insert_new(session, ScanReading, [values | {"page_id": sheet.id, "session_id": scan.id}], "page_id"):
        session.execute(update(ScanReading).where(col(ScanReading.page_id) == sheet.id).values(**values))
    hand.note(session, events.ScanSheetSettled(hand.batch.id, pile.sheets.index(sheet) + 1))


def take_out(session: Session, hand: Hand, pages: Collection[uuid.UUID], out: ScanOut, reason: str) -> None:
    """These pages are no part of the pile any more, for that reason. They stay, and can be put back."""
    scan = open_scan(session, hand)
    moved = _move(session, scan, pages, out, hand.account_id)
    if moved:
        hand.note(session, events.ScanPagesOut(hand.batch.id, moved, out.value), reason)


def put_back(session: Session, hand: Hand, page_id: uuid.UUID) -> None:
    """A page that was taken out is in the pile again."""
    scan = open_scan(session, hand)
    if _move(session, scan, [page_id], None, None):
        hand.note(session, events.ScanPagesBack(hand.batch.id, 1))


def _move(
    session: Session, scan: PassRow, pages: Collection[uuid.UUID], out: ScanOut | None, account_id: uuid.UUID | None
) -> int:
    there = col(ScanPage.out).is_(None) if out else col(ScanPage.out).is_not(None)
    chosen = (col(ScanPage.session_id) == scan.id) & col(ScanPage.id).in_(list(pages)) & there
    moved = update(ScanPage).where(chosen).values(out=out, out_by=account_id).returning(col(ScanPage.id))
    return len(session.execute(moved).all())


def finish(session: Session, hand: Hand, use: ScanUse) -> int:
    """Writes the readings as the keying that the scan is, and returns how many forms it has.

    Conflict while anything waits: for the worker, or for a person.
    """
    scan = open_scan(session, hand)
    pile = read_pile(session, scan)
    _check_finished(queries.files_of(session, scan.id), pile)
    questions = hand.spec_row.spec.questions_of(hand.batch.style)
    rows = []
    for position, sheet in enumerate(pile.sheets, start=1):
        reading = sheet.reading(questions)
        rows.append({
            "id": new_id(), "session_id": scan.id, "position": position, "interpretation": reading.interpretation,
            "marks": stored(reading.marks), "serial": reading.serial if hand.batch.numbered else "", "seconds": None,
            "nonce": f"{OF_PAGE}{sheet.id}",
        })  # fmt: skip
    session.execute(insert(Keying), rows)
    values: dict[str, object] = {"finished_at": hand.at}
    settled = [place for place, sheet in enumerate(pile.sheets, start=1) if sheet.state is SheetState.SETTLED]
    if use is ScanUse.SAMPLE and scan.sample is not None:
        values["sample"] = drawn = draw_sample(len(rows), settled)
        hand.note(session, events.ScanSampleDrawn(hand.batch.id, len(drawn)))
    session.execute(update(KeyingSession).where(col(KeyingSession.id) == scan.id).values(**values))
    hand.note(session, events.ScanFinished(hand.batch.id, scan.pass_number, len(rows), len(settled)))
    return len(rows)


def page_keyed(nonce: str) -> uuid.UUID:
    """The first page of the sheet that a scan keyed with this nonce."""
    return uuid.UUID(nonce.removeprefix(OF_PAGE))


def _check_finished(files: Sequence[queries.FileRow], pile: Pile) -> None:
    if any(each.is_open for each in files):
        raise Conflict(
            _("Files of this scan are not read yet. Nothing was finished."),
            _("Wait until the worker is done, or try a file that stopped once more."),
        )
    if pile.waiting:
        raise Conflict(
            ngettext("%(num)s sheet waits for a person. Nothing was finished.",
                     "%(num)s sheets wait for a person. Nothing was finished.", len(pile.waiting)),
            _("Settle each of them, or take it out with a reason."),
        )  # fmt: skip
    if not pile.sheets:
        raise Conflict(_("There is no sheet in this scan yet, so it cannot be finished."))
    if len(pile.sheets) > LAST_POSITION:
        raise Conflict(
            _("There are %(sheets)s sheets in this scan, more than any batch has. Nothing was finished.",
              sheets=len(pile.sheets)),
            _("Take out what belongs to other batches."),
        )  # fmt: skip


def draw_sample(forms: int, settled: Collection[int], chance: random.Random | None = None) -> list[int]:
    """The positions that a person keys too: by chance, and those where a person read the picture alone."""
    drawn = (chance or secrets.SystemRandom()).sample(range(1, forms + 1), sample_size(forms))
    return sorted({*drawn, *settled})


def give_up(session: Session, hand: Hand, reason: str) -> uuid.UUID:
    """The scan never was: its pass is free again. Returns its id, under which its files lie. Conflict once finished."""
    scan = open_scan(session, hand)
    files = session.execute(select(func.count()).where(col(ScanFile.session_id) == scan.id)).scalar_one()
    for table in (ScanReading, ScanPage, ScanFile, ScanHand):
        session.execute(delete(table).where(col(table.session_id) == scan.id))
    session.execute(delete(KeyingSession).where(col(KeyingSession.id) == scan.id))
    hand.note(session, events.ScanGivenUp(hand.batch.id, int(files)), reason)
    return scan.id


def try_again(session: Session, hand: Hand, file_id: uuid.UUID) -> None:
    """Asks for the work of a stopped file once more; the pages that are kept stay."""
    scan = open_scan(session, hand)
    stopped = (col(ScanFile.id) == file_id) & (col(ScanFile.session_id) == scan.id)
    stopped &= col(ScanFile.state) == ScanFileState.STOPPED
    values = {"state": ScanFileState.WAITING, "attempt": col(ScanFile.attempt) + 1}
    session.execute(update(ScanFile).where(stopped).values(values))


# For the worker.


def note_pages(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Keeps pages; one that is kept already stays as it is."""
    if rows:
        insert_new(session, ScanPage, rows)


def note_read(session: Session, file_id: uuid.UUID) -> None:
    """Every page of the file is kept."""
    _ended(session, file_id, ScanFileState.READ)


def refuse(session: Session, file_id: uuid.UUID, problem: str) -> None:
    """Nothing of the file is kept; it may be brought again."""
    session.execute(delete(ScanPage).where(col(ScanPage.file_id) == file_id))
    session.execute(update(ScanFile).where(col(ScanFile.id) == file_id).values(digest=""))
    _ended(session, file_id, ScanFileState.REFUSED, problem)


def note_stopped(session: Session, file_id: uuid.UUID) -> None:
    """The worker cannot go on; a person decides whether to try again."""
    _ended(session, file_id, ScanFileState.STOPPED)


def _ended(session: Session, file_id: uuid.UUID, state: ScanFileState, problem: str = "") -> None:
    still = (col(ScanFile.id) == file_id) & (col(ScanFile.state) == ScanFileState.WAITING)
    session.execute(update(ScanFile).where(still).values(state=state, problem=problem))
