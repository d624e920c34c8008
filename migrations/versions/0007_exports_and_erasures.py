"""Copies of one's own data, deletions under way, and when a person was erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ERASED_IS_EMPTY = "erased_at IS NULL OR phone_index IS NULL"


def upgrade() -> None:
    """Add the column in place, as 0002 did: SQLite would have to build `persons` anew."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE persons ADD COLUMN erased_at DATETIME "
            f"CONSTRAINT ck_persons_erased_is_empty CHECK ({ERASED_IS_EMPTY})"
        )
    else:
        op.add_column("persons", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        op.create_check_constraint(op.f("ck_persons_erased_is_empty"), "persons", ERASED_IS_EMPTY)
    op.create_table(
        "exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("file_enc", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('preparing', 'ready', 'expired')", name=op.f("ck_exports_state_known")),
        sa.CheckConstraint("(state = 'ready') = (file_enc IS NOT NULL)", name=op.f("ck_exports_ready_has_file")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_exports_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exports")),
        sa.UniqueConstraint("public_id", name=op.f("uq_exports_public_id")),
    )
    op.create_index("ix_exports_person", "exports", ["person_id"])
    _unique_while("exports", "uq_exports_preparing", "state = 'preparing'")
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("effective_at > requested_at", name=op.f("ck_erasures_effective_later")),
        sa.CheckConstraint("swept_at IS NULL OR erased_at IS NOT NULL", name=op.f("ck_erasures_swept_after_erased")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_erasures_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_effective_at", "erasures", ["effective_at"])
    _unique_while("erasures", "uq_erasures_pending", "taken_back_at IS NULL AND erased_at IS NULL")


def _unique_while(table: str, name: str, condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, ["person_id"], unique=True, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_table("exports")
    op.execute("ALTER TABLE persons DROP COLUMN erased_at")
