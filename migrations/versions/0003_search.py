"""The full-text index of the search column, in the words of each database.

SQLite: an FTS5 table beside `search_entry`, kept by triggers, that holds no text of its own. PostgreSQL: a GIN index.
What SQLite's tokenizer sees is letters and digits, so it need fold nothing.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        op.execute("CREATE INDEX ix_search_words ON search_entry USING gin (to_tsvector('simple', folded))")


def _sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE search_words USING fts5(folded, content='search_entry', content_rowid='id', "
        "tokenize='ascii')"
    )
    add = "INSERT INTO search_words(rowid, folded) VALUES (new.id, new.folded);"
    remove = "INSERT INTO search_words(search_words, rowid, folded) VALUES ('delete', old.id, old.folded);"
    op.execute(f"CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN {add} END")
    op.execute(f"CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN {remove} END")
    op.execute(f"CREATE TRIGGER search_entry_changed AFTER UPDATE OF folded ON search_entry BEGIN {remove} {add} END")
