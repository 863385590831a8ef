"""The public bundle counted again by anybody: `participation verify BUNDLE.zip`, without a database.

The bundle holds the rules that voters were promised, every counted ballot, and what was decided. Counting the
ballots under the rules must give what was decided, number for number. The file comes from anywhere: it is read
within bounds, and whatever is not as we write it is malformed.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from participation.counting.canonical import dump_spec, load_spec, spec_digest
from participation.counting.ledger import canonical_json
from participation.counting.pabulib import parse
from participation.counting.spec import BallotSpec, Question
from participation.counting.tally import profile_of, tally
from participation.counts.models import Count
from participation.counts.results import CountResult, QuestionResult, dump_result, load_result
from participation.counts.service import Changes, decide
from participation.errors import DomainError

SPEC, COUNT, TOTALS = "spec.json", "count.json", "totals.csv"
FORMAT = "public-bundle/1"
MOST_FILES, MOST_BYTES = 200, 256 * 1024 * 1024
"""A city's ballots take a few MiB; a small file that unpacks to more than this is not a bundle."""


class MalformedBundle(ValueError):
    """The file cannot be read as a bundle: why, in one English sentence."""


def outcome(part: QuestionResult) -> dict[str, Any]:
    """What was found and decided in one contest. Totals only: no group of ballots is told apart."""
    dumped: dict[str, Any] = dump_result(CountResult("", {}, {}, (part,)))["questions"][0]
    total = part.counted.total
    kept = {name: dumped[name] for name in ("id", "options", "withdrawn", "top_ups", "allocation")}
    numbers = {"ballots": total.ballots, "blanks": total.blanks, "votes": list(total.votes)}
    return {**kept, **numbers, "points": list(total.points)}


def bundled(spec: BallotSpec, count: Count, files: Mapping[str, str]) -> dict[str, str]:
    """The files with the rules and the decision beside them, by which they can be verified."""
    result = load_result(count.result)
    stated = {
        "format": FORMAT,
        "spec": spec_digest(spec),
        "count": count.digest,
        "contests": [outcome(part) for part in result.questions],
        "files": {name: sha256(text.encode()).hexdigest() for name, text in files.items()},
    }
    return {**files, SPEC: dump_spec(spec), COUNT: canonical_json(stated)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared."""

    what: str
    agrees: bool


def verify(file: Path) -> list[Finding]:
    """What agrees and what does not. MalformedBundle."""
    try:
        texts = _read(file)
        return list(_compare(texts))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        if isinstance(error, MalformedBundle):
            raise
        raise MalformedBundle(f"The bundle does not hold what it should: {type(error).__name__} {error}") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:  # encrypted, or packed unusually
        raise MalformedBundle("This is not a ZIP file that can be read.") from error
    except DomainError as error:
        raise MalformedBundle("The rules of this bundle cannot be applied to its ballots.") from error


def _read(file: Path) -> dict[str, str]:
    """Name → text. What an entry claims of its size is not believed: reading stops at the bound."""
    texts: dict[str, str] = {}
    left = MOST_BYTES
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES:
            raise MalformedBundle(f"There are {len(entries)} files in it, more than {MOST_FILES}.")
        for entry in entries:
            if entry.flag_bits & 1 or entry.filename in texts:
                raise MalformedBundle(f"{entry.filename} is encrypted, or there twice.")
            with archive.open(entry) as opened:
                content = opened.read(left + 1)
            left -= len(content)
            if left < 0:
                raise MalformedBundle(f"It unpacks to more than {MOST_BYTES // 1024**2} MiB.")
            texts[entry.filename] = content.decode()
    return texts


def _compare(texts: Mapping[str, str]) -> Iterator[Finding]:
    for name in (SPEC, COUNT, TOTALS):
        if name not in texts:
            raise MalformedBundle(f"There is no {name} in it.")
    stated, spec = json.loads(texts[COUNT]), load_spec(texts[SPEC])
    if stated["format"] != FORMAT:
        raise MalformedBundle(f"Its format is {stated['format']}, not {FORMAT}.")
    digest = spec_digest(spec)
    yield Finding(f"rules of the vote: digest {digest}", digest == stated["spec"])
    expected = {f"{question.id}.pb" for question in spec.questions} | {TOTALS}
    yield Finding("the files are those of the contests", set(stated["files"]) == expected == set(texts) - {SPEC, COUNT})
    for name, stored in sorted(stated["files"].items()):
        yield Finding(f"{name}: digest {stored}", sha256(texts.get(name, "").encode()).hexdigest() == stored)
    contests = {each["id"]: each for each in stated["contests"]}
    yield Finding("every contest is decided once", list(contests) == [question.id for question in spec.questions])
    for question in spec.questions:
        yield from _recount(question, texts, contests.get(question.id, {}))


def _recount(question: Question, texts: Mapping[str, str], stated: Mapping[str, Any]) -> Iterator[Finding]:
    """Counts one contest by the promised rule, with what is stated to have happened to its projects since."""
    changes = Changes(tuple(stated.get("withdrawn", ())), dict(stated.get("top_ups", {})))
    profile = profile_of(question, parse(texts.get(f"{question.id}.pb", "")).ballots())
    allocation = decide(question, question.rule, profile, changes)
    part = QuestionResult(question.id, tally(profile), (), changes.withdrawn, changes.top_ups, allocation)
    found = outcome(part)
    number = f"{found['ballots']:,} ballots, {found['blanks']:,} of them blank"
    same = [name for name in found if found[name] == stated.get(name)]
    yield Finding(f"{question.id}: {number}", {"ballots", "blanks"} <= set(same))
    yield Finding(
        f"{question.id}: votes and points of {len(found['options'])} projects", {"votes", "points"} <= set(same)
    )
    funded = ", ".join(allocation.selected) or "none"
    yield Finding(
        f"{question.id}: funded under {question.rule.name.value}: {funded}", _decided(found) == _decided(stated)
    )
    yield Finding(f"{question.id}: how it was decided, step by step", len(same) == len(found))
    yield Finding(f"{question.id}: {TOTALS}", _totals_agree(texts[TOTALS], part))


def _decided(contest: Mapping[str, Any]) -> tuple[Any, ...]:
    allocation = contest.get("allocation", {})
    return tuple(allocation.get(name) for name in ("selected", "topup", "spent"))


def _totals_agree(text: str, part: QuestionResult) -> bool:
    """Whether the table of totals has these votes and points."""
    head: list[str] = []
    table = {}
    for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))):
        if "project_id" in row:
            head = row  # each contest has its own: its ways of voting may be others
        elif row[0] == part.id and row[head.index("project_id")]:
            table[row[head.index("project_id")]] = (row[head.index("total")], row[head.index("points")])
    counted = part.counted
    return table == {each: (str(counted.votes(each)), str(counted.points(each))) for each in counted.options}
