"""The covers of stories."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("stories", sa.Column("cover", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "story_covers",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("medium_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["medium_id"], ["media.id"], name=op.f("fk_story_covers_medium_id")
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_story_covers_story_id")
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_story_covers")),
    )
    op.create_index(op.f("ix_story_covers_medium_id"), "story_covers", ["medium_id"], unique=False)
