"""Every page of a consultation that shows what came in, by who opens it: what `consulting` measures.

In braces stands what differs between the two consultations: the number of some comment, where a page of a list begins.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import combinations

from sqlalchemy import select
from sqlmodel import Session, col

from participation.consultations import queries
from participation.consultations.analysis.models import AnalysisCode
from participation.consultations.filters import Filter
from participation.consultations.models import Contribution, ContributionState
from participation.consultations.queries import Sort, Wanted
from tests.bench.crowd import FIRST, SELDOM, words

HERE, DESK = "/fr/essai/{slug}", "/fr/staff/essai/{slug}"
NEAR_THE_END = 10
COMMENTS, REGISTER, BENCH = f"{HERE}/comments", f"{DESK}/contributions", f"{DESK}/analysis"
NARROWED = {
    "a theme": "theme=0", "a seldom theme": f"theme={SELDOM}", "no theme there is": "theme=none",
    "counters": "channel=counter", "the room": "channel=room", "a theme from counters": "theme=0&channel=counter",
    "a seldom theme from the room": f"theme={SELDOM}&channel=room", "a document": "about=document&ref=3.2",
    "a document and a seldom theme": f"about=document&ref=3.2&theme={SELDOM}",
}  # fmt: skip
"""What the public narrows the comments by."""
CHOICES = ("kind=comment", "state=published", "theme=0", "channel=counter", "language=en")
SELDOM_CHOICES = ("kind=brief", "kind=idea", "state=refused", f"theme={SELDOM}", "channel=room", "language=es")
AT_THE_BENCH = (
    "kind=comment", "kind=brief", "kind=idea", "kind=answer", "theme=0", f"theme={SELDOM}", "channel=counter",
    "channel=room", "language=en", "language=es", "borough=Arrondissement 1", "borough=Arrondissement 19",
    "borough=Nulle part", "coded=yes", "coded=no", f"theme={SELDOM}&channel=room", f"theme={SELDOM}&language=es",
    "borough=Arrondissement 19&channel=room", f"coded=yes&theme={SELDOM}", f"coded=no&theme={SELDOM}",
    "kind=comment&theme=0&channel=counter&language=en&borough=Arrondissement 1&coded=no",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """A page: its name in the report, its address, and whether somebody of the staff opens it."""

    name: str
    path: str
    by_staff: bool = False


def _public() -> list[Measured]:
    pages = {
        "home": "/fr/", "hub": HERE, "feed": f"{HERE}/feed.atom", "charter and log": f"{HERE}/moderation",
        "a thread": f"{COMMENTS}/{{first}}", "a thread, middle": f"{COMMENTS}/{{first}}?from={{thread_middle}}",
        "a thread, end": f"{COMMENTS}/{{first}}?from={{thread_end}}",
        "feed of a thread": f"{COMMENTS}/{{first}}/feed.atom", "a comment": f"{COMMENTS}/{{middle}}",
        "a reply": f"{COMMENTS}/{{reply}}", "report of a comment": f"{COMMENTS}/{{middle}}/report",
        "how many are new": f"{COMMENTS}/news?seen=1", "documents": f"{HERE}/documents",
        "questions": f"{HERE}/questions", "questions of a theme": f"{HERE}/questions?theme=1",
        "a question": f"{HERE}/questions/1", "briefs": f"{HERE}/briefs", "a brief": f"{HERE}/briefs/8.1",
        "hearings": f"{HERE}/hearings", "subscribing": f"{HERE}/subscribe", "follow-up": f"{HERE}/follow-up",
    }  # fmt: skip
    for sort in Sort:
        shown = f"{COMMENTS}?sort={sort.value}"
        pages[f"comments, {sort.value}"] = shown
        pages |= {f"comments, {sort.value}, {at}": f"{shown}&from={{{sort.value}_{at}}}" for at in ("middle", "end")}
        pages |= {f"comments of {name}, {sort.value}": f"{shown}&{query}" for name, query in NARROWED.items()}
    return [Measured(name, path) for name, path in pages.items()]


def _searches() -> list[Measured]:
    known = words()
    asked = {"a word of every second comment": known[0], "three common words": "+".join(known[:3]),
             "a rare word": known[-10], "common words, page 3": f"{known[0]}&page=3",
             "a phrase": f"%22{known[0]}+{known[1]}%22", "nothing there is": "zzzz"}  # fmt: skip
    return [Measured(f"search for {name}", f"{HERE}/search?q={query}") for name, query in asked.items()]


def _staff() -> list[Measured]:
    desks = (
        "", "/contributions/new", "/contributions/{middle}", "/contributions/{letter}", "/contributions/alike",
        "/mail-in", "/moderation", "/moderation?from={waiting_middle}", "/moderation/settings", "/moderation/{middle}",
        "/moderation/{waiting}", "/questions", "/questions?state=sent", "/questions?late=1", "/questions/1", "/briefs",
        "/briefs?state=pending", "/briefs?withheld=1", "/briefs?unredacted=1", "/activities", "/activities/1",
        "/hearings", "/hearings/calls", "/reminders", "/retention", "/analysis?from=0-{middle}", "/analysis/C-{middle}",
        "/analysis/codes", "/analysis/codes/{code}", "/exports", "/participants", "/subscriptions", "/follow-up",
        "/documents", "/events", "/people", "/edit",
    )  # fmt: skip
    pages = {f"desk {path or '/'}": f"{DESK}{path}" for path in desks}
    pages |= {"staff home": "/fr/staff", "register": REGISTER, "workbench": BENCH}
    pages |= {f"register, {at}": f"{REGISTER}?from={{register_{at}}}" for at in ("middle", "end")}
    pairs = ["&".join(pair) for pair in combinations(CHOICES, 2)]
    seldom = [f"{one}&language=es" for one in SELDOM_CHOICES[:-1]]
    for query in (*CHOICES, *SELDOM_CHOICES, *pairs, *seldom, "&".join(CHOICES)):
        pages[f"register of {query}"] = f"{REGISTER}?{query}"
    pages |= {f"workbench of {query}": f"{BENCH}?{query}" for query in AT_THE_BENCH}
    pages |= {f"one piece of {query}": f"{BENCH}/C-{{middle}}?{query}" for query in AT_THE_BENCH[1:6]}
    return [Measured(name, path, by_staff=True) for name, path in pages.items()]


PAGES = (*_public(), *_searches(), *_staff())


def places(session: Session, process_id: uuid.UUID) -> dict[str, str]:
    """What stands in the braces of the addresses of one consultation."""
    head = queries.by_number(session, process_id, FIRST)
    assert head is not None
    threads = {sort.value: Filter(sort=sort).of_the_public for sort in Sort}
    lists = threads | {"thread": Wanted(public=True, parent_id=head.id, sort=Sort.OLDEST),
                       "register": Filter().of_the_register,
                       "waiting": Wanted(state=ContributionState.PENDING, once=True, sort=Sort.OLDEST)}  # fmt: skip
    found = {"first": str(FIRST)}
    for name, wanted in lists.items():
        rows = queries.listed(session, process_id, wanted, limit=10**6).rows
        for at, place in (("middle", len(rows) // 2), ("end", len(rows) - NEAR_THE_END)):
            found[f"{name}_{at}"] = queries.listed(session, process_id, wanted, limit=max(1, place)).next_cursor
        found[name] = str(rows[len(rows) // 2].number)
    letter = select(col(Contribution.number)).where(col(Contribution.process_id) == process_id)
    found["letter"] = str(session.execute(letter.order_by(col(Contribution.senders).desc()).limit(1)).scalar_one())
    code = select(col(AnalysisCode.id)).where(col(AnalysisCode.process_id) == process_id)
    found |= {"middle": found["newest"], "reply": found["thread"], "code": str(session.execute(code).scalar_one())}
    return found
