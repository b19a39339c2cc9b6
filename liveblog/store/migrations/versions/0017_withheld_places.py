"""The table `whereabouts` is called `withheld_places`, with its keys and its index."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

COLUMNS = ("entry_id", "dateline", "occurred_at", "decided", "show_at")


def upgrade() -> None:
    # A new table and not a renamed one: SQLite would keep the old names of the keys.
    op.create_table(
        "withheld_places",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("dateline", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("show_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_withheld_places_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_withheld_places")),
    )
    old = sa.table("whereabouts", *map(sa.column, COLUMNS))
    new = sa.table("withheld_places", *map(sa.column, COLUMNS))
    op.execute(new.insert().from_select(COLUMNS, sa.select(*old.c)))
    op.drop_table("whereabouts")  # its index goes with it
    op.create_index(
        op.f("ix_withheld_places_show_at"), "withheld_places", ["show_at"], unique=False
    )
