"""Appeals, the phone behind a visit, and indexes of what waits for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_checkins_device": (["device_hash", "happened_at"], "device_hash IS NOT NULL"),
    "ix_checkins_held": (["happened_at"], "state = 'pending_review'"),
}


def upgrade() -> None:
    with op.batch_alter_table("checkins") as table:
        table.add_column(sa.Column("device_hash", sa.String(64), nullable=True))
        for name, (columns, where) in INDEXES.items():
            table.create_index(name, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("checkin_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'upheld', 'dismissed')", name=op.f("ck_appeals_state_known")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_appeals_decided_has_time")),
        sa.ForeignKeyConstraint(["checkin_id"], ["checkins.id"], name=op.f("fk_appeals_checkin_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_appeals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeals")),
        sa.UniqueConstraint("checkin_id", name=op.f("uq_appeals_checkin_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_appeals_public_id")),
    )
    where = sa.text("state = 'open'")
    op.create_index("ix_appeals_open", "appeals", ["checkin_id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("appeals")
    with op.batch_alter_table("checkins") as table:
        for name in INDEXES:
            table.drop_index(name)
        table.drop_column("device_hash")
