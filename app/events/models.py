"""Tables of events: positions, shifts, and who has signed up."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.types import UtcDateTime, one_of
from app.events.rules import CAPACITY_MAX, Approval, Category, EventState, ShiftState, SignUpState, Via
from app.orgs.models import District, Organisation
from app.stations.models import Station
from app.volunteers.models import Volunteer

LIVE = text("state IN ('invited', 'pending', 'confirmed', 'waitlisted', 'offered')")
WAITING = text("state = 'waitlisted'")
OFFERED = text("state = 'offered'")


class Event(Base):
    """Something to be done at a place; people see it once a second person has published it."""

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("public_id"),
        one_of("category", Category),
        one_of("state", EventState),
        CheckConstraint("publisher_id != author_id", name="published_by_another"),
        CheckConstraint("state NOT IN ('published', 'settled') OR published_at IS NOT NULL", name="published_has_time"),
        CheckConstraint(
            "state != 'cancelled' OR (cancel_reason_zh IS NOT NULL AND cancel_reason_en IS NOT NULL)",
            name="cancelled_has_reason",
        ),
        CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="time_whole"),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        Index("ix_events_time", "state", "starts_at", "id"),
        Index("ix_events_district", "district_id"),
        Index("ix_events_station", "station_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    title_zh: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str] = mapped_column(String(120))
    category: Mapped[str] = mapped_column(String(20))
    summary_zh: Mapped[str] = mapped_column(String(200))
    summary_en: Mapped[str] = mapped_column(String(400))
    description_zh: Mapped[str] = mapped_column(Text)
    description_en: Mapped[str] = mapped_column(Text)
    requirements_zh: Mapped[str] = mapped_column(String(500))
    requirements_en: Mapped[str] = mapped_column(String(1000))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    district_id: Mapped[int] = mapped_column(ForeignKey("districts.id"))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"))
    place_zh: Mapped[str] = mapped_column(String(200))
    place_en: Mapped[str] = mapped_column(String(200))
    """Where to meet; empty where the station says it all."""
    risk_note_zh: Mapped[str] = mapped_column(String(500))
    risk_note_en: Mapped[str] = mapped_column(String(1000))
    no_particular_risk: Mapped[bool]
    """Said explicitly by the author, where there is no risk to name."""
    insurance_note: Mapped[str | None] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(100))
    """How to reach the organiser: an office and its number, not a person's."""
    hour_rule_zh: Mapped[str | None] = mapped_column(String(200))
    hour_rule_en: Mapped[str | None] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(10))
    cancel_reason_zh: Mapped[str | None] = mapped_column(String(200))
    cancel_reason_en: Mapped[str | None] = mapped_column(String(200))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """From the first start to the last end of the shifts that are not cancelled; None without any."""
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    publisher_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int]

    district: Mapped[District] = relationship(lazy="raise_on_sql")
    organisation: Mapped[Organisation | None] = relationship(lazy="raise_on_sql")
    station: Mapped[Station | None] = relationship(lazy="raise_on_sql")
    positions: Mapped[list[Position]] = relationship(lazy="raise_on_sql", order_by="(Position.position, Position.id)")


class Position(Base):
    """What somebody does at an event, what they must bring for it, and how they are taken on."""

    __tablename__ = "positions"
    __table_args__ = (
        UniqueConstraint("public_id"),
        one_of("approval", Approval),
        CheckConstraint("min_age BETWEEN 1 AND 99", name="min_age_in_range"),
        Index("ix_positions_event", "event_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    event_id: Mapped[int] = mapped_column(ForeignKey("events.id"))
    title_zh: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str] = mapped_column(String(120))
    requirements_zh: Mapped[str] = mapped_column(String(500))
    requirements_en: Mapped[str] = mapped_column(String(1000))
    qualifications: Mapped[list[str]] = mapped_column(JSON)
    """Codes that are all required, on the day on which the shift ends."""
    min_age: Mapped[int | None]
    approval: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]

    event: Mapped[Event] = relationship(lazy="raise_on_sql", viewonly=True)
    shifts: Mapped[list[Shift]] = relationship(lazy="raise_on_sql", order_by="(Shift.starts_at, Shift.id)")


class Shift(Base):
    """A time of a position with its seats. The counters are written by events.signups alone.

    taken: sign-ups that hold a seat, confirmed or offered; waitlisted: those that wait; queue_last: the last number
    given in the queue, which never goes back.
    """

    __tablename__ = "shifts"
    __table_args__ = (
        UniqueConstraint("public_id"),
        one_of("state", ShiftState),
        CheckConstraint("ends_at > starts_at", name="ends_later"),
        CheckConstraint("julianday(ends_at) <= julianday(starts_at) + 1.000001", name="at_most_a_day").ddl_if(
            dialect="sqlite"
        ),
        CheckConstraint("ends_at <= starts_at + interval '24 hours'", name="at_most_a_day").ddl_if(
            dialect="postgresql"
        ),
        CheckConstraint(f"capacity BETWEEN 1 AND {CAPACITY_MAX}", name="capacity_in_range"),
        CheckConstraint("taken BETWEEN 0 AND capacity", name="taken_within_capacity"),
        CheckConstraint("waitlisted BETWEEN 0 AND queue_last", name="waitlisted_counted"),
        CheckConstraint("min_cover BETWEEN 0 AND capacity", name="min_cover_within_capacity"),
        CheckConstraint(
            "state != 'cancelled' OR (cancel_reason_zh IS NOT NULL AND cancel_reason_en IS NOT NULL)",
            name="cancelled_has_reason",
        ),
        Index("ix_shifts_position", "position_id"),
        Index("ix_shifts_time", "starts_at", "id"),
        Index(
            "ix_shifts_waiting",
            "starts_at",
            sqlite_where=text("waitlisted > 0"),
            postgresql_where=text("waitlisted > 0"),
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    position_id: Mapped[int] = mapped_column(ForeignKey("positions.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    taken: Mapped[int]
    waitlisted: Mapped[int]
    queue_last: Mapped[int]
    min_cover: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    cancel_reason_zh: Mapped[str | None] = mapped_column(String(200))
    cancel_reason_en: Mapped[str | None] = mapped_column(String(200))
    by_hand_since_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when free seats wait for the leader's hand, because it is too late to offer them; None otherwise."""
    version: Mapped[int]

    parent: Mapped[Position] = relationship(lazy="raise_on_sql", viewonly=True)


class ShiftTemplate(Base):
    """A week's pattern that opened shifts of a position, kept so that it can be undone while nobody has signed up."""

    __tablename__ = "shift_templates"
    __table_args__ = (
        CheckConstraint("starts_min BETWEEN 0 AND 1439 AND ends_min BETWEEN 0 AND 1439", name="times_of_day"),
        CheckConstraint("until_on >= from_on", name="until_not_before"),
        Index("ix_shift_templates_position", "position_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    position_id: Mapped[int] = mapped_column(ForeignKey("positions.id"))
    weekdays: Mapped[list[int]] = mapped_column(JSON)
    """0 = Monday."""
    starts_min: Mapped[int]
    ends_min: Mapped[int]
    from_on: Mapped[date] = mapped_column(Date)
    until_on: Mapped[date] = mapped_column(Date)
    shift_ids: Mapped[list[int]] = mapped_column(JSON)
    """The shifts it opened."""
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignUp(Base):
    """One volunteer's place, wish or invitation on a shift. A fact: it changes state and is never deleted."""

    __tablename__ = "signups"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index(
            "uq_signups_shift_volunteer",
            "shift_id",
            "volunteer_id",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        one_of("state", SignUpState),
        one_of("via", Via),
        CheckConstraint("state != 'waitlisted' OR queue_no IS NOT NULL", name="waitlisted_has_number"),
        CheckConstraint("(state = 'offered') = (offer_until IS NOT NULL)", name="offered_has_end"),
        CheckConstraint("state NOT IN ('cancelled_org', 'rejected') OR reason IS NOT NULL", name="refused_has_reason"),
        Index("ix_signups_volunteer", "volunteer_id", "id"),
        Index("ix_signups_queue", "shift_id", "queue_no", sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_signups_shift", "shift_id", "state", "id"),
        Index("ix_signups_offers", "offer_until", sqlite_where=OFFERED, postgresql_where=OFFERED),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    shift_id: Mapped[int] = mapped_column(ForeignKey("shifts.id"))
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    state: Mapped[str] = mapped_column(String(15))
    queue_no: Mapped[int | None]
    offered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    offer_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    via: Mapped[str] = mapped_column(String(10))
    late: Mapped[bool]
    """Cancelled by the volunteer later than 24 hours before the start."""
    risk_ack_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(200))
    """Why staff refused or cancelled it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it came into its present state, unless that was at once."""
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    shift: Mapped[Shift] = relationship(lazy="raise_on_sql", viewonly=True)
    volunteer: Mapped[Volunteer] = relationship(lazy="raise_on_sql", viewonly=True)
