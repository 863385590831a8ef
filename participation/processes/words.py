"""The names that people read for the values of a process: phases, places, ballots, rules, precedence."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from participation.counting.spec import (
    Channel,
    Completion,
    Disclosure,
    MatchField,
    Order,
    Precedence,
    QuestionKind,
    RegisterKind,
    RuleName,
    TieBreak,
    Utility,
)
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.processes.models import PhaseKind, PlaceKind, ProcessKind, ProjectChangeKind, WindowKind

Value = TypeVar("Value", bound=StrEnum)

ZONES = {
    "America/Toronto": _("Eastern Time (Montréal)"),
    "America/Halifax": _("Atlantic Time (Halifax)"),
    "America/Moncton": _("Atlantic Time (Moncton)"),
    "America/Blanc-Sablon": _("Atlantic Time without daylight saving (Blanc-Sablon)"),
    "America/Winnipeg": _("Central Time (Winnipeg)"),
    "America/Regina": _("Central Time without daylight saving (Regina)"),
    "America/Edmonton": _("Mountain Time (Edmonton)"),
    "America/Vancouver": _("Pacific Time (Vancouver)"),
    "America/St_Johns": _("Newfoundland Time (St. John’s)"),
}
"""The time zones that a process may follow, by their IANA name."""
PHASES = {
    PhaseKind.ANNOUNCEMENT: _("Announcement"),
    PhaseKind.IDEAS: _("Collection of ideas"),
    PhaseKind.STUDY: _("Feasibility study"),
    PhaseKind.VOTE: _("Vote"),
    PhaseKind.COUNT: _("Count"),
    PhaseKind.CHALLENGE: _("Challenge period"),
    PhaseKind.RESULT: _("Results"),
    PhaseKind.DELIVERY: _("Delivery of the projects"),
    PhaseKind.MANDATE: _("Mandate"),
    PhaseKind.NOTICE: _("Public notice"),
    PhaseKind.DOCUMENTS: _("Documentation file"),
    PhaseKind.ACTIVITIES: _("Preparatory activities"),
    PhaseKind.INFORMATION: _("Information session"),
    PhaseKind.QUESTIONS: _("Question period"),
    PhaseKind.CONTRIBUTIONS: _("Opinions and comments"),
    PhaseKind.BRIEFS: _("Briefs and registration to speak"),
    PhaseKind.HEARINGS: _("Hearings"),
    PhaseKind.ANALYSIS: _("Analysis"),
    PhaseKind.REPORT: _("Report and recommendations"),
    PhaseKind.FOLLOW_UP: _("Follow-up"),
}
PROCESS_KINDS: dict[ProcessKind, Message] = {
    ProcessKind.BUDGET: _("Participatory budget"),
    ProcessKind.CONSULTATION: _("Public consultation"),
}
"""What is set up step by step; a meeting of its own is made in one form."""
PROCESS_KIND_HINTS: dict[ProcessKind, Message] = {
    ProcessKind.BUDGET: _("People choose projects, online and on paper; two people certify the result."),
    ProcessKind.CONSULTATION: _(
        "People read, ask, comment and speak; a commission reports, and its advice is followed up."
    ),
}
PLACES = {
    PlaceKind.LIVE: _("With the register at hand"),
    PlaceKind.ENVELOPE: _("By envelope"),
}
PLACE_HINTS = {
    PlaceKind.LIVE: _("A ballot is handed over once the declaration is accepted."),
    PlaceKind.ENVELOPE: _("Declarations and ballots arrive in envelopes and are checked in later."),
}
PLACE_CHANNELS = {
    Channel.COUNTER: _("Counter"),
    Channel.POST: _("Post"),
    Channel.PHONE: _("Telephone"),
}
KINDS = {
    QuestionKind.CHOOSE_ONE: _("Choose one project"),
    QuestionKind.APPROVAL: _("Choose several projects"),
    QuestionKind.KNAPSACK: _("Choose within the envelope"),
    QuestionKind.CUMULATIVE: _("Share out points"),
    QuestionKind.RANKING: _("Put projects in order"),
}
KIND_HINTS = {
    QuestionKind.CHOOSE_ONE: _("One tick."),
    QuestionKind.APPROVAL: _("The simplest on paper: ticks, with a least and a most."),
    QuestionKind.KNAPSACK: _(
        "The chosen projects may cost no more than the envelope. On paper, costs are added by hand."
    ),
    QuestionKind.CUMULATIVE: _("So many points, no more than some of them to one project."),
    QuestionKind.RANKING: _("First choice, second choice and so on; a first choice is worth the most points."),
}
RULES = {
    RuleName.GREEDY: _("Most votes first, as long as the money lasts"),
    RuleName.GREEDY_THRESHOLD: _("Most votes first, without projects under a threshold"),
    RuleName.GREEDY_NO_SKIP: _("Most votes first, and stop at the first project that does not fit"),
    RuleName.GREEDY_CUSTOM: _("Stop at the first project that does not fit, and top it up if it almost fits"),
    RuleName.EQUAL_SHARES: _("Equal shares: each voter has the same part of the money"),
}
RULE_HINTS = {
    RuleName.GREEDY: _("A project that costs more than what is left is passed over."),
    RuleName.GREEDY_THRESHOLD: _("The threshold is a number of votes, set below."),
    RuleName.GREEDY_NO_SKIP: _("What is left after that stays unspent."),
    RuleName.GREEDY_CUSTOM: _("The missing part comes from other money; the share that must be left is set below."),
    RuleName.EQUAL_SHARES: _("A project is funded by its supporters’ parts, so that smaller groups get theirs too."),
}
ORDERS = {
    Order.VOTES: _("Votes"),
    Order.POINTS: _("Points"),
    Order.VOTES_PER_COST: _("Votes per dollar"),
}
UTILITIES = {
    Utility.COST: _("What the funded projects cost"),
    Utility.CARDINALITY: _("The number of funded projects"),
    Utility.POINTS: _("The points given to them"),
}
COMPLETIONS = {
    Completion.NONE: _("Leave the rest unspent"),
    Completion.ADD1_FIRST_EXHAUSTIVE: _("Raise each part until nothing more fits"),
    Completion.ADD1_LAST_FEASIBLE: _("Raise each part as far as the envelope allows"),
}
TIE_BREAKS = {
    TieBreak.LOWEST_ID: _("The lowest project number"),
    TieBreak.HIGHEST_ID: _("The highest project number"),
    TieBreak.LOWEST_COST: _("The lowest cost"),
    TieBreak.SEEDED_DRAW: _("A draw from a published seed"),
}
PRECEDENCES = {
    Precedence.PAPER_WINS: _("The paper ballot stands"),
    Precedence.FIRST_RECEIVED: _("The first vote received stands"),
    Precedence.ALL_VOID: _("All votes of that person are void"),
}
PRECEDENCE_HINTS = {
    Precedence.PAPER_WINS: _("As soon as a paper declaration is accepted, it replaces that person’s online vote."),
    Precedence.FIRST_RECEIVED: _("First means first checked in. A second envelope stays unopened."),
    Precedence.ALL_VOID: _("Only where every paper ballot stays in its envelope to the end."),
}
REGISTERS = {
    RegisterKind.CLOSED: _("A list, with personal codes"),
    RegisterKind.OPEN: _("Open: people declare that they may vote"),
}
REGISTER_HINTS = {
    RegisterKind.CLOSED: _("You import register numbers and send each person a code."),
    RegisterKind.OPEN: _(
        "Declarations are compared by the fields below. The online form never says whether somebody has voted."
    ),
}
MATCH_FIELDS = {
    MatchField.FIRST_NAME: _("First name"),
    MatchField.LAST_NAME: _("Last name"),
    MatchField.BIRTH_DAY_MONTH: _("Day and month of birth"),
    MatchField.POSTAL_CODE: _("Postal code"),
    MatchField.EMAIL: _("E-mail address"),
}
DISCLOSURES = {
    Disclosure.TOTALS: _("Totals only"),
    Disclosure.BALLOTS: _("Totals, and all ballots shuffled"),
}
DISCLOSURE_HINTS = {
    Disclosure.TOTALS: _("Nobody can be recognised by an unusual set of choices."),
    Disclosure.BALLOTS: _("Anybody can recount. A rare set of choices could be recognised by who made it."),
}
WINDOWS = {
    WindowKind.ONLINE_OPENS: _("Online voting opens"),
    WindowKind.ONLINE_CLOSES: _("Online voting closes"),
    WindowKind.PAPER_OPENS: _("Counters open"),
    WindowKind.PAPER_CLOSES: _("Counters close"),
    WindowKind.POST_CLOSES: _("Last hour for post to arrive"),
    WindowKind.SUSPENDED: _("Voting suspended"),
    WindowKind.RESUMED: _("Voting resumed"),
    WindowKind.INTAKE_CLOSED: _("Intake closed"),
}
PROJECT_CHANGES = {
    ProjectChangeKind.WITHDRAWN: _("Withdrawn by whoever proposed it"),
    ProjectChangeKind.EXCLUDED: _("Excluded by the organisation"),
    ProjectChangeKind.TOP_UP: _("Topped up with other money"),
}


def choices(names: Mapping[Value, Message], locale: str) -> list[tuple[str, str]]:
    """(value, name) of each, in `locale`, for a list to choose from."""
    return [(value.value, translate(name, locale)) for value, name in names.items()]


def explained(
    names: Mapping[Value, Message], hints: Mapping[Value, Message], locale: str
) -> list[tuple[str, str, str]]:
    """(value, name, hint) of each, in `locale`, for radio buttons."""
    return [
        (value, name, translate(hints[key], locale))
        for (value, name), key in zip(choices(names, locale), names, strict=True)
    ]
