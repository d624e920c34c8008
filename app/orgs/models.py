"""Tables of the offices: districts, organisations, staff, what they may do and how they get in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base
from app.core.types import UtcDateTime, one_of
from app.orgs.rules import LinkPurpose, OrganisationKind, Role, ScopeKind, StaffState

_CITY_WIDE = text("scope = 'city'")
_NARROWER = text("scope <> 'city'")


class District(Base):
    """One of the city's ten districts; bundled, never edited."""

    __tablename__ = "districts"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code: Mapped[str] = mapped_column(String(6))
    name_zh: Mapped[str] = mapped_column(String(20))
    name_en: Mapped[str] = mapped_column(String(40))


class Organisation(Base):
    """A body that runs stations."""

    __tablename__ = "organisations"
    __table_args__ = (UniqueConstraint("name_zh"), one_of("kind", OrganisationKind))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(12))
    district_id: Mapped[int | None] = mapped_column(ForeignKey("districts.id"))
    version: Mapped[int]

    district: Mapped[District | None] = relationship(lazy="raise_on_sql")


class Staff(Base):
    """Somebody of the office who may sign in to the panel."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("login"), one_of("state", StaffState))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    login: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    grants: Mapped[list[StaffGrant]] = relationship(lazy="raise_on_sql", order_by="StaffGrant.id")


class StaffGrant(Base):
    """A role of one person of staff within a scope, for good or until an instant."""

    __tablename__ = "grants"
    __table_args__ = (
        one_of("role", Role),
        one_of("scope", ScopeKind),
        CheckConstraint("(scope = 'city') = (scope_id IS NULL)", name="scope_named"),
        Index("uq_grants_city", "staff_id", "role", unique=True, sqlite_where=_CITY_WIDE, postgresql_where=_CITY_WIDE),
        Index(
            "uq_grants_scoped",
            "staff_id",
            "role",
            "scope",
            "scope_id",
            unique=True,
            sqlite_where=_NARROWER,
            postgresql_where=_NARROWER,
        ),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    role: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str] = mapped_column(String(10))
    scope_id: Mapped[int | None]
    valid_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    granted_by: Mapped[str] = mapped_column(String(80))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StaffSession(Base):
    """One browser signed in to the panel; the cookie's value itself is never stored."""

    __tablename__ = "staff_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_staff_sessions_staff", "staff_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(60))


class StaffLink(Base):
    """A one-time link with which somebody sets their own password; only its hash is stored."""

    __tablename__ = "staff_links"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        one_of("purpose", LinkPurpose),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_staff_links_staff", "staff_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
