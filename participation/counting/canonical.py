"""A BallotSpec as its canonical text and back: what is stored, digested and published."""

from __future__ import annotations

import json
from typing import Any

from participation.counting.ledger import canonical_json, digest_of
from participation.counting.spec import (
    BallotSpec,
    Completion,
    Condition,
    CountingRule,
    Disclosure,
    MatchField,
    Option,
    Order,
    Precedence,
    Question,
    QuestionKind,
    RegisterKind,
    Reserve,
    RuleName,
    Style,
    Text,
    TieBreak,
    Utility,
)

SPEC_TAG = "ballot-spec/1"


def spec_digest(spec: BallotSpec) -> str:
    """What is printed on forms and published before the vote: it fixes every promise."""
    return digest_of(SPEC_TAG, spec)


def dump_spec(spec: BallotSpec) -> str:
    return canonical_json(spec)


def load_spec(content: str) -> BallotSpec:
    """The spec that `dump_spec` wrote. ValueError or KeyError when it is not one."""
    data = json.loads(content)
    return BallotSpec(
        id=data["id"],
        version=data["version"],
        questions=tuple(_question(item) for item in data["questions"]),
        styles=tuple(Style(item["id"], _text(item["title"]), tuple(item["question_ids"])) for item in data["styles"]),
        register=RegisterKind(data["register"]),
        match_fields=tuple(MatchField(item) for item in data["match_fields"]),
        precedence=Precedence(data["precedence"]),
        change_until_close=data["change_until_close"],
        disclosure=Disclosure(data["disclosure"]),
        minimum_age=data["minimum_age"],
        eligibility=_text(data["eligibility"]),
        introduction=_text(data.get("introduction", [])),
    )


def _text(pairs: list[list[str]]) -> Text:
    return tuple((language, words) for language, words in pairs)


def _question(data: dict[str, Any]) -> Question:
    limits = {name: data[name] for name in ("envelope", "min_choices", "max_choices", "max_points", "max_points_each")}
    options = tuple(Option(**{**item, "title": _text(item["title"])}) for item in data["options"])
    return Question(
        id=data["id"],
        title=_text(data["title"]),
        kind=QuestionKind(data["kind"]),
        options=options,
        rule=load_rule(data["rule"]),
        why=_text(data.get("why", [])),
        help=_text(data.get("help", [])),
        theme=_text(data.get("theme", [])),
        shown_if=_condition(data.get("shown_if")),
        **limits,
    )


def _condition(data: dict[str, Any] | None) -> Condition | None:
    return Condition(data["question_id"], tuple(data["option_ids"])) if data else None


def load_rule(data: dict[str, Any]) -> CountingRule:
    """A rule from its stored fields; those left out have their defaults. ValueError or TypeError if unknown."""
    values = dict(data)
    types: dict[str, Any] = {
        "name": RuleName,
        "order": Order,
        "utility": Utility,
        "completion": Completion,
        "tie_break": TieBreak,
    }
    for name, enum in types.items():
        if name in values:
            values[name] = enum(values[name])
    if "exclusive_pairs" in values:
        values["exclusive_pairs"] = tuple((first, second) for first, second in values["exclusive_pairs"])
    if "reserves" in values:
        values["reserves"] = tuple(Reserve(**item) for item in values["reserves"])
    return CountingRule(**values)
