"""Who wrote an entry, as a filter asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    authors = op.create_table(
        "entry_authors",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=600), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_entry_authors_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "author", name=op.f("pk_entry_authors")),
    )
    op.create_index(op.f("ix_entry_authors_author"), "entry_authors", ["author"], unique=False)
    entries = sa.table("entries", sa.column("id", sa.String), sa.column("credits", sa.JSON))
    found = [
        {"entry_id": entry, "author": author}
        for entry, given in op.get_bind().execute(sa.select(entries.c.id, entries.c.credits))
        for author in {
            (credit.get("handle") or credit["name"]).casefold()
            for credit in given
            if credit["role"] == "text"
        }
    ]
    if found:
        op.bulk_insert(authors, found)
