"""Tables of stations: place, opening, services, posters."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.errors import Text as Words
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of
from app.orgs.models import District, Organisation
from app.stations.codes import CredentialKind
from app.stations.opening import CalendarDay, DayKind, Hours
from app.stations.rules import RADIUS_MAX_M, RADIUS_MIN_M, CoordQuality, PhotoState, StationKind, StationState

CREDENTIAL_SECRET = sealed_column("station_credentials", "secret", kept=True)


class Station(Base):
    """A place with a poster: a station, a sight, a window or a crossing."""

    __tablename__ = "stations"
    __table_args__ = (
        UniqueConstraint("code"),
        one_of("kind", StationKind),
        one_of("state", StationState),
        one_of("coord_quality", CoordQuality),
        Index("ix_stations_district", "district_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(8))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    address_zh: Mapped[str] = mapped_column(String(200))
    address_en: Mapped[str] = mapped_column(String(200))
    description_zh: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(30))
    languages: Mapped[list[str]] = mapped_column(JSON)
    coord_quality: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10))
    demo: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    district: Mapped[District] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")
    circles: Mapped[list[Circle]] = relationship(
        lazy="raise_on_sql", order_by="Circle.position", cascade="all, delete-orphan"
    )
    opening_rules: Mapped[list[OpeningRule]] = relationship(
        lazy="raise_on_sql",
        order_by="(OpeningRule.on_date, OpeningRule.weekday, OpeningRule.opens_min)",
        cascade="all, delete-orphan",
    )
    services: Mapped[list[StationService]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")
    photos: Mapped[list[Photo]] = relationship(
        lazy="raise_on_sql",
        viewonly=True,
        order_by="Photo.position",
        primaryjoin="and_(Photo.station_id == Station.id, Photo.state == 'shown')",
    )
    closures: Mapped[list[Closure]] = relationship(lazy="raise_on_sql", order_by="Closure.starts_at.desc()")


class Circle(Base):
    """One circle of a station's geofence; a long pier takes several. WGS-84."""

    __tablename__ = "circles"
    __table_args__ = (
        UniqueConstraint("station_id", "position"),
        CheckConstraint(f"radius_m BETWEEN {RADIUS_MIN_M} AND {RADIUS_MAX_M}", name="radius_in_range"),
        CheckConstraint("lat BETWEEN -90 AND 90 AND lng BETWEEN -180 AND 180", name="on_earth"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    position: Mapped[int]
    lat: Mapped[float]
    lng: Mapped[float]
    radius_m: Mapped[int]


class OpeningRule(Base):
    """Hours of a weekday (0 = Monday), of one date, or of holidays; see opening.hours_of for which of them count."""

    __tablename__ = "opening_rules"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN weekday IS NULL THEN 0 ELSE 1 END) + (CASE WHEN on_date IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN on_holidays THEN 1 ELSE 0 END) = 1",
            name="weekday_or_date",
        ),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_known"),
        CheckConstraint(
            "(closed AND opens_min IS NULL AND closes_min IS NULL)"
            " OR (NOT closed AND opens_min IS NOT NULL AND closes_min IS NOT NULL"
            " AND opens_min >= 0 AND closes_min > opens_min AND closes_min <= 1440)",
            name="hours_in_order",
        ),
        Index("ix_opening_rules_station", "station_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    weekday: Mapped[int | None]
    on_date: Mapped[date | None] = mapped_column(Date)
    on_holidays: Mapped[bool]
    closed: Mapped[bool]
    opens_min: Mapped[int | None]
    closes_min: Mapped[int | None]

    @property
    def hours(self) -> Hours:
        """The rule without its row."""
        return Hours(self.weekday, self.on_date, self.closed, self.opens_min, self.closes_min, self.on_holidays)


class WorkDay(Base):
    """A date of the holiday and work calendar (调休): a holiday, or a make-up working day and the weekday it replaces."""

    __tablename__ = "work_days"
    __table_args__ = (
        UniqueConstraint("on_date"),
        one_of("kind", DayKind),
        CheckConstraint(
            "(kind = 'workday' AND stands_for IS NOT NULL AND stands_for BETWEEN 0 AND 6)"
            " OR (kind = 'holiday' AND stands_for IS NULL)",
            name="stands_for_known",
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    on_date: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(10))
    name_zh: Mapped[str] = mapped_column(String(30))
    name_en: Mapped[str] = mapped_column(String(60))
    stands_for: Mapped[int | None]

    @property
    def day(self) -> CalendarDay:
        """The day without its row."""
        return CalendarDay(DayKind(self.kind), Words(self.name_zh, self.name_en), self.stands_for)


class Photo(Base):
    """A photo shown on a station's page, or one that was; its files are named after it in the data folder."""

    __tablename__ = "photos"
    __table_args__ = (
        UniqueConstraint("name"),
        one_of("state", PhotoState),
        CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
        CheckConstraint("position >= 0", name="position_from_zero"),
        CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name="removed_when"),
        Index(
            "uq_photos_place",
            "station_id",
            "position",
            unique=True,
            sqlite_where=text("state = 'shown'"),
            postgresql_where=text("state = 'shown'"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    name: Mapped[str] = mapped_column(String(24))
    width: Mapped[int]
    height: Mapped[int]
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Closure(Base):
    """A time when a station is shut, with its reason; without `until` the station is paused."""

    __tablename__ = "closures"
    __table_args__ = (
        CheckConstraint("until > starts_at", name="until_after_start"),
        Index(
            "uq_closures_running",
            "station_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    reason_zh: Mapped[str] = mapped_column(String(200))
    reason_en: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ServiceItem(Base):
    """One line of the catalogue of services."""

    __tablename__ = "service_items"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(30))
    name_zh: Mapped[str] = mapped_column(String(30))
    name_en: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    version: Mapped[int]


class StationService(Base):
    """A service offered at a station."""

    __tablename__ = "station_services"
    __table_args__ = (UniqueConstraint("station_id", "service_item_id"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    service_item_id: Mapped[int] = mapped_column(ForeignKey("service_items.id"))
    note_zh: Mapped[str] = mapped_column(String(100))
    note_en: Mapped[str] = mapped_column(String(100))
    available: Mapped[bool]

    item: Mapped[ServiceItem] = relationship(lazy="raise_on_sql")


class StationCredential(Base):
    """What proves a visit: a poster of a version, or the secret behind the rotating digits."""

    __tablename__ = "station_credentials"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("station_id", "kind", "version"),
        one_of("kind", CredentialKind),
        CheckConstraint("version >= 1", name="version_from_one"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    kind: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    secret: Mapped[str] = mapped_column(String(120))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoke_reason: Mapped[str | None] = mapped_column(String(200))
