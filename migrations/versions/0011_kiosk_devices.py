"""Screens at stations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "kiosk_devices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(paired_at IS NULL) = (token_hash IS NULL)", name=op.f("ck_kiosk_devices_paired_has_token")
        ),
        sa.CheckConstraint("code_expires_at > created_at", name=op.f("ck_kiosk_devices_code_expires_later")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_kiosk_devices_named")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_kiosk_devices_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosk_devices")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_kiosk_devices_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_kiosk_devices_token_hash")),
    )
    op.create_index("ix_kiosk_devices_station", "kiosk_devices", ["station_id"])


def downgrade() -> None:
    """Take it away; screens are paired again."""
    op.drop_table("kiosk_devices")
