"""The table `enclosures` is called `attachments`, with its keys and its indexes."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

COLUMNS = ("id", "inlet_id", "entry_id", "file", "tries", "due_at")


def upgrade() -> None:
    # A new table and not a renamed one: SQLite would keep the old names of the keys.
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("inlet_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inlet_id"], ["inlets.id"], name=op.f("fk_attachments_inlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    old = sa.table("enclosures", *map(sa.column, COLUMNS))
    new = sa.table("attachments", *map(sa.column, COLUMNS))
    op.execute(new.insert().from_select(COLUMNS, sa.select(*old.c)))
    op.drop_table("enclosures")  # its indexes go with it
    op.create_index(op.f("ix_attachments_due_at"), "attachments", ["due_at"], unique=False)
    op.create_index(op.f("ix_attachments_entry_id"), "attachments", ["entry_id"], unique=False)
