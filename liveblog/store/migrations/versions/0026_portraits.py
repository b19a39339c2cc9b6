"""Portraits of contributors."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("contributors", sa.Column("portrait", sa.String(length=40), nullable=True))
    op.create_index("ix_contributors_portrait", "contributors", ["portrait"], unique=False)
