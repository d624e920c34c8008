"""Tables of citizens, the ways they sign in, and their sessions."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import partial

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core import secrets
from app.core.db import Base
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of

PHONES, SUBJECTS = "persons.phone", "identities.subject"
"""Names of the two blind indexes."""
PHONE = sealed_column("persons", "phone_enc", index="phone_index", index_of=partial(secrets.blind_index, PHONES))
SUBJECT = sealed_column(
    "identities", "subject_enc", named_by="person_id", index="subject", index_of=partial(secrets.blind_index, SUBJECTS)
)


class PersonState(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"


class Locale(StrEnum):
    ZH = "zh-CN"
    EN = "en"


class Provider(StrEnum):
    """Platforms that say who somebody is. A phone is no platform: it stands in the person's own row."""

    WECHAT = "wechat"


class Person(Base):
    """Somebody who visits: a guest until a phone is proved or an identity is added."""

    __tablename__ = "persons"
    __table_args__ = (
        UniqueConstraint("public_id"),
        Index("uq_persons_phone_index", "phone_index", unique=True),
        one_of("state", PersonState),
        one_of("locale", Locale),
        CheckConstraint("(phone_enc IS NULL) = (phone_index IS NULL)", name="phone_whole"),
        CheckConstraint("phone_verified_at IS NULL OR phone_index IS NOT NULL", name="verified_has_phone"),
        CheckConstraint("erased_at IS NULL OR phone_index IS NULL", name="erased_is_empty"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    nickname: Mapped[str] = mapped_column(String(40))
    locale: Mapped[str] = mapped_column(String(5))
    elder_mode: Mapped[bool]
    state: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    phone_index: Mapped[str | None] = mapped_column(String(64))
    phone_enc: Mapped[str | None] = mapped_column(String(120))
    phone_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Identity(Base):
    """A person as a platform knows them. subject: a blind index; the platform's own id stands nowhere in clear."""

    __tablename__ = "identities"
    __table_args__ = (
        UniqueConstraint("provider", "subject"),
        UniqueConstraint("person_id", "provider"),
        one_of("provider", Provider),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    provider: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(64))
    subject_enc: Mapped[str] = mapped_column(String(250))
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


class OtpCode(Base):
    """The one-time code of a phone, one row each. Neither stands here: the phone as an index, the code as a seed.

    The code is made from the seed under our key; a code that was used or withdrawn has none.
    """

    __tablename__ = "otp_codes"
    __table_args__ = (
        CheckConstraint("expires_at > sent_at", name="expires_later"),
        CheckConstraint("tries >= 0", name="tries_not_negative"),
        Index("ix_otp_codes_expires_at", "expires_at"),
    )

    phone_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    seed: Mapped[str | None] = mapped_column(String(24))
    tries: Mapped[int]
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
