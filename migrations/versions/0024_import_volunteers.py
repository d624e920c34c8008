"""Imports of volunteers: what a file about people holds is kept sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the sealed column, and let volunteers be imported."""
    with op.batch_alter_table("imports") as table:
        table.add_column(sa.Column("private_enc", sa.Text(), nullable=True))
        table.drop_constraint(op.f("ck_imports_subject_known"), type_="check")
        table.create_check_constraint(op.f("ck_imports_subject_known"), "subject IN ('stations', 'volunteers')")


def downgrade() -> None:
    """Take the column away; imports of volunteers, whose rows it held, go with it."""
    op.execute("DELETE FROM imports WHERE subject = 'volunteers'")
    with op.batch_alter_table("imports") as table:
        table.drop_constraint(op.f("ck_imports_subject_known"), type_="check")
        table.create_check_constraint(op.f("ck_imports_subject_known"), "subject IN ('stations')")
        table.drop_column("private_enc")
