"""An edit that changes nothing of a message is known by a digest of what it said before."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column(
        "inbound", sa.Column("words", sa.String(length=64), nullable=False, server_default="")
    )
