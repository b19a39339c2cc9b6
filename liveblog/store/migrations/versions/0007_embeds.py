"""Cards of links: with an entry, and as they were fetched."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("entries", sa.Column("embeds", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "embeds",
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("card", sa.JSON(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("url", name=op.f("pk_embeds")),
    )
    op.create_index(op.f("ix_embeds_due_at"), "embeds", ["due_at"], unique=False)
    op.create_table(
        "entry_embeds",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_entry_embeds_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "url", name=op.f("pk_entry_embeds")),
    )
    op.create_index(op.f("ix_entry_embeds_url"), "entry_embeds", ["url"], unique=False)
