"""Tables of volunteers and of what they can prove."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import secrets
from app.core.db import Base
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of
from app.orgs.models import District
from app.people.models import Person
from app.volunteers.rules import Gender, Origin, QualificationCode, VolunteerState, normalised_name

NAMES = "volunteers.real_name"
"""Name of the blind index."""


def name_indexes(name: str) -> tuple[str, ...]:
    """Return what a real name is found by, however it is typed: under the present key, then under the old one."""
    return secrets.blind_indexes(NAMES, normalised_name(name))


def name_index(name: str) -> str:
    """Return what a real name is kept to be found by."""
    return name_indexes(name)[0]


REAL_NAME = sealed_column("volunteers", "real_name_enc", index="real_name_index", index_of=name_index)
EMERGENCY_CONTACT = sealed_column("volunteers", "emergency_contact_enc")
GUARDIAN_NAME = sealed_column("volunteers", "guardian_name_enc")
GUARDIAN_PHONE = sealed_column("volunteers", "guardian_phone_enc")


class Volunteer(Base):
    """A citizen who helps, one row per person. No number of an identity card is kept."""

    __tablename__ = "volunteers"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("person_id"),
        UniqueConstraint("volunteer_no"),
        one_of("state", VolunteerState),
        one_of("origin", Origin),
        one_of("gender", Gender),
        CheckConstraint("(real_name_enc IS NULL) = (real_name_index IS NULL)", name="name_whole"),
        CheckConstraint(
            "state NOT IN ('pending', 'active', 'suspended')"
            " OR (real_name_enc IS NOT NULL AND birth_date IS NOT NULL AND district_id IS NOT NULL)",
            name="known_when_serving",
        ),
        CheckConstraint("(guardian_name_enc IS NULL) = (guardian_phone_enc IS NULL)", name="guardian_whole"),
        CheckConstraint("guardian_consent_at IS NULL OR guardian_name_enc IS NOT NULL", name="consent_has_guardian"),
        CheckConstraint("state != 'suspended' OR state_reason IS NOT NULL", name="suspended_has_reason"),
        Index("ix_volunteers_name", "real_name_index"),
        Index("ix_volunteers_district", "district_id", "state"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    volunteer_no: Mapped[str] = mapped_column(String(16))
    real_name_enc: Mapped[str | None] = mapped_column(String(400))
    real_name_index: Mapped[str | None] = mapped_column(String(64))
    gender: Mapped[str | None] = mapped_column(String(10))
    birth_date: Mapped[date | None] = mapped_column(Date)
    """Unknown of somebody invited by name and phone, until they accept."""
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    skills: Mapped[list[str]] = mapped_column(JSON)
    languages: Mapped[list[str]] = mapped_column(JSON)
    emergency_contact_enc: Mapped[str | None] = mapped_column(String(400))
    guardian_name_enc: Mapped[str | None] = mapped_column(String(400))
    guardian_phone_enc: Mapped[str | None] = mapped_column(String(120))
    guardian_consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    state_reason: Mapped[str | None] = mapped_column(String(200))
    origin: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int]

    person: Mapped[Person] = relationship(viewonly=True)
    district: Mapped[District | None] = relationship(viewonly=True)
    qualifications: Mapped[list[Qualification]] = relationship(viewonly=True, order_by="Qualification.id")


class Qualification(Base):
    """What a volunteer has proved, as staff noted it; with its last day where it ends."""

    __tablename__ = "qualifications"
    __table_args__ = (UniqueConstraint("volunteer_id", "code"), one_of("code", QualificationCode))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    volunteer_id: Mapped[int] = mapped_column(ForeignKey("volunteers.id"))
    code: Mapped[str] = mapped_column(String(20))
    valid_until: Mapped[date | None] = mapped_column(Date)
    """The last city day on which it counts; None: it does not end."""
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    noted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
