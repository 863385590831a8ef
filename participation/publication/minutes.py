"""The procès-verbal: the count with its identities and digests, as the printed form takes it."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlmodel import Session

from participation import i18n
from participation.accounts.queries import names_of
from participation.ballots.models import BallotRejection
from participation.counting.spec import BallotSpec, in_language
from participation.counts.models import Count
from participation.counts.queries import Certified
from participation.counts.results import load_result
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.paper import team
from participation.printing import render
from participation.processes.models import WindowKind
from participation.processes.queries import OpenProcess, SpecRow
from participation.processes.words import WINDOWS
from participation.publication import explanation, identities, public_pages, wording
from participation.publication.results import ContestResult, ResultRow, contest_results

CHANNEL_WORDS: dict[str, Message] = {
    "online": _("Online"),
    "counter": _("At a counter"),
    "post": _("By post"),
    "phone": _("By phone"),
    "room": _("In the room"),
    "email": _("By e-mail"),
    "paper": _("On paper"),
    "other": _("Other ways"),
}
_SHOWN_WINDOWS = (WindowKind.ONLINE_OPENS, WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES, WindowKind.POST_CLOSES)


def certified_minutes(
    session: Session,
    process: OpenProcess,
    spec_row: SpecRow,
    certified: Certified,
    locale: str,
    *,
    demo: bool,
    named: bool,
) -> bytes:
    """The PDF of a certified count. `named` prints who signed: for staff only."""
    signers = [uuid.UUID(signer) for signer in certified.minutes.get("signers", [])]
    names = names_of(session, set(signers)) if named else {}
    shown = public_pages.minutes_context(session, process, certified.minutes, locale)
    data = {
        **_head(process, certified.at, locale, demo=demo),
        "status": "certified",
        "facts": _facts(process, spec_row, certified, locale),
        "identities": [identity_data(each, locale) for each in shown["identities"]]
        + [identity_data(each, locale, heading) for heading, each in shown["gaps"]],
        **_results(spec_row.spec, certified.count, locale),
        "exceptions": [translate(each, locale) for each in team.exceptions_of(session, process.id, certified.at)]
        + [small_box(each, locale) for each in shown["small_boxes"]]
        + [recounted(each, locale) for each in certified.minutes.get("recounts", [])],
        "digests": _digests(spec_row, certified, locale),
        "signatures": [
            {"role": translate(_("Certifier"), locale), **({"name": names[signer]} if signer in names else {})}
            for signer in signers
        ],
    }
    return render("report", data)


def small_box(each: dict[str, Any], locale: str) -> str:
    """A box of fewer than twenty that was opened alone, with why."""
    words = _("Box %(number)s held fewer than 20 ballots and was opened alone: there was no other. Two people signed:",
              number=each["box"])  # fmt: skip
    return " ".join([translate(words, locale), *each["reasons"]])


def recounted(each: dict[str, Any], locale: str) -> str:
    """A recount behind this count, with its reason and how many ballots it reads otherwise."""
    words = ngettext(
        "Recount no. %(number)s: batch %(batches)s was keyed afresh; of %(forms)s ballots %(differing)s are read "
        "otherwise than before. Reason:",
        "Recount no. %(number)s: batches %(batches)s were keyed afresh; of %(forms)s ballots %(differing)s are read "
        "otherwise than before. Reason:",
        len(each["batches"]),
        number=each["number"],
        batches=", ".join(map(str, each["batches"])),
        forms=each["forms"],
        differing=each["differing"],
    )
    ended = translate(_("It was given up before its end. Two certifiers signed:"), locale)
    said = [translate(words, locale)] if each["batches"] else [translate(_("Recount:"), locale)]
    return " ".join([*said, each["reason"], *([ended, each["given_up"]] if each["given_up"] else [])])


def _head(process: OpenProcess, at: datetime, locale: str, *, demo: bool) -> dict[str, Any]:
    return {
        "locale": locale,
        "printed_at": at.isoformat(),
        "organisation": process.organisation.name.get(locale) or process.organisation.name["fr"],
        "process": process.process.title.get(locale) or process.process.title["fr"],
        "demo": demo,
        "kind": "minutes",
    }


def _facts(process: OpenProcess, spec_row: SpecRow, certified: Certified, locale: str) -> list[dict[str, str]]:
    moments = {
        WindowKind(kind): datetime.fromisoformat(moment)
        for kind, moment in certified.minutes.get("windows", {}).items()
    }
    rules = " ".join(
        translate(words, locale) for words in explanation.rule_sentences(spec_row.spec.questions[0], locale)
    )
    pairs = [
        (translate(WINDOWS[kind], locale), i18n.date_and_time(moments[kind], locale, process.zone))
        for kind in _SHOWN_WINDOWS
        if kind in moments
    ]
    counted = i18n.date_and_time(certified.count.at, locale, process.zone)
    signed = i18n.date_and_time(certified.at, locale, process.zone)
    pairs += [
        (translate(_("Rule"), locale), rules),
        (translate(_("Count"), locale), f"{certified.minutes.get('count', 1)} · {counted}"),
        (translate(_("Certified"), locale), signed),
    ]
    return [{"label": label, "value": value} for label, value in pairs]


def identity_data(shown: identities.Shown, locale: str, heading: str = "") -> dict[str, Any]:
    """One equation as the printed report takes it."""
    return {
        "title": heading or translate(shown.title, locale),
        "left": [_term(term, locale) for term in shown.left],
        "right": [_term(term, locale) for term in shown.right],
        "difference": shown.difference,
        **({"reasons": list(shown.reasons)} if shown.reasons else {}),
    }


def _term(term: dict[str, Any], locale: str) -> dict[str, Any]:
    found = {"label": translate(term["label"], locale), "value": term["value"]}
    return {**found, "minus": True} if term["minus"] else found


def _results(spec: BallotSpec, count: Count, locale: str) -> dict[str, Any]:
    result = load_result(count.result)
    return {
        "results": [_contest(contest, locale) for contest in contest_results(spec, result, locale, "")],
        "rejected": [
            {"reason": translate(wording.REJECTIONS[BallotRejection(reason)], locale), "count": number}
            for reason, number in result.rejected.items()
        ],
    }


def _contest(contest: ContestResult, locale: str) -> dict[str, Any]:
    columns = contest.table_channels
    return {
        "title": in_language(contest.question.title, locale),
        "envelope": contest.question.envelope,
        "spent": contest.spent,
        "unit": contest.unit,
        "columns": [translate(CHANNEL_WORDS[key], locale) for key in columns],
        "rows": [_row(row, columns, locale) for row in contest.table_rows],
        "blank": contest.blanks,
        "ballots": contest.ballots,
    }


def _row(row: ResultRow, columns: list[str], locale: str) -> dict[str, Any]:
    found = {
        "number": row.number,
        "title": in_language(row.title, locale),
        "values": [(row.by_channel or {}).get(key) for key in columns],
        "total": row.total,
        "cost": row.cost,
        "funded": row.funded,
        "why": translate(row.why, locale),
    }
    return {**found, "margin": translate(row.margin, locale)} if row.margin else found


def _digests(spec_row: SpecRow, certified: Certified, locale: str) -> list[dict[str, str]]:
    chain = certified.minutes.get("chain", {})
    pairs = [
        (_("Rules of the vote"), spec_row.digest),
        (_("Count"), certified.count.digest),
        (_("Ledger"), chain.get("digest", "")),
    ]
    return [{"label": translate(label, locale), "value": digest} for label, digest in pairs if digest]
