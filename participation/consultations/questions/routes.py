"""Questions and answers for the public over HTTP: the list, one of them, asking."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from participation.accounts.access import AtDep, FormDep
from participation.consultations import forms as writing
from participation.consultations import queries as contributions
from participation.consultations import service, words
from participation.consultations.acts import Act
from participation.consultations.entries import Contributed, ContributionSource
from participation.consultations.models import Contribution, ContributionKind, ContributionState
from participation.consultations.pages import note_one_more, opening_of, public_page, theme_choices
from participation.consultations.questions import forms, queries
from participation.consultations.questions.words import STATES, WAITS
from participation.db import SessionDep, new_id
from participation.errors import Conflict, NotFound, TooMany
from participation.i18n import lazy as _
from participation.i18n import translate
from participation.middleware import MINUTE
from participation.processes.access import PUBLIC_PROCESS
from participation.processes.queries import OpenProcess
from participation.templating import locale_of
from participation.typed import Errors, nonce_of

router = APIRouter()
QUESTIONS = "/{locale}/{organisation}/{slug}/questions"
PublicProcess = Annotated[OpenProcess, PUBLIC_PROCESS]


@router.get(QUESTIONS)
def questions(request: Request, process: PublicProcess, session: SessionDep, at: AtDep) -> Response:
    context = _context(request, process, session, at, {"language": locale_of(request)}, {})
    return public_page(request, process, "questions.html", context, headers={"Cache-Control": MINUTE})


@router.post(QUESTIONS)
def ask(request: Request, process: PublicProcess, session: SessionDep, form: FormDep, at: AtDep) -> Response:
    """A question typed at home. Whatever is refused, its text comes back."""
    settings = contributions.settings_of(session, process.id)
    read, errors = writing.read_words(form, themes=frozenset(theme["code"] for theme in settings.themes))
    status, spotted = 422, [words.SPOTTED[kind] for kind in sorted(read.spotted)]
    if not errors:
        try:
            network = note_one_more(request, session, process, at)
            entry = Contributed(
                kind=ContributionKind.QUESTION,
                text=read.text,
                language=read.language,
                received=at,
                nonce=nonce_of(form),
                source=ContributionSource(network=network),
                author=read.author,
                theme=read.theme,
            )
            receipt = service.contribute(session, request.app.state.keys, process, entry, at=at)
        except (Conflict, TooMany) as error:
            errors, status = {"": error.message, **({"text": error.todo} if error.todo else {})}, error.status
        else:
            return RedirectResponse(f"/{locale_of(request)}{process.path}/contribution/{receipt.code}?sent=1", 303)
    context = _context(request, process, session, at, writing.typed_values(form), errors) | {"spotted": spotted}
    return public_page(request, process, "questions.html", context, status=status)


def _context(
    request: Request, process: OpenProcess, session: Session, at: Any, values: dict[str, Any], errors: Errors
) -> dict[str, Any]:
    locale, today = locale_of(request), at.astimezone(process.zone).date()
    asked = forms.read_asked(request.query_params, public=True)
    page = queries.listed(session, process, asked, today)
    themes = theme_choices(contributions.settings_of(session, process.id), locale)
    kept = {name: request.query_params.get(name, "") for name in ("state", "theme")}
    return {
        "listed": page,
        "answers": queries.public_answers(session, [row.shown.id for row in page.rows]),
        "next_url": f"?{urlencode({**kept, 'before': page.next_before})}" if page.next_before else "",
        "filter": kept,
        "public_states": [
            (forms.WAITING_NAME, translate(WAITS, locale)),
            (queries.QuestionState.ANSWERED.value, translate(STATES[queries.QuestionState.ANSWERED], locale)),
        ],
        "waits": WAITS,
        "opening": opening_of(session, process, Act.ASK, at),
        "themes": themes,
        "theme_titles": dict(themes),
        "languages": words.named(words.LANGUAGES, locale),
        "values": values,
        "errors": errors,
        "nonce": values.get("nonce") or str(new_id()),
        "longest": writing.LONGEST,
        "working_days": queries.settings_of(session, process.id).working_days,
        "spotted": [],
    }


@router.get(f"{QUESTIONS}/{{number:int}}")
def question(request: Request, process: PublicProcess, number: int, session: SessionDep, at: AtDep) -> Response:
    """Its own page. One that is answered with another leads to that one."""
    row = contributions.by_number(session, process.id, number)
    if row is None or row.kind is not ContributionKind.QUESTION:
        raise _nothing()
    found = queries.followed(session, process, row)
    if found.number != number and found.is_public:
        return RedirectResponse(f"/{locale_of(request)}{process.path}/questions/{found.number}", 303)
    if row.state is not ContributionState.PUBLISHED:
        raise _nothing()
    return public_page(request, process, "question.html", _one(request, process, session, row, found))


def _nothing() -> NotFound:
    return NotFound(_("There is no question at this address, or it is no longer published."))


def _one(
    request: Request, process: OpenProcess, session: Session, row: Contribution, found: queries.Followed
) -> dict[str, Any]:
    themes = theme_choices(contributions.settings_of(session, process.id), locale_of(request))
    versions = [each for each in queries.answers_of(session, row.id) if each.published_at]
    return {
        "shown": contributions.one(session, row.id),
        "followed": found,
        "earlier": versions[1:],
        "theme_titles": dict(themes),
        "waits": WAITS,
    }
