"""Pictures of cards: media that no entry has taken up yet."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "media", sa.Column("spare", sa.Boolean(), nullable=False, server_default=sa.false())
    )
