"""What the voters were promised: questions, options, limits, counting rule, precedence.

A `BallotSpec` is frozen when it is published. The web form, the printed form, keying, validation and
counting all read it. Money is in minor units (cents); identifiers are text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from participation.counting.ledger import UNLESS_DEFAULT

Text = tuple[tuple[str, str], ...]
"""A text per language: (("fr", "Ruelle"), ("en", "Alley")). The first entry is the fallback."""


def in_language(text: Text, locale: str) -> str:
    """The text in `locale`, else in its first language, else the empty string."""
    for language, words in text:
        if language == locale and words:
            return words
    return text[0][1] if text else ""


class QuestionKind(StrEnum):
    CHOOSE_ONE = "choose_one"
    APPROVAL = "approval"
    KNAPSACK = "knapsack"
    CUMULATIVE = "cumulative"
    RANKING = "ranking"
    OPEN_TEXT = "open_text"
    """Answered in one's own words; only in a questionnaire."""


class RulingKind(StrEnum):
    """What a record of the box says. Online only the first two: validation refuses the rest."""

    VALID = "valid"
    BLANK = "blank"
    REJECTED = "rejected"


class SupersedingReason(StrEnum):
    """Why an online ballot does not count."""

    PAPER = "paper"
    """Replaced by the paper declaration accepted in that name."""
    OWN_LATER_VOTE = "own_later_vote"
    EARLIER_VOTE_STANDS = "earlier_vote_stands"
    VOID = "void"


class RuleName(StrEnum):
    """How projects are funded. The names are Pabulib's where it has one (arXiv:2012.06539)."""

    GREEDY = "greedy"
    GREEDY_THRESHOLD = "greedy-threshold"
    GREEDY_NO_SKIP = "greedy-no-skip"
    GREEDY_CUSTOM = "greedy-custom"
    EQUAL_SHARES = "equal-shares"


class Order(StrEnum):
    """What a greedy rule sorts by, largest first."""

    VOTES = "votes"
    POINTS = "points"
    VOTES_PER_COST = "votes-per-cost"


class Utility(StrEnum):
    """What a funded project is worth to a supporter (Peters, Pierczyński & Skowron 2021)."""

    COST = "cost"
    CARDINALITY = "cardinality"
    POINTS = "points"


class Completion(StrEnum):
    NONE = "none"
    ADD1_FIRST_EXHAUSTIVE = "add1-first-exhaustive"
    ADD1_LAST_FEASIBLE = "add1-last-feasible"


class TieBreak(StrEnum):
    """Which of two equal projects goes first. A draw is an order computed from a published seed."""

    LOWEST_ID = "lowest-id"
    HIGHEST_ID = "highest-id"
    LOWEST_COST = "lowest-cost"
    SEEDED_DRAW = "seeded-draw"


class Precedence(StrEnum):
    """Which of two votes by one person stands; decided when a declaration is accepted."""

    PAPER_WINS = "paper_wins"
    FIRST_RECEIVED = "first_received"
    ALL_VOID = "all_void"
    KEEP_ALL = "keep_all"
    """Opinions are not votes: whoever answers twice is kept twice. Only for a questionnaire."""


class RegisterKind(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    NONE = "none"
    """Nobody says who they are, and nobody is marked. Only for a questionnaire."""
    DEVICE = "device"
    """A poll in a room: one ballot from each device that joined."""
    CARD = "card"
    """A poll in a room: one ballot for each card that was handed out at the door."""


ROOM_REGISTERS = frozenset({RegisterKind.DEVICE, RegisterKind.CARD})


class MatchField(StrEnum):
    """What an open register may compare. Without a name, duplicates across channels cannot be found."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    BIRTH_DAY_MONTH = "birth_day_month"
    POSTAL_CODE = "postal_code"
    EMAIL = "email"


class Disclosure(StrEnum):
    """What is published after certification; announced before the vote."""

    BALLOTS = "ballots"
    TOTALS = "totals"


class Channel(StrEnum):
    """How a person took part."""

    ONLINE = "online"
    COUNTER = "counter"
    POST = "post"
    PHONE = "phone"
    ROOM = "room"
    """At a meeting: a telephone of one's own, a card, a raised hand."""


class Capture(StrEnum):
    """How a ballot got into the box."""

    SELF = "self"
    KEYED = "keyed"
    SCANNED = "scanned"
    HAND_COUNT = "hand_count"
    CARD_COUNT = "card_count"


SHEET_CHANNELS = frozenset({Channel.COUNTER, Channel.POST})
"""Where the ballot is a sheet of paper that a voter marked."""
PAPER_CHANNELS = SHEET_CHANNELS | {Channel.PHONE}
"""Where staff accept a declaration, and the precedence says “paper”: on the phone too, without a sheet."""


@dataclass(frozen=True, slots=True)
class Option:
    """A votable project. `number` is printed on paper and keyed; `id` is stable and stored."""

    id: str
    number: str
    title: Text
    cost: int
    category: str = ""
    borough: str = ""


@dataclass(frozen=True, slots=True)
class Reserve:
    """At least `amount` cents of the envelope go to projects of `category`, if enough of them exist."""

    category: str
    amount: int


@dataclass(frozen=True, slots=True)
class CountingRule:
    name: RuleName = RuleName.GREEDY
    order: Order = Order.VOTES
    threshold: int = 0
    """Projects under this many votes (or points) are left out; only for greedy-threshold."""
    top_up_percent: int = 80
    """greedy-custom: the project that stops the rule is topped up if this share of its cost is left."""
    exclusive_pairs: tuple[tuple[str, str], ...] = ()
    """Two projects of which at most one is funded: the one that comes first."""
    reserves: tuple[Reserve, ...] = ()
    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE
    add1_step: int = 1
    """Add1 raises each voter's budget by this many whole currency units a round."""
    tie_break: TieBreak = TieBreak.LOWEST_ID
    seed: str = ""
    """Published before the count; read by `TieBreak.SEEDED_DRAW` only."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Asked of those who chose one of these options of an earlier question."""

    question_id: str
    option_ids: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A contest: one district's list of projects with its envelope, limits and counting rule; or a question of a
    questionnaire, which has neither costs nor envelope nor rule, and always may be left without an answer."""

    id: str
    title: Text
    kind: QuestionKind
    options: tuple[Option, ...]
    envelope: int
    min_choices: int = 1
    max_choices: int = 1
    max_points: int = 0
    """Cumulative: points that one ballot may give in all."""
    max_points_each: int = 0
    """Cumulative: points that one ballot may give to one project."""
    rule: CountingRule = field(default_factory=CountingRule)
    why: Text = field(default=(), metadata=UNLESS_DEFAULT)
    """Why it is asked (A-2.1, s. 63.3): told beside the question, online and on paper."""
    help: Text = field(default=(), metadata=UNLESS_DEFAULT)
    theme: Text = field(default=(), metadata=UNLESS_DEFAULT)
    """The heading under which it stands; questions of one theme follow each other."""
    shown_if: Condition | None = field(default=None, metadata=UNLESS_DEFAULT)

    @cached_property
    def by_id(self) -> dict[str, Option]:
        return {option.id: option for option in self.options}

    @cached_property
    def by_number(self) -> dict[str, Option]:
        """Options by keyed number, leading zeros dropped: "07" and "7" are one project."""
        return {number_key(option.number): option for option in self.options}

    @cached_property
    def position(self) -> dict[str, int]:
        return {option.id: index for index, option in enumerate(self.options)}


def number_key(number: str) -> str:
    """A project number as keyed, without spaces and leading zeros, in capitals."""
    compact = number.strip().upper()
    return compact.lstrip("0") or compact[-1:]


@dataclass(frozen=True, slots=True)
class Style:
    """The list of questions that one district's voters get."""

    id: str
    title: Text
    question_ids: tuple[str, ...]


@dataclass(frozen=True)
class BallotSpec:
    """Everything that is fixed when voting opens. Its digest is `canonical.spec_digest`."""

    id: str
    version: int
    questions: tuple[Question, ...]
    styles: tuple[Style, ...]
    register: RegisterKind = RegisterKind.CLOSED
    match_fields: tuple[MatchField, ...] = ()
    """Empty for a closed register, whose key is the personal code or register number."""
    precedence: Precedence = Precedence.PAPER_WINS
    change_until_close: bool = False
    disclosure: Disclosure = Disclosure.TOTALS
    minimum_age: int = 12
    eligibility: Text = ()
    """What a voter declares, in each language: « J’ai 14 ans ou plus. J’habite à Montréal… »."""
    introduction: Text = field(default=(), metadata=UNLESS_DEFAULT)
    """Above the questions of a questionnaire, alike online and on paper."""

    @cached_property
    def question(self) -> dict[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def style(self) -> dict[str, Style]:
        return {style.id: style for style in self.styles}

    def questions_of(self, style_id: str) -> tuple[Question, ...]:
        """The questions on that district's ballot, in printed order. KeyError for an unknown style."""
        return tuple(self.question[question_id] for question_id in self.style[style_id].question_ids)

    @property
    def is_questionnaire(self) -> bool:
        """Opinions, of whoever gives them: nobody declares anything, nothing replaces anything, no money is given."""
        return self.register is RegisterKind.NONE

    @property
    def paper_may_replace(self) -> bool:
        return self.precedence not in (Precedence.FIRST_RECEIVED, Precedence.KEEP_ALL)

    @property
    def tags_online_ballots(self) -> bool:
        """True where some rule may cancel a stored online ballot; only then does it carry a tag.

        An open register never tells a person that they have voted, so it stores what does not count.
        """
        return self.register is RegisterKind.OPEN or self.paper_may_replace or self.change_until_close
