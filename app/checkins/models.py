"""Table of visits: accepted ones, and the attempts that were refused."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.checkins.rules import APPEAL_CHARS, AppealState, CheckInState, Grade, Reason, Source
from app.core.db import Base
from app.core.types import UtcDateTime, one_of

LIVE = text("state IN ('accepted', 'pending_review')")
HAS_POINT = text("lat IS NOT NULL")
HAS_DEVICE = text("device_hash IS NOT NULL")
HELD = text("state = 'pending_review'")
VOID = text("state = 'void'")
OPEN = text("state = 'open'")
EXPLAINED_BY_STAFF = "explanation IS NULL OR reason IS NOT NULL AND reason IN ('review', 'voided')"
LIVE_STEP = text("step IS NOT NULL AND state IN ('accepted', 'pending_review')")


class CheckIn(Base):
    """One attempt to check in, with its verdict. A fact: voided with a reason, never edited or deleted."""

    __tablename__ = "checkins"
    __table_args__ = (
        Index(
            "uq_checkins_person_station_day",
            "person_id",
            "station_id",
            "business_date",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index(
            "uq_checkins_person_station_step",
            "person_id",
            "station_id",
            "step",
            unique=True,
            sqlite_where=LIVE_STEP,
            postgresql_where=LIVE_STEP,
        ),
        UniqueConstraint("public_id"),
        one_of("state", CheckInState),
        one_of("reason", Reason),
        one_of("grade", Grade),
        one_of("source", Source),
        CheckConstraint("distance_m >= 0", name="distance_not_negative"),
        CheckConstraint("accuracy_m > 0", name="accuracy_positive"),
        CheckConstraint("state NOT IN ('accepted', 'pending_review') OR grade IS NOT NULL", name="live_has_grade"),
        CheckConstraint("state NOT IN ('refused', 'void') OR reason IS NOT NULL", name="ended_has_reason"),
        CheckConstraint(EXPLAINED_BY_STAFF, name="explained_by_staff"),
        Index("ix_checkins_person_time", "person_id", "happened_at"),
        Index("ix_checkins_station_day", "station_id", "business_date", "state"),
        Index("ix_checkins_day", "business_date", "state", "station_id", "reason", "happened_at"),
        Index("ix_checkins_device", "device_hash", "happened_at", sqlite_where=HAS_DEVICE, postgresql_where=HAS_DEVICE),
        Index("ix_checkins_held", "happened_at", sqlite_where=HELD, postgresql_where=HELD),
        Index("ix_checkins_void", "business_date", sqlite_where=VOID, postgresql_where=VOID),
        Index("ix_checkins_point", "happened_at", sqlite_where=HAS_POINT, postgresql_where=HAS_POINT),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    credential_id: Mapped[int | None] = mapped_column(ForeignKey("station_credentials.id"))
    state: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str | None] = mapped_column(String(200))
    explanation: Mapped[str | None] = mapped_column(String(200))
    """What staff said to it: a template's code or their own words. None for other reasons, and after deletion."""
    grade: Mapped[str | None] = mapped_column(String(1))
    distance_m: Mapped[int | None]
    accuracy_m: Mapped[int | None]
    lat: Mapped[float | None]
    lng: Mapped[float | None]
    client_time: Mapped[datetime | None] = mapped_column(UtcDateTime)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    business_date: Mapped[date] = mapped_column(Date)
    step: Mapped[int | None]
    source: Mapped[str] = mapped_column(String(10))
    signals: Mapped[str | None] = mapped_column(String(100))
    """What makes a person look at it, codes with a comma between; None when nothing does."""
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the server got it, of a visit from the offline queue."""
    device_hash: Mapped[str | None] = mapped_column(String(64))
    """The phone, as its session knows it; forgotten with the point."""
    voided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    voided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class RolledDay(Base):
    """A past city day whose counts in VisitDay are whole; or no longer, since one of its visits changed."""

    __tablename__ = "rolled_days"

    business_date: Mapped[date] = mapped_column(Date, primary_key=True)
    whole: Mapped[bool]


class VisitDay(Base):
    """How many attempts of a city day came to what at a station. Written by checkins.rollup alone."""

    __tablename__ = "visit_days"
    __table_args__ = (
        PrimaryKeyConstraint("business_date", "state", "station_id", "reason"),
        one_of("state", CheckInState),
        CheckConstraint("visits > 0", name="visits_positive"),
        {"sqlite_with_rowid": False},
    )

    business_date: Mapped[date] = mapped_column(Date)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    state: Mapped[str] = mapped_column(String(15))
    reason: Mapped[str] = mapped_column(String(200))
    """Of refused attempts; empty of others."""
    visits: Mapped[int]


class Appeal(Base):
    """What somebody says about their visit that was refused or held, and what the staff answered. Once per visit."""

    __tablename__ = "appeals"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("checkin_id"),
        one_of("state", AppealState),
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_has_time"),
        Index("ix_appeals_open", "checkin_id", sqlite_where=OPEN, postgresql_where=OPEN),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    checkin_id: Mapped[int] = mapped_column(ForeignKey("checkins.id"))
    text: Mapped[str] = mapped_column(String(APPEAL_CHARS))
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
