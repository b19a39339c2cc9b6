"""Coverage that starts, pauses and ends by the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    for name in ("paused_until", "asked_at", "continued_at"):
        op.add_column("stories", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "coverage_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_coverage_log_story_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_coverage_log_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coverage_log")),
    )
    op.create_index(
        op.f("ix_coverage_log_story_id_id"), "coverage_log", ["story_id", "id"], unique=False
    )
    # Until now these times did nothing. A story that an editor has left live beyond its end, or upcoming beyond its start,
    # stays so.
    op.execute(
        "UPDATE stories SET coverage_end = NULL"
        " WHERE status <> 'ended' AND coverage_end <= CURRENT_TIMESTAMP"
    )
    op.execute(
        "UPDATE stories SET coverage_start = NULL"
        " WHERE status = 'upcoming' AND coverage_start <= CURRENT_TIMESTAMP"
    )
