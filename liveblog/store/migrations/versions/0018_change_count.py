"""The column `stories.turn` is called `change_count`."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.alter_column("stories", "turn", new_column_name="change_count")
