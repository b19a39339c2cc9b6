"""Corrections, with their public notes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("entries", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "entries", sa.Column("corrections", sa.JSON(), server_default="[]", nullable=False)
    )
    op.create_index(
        op.f("ix_entries_story_id_corrected_at"), "entries", ["story_id", "corrected_at"]
    )
