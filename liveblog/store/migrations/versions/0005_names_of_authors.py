"""Who wrote an entry is found by the name too where there is a handle."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    authors = sa.table(
        "entry_authors", sa.column("entry_id", sa.String), sa.column("author", sa.String)
    )
    entries = sa.table("entries", sa.column("id", sa.String), sa.column("credits", sa.JSON))
    database = op.get_bind()
    there = set(map(tuple, database.execute(sa.select(authors))))
    # What was purged has no credits any more; what is indexed is what is public, or was.
    indexed = {entry for entry, _ in there}
    named = {
        (entry, credit["name"].casefold())
        for entry, given in database.execute(sa.select(entries.c.id, entries.c.credits))
        for credit in given
        if credit["role"] == "text" and entry in indexed
    }
    if missing := sorted(named - there):
        op.bulk_insert(authors, [{"entry_id": entry, "author": name} for entry, name in missing])
