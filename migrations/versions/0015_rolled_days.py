"""Past days counted once, for the dashboard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rolled_days",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("business_date", name=op.f("pk_rolled_days")),
    )
    op.create_table(
        "visit_days",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('accepted', 'pending_review', 'refused', 'void')", name=op.f("ck_visit_days_state_known")
        ),
        sa.CheckConstraint("visits > 0", name=op.f("ck_visit_days_visits_positive")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_visit_days_station_id")),
        sa.PrimaryKeyConstraint("business_date", "state", "station_id", "reason", name=op.f("pk_visit_days")),
        sqlite_with_rowid=False,
    )
    _index(("station_id", "business_date", "state"), ("business_date", "state", "station_id", "reason", "happened_at"))


def downgrade() -> None:
    _index(("station_id", "business_date"), ("business_date", "state", "station_id", "reason"))
    op.drop_table("visit_days")
    op.drop_table("rolled_days")


def _index(of_station: tuple[str, ...], of_day: tuple[str, ...]) -> None:
    for name, columns in (("ix_checkins_station_day", of_station), ("ix_checkins_day", of_day)):
        op.drop_index(name, "checkins")
        op.create_index(name, "checkins", list(columns))
