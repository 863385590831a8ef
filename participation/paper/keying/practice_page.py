"""What the practice screen shows: a sample form, and after it was keyed, what the desk would make of it."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import FormData

from participation.ballots.models import BallotRejection
from participation.counting.spec import Question
from participation.paper.keying import forms
from participation.paper.keying.page import read_back
from participation.paper.keying.practice import SIGN_WORDS, judge, samples
from participation.paper.marks import printed_reasons
from participation.processes.queries import SpecRow


def first_question(spec_row: SpecRow) -> Question:
    """The question on which people practise: the first of the first district."""
    spec = spec_row.spec
    return spec.questions_of(spec.styles[0].id)[0]


def shown(question: Question, position: int, right: str, typed: FormData) -> dict[str, Any]:
    """The sample at that position, judged where something was typed. `right` is a 1 or 0 for each form before."""
    sheets = samples(question)
    right = right if re.fullmatch(r"[01]{0,99}", right) else ""
    page: dict[str, Any] = {
        "question": question, "position": position, "total": len(sheets), "right": right, "lines": {}, "errors": {},
        "verdict": None, "sample": sheets[position - 1] if position <= len(sheets) else None,
        "sign_words": SIGN_WORDS, "over_is_offered": BallotRejection.OVER in printed_reasons([question]),
    }  # fmt: skip
    if page["sample"] is None or "typed" not in typed:
        return page
    return page | _judged(question, page, right, typed)


def _judged(question: Question, page: dict[str, Any], right: str, typed: FormData) -> dict[str, Any]:
    sample, position = page["sample"], page["position"]
    form = FormData([*typed.multi_items(), ("position", str(position)), ("nonce", "practice")])
    keyed, errors = forms.read_keying(form, [question], numbered=False)
    if keyed.reading is None:
        return {"errors": errors, "lines": keyed.lines}
    verdict = judge(question, sample, keyed.reading)
    return {
        "verdict": verdict,
        "right": right + ("1" if verdict.right else "0"),
        "yours": read_back([question], position, keyed.reading),
        "theirs": read_back([question], position, sample.reading),
        "reasons": [forms.explain(flaw) for flaw in verdict.flaws if flaw.found or flaw.number],
    }
