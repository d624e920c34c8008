"""Tables of consents, of copies of one's own data, and of deletions under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of
from app.privacy.rules import ExportState, Purpose

STANDS = text("withdrawn_at IS NULL")
PREPARING = text("state = 'preparing'")
PENDING = text("taken_back_at IS NULL AND erased_at IS NULL")
EXPORT_FILE = sealed_column("exports", "file_enc")


class ConsentText(Base):
    """One version of what people are asked to agree to; never changed, only followed by the next.

    draft: shipped as an example that a lawyer has not seen; shown as 示例文本.
    """

    __tablename__ = "consent_texts"
    __table_args__ = (
        UniqueConstraint("purpose", "version"),
        one_of("purpose", Purpose),
        CheckConstraint("version >= 1", name="version_from_one"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(15))
    version: Mapped[int]
    title_zh: Mapped[str] = mapped_column(String(60))
    title_en: Mapped[str] = mapped_column(String(60))
    text_zh: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    draft: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(80))


class Consent(Base):
    """Somebody agreed to one version of one purpose, and may have taken it back."""

    __tablename__ = "consents"
    __table_args__ = (
        Index(
            "uq_consents_standing",
            "person_id",
            "purpose",
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        one_of("purpose", Purpose),
        CheckConstraint("withdrawn_at >= given_at", name="withdrawn_later"),
        Index("ix_consents_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    purpose: Mapped[str] = mapped_column(String(15))
    version: Mapped[int]
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Export(Base):
    """A copy of somebody's own data, asked for by them. The file stands here sealed until it is fetched or expires."""

    __tablename__ = "exports"
    __table_args__ = (
        UniqueConstraint("public_id"),
        one_of("state", ExportState),
        CheckConstraint("(state = 'ready') = (file_enc IS NOT NULL)", name="ready_has_file"),
        Index("uq_exports_preparing", "person_id", unique=True, sqlite_where=PREPARING, postgresql_where=PREPARING),
        Index("ix_exports_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    state: Mapped[str] = mapped_column(String(10))
    file_enc: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Erasure(Base):
    """Somebody's wish to be deleted: pending until it is taken back or done; once done it is swept after once more."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint("effective_at > requested_at", name="effective_later"),
        CheckConstraint("swept_at IS NULL OR erased_at IS NOT NULL", name="swept_after_erased"),
        Index("uq_erasures_pending", "person_id", unique=True, sqlite_where=PENDING, postgresql_where=PENDING),
        Index("ix_erasures_effective_at", "effective_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    taken_back_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    swept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
