"""What the worker does, and when: composed here, at the top, because it knows every package."""

from __future__ import annotations

from collections.abc import Sequence

from participation import i18n
from participation.ballots import closing
from participation.db import Database
from participation.jobs import Periodic
from participation.paper.service import forget_outcomes
from participation.processes import queries as processes
from participation.publication import ledger
from participation.publication.service import close_confirmed
from participation.register.keys import Keys
from participation.settings import Settings


def periodic_work(settings: Settings) -> Sequence[Periodic]:
    """Close what two people agreed to close, seal what was done, rewrite and seal the box every night of a vote,
    destroy keys that came back."""
    database, keys = Database(settings.database_url), Keys(settings)
    return (
        Periodic("close-intake", "* * * * *", lambda: close_confirmed(database, keys, i18n.now())),
        Periodic("seal", "*/5 * * * *", lambda: seal_all(database)),
        Periodic("rewrite", "20 3 * * *", lambda: rewrite_all(database)),
        Periodic("destroy-keys-again", "40 3 * * *", lambda: destroy_keys_again(database, keys)),
    )


def seal_all(database: Database) -> None:
    """Appends what was done since to each process's chain, and once intake is closed the ballots too."""
    with database.reading() as session:
        ids = [process.id for process, _body in processes.public_processes(session)]
    for process_id in ids:
        with database.writing() as session:
            ledger.seal(session, process_id, i18n.now())


def rewrite_all(database: Database) -> None:
    """Rewrites the box of every vote whose intake is still open, then seals the ballots of the days that are over;
    forgets yesterday's forms of the desks."""
    at = i18n.now()
    with database.writing() as session:
        forget_outcomes(session, before=at.date())
    with database.reading() as session:
        open_specs = [
            spec_row
            for process, _body in processes.public_processes(session)
            if (spec_row := processes.current_spec(session, process.id))
            and not processes.windows_of(session, spec_row.id).intake_closed(at)
        ]
    for spec_row in open_specs:
        closing.nightly_rewrite(database, spec_row, at)
        with database.writing() as session:
            ledger.seal(session, spec_row.process_id, at, rewritten=True)


def destroy_keys_again(database: Database, keys: Keys) -> None:
    with database.reading() as session:
        closing.destroy_again(session, keys)
