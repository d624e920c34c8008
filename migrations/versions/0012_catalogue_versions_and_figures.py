"""A version for each line of the service catalogue; an index that holds everything the dashboard counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


ONE = sa.text("1")


def upgrade() -> None:
    """Let the rows that are there begin with version 1; the code gives every new one its own.

    SQLite builds the table anew to drop that default, and drops the old one: what refers to it stands aside meanwhile.
    """
    sqlite = op.get_bind().dialect.name == "sqlite"
    op.add_column("service_items", sa.Column("version", sa.Integer(), server_default=ONE, nullable=False))
    if sqlite:
        op.execute("CREATE TEMPORARY TABLE offered AS SELECT * FROM station_services")
        op.execute("DELETE FROM station_services")
    with op.batch_alter_table("service_items") as table:
        table.alter_column("version", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    if sqlite:
        op.execute("INSERT INTO station_services SELECT * FROM offered")
        op.execute("DROP TABLE offered")
    op.drop_index("ix_checkins_day", table_name="checkins")
    op.create_index("ix_checkins_day", "checkins", ["business_date", "state", "station_id", "reason"])


def downgrade() -> None:
    op.drop_index("ix_checkins_day", table_name="checkins")
    op.create_index("ix_checkins_day", "checkins", ["business_date"])
    op.drop_column("service_items", "version")
