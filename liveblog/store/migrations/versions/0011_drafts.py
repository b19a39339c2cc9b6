"""Drafts of the composer, each private to its writer."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=72), nullable=False),
        sa.Column("entry_id", sa.String(length=32)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_drafts_story_id")),
        sa.PrimaryKeyConstraint("user_id", "story_id", "key", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_entry_id"), "drafts", ["entry_id"], unique=False)
