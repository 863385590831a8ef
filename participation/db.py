"""Engines, transactions and column types: one schema and one behaviour on SQLite and PostgreSQL.

A read transaction cannot write, a write transaction on SQLite takes the lock at its start. The driver's
own transaction handling is off: with it, a savepointed row survived the rollback around it.
"""

import sqlite3
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    LargeBinary,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel
from starlette.concurrency import run_in_threadpool

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = NAMING
metadata: MetaData = SQLModel.metadata
WAL_PAGES = 16_000
"""Pages (64 MiB) after which a commit itself folds SQLite's write-ahead log; `Database.folding` comes first."""
FOLD_EVERY = 0.5
"""Seconds between two foldings beside the writers."""
SQLITE_WITHOUT_ROWID = {"sqlite_with_rowid": False}
"""Table option: rows lie in key order, and a random key leaves no trace of the order of arrival."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def choice(values: type[StrEnum], name: str = "") -> SqlEnum:
    """A column type for a StrEnum: VARCHAR with a CHECK that lists its values.

    `name` is the constraint's, needed where a table has two columns of one enumeration.
    """
    return SqlEnum(
        values,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or _snake(values.__name__),
        values_callable=lambda enum: [member.value for member in enum],
    )


def _snake(name: str) -> str:
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


Cents = BigInteger
Json = JSON
Blob = LargeBinary


def new_id() -> uuid.UUID:
    """A random key: it says nothing of when or after whom."""
    return uuid.uuid4()


class Database:
    """One engine with its two kinds of transaction. The values of a failed statement never reach a log: they may
    be a ballot."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = self._create(url, pool_size)
        self._reading = self.engine.execution_options(participation_mode="read", **self._read_options())
        self._writing = self.engine.execution_options(participation_mode="write")

    def _read_options(self) -> dict[str, Any]:
        if self.is_sqlite:
            return {}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def _create(self, url: str, pool_size: int) -> Engine:
        if not self.is_sqlite:
            return create_engine(
                url, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True, hide_parameters=True
            )
        path = url.removeprefix("sqlite:///")
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def read_session(self) -> Session:
        """A snapshot that cannot write and begins with its first statement; to be closed."""
        return Session(self._reading)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A snapshot that cannot write."""
        with self.read_session() as session:
            yield session

    def write_session(self) -> Session:
        """A write transaction that begins with its first statement; whoever asked for it commits and closes."""
        return Session(self._writing)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A write transaction: committed at the end, rolled back on any error."""
        with Session(self._writing) as session, session.begin():
            yield session

    def vacuum(self, tables: list[str]) -> None:
        """Gives the freed pages of these tables back, so that deleted rows leave no readable trace."""
        with self.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            raw: Any = connection.connection.driver_connection
            if self.is_sqlite:
                raw.execute("PRAGMA query_only=OFF")
                connection.info["query_only"] = False
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                for table in tables:
                    connection.exec_driver_sql(f'VACUUM FULL "{table}"')

    @contextmanager
    def folding(self) -> Iterator[None]:
        """While entered, a thread folds SQLite's write-ahead log into the file, so that no commit waits for it."""
        if not self.is_sqlite:
            yield
            return
        stopped = threading.Event()
        thread = threading.Thread(target=self._fold_until, args=(stopped,), name="wal-folding", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _fold_until(self, stopped: threading.Event) -> None:
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            while not stopped.wait(FOLD_EVERY):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            connection.close()

    def dispose(self) -> None:
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "recursive_triggers=ON",
        "secure_delete=ON",
        f"wal_autocheckpoint={WAL_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("participation_mode") == "read"
    if connection.info.get("query_only") is not reading:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["query_only"] = reading
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def insert_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, object]], *returned: str) -> list[Any]:
    """INSERT … ON CONFLICT DO NOTHING in the words of the database at hand; the named columns of what was new.

    Core, and one statement however many rows there are: this is the hot path of the ballot box.
    """
    statement = _insert_new(session.get_bind().dialect.name, table, returned)
    answer = session.connection().execute(statement, rows)
    return list(answer) if returned else []


@lru_cache
def _insert_new(dialect: str, table: type[SQLModel], returned: tuple[str, ...]) -> Executable:
    target = core_table(table)
    words = sqlite if dialect == "sqlite" else postgresql
    statement: postgresql.Insert = words.insert(target).on_conflict_do_nothing()
    return statement.returning(*(target.c[name] for name in returned)) if returned else statement


def core_table(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    table: Table = model.metadata.tables[str(model.__tablename__)]
    return table


def end_first_step(session: Session) -> None:
    """Commits what a request has written so far, where that must share no transaction with what follows."""
    session.commit()


async def _session(request: Request) -> AsyncIterator[Session]:
    """A snapshot for GET, a write transaction for the rest.

    Fewer writing requests than there are threads pass the gate, and one at a time on SQLite. Without it, requests that
    wait for a lock of the database would hold every thread, and the one that has the lock would wait for a thread:
    nobody moves. As many readers pass theirs as there are connections, for the same reason.
    """
    state = request.app.state
    if request.method in ("GET", "HEAD"):
        async with state.read_gate:
            session = state.database.read_session()
            try:
                yield session
            finally:
                await run_in_threadpool(session.close)
        return
    async with state.write_gate:
        session = state.database.write_session()
        try:
            yield session
            await run_in_threadpool(session.commit)
        finally:
            await run_in_threadpool(session.close)


SessionDep = Annotated[Session, Depends(_session, scope="function")]
"""The request's transaction. It commits before the answer leaves: a failed commit must never look like 200."""
