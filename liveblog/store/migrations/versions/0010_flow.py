"""The way of an entry through the newsroom: turns, embargoes, returns, notes; the books."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("stories", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    for name in ("embargo_until", "returned_at"):
        op.add_column("entries", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_revisions_user_id_at"), "revisions", ["user_id", "at"])
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_notes_entry_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_entry_id_id"), "notes", ["entry_id", "id"])
    _book(
        "contributors",
        900,
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("handle", sa.String(length=100), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
    )
    _book(
        "sources",
        950,
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
    )


def _book(name: str, longest_key: int, *own: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=longest_key), nullable=False),
        *own,
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("origin", sa.String(length=32), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{name}_key")),
    )
    op.create_index(op.f(f"ix_{name}_used_at"), name, ["used_at"])
    op.create_index(op.f(f"ix_{name}_origin"), name, ["origin"])
