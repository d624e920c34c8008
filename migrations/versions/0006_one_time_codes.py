"""One-time codes of phones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "otp_codes",
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.String(length=24), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > sent_at", name=op.f("ck_otp_codes_expires_later")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_otp_codes_tries_not_negative")),
        sa.PrimaryKeyConstraint("phone_index", name=op.f("pk_otp_codes")),
    )
    op.create_index("ix_otp_codes_expires_at", "otp_codes", ["expires_at"])


def downgrade() -> None:
    """Take it away; codes under way are asked for again."""
    op.drop_table("otp_codes")
