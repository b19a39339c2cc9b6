"""Pseudonyms, delays and withheld places; what a removal reached."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("revisions", sa.Column("report", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "protections",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("byline", sa.String(length=200), nullable=True),
        sa.Column("handle", sa.String(length=100), nullable=True),
        sa.Column("delay", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=True),
        sa.Column("place_delay", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_protections_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_protections")),
    )
    op.create_table(
        "whereabouts",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("dateline", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("instead", sa.Text(), nullable=True),
        sa.Column("show_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_whereabouts_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_whereabouts")),
    )
    op.create_index(op.f("ix_whereabouts_show_at"), "whereabouts", ["show_at"], unique=False)
