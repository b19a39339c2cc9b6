"""Hubs of WebSub and IndexNow, which are told like webhooks."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.add_column(
        "hooks", sa.Column("kind", sa.String(length=20), nullable=False, server_default="webhook")
    )
    op.create_table(
        "withdrawn_topics",
        sa.Column("hook_id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["hook_id"], ["hooks.id"], name=op.f("fk_withdrawn_topics_hook_id")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_withdrawn_topics_story_id")
        ),
        sa.PrimaryKeyConstraint(
            "hook_id", "story_id", "seq", "topic", name=op.f("pk_withdrawn_topics")
        ),
    )
