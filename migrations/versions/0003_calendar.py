"""The holiday and work calendar, and hours of holidays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

HOURS = "(closed AND opens_min IS NULL AND closes_min IS NULL) OR (NOT closed AND opens_min >= 0 AND closes_min > opens_min AND closes_min <= 1440)"
HOURS_KNOWN = "(closed AND opens_min IS NULL AND closes_min IS NULL) OR (NOT closed AND opens_min IS NOT NULL AND closes_min IS NOT NULL AND opens_min >= 0 AND closes_min > opens_min AND closes_min <= 1440)"
"""A CHECK holds where it is unknown, so that the old one let hours without a time pass."""
ONE_OF_TWO = "(weekday IS NULL) <> (on_date IS NULL)"
ONE_OF_THREE = "(CASE WHEN weekday IS NULL THEN 0 ELSE 1 END) + (CASE WHEN on_date IS NULL THEN 0 ELSE 1 END) + (CASE WHEN on_holidays THEN 1 ELSE 0 END) = 1"


def opening_rules(hours: str, day: str, *more: sa.Column) -> sa.Table:
    """Return the table as it stands, for SQLite, which reads no CHECK back and would lose them."""
    return sa.Table(
        "opening_rules",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("opens_min", sa.Integer(), nullable=True),
        sa.Column("closes_min", sa.Integer(), nullable=True),
        *more,
        sa.CheckConstraint(hours, name=op.f("ck_opening_rules_hours_in_order")),
        sa.CheckConstraint(day, name=op.f("ck_opening_rules_weekday_or_date")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_opening_rules_weekday_known")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_opening_rules_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_rules")),
        sa.Index("ix_opening_rules_station", "station_id"),
    )


def upgrade() -> None:
    op.create_table(
        "work_days",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name_zh", sa.String(length=30), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("stands_for", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('holiday', 'workday')", name=op.f("ck_work_days_kind_known")),
        sa.CheckConstraint(
            "(kind = 'workday' AND stands_for IS NOT NULL AND stands_for BETWEEN 0 AND 6) OR (kind = 'holiday' AND stands_for IS NULL)",
            name=op.f("ck_work_days_stands_for_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_days")),
        sa.UniqueConstraint("on_date", name=op.f("uq_work_days_on_date")),
    )
    with op.batch_alter_table("opening_rules", copy_from=opening_rules(HOURS, ONE_OF_TWO)) as batch_op:
        batch_op.drop_constraint(op.f("ck_opening_rules_hours_in_order"), type_="check")
        batch_op.drop_constraint(op.f("ck_opening_rules_weekday_or_date"), type_="check")
        batch_op.add_column(sa.Column("on_holidays", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_check_constraint(op.f("ck_opening_rules_weekday_or_date"), sa.text(ONE_OF_THREE))
        batch_op.create_check_constraint(op.f("ck_opening_rules_hours_in_order"), sa.text(HOURS_KNOWN))
    now = opening_rules(
        HOURS_KNOWN, ONE_OF_THREE, sa.Column("on_holidays", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    with op.batch_alter_table("opening_rules", copy_from=now) as batch_op:
        batch_op.alter_column("on_holidays", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM opening_rules WHERE on_holidays"))
    now = opening_rules(HOURS_KNOWN, ONE_OF_THREE, sa.Column("on_holidays", sa.Boolean(), nullable=False))
    with op.batch_alter_table("opening_rules", copy_from=now) as batch_op:
        batch_op.drop_constraint(op.f("ck_opening_rules_hours_in_order"), type_="check")
        batch_op.drop_constraint(op.f("ck_opening_rules_weekday_or_date"), type_="check")
        batch_op.drop_column("on_holidays")
        batch_op.create_check_constraint(op.f("ck_opening_rules_weekday_or_date"), sa.text(ONE_OF_TWO))
        batch_op.create_check_constraint(op.f("ck_opening_rules_hours_in_order"), sa.text(HOURS))
    op.drop_table("work_days")
