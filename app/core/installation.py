"""Whose database this is: one row, written when it is first prepared, so that no profile serves another's rows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Integer, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, db
from app.core.types import UtcDateTime, one_of


class Owner(StrEnum):
    """Who prepared the database. `empty` is the demo profile without the demo city."""

    DEMO = "demo"
    EMPTY = "empty"
    TESTING = "testing"
    PRODUCTION = "production"


class Installation(Base):
    """The one row."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="single"), one_of("owner", Owner))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    owner: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def find_owner() -> Owner | None:
    """Return who prepared this database; None before that."""
    owner = db.session.scalar(select(Installation.owner))
    return Owner(owner) if owner else None


def claim(owner: Owner, *, at: datetime) -> None:
    """Write down whose database this is, in the open unit; a second claim breaks the primary key."""
    db.session().execute(insert(Installation).values(id=1, owner=owner, created_at=at))
