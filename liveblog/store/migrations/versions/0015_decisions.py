"""What editors have decided of places and times is remembered, and no longer told by comparing texts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column(
        "whereabouts", sa.Column("decided", sa.JSON(), nullable=False, server_default="[]")
    )
    known = sa.table(
        "whereabouts",
        sa.column("entry_id", sa.String),
        sa.column("instead", sa.Text),
        sa.column("decided", sa.JSON),
    )
    entries = sa.table("entries", sa.column("id", sa.String), sa.column("dateline", sa.Text))
    # Another dateline than the one that stands for what is withheld is an editor's.
    other = sa.exists().where(
        entries.c.id == known.c.entry_id,
        entries.c.dateline != sa.func.coalesce(known.c.instead, ""),
    )
    op.execute(known.update().where(other).values(decided=["dateline"]))
    op.drop_column("whereabouts", "instead")
