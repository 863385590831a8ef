"""The fictional people of the demo, each with one role and the desk where their day begins."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlmodel import Session, col

from participation.accounts.models import Account, Role
from participation.errors import Message, NotFound
from participation.i18n import lazy as _

DOMAIN = "ville-fictive.example"
OPEN_PROCESS = "/staff/ville-fictive/quartiers-a-venir"
LAST_EDITION = "/staff/ville-fictive/quartiers-a-venir-precedent"


@dataclass(frozen=True, slots=True)
class Part:
    """One fictional member of staff before the database knows them."""

    mailbox: str
    name: str
    role: Role
    title: Message
    task: Message
    start: str
    group: Message
    domain: str = DOMAIN


SET_UP = _("Prepare the vote")
CONSULT = _("Consult the public")
PAPER = _("Receive and read paper")
END = _("Close, count and certify")
LOOK = _("Look, and change nothing")
MEET = _("Hold a meeting")
ELSEWHERE = _("Somewhere else")

NEIGHBOUR = Part(
    "secretariat",
    "Diane Fictive-Poulin",
    Role.ADMINISTRATOR,
    _("Administrator of another body"),
    _("Runs the small budget of Rive-Claire, and cannot enter the city’s votes."),
    "/staff/rive-claire/rues-et-parcs",
    ELSEWHERE,
    "rive-claire.example",
)
MEETINGS = "/staff/rive-claire/rues-et-parcs/meetings"
ROOM_PARTS: tuple[Part, ...] = (
    Part(
        "animation",
        "Fanny Fictive-Arsenault",
        Role.FACILITATOR,
        _("Facilitator"),
        _("Prepares meetings, opens polls from a remote and publishes the minutes."),
        MEETINGS,
        MEET,
        "rive-claire.example",
    ),
    Part(
        "porte",
        "Bruno Fictif-Castonguay",
        Role.INTAKE_CLERK,
        _("Helper in the room"),
        _("Checks in cards at the door, keys slips and counts hands with a colleague."),
        MEETINGS,
        MEET,
        "rive-claire.example",
    ),
)
OFFICE_PROCESS = "/staff/office-fictif/gare-aux-erables"
OFFICE_DOMAIN = "office-fictif.example"
OFFICE_PARTS: tuple[Part, ...] = (
    Part(
        "secretariat",
        "Estelle Fictive-Marchand",
        Role.ADMINISTRATOR,
        _("Secretary of the consultation office"),
        _("Sets up consultations: calendar, documents, questionnaire, themes."),
        OFFICE_PROCESS,
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "moderation",
        "Farid Fictif-Amrani",
        Role.MODERATOR,
        _("Moderator"),
        _("Reads what comes in, publishes it or says why not."),
        OFFICE_PROCESS + "/moderation",
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "comptoir",
        "Ginette Fictive-Paré",
        Role.ENTRY_CLERK,
        _("Counter clerk"),
        _("Transcribes sheets, calls and messages."),
        OFFICE_PROCESS + "/contributions/new",
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "relecture",
        "Yves Fictif-Lemay",
        Role.ENTRY_CLERK,
        _("Counter clerk, second"),
        _("Reads transcriptions again beside the paper."),
        OFFICE_PROCESS + "/contributions/new",
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "ecarts",
        "Nour Fictive-Khelifi",
        Role.ADJUDICATOR,
        _("Third reader"),
        _("Looks at the sheet where two clerks read otherwise."),
        OFFICE_PROCESS,
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "commission",
        "Hélène Fictive-Sauvé",
        Role.ANALYST,
        _("Commissioner"),
        _("Reads everything and writes the report."),
        OFFICE_PROCESS + "/contributions",
        CONSULT,
        OFFICE_DOMAIN,
    ),
    Part(
        "presidence",
        "Claude Fictif-Ouellette",
        Role.CERTIFIER,
        _("President of the office"),
        _("Closes the questionnaire with the secretary, and sees the counts."),
        OFFICE_PROCESS,
        CONSULT,
        OFFICE_DOMAIN,
    ),
)
PARTS: tuple[Part, ...] = (
    Part(
        "administration",
        "Noémie Fictive-Lavoie",
        Role.ADMINISTRATOR,
        _("Administrator"),
        _("Prepares the vote, its projects and its rules, and publishes it."),
        OPEN_PROCESS,
        SET_UP,
    ),
    Part(
        "accueil",
        "Karim Fictif-Benali",
        Role.INTAKE_CLERK,
        _("Intake clerk"),
        _("Accepts declarations at a counter and hands over ballots."),
        OPEN_PROCESS + "/intake",
        PAPER,
    ),
    Part(
        "accueil2",
        "Lucie Fictive-Roy",
        Role.INTAKE_CLERK,
        _("Intake clerk, second"),
        _("Decides possible duplicates with a colleague."),
        OPEN_PROCESS + "/cases",
        PAPER,
    ),
    Part(
        "saisie1",
        "Thomas Fictif-Gagnon",
        Role.ENTRY_CLERK,
        _("Entry clerk, first keying"),
        _("Opens batches and keys paper ballots."),
        OPEN_PROCESS + "/batches",
        PAPER,
    ),
    Part(
        "saisie2",
        "Aïcha Fictive-Diallo",
        Role.ENTRY_CLERK,
        _("Entry clerk, second keying"),
        _("Keys the same ballots again without seeing the first keying."),
        OPEN_PROCESS + "/batches",
        PAPER,
    ),
    Part(
        "arbitrage",
        "Mei Fictive-Nguyen",
        Role.ADJUDICATOR,
        _("Adjudicator"),
        _("Looks at the paper where two keyings differ."),
        OPEN_PROCESS + "/batches",
        PAPER,
    ),
    Part(
        "certification1",
        "Jean Fictif-Côté",
        Role.CERTIFIER,
        _("Certifier, first"),
        _("Closes the intake, runs the count and signs it."),
        LAST_EDITION + "/closing",
        END,
    ),
    Part(
        "certification2",
        "Rosa Fictive-Silva",
        Role.CERTIFIER,
        _("Certifier, second"),
        _("Signs what the first certifier signed."),
        LAST_EDITION + "/closing",
        END,
    ),
    Part(
        "analyse",
        "Olivier Fictif-Martel",
        Role.ANALYST,
        _("Analyst"),
        _("Tries other counting rules on the certified ballots and exports results."),
        LAST_EDITION + "/what-if",
        LOOK,
    ),
    Part(
        "observation",
        "Sam Fictif-Tessier",
        Role.OBSERVER,
        _("Observer"),
        _("Sees the boards and the log, and changes nothing."),
        OPEN_PROCESS,
        LOOK,
    ),
    *OFFICE_PARTS,
    *ROOM_PARTS,
    NEIGHBOUR,
)


def address_of(part: Part) -> str:
    return f"{part.mailbox}@{part.domain}"


@dataclass(frozen=True, slots=True)
class Person:
    account_id: uuid.UUID
    name: str
    title: Message
    task: Message
    start: str
    group: Message


def people(session: Session) -> list[Person]:
    """Everybody one can step into, in the order of the work."""
    rows = session.execute(
        select(col(Account.id), col(Account.email)).where(col(Account.email).in_([address_of(part) for part in PARTS]))
    )
    ids = {row.email: row.id for row in rows}
    return [
        Person(ids[address_of(part)], part.name, part.title, part.task, part.start, part.group)
        for part in PARTS
        if address_of(part) in ids
    ]


def by_group(everybody: Iterable[Person]) -> list[tuple[Message, list[Person]]]:
    """The same people under what they do, in the same order."""
    return [(title, list(members)) for title, members in groupby(everybody, key=lambda each: each.group)]


def person(session: Session, account_id: uuid.UUID) -> Person:
    """One of them. NotFound for any other account."""
    for candidate in people(session):
        if candidate.account_id == account_id:
            return candidate
    raise NotFound(_("There is no such person in the demonstration."))
