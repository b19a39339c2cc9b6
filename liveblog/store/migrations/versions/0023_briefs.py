"""The points of a story's Brief, and a story's revision."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("stories", sa.Column("points", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("stories", sa.Column("points_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("stories", sa.Column("rev", sa.Integer(), nullable=False, server_default="1"))
