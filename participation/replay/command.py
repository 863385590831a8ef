"""`participation replay`: from the file to the compared result."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import typer
from pydantic import SecretStr

from participation import i18n
from participation.accounts import service as accounts
from participation.accounts.models import Role
from participation.accounts.permissions import Actor, GrantRow
from participation.ballots import closing
from participation.ballots import queries as box
from participation.counting.declared import Wish, rule_of
from participation.counting.election import PabulibError
from participation.counting.pabulib import parse
from participation.counting.published import differences
from participation.counting.spec import PAPER_CHANNELS, Channel, CountingRule
from participation.counting_commands import count_object
from participation.counts.results import CountResult, load_result
from participation.db import Database
from participation.processes import service as processes
from participation.processes.models import WindowKind
from participation.processes.queries import SpecRow, spec_by_id
from participation.publication import service as publication
from participation.register.keys import Keys
from participation.replay import build, people
from participation.replay.blueprint import ONLINE, PAPER, PublishedBallot, ballots_of, inexpressible, question_of
from participation.replay.desk import Keyed, keyed_so_far
from participation.replay.server import running_site
from participation.replay.state import State, open_state
from participation.settings import Settings

INEXPRESSIBLE = 2
DIFFERENT = 1


def run_replay(file: Path, database_url: str, *, as_json: bool) -> int:
    """Replays the file and prints the result. 0: as published; 1: a count differs; 2: it cannot be replayed."""
    started = time.monotonic()
    content = file.read_bytes()
    try:
        election = parse(content)
        rule, notices = rule_of(election, Wish(None, None, None, CountingRule()))
        plan = build.Plan(question_of(election, rule), list(ballots_of(election)))
    except (PabulibError, ValueError) as error:
        typer.echo(f"{file}, {error}", err=True)
        return INEXPRESSIBLE
    if refused := inexpressible(plan.question, plan.ballots):
        for ballot, why in refused:
            typer.echo(f"{file}, line {ballot.line}: the form cannot say this ballot ({why})", err=True)
        typer.echo(f"{len(refused)} ballots cannot be cast; nothing was cast.", err=True)
        return INEXPRESSIBLE
    state = open_state(content, database_url)
    try:
        result, cast = _replay(state, plan)
    except build.CannotBeBuilt as error:
        typer.echo(f"{file}: {error}", err=True)
        state.forget()
        return INEXPRESSIBLE
    seconds = time.monotonic() - started
    warnings = [str(notice) for notice in (*election.notices, *notices)]
    report = _report(result, seconds, cast, plan.ballots, warnings)
    found = [str(notice) for notice in differences(election, result.questions[0].counted)]
    _print(report, found, as_json=as_json)
    return DIFFERENT if found or cast != len(plan.ballots) else 0


def _replay(state: State, plan: build.Plan) -> tuple[CountResult, int]:
    """Everything between the file and the count, from where an earlier run stopped."""
    settings = Settings(
        database_url=state.notes.database_url,
        secret_key=SecretStr(state.secret_key),
        keys_dir=state.keys_dir,
        demo=False,
    )
    database, keys = Database(settings.database_url), Keys(settings)
    if state.notes.stage == "new":
        build.build(state, database, keys, plan, i18n.now())
    if state.notes.stage == "built":
        tokens = _sign_in(state, database)
        keyed = keyed_so_far(database, uuid.UUID(state.notes.spec_id))
        with running_site(state) as base:
            asyncio.run(_cast(state, plan, base, tokens, keyed))
        state.notes.stage = "cast"
        state.save()
    spec_row = _spec(state, database)
    result, cast = _close_and_count(state, database, keys, spec_row)
    state.notes.stage = "finished"
    state.save()
    database.dispose()
    return result, cast


async def _cast(state: State, plan: build.Plan, base: str, tokens: dict[str, str], keyed: Keyed) -> None:
    await people.cast_online(state, plan, base, _progress)
    await people.cast_paper(state, plan, base, tokens, keyed, _progress)


def _progress(what: str, done: int, total: int) -> None:
    typer.echo(f"{what}: {done} of {total}", err=True)


def _sign_in(state: State, database: Database) -> dict[str, str]:
    """A session for each member of staff. Sessions are work of the desk, not of this proof."""
    with database.writing() as session:
        return {
            part: accounts.sign_in(session, uuid.UUID(account_id), i18n.now())
            for part, account_id in state.notes.accounts.items()
        }


def _spec(state: State, database: Database) -> SpecRow:
    with database.reading() as session:
        found = spec_by_id(session, uuid.UUID(state.notes.spec_id))
    assert found is not None
    return found


def _close_and_count(state: State, database: Database, keys: Keys, spec_row: SpecRow) -> tuple[CountResult, int]:
    """Ends the vote early by events of two people, closes intake, counts; each step only where it is missing."""
    first, second = (uuid.UUID(state.notes.accounts[f"certifier-{number}"]) for number in (1, 2))
    at = i18n.now()
    with database.writing() as session:
        if closing.closing_obstacles(session, spec_row, at):
            _end_voting(session, spec_row, first, second, at)
    at = max(at + timedelta(milliseconds=1), i18n.now())
    closing.close_intake(database, keys, spec_row, first_account_id=first, second_account_id=second, at=at)
    certifier = Actor(first, "certifier-1", (GrantRow(Role.CERTIFIER, None, spec_row.process_id),))
    with database.writing() as session:
        count = publication.run(session, spec_row, actor=certifier, at=max(at, i18n.now()))
        cast = sum(box.received_counts(session, spec_row.id).values())
        return load_result(count.result), cast


def _end_voting(session: Any, spec_row: SpecRow, first: uuid.UUID, second: uuid.UUID, at: datetime) -> None:
    for kind in (WindowKind.ONLINE_CLOSES, WindowKind.PAPER_CLOSES):
        processes.add_window(
            session,
            spec_row.id,
            kind,
            at,
            at=at,
            first_account_id=first,
            second_account_id=second,
            reason="Rejeu : tous les bulletins publiés sont déposés.",
        )


def _report(
    result: CountResult, seconds: float, cast: int, published: list[PublishedBallot], warnings: list[str]
) -> dict[str, Any]:
    question = result.questions[0]
    online = next((ballot.channel for ballot in published if not ballot.on_paper), ONLINE)
    paper = next((ballot.channel for ballot in published if ballot.on_paper), PAPER)
    named = question.counted.grouped(lambda group: (paper if Channel(group[0]) in PAPER_CHANNELS else online,))
    return {
        **count_object(named, question.allocation, seconds, warnings),
        "ballots_cast": cast,
        "ballots_published": len(published),
        "seconds": round(seconds, 2),
        "ballots_per_second": round(cast / seconds, 1),
    }


def _print(report: dict[str, Any], differences: list[str], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({**report, "differences": differences}, ensure_ascii=False) + "\n")
        return
    typer.echo(
        f"{report['ballots_cast']} ballots cast in {report['seconds']} s, {report['ballots_per_second']} a second"
    )
    typer.echo(f"funded: {', '.join(report['selected'])}")
    typer.echo("\n".join(differences) or "Every count is the published one.")
