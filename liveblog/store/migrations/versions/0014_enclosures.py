"""Files that come with messages of chats: what is still to be fetched, and by which bot's token."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("inlets", sa.Column("token", sa.Text(), nullable=True))
    op.create_index(op.f("ix_inbound_entry_id"), "inbound", ["entry_id"], unique=False)
    op.create_table(
        "enclosures",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("inlet_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("file", sa.String(length=255), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inlet_id"], ["inlets.id"], name=op.f("fk_enclosures_inlet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enclosures")),
    )
    op.create_index(op.f("ix_enclosures_due_at"), "enclosures", ["due_at"], unique=False)
    op.create_index(op.f("ix_enclosures_entry_id"), "enclosures", ["entry_id"], unique=False)
