## The revision is NUMBER_OLDEST: servers whose newest revision is OLDEST still work with this schema (docs/postgresql.md).
"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
