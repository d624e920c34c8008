"""The table of imports: what was in a file, what would come of it, and what came."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.sealed import sealed_column
from app.core.types import UtcDateTime, one_of
from app.imports.rules import ImportState, Subjects

PRIVATE = sealed_column("imports", "private_enc", named_by="id")


class Import(Base):
    """One uploaded file. Rows stay only while they are needed: all until it runs, then those that were left out.

    private_enc: rows and effects of a file about people; `content` and `effects` have none then.
    """

    __tablename__ = "imports"
    __table_args__ = (
        one_of("subject", Subjects),
        one_of("state", ImportState),
        CheckConstraint(
            "new_count >= 0 AND changed_count >= 0 AND same_count >= 0 AND wrong_count >= 0", name="counts_from_zero"
        ),
        Index("ix_imports_staff", "staff_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    subject: Mapped[str] = mapped_column(String(20))
    file_name: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    by: Mapped[str] = mapped_column(String(80))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    effects: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    private_enc: Mapped[str | None] = mapped_column(Text)
    new_count: Mapped[int]
    changed_count: Mapped[int]
    same_count: Mapped[int]
    wrong_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
