"""Tables of consents: the texts in their versions, and who agreed to which."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.types import UtcDateTime, one_of
from app.privacy.rules import Purpose

STANDS = text("withdrawn_at IS NULL")


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
