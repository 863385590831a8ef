"""What the paper desks do, as typed events. None names a person or holds a choice."""

import uuid
from dataclasses import dataclass

from participation.ballots.models import BallotRejection
from participation.counting.spec import Channel
from participation.paper.models.batches import GapKind
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
