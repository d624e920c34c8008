"""Visits from the offline queue, and what makes a person look at one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SOURCE = "ck_checkins_source_known"


def upgrade() -> None:
    with op.batch_alter_table("checkins") as table:
        table.add_column(sa.Column("signals", sa.String(100), nullable=True))
        table.add_column(sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint(op.f(SOURCE), type_="check")
        table.create_check_constraint(op.f(SOURCE), "source IN ('api', 'offline', 'demo')")


def downgrade() -> None:
    op.execute("UPDATE checkins SET source = 'api' WHERE source = 'offline'")
    with op.batch_alter_table("checkins") as table:
        table.drop_constraint(op.f(SOURCE), type_="check")
        table.create_check_constraint(op.f(SOURCE), "source IN ('api', 'demo')")
        table.drop_column("received_at")
        table.drop_column("signals")
