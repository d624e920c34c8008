"""Week's patterns that opened shifts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shift_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position_id", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("starts_min", sa.Integer(), nullable=False),
        sa.Column("ends_min", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("shift_ids", sa.JSON(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "starts_min BETWEEN 0 AND 1439 AND ends_min BETWEEN 0 AND 1439",
            name=op.f("ck_shift_templates_times_of_day"),
        ),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_shift_templates_until_not_before")),
        sa.ForeignKeyConstraint(["position_id"], ["positions.id"], name=op.f("fk_shift_templates_position_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_templates")),
    )
    op.create_index("ix_shift_templates_position", "shift_templates", ["position_id"])


def downgrade() -> None:
    op.drop_table("shift_templates")
