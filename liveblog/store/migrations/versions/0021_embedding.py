"""Which sites may embed a story, and which do."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column(
        "stories", sa.Column("embed_origins", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_table(
        "embed_hosts",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("loads", sa.BigInteger(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_embed_hosts_story_id")),
        sa.PrimaryKeyConstraint("story_id", "host", name=op.f("pk_embed_hosts")),
    )
