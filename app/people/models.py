"""Tables of citizens and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.types import UtcDateTime, one_of


class PersonState(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"


class Locale(StrEnum):
    ZH = "zh-CN"
    EN = "en"


class Person(Base):
    """Somebody who visits: a guest until an identity is added."""

    __tablename__ = "persons"
    __table_args__ = (
        UniqueConstraint("public_id"),
        one_of("state", PersonState),
        one_of("locale", Locale),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    nickname: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(5))
    elder_mode: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Session(Base):
    """One device signed in; the token itself is never stored."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        UniqueConstraint("public_id"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        Index("ix_sessions_person", "person_id"),
        Index("ix_sessions_expires_at", "expires_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    device_hash: Mapped[str | None] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
