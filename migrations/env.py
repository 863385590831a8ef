"""Runs migrations on the connection it is given, or on the database that the settings name."""

import sqlmodel  # noqa: F401  migrations name its types
from alembic import context
from sqlalchemy import Connection

from participation import schema
from participation.db import Database, metadata

schema.load_models()


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=schema.is_modelled,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    database = Database(context.config.get_main_option("sqlalchemy.url") or "")
    with database.engine.execution_options(participation_mode="write").connect() as connection:
        migrate(connection)
        connection.commit()
