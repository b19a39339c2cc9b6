"""The audience of stories, their topics, related stories and sponsors."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name in ("related", "sponsors"):
        op.add_column("stories", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.create_index(
        op.f("ix_stories_status_updated_at"), "stories", ["status", "updated_at"], unique=False
    )
    op.create_index(op.f("ix_stories_category"), "stories", ["category"], unique=False)
    op.create_index(
        op.f("ix_entries_story_id_key_status_published_at_seq"),
        "entries",
        ["story_id", "key", "status", "published_at", "seq"],
        unique=False,
    )

    op.create_table(
        "audience",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_audience_story_id")),
        sa.PrimaryKeyConstraint("story_id", "day", name=op.f("pk_audience")),
    )
    op.create_index(op.f("ix_audience_day"), "audience", ["day"], unique=False)

    indexed = op.create_table(
        "story_topics",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_topics_story_id")
        ),
        sa.PrimaryKeyConstraint("story_id", "topic", name=op.f("pk_story_topics")),
    )
    op.create_index(op.f("ix_story_topics_topic"), "story_topics", ["topic"], unique=False)
    stories = sa.table("stories", sa.column("id", sa.Integer), sa.column("topics", sa.JSON))
    rows = [
        {"story_id": story, "topic": topic}
        for story, topics in op.get_bind().execute(sa.select(stories.c.id, stories.c.topics))
        for topic in {written.casefold() for written in topics}
    ]
    if rows:
        op.bulk_insert(indexed, rows)
