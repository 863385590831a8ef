"""The operator's commands: `participation --help`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError

from participation.counting_commands import count, tell, verify
from participation.settings import Settings, get_settings, new_secret

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Hybrid public participation.")
app.command()(count)
app.command()(verify)


def _settings() -> Settings:
    """The settings, or exit code 2 with what is wrong in one line."""
    try:
        return get_settings()
    except ValidationError as error:
        typer.echo(f"settings: {error.errors()[0]['msg']}", err=True)
        raise typer.Exit(2) from error


@app.command()
def secret() -> None:
    """Print a new SECRET_KEY."""
    typer.echo(new_secret())


@app.command()
def prepare() -> None:
    """Make browser files, print fonts and compiled catalogues from what set-up fetched."""
    from participation.prepare import prepare as prepare_files

    prepare_files()


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema, and destroy again the keys of votes that are closed."""
    _migrate(_settings())
    typer.echo("The database is up to date.")


def _migrate(settings: Settings) -> None:
    from participation import schema
    from participation.ballots.closing import destroy_again
    from participation.db import Database
    from participation.register.keys import Keys

    database = Database(settings.database_url)
    schema.upgrade(database)
    with database.reading() as session:
        destroy_again(session, Keys(settings))
    database.dispose()


@app.command("create-admin")
def create_admin(
    email: Annotated[str, typer.Option(prompt=True)],
    name: Annotated[str, typer.Option(prompt=True)],
    organisation: Annotated[str, typer.Option(prompt="Organisation (slug)")],
    organisation_name: Annotated[str, typer.Option(help="French name, where the organisation is new.")] = "",
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)] = "",
) -> None:
    """Create an administrator, and the organisation where it does not exist yet."""
    from participation import schema
    from participation.accounts import queries, service
    from participation.accounts.models import Role
    from participation.db import Database
    from participation.errors import DomainError
    from participation.i18n import now, translate

    schema.load_models()  # a grant refers to tables of other packages
    database, at = Database(_settings().database_url), now()
    try:
        password_hash = service.hash_password(password)
        with database.writing() as session:
            body = queries.organisation_by_slug(session, organisation) or service.create_organisation(
                session, organisation, {"fr": organisation_name or organisation}
            )
            service.add_staff(
                session,
                email=email,
                name=name,
                password_hash=password_hash,
                roles=(Role.ADMINISTRATOR,),
                organisation_id=body.id,
                at=at,
            )
    except DomainError as error:
        typer.echo(translate(error.message, "en"), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{email} can sign in and administer {organisation}.")


@app.command("new-password")
def new_password(email: Annotated[str, typer.Option(prompt=True)], language: str = "fr") -> None:
    """Print a one-time link to choose a new password with: for an administrator whom no other can help."""
    from participation import schema
    from participation.accounts import links
    from participation.accounts.routes_link import address_of
    from participation.db import Database
    from participation.errors import DomainError
    from participation.i18n import now, translate

    schema.load_models()
    settings = _settings()
    try:
        with Database(settings.database_url).writing() as session:
            token = links.issue_by_operator(session, email, at=now())
    except DomainError as error:
        typer.echo(translate(error.message, "en"), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"Works once, for one day: {address_of(settings.base_url, language, token)}")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="127.0.0.1 if not given; in local mode every network of the laptop.")] = "",
    port: Annotated[int | None, typer.Option(help="8000 if not given; in local mode 80.")] = None,
    workers: int = 1,
    local: Annotated[bool, typer.Option("--local", help="One laptop serves a room without the Internet.")] = False,
    address: Annotated[str, typer.Option(help="Local mode: what people type, a name or a number.")] = "",
    wifi_name: Annotated[str, typer.Option(help="Local mode: the access point, for the poster.")] = "",
    wifi_password: Annotated[str, typer.Option(help="Its password; or WIFI_PASSWORD, which no other user sees.")] = "",
) -> None:
    """Serve the site. SQLite takes one worker; PostgreSQL any number.

    With --local the worker runs too, the database is brought up to date, and devices that look for the Internet are
    answered so that they stay on the network of the room.
    """
    from participation import serving

    settings = _settings()
    if settings.is_sqlite and workers != 1:
        _refuse("SQLite takes one worker. Set DATABASE_URL to PostgreSQL for more.")
    if local:
        raise typer.Exit(_serve_locally(settings, host, port, (address, wifi_name, wifi_password)))
    if address or wifi_name or wifi_password:
        _refuse("--address, --wifi-name and --wifi-password belong to --local.")
    raise typer.Exit(serving.run(settings, host or "127.0.0.1", 8000 if port is None else port, workers))


def _serve_locally(settings: Settings, host: str, port: int | None, named: tuple[str, str, str]) -> int:
    from functools import partial

    from participation import serving
    from participation.app import create_served_app
    from participation.live.local import access_point, companion

    port = access_point.PORT if port is None else port
    address, name, password = named
    try:
        settings = access_point.local_settings(settings, address or access_point.ADDRESS, port, name, password)
    except access_point.Refused as error:
        _refuse(str(error))
    with _plain_refusals():
        _migrate(settings)
    typer.echo(
        f"The room types {settings.base_url}"
        + (f" on the network {settings.wifi_name}." if settings.wifi_name else ".")
    )
    with companion.worker_beside():
        return serving.run(settings, host or "0.0.0.0", port, make_site=partial(create_served_app, settings))  # noqa: S104


def _refuse(why: str) -> NoReturn:
    """Ends the command with exit code 2 and what is wrong in one line."""
    typer.echo(why, err=True)
    raise typer.Exit(2)


@app.command()
def worker() -> None:
    """Run the background work: print runs, sealing, nightly rewriting."""
    from participation.app import configure_logging
    from participation.jobs import run_worker
    from participation.work import chunked_work, periodic_work

    settings = _settings()
    configure_logging(settings.log_level)
    run_worker(settings, periodic_work(settings), chunked_work(settings))


Slug = Annotated[
    str, typer.Argument(help="organisation/process, or the process alone where there is one of that name.")
]
Chosen = Annotated[str, typer.Option(help="Which published version, by its number or id; the newest if not given.")]
District = Annotated[str, typer.Option(help="Which district's ballot, where there are several.")]
Numbered = Annotated[
    bool | None, typer.Option(help="With serials, or to be initialled; as the process says if not given.")
]


@app.command("print-run")
def print_run(
    slug: Slug,
    copies: Annotated[int, typer.Option(help="How many ballots.")],
    out: Annotated[Path, typer.Option(help="The PDF to write.", dir_okay=False)],
    language: str = "fr",
    edition: Annotated[str, typer.Option(help="standard or large")] = "standard",
    paper: Annotated[str, typer.Option(help="letter, legal or a4")] = "letter",
    spec: Chosen = "",
    style: District = "",
    numbered: Numbered = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print blank ballots, each with a serial of its own, into one PDF."""
    from participation import schema
    from participation.i18n import now
    from participation.paper.sheets import print_commands

    schema.load_models()
    asked = print_commands.Asked(slug, spec, style, language, edition, paper, numbered)
    settings = _settings()
    with _plain_refusals():
        made = print_commands.print_run(settings, asked, copies, out, now)
    if as_json:
        typer.echo(json.dumps(made.as_json()))
    else:
        typer.echo("\n".join([str(made.path), *made.serials]))


@app.command("form-layout")
def form_layout(
    slug: Slug,
    language: str = "fr",
    edition: Annotated[str, typer.Option(help="standard or large")] = "standard",
    paper: Annotated[str, typer.Option(help="letter, legal or a4")] = "letter",
    spec: Chosen = "",
    style: District = "",
    numbered: Numbered = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Say where each target of a ballot lies, in millimetres from the top left corner of its sheet.

    Where the projects do not fit one sheet, the targets are bubbles for the digits of a number: their option is, say,
    "slot 2 tens 3" (also hundreds, ones, and points). In a ranking the slot is the rank.
    """
    from participation import schema
    from participation.paper.sheets import print_commands

    asked = print_commands.Asked(slug, spec, style, language, edition, paper, numbered)
    settings = _settings()
    schema.load_models()  # the notice of a questionnaire tells of them
    with _plain_refusals():
        found = print_commands.layout_of(settings, asked)
    typer.echo(json.dumps(found) if as_json else print_commands.in_words(found))


@app.command()
def scan(
    files: Annotated[list[Path], typer.Argument(help="PDF, PNG, JPEG or TIFF files of scanned sheets.")],
    process: Annotated[str, typer.Option(help="organisation/slug: only its forms are known.")] = "",
    crops: Annotated[
        Path | None, typer.Option(help="Folder for a PNG of each place in which something is written in words.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array with an object for each page.")] = False,
) -> None:
    """Read marked ballots and questionnaires from scans, here and without a network. Nothing is counted.

    Words are never read: --crops cuts out what a person must transcribe. Nothing else is written.

    Exit code 0: all was read. 1: a person must look at something. 2: a file could not be opened.
    """
    from participation import schema
    from participation.paper.scanning import commands

    settings = _settings()
    schema.load_models()
    with _plain_refusals():
        pages = commands.scan(settings, files, process, crops)
    for text in commands.as_text(pages, as_json=as_json):
        typer.echo(text)
    raise typer.Exit(commands.exit_code(pages))


@contextmanager
def _plain_refusals() -> Iterator[None]:
    """What cannot be done, in one line on the error channel, with exit code 2."""
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from participation.errors import DomainError
    from participation.i18n import translate

    try:
        yield
    except DomainError as error:
        typer.echo(translate(error.message, "en"), err=True)
        raise typer.Exit(2) from error
    except (OperationalError, ProgrammingError) as error:
        typer.echo("The database has no tables, or cannot be reached: run `participation migrate`.", err=True)
        raise typer.Exit(2) from error
    except (OSError, RuntimeError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command("verify-box")
def verify_box() -> None:
    """Check the live database: every chain of seals, and every certified count counted again.

    Exit code 1 where something differs. `verify` does it with a published bundle.
    """
    from participation import schema
    from participation.db import Database
    from participation.publication.box_check import check_boxes

    schema.load_models()
    settings = _settings()
    with _plain_refusals(), Database(settings.database_url).reading() as session:
        findings = list(check_boxes(session))
    tell(findings)


@app.command()
def demo(port: Annotated[int, typer.Option(envvar="PORT")] = 8000) -> None:
    """Load the fictional scenario where it is missing, then serve the site and the worker together."""
    from participation.demo.run import run_demo

    run_demo(_settings(), port)


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A Pabulib .pb file.")],
    database: Annotated[
        str, typer.Option(help="Where to build the process; a temporary SQLite file if not given.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Cast every ballot of a published election through the site, online and on paper, and compare."""
    from participation.replay.command import run_replay

    raise typer.Exit(run_replay(file, database, as_json=as_json))
