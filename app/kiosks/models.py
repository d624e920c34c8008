"""The table of screens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.types import UtcDateTime


class KioskDevice(Base):
    """A screen at a station. Neither its one-time code nor its token is stored, only what proves them."""

    __tablename__ = "kiosk_devices"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        UniqueConstraint("token_hash"),
        CheckConstraint("length(name) > 0", name="named"),
        CheckConstraint("(paired_at IS NULL) = (token_hash IS NULL)", name="paired_has_token"),
        CheckConstraint("code_expires_at > created_at", name="code_expires_later"),
        Index("ix_kiosk_devices_station", "station_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    station_id: Mapped[int] = mapped_column(ForeignKey("stations.id"))
    name: Mapped[str] = mapped_column(String(30))
    code_hash: Mapped[str] = mapped_column(String(64))
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    token_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    paired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
