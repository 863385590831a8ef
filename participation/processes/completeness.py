"""What a draft still lacks before it can be published, and what would be better. French first."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session

from participation.counting.canonical import load_rule
from participation.counting.spec import Channel, QuestionKind, RegisterKind, TieBreak
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.processes import numbers, policy, queries
from participation.processes.eligibility import declared_age
from participation.processes.gaps import Gap
from participation.processes.models import Contest, LocalText, PhaseKind, Process, Project, WindowKind
from participation.processes.queries import style_id

THOUSAND_DOLLARS = 100_000
"""In cents. On paper, knapsack costs are added by hand, so they are round thousands."""
LEAVE_BEFORE = timedelta(days=15)
"""Before the first way of voting closes, letters with codes have left: the post needs ten days, and people some."""


def missing_for_publication(session: Session, process: Process) -> list[Gap]:
    """What stops publishing, each with the page where it is filled in. French comes first; English is advice."""
    contests = queries.contests_of(session, process.id)
    projects = queries.projects_of(session, [contest.id for contest in contests])
    return [
        *_missing_texts(process),
        *_missing_dates(session, process),
        *_missing_ways(session, process),
        *_missing_contests(contests, projects, process),
    ]


def _missing_texts(process: Process) -> Iterator[Gap]:
    wanted = (
        ("title", process.title, _("The title is missing in French.")),
        ("summary", process.summary, _("The summary is missing in French.")),
        ("retention", process.retention, _("When personal information is destroyed is missing in French.")),
    )
    if not process.eligibility.get("fr"):
        yield Gap(_("What voters declare is missing in French."), "/edit/voting#eligibility_fr")
    for name, words, message in wanted:
        if not words.get("fr"):
            yield Gap(message, f"/edit/texts#{name}_fr")
    if process.description.get("en") and not process.description.get("fr"):
        yield Gap(_("The description exists in English and not in French."), "/edit/texts#description_fr")
    if not process.phone:
        yield Gap(_("A telephone number is missing: it appears on every page and printed sheet."), "/edit/texts#phone")


def _missing_dates(session: Session, process: Process) -> Iterator[Gap]:
    if not any(phase.kind is PhaseKind.VOTE for phase in queries.phases_of(session, process.id)):
        yield Gap(_("The phase of the vote is missing. Add it with its dates."), "/edit/phases/new")
    planned = {WindowKind(kind) for kind in process.planned_windows}
    needed: list[tuple[WindowKind, Message]] = []
    if process.online:
        needed.append((WindowKind.ONLINE_OPENS, _("The hour when online voting opens is missing.")))
        needed.append((WindowKind.ONLINE_CLOSES, _("The hour when online voting closes is missing.")))
    if process.paper:
        needed.append((WindowKind.PAPER_OPENS, _("The hour when the counters open is missing.")))
        needed.append((WindowKind.PAPER_CLOSES, _("The hour when the counters close is missing.")))
        if any(place.channel is Channel.POST for place in queries.places_of(session, process.id)):
            needed.append((WindowKind.POST_CLOSES, _("The last hour for post to arrive is missing.")))
    yield from (Gap(message, f"/edit/voting#{kind.value}") for kind, message in needed if kind not in planned)


def _missing_ways(session: Session, process: Process) -> Iterator[Gap]:
    kinds = queries.paper_place_kinds(session, process.id)
    for field, message in policy.voting_problems(queries.voting_of(process), kinds).items():
        yield Gap(message, f"/edit/voting#{field}")
    if process.paper and not kinds:
        yield Gap(_("Paper is offered, and no place takes it. Add a counter or an address for post."), "/edit/places")
    for place in queries.places_of(session, process.id):
        if not place.name.get("fr"):
            yield Gap(_("Place %(code)s has no name in French.", code=place.code), f"/edit/places/{place.id}#name_fr")


def _missing_contests(contests: list[Contest], projects: list[Project], process: Process) -> Iterator[Gap]:
    if not contests:
        yield Gap(_("There is no contest to vote in. Add one."), "/edit/contests/new")
    styles: dict[str, str] = {}
    for contest in contests:
        own = [project for project in projects if project.contest_id == contest.id]
        yield from _missing_in_contest(contest, own)
        yield from _missing_in_rule(contest, own)
        yield from _missing_in_projects(contest, own, paper=process.paper)
        other = styles.setdefault(style_id(contest.district), contest.district)
        if contest.district and other != contest.district:
            message = _(
                "Districts “%(one)s” and “%(two)s” are too alike. Write them the same.", one=other, two=contest.district
            )
            yield Gap(message, f"/edit/contests/{contest.id}#district")


def _missing_in_contest(contest: Contest, projects: list[Project]) -> Iterator[Gap]:
    page, code = f"/edit/contests/{contest.id}", contest.code
    if not contest.title.get("fr"):
        yield Gap(_("Contest %(code)s has no title in French.", code=code), f"{page}#title_fr")
    if contest.envelope <= 0:
        yield Gap(_("Contest %(code)s has no envelope.", code=code), f"{page}#envelope")
    if not projects:
        yield Gap(_("Contest %(code)s has no project.", code=code), f"{page}/projects")
    elif contest.kind is not QuestionKind.KNAPSACK and contest.min_choices > len(projects):
        message = _("Contest %(code)s asks for more choices than it has projects.", code=code)
        yield Gap(message, f"{page}#min_choices")


def _missing_in_rule(contest: Contest, projects: list[Project]) -> Iterator[Gap]:
    page, rule = f"/edit/contests/{contest.id}/rule", load_rule(contest.rule)
    for field, message in policy.rule_problems(contest.kind, rule).items():
        yield Gap(_("Contest %(code)s: %(problem)s", code=contest.code, problem=message), f"{page}#{field}")
    if sum(reserve.amount for reserve in rule.reserves) > contest.envelope:
        message = _("Contest %(code)s sets aside more money than its envelope holds.", code=contest.code)
        yield Gap(message, f"{page}#reserves")
    categories = {project.category for project in projects}
    for reserve in rule.reserves:
        if reserve.category not in categories:
            message = _(
                "Contest %(code)s sets money aside for “%(category)s”, and no project has this category.",
                code=contest.code,
                category=reserve.category,
            )
            yield Gap(message, f"{page}#reserves")
    codes = {project.code for project in projects}
    if any(code not in codes for pair in rule.exclusive_pairs for code in pair):
        message = _("Contest %(code)s excludes a pair with a project that is no longer there.", code=contest.code)
        yield Gap(message, f"{page}#exclusive_pairs")


def _missing_in_projects(contest: Contest, projects: Iterable[Project], *, paper: bool) -> Iterator[Gap]:
    for project in projects:
        page = f"/edit/contests/{contest.id}/projects/{project.id}"
        if not project.title.get("fr"):
            yield Gap(_("Project %(number)s has no title in French.", number=project.number), f"{page}#title_fr")
        for name in ("summary", "description"):
            words: LocalText = getattr(project, name)
            if words.get("en") and not words.get("fr"):
                message = _("Project %(number)s has a text in English and not in French.", number=project.number)
                yield Gap(message, f"{page}#{name}_fr")
        if paper and contest.kind is QuestionKind.KNAPSACK and project.cost % THOUSAND_DOLLARS:
            message = _(
                "Project %(number)s: on paper, people add costs by hand, so each must be a round number of thousands.",
                number=project.number,
            )
            yield Gap(message, f"{page}#cost")


def advice(session: Session, process: Process, at: datetime) -> list[Gap]:
    """What does not stop publishing at `at`: texts without English, and what we would do otherwise."""
    contests = queries.contests_of(session, process.id)
    projects = queries.projects_of(session, [contest.id for contest in contests])
    texts: list[tuple[LocalText, Message, str]] = [
        (process.title, _("The title has no English."), "/edit/texts#title_en"),
        (process.summary, _("The summary has no English."), "/edit/texts#summary_en"),
        (process.description, _("The description has no English."), "/edit/texts#description_en"),
        (process.retention, _("When personal information is destroyed has no English."), "/edit/texts#retention_en"),
    ]
    for contest in contests:
        page = f"/edit/contests/{contest.id}"
        texts.append(
            (contest.title, _("Contest %(code)s has no English title.", code=contest.code), f"{page}#title_en")
        )
    found = [Gap(message, path) for words, message, path in texts if words.get("fr") and not words.get("en")]
    for contest in contests:
        number = sum(not project.title.get("en") for project in projects if project.contest_id == contest.id)
        if number:
            message = ngettext(
                "%(num)s project has no English title.", "%(num)s projects have no English title.", number
            )
            found.append(Gap(message, f"/edit/contests/{contest.id}/projects"))
        found.extend(_advice_on_ties(contest, [project for project in projects if project.contest_id == contest.id]))
    found.extend(_advice_on_age(process))
    found.extend(_advice_on_letters(process, at))
    if process.paper and any(contest.kind is QuestionKind.KNAPSACK for contest in contests):
        message = _(
            "A ballot within the envelope is hard to add up on paper, and one that costs too much is rejected whole. "
            "“Choose several projects” is easier."
        )
        found.append(Gap(message, "/edit/contests"))
    return found


def _advice_on_ties(contest: Contest, projects: list[Project]) -> Iterator[Gap]:
    same = numbers.in_same_order((project.number, project.code) for project in projects)
    if load_rule(contest.rule).tie_break is TieBreak.LOWEST_ID and not same:
        message = _(
            "Contest %(code)s: ties go to the lowest code in files, and the codes that you chose are in another order "
            "than the numbers. Leave the codes empty, and ties go to the lowest number.",
            code=contest.code,
        )
        yield Gap(message, f"/edit/contests/{contest.id}/projects")


def first_close(moments: Mapping[WindowKind, datetime]) -> datetime | None:
    """When the first way of voting closes."""
    closes = (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES)
    return min((moments[kind] for kind in closes if kind in moments), default=None)


def _advice_on_letters(process: Process, at: datetime) -> Iterator[Gap]:
    """Codes hang on what is published, so no letter leaves before."""
    closes = first_close(queries.voting_of(process).windows)
    if process.register_kind is RegisterKind.CLOSED and closes is not None and closes - LEAVE_BEFORE < at < closes:
        message = _(
            "Letters with codes cannot leave before the vote is published, and it closes in less than %(days)s days: "
            "some people will have their code too late. Close the vote later, or hand codes out at counters.",
            days=LEAVE_BEFORE.days,
        )
        yield Gap(message, "/edit/voting")


def _advice_on_age(process: Process) -> Iterator[Gap]:
    age = declared_age(process.register_kind, process.minimum_age)
    for locale, words in process.eligibility.items():
        if age and str(age) not in words:
            message = _("What voters declare does not say that they are %(age)s or older.", age=age)
            yield Gap(message, f"/edit/voting#eligibility_{locale}")
