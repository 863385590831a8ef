"""What staff type into the set-up of a process, as typed values or translated errors; and back, to fill the fields.

Each `read_…` returns the value and the errors by field: empty errors mean that it can be saved. Each `…_values`
gives the fields of the same form for what is stored.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from participation.counting.spec import (
    PAPER_CHANNELS,
    Channel,
    Completion,
    CountingRule,
    Disclosure,
    MatchField,
    Order,
    Precedence,
    QuestionKind,
    RegisterKind,
    Reserve,
    RuleName,
    TieBreak,
    Utility,
    number_key,
)
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.processes import numbers, policy, words
from participation.processes.drafts import (
    ContestDraft,
    PhaseDraft,
    PlaceDraft,
    ProjectDraft,
    ProjectWords,
    Texts,
    Voting,
)
from participation.processes.models import (
    Contest,
    LocalText,
    Phase,
    PhaseKind,
    Place,
    PlaceKind,
    Process,
    ProcessKind,
    Project,
    ProjectChangeKind,
    WindowKind,
)
from participation.typed import Errors, Typed, amount, cents_of, wall_clock

Values = dict[str, Any]
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
RESERVED_SLUGS = frozenset({"team", "settings", "processes", "meetings", "new", "staff", "static"})
PLANNED = (
    WindowKind.ONLINE_OPENS,
    WindowKind.ONLINE_CLOSES,
    WindowKind.PAPER_OPENS,
    WindowKind.PAPER_CLOSES,
    WindowKind.POST_CLOSES,
)


class Filled(dict[str, Any]):
    """The values of a form's fields; one that was not sent, such as an empty box, is empty."""

    def __missing__(self, name: str) -> str:
        return ""


def typed_values(form: FormData) -> Values:
    """Everything as it was typed, so that a form that comes back has lost nothing."""
    return {name: form.getlist(name) if name == "match_fields" else str(form.get(name, "")) for name in form}


def words_values(name: str, words: LocalText) -> Values:
    return {f"{name}_{locale}": words.get(locale, "") for locale in LOCALES}


def read_new_process(form: FormData) -> tuple[tuple[ProcessKind, str, LocalText, str], Errors]:
    """(kind, slug, title, zone) of a new process."""
    typed = Typed(form)
    kind = typed.one("kind", ProcessKind, ProcessKind.BUDGET)
    if kind not in words.PROCESS_KINDS:
        typed.errors["kind"] = _("Choose one of the list.")
    title = typed.words("title", 200, _("Give the title in French."))
    return (kind, _slug(typed), title, zone_of(typed)), typed.errors


def read_address(form: FormData) -> tuple[tuple[str, str], Errors]:
    """(slug, zone) of a draft."""
    typed = Typed(form)
    return (_slug(typed), zone_of(typed)), typed.errors


def _slug(typed: Typed) -> str:
    wrong = _("Use small letters without accents, digits and dashes, such as quartiers-a-venir.")
    slug = typed.matching("slug", SLUG, wrong)
    if len(slug) > 80:
        typed.errors["slug"] = _("At most %(limit)s characters; this has %(found)s.", limit=80, found=len(slug))
    elif slug in RESERVED_SLUGS:
        typed.errors["slug"] = _("This address is needed by the site itself. Choose another one.")
    return slug


def zone_of(typed: Typed) -> str:
    """One of the time zones that are offered."""
    zone = typed.raw("zone")
    if zone not in words.ZONES:
        typed.errors["zone"] = _("Choose one of the list.")
    return zone


def read_texts(form: FormData) -> tuple[Texts, Errors]:
    typed = Typed(form)
    texts = Texts(
        title=typed.words("title", 200, _("Give the title in French.")),
        summary=typed.words("summary", 400),
        description=typed.words("description", 8000),
        phone=typed.text("phone", 60),
        email=typed.email(),
        retention=typed.words("retention", 300),
    )
    return texts, typed.errors


def texts_values(process: Process) -> Values:
    return {
        **words_values("title", process.title),
        **words_values("summary", process.summary),
        **words_values("description", process.description),
        **words_values("retention", process.retention),
        "phone": process.phone,
        "email": process.email,
        "slug": process.slug,
        "zone": process.zone,
    }


def read_phase(form: FormData, zone: ZoneInfo) -> tuple[PhaseDraft | None, Errors]:
    typed = Typed(form)
    kind = typed.one("kind", PhaseKind, PhaseKind.VOTE)
    title = typed.words("title", 120)
    starts = typed.moment("starts_at", zone, _("Give the day and hour when the phase starts."))
    ends = typed.moment("ends_at", zone, _("Give the day and hour when the phase ends."))
    if starts and ends and ends <= starts:
        typed.errors["ends_at"] = _("A phase ends after it starts. Give a later end.")
    if typed.errors or not starts or not ends:
        return None, typed.errors
    return PhaseDraft(kind, starts, ends, title), {}


def phase_values(phase: Phase | None, zone: ZoneInfo) -> Values:
    return {
        "kind": phase.kind if phase else "",
        **words_values("title", phase.title if phase else {}),
        "starts_at": wall_clock(phase.starts_at, zone) if phase else "",
        "ends_at": wall_clock(phase.ends_at, zone) if phase else "",
    }


def read_place(form: FormData, of: ProcessKind) -> tuple[PlaceDraft, Errors]:
    """How ballots are handled there is asked for a vote alone: a consultation has none."""
    typed = Typed(form)
    channel = typed.one("channel", Channel, Channel.COUNTER)
    by_channel = PlaceKind.ENVELOPE if channel is Channel.POST else PlaceKind.LIVE
    wrong = _("Use capitals, digits and dashes, at most 20, such as BIB-1.")
    place = PlaceDraft(
        code=typed.matching("code", r"[A-Z0-9][A-Z0-9-]{0,19}", wrong),
        name=typed.words("name", 160, _("Give the name of the place in French.")),
        kind=typed.one("kind", PlaceKind, PlaceKind.LIVE) if of is ProcessKind.BUDGET else by_channel,
        channel=channel,
        address=typed.text("address", 300),
        hours=typed.words("hours", 300),
    )
    if place.channel not in PAPER_CHANNELS:
        typed.errors["channel"] = _("Choose one of the list.")
    if place.channel is Channel.POST and place.kind is PlaceKind.LIVE:
        typed.errors["kind"] = _("Post arrives in envelopes: choose “by envelope”.")
    if place.channel is Channel.PHONE and place.kind is PlaceKind.ENVELOPE:
        typed.errors["kind"] = _("On the phone there is no envelope: choose “with the register at hand”.")
    return place, typed.errors


def place_values(place: Place | None) -> Values:
    if place is None:
        return {"kind": PlaceKind.LIVE, "channel": Channel.COUNTER}
    names = {**words_values("name", place.name), **words_values("hours", place.hours)}
    return {**names, "code": place.code, "kind": place.kind, "channel": place.channel, "address": place.address}


def read_voting(form: FormData, zone: ZoneInfo, paper_places: list[PlaceKind]) -> tuple[Voting, Errors]:
    """The promises; combinations that cannot be kept are errors with their reason."""
    typed = Typed(form)
    moments = {kind: typed.moment(kind.value, zone) for kind in PLANNED}
    named = typed.all("match_fields")
    voting = Voting(
        register_kind=typed.one("register_kind", RegisterKind, RegisterKind.OPEN),
        match_fields=tuple(name for name in MatchField if name.value in named),
        precedence=typed.one("precedence", Precedence, Precedence.PAPER_WINS),
        change_until_close=typed.ticked("change_until_close"),
        disclosure=typed.one("disclosure", Disclosure, Disclosure.TOTALS),
        minimum_age=typed.integer("minimum_age", 0, 99),
        eligibility=typed.words("eligibility", 400),
        online=typed.ticked("online"),
        paper=typed.ticked("paper"),
        windows={kind: moment for kind, moment in moments.items() if moment},
    )
    return voting, {**policy.voting_problems(voting, paper_places), **typed.errors}


def voting_values(voting: Voting, zone: ZoneInfo) -> Values:
    return {
        "register_kind": voting.register_kind,
        "match_fields": [name.value for name in voting.match_fields],
        "precedence": voting.precedence,
        "change_until_close": voting.change_until_close,
        "disclosure": voting.disclosure,
        "minimum_age": voting.minimum_age,
        **words_values("eligibility", voting.eligibility),
        "online": voting.online,
        "paper": voting.paper,
        **{kind.value: wall_clock(voting.windows.get(kind), zone) for kind in PLANNED},
    }


def read_contest(form: FormData) -> tuple[ContestDraft, Errors]:
    """A contest. A ballot with one choice or within the envelope has no limits to type."""
    typed = Typed(form)
    kind = typed.one("kind", QuestionKind, QuestionKind.APPROVAL)
    fixed = kind in (QuestionKind.CHOOSE_ONE, QuestionKind.KNAPSACK)
    points = kind is QuestionKind.CUMULATIVE
    wrong = _("Use small letters without accents, digits and dashes, at most 20, such as ville or verdun.")
    draft = ContestDraft(
        code=typed.matching("code", r"(?=.{1,20}$)" + SLUG, wrong),
        title=typed.words("title", 200, _("Give the title in French.")),
        envelope=typed.cents("envelope"),
        district=typed.text("district", 120),
        kind=kind,
        min_choices=1 if fixed else typed.integer("min_choices", 1, 500),
        max_choices=1 if fixed else typed.integer("max_choices", 1, 500),
        max_points=typed.integer("max_points", 1, 1000) if points else 0,
        max_points_each=typed.integer("max_points_each", 1, 1000) if points else 0,
    )
    return draft, {**policy.contest_problems(draft), **typed.errors}


def contest_values(contest: Contest | None, locale: str) -> Values:
    if contest is None:
        return {"kind": QuestionKind.APPROVAL, "min_choices": 1, "max_choices": 5}
    return {
        **words_values("title", contest.title),
        "code": contest.code,
        "district": contest.district,
        "envelope": amount(contest.envelope, locale),
        "kind": contest.kind,
        "min_choices": contest.min_choices,
        "max_choices": contest.max_choices,
        "max_points": contest.max_points or "",
        "max_points_each": contest.max_points_each or "",
    }


def read_rule(form: FormData, kind: QuestionKind, projects: list[Project]) -> tuple[CountingRule, Errors]:
    """The counting rule; settings that belong to another rule are left at their defaults."""
    typed, default = Typed(form), CountingRule()
    name = typed.one("name", RuleName, RuleName.GREEDY)
    shares = name is RuleName.EQUAL_SHARES
    tie_break = typed.one("tie_break", TieBreak, TieBreak.LOWEST_ID)
    rule = CountingRule(
        name=name,
        order=default.order if shares else typed.one("order", Order, Order.VOTES),
        threshold=typed.integer("threshold", 1, 10**8) if name is RuleName.GREEDY_THRESHOLD else 0,
        top_up_percent=typed.integer("top_up_percent", 1, 100)
        if name is RuleName.GREEDY_CUSTOM
        else default.top_up_percent,
        exclusive_pairs=_pairs(typed, projects),
        reserves=_reserves(typed),
        utility=typed.one("utility", Utility, Utility.COST) if shares else default.utility,
        completion=typed.one("completion", Completion, Completion.NONE) if shares else default.completion,
        add1_step=typed.integer("add1_step", 1, 10**6) if shares else default.add1_step,
        tie_break=tie_break,
        seed=typed.text("seed", 120) if tie_break is TieBreak.SEEDED_DRAW else "",
    )
    return rule, {**policy.rule_problems(kind, rule), **typed.errors}


def _pairs(typed: Typed, projects: list[Project]) -> tuple[tuple[str, str], ...]:
    """« 03, 07 » a line: project numbers, kept as codes."""
    codes = {number_key(project.number): project.code for project in projects}
    pairs = []
    for place, line in enumerate(typed.raw("exclusive_pairs").splitlines(), 1):
        pair = [number_key(part) for part in line.replace(";", ",").split(",") if part.strip()]
        if not pair:
            continue
        unknown = next((number for number in pair if number not in codes), None)
        if len(pair) != 2 or pair[0] == pair[1]:
            typed.errors["exclusive_pairs"] = _(
                "Line %(line)s: write two different numbers, such as 03, 07.", line=place
            )
        elif unknown:
            message = _("Line %(line)s: no project has the number %(number)s.", line=place, number=unknown)
            typed.errors["exclusive_pairs"] = message
        else:
            pairs.append((codes[pair[0]], codes[pair[1]]))
    return tuple(pairs)


def _reserves(typed: Typed) -> tuple[Reserve, ...]:
    """« jeunesse; 3 000 000 » a line."""
    reserves = []
    for place, line in enumerate(typed.raw("reserves").splitlines(), 1):
        if not line.strip():
            continue
        category, _separator, money = line.partition(";")
        cents = cents_of(money)
        if not category.strip() or not cents:
            message = _("Line %(line)s: write a category and an amount, such as jeunesse; 3 000 000.", line=place)
            typed.errors["reserves"] = message
        else:
            reserves.append(Reserve(category.strip(), cents))
    return tuple(reserves)


def rule_values(rule: CountingRule, projects: list[Project], locale: str) -> Values:
    known = {project.code: project.number for project in projects}
    pairs = [(known.get(one, one), known.get(other, other)) for one, other in rule.exclusive_pairs]
    return {
        "name": rule.name,
        "order": rule.order,
        "threshold": rule.threshold or "",
        "top_up_percent": rule.top_up_percent,
        "utility": rule.utility,
        "completion": rule.completion,
        "add1_step": rule.add1_step,
        "tie_break": rule.tie_break,
        "seed": rule.seed,
        "exclusive_pairs": "\n".join(f"{one}, {other}" for one, other in pairs),
        "reserves": "\n".join(f"{reserve.category}; {amount(reserve.amount, locale)}" for reserve in rule.reserves),
    }


def read_project(form: FormData, *, only_words: bool = False) -> tuple[ProjectDraft | ProjectWords, Errors]:
    """A project, or what of it can still change once the vote is published."""
    typed = Typed(form)
    if only_words:
        return ProjectWords(typed.words("summary", 400), typed.words("description", 8000)), typed.errors
    draft = ProjectDraft(
        number=typed.matching(
            "number",
            rf"[A-Za-z0-9]{{1,{numbers.WIDTH}}}",
            _("Use digits, at most %(limit)s, such as 07.", limit=numbers.WIDTH),
        ),
        code=typed.raw("code"),
        title=typed.words("title", 200, _("Give the title in French.")),
        cost=typed.cents("cost"),
        summary=typed.words("summary", 400),
        description=typed.words("description", 8000),
        borough=typed.text("borough", 120),
        category=typed.text("category", 60),
    )
    if draft.code:
        typed.matching("code", r"[A-Za-z0-9_-]{1,80}", _("Use letters without accents, digits and dashes."))
    return draft, typed.errors


def project_values(project: Project | None, locale: str) -> Values:
    if project is None:
        return {}
    return {
        **words_values("title", project.title),
        **words_values("summary", project.summary),
        **words_values("description", project.description),
        "number": project.number,
        "code": project.code,
        "cost": amount(project.cost, locale),
        "borough": project.borough,
        "category": project.category,
    }


def read_change(form: FormData) -> tuple[tuple[str, str, ProjectChangeKind, int, LocalText], Errors]:
    """(question, option, kind, cents, reason) of a change after publication."""
    typed = Typed(form)
    question, _separator, option = typed.raw("project").partition("/")
    kind = typed.one("kind", ProjectChangeKind, ProjectChangeKind.EXCLUDED)
    money = typed.cents("amount") if kind is ProjectChangeKind.TOP_UP else 0
    if kind is ProjectChangeKind.TOP_UP and not money:
        typed.errors.setdefault("amount", _("A top-up needs an amount of money."))
    if not option:
        typed.errors["project"] = _("Choose one of the list.")
    reason = typed.words("reason", 1000, _("Give the reason in French: it is shown with the result."))
    return (question, option, kind, money, reason), typed.errors


def read_reason(form: FormData) -> tuple[str, Errors]:
    typed = Typed(form)
    return typed.text("reason", 1000, _("Say why: the reason is kept with the event.")), typed.errors
