"""Find a person's visits by their time: for the signals of a check-in and for their own list."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_checkins_person_time", "checkins", ["person_id", "happened_at"])
    op.drop_index("ix_checkins_person", "checkins")


def downgrade() -> None:
    op.create_index("ix_checkins_person", "checkins", ["person_id", "id"])
    op.drop_index("ix_checkins_person_time", "checkins")
