"""First tables: audit, offices, people, stations, visits; the ten districts and the service catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

DISTRICTS = (
    ("370202", "市南区", "Shinan"),
    ("370203", "市北区", "Shibei"),
    ("370211", "黄岛区", "Huangdao"),
    ("370212", "崂山区", "Laoshan"),
    ("370213", "李沧区", "Licang"),
    ("370214", "城阳区", "Chengyang"),
    ("370215", "即墨区", "Jimo"),
    ("370281", "胶州市", "Jiaozhou"),
    ("370283", "平度市", "Pingdu"),
    ("370285", "莱西市", "Laixi"),
)
SERVICE_ITEMS = (
    ("drinking_water", "饮水", "Drinking water"),
    ("phone_charging", "充电", "Phone charging"),
    ("first_aid_kit", "急救药箱", "First-aid kit"),
    ("umbrella", "雨伞", "Umbrellas"),
    ("wheelchair", "轮椅", "Wheelchair"),
    ("stroller", "童车", "Stroller"),
    ("nursing_room", "母婴室", "Nursing room"),
    ("luggage", "行李寄存", "Luggage storage"),
    ("reading", "阅读", "Reading corner"),
    ("rest_area", "休息", "Rest area"),
    ("lost_found", "失物招领", "Lost and found"),
    ("lost_person", "走失协助", "Help for lost persons"),
    ("tourist_info", "旅游咨询", "Tourist information"),
    ("directions", "问路导乘", "Directions and transport"),
    ("reading_glasses", "老花镜", "Reading glasses"),
    ("sewing_kit", "针线包", "Sewing kit"),
    ("air_pump", "打气筒", "Air pump"),
    ("microwave", "热饭", "Microwave"),
    ("blood_pressure", "量血压", "Blood pressure check"),
    ("wifi", "无线网络", "Wi-Fi"),
    ("volunteer_recruit", "志愿者招募", "Volunteer sign-up point"),
    ("complaint", "意见投诉", "Comments and complaints"),
)
SQLITE_APPEND_ONLY = (
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
    # INSERT OR REPLACE deletes the old row without asking the trigger above
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit "
    "WHEN EXISTS (SELECT 1 FROM audit WHERE seq = NEW.seq OR prev_hash = NEW.prev_hash) "
    "BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END",
)
POSTGRESQL_APPEND_ONLY = (
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$",
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
)


def upgrade() -> None:
    create_tables()
    bind = op.get_bind()
    for statement in SQLITE_APPEND_ONLY if bind.dialect.name == "sqlite" else POSTGRESQL_APPEND_ONLY:
        op.execute(statement)
    op.bulk_insert(
        sa.table("districts", *map(sa.column, ("code", "name_zh", "name_en"))),
        [{"code": code, "name_zh": zh, "name_en": en} for code, zh, en in DISTRICTS],
    )
    op.bulk_insert(
        sa.table("service_items", *map(sa.column, ("code", "name_zh", "name_en", "position"))),
        [
            {"code": code, "name_zh": zh, "name_en": en, "position": n}
            for n, (code, zh, en) in enumerate(SERVICE_ITEMS, start=1)
        ],
    )
    op.bulk_insert(
        sa.table("audit_head", *map(sa.column, ("id", "seq", "hash"))),
        [{"id": 1, "seq": 0, "hash": "0" * 64}],
    )


def create_tables() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.String(length=80), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("prev_hash", name=op.f("uq_audit_prev_hash")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_actor", ["actor"], unique=False)
        batch_op.create_index("ix_audit_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_object", ["object_type", "object_id"], unique=False)

    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "counters",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.CheckConstraint("hits >= 0", name=op.f("ck_counters_hits_not_negative")),
        sa.PrimaryKeyConstraint("key_hash", "window_start", name=op.f("pk_counters")),
    )
    op.create_table(
        "districts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("name_zh", sa.String(length=20), nullable=False),
        sa.Column("name_en", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_districts")),
        sa.UniqueConstraint("code", name=op.f("uq_districts_code")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "owner IN ('demo', 'empty', 'testing', 'production')", name=op.f("ck_installation_owner_known")
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("nickname", sa.String(length=40), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("elder_mode", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('zh-CN', 'en')", name=op.f("ck_persons_locale_known")),
        sa.CheckConstraint("state IN ('active', 'frozen')", name=op.f("ck_persons_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("public_id", name=op.f("uq_persons_public_id")),
    )
    op.create_table(
        "service_items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name_zh", sa.String(length=30), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_items")),
        sa.UniqueConstraint("code", name=op.f("uq_service_items_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('active', 'disabled')", name=op.f("ck_staff_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("login", name=op.f("uq_staff_login")),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("scope_id", sa.Integer(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_by", sa.String(length=80), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(scope = 'city') = (scope_id IS NULL)", name=op.f("ck_grants_scope_named")),
        sa.CheckConstraint(
            "role IN ('city_admin', 'district_admin', 'station_keeper', 'auditor')", name=op.f("ck_grants_role_known")
        ),
        sa.CheckConstraint("scope IN ('city', 'district', 'station')", name=op.f("ck_grants_scope_known")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_grants_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(
            "uq_grants_city",
            ["staff_id", "role"],
            unique=True,
            sqlite_where=sa.text("scope = 'city'"),
            postgresql_where=sa.text("scope = 'city'"),
        )
        batch_op.create_index(
            "uq_grants_scoped",
            ["staff_id", "role", "scope", "scope_id"],
            unique=True,
            sqlite_where=sa.text("scope <> 'city'"),
            postgresql_where=sa.text("scope <> 'city'"),
        )

    op.create_table(
        "idempotency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("route", sa.String(length=120), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_idempotency_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency")),
        sa.UniqueConstraint("person_id", "key", name=op.f("uq_idempotency_person_id_key")),
    )
    with op.batch_alter_table("idempotency", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_created_at", ["created_at"], unique=False)

    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('office', 'operator', 'partner')", name=op.f("ck_organisations_kind_known")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_organisations_district_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("name_zh", name=op.f("uq_organisations_name_zh")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("device_hash", sa.String(length=64), nullable=True),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sessions_expires_later")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("public_id", name=op.f("uq_sessions_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sessions_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index("ix_sessions_expires_at", ["expires_at"], unique=False)
        batch_op.create_index("ix_sessions_person", ["person_id"], unique=False)

    op.create_table(
        "staff_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('first_access', 'new_password')", name=op.f("ck_staff_links_purpose_known")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_staff_links_expires_later")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_links_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_links_token_hash")),
    )
    with op.batch_alter_table("staff_links", schema=None) as batch_op:
        batch_op.create_index("ix_staff_links_staff", ["staff_id"], unique=False)

    op.create_table(
        "staff_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_staff_sessions_expires_later")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_sessions_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_sessions_token_hash")),
    )
    with op.batch_alter_table("staff_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_staff_sessions_staff", ["staff_id"], unique=False)

    op.create_table(
        "stations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("district_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("address_zh", sa.String(length=200), nullable=False),
        sa.Column("address_en", sa.String(length=200), nullable=False),
        sa.Column("description_zh", sa.Text(), nullable=False),
        sa.Column("description_en", sa.Text(), nullable=False),
        sa.Column("phone", sa.String(length=30), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("coord_quality", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "coord_quality IN ('surveyed', 'poi_checked', 'approximate')", name=op.f("ck_stations_coord_quality_known")
        ),
        sa.CheckConstraint("kind IN ('station', 'sight', 'window', 'crossing')", name=op.f("ck_stations_kind_known")),
        sa.CheckConstraint("state IN ('draft', 'open', 'paused', 'withdrawn')", name=op.f("ck_stations_state_known")),
        sa.ForeignKeyConstraint(["district_id"], ["districts.id"], name=op.f("fk_stations_district_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisations.id"], name=op.f("fk_stations_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
        sa.UniqueConstraint("code", name=op.f("uq_stations_code")),
    )
    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.create_index("ix_stations_district", ["district_id"], unique=False)

    op.create_table(
        "circles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lng", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=False),
        sa.CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name=op.f("ck_circles_on_earth")),
        sa.CheckConstraint("radius_m BETWEEN 20 AND 1000", name=op.f("ck_circles_radius_in_range")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_circles_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circles")),
        sa.UniqueConstraint("station_id", "position", name=op.f("uq_circles_station_id_position")),
    )
    op.create_table(
        "closures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("reason_zh", sa.String(length=200), nullable=False),
        sa.Column("reason_en", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until > starts_at", name=op.f("ck_closures_until_after_start")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_closures_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closures")),
    )
    with op.batch_alter_table("closures", schema=None) as batch_op:
        batch_op.create_index(
            "uq_closures_running",
            ["station_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "opening_rules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("opens_min", sa.Integer(), nullable=True),
        sa.Column("closes_min", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(closed AND opens_min IS NULL AND closes_min IS NULL) OR (NOT closed AND opens_min >= 0 AND closes_min > opens_min AND closes_min <= 1440)",
            name=op.f("ck_opening_rules_hours_in_order"),
        ),
        sa.CheckConstraint("(weekday IS NULL) <> (on_date IS NULL)", name=op.f("ck_opening_rules_weekday_or_date")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_opening_rules_weekday_known")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_opening_rules_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_rules")),
    )
    with op.batch_alter_table("opening_rules", schema=None) as batch_op:
        batch_op.create_index("ix_opening_rules_station", ["station_id"], unique=False)

    op.create_table(
        "station_credentials",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoke_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("kind IN ('poster', 'rotating')", name=op.f("ck_station_credentials_kind_known")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_station_credentials_version_from_one")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_credentials_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_credentials")),
        sa.UniqueConstraint("public_id", name=op.f("uq_station_credentials_public_id")),
        sa.UniqueConstraint(
            "station_id", "kind", "version", name=op.f("uq_station_credentials_station_id_kind_version")
        ),
    )
    op.create_table(
        "station_services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("service_item_id", sa.Integer(), nullable=False),
        sa.Column("note_zh", sa.String(length=100), nullable=False),
        sa.Column("note_en", sa.String(length=100), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_item_id"], ["service_items.id"], name=op.f("fk_station_services_service_item_id")
        ),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_station_services_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station_services")),
        sa.UniqueConstraint(
            "station_id", "service_item_id", name=op.f("uq_station_services_station_id_service_item_id")
        ),
    )
    op.create_table(
        "checkins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=15), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("accuracy_m", sa.Integer(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("client_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("grade IN ('A', 'B', 'C')", name=op.f("ck_checkins_grade_known")),
        sa.CheckConstraint("source IN ('api', 'demo')", name=op.f("ck_checkins_source_known")),
        sa.CheckConstraint(
            "state IN ('accepted', 'pending_review', 'refused', 'void')", name=op.f("ck_checkins_state_known")
        ),
        sa.CheckConstraint(
            "state NOT IN ('accepted', 'pending_review') OR grade IS NOT NULL", name=op.f("ck_checkins_live_has_grade")
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'void') OR reason IS NOT NULL", name=op.f("ck_checkins_ended_has_reason")
        ),
        sa.CheckConstraint("accuracy_m > 0", name=op.f("ck_checkins_accuracy_positive")),
        sa.CheckConstraint("distance_m >= 0", name=op.f("ck_checkins_distance_not_negative")),
        sa.ForeignKeyConstraint(["credential_id"], ["station_credentials.id"], name=op.f("fk_checkins_credential_id")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_checkins_person_id")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_checkins_station_id")),
        sa.ForeignKeyConstraint(["voided_by"], ["staff.id"], name=op.f("fk_checkins_voided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkins")),
        sa.UniqueConstraint("public_id", name=op.f("uq_checkins_public_id")),
    )
    with op.batch_alter_table("checkins", schema=None) as batch_op:
        batch_op.create_index("ix_checkins_day", ["business_date"], unique=False)
        batch_op.create_index("ix_checkins_person", ["person_id", "id"], unique=False)
        batch_op.create_index(
            "ix_checkins_point",
            ["happened_at"],
            unique=False,
            sqlite_where=sa.text("lat IS NOT NULL"),
            postgresql_where=sa.text("lat IS NOT NULL"),
        )
        batch_op.create_index("ix_checkins_station_day", ["station_id", "business_date"], unique=False)
        batch_op.create_index(
            "uq_checkins_person_station_day",
            ["person_id", "station_id", "business_date"],
            unique=True,
            sqlite_where=sa.text("state IN ('accepted', 'pending_review')"),
            postgresql_where=sa.text("state IN ('accepted', 'pending_review')"),
        )
        batch_op.create_index(
            "uq_checkins_person_station_step",
            ["person_id", "station_id", "step"],
            unique=True,
            sqlite_where=sa.text("step IS NOT NULL AND state IN ('accepted', 'pending_review')"),
            postgresql_where=sa.text("step IS NOT NULL AND state IN ('accepted', 'pending_review')"),
        )


def downgrade() -> None:
    for table in (
        "checkins",
        "station_services",
        "station_credentials",
        "opening_rules",
        "closures",
        "circles",
        "stations",
        "staff_sessions",
        "staff_links",
        "sessions",
        "organisations",
        "idempotency",
        "grants",
        "staff",
        "service_items",
        "persons",
        "installation",
        "districts",
        "counters",
        "audit_head",
        "audit",
    ):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only()")
