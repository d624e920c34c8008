"""Volunteers, and events with their positions, shifts and sign-ups."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

A_DAY = {
    "sqlite": "julianday(ends_at) <= julianday(starts_at) + 1.000001",
    "postgresql": "ends_at <= starts_at + interval '24 hours'",
}


def _where(words: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(words), "postgresql_where": sa.text(words)}


def upgrade() -> None:
    op.create_table(
        "volunteers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_no", sa.String(16), nullable=False),
        sa.Column("real_name_enc", sa.String(400), nullable=True),
        sa.Column("real_name_index", sa.String(64), nullable=True),
        sa.Column("gender", sa.String(10), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("emergency_contact_enc", sa.String(400), nullable=True),
        sa.Column("guardian_name_enc", sa.String(400), nullable=True),
        sa.Column("guardian_phone_enc", sa.String(120), nullable=True),
        sa.Column("guardian_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("state_reason", sa.String(200), nullable=True),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "guardian_consent_at IS NULL OR guardian_name_enc IS NOT NULL",
            name=op.f("ck_volunteers_consent_has_guardian"),
        ),
        sa.CheckConstraint("gender IN ('female', 'male')", name=op.f("ck_volunteers_gender_known")),
        sa.CheckConstraint(
            "(guardian_name_enc IS NULL) = (guardian_phone_enc IS NULL)", name=op.f("ck_volunteers_guardian_whole")
        ),
        sa.CheckConstraint(
            "state NOT IN ('pending', 'active', 'suspended') OR (real_name_enc IS NOT NULL AND birth_date IS NOT NULL AND district_id IS NOT NULL)",
            name=op.f("ck_volunteers_known_when_serving"),
        ),
        sa.CheckConstraint(
            "(real_name_enc IS NULL) = (real_name_index IS NULL)", name=op.f("ck_volunteers_name_whole")
        ),
        sa.CheckConstraint("origin IN ('self', 'staff', 'import', 'unit')", name=op.f("ck_volunteers_origin_known")),
        sa.CheckConstraint(
            "state IN ('invited', 'pending', 'active', 'suspended', 'archived')", name=op.f("ck_volunteers_state_known")
        ),
        sa.CheckConstraint(
            "state != 'suspended' OR state_reason IS NOT NULL", name=op.f("ck_volunteers_suspended_has_reason")
        ),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_volunteers_district_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_volunteers_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_volunteers")),
        sa.UniqueConstraint("person_id", name=op.f("uq_volunteers_person_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_volunteers_public_id")),
        sa.UniqueConstraint("volunteer_no", name=op.f("uq_volunteers_volunteer_no")),
    )
    op.create_index("ix_volunteers_district", "volunteers", ["district_id", "state"])
    op.create_index("ix_volunteers_name", "volunteers", ["real_name_index"])
    op.create_table(
        "qualifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "code IN ('first_aid', 'english', 'sign_language', 'japanese', 'korean', 'lifeguard', 'elder_care', 'guide')",
            name=op.f("ck_qualifications_code_known"),
        ),
        sa.ForeignKeyConstraint(["noted_by"], ["staff.id"], name=op.f("fk_qualifications_noted_by")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_qualifications_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualifications")),
        sa.UniqueConstraint("volunteer_id", "code", name=op.f("uq_qualifications_volunteer_id_code")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("category", sa.String(20), nullable=False),
        sa.Column("summary_zh", sa.String(200), nullable=False),
        sa.Column("summary_en", sa.String(400), nullable=False),
        sa.Column("description_zh", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("requirements_zh", sa.String(500), nullable=False),
        sa.Column("requirements_en", sa.String(1000), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=True),
        sa.Column("place_zh", sa.String(200), nullable=False),
        sa.Column("place_en", sa.String(200), nullable=False),
        sa.Column("risk_note_zh", sa.String(500), nullable=False),
        sa.Column("risk_note_en", sa.String(1000), nullable=False),
        sa.Column("no_particular_risk", sa.Boolean(), nullable=False),
        sa.Column("insurance_note", sa.String(200), nullable=True),
        sa.Column("contact", sa.String(100), nullable=False),
        sa.Column("hour_rule_zh", sa.String(200), nullable=True),
        sa.Column("hour_rule_en", sa.String(400), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("cancel_reason_zh", sa.String(200), nullable=True),
        sa.Column("cancel_reason_en", sa.String(200), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("publisher_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state != 'cancelled' OR (cancel_reason_zh IS NOT NULL AND cancel_reason_en IS NOT NULL)",
            name=op.f("ck_events_cancelled_has_reason"),
        ),
        sa.CheckConstraint(
            "category IN ('guidance', 'tide_safety', 'order', 'lost_person', 'environment', 'gull_watching', 'convenience', 'foreign_languages')",
            name=op.f("ck_events_category_known"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_events_ends_later")),
        sa.CheckConstraint("publisher_id != author_id", name=op.f("ck_events_published_by_another")),
        sa.CheckConstraint(
            "state NOT IN ('published', 'settled') OR published_at IS NOT NULL",
            name=op.f("ck_events_published_has_time"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'published', 'cancelled', 'settled')", name=op.f("ck_events_state_known")
        ),
        sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name=op.f("ck_events_time_whole")),
        sa.ForeignKeyConstraint(["author_id"], ["staff.id"], name=op.f("fk_events_author_id")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_events_district_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_events_organisation_id")),
        sa.ForeignKeyConstraint(["publisher_id"], ["staff.id"], name=op.f("fk_events_publisher_id")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_events_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("public_id", name=op.f("uq_events_public_id")),
    )
    op.create_index("ix_events_district", "events", ["district_id"])
    op.create_index("ix_events_station", "events", ["station_id"])
    op.create_index("ix_events_time", "events", ["state", "starts_at", "id"])
    op.create_table(
        "positions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(60), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("requirements_zh", sa.String(500), nullable=False),
        sa.Column("requirements_en", sa.String(1000), nullable=False),
        sa.Column("qualifications", sa.JSON(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("approval", sa.String(10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("approval IN ('instant', 'review')", name=op.f("ck_positions_approval_known")),
        sa.CheckConstraint("min_age BETWEEN 1 AND 99", name=op.f("ck_positions_min_age_in_range")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_positions_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_positions_public_id")),
    )
    op.create_index("ix_positions_event", "positions", ["event_id"])
    op.create_table(
        "shifts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("position_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("waitlisted", sa.Integer(), nullable=False),
        sa.Column("queue_last", sa.Integer(), nullable=False),
        sa.Column("min_cover", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("cancel_reason_zh", sa.String(200), nullable=True),
        sa.Column("cancel_reason_en", sa.String(200), nullable=True),
        sa.Column("by_hand_since_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state != 'cancelled' OR (cancel_reason_zh IS NOT NULL AND cancel_reason_en IS NOT NULL)",
            name=op.f("ck_shifts_cancelled_has_reason"),
        ),
        sa.CheckConstraint("capacity BETWEEN 1 AND 5000", name=op.f("ck_shifts_capacity_in_range")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shifts_ends_later")),
        sa.CheckConstraint("min_cover BETWEEN 0 AND capacity", name=op.f("ck_shifts_min_cover_within_capacity")),
        sa.CheckConstraint("state IN ('open', 'cancelled')", name=op.f("ck_shifts_state_known")),
        sa.CheckConstraint("taken BETWEEN 0 AND capacity", name=op.f("ck_shifts_taken_within_capacity")),
        sa.CheckConstraint("waitlisted BETWEEN 0 AND queue_last", name=op.f("ck_shifts_waitlisted_counted")),
        sa.CheckConstraint(A_DAY[op.get_context().dialect.name], name=op.f("ck_shifts_at_most_a_day")),
        sa.ForeignKeyConstraint(["position_id"], ["positions.id"], name=op.f("fk_shifts_position_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("public_id", name=op.f("uq_shifts_public_id")),
    )
    op.create_index("ix_shifts_position", "shifts", ["position_id"])
    op.create_index("ix_shifts_time", "shifts", ["starts_at", "id"])
    op.create_index("ix_shifts_waiting", "shifts", ["starts_at"], **_where("waitlisted > 0"))
    op.create_table(
        "signups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(24), nullable=False),
        sa.Column("shift_id", sa.Integer(), nullable=False),
        sa.Column("volunteer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(15), nullable=False),
        sa.Column("queue_no", sa.Integer(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offer_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("risk_ack_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'offered') = (offer_until IS NOT NULL)", name=op.f("ck_signups_offered_has_end")),
        sa.CheckConstraint(
            "state NOT IN ('cancelled_org', 'rejected') OR reason IS NOT NULL",
            name=op.f("ck_signups_refused_has_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('invited', 'pending', 'confirmed', 'waitlisted', 'offered', 'declined', 'expired', 'cancelled_self', 'cancelled_org', 'rejected')",
            name=op.f("ck_signups_state_known"),
        ),
        sa.CheckConstraint("via IN ('self', 'staff', 'unit', 'import')", name=op.f("ck_signups_via_known")),
        sa.CheckConstraint(
            "state != 'waitlisted' OR queue_no IS NOT NULL", name=op.f("ck_signups_waitlisted_has_number")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_signups_decided_by")),
        sa.ForeignKeyConstraint(["shift_id"], ["shifts.id"], name=op.f("fk_signups_shift_id")),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteers.id"], name=op.f("fk_signups_volunteer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signups")),
        sa.UniqueConstraint("public_id", name=op.f("uq_signups_public_id")),
    )
    op.create_index("ix_signups_offers", "signups", ["offer_until"], **_where("state = 'offered'"))
    op.create_index("ix_signups_queue", "signups", ["shift_id", "queue_no"], **_where("state = 'waitlisted'"))
    op.create_index("ix_signups_shift", "signups", ["shift_id", "state", "id"])
    op.create_index("ix_signups_volunteer", "signups", ["volunteer_id", "id"])
    op.create_index(
        "uq_signups_shift_volunteer",
        "signups",
        ["shift_id", "volunteer_id"],
        unique=True,
        **_where("state IN ('invited', 'pending', 'confirmed', 'waitlisted', 'offered')"),
    )


def downgrade() -> None:
    for table in ("signups", "shifts", "positions", "events", "qualifications", "volunteers"):
        op.drop_table(table)
