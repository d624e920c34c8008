"""Photos of stations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=24), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('shown', 'removed')", name=op.f("ck_photos_state_known")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_photos_has_a_size")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_photos_position_from_zero")),
        sa.CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name=op.f("ck_photos_removed_when")),
        sa.ForeignKeyConstraint(["added_by"], ["staff.id"], name=op.f("fk_photos_added_by")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_photos_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("name", name=op.f("uq_photos_name")),
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.create_index(
            "uq_photos_place",
            ["station_id", "position"],
            unique=True,
            sqlite_where=sa.text("state = 'shown'"),
            postgresql_where=sa.text("state = 'shown'"),
        )


def downgrade() -> None:
    op.drop_table("photos")
