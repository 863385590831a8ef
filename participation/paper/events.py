"""What the paper desks do, as typed events. None names a person or holds a choice."""

import uuid
from dataclasses import dataclass

from participation.ballots.models import BallotRejection
from participation.counting.spec import Channel
from participation.paper.models.batches import GapKind
from participation.paper.models.destruction import PaperKind
from participation.paper.models.stock import StockKind
from participation.register.models import SetAside


@dataclass(frozen=True, slots=True)
class BatchOpened:
    batch_id: uuid.UUID
    number: int
    place_id: uuid.UUID
    channel: Channel
    header_count: int
    seal_broken: bool


@dataclass(frozen=True, slots=True)
class KeyingStarted:
    batch_id: uuid.UUID
    pass_number: int


@dataclass(frozen=True, slots=True)
class KeyingFinished:
    batch_id: uuid.UUID
    pass_number: int
    forms: int


@dataclass(frozen=True, slots=True)
class KeyingResumed:
    batch_id: uuid.UUID
    pass_number: int


@dataclass(frozen=True, slots=True)
class KeyingShifted:
    """The forms of one pass moved up by one from `position` on; no reading changed."""

    batch_id: uuid.UUID
    pass_number: int
    position: int


@dataclass(frozen=True, slots=True)
class FormAdjudicated:
    """A third person ruled on one form; `rejection` is empty where it stands as a vote or a blank."""

    batch_id: uuid.UUID
    position: int
    rejection: BallotRejection | None


@dataclass(frozen=True, slots=True)
class GapSigned:
    batch_id: uuid.UUID
    gap: GapKind
    difference: int


@dataclass(frozen=True, slots=True)
class BatchClosed:
    batch_id: uuid.UUID
    number: int
    forms: int
    rejected: int


@dataclass(frozen=True, slots=True)
class BatchReopened:
    """Both passes of a batch start anew; what was keyed before stays. The reason lies with the event."""

    batch_id: uuid.UUID
    number: int
    round: int


@dataclass(frozen=True, slots=True)
class PaperDestructionRecorded:
    """One person says that this paper was destroyed; of ballots, which batches. The rule lies with the event."""

    destruction: int
    destroyed: PaperKind
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PaperDestroyed:
    """A second person, who was there, signed."""

    destruction: int
    destroyed: PaperKind
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PaperDestructionWithdrawn:
    """It was recorded by mistake, and nobody had signed it."""

    destruction: int
    destroyed: PaperKind


@dataclass(frozen=True, slots=True)
class RecountAsked:
    """One certifier asks that these batches, by number, are read afresh; the reason lies with the event."""

    recount: int
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecountConfirmed:
    """A second certifier agreed: the batches are open again."""

    recount: int
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecountWithdrawn:
    recount: int


@dataclass(frozen=True, slots=True)
class RecountEndAsked:
    """One certifier asks to give a recount up; the reason lies with the event."""

    recount: int


@dataclass(frozen=True, slots=True)
class RecountGivenUp:
    """A second certifier agreed: in these batches, by number, what was cast before stands."""

    recount: int
    batches: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BatchRecounted:
    """The new reading of a batch was cast, and counts in the place of the earlier one."""

    batch_id: uuid.UUID
    number: int
    forms: int
    rejected: int
    differing: int


@dataclass(frozen=True, slots=True)
class ScanUseChosen:
    """Whether a scan may be one of the two keyings of a batch."""

    scans: str


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """The batch's first or second keying is read from scans."""

    batch_id: uuid.UUID
    pass_number: int


@dataclass(frozen=True, slots=True)
class ScanFilesBrought:
    """So many files were brought; nothing says what they were called."""

    batch_id: uuid.UUID
    files: int


@dataclass(frozen=True, slots=True)
class ScanSheetSettled:
    """A person read a sheet on its picture; `position` is that of its first page in the scan."""

    batch_id: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class ScanPagesOut:
    """Pages of a scan that are no ballot of the pile, or one that is in it already."""

    batch_id: uuid.UUID
    pages: int
    out: str


@dataclass(frozen=True, slots=True)
class ScanPagesBack:
    """Pages that were taken out are in the pile again."""

    batch_id: uuid.UUID
    pages: int


@dataclass(frozen=True, slots=True)
class ScanFinished:
    """The scan stands as a keying: so many forms, of which people read so many on pictures."""

    batch_id: uuid.UUID
    pass_number: int
    forms: int
    settled: int


@dataclass(frozen=True, slots=True)
class ScanSampleDrawn:
    """So many forms of a scanned batch are keyed by a person too."""

    batch_id: uuid.UUID
    forms: int


@dataclass(frozen=True, slots=True)
class ScanSampleDiffered:
    """A form of the sample was keyed otherwise than it was scanned: a person keys every form of the batch."""

    batch_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class ScanGivenUp:
    """The files of a scan and all that was read on them are gone; two people key, or it is scanned again."""

    batch_id: uuid.UUID
    files: int


@dataclass(frozen=True, slots=True)
class ScanPicturesDestroyed:
    """The pictures of so many pages of a batch, and what was read on them, were destroyed at their date."""

    batch_id: uuid.UUID
    pages: int


@dataclass(frozen=True, slots=True)
class StockRecorded:
    place_id: uuid.UUID
    stock: StockKind
    amount: int


@dataclass(frozen=True, slots=True)
class SampleAnnounced:
    """The audit by sample of a contest, with its risk limit, before any dice."""

    count_id: uuid.UUID
    question_id: str
    risk_percent: int


@dataclass(frozen=True, slots=True)
class SampleDrawn:
    count_id: uuid.UUID
    question_id: str
    seed: str


@dataclass(frozen=True, slots=True)
class SampleRead:
    count_id: uuid.UUID
    question_id: str
    batch_id: uuid.UUID
    position: int


@dataclass(frozen=True, slots=True)
class ProfileChosen:
    """How much of the paper desk the process uses from now on."""

    profile: str


@dataclass(frozen=True, slots=True)
class TeamIncomplete:
    """The vote was opened with so many people fewer than it needs; the reason lies with the event."""

    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BallotsNumbered:
    """Whether the ballots that are printed from now on carry serials."""

    numbered: bool


@dataclass(frozen=True, slots=True)
class PrintRunOrdered:
    run_id: uuid.UUID
    place_id: uuid.UUID | None
    copies: int
    numbered: bool
    on_site: bool


@dataclass(frozen=True, slots=True)
class PrintRunDelivered:
    run_id: uuid.UUID
    place_id: uuid.UUID | None
    copies: int


@dataclass(frozen=True, slots=True)
class PrintRunDropped:
    run_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class BagReceived:
    """A sealed bag, or a day's mail, with so many outer envelopes by hand count."""

    place_id: uuid.UUID
    bag: int
    envelopes: int
    seal_broken: bool


@dataclass(frozen=True, slots=True)
class BagWitnessed:
    """A second person counted the same."""

    place_id: uuid.UUID
    bag: int


@dataclass(frozen=True, slots=True)
class BagCheckedIn:
    """Every envelope of the bag is checked in. The difference is from the count at reception, with a reason."""

    place_id: uuid.UUID
    bag: int
    envelopes: int
    difference: int


@dataclass(frozen=True, slots=True)
class LooseBallotsFolded:
    """A second person folded ballots that lay loose, unseen, into envelopes."""

    place_id: uuid.UUID
    bag: int
    ballots: int


@dataclass(frozen=True, slots=True)
class BoxMade:
    place_id: uuid.UUID
    box: int


@dataclass(frozen=True, slots=True)
class BoxFilled:
    """So many inner envelopes, or at a counter folded ballots, were put into a box, unopened."""

    place_id: uuid.UUID
    box: int
    pieces: int


@dataclass(frozen=True, slots=True)
class BoxMerged:
    """A box of fewer than twenty was poured, unopened, into another of the same district."""

    box: int
    into: int


@dataclass(frozen=True, slots=True)
class BoxExceptionSigned:
    """One of two people who sign that a box of fewer than twenty is opened alone."""

    box: int


@dataclass(frozen=True, slots=True)
class BoxOpened:
    """What the first of two people found; a later one puts it right until the second agrees."""

    place_id: uuid.UUID
    box: int
    ballots: int


@dataclass(frozen=True, slots=True)
class BoxAgreed:
    """A second person counted the same."""

    place_id: uuid.UUID
    box: int
    ballots: int


@dataclass(frozen=True, slots=True)
class PhoneNumberGiven:
    """A number for one ballot on the phone; the call's reference lies with the event's reason, and can be erased."""

    place_id: uuid.UUID
    instead: bool
    """Of one that died unused."""


@dataclass(frozen=True, slots=True)
class PhoneBallotConfirmed:
    """The third agent keyed the same as the second. The event is older than the ballot's row and names none."""

    place_id: uuid.UUID
    keyed_by: uuid.UUID


@dataclass(frozen=True, slots=True)
class LettersOrdered:
    run_id: uuid.UUID
    letters: int


@dataclass(frozen=True, slots=True)
class LettersDelivered:
    """A part of a run left. Its names and addresses were destroyed in the same moment."""

    run_id: uuid.UUID
    letters: int


@dataclass(frozen=True, slots=True)
class LettersRemade:
    """A part that did not leave is made again: its codes are cancelled, and never worked."""

    run_id: uuid.UUID
    letters: int


@dataclass(frozen=True, slots=True)
class LettersDropped:
    run_id: uuid.UUID
    letters: int


@dataclass(frozen=True, slots=True)
class AddressesDestroyed:
    """Nothing is left of the names and addresses of a run of letters, nor of the key that opened them."""

    run_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class KitOrdered:
    """Somebody asked for a paper kit. To whom it goes, no event says."""


@dataclass(frozen=True, slots=True)
class KitsMailed:
    """So many kits were mailed, and their addresses destroyed in the same moment."""

    letters: int


@dataclass(frozen=True, slots=True)
class KitsDropped:
    letters: int


@dataclass(frozen=True, slots=True)
class ReplyPrinted:
    """A letter that says why an envelope was set aside. To whom it goes is kept nowhere."""

    refused: SetAside
