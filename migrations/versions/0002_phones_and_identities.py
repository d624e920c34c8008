"""Phones of persons, sealed and indexed; identities given by platforms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

CHECKS = {
    "phone_enc": ("ck_persons_phone_whole", "(phone_enc IS NULL) = (phone_index IS NULL)"),
    "phone_verified_at": ("ck_persons_verified_has_phone", "phone_verified_at IS NULL OR phone_index IS NOT NULL"),
}


def upgrade() -> None:
    """Add the columns in place: SQLite would have to drop `persons`, to which half the tables refer, to build it anew."""
    if op.get_bind().dialect.name == "sqlite":
        types = {"phone_index": "VARCHAR(64)", "phone_enc": "VARCHAR(120)", "phone_verified_at": "DATETIME"}
        for name, kind in types.items():
            check = " CONSTRAINT {} CHECK ({})".format(*CHECKS[name]) if name in CHECKS else ""
            op.execute(f"ALTER TABLE persons ADD COLUMN {name} {kind}{check}")
    else:
        op.add_column("persons", sa.Column("phone_index", sa.String(length=64), nullable=True))
        op.add_column("persons", sa.Column("phone_enc", sa.String(length=120), nullable=True))
        op.add_column("persons", sa.Column("phone_verified_at", sa.DateTime(timezone=True), nullable=True))
        for name, rule in CHECKS.values():
            op.create_check_constraint(op.f(name), "persons", rule)
    op.create_index("uq_persons_phone_index", "persons", ["phone_index"], unique=True)
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("subject_enc", sa.String(length=250), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("provider IN ('wechat')", name=op.f("ck_identities_provider_known")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_identities_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identities")),
        sa.UniqueConstraint("person_id", "provider", name=op.f("uq_identities_person_id_provider")),
        sa.UniqueConstraint("provider", "subject", name=op.f("uq_identities_provider_subject")),
    )


def downgrade() -> None:
    """Take them away; a CHECK goes with its column."""
    op.drop_table("identities")
    op.drop_index("uq_persons_phone_index", table_name="persons")
    for name in ("phone_verified_at", "phone_enc", "phone_index"):
        op.execute(f"ALTER TABLE persons DROP COLUMN {name}")
