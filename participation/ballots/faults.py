"""What is wrong with an answer, said to the voter: what is over, by how much, what would put it right."""

from __future__ import annotations

from participation.counting.answers import Answer, Fault, Problem, cost_of
from participation.counting.spec import Option, Question, in_language
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import money, number


def name_of(option: Option, locale: str) -> str:
    """07 – Shared garden: a project as messages name it."""
    return f"{option.number} – {in_language(option.title, locale)}"


def explain(question: Question, problem: Problem, answer: Answer, locale: str) -> Message:
    """The fault in words; money and numbers as the language writes them."""
    if problem.fault is Fault.OVER_BUDGET:
        return _over_budget(question, problem, answer, locale)
    if problem.fault is Fault.RANK_GAP:
        return _tied(question, answer, locale)
    if problem.fault is Fault.OVER_POINTS_EACH and problem.option_id in question.by_id:
        return _too_many_for_one(question.by_id[problem.option_id], problem, locale)
    values = {
        "found": number(problem.found, locale),
        "limit": number(problem.limit, locale),
        "gap": number(abs(problem.found - problem.limit), locale),
    }
    if problem.fault is Fault.OVER:
        return _("You chose %(found)s projects; the most is %(limit)s. Take %(gap)s off your ballot.", **values)
    if problem.fault is Fault.UNDER:
        return _(
            "At least %(limit)s projects are needed and you chose %(found)s. "
            "Choose %(gap)s more, or take everything off for a blank vote.",
            **values,
        )
    if problem.fault is Fault.OVER_POINTS:
        return _("You gave %(found)s points; you have %(limit)s. Take %(gap)s back.", **values)
    if problem.fault is Fault.REPEATED:
        return _("A project can be ranked once only.")
    return _("One of the projects sent is not on this ballot. It was left out; please check your choices.")


def _too_many_for_one(option: Option, problem: Problem, locale: str) -> Message:
    return _(
        "You gave %(found)s points to %(project)s; one project gets from 0 to %(limit)s.",
        found=number(problem.found, locale),
        project=name_of(option, locale),
        limit=number(problem.limit, locale),
    )


def _over_budget(question: Question, problem: Problem, answer: Answer, locale: str) -> Message:
    """Names the cheapest single project that would be enough to take off, where there is one."""
    over = problem.found - problem.limit
    chosen = [question.by_id[option_id] for option_id, _value in answer if option_id in question.by_id]
    enough = min((option for option in chosen if option.cost >= over), key=lambda option: option.cost, default=None)
    values = {
        "found": money(cost_of(question, answer), locale),
        "limit": money(problem.limit, locale),
        "over": money(over, locale),
    }
    if enough is None:
        return _(
            "Your projects cost %(found)s together, %(over)s more than the %(limit)s there is. Take several off.",
            **values,
        )
    return _(
        "Your projects cost %(found)s together, %(over)s more than the %(limit)s there is. "
        "Taking off %(project)s would be enough.",
        project=name_of(enough, locale),
        **values,
    )


def _tied(question: Question, answer: Answer, locale: str) -> Message:
    ranks = [rank for _option, rank in answer]
    tied = next((rank for rank in ranks if ranks.count(rank) > 1), None)
    if tied is None:
        return _("The ranks must be 1, 2, 3 and so on. Please number your projects again.")
    names = [name_of(question.by_id[key], locale) for key, rank in answer if rank == tied and key in question.by_id]
    return _(
        "Several projects have rank %(rank)s: %(projects)s. Give each a rank of its own.",
        rank=number(tied, locale),
        projects="; ".join(names),
    )
