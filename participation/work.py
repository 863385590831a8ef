"""What the worker does, and when: composed here, at the top, because it knows every package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from participation import i18n, mail, search
from participation.accounts.service import forget_ended
from participation.accounts.throttle import forget_failures
from participation.ballots import closing
from participation.ballots.questionnaires.service import forget_drafts
from participation.consultations.briefs import service as briefs
from participation.consultations.comments.reactions import forget_devices
from participation.consultations.documents.reading import file_work, reading_work
from participation.consultations.follow_up import finding as follow_up
from participation.consultations.reminders.service import tell_all
from participation.consultations.retention.service import erase_all
from participation.consultations.subscriptions.service import forget_subscriptions, tell_subscribers
from participation.consultations.suspensions import forget_origins
from participation.db import Database
from participation.demo.clock import demo_clock
from participation.extraction.reader import Words
from participation.files import sweep_files
from participation.jobs import Chunked, Periodic
from participation.live.floor import service as floor
from participation.live.local.rehearsal import wipe_over
from participation.live.settling import settle_all, unsettled_specs
from participation.live.speaking import service as speaking
from participation.paper.intake.submissions import forget_outcomes
from participation.paper.questionnaires import scan_job as questionnaire_scans
from participation.paper.remote import kits, letter_job
from participation.paper.remote.phone import forget_numbers
from participation.paper.scans import retention, scan_job
from participation.paper.sheets import print_job
from participation.paper.sheets.print_job import Press
from participation.processes import queries as processes
from participation.publication import ledger
from participation.publication.box_check import check_boxes
from participation.publication.service import close_confirmed
from participation.register.keys import Keys
from participation.settings import Settings

log = structlog.get_logger()


def periodic_work(settings: Settings) -> Sequence[Periodic]:
    """Close what two people agreed to close, seal what was done, rewrite and seal the box every night of a vote,
    destroy keys that came back, forget who got a password wrong. By the clock of the site, which the demo may hold."""
    database, keys = Database(settings.database_url), Keys(settings)
    clock = demo_clock(settings) or i18n.now
    press = Press(database, settings, clock)
    return (
        Periodic("close-intake", "* * * * *", lambda: close_confirmed(database, keys, clock())),
        Periodic("settle-polls", "* * * * *", lambda: settle_all(database, keys, clock())),
        Periodic("seal", "*/5 * * * *", lambda: seal_all(database, clock())),
        Periodic("forget-expired", "*/15 * * * *", lambda: forget_all(database, clock())),
        Periodic("tidy-print-runs", "*/10 * * * *", lambda: print_job.tidy(press)),
        Periodic("tidy-letters", "*/10 * * * *", lambda: letter_job.tidy(press, keys)),
        Periodic("destroy-scans", "50 2 * * *", lambda: retention.destroy_due(press)),
        Periodic("destroy-questionnaire-scans", "55 2 * * *", lambda: questionnaire_scans.destroy_due(press)),
        Periodic("rewrite", "20 3 * * *", lambda: rewrite_all(database, clock())),
        Periodic("verify-box", "0 4 * * *", lambda: verify_boxes(database)),
        Periodic("erase-contacts", "0 3 * * *", lambda: erase_all(database, clock())),
        Periodic("sweep-files", "10 3 * * *", lambda: sweep_files(database, settings, clock())),
        Periodic("remind", "*/10 8-19 * * *", lambda: tell_all(database, settings, clock())),
        Periodic("tell-subscribers", "10 8-20 * * *", lambda: tell_subscribers(database, settings, clock())),
        Periodic("send-mail", "* * * * *", lambda: mail.send_waiting(database, settings, clock())),
        Periodic("open-reports", "*/5 * * * *", lambda: follow_up.find_opened(database, clock())),
        Periodic("tidy-search", "30 2 * * *", lambda: tidy_search(database)),
        Periodic("destroy-keys-again", "40 3 * * *", lambda: destroy_keys_again(database, keys)),
    )


def chunked_work(settings: Settings) -> Sequence[Chunked]:
    """What rows ask for: print runs, letters with codes, and files of scans."""
    clock = demo_clock(settings) or i18n.now
    press = Press(Database(settings.database_url), settings, clock)
    database = press.database
    documents = reading_work(database, settings, clock)
    return (
        documents,
        file_work(database, settings, clock, hand_on_words),
        print_job.print_work(press),
        letter_job.letter_work(press, Keys(settings)),
        scan_job.scan_work(press),
        questionnaire_scans.scan_work(press),
    )


def hand_on_words(session: Session, digest: str, words: Words, at: datetime) -> None:
    """To whatever this file belongs to: briefs, a report."""
    briefs.note_words(session, digest, words, at)
    follow_up.note_words(session, digest, words, at)


def seal_all(database: Database, at: datetime) -> None:
    """Appends what was done since to each process's chain, and once intake is closed the ballots too."""
    with database.reading() as session:
        ids = [process.id for process, _body in processes.public_processes(session)]
    for process_id in ids:
        with database.writing() as session:
            ledger.seal(session, process_id, at)


def forget_all(database: Database, at: datetime) -> None:
    """Failed attempts that no longer count, sessions and one-time links that have ended, numbers of calls that died,
    drafts of questionnaires whose day has come, addresses of kits once nothing can be received any more,
    subscriptions that nobody confirmed or whose consultation is over, who clicked on what, from where things came,
    names and telephones of past meetings, mail that was sent a month ago."""
    with database.writing() as session:
        forget_failures(session, at)
        forget_ended(session, at)
        forget_numbers(session, at)
        forget_drafts(session, at.date() - timedelta(days=1))  # somewhere it is still that day
        kits.forget_all(session, at)
        forget_subscriptions(session, at)
        forget_devices(session, at)
        forget_origins(session, at)
        floor.forget_marks(session, at)
        speaking.forget_marks(session, at)
        wipe_over(session, at)
        mail.forget_mail(session, at)


def rewrite_all(database: Database, at: datetime) -> None:
    """Rewrites the box of every vote whose intake is still open, then seals the ballots of the days that are over;
    forgets yesterday's forms of the desks."""
    with database.writing() as session:
        forget_outcomes(session, before=at.date())
    with database.reading() as session:
        open_specs = [
            spec_row
            for process, _body in processes.public_processes(session)
            if (spec_row := processes.current_spec(session, process.id))
            and not processes.windows_of(session, spec_row.id).intake_closed(at)
        ] + unsettled_specs(session)
    for spec_row in open_specs:
        closing.nightly_rewrite(database, spec_row, at)
        with database.writing() as session:
            ledger.seal(session, spec_row.process_id, at, rewritten=True)


def verify_boxes(database: Database) -> None:
    """Checks every chain of seals and every certified count; what differs is an error in the log, for a person."""
    with database.reading() as session:
        for finding in check_boxes(session):
            if finding.agrees:
                log.info("box verified", what=finding.what)
            else:
                log.error("BOX DIFFERS", what=finding.what)


def tidy_search(database: Database) -> None:
    with database.writing() as session:
        search.tidy(session)


def destroy_keys_again(database: Database, keys: Keys) -> None:
    with database.reading() as session:
        closing.destroy_again(session, keys)
