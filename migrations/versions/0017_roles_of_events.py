"""Roles within an organisation and within an event."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BEFORE = {
    "role": "role IN ('city_admin', 'district_admin', 'station_keeper', 'auditor')",
    "scope": "scope IN ('city', 'district', 'station')",
}
AFTER = {
    "role": "role IN ('city_admin', 'district_admin', 'org_admin', 'event_leader', 'station_keeper', 'auditor')",
    "scope": "scope IN ('city', 'district', 'org', 'station', 'event')",
}


def grants(checks: dict[str, str]) -> sa.Table:
    """Return the table as it stands, for SQLite, which reads no CHECK back and would lose them."""
    city_wide, narrower = sa.text("scope = 'city'"), sa.text("scope <> 'city'")
    return sa.Table(
        "grants",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(scope = 'city') = (scope_id IS NULL)", name=op.f("ck_grants_scope_named")),
        *(sa.CheckConstraint(text, name=op.f(f"ck_grants_{column}_known")) for column, text in checks.items()),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_grants_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.Index("uq_grants_city", "staff_id", "role", unique=True, sqlite_where=city_wide, postgresql_where=city_wide),
        sa.Index(
            "uq_grants_scoped",
            "staff_id",
            "role",
            "scope",
            "scope_id",
            unique=True,
            sqlite_where=narrower,
            postgresql_where=narrower,
        ),
    )


def turn(before: dict[str, str], after: dict[str, str]) -> None:
    """Replace the two CHECKs."""
    with op.batch_alter_table("grants", copy_from=grants(before)) as batch_op:
        for column in before:
            batch_op.drop_constraint(op.f(f"ck_grants_{column}_known"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_grants_{column}_known"), sa.text(after[column]))


def upgrade() -> None:
    turn(BEFORE, AFTER)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM grants WHERE scope IN ('org', 'event')"))
    turn(AFTER, BEFORE)
