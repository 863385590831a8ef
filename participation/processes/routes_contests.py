"""The set-up of a process, continued: contests, counting rules and projects."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from participation.accounts.access import ActorDep, AtDep, FormDep
from participation.accounts.permissions import Permission
from participation.counting.canonical import load_rule
from participation.db import SessionDep
from participation.processes import forms, queries, service, words
from participation.processes.access import open_process
from participation.processes.editor import editor_page, found_or_new, no_such_part, onward, saved
from participation.processes.models import Contest, Project
from participation.processes.project_list import read_projects
from participation.processes.queries import OpenProcess
from participation.templating import locale_of

router = APIRouter()
CONTESTS = "/{locale}/staff/{organisation}/{slug}/edit/contests"
EditedProcess = Annotated[OpenProcess, open_process(Permission.PROCESS_EDIT)]


def _contest_or_new(contest_id: str, process: EditedProcess, session: SessionDep) -> Contest | None:
    return found_or_new(contest_id, lambda: queries.find_in_process(session, Contest, process.id, contest_id))


def _contest(contest: Annotated[Contest | None, Depends(_contest_or_new, scope="function")]) -> Contest:
    if contest is None:
        raise no_such_part()
    return contest


ContestOrNewDep = Annotated[Contest | None, Depends(_contest_or_new, scope="function")]
ContestDep = Annotated[Contest, Depends(_contest, scope="function")]


def _project_or_new(project_id: str, contest: ContestDep, session: SessionDep) -> Project | None:
    return found_or_new(project_id, lambda: queries.find_project(session, contest.id, project_id))


ProjectOrNewDep = Annotated[Project | None, Depends(_project_or_new, scope="function")]


@router.get(CONTESTS)
def contests(request: Request, process: EditedProcess, session: SessionDep, actor: ActorDep) -> Response:
    rows = queries.contests_of(session, process.id)
    context = {
        "contests": rows,
        "projects": queries.number_of_projects(session, [row.id for row in rows]),
        "kind_names": words.KINDS,
        "rule_names": words.RULES,
        "rules": {row.id: load_rule(row.rule) for row in rows},
    }
    return editor_page(request, process, actor, "/contests", "contests.html", context)


@router.get(CONTESTS + "/{contest_id}")
def contest(request: Request, contest: ContestOrNewDep, process: EditedProcess, actor: ActorDep) -> Response:
    values = forms.contest_values(contest, locale_of(request))
    return _contest_page(request, process, actor, contest, values, {})


@router.post(CONTESTS + "/{contest_id}")
def save_contest(
    request: Request,
    contest: ContestOrNewDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.require_draft(process.process)
    draft, errors = forms.read_contest(form)
    if saved(errors, partial(service.save_contest, session, process.process, draft, contest=contest, at=at, by=actor)):
        return onward(request, process, "/contests")
    return _contest_page(request, process, actor, contest, forms.typed_values(form), errors)


def _contest_page(
    request: Request, found: OpenProcess, actor: ActorDep, row: Contest | None, values: forms.Values, errors: Any
) -> Response:
    kinds = words.explained(words.KINDS, words.KIND_HINTS, locale_of(request))
    context = {"contest": row, "kinds": kinds, "values": values, "errors": errors}
    return editor_page(request, found, actor, "/contests", "contest.html", context, status=422 if errors else 200)


@router.get(CONTESTS + "/{contest_id}/rule")
def rule(
    request: Request, contest: ContestDep, process: EditedProcess, session: SessionDep, actor: ActorDep
) -> Response:
    projects = queries.projects_of(session, [contest.id])
    values = forms.rule_values(load_rule(contest.rule), projects, locale_of(request))
    return _rule_page(request, process, actor, contest, values, {})


@router.post(CONTESTS + "/{contest_id}/rule")
def save_rule(
    request: Request,
    contest: ContestDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.require_draft(process.process)
    typed, errors = forms.read_rule(form, contest.kind, queries.projects_of(session, [contest.id]))
    if saved(errors, partial(service.save_rule, session, process.process, contest, typed, at=at, by=actor)):
        return onward(request, process, "/contests")
    return _rule_page(request, process, actor, contest, forms.typed_values(form), errors)


def _rule_page(
    request: Request, found: OpenProcess, actor: ActorDep, contest: Contest, values: forms.Values, errors: Any
) -> Response:
    locale = locale_of(request)
    context = {
        "contest": contest,
        "values": values,
        "errors": errors,
        "rules": words.explained(words.RULES, words.RULE_HINTS, locale),
        "orders": words.choices(words.ORDERS, locale),
        "utilities": words.choices(words.UTILITIES, locale),
        "completions": words.choices(words.COMPLETIONS, locale),
        "tie_breaks": words.choices(words.TIE_BREAKS, locale),
    }
    return editor_page(request, found, actor, "/contests", "rule.html", context, status=422 if errors else 200)


@router.get(CONTESTS + "/{contest_id}/projects")
def projects(
    request: Request, contest: ContestDep, process: EditedProcess, session: SessionDep, actor: ActorDep
) -> Response:
    rows = queries.projects_of(session, [contest.id])
    context = {"contest": contest, "projects": rows, "cost": sum(row.cost for row in rows)}
    return editor_page(request, process, actor, "/contests", "projects.html", context)


@router.get(CONTESTS + "/{contest_id}/paste")
def paste(request: Request, contest: ContestDep, process: EditedProcess, actor: ActorDep) -> Response:
    return editor_page(request, process, actor, "/contests", "paste.html", {"contest": contest, "problems": []})


@router.post(CONTESTS + "/{contest_id}/paste")
def add_pasted(
    request: Request,
    contest: ContestDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    service.require_draft(process.process)
    values = forms.typed_values(form)
    drafts, problems = read_projects(values.get("lines", ""))
    errors: dict[str, Any] = {"lines": problems} if problems else {}
    if saved(errors, partial(service.add_projects, session, process.process, contest, drafts, at=at, by=actor)):
        return onward(request, process, f"/contests/{contest.id}/projects")
    shown = {"lines": errors.get("lines") or list(errors.values())}
    context = {"contest": contest, "values": values, "errors": shown}
    return editor_page(request, process, actor, "/contests", "paste.html", context, status=422)


@router.get(CONTESTS + "/{contest_id}/projects/{project_id}")
def project(
    request: Request, project: ProjectOrNewDep, contest: ContestDep, process: EditedProcess, actor: ActorDep
) -> Response:
    values = forms.project_values(project, locale_of(request))
    return _project_page(request, process, actor, contest, project, values, {})


@router.post(CONTESTS + "/{contest_id}/projects/{project_id}")
def save_project(
    request: Request,
    project: ProjectOrNewDep,
    contest: ContestDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    only_words = service.only_words_change(process.process, project)
    draft, errors = forms.read_project(form, only_words=only_words)
    save = partial(service.save_project, session, process.process, contest, draft, project=project, at=at, by=actor)
    if saved(errors, save):
        return onward(request, process, f"/contests/{contest.id}/projects")
    values = {**forms.project_values(project, locale_of(request)), **forms.typed_values(form)}
    return _project_page(request, process, actor, contest, project, values, errors)


def _project_page(
    request: Request,
    found: OpenProcess,
    actor: ActorDep,
    contest: Contest,
    row: Project | None,
    values: forms.Values,
    errors: Any,
) -> Response:
    context = {"contest": contest, "project": row, "values": values, "errors": errors}
    return editor_page(request, found, actor, "/contests", "project.html", context, status=422 if errors else 200)


@router.get(CONTESTS + "/{contest_id}/projects/{project_id}/remove")
def ask_to_remove(
    request: Request, project: ProjectOrNewDep, contest: ContestDep, process: EditedProcess, actor: ActorDep
) -> Response:
    if project is None:
        raise no_such_part()
    context = {"what": project.title, "back": f"/edit/contests/{contest.id}/projects", "contest": False}
    return editor_page(request, process, actor, "/contests", "remove.html", context)


@router.post(CONTESTS + "/{contest_id}/projects/{project_id}/remove")
def remove_project(
    request: Request,
    project: ProjectOrNewDep,
    contest: ContestDep,
    process: EditedProcess,
    session: SessionDep,
    actor: ActorDep,
    form: FormDep,
    at: AtDep,
) -> Response:
    if project is None:
        raise no_such_part()
    service.remove(session, process.process, project, at=at, by=actor)
    return onward(request, process, f"/contests/{contest.id}/projects")
