"""Which promises go together: register, precedence, ways to vote, ballot and rule (FLOWS: precedence).

Pure: field name → why it is refused. An empty answer means that the combination can be published.
"""

from __future__ import annotations

from collections.abc import Collection

from participation.counting.spec import (
    Completion,
    CountingRule,
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
from participation.processes.drafts import ContestDraft, Voting
from participation.processes.models import PlaceKind, WindowKind

NAME_FIELDS = frozenset({MatchField.FIRST_NAME, MatchField.LAST_NAME})
POINT_KINDS = frozenset({QuestionKind.CUMULATIVE, QuestionKind.RANKING})
"""Ballots that give more than one point to a project; a rank is worth Borda points."""


def finds_people(voting: Voting) -> bool:
    """Whether one person's two votes can be recognised: a closed register, or an open one with a name."""
    return voting.register_kind is RegisterKind.CLOSED or bool(NAME_FIELDS & set(voting.match_fields))


def voting_problems(voting: Voting, paper_places: Collection[PlaceKind]) -> dict[str, Message]:
    """Why these promises cannot be made together. `paper_places` are the kinds of the places that take paper."""
    problems: dict[str, Message] = {}
    if voting.register_kind is RegisterKind.NONE:
        problems["register_kind"] = _("One person, one vote: a vote needs a list, or declarations.")
    if not voting.online and not voting.paper:
        problems["ways"] = _("Choose at least one way to vote.")
    if voting.register_kind is RegisterKind.OPEN and not voting.match_fields:
        problems["match_fields"] = _("An open register needs at least one field by which declarations are compared.")
    if refusal := _precedence_problem(voting, paper_places):
        problems["precedence"] = refusal
    if refusal := _change_problem(voting):
        problems["change_until_close"] = refusal
    problems.update(window_problems(voting))
    return problems


def _precedence_problem(voting: Voting, paper_places: Collection[PlaceKind]) -> Message | None:
    if voting.precedence is Precedence.KEEP_ALL:
        return _("Only a questionnaire keeps everything that one person sends. Choose which of two votes stands.")
    if not finds_people(voting) and voting.precedence is not Precedence.FIRST_RECEIVED:
        return _(
            "Without a first or last name, two votes by one person cannot be recognised, so only “the first vote "
            "received stands” is possible. Choose it, or add a name to the fields that are compared."
        )
    live = any(kind is PlaceKind.LIVE for kind in paper_places)
    if voting.precedence is Precedence.ALL_VOID and voting.paper and live:
        return _(
            "“All votes of that person are void” is possible only where every paper ballot stays in its envelope to "
            "the end. At least one place hands ballots out directly: make it an envelope place, or choose another rule."
        )
    return None


def _change_problem(voting: Voting) -> Message | None:
    if not voting.change_until_close:
        return None
    if voting.precedence is Precedence.ALL_VOID:
        return _(
            "A person can change an online vote only under “paper wins” or “the first vote received stands”: where two "
            "votes void each other, a change would void the vote."
        )
    if not voting.online:
        return _("There is no online vote to change. Leave this off, or offer online voting.")
    if voting.register_kind is RegisterKind.OPEN and not voting.match_fields:
        return _("A changed vote must be recognised as the same person’s: choose the fields that are compared.")
    return None


_PAIRS = (
    (WindowKind.ONLINE_OPENS, WindowKind.ONLINE_CLOSES),
    (WindowKind.PAPER_OPENS, WindowKind.PAPER_CLOSES),
    (WindowKind.PAPER_OPENS, WindowKind.POST_CLOSES),
)


def window_problems(voting: Voting) -> dict[str, Message]:
    """Hours that run backwards. Missing ones are a matter of publishing, not of a draft."""
    return {
        closes.value: _("It closes before it opens. Give a later hour.")
        for opens, closes in _PAIRS
        if opens in voting.windows and closes in voting.windows and voting.windows[closes] <= voting.windows[opens]
    }


def contest_problems(draft: ContestDraft) -> dict[str, Message]:
    """Limits that no ballot could meet."""
    problems: dict[str, Message] = {}
    if draft.kind is QuestionKind.OPEN_TEXT:
        problems["kind"] = _("Answers in words cannot be counted into a budget. Ask them in a questionnaire.")
    if draft.max_choices < max(draft.min_choices, 1):
        problems["max_choices"] = _("The most that may be chosen must be at least 1, and not less than the least.")
    if draft.kind is QuestionKind.CUMULATIVE:
        if draft.max_points < 1:
            problems["max_points"] = _("Say how many points one ballot may share out.")
        if not 1 <= draft.max_points_each <= max(draft.max_points, 1):
            problems["max_points_each"] = _("One project may get at least 1 point and at most all of them.")
    return problems


def rule_problems(kind: QuestionKind, rule: CountingRule) -> dict[str, Message]:
    """Why this rule cannot count these ballots."""
    problems: dict[str, Message] = {}
    if kind not in POINT_KINDS and rule.order is Order.POINTS:
        problems["order"] = _("These ballots give no points. Order by votes, or choose a ballot with points or ranks.")
    if kind not in POINT_KINDS and rule.utility is Utility.POINTS:
        problems["utility"] = _("These ballots give no points. Choose cost or number of projects.")
    if rule.name is RuleName.GREEDY_THRESHOLD and rule.threshold < 1:
        problems["threshold"] = _("This rule needs a threshold of at least 1 vote.")
    if rule.name is RuleName.EQUAL_SHARES and rule.reserves:
        problems["reserves"] = _(
            "Equal Shares gives each voter the same part of the money, so no part can be set aside for a category. "
            "Remove it, or choose a rule that goes by the most votes."
        )
    if rule.name is not RuleName.EQUAL_SHARES and rule.completion is not Completion.NONE:
        problems["completion"] = _("Only Equal Shares is completed in this way.")
    if rule.tie_break is TieBreak.SEEDED_DRAW and not rule.seed:
        problems["seed"] = _("A draw needs a seed that is published before the count.")
    return problems
