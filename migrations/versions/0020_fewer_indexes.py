"""No index on when a key was kept: every request that keeps one paid for it, and only the purge read it."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_idempotency_created_at", "idempotency")


def downgrade() -> None:
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"])
