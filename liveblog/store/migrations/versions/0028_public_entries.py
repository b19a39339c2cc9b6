"""The index by which the public entries of a story are found has their ids, too."""

from alembic import op

revision = "0028_0019"
down_revision = "0027"


def upgrade() -> None:
    columns = ["story_id", "status", "published_at", "seq", "id"]
    op.create_index("ix_entries_public", "entries", columns, unique=False)
    op.drop_index("ix_entries_story_id_status_published_at_seq", table_name="entries")
