"""The table of private calendar links."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.calendars import errors  # noqa: F401 -- what the constraints stand for
from app.core.db import Base
from app.core.types import UtcDateTime


class CalendarLink(Base):
    """The one link under which a person's calendar program reads their sign-ups; its token is stored hashed."""

    __tablename__ = "calendar_links"
    __table_args__ = (UniqueConstraint("person_id"), UniqueConstraint("token_hash"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
