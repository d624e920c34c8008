"""Table of what people tell."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of
from app.feedback import errors  # noqa: F401 -- what the constraints stand for
from app.feedback.rules import ANSWER_CHARS, REF_CHARS, TEXT_CHARS, About, FeedbackState

CONTACT = sealed_column("feedback", "contact_enc")


class Feedback(Base):
    """One thing that somebody told. The token of its private link is stored hashed, the contact sealed."""

    __tablename__ = "feedback"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("token_hash"),
        one_of("about", About),
        one_of("state", FeedbackState),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_has_time"),
        CheckConstraint("state != 'answered' OR answer IS NOT NULL", name="answered_has_answer"),
        Index("ix_feedback_station", "station_id"),
        Index("ix_feedback_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    token_hash: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(10))
    station_id: Mapped[int | None] = mapped_column(ForeignKey("stations.id"))
    ref: Mapped[str | None] = mapped_column(String(REF_CHARS))
    text: Mapped[str] = mapped_column(String(TEXT_CHARS))
    contact_enc: Mapped[str | None] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None] = mapped_column(String(ANSWER_CHARS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
