"""Print runs: ordered for a place, printed by the worker, delivered into its stock; and which serials are out.

Nothing here knows a declaration slip. None of these verbs commits.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from participation import audit
from participation.db import insert_new, new_id
from participation.errors import Conflict, Invalid, NotFound
from participation.i18n import lazy as _
from participation.paper.events import BallotsNumbered, PrintRunDelivered, PrintRunDropped, PrintRunOrdered
from participation.paper.models.desk import Paper, PaperSettings
from participation.paper.models.prints import BallotSerial, PrintRun, PrintState
from participation.paper.models.stock import StockKind
from participation.paper.printed import Edition
from participation.paper.serials import POSSIBLE
from participation.paper.stock import record_stock
from participation.processes.models import Place
from participation.processes.queries import OpenProcess, SpecRow

MOST_COPIES = 10_000
"""In one run: one file that every reader opens. Larger orders are several runs."""
MOST_NUMBERED = POSSIBLE // 4
"""Of one vote. Beyond it, too many made-up numbers would happen to be real ones."""
TO_PRINT = (PrintState.ORDERED, PrintState.AT_ONCE)
KEPT = timedelta(days=30)
"""How long a file waits to be fetched."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be printed, and for which place (None: for no stock yet)."""

    place: Place | None
    style: str
    edition: Edition
    copies: int
    on_site: bool = False
    at_once: bool = False
    """Whoever orders also prints: the worker leaves the run alone."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A print run as the desk and the worker see it."""

    id: uuid.UUID
    spec_id: uuid.UUID
    place_id: uuid.UUID | None
    style: str
    language: str
    paper: Paper
    large: bool
    numbered: bool
    copies: int
    on_site: bool
    state: PrintState
    printed: int
    attempt: int
    ordered_at: datetime
    ordered_by: uuid.UUID | None
    ready_at: datetime | None
    closed_at: datetime | None

    @property
    def edition(self) -> Edition:
        return Edition(self.language, self.paper, self.large, self.numbered)


def is_numbered(session: Session, process_id: uuid.UUID) -> bool:
    """Whether the ballots of this process carry serials; they do unless somebody decided otherwise."""
    query = select(col(PaperSettings.numbered)).where(col(PaperSettings.process_id) == process_id)
    found: bool | None = session.execute(query).scalar()
    return found is not False


def set_numbered(
    session: Session, process: OpenProcess, numbered: bool, *, account_id: uuid.UUID, at: datetime
) -> None:
    """Decides it for the runs that are ordered from now on; what is printed stays as it is."""
    if is_numbered(session, process.id) == numbered:
        return
    insert_new(session, PaperSettings, [{"process_id": process.id, "numbered": numbered}])
    chosen = col(PaperSettings.process_id) == process.id
    session.execute(update(PaperSettings).where(chosen).values(numbered=numbered))
    scope = audit.Scope(process_id=process.id)
    audit.record(session, BallotsNumbered(numbered), at=at, account_id=account_id, scope=scope)


def order(
    session: Session, spec_row: SpecRow, wanted: Order, *, nonce: str, account_id: uuid.UUID | None, at: datetime
) -> uuid.UUID:
    """The row that asks for the work, and its id; the same nonce again is the same run. Raises Invalid."""
    if not 0 < wanted.copies <= MOST_COPIES:
        raise Invalid(_("One print run is 1 to %(most)s copies. Order several for more.", most=MOST_COPIES))
    if wanted.edition.numbered and _numbered_so_far(session, spec_row.id) + wanted.copies > MOST_NUMBERED:
        raise Invalid(_("This vote has no serial numbers left. Print unnumbered ballots, and have them initialled."))
    run_id, place_id = new_id(), wanted.place.id if wanted.place else None
    row: dict[str, object] = {
        "id": run_id,
        "spec_id": spec_row.id,
        "place_id": place_id,
        "style": wanted.style,
        "language": wanted.edition.language,
        "paper": wanted.edition.paper,
        "large": wanted.edition.large,
        "numbered": wanted.edition.numbered,
        "copies": wanted.copies,
        "on_site": wanted.on_site,
        "state": PrintState.AT_ONCE if wanted.at_once else PrintState.ORDERED,
        "printed": 0,
        "attempt": 1,
        "nonce": nonce,
        "ordered_at": at,
        "ordered_by": account_id,
    }
    if not insert_new(session, PrintRun, [row], "id"):
        known = select(col(PrintRun.id)).where(col(PrintRun.nonce) == nonce)
        first: uuid.UUID = session.execute(known).scalar_one()
        return first
    event = PrintRunOrdered(run_id, place_id, wanted.copies, wanted.edition.numbered, wanted.on_site)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)
    return run_id


def _numbered_so_far(session: Session, spec_id: uuid.UUID) -> int:
    query = select(func.coalesce(func.sum(col(PrintRun.copies)), 0))
    total: int = session.execute(query.where(col(PrintRun.spec_id) == spec_id, col(PrintRun.numbered))).scalar_one()
    return int(total)


def deliver(session: Session, spec_row: SpecRow, run: RunRow, *, account_id: uuid.UUID | None, at: datetime) -> None:
    """The copies are where they belong, and in the stock of their place; the file may go.

    Conflict unless the run is printed and waits.
    """
    _move(session, run, (PrintState.READY,), PrintState.DELIVERED, at)
    place = session.get(Place, run.place_id) if run.place_id else None
    if place is not None and account_id is not None:
        record_stock(
            session, spec_row, place, StockKind.BLANKS_RECEIVED, run.copies,
            nonce=f"print-run-{run.id}", account_id=account_id, at=at,
        )  # fmt: skip
    event = PrintRunDelivered(run.id, run.place_id, run.copies)
    audit.record(session, event, at=at, account_id=account_id, scope=spec_row.scope)


def drop(session: Session, spec_row: SpecRow, run: RunRow, *, account_id: uuid.UUID | None, at: datetime) -> None:
    """Gives a run up; its copies never enter a stock. Conflict once it is delivered."""
    before = (*TO_PRINT, PrintState.STOPPED, PrintState.READY)
    _move(session, run, before, PrintState.DROPPED, at)
    audit.record(session, PrintRunDropped(run.id), at=at, account_id=account_id, scope=spec_row.scope)


def again(session: Session, run: RunRow) -> None:
    """Asks for the work of a stopped run once more; whole parts are kept."""
    stopped = (col(PrintRun.id) == run.id) & (col(PrintRun.state) == PrintState.STOPPED)
    values = {"state": PrintState.ORDERED, "attempt": run.attempt + 1}
    session.execute(update(PrintRun).where(stopped).values(values))


def _move(session: Session, run: RunRow, before: Sequence[PrintState], after: PrintState, at: datetime) -> None:
    chosen = (col(PrintRun.id) == run.id) & col(PrintRun.state).in_(before)
    moved = update(PrintRun).where(chosen).values(state=after, closed_at=at).returning(col(PrintRun.id))
    if session.execute(moved).first() is None:
        raise Conflict(_("This print run is no longer what it was when you opened the page."),
                       _("Look at the list again: somebody else may have been faster."))  # fmt: skip


# Reading.


def _rows() -> tuple[object, ...]:
    return tuple(getattr(PrintRun, name) for name in RunRow.__dataclass_fields__)


def runs_of(session: Session, spec_id: uuid.UUID) -> list[RunRow]:
    """The runs of a vote, newest first."""
    query = select(*_rows()).where(col(PrintRun.spec_id) == spec_id)  # type: ignore[call-overload]
    return [RunRow(*row) for row in session.execute(query.order_by(col(PrintRun.ordered_at).desc(), col(PrintRun.id)))]


def run_by_id(session: Session, run_id: uuid.UUID) -> RunRow | None:
    query = select(*_rows()).where(col(PrintRun.id) == run_id)  # type: ignore[call-overload]
    row = session.execute(query).first()
    return RunRow(*row) if row else None


def run_or_404(session: Session, spec_row: SpecRow, run_id: str) -> RunRow:
    """The run of the address, if it is one of this vote."""
    try:
        found = run_by_id(session, uuid.UUID(run_id))
    except ValueError:
        found = None
    if found is None or found.spec_id != spec_row.id:
        raise NotFound(_("There is no such print run in this vote."))
    return found


def waiting(session: Session) -> list[RunRow]:
    """Runs that the worker has to print, oldest first."""
    query = select(*_rows()).where(col(PrintRun.state) == PrintState.ORDERED)  # type: ignore[call-overload]
    return [RunRow(*row) for row in session.execute(query.order_by(col(PrintRun.ordered_at), col(PrintRun.id)))]


def forgotten(session: Session, at: datetime) -> list[RunRow]:
    """Runs whose file nobody declared delivered in `KEPT`."""
    query = select(*_rows()).where(  # type: ignore[call-overload]
        col(PrintRun.state) == PrintState.READY, col(PrintRun.ready_at) < at - KEPT
    )
    return [RunRow(*row) for row in session.execute(query)]


def known_serials(session: Session, spec_id: uuid.UUID, serials: Collection[str]) -> dict[str, uuid.UUID]:
    """Those of `serials` (seven digits) that were printed for this vote → their run."""
    query = select(col(BallotSerial.serial), col(BallotSerial.run_id)).where(
        col(BallotSerial.spec_id) == spec_id, col(BallotSerial.serial).in_(list(serials))
    )
    return dict(session.execute(query).all())


def serial_of_stub(session: Session, spec_id: uuid.UUID, stub_hash: str) -> str | None:
    """The serial on the ballot half whose stub has the code of this hash (`print_job.stub_hash`)."""
    query = select(col(BallotSerial.serial)).where(
        col(BallotSerial.spec_id) == spec_id, col(BallotSerial.stub_hash) == stub_hash
    )
    serial: str | None = session.execute(query).scalar()
    return serial


# For the worker.


def reserve(session: Session, run: RunRow, part: int, drawn: Sequence[tuple[str, str]]) -> set[str]:
    """Takes for a part of a run those of `drawn` (serial, stub hash) that are free, and returns their serials."""
    rows = [
        {"spec_id": run.spec_id, "serial": serial, "stub_hash": stub, "run_id": run.id, "part": part}
        for serial, stub in sorted(drawn)
    ]
    return {serial for (serial,) in insert_new(session, BallotSerial, rows, "serial")}


def release(session: Session, run: RunRow, part: int) -> None:
    """Gives back what was reserved for a part that never came to paper."""
    session.execute(delete(BallotSerial).where(col(BallotSerial.run_id) == run.id, col(BallotSerial.part) == part))


def note_part(session: Session, run: RunRow, copies: int) -> None:
    """`copies` more are on disk."""
    session.execute(update(PrintRun).where(col(PrintRun.id) == run.id).values(printed=run.printed + copies))


def note_ready(session: Session, run: RunRow, at: datetime) -> None:
    """The file is whole. From here on nothing tells where in the pile a serial is."""
    still = (col(PrintRun.id) == run.id) & col(PrintRun.state).in_(TO_PRINT)
    session.execute(update(PrintRun).where(still).values(state=PrintState.READY, ready_at=at, printed=run.copies))
    session.execute(update(BallotSerial).where(col(BallotSerial.run_id) == run.id).values(part=None))


def note_stopped(session: Session, run_id: uuid.UUID) -> None:
    """The worker cannot go on; a person decides whether to try again."""
    still = (col(PrintRun.id) == run_id) & (col(PrintRun.state) == PrintState.ORDERED)
    session.execute(update(PrintRun).where(still).values(state=PrintState.STOPPED))
