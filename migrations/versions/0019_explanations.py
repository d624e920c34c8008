"""What staff say to a visit has a column of its own; the reason is a code."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CODES = (
    *("account_frozen", "code_invalid", "code_revoked", "code_expired", "station_withdrawn", "too_far"),
    *("review", "voided", "merged"),
)
CHECKS = {
    "ck_checkins_reason_known": "reason IN (" + ", ".join(f"'{code}'" for code in CODES) + ")",
    "ck_checkins_explained_by_staff": "explanation IS NULL OR reason IS NOT NULL AND reason IN ('review', 'voided')",
}
VISITS = sa.table("checkins", *map(sa.column, ("business_date", "state", "reason", "explanation")))
COUNTS = sa.table("visit_days", *map(sa.column, ("business_date", "station_id", "state", "reason", "visits")))
DAYS = sa.table("rolled_days", *map(sa.column, ("business_date", "whole")))


def upgrade() -> None:
    op.add_column("checkins", sa.Column("explanation", sa.String(200), nullable=True))
    for state, code in (("refused", "review"), ("void", "voided")):
        written = (VISITS.c.state == state, VISITS.c.reason.not_in(CODES))
        op.execute(sa.update(VISITS).where(*written).values(explanation=VISITS.c.reason, reason=code))
    split = COUNTS.c.reason.not_in(("", *CODES))
    place = (COUNTS.c.business_date, COUNTS.c.station_id, COUNTS.c.state)
    summed = sa.select(*place, sa.literal("review"), sa.func.sum(COUNTS.c.visits)).where(split).group_by(*place)
    op.execute(sa.insert(COUNTS).from_select(list(COUNTS.c.keys()), summed))
    op.execute(sa.delete(COUNTS).where(split))
    with op.batch_alter_table("checkins") as table:
        for name, rule in CHECKS.items():
            table.create_check_constraint(op.f(name), rule)


def downgrade() -> None:
    """Give the sentences back to the reason; the days that held some are counted anew."""
    explained = VISITS.c.explanation.is_not(None)
    days = sa.select(VISITS.c.business_date).where(VISITS.c.state == "refused", explained)
    op.execute(sa.update(DAYS).where(DAYS.c.business_date.in_(days)).values(whole=sa.false()))
    with op.batch_alter_table("checkins") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(name), type_="check")
    op.execute(sa.update(VISITS).where(explained).values(reason=VISITS.c.explanation))
    op.drop_column("checkins", "explanation")
