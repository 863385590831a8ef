"""The one way into the ballot box.

`cast` takes entries from every channel and applies the precedence that was promised: three rules and one option.
`replace_online` writes what cancels an online ballot, for the acceptance of a declaration, in `acceptance`;
`supersede_round` what cancels the ballots of a batch that two people had recounted; `bring` puts in what a room cast
on another system. Besides these only
`closing.rewrite` inserts into ballot and superseding, and only the rows that it has just deleted.
None of them commits: the writer, a request or a job step does.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select
from sqlmodel import Session, SQLModel, col

from participation.ballots.entries import (
    AnonymousClaim,
    CodeClaim,
    DeclaredClaim,
    Entry,
    PaperClaim,
    PhoneClaim,
    Receipt,
    Refusal,
    RefusalReason,
    RoomClaim,
)
from participation.ballots.models import Ballot, HandCount, RecountedRound, Superseding
from participation.ballots.questionnaires.models import OpenAnswer
from participation.ballots.questionnaires.words import in_words
from participation.counting.answers import Fault, Problem, encode, problems
from participation.counting.opinions import MOST_CHARACTERS
from participation.counting.spec import (
    PAPER_CHANNELS,
    ROOM_REGISTERS,
    BallotSpec,
    Capture,
    Channel,
    Precedence,
    QuestionKind,
    RulingKind,
    SupersedingReason,
)
from participation.db import core_table, insert_new, new_id
from participation.errors import Conflict
from participation.i18n import lazy as _
from participation.processes.queries import SpecRow, Windows, standing_windows
from participation.register import queries as register_queries
from participation.register import service as register
from participation.register.identity import identity_of, near_parts
from participation.register.keys import Keys
from participation.register.models import Case, CodeState, Declaration, DeclarationState

TOTALS = frozenset({Capture.HAND_COUNT, Capture.CARD_COUNT})
_KNOWN = select(col(Ballot.receipt_hash)).where(col(Ballot.receipt_hash).in_(bindparam("hashes", expanding=True)))
_INTO_THE_BOX = insert(core_table(Ballot)).returning(core_table(Ballot).c.id)
"""Returning makes one statement of a group; one for each ballot would wait for the interpreter as often."""


def cast(
    session: Session, keys: Keys, spec_row: SpecRow, entries: Sequence[Entry], at: datetime
) -> list[Receipt | Refusal]:
    """Puts each entry into the box or says why not; one answer per entry, in their order.

    The same nonce gives the same receipt and changes nothing. Two entries of one person in one call are
    taken one after the other, as if they had come in two.
    """
    windows = standing_windows(session, spec_row)
    receipts = [Receipt(keys.receipt_code(entry.nonce)) for entry in entries]
    answers = _seen_before(session, keys, receipts)
    pending = [index for index, answer in enumerate(answers) if answer is None]
    candidates = _resolve(session, keys, spec_row, windows, entries, pending, at)
    for index, candidate in candidates.items():
        if isinstance(candidate, Refusal):
            answers[index] = candidate
    waiting = [(index, found) for index, found in candidates.items() if isinstance(found, _Candidate)]
    while waiting:
        this_round, waiting = _one_per_person(waiting)
        placed = _place(session, keys, spec_row, [candidate for _index, candidate in this_round])
        for (index, _candidate), refusal in zip(this_round, placed, strict=True):
            answers[index] = refusal or receipts[index]
    given = {receipt.code: answer for answer, receipt in zip(answers, receipts, strict=True) if answer}
    return [answer or given[receipt.code] for answer, receipt in zip(answers, receipts, strict=True)]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An entry that is in time, eligible and valid; `voter_hash` is empty for paper, which has no name."""

    entry: Entry
    nonce_hash: str
    voter_hash: str
    hidden: bool
    """Open register: what does not count is stored all the same, and the answer tells nothing."""
    texts: tuple[dict[str, Any], ...] = ()
    """Rows of open_answer: what the digests in the ballot stand for."""


def _seen_before(session: Session, keys: Keys, receipts: Sequence[Receipt]) -> list[Receipt | Refusal | None]:
    """The receipts that are in the box already, in their places; None for what is new."""
    hashes = [keys.plain_hash(receipt.code) for receipt in receipts]
    known = set(session.connection().execute(_KNOWN, {"hashes": hashes}).scalars())
    return [receipt if digest in known else None for receipt, digest in zip(receipts, hashes, strict=True)]


def _resolve(
    session: Session,
    keys: Keys,
    spec_row: SpecRow,
    windows: Windows,
    entries: Sequence[Entry],
    pending: Sequence[int],
    at: datetime,
) -> dict[int, _Candidate | Refusal]:
    """For each pending entry its candidate, or the first reason why it is refused."""
    claims = [entries[index].claim for index in pending]
    wanted = [claim.code_hash for claim in claims if isinstance(claim, CodeClaim)]
    codes = register_queries.codes(session, spec_row.id, wanted) if wanted else {}
    found: dict[int, _Candidate | Refusal] = {}
    for index in pending:
        entry, texts = in_words(spec_row.id, entries[index])
        refusal = _untimely(entry, windows, at) or _invalid(entry, spec_row.spec)
        candidate = refusal or _identify(keys, spec_row, entry, codes)
        found[index] = replace(candidate, texts=texts) if texts and isinstance(candidate, _Candidate) else candidate
    return found


def _untimely(entry: Entry, windows: Windows, at: datetime) -> Refusal | None:
    """Judged on the instant of reception. Paper was judged when its declaration was accepted; opinions on paper have
    none, and may be read again after the close like any other sheet."""
    if isinstance(entry.claim, PaperClaim | PhoneClaim):
        return None
    if isinstance(entry.claim, RoomClaim):
        takes = windows.elsewhere_takes if entry.source.channel is Channel.ONLINE else windows.room_takes
        return None if takes(entry.received) else Refusal(RefusalReason.NOT_OPEN)
    opinion_on_paper = isinstance(entry.claim, AnonymousClaim) and entry.source.channel in PAPER_CHANNELS
    if windows.intake_closed(at) and not opinion_on_paper:
        return Refusal(RefusalReason.INTAKE_CLOSED)
    if not windows.open_for(entry.source.channel, entry.received):
        return Refusal(RefusalReason.NOT_OPEN)
    return None


def _invalid(entry: Entry, spec: BallotSpec) -> Refusal | None:
    """A wrong style or an answer that breaks the limits. What a person rejected is kept as it was read."""
    if entry.style not in spec.style:
        return Refusal(RefusalReason.WRONG_STYLE)
    if entry.ruling is RulingKind.REJECTED:
        return None
    faults = answer_problems(spec, entry)
    return Refusal(RefusalReason.INVALID_ANSWERS, faults) if faults else None


def answer_problems(spec: BallotSpec, entry: Entry) -> tuple[Problem, ...]:
    """Every fault of the answers against the questions of the entry's style."""
    questions = {question.id: question for question in spec.questions_of(entry.style)}
    found: list[Problem] = []
    for question_id, answer in entry.choices:
        question = questions.get(question_id)
        if question is None:
            found.append(Problem(Fault.UNKNOWN_QUESTION, question_id))
        else:
            found.extend(problems(question, answer))
    found.extend(
        Problem(Fault.TOO_LONG, words.question_id, "", MOST_CHARACTERS, len(words.text))
        for words in entry.texts
        if len(words.text) > MOST_CHARACTERS
    )
    return tuple(found)


def _identify(
    keys: Keys, spec_row: SpecRow, entry: Entry, codes: dict[str, register_queries.CodeRow]
) -> _Candidate | Refusal:
    nonce_hash = keys.plain_hash(entry.nonce)
    claim = entry.claim
    if isinstance(claim, AnonymousClaim) and not spec_row.spec.is_questionnaire:
        return Refusal(RefusalReason.DECLARATION_INCOMPLETE)
    if isinstance(claim, PaperClaim | PhoneClaim | AnonymousClaim):
        return _Candidate(entry, nonce_hash, "", hidden=False)
    if isinstance(claim, RoomClaim) != (spec_row.spec.register in ROOM_REGISTERS):
        return Refusal(RefusalReason.DECLARATION_INCOMPLETE)
    if isinstance(claim, RoomClaim):
        nonce_hash = keys.nonce_hash(spec_row.id, entry.nonce)
        return _Candidate(entry, nonce_hash, keys.voter_hash(spec_row.id, claim.identity), hidden=False)
    if isinstance(claim, CodeClaim):
        code = codes.get(claim.code_hash)
        if code is None or code.state is CodeState.CANCELLED:
            return Refusal(RefusalReason.UNKNOWN_CODE)
        if code.style != entry.style:
            return Refusal(RefusalReason.WRONG_STYLE)
        return _Candidate(entry, nonce_hash, keys.voter_hash(spec_row.id, code.identity), hidden=False)
    identity = identity_of(claim.fields, spec_row.spec.match_fields)
    if identity is None:
        return Refusal(RefusalReason.DECLARATION_INCOMPLETE)
    return _Candidate(entry, nonce_hash, keys.voter_hash(spec_row.id, identity), hidden=True)


def _one_per_person(
    waiting: list[tuple[int, _Candidate]],
) -> tuple[list[tuple[int, _Candidate]], list[tuple[int, _Candidate]]]:
    """The first entry of each person and nonce now, the others in a later round.

    A repeated nonce never: it gets the answer of the first, so nobody is given a receipt of what was refused.
    """
    seen: set[str] = set()
    nonces: set[str] = set()
    now, later = [], []
    for index, candidate in waiting:
        if candidate.nonce_hash in nonces:
            continue
        nonces.add(candidate.nonce_hash)
        if candidate.voter_hash and candidate.voter_hash in seen:
            later.append((index, candidate))
            nonces.discard(candidate.nonce_hash)
        else:
            seen.add(candidate.voter_hash)
            now.append((index, candidate))
    return now, later


def _place(session: Session, keys: Keys, spec_row: SpecRow, candidates: Sequence[_Candidate]) -> list[Refusal | None]:
    """Marks the people, writes the ballots and what they supersede; set by set, not row by row."""
    voters = [(found.voter_hash, found.entry.source.channel) for found in candidates if found.voter_hash]
    first_time = register.mark(session, spec_row.id, voters)
    again = [found for found in candidates if found.voter_hash and found.voter_hash not in first_time]
    standing = _standing(session, keys, spec_row, again)
    refusals: list[Refusal | None] = []
    ballots: list[dict[str, Any]] = []
    supersedings: list[dict[str, Any]] = []
    for found in candidates:
        earlier = standing.get(found.voter_hash)
        verdict = _verdict(spec_row.spec, earlier, hidden=found.hidden)
        if verdict is None:
            refusals.append(Refusal(RefusalReason.ALREADY_RECEIVED))
            continue
        tag = _tag(keys, spec_row, found)
        revision = (earlier.revision if earlier else 0) + 1
        refusals.append(None)
        ballots.append(_ballot_row(spec_row, found, keys, tag, revision if tag else None))
        if earlier and tag:
            supersedings.extend(_superseding_rows(spec_row.id, tag, revision, verdict))
    _write(session, ballots, supersedings)
    stored = [found for found, refusal in zip(candidates, refusals, strict=True) if refusal is None]
    if texts := [row for found in stored for row in found.texts]:
        session.connection().execute(insert(core_table(OpenAnswer)), texts)
    if spec_row.spec.precedence is Precedence.ALL_VOID:
        for found in again:  # the envelope of somebody who voted on paper before stays closed as well
            register.set_aside_accepted(session, spec_row.id, found.voter_hash)
    _after(session, keys, spec_row, stored, first_time)
    return refusals


@dataclass(frozen=True, slots=True)
class _Standing:
    """What is already there in a person's name: the channel of the mark, the last online revision."""

    channel: Channel
    revision: int
    tag: str


def _standing(session: Session, keys: Keys, spec_row: SpecRow, again: Sequence[_Candidate]) -> dict[str, _Standing]:
    if not again:
        return {}
    channels = register_queries.channels_of(session, spec_row.id, [found.voter_hash for found in again])
    tags = {found.voter_hash: keys.tag(spec_row.id, found.voter_hash) for found in again}
    revisions = last_revisions(session, list(tags.values()))
    return {
        voter_hash: _Standing(channel, revisions.get(tags[voter_hash], 0), tags[voter_hash])
        for voter_hash, channel in channels.items()
    }


def last_revisions(session: Session, tags: Sequence[str]) -> dict[str, int]:
    """Tag → the highest revision in the box."""
    rows = session.execute(
        select(col(Ballot.tag), func.max(col(Ballot.revision)).label("revision"))
        .where(col(Ballot.tag).in_(tags))
        .group_by(col(Ballot.tag))
    )
    return {row.tag: row.revision for row in rows}


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Which of a person's online ballots a further one cancels: itself, those before it, or both."""

    itself: SupersedingReason | None = None
    earlier: SupersedingReason | None = None


def code_is_spent(session: Session, keys: Keys, spec_row: SpecRow, code: register_queries.CodeRow) -> bool:
    """Whether a ballot with this code would be refused now. Only for somebody who holds the code."""
    voter_hash = keys.voter_hash(spec_row.id, code.identity)
    channel = register_queries.channels_of(session, spec_row.id, [voter_hash]).get(voter_hash)
    earlier = _Standing(channel, 0, "") if channel else None
    return _verdict(spec_row.spec, earlier, hidden=False) is None


def _verdict(spec: BallotSpec, earlier: _Standing | None, *, hidden: bool) -> _Verdict | None:
    """The precedence table, row by row. None: refused, because the person may be told."""
    if earlier is None:
        return _Verdict()
    by_paper = earlier.channel in PAPER_CHANNELS
    if spec.precedence is Precedence.ALL_VOID:
        return _Verdict(SupersedingReason.VOID, SupersedingReason.VOID)
    if not by_paper and spec.change_until_close:
        return _Verdict(earlier=SupersedingReason.OWN_LATER_VOTE)
    if not hidden:
        return None
    # Never PAPER: its receipt would tell whoever knows the name that this person voted on paper before.
    return _Verdict(itself=SupersedingReason.EARLIER_VOTE_STANDS)


def _superseding_rows(spec_id: uuid.UUID, tag: str, revision: int, verdict: _Verdict) -> Iterable[dict[str, Any]]:
    if verdict.itself:
        yield {"tag": tag, "revision": revision, "spec_id": spec_id, "reason": verdict.itself}
    if verdict.earlier:
        for before in range(1, revision):
            yield {"tag": tag, "revision": before, "spec_id": spec_id, "reason": verdict.earlier}


def _tag(keys: Keys, spec_row: SpecRow, found: _Candidate) -> str | None:
    if not found.voter_hash or not spec_row.spec.tags_online_ballots:
        return None
    return keys.tag(spec_row.id, found.voter_hash)


def _ballot_row(
    spec_row: SpecRow, found: _Candidate, keys: Keys, tag: str | None, revision: int | None
) -> dict[str, Any]:
    entry, ballot_id = found.entry, new_id()
    choices = encode(entry.choices)
    row: dict[str, Any] = {
        "id": ballot_id,
        "spec_id": spec_row.id,
        "style": entry.style,
        "channel": entry.source.channel,
        "capture": entry.source.capture,
        "place_id": entry.source.place_id,
        "batch_id": entry.source.batch_id,
        "batch_round": entry.source.batch_round,
        "received_on": entry.received.astimezone(spec_row.zone).date(),
        "ruling": entry.ruling,
        "rejection": entry.rejection,
        "choices": choices,
        "nonce_hash": found.nonce_hash,
        "receipt_hash": keys.plain_hash(keys.receipt_code(entry.nonce)),
        "tag": tag,
        "revision": revision,
    }
    row["commitment"] = commitment(row)
    return row


def commitment(row: Any) -> str:
    """What the ledger seals of a ballot. Its random id and nonce make it impossible to guess from choices."""
    parts = (row["id"], row["spec_id"], row["style"], row["channel"], row["capture"], row["ruling"])
    read = (str(row[name] or "") for name in ("rejection", "batch_id", "batch_round"))
    text = "|".join(["ballot/1", *map(str, parts), *read, row["choices"], row["nonce_hash"]])
    return hashlib.sha256(text.encode()).hexdigest()


def _write(session: Session, ballots: list[dict[str, Any]], supersedings: list[dict[str, Any]]) -> None:
    if ballots:
        session.connection().execute(_INTO_THE_BOX, ballots).all()
    if supersedings:
        _supersede(session, supersedings)


def _supersede(session: Session, rows: list[dict[str, Any]]) -> None:
    """A ballot that is superseded already stays so, with its first reason."""
    insert_new(session, Superseding, rows)


def _after(session: Session, keys: Keys, spec_row: SpecRow, stored: Sequence[_Candidate], first_time: set[str]) -> None:
    """What the register keeps of those who took part: used codes, encrypted declarations, possible doubles."""
    used = [found.entry.claim.code_hash for found in stored if isinstance(found.entry.claim, CodeClaim)]
    if used:
        register.use_codes(session, used)
    declared = [
        found for found in stored if isinstance(found.entry.claim, DeclaredClaim) and found.voter_hash in first_time
    ]
    if declared:
        _keep_declarations(session, keys, spec_row, declared)


def _keep_declarations(session: Session, keys: Keys, spec_row: SpecRow, declared: Sequence[_Candidate]) -> None:
    rows = []
    for found in declared:
        assert isinstance(found.entry.claim, DeclaredClaim)
        row = declaration_row(keys, spec_row.id, found.entry.claim.fields, found.voter_hash) | {
            "place_id": None,
            "channel": found.entry.source.channel,
            "received_on": found.entry.received.astimezone(spec_row.zone).date(),
            "style": found.entry.style,
            "state": DeclarationState.ACCEPTED,
        }
        rows.append(row)
    cases = [
        {"id": new_id(), "spec_id": spec_row.id, "declaration_id": row["id"], "other_id": other, "state": "open"}
        for row, others in zip(rows, register_queries.paper_like(session, rows), strict=True)
        for other in others
    ]
    session.connection().execute(insert(core_table(Declaration)), rows)
    if cases:
        session.connection().execute(insert(core_table(Case)), cases)


def declaration_row(keys: Keys, spec_id: uuid.UUID, fields: Any, voter_hash: str | None) -> dict[str, Any]:
    """The register's part of a declaration: encrypted fields and the hashes that find its like."""
    a, b, c = (keys.near_hash(spec_id, part) if part else None for part in near_parts(fields))
    return {
        "id": new_id(),
        "spec_id": spec_id,
        "fields": keys.encrypt_fields(spec_id, fields),
        "voter_hash": voter_hash,
        "near_a": a,
        "near_b": b,
        "near_c": c,
    }


def replace_online(
    session: Session, keys: Keys, spec_id: uuid.UUID, voter_hash: str, reason: SupersedingReason
) -> bool:
    """Supersedes every online ballot of that person; True when there was one."""
    tag = keys.tag(spec_id, voter_hash)
    last = last_revisions(session, [tag]).get(tag, 0)
    rows = [{"tag": tag, "revision": number, "spec_id": spec_id, "reason": reason} for number in range(1, last + 1)]
    if rows:
        _supersede(session, rows)
    return bool(rows)


def cast_hand_count(
    session: Session,
    spec_row: SpecRow,
    capture: Capture,
    totals: Mapping[str, int],
    counters: tuple[uuid.UUID, uuid.UUID | None],
    at: datetime,
) -> int:
    """Puts totals counted in a room into the box; the revision that they have. They take the place of earlier ones.

    Conflict where the question needs ballots one by one, or a total names no option of it.
    """
    question = spec_row.spec.questions[0]
    if question.kind is not QuestionKind.CHOOSE_ONE or capture not in TOTALS:
        raise Conflict(_("Totals do not answer this question: each person’s answer is needed. Nothing was kept."))
    if not set(totals) <= set(question.by_id) or min(totals.values(), default=0) < 0:
        raise Conflict(_("These totals do not fit the question. Nothing was kept."))
    earlier = select(func.max(col(HandCount.revision))).where(
        col(HandCount.spec_id) == spec_row.id, col(HandCount.capture) == capture
    )
    revision = (session.execute(earlier).scalar() or 0) + 1
    row = HandCount(
        spec_id=spec_row.id,
        capture=capture,
        revision=revision,
        totals=dict(totals),
        first_account_id=counters[0],
        second_account_id=counters[1],
        at=at,
    )
    session.add(row)
    session.flush()
    return revision


def bring(
    session: Session,
    spec_row: SpecRow,
    ballots: Sequence[Mapping[str, Any]],
    words: Sequence[Mapping[str, Any]],
    totals: Sequence[Mapping[str, Any]],
) -> int:
    """Puts in what a room cast into the box of another system, whose intake is closed; how many ballots are new.

    The same nonce is the same ballot, so a second time changes nothing. The caller has checked each row against its
    promise and its commitment. Conflict where the box would not hold these ballots, all of them, and no others.
    """
    if spec_row.spec.register not in ROOM_REGISTERS:
        raise Conflict(_("Only ballots of a room are brought from another system. Nothing was kept."))
    new = _insert_all(session, Ballot, [dict(row) for row in ballots], "id")
    _insert_all(session, OpenAnswer, [dict(row) for row in words])
    _insert_all(session, HandCount, [dict(row) for row in totals])
    for brought, of_this in ((ballots, col(Ballot.spec_id)), (words, col(OpenAnswer.spec_id))):
        if session.execute(select(func.count()).where(of_this == spec_row.id)).scalar_one() != len(brought):
            raise Conflict(_("The box would not hold the ballots of this bundle and no others. Nothing was kept."))
    return len(new)


def _insert_all(session: Session, table: type[SQLModel], rows: list[dict[str, Any]], *returned: str) -> list[Any]:
    return insert_new(session, table, rows, *returned) if rows else []


def supersede_round(
    session: Session, spec_id: uuid.UUID, batch_id: uuid.UUID, earlier: int, later: int, at: datetime
) -> None:
    """From `at` on the ballots of the batch's earlier round do not count; those of the later one are in the box."""
    row = {"batch_id": batch_id, "round": earlier, "by_round": later, "spec_id": spec_id, "at": at}
    session.execute(insert(RecountedRound).values(row))
