"""What people are told when personal information is collected (A-2.1, s. 65), rendered from the data map.

One notice for the web form and the printed slip: who collects, why, by what means, whether one must answer,
who sees it, other parties, outside Québec, withdrawal, how long it is kept, access and correction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import MetaData

from participation.counting.spec import Disclosure, RegisterKind
from participation.errors import Message
from participation.i18n import lazy as _
from participation.i18n import nlazy as ngettext
from participation.i18n import translate
from participation.privacy import Personal, data_map
from participation.processes import policy, words
from participation.processes.drafts import Voting
from participation.processes.models import ProcessKind
from participation.processes.queries import OpenProcess


class Medium(StrEnum):
    """Where the notice stands; it says by what means the information is collected."""

    WEB = "web"
    PAPER = "paper"
    PHONE = "phone"


AFTER_REPORT = "one year after the report, or the months that the consultation names"
MATCHED = ("declaration", "fields")
"""The column of the data map that the matching fields lie in."""

COLUMNS: dict[tuple[str, str], Message] = {
    ("account", "email"): _("E-mail address of a member of staff"),
    ("account", "name"): _("Name of a member of staff"),
    ("event_reason", "text"): _("Reason of a decision, in free words"),
    ("search_entry", "body"): _("Published texts, as the search finds them"),
    ("voter", "register_number"): _("Register number"),
    ("mark", "voter_hash"): _("Unreadable mark that somebody has taken part"),
    ("declaration", "fields"): _("What a person declares, encrypted"),
    ("declaration", "voter_hash"): _("Unreadable key of a declaration"),
    ("declaration", "near_a"): _("Unreadable key of birthday and postal code"),
    ("declaration", "near_b"): _("Unreadable key of last name and birthday"),
    ("declaration", "near_c"): _("Unreadable key of name and postal code"),
    ("contribution_text", "text"): _("Words of a comment, question, brief or idea"),
    ("brief", "withheld_reason"): _("Why somebody wishes that their name stay off a brief"),
    ("speaker", "name"): _("Name of somebody who speaks at a hearing"),
    ("respondent", "email"): _("E-mail address of who answers questions"),
    ("speaker", "email"): _("E-mail address of somebody who speaks at a hearing"),
    ("speaker", "phone"): _("Telephone of somebody who speaks at a hearing"),
    ("speaker", "needs"): _("What a speaker needs to come and be understood"),
    ("speaker", "needs_note"): _("What a speaker adds about these needs"),
    ("contributor", "name"): _("Name of somebody who contributed"),
    ("contributor", "email"): _("E-mail address of somebody who contributed"),
    ("contributor", "phone"): _("Telephone of somebody who contributed"),
    ("subscription", "email"): _("E-mail address of somebody who follows a consultation"),
    ("reaction", "device_hash"): _("Unreadable mark of a device on which somebody said that a comment helps"),
    ("contribution_origin", "network_hash"): _("Unreadable mark of the connection from which a contribution was sent"),
    ("suspension", "network_hash"): _("Unreadable mark of a connection from which nothing is taken for now"),
    ("outgoing_mail", "recipient"): _("To whom a message goes"),
    ("outgoing_mail", "body"): _("Message that is sent to somebody"),
    ("outgoing_mail", "one_click"): _("Link by which somebody unsubscribes"),
    ("contribution_flag", "note"): _("Why a reader or an author asks for another look"),
    ("coded_passage", "quote"): _("Passage of a file that the commission has put under a theme"),
    ("scan_page", "pictured"): _("Picture of a scanned ballot, on which somebody may have written a name"),
    ("open_answer", "text"): _("Answer to a questionnaire, in somebody’s own words"),
    ("questionnaire_sheet", "text"): _("Answers in words on a sheet that a second person has not read yet"),
    ("questionnaire_page", "pictured"): _(
        "Picture of a scanned questionnaire, on which somebody may have written a name"
    ),
    ("questionnaire_draft", "sealed"): _("Questionnaire that is not sent yet, encrypted for its writer alone"),
    ("letter_name", "voter_id"): _("To whom a letter goes, as a random key"),
    ("letter_name", "sealed"): _("Name and address on a letter, encrypted"),
    ("floor_question", "text"): _("Words of a question put to a meeting"),
    ("floor_question", "name"): _("Name of somebody who asks a question in a meeting"),
    ("floor_question", "device_hash"): _("Unreadable mark of a telephone on which a question was asked"),
    ("rehearsal_answer", "device_hash"): _(
        "Unreadable mark of a telephone that tried a meeting before its doors opened"
    ),
    ("floor_vote", "device_hash"): _("Unreadable mark of a telephone that supports a question"),
    ("speaking_turn", "name"): _("Name or card of somebody who waits to speak"),
    ("speaking_turn", "device_hash"): _("Unreadable mark of a telephone on which somebody joined the queue"),
    ("kit_order", "fields"): _("Name and address to which a paper kit is mailed, encrypted"),
}
"""What each declared column is, in words. A guard fails when one is missing."""

WORDS: dict[str, Message] = {
    message.msgid: message
    for message in (
        _("A-2.1 s. 64"),
        _("30 days after certification, one year at most"),
        _("30 days after the meeting"),
        _("calling people in the room"),
        _("counting each telephone once"),
        _("until the rehearsal ends"),
        _("putting people’s questions to the room"),
        _("telling people what became of their question"),
        _("telling people when it is their turn"),
        _("who runs the meeting"),
        _("14 days, or until a suspension ends"),
        _("60 days after comments have closed"),
        _("administrators"),
        _("answering people and telling them what follows"),
        _("as long as the record of the consultation"),
        _("as the calendar of the body says"),
        _("counting a reader once"),
        _("employment"),
        _("everybody, once published"),
        _("everybody, where its author agrees"),
        _("as long as the text is published"),
        _("everybody"),
        _("finding people who voted twice"),
        _("finding what was published"),
        _("going on later with a questionnaire"),
        _("keeping a name off a brief"),
        _("hearing people in public"),
        _("letting people come and be understood"),
        _("hearing opinions in people’s own words"),
        _("intake desk"),
        _("intake desk and the two deciders of a case"),
        _("keying desk"),
        _("kept as a number that belongs to nobody once intake is closed"),
        _("looking at a contribution again"),
        _("mailing a kit"),
        _("nobody: it is read by the program"),
        _("one person, one vote"),
        _("one year after certification"),
        _("one year after the report, or the months that the consultation names"),
        _("saying whose opinion it is, where its author wishes"),
        _("sending letters"),
        _("sign-in"),
        _("reading ballots from scans"),
        _("reminding who must answer"),
        _("signs minutes and batches"),
        _("staff of the process"),
        _("taking opinions into account"),
        _("the commission and its staff"),
        _("30 days after it was sent"),
        _("telling people what they asked to be told"),
        _("until its owner unsubscribes, or the consultation is over"),
        _("stopping who floods or insults"),
        _("until a second person has read it"),
        _("until a second person has read it, 60 days at most"),
        _("until every case is closed"),
        _("until intake closes"),
        _("until it is erased"),
        _("until it is printed and delivered"),
        _("until the day that the page names"),
        _("until the kit is mailed"),
        _("while employed, then one year"),
        _("who holds the private link"),
        _("who organises the hearings"),
        _("why something was decided"),
        _("with the record where it is public, otherwise with the contacts"),
    )
}
"""The phrases of the data map, so that each language has them. A guard fails when one is missing."""


@dataclass(frozen=True, slots=True)
class MapRow:
    """A line of the public data register."""

    what: Message
    purpose: Message
    basis: Message
    audience: Message
    retention: Message


def data_register(metadata: MetaData, found: OpenProcess | None = None) -> list[MapRow]:
    """Everything personal that the platform may hold, from the declarations in its models; with the delay that a
    consultation has set, on its own page; of a meeting that stands alone what a room holds."""
    alone = found is not None and found.process.kind is ProcessKind.MEETING
    return [
        MapRow(
            COLUMNS[column],
            WORDS[personal.purpose],
            WORDS[personal.basis],
            WORDS[personal.audience],
            _retention(personal, found),
        )
        for column, personal in data_map(metadata).items()
        if not alone or column[0] in OF_A_ROOM
    ]


def _retention(declared: Personal, found: OpenProcess | None) -> Message:
    if found and found.process.kind is ProcessKind.CONSULTATION and declared.retention == AFTER_REPORT:
        months = found.process.contact_months
        return ngettext("%(num)s month after the report is public", "%(num)s months after the report is public", months)
    return WORDS[declared.retention]


def notice(found: OpenProcess, voting: Voting, metadata: MetaData, locale: str, medium: Medium) -> tuple[str, ...]:
    """The paragraphs of the notice of this process, in `locale`, for the web form or the printed slip."""
    declared = data_map(metadata)[MATCHED]
    sentences = [
        _who(found, declared, locale),
        _what(voting, locale, medium),
        _seen_by(declared),
        _("It is given to nobody else and is not sent outside Québec."),
        _(
            "Until you cast your ballot you may stop, and nothing is kept. Afterwards nobody can tell which ballot is "
            "yours, so it cannot be taken back."
        ),
        _kept(found, locale),
        _rights(found, locale),
    ]
    return tuple(translate(sentence, locale) for sentence in sentences)


OPINIONS = ("contribution_text", "text")
CALLED = ("speaking_turn", "name")
OF_A_ROOM = frozenset({"floor_question", "floor_vote", "speaking_turn"})
"""The tables in which a meeting keeps something of people."""


def room_notice(found: OpenProcess, metadata: MetaData, locale: str) -> tuple[str, ...]:
    """The paragraphs of the notice of a meeting that stands alone."""
    declared = data_map(metadata)[CALLED]
    sentences = [
        _who(found, declared, locale),
        _(
            "Answering a poll asks for no name: a telephone or a card of the door stands for one person, and nobody "
            "can tell which answer is whose. Only who wants to speak, or to be called for a question, gives a name."
        ),
        _("Names are seen by who runs the meeting. The wall and the minutes hold none."),
        _("It is given to nobody else and is not sent outside Québec."),
        _("Names, and the marks of telephones, are destroyed 30 days after the meeting."),
        _rights(found, locale),
    ]
    return tuple(translate(sentence, locale) for sentence in sentences)


def contribution_notice(found: OpenProcess, metadata: MetaData, locale: str) -> tuple[str, ...]:
    """The paragraphs of the notice of a consultation, for everything that people ask, write and say in it."""
    sentences = [
        _who(found, data_map(metadata)[OPINIONS], locale),
        _(
            "Giving a name, an e-mail address or a telephone number is optional; not giving one takes nothing away. "
            "Only speakers at a hearing, who are heard in public, give a name and a way to reach them."
        ),
        _(
            "Everybody reads the words that are published, and a name where its owner agreed. E-mail addresses and "
            "telephone numbers are seen by the staff of the consultation alone, to answer and to tell what follows; "
            "what a speaker needs to come, by who organises the hearings."
        ),
        _("It is given to nobody else and is not sent outside Québec."),
        _("With the code that you received you see what you sent, and take it back."),
        _after_report(found),
        _rights(found, locale),
    ]
    return tuple(translate(sentence, locale) for sentence in sentences)


def _after_report(found: OpenProcess) -> Message:
    return ngettext(
        "Addresses, telephone numbers, needs and names that are not public are destroyed %(num)s month after the "
        "report is public. What is public stays with the record.",
        "Addresses, telephone numbers, needs and names that are not public are destroyed %(num)s months after the "
        "report is public. What is public stays with the record.",
        found.process.contact_months,
    )


def of_process(
    found: OpenProcess, voting: Voting, metadata: MetaData, locale: str
) -> tuple[tuple[str, ...], list[Message]]:
    """What the page of a process says: the notice of a consultation or of a meeting, or that of a vote with its
    cautions."""
    if found.process.kind is ProcessKind.CONSULTATION:
        return contribution_notice(found, metadata, locale), []
    if found.process.kind is ProcessKind.MEETING:
        return room_notice(found, metadata, locale), []
    return notice(found, voting, metadata, locale, Medium.WEB), cautions(voting)


IN_WORDS = ("open_answer", "text")


def questionnaire_notice(found: OpenProcess, metadata: MetaData, locale: str, medium: Medium) -> tuple[str, ...]:
    """The paragraphs of the notice of a questionnaire, which asks nobody who they are."""
    declared = data_map(metadata)[IN_WORDS]
    sentences = [
        _who(found, declared, locale),
        _OPINIONS[medium],
        _("Answering is optional, each question too; not answering takes nothing away."),
        _(
            "Seen by: %(audience)s. What you write in your own words may be quoted in the report, without a name.",
            audience=WORDS[declared.audience],
        ),
        _("It is given to nobody else and is not sent outside Québec."),
        _(
            "Nobody can tell which answers are yours, so they cannot be taken back. Words that tell who somebody is "
            "are erased on request: say which."
        ),
        _kept(found, locale),
        _rights(found, locale),
    ]
    return tuple(translate(sentence, locale) for sentence in sentences)


_OPINIONS = {
    Medium.WEB: _("This questionnaire asks for your opinions, and neither for your name nor for an account."),
    Medium.PAPER: _(
        "This form asks for your opinions, which our staff type in, and not for your name. Sign nothing on it."
    ),
    Medium.PHONE: _("On the phone we ask for your opinions, and not for your name. The call is not recorded."),
}


def _who(found: OpenProcess, declared: Personal, locale: str) -> Message:
    body = _in(found.organisation.name, locale)
    if found.organisation.address:
        body = f"{body}, {found.organisation.address}"
    return _(
        "This information is collected for one purpose: %(purpose)s. It is collected by: %(body)s.",
        body=body,
        purpose=WORDS[declared.purpose],
    )


def _what(voting: Voting, locale: str, medium: Medium) -> Message:
    if voting.register_kind is RegisterKind.CLOSED:
        return _WHAT_CLOSED[medium]
    names = ", ".join(translate(words.MATCH_FIELDS[field], locale).lower() for field in voting.match_fields)
    return replace(_WHAT_OPEN[medium], params={"fields": names})


_WHAT_OPEN = {
    Medium.WEB: _(
        "This form asks for %(fields)s. Nobody has to vote; but without this information a ballot cannot be counted."
    ),
    Medium.PAPER: _(
        "This slip asks for %(fields)s, which our staff type in. Nobody has to vote; but without this information a "
        "ballot cannot be counted."
    ),
    Medium.PHONE: _(
        "On the phone we ask for %(fields)s. Nobody has to vote; but without this information a ballot cannot be "
        "counted."
    ),
}
_WHAT_CLOSED = {
    Medium.WEB: _(
        "This form asks for your personal code, which stands for a number in our list, and for nothing else."
    ),
    Medium.PAPER: _(
        "This slip asks for your personal code, which stands for a number in our list, and for your signature. Without "
        "them a ballot cannot be counted."
    ),
    Medium.PHONE: _("On the phone we ask for your personal code, which stands for a number in our list."),
}


def _seen_by(declared: Personal) -> Message:
    return _(
        "Seen by: %(audience)s. Your choices are kept apart, without your name.", audience=WORDS[declared.audience]
    )


def _kept(found: OpenProcess, locale: str) -> Message:
    retention = _in(found.process.retention, locale)
    return _("It will be destroyed %(when)s.", when=retention or _("as soon as intake is closed"))


def _rights(found: OpenProcess, locale: str) -> Message:
    whom = _in(found.organisation.privacy_officer, locale) or found.process.phone
    if not whom:
        return _("You may see it or have it corrected: ask at any of our counters.")
    return _("You may see it or have it corrected: %(whom)s.", whom=whom)


def _in(texts: Mapping[str, str], locale: str) -> str:
    return texts.get(locale) or texts.get("fr", "")


def cautions(voting: Voting) -> list[Message]:
    """What the public must know of the limits of this vote, beside its rules."""
    found = []
    if not policy.finds_people(voting):
        found.append(
            _(
                "This vote does not ask for names, so two votes by one person in two different ways cannot be found. "
                "One vote per person is not checked across them."
            )
        )
    if voting.minimum_age < 14:
        found.append(
            _(
                "People under 14 give no name, postal code or e-mail address: they vote with a code from a school, a "
                "library or a counter. These votes are not compared with the others."
            )
        )
    if voting.disclosure is Disclosure.BALLOTS:
        found.append(
            _(
                "After certification all ballots are published, shuffled and without anything but the choices. A rare "
                "set of choices could be recognised by the person who made it."
            )
        )
    return found
