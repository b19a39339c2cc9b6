"""Pictures, videos and recordings, and which entries show them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("entries", sa.Column("media", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "media",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("owner", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("alt", sa.Text()),
        sa.Column("credit", sa.Text()),
        sa.Column("placeholder", sa.Text()),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["users.id"], name=op.f("fk_media_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
    )
    op.create_index(op.f("ix_media_ready_created_at"), "media", ["ready", "created_at"])
    op.create_table(
        "entry_media",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("medium_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_entry_media_entry_id")),
        sa.ForeignKeyConstraint(["medium_id"], ["media.id"], name=op.f("fk_entry_media_medium_id")),
        sa.PrimaryKeyConstraint("entry_id", "medium_id", name=op.f("pk_entry_media")),
    )
    op.create_index(op.f("ix_entry_media_medium_id"), "entry_media", ["medium_id"])
