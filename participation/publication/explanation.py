"""Why each project is funded or not, in one sentence, from the working of the rule.

The sentences use the numbers that the rule saw, and no others: what is printed is what was computed.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from participation import i18n
from participation.counting.allocation import Allocation, Decision, Step
from participation.counting.spec import CountingRule, Order, Question, RuleName, Utility
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.publication import wording

FUNDED = frozenset({Decision.FUNDED, Decision.FUNDED_BY_RESERVE, Decision.TOPPED_UP})

_SENTENCES: dict[Decision, Message] = {
    Decision.FUNDED: _("Place %(place)s. Its cost fitted into the %(left)s that was left."),
    Decision.FUNDED_BY_RESERVE: _(
        "Place %(place)s. Funded because part of the envelope is reserved for “%(category)s”."
    ),
    Decision.TOPPED_UP: _(
        "Place %(place)s. The %(left)s that was left was enough for the rest to be added from outside the envelope."
    ),
    Decision.TOO_EXPENSIVE: _("Place %(place)s. Its cost is more than the %(left)s that was left."),
    Decision.STOPPED: _("Place %(place)s. Its cost is more than the %(left)s that was left, and the rule ends here."),
    Decision.AFTER_STOP: _("Place %(place)s. The rule ended at project %(rival)s, before its turn came."),
    Decision.UNDER_THRESHOLD: _("Under the threshold of %(threshold)s."),
    Decision.EXCLUDED_BY_PAIR: _(
        "Place %(place)s. Only one of projects %(rival)s and %(number)s may be funded, and %(rival)s came first."
    ),
    Decision.DISPLACED_BY_RESERVE: _("Place %(place)s. Without the reserved part of the envelope it would be funded."),
    Decision.WITHDRAWN: _("Withdrawn after publication: it could no longer be funded."),
    Decision.NO_SUPPORTERS: _("Nobody chose it, so nobody’s share could pay for it."),
    Decision.UNAFFORDABLE: _(
        "The shares of the %(supporters)s ballots that chose it had only %(money)s left together."
    ),
}
_BEHIND = _(
    "Place %(place)s. Its cost is more than the %(left)s that was left. "
    "Project %(rival)s, the last one funded before it, has %(margin)s more."
)
_SHARED = _("The shares of the %(supporters)s ballots that chose it paid for it; none paid more than %(price)s.")
_SHARED_BY_POINTS = _(
    "The shares of the %(supporters)s ballots that chose it paid for it, at most %(price)s for each point."
)


def counts_points(rule: CountingRule) -> bool:
    """Whether the rule compares points; else votes."""
    if rule.name is RuleName.EQUAL_SHARES:
        return rule.utility is Utility.POINTS
    return rule.order is Order.POINTS


def amount(score: int, rule: CountingRule, locale: str) -> Message:
    """“2,204 votes”, or points."""
    num = i18n.number(score, locale)
    if counts_points(rule):
        return ngettext("%(num)s point", "%(num)s points", score, num=num)
    return ngettext("%(num)s vote", "%(num)s votes", score, num=num)


def explain(step: Step, question: Question, rule: CountingRule, locale: str) -> Message:
    """The sentence of one project's decision. Numbers and money are already written in `locale`."""
    sentence = _SENTENCES[step.decision]
    if step.decision is Decision.TOO_EXPENSIVE and step.rival and step.margin:
        sentence = _BEHIND
    if step.decision is Decision.FUNDED and rule.name is RuleName.EQUAL_SHARES:
        sentence = _SHARED_BY_POINTS if rule.utility is Utility.POINTS else _SHARED
    return Message(sentence.msgid, params=_params(step, question, rule, locale))


def _params(step: Step, question: Question, rule: CountingRule, locale: str) -> dict[str, Any]:
    option = question.by_id[step.option_id]
    rival = question.by_id.get(step.rival)
    return {
        "place": i18n.number(step.place, locale),
        "left": i18n.money(step.left_before, locale),
        "number": option.number,
        "rival": rival.number if rival else "",
        "category": i18n.in_part(option.category, locale),
        "threshold": amount(rule.threshold, rule, locale),
        "margin": amount(step.margin, rule, locale),
        "supporters": i18n.number(step.supporters, locale),
        "price": money_at_most(step.price, locale),
        "money": money_at_least(step.supporters_money, locale),
    }


def money_at_most(cents: Fraction | None, locale: str) -> str:
    """A fraction of a cent is rounded up, so that “no more than” stays true."""
    return i18n.money(-(-cents.numerator // cents.denominator), locale) if cents is not None else ""


def money_at_least(cents: Fraction | None, locale: str) -> str:
    """Rounded down, so that “had left” stays true."""
    return i18n.money(cents.numerator // cents.denominator, locale) if cents is not None else ""


def line_words(allocation: Allocation, question: Question, locale: str) -> Message | str:
    """What stands beside the funding line: the margin between the last funded and the best unfunded project."""
    line = allocation.line
    if line is None:
        return ""
    numbers = {
        "last": question.by_id[line.last_funded].number,
        "first": question.by_id[line.first_unfunded].number,
        "margin": amount(abs(line.margin), allocation.rule, locale),
    }
    if line.margin > 0:
        return _("%(margin)s between projects %(last)s and %(first)s", **numbers)
    if line.margin == 0:
        return _("Projects %(last)s and %(first)s are equal: the declared tie rule decided", **numbers)
    decisions = {step.option_id: step.decision for step in allocation.working}
    if decisions.get(line.first_unfunded) is Decision.DISPLACED_BY_RESERVE:
        return _("Project %(first)s has %(margin)s more than project %(last)s: the reserved part decided", **numbers)
    if allocation.rule.name is RuleName.EQUAL_SHARES:
        return _("Project %(first)s has %(margin)s more than project %(last)s, but its shares fall short", **numbers)
    return _("Project %(first)s has %(margin)s more than project %(last)s, but did not fit", **numbers)


def verdict(funded: int, money: int, envelope: int, locale: str) -> Message:
    """The decision in one sentence."""
    values = {"num": i18n.number(funded, locale), "money": i18n.money(money, locale)}
    if not funded:
        return _("No project is funded from the envelope of %(money)s.", money=i18n.money(envelope, locale))
    return ngettext(
        "%(num)s project is funded for %(money)s.", "%(num)s projects are funded for %(money)s.", funded, **values
    )


def rule_sentences(question: Question, locale: str) -> list[Message]:
    """The counting rule in words, as it was promised before the vote."""
    rule = question.rule
    sentences = [_way_of(rule, locale)]
    if rule.name is RuleName.EQUAL_SHARES:
        sentences += [
            _("Here %(utility)s; the method is used %(completion)s.",
              utility=wording.UTILITIES[rule.utility], completion=wording.COMPLETIONS[rule.completion])
        ]  # fmt: skip
    sentences += [
        _("At least %(money)s of the envelope goes to projects of “%(category)s”, if enough of them exist.",
          money=i18n.money(reserve.amount, locale), category=i18n.in_part(reserve.category, locale))
        for reserve in rule.reserves
    ]  # fmt: skip
    for first, second in rule.exclusive_pairs:
        numbers = {"first": question.by_id[first].number, "second": question.by_id[second].number}
        sentences.append(_("Only one of projects %(first)s and %(second)s may be funded.", **numbers))
    return [*sentences, wording.TIE_BREAKS[rule.tie_break]]


def _way_of(rule: CountingRule, locale: str) -> Message:
    if rule.name is RuleName.EQUAL_SHARES:
        return _(
            "Every ballot gets an equal share of the envelope. A project is funded when the shares of those who chose "
            "it can pay for it together; the project that costs each of them least goes first."
        )
    order = {
        Order.VOTES: _("by number of votes"),
        Order.POINTS: _("by number of points"),
        Order.VOTES_PER_COST: _("by votes for each dollar of their cost"),
    }[rule.order]
    if rule.name is RuleName.GREEDY_THRESHOLD:
        return _(
            "Projects are ordered %(order)s; those with fewer than %(threshold)s are left out. Each of the others is "
            "funded if its cost fits into what is left of the envelope.",
            order=order, threshold=i18n.number(rule.threshold, locale),
        )  # fmt: skip
    if rule.name is RuleName.GREEDY_NO_SKIP:
        return _(
            "Projects are ordered %(order)s and funded one after the other. The first that does not fit into what is "
            "left of the envelope ends the list.",
            order=order,
        )
    if rule.name is RuleName.GREEDY_CUSTOM:
        return _(
            "Projects are ordered %(order)s and funded one after the other. The first that does not fit ends the list; "
            "it is topped up from outside the envelope if %(share)s of its cost is left.",
            order=order, share=i18n.percent(rule.top_up_percent / 100, locale),
        )  # fmt: skip
    return _(
        "Projects are ordered %(order)s. Each is funded if its cost fits into what is left of the envelope; one that "
        "does not fit is passed over.",
        order=order,
    )
