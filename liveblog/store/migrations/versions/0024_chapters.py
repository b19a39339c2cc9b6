"""Chapters of a story, which begin with an entry; the indexes by which chapters and pins are found."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

CHAPTERS = sa.text("chapter IS NOT NULL")
PINNED = sa.text("pinned")


def upgrade() -> None:
    op.add_column("entries", sa.Column("chapter", sa.String(length=80), nullable=True))
    op.create_index(
        "ix_entries_chapters",
        "entries",
        ["story_id", "published_at"],
        sqlite_where=CHAPTERS,
        postgresql_where=CHAPTERS,
    )
    op.create_index(
        "ix_entries_pinned",
        "entries",
        ["story_id"],
        sqlite_where=PINNED,
        postgresql_where=PINNED,
    )
