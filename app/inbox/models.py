"""Table of what people and staff were told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.outbox import KEY_CHARS
from app.core.types import UtcDateTime
from app.inbox import errors  # noqa: F401 -- what the constraints stand for
from app.inbox.rules import KIND_CHARS, LINK_CHARS


class Message(Base):
    """One message to one person or one member of staff. Its words are made of kind and facts in the reader's language.

    key: what it tells of, so that nobody is told twice. kind_code: one of rules.KINDS, which the domains above
    register, so no CHECK can list them. link: a path of ours where more of it can be seen.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("person_id", "key"),
        UniqueConstraint("staff_id", "key"),
        CheckConstraint("(person_id IS NULL) != (staff_id IS NULL)", name="one_reader"),
        Index("ix_inbox_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("persons.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    key: Mapped[str] = mapped_column(String(KEY_CHARS))
    kind_code: Mapped[str] = mapped_column(String(KIND_CHARS))
    facts: Mapped[dict[str, str]] = mapped_column(JSON)
    link: Mapped[str | None] = mapped_column(String(LINK_CHARS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
