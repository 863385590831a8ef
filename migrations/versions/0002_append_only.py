"""Append-only tables: triggers refuse what must never happen, whoever asks.

UPDATE is refused on every table listed, DELETE too, except on ballot and superseding while a rewrite permit
exists for that table and spec. PostgreSQL also refuses TRUNCATE. On SQLite recursive_triggers makes INSERT OR
REPLACE fire the DELETE trigger.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PERMITTED = ("ballot", "superseding")
APPEND_ONLY = (
    *PERMITTED,
    "event",
    "ballot_spec",
    "spec_window",
    "project_change",
    "key_destruction",
    "ballot_count",
    "certification",
    "identity_signature",
    "seal",
    "sealed_leaf",
    "stock_entry",
    "gap_signature",
    "box_content",
    "box_exception",
    "team_exception",
    "batch_round",
    "recount_batch",
    "recounted_round",
    "hand_count",
    "follow_up",
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def _sqlite() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        permit = (
            f"WHEN NOT EXISTS (SELECT 1 FROM rewrite_permit WHERE table_name = '{table}' AND spec_id = OLD.spec_id) "
            if table in PERMITTED
            else ""
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {permit}"
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_unpermitted_delete() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF EXISTS (SELECT 1 FROM rewrite_permit WHERE table_name = TG_TABLE_NAME AND spec_id = OLD.spec_id) "
        "THEN RETURN OLD; END IF; RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        refuse_delete = "refuse_unpermitted_delete" if table in PERMITTED else "refuse_change"
        for action, level, function in (
            ("UPDATE", "ROW", "refuse_change"),
            ("DELETE", "ROW", refuse_delete),
            ("TRUNCATE", "STATEMENT", "refuse_change"),
        ):
            op.execute(
                f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
                f"FOR EACH {level} EXECUTE FUNCTION {function}()"
            )
