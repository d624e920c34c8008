"""Void visits found without looking through all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

VOID = sa.text("state = 'void'")


def upgrade() -> None:
    op.create_index("ix_checkins_void", "checkins", ["business_date"], sqlite_where=VOID, postgresql_where=VOID)


def downgrade() -> None:
    op.drop_index("ix_checkins_void", "checkins")
