"""Printed forms over HTTP: the desk that prints them, and what anybody may print at home."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from participation.accounts.access import ActorDep, clock
from participation.accounts.permissions import Permission
from participation.accounts.queries import names_of
from participation.counting.spec import in_language
from participation.db import SessionDep
from participation.errors import Conflict, NotFound
from participation.i18n import LOCALES
from participation.i18n import lazy as _
from participation.paper import printed
from participation.paper.desk import context, paper_places, pdf, published
from participation.paper.intake import prints
from participation.paper.models.desk import Paper
from participation.paper.printed import Edition, Matter, matter_of
from participation.paper.queries import batch_or_404
from participation.paper.sheets import catalogue, questionnaires
from participation.paper.sheets.consultation import occasion_of
from participation.paper.sheets.documents import MOST_CARDS, has_class_pack
from participation.paper.sheets.print_runs import is_numbered
from participation.processes.access import PUBLIC_PROCESS, open_process
from participation.processes.models import ProcessKind, Project
from participation.processes.queries import OpenProcess, contests_of, current_spec, projects_of
from participation.register.identity import fold
from participation.templating import locale_of, page

router = APIRouter()
STAFF = "/{locale}/staff/{organisation}/{slug}"
PUBLIC = "/{locale}/{organisation}/{slug}"
Print = Annotated[OpenProcess, open_process(Permission.PRINT_FORMS)]
Visible = Annotated[OpenProcess, PUBLIC_PROCESS]


def matter_for(request: Request, session: Session, process: OpenProcess) -> Matter:
    """What the sheets of this vote are made of. Conflict while it is a draft."""
    return matter_of(session, process, published(session, process), request.app.state.settings)


def vote_matter_for(request: Request, session: Session, process: OpenProcess) -> Matter:
    """The same for sheets that only a vote has. NotFound in a consultation."""
    matter = matter_for(request, session, process)
    if matter.spec_row.spec.is_questionnaire:
        raise NotFound(_("A consultation has no ballots. Its questionnaire is at the forms desk."))
    return matter


def edition_of(request: Request) -> Edition:
    """The edition that the address asks for; what is unknown is the ordinary one."""
    asked = request.query_params
    language = asked.get("language", "")
    paper = asked.get("paper", "")
    return Edition(
        language if language in LOCALES else locale_of(request),
        Paper(paper) if paper in set(Paper) else Paper.LETTER,
        asked.get("large") == "1",
    )


def projects_by_option(session: Session, process: OpenProcess) -> dict[tuple[str, str], Project]:
    """(question id, option id) → the project and its texts."""
    contests = {contest.id: contest.code for contest in contests_of(session, process.id)}
    return {(contests[row.contest_id], row.code): row for row in projects_of(session, list(contests))}


@router.get(STAFF + "/forms")
def forms_desk(request: Request, session: SessionDep, actor: ActorDep, process: Print) -> Response:
    edition = edition_of(request)
    if process.process.kind is ProcessKind.CONSULTATION:
        shown = _of_consultation(request, session, process, edition)
    else:
        shown = _of_vote(request, session, process, edition)
    shown |= {
        "edition": edition,
        "papers": list(Paper),
        "groups": catalogue.GROUPS,
        "query": f"language={edition.language}&paper={edition.paper.value}" + ("&large=1" if edition.large else ""),
        "may": {each.name: actor.may(each, process.organisation.id, process.id) for each in Permission},
    }
    return page(request, "paper/forms.html", context(process, actor, "/forms", **shown))


def _of_vote(request: Request, session: Session, process: OpenProcess, edition: Edition) -> dict[str, Any]:
    matter, numbered = matter_for(request, session, process), is_numbered(session, process.id)
    spec = matter.spec_row.spec
    return {
        "matter": matter,
        "version": matter.version(edition),
        "places": paper_places(session, process),
        "sheets": catalogue.sheets(matter, projects_by_option(session, process), edition, numbered=numbered),
        "most_cards": MOST_CARDS if has_class_pack(matter) else 0,
        "styles": [(style.id, in_language(style.title, locale_of(request))) for style in spec.styles],
    }


def _of_consultation(request: Request, session: Session, process: OpenProcess, edition: Edition) -> dict[str, Any]:
    """Before its questionnaire is published, everything but that."""
    settings = request.app.state.settings
    occasion = occasion_of(session, process, settings, clock(request))
    matter = matter_of(session, process, occasion.spec_row, settings) if occasion.spec_row else None
    return {
        "matter": matter,
        "version": matter.version(edition) if matter else occasion.version(edition),
        "places": [],
        "sheets": catalogue.of_consultation(occasion, matter, edition),
        "most_cards": 0,
        "styles": [],
    }


def file_name(matter: Matter, what: str, edition: Edition) -> str:
    """Such as ballot-qav-1-fr-letter."""
    return f"{what}-{matter.version(edition)}-{edition.paper.value}".lower()


@router.get(STAFF + "/forms/ballot.pdf")
def ballot_pdf(request: Request, session: SessionDep, process: Print, style: str = "") -> Response:
    """The ballot as a print run makes it, numbered where the process is so; a sample, without a serial."""
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    styles = matter.spec_row.spec.style
    chosen = style or next(iter(styles))
    if chosen not in styles:
        raise NotFound(_("This district is not one of this vote."))
    as_ordered = replace(edition, numbered=is_numbered(session, process.id))
    document = printed.print_form("ballot", printed.ballot(matter, chosen, as_ordered))
    name = file_name(matter, "ballot", edition)
    return pdf(document, f"{name}-{fold(chosen)}" if len(styles) > 1 else name)


@router.get(STAFF + "/forms/declaration.pdf")
def declaration_pdf(
    request: Request, session: SessionDep, process: Print, style: str = "", place: str = ""
) -> Response:
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    where = next((each for each in matter.places if each.code == place), None)
    known = style if style in matter.spec_row.spec.style else ""
    notice = printed.notice(matter, edition.language)
    data = printed.declaration(matter, edition, notice, style=known, place=where)
    return pdf(printed.print_form("declaration", data), file_name(matter, "declaration", edition))


@router.get(STAFF + "/forms/booklet.pdf")
def staff_booklet_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    return _booklet(request, session, process)


@router.get(STAFF + "/batches/{number:int}/header.pdf")
def header_pdf(request: Request, number: int, session: SessionDep, process: Print) -> Response:
    matter, edition = matter_for(request, session, process), edition_of(request)
    batch = batch_or_404(session, matter.spec_row, number)
    box = prints.from_box(session, matter.spec_row, batch.box_id, edition.language)
    data = printed.batch_header(matter, batch, names_of(session, {batch.opened_by}), edition, box)
    return pdf(printed.print_form("batch-header", data), f"batch-{number:03d}")


@router.get(STAFF + "/forms/preparation.pdf")
def staff_preparation_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    document = printed.print_form("preparation", printed.preparation(matter, edition))
    return pdf(document, file_name(matter, "preparation", edition))


@router.get(STAFF + "/forms/questionnaire.pdf")
def staff_questionnaire_pdf(request: Request, session: SessionDep, process: Print) -> Response:
    return _questionnaire(request, session, process)


@router.get(PUBLIC + "/forms/questionnaire.pdf")
def questionnaire_pdf(request: Request, session: SessionDep, process: Visible) -> Response:
    """The questionnaire for who would rather write: printed at home, handed in at a counter or by post."""
    return _questionnaire(request, session, process, public=True)


def _questionnaire(request: Request, session: Session, process: OpenProcess, *, public: bool = False) -> Response:
    row = current_spec(session, process.id)
    if row is None or not row.spec.is_questionnaire:
        missing = _("No questionnaire is published here.")
        raise NotFound(missing) if public else Conflict(missing)
    matter, edition = matter_for(request, session, process), edition_of(request)
    document = printed.print_form("questionnaire", questionnaires.questionnaire(matter, edition))
    return pdf(document, file_name(matter, "questionnaire", edition), public=public)


@router.get(PUBLIC + "/forms/booklet.pdf")
def booklet_pdf(request: Request, session: SessionDep, process: Visible) -> Response:
    return _booklet(request, session, process, public=True)


def _booklet(request: Request, session: Session, process: OpenProcess, *, public: bool = False) -> Response:
    if public and current_spec(session, process.id) is None:
        raise NotFound(_("There is no consultation or vote at this address."))
    matter, edition = matter_for(request, session, process), edition_of(request)
    data = printed.booklet(matter, projects_by_option(session, process), edition)
    return pdf(printed.print_form("booklet", data), file_name(matter, "booklet", edition), public=public)


@router.get(PUBLIC + "/forms/preparation.pdf")
def preparation_pdf(request: Request, session: SessionDep, process: Visible, style: str = "") -> Response:
    """A sheet to note one's choices on before voting; what the public prints is never a ballot."""
    if current_spec(session, process.id) is None:
        raise NotFound(_("There is no consultation or vote at this address."))
    matter, edition = vote_matter_for(request, session, process), edition_of(request)
    document = printed.print_form("preparation", printed.preparation(matter, edition, style))
    return pdf(document, file_name(matter, "preparation", edition), public=True)
