"""What people tell the city."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("about", sa.String(10), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("ref", sa.String(60), nullable=True),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("contact_enc", sa.String(400), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "about IN ('app', 'station', 'event', 'hours', 'staff')", name=op.f("ck_feedback_about_known")
        ),
        sa.CheckConstraint("state IN ('open', 'answered', 'closed')", name=op.f("ck_feedback_state_known")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_feedback_answered_has_time")),
        sa.CheckConstraint("state != 'answered' OR answer IS NOT NULL", name=op.f("ck_feedback_answered_has_answer")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_feedback_station_id")),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name=op.f("fk_feedback_answered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("public_id", name=op.f("uq_feedback_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feedback_token_hash")),
    )
    op.create_index("ix_feedback_station", "feedback", ["station_id"])
    op.create_index("ix_feedback_state", "feedback", ["state", "id"])


def downgrade() -> None:
    op.drop_table("feedback")
