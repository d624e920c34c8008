"""Read what people and staff were told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, page_of
from app.inbox.models import Message

NEWEST_FIRST = "inbox"


def list_messages(
    person_id: int, limit: int, after: Sequence[Any] | None, *, unread: bool | None = None
) -> Page[Message]:
    """Return a person's messages, newest first. unread: only those, or only the others; None for all."""
    query = select(Message).where(Message.person_id == person_id).order_by(Message.created_at.desc(), Message.id.desc())
    if unread is not None:
        query = query.where(Message.read_at.is_(None) if unread else Message.read_at.is_not(None))
    if after is not None:
        at, last_id = datetime.fromisoformat(after[0]), after[1]
        query = query.where(Message.created_at <= at, or_(Message.created_at < at, Message.id < last_id))
    rows = db.session.scalars(query.limit(limit + 1)).all()
    return page_of(rows, limit, NEWEST_FIRST, lambda one: [one.created_at.isoformat(), one.id])


def get_for_change(reader: ColumnElement[bool], public_id: str) -> Message:
    """Return a reader's own message, its row locked. Raises NotFound."""
    found = db.session.scalar(select(Message).where(reader, Message.public_id == public_id).with_for_update())
    if found is None:
        raise NotFound
    return found


def list_of_staff(staff_id: int, *, limit: int) -> Sequence[Message]:
    """Return the newest messages of a member of staff."""
    return db.session.scalars(
        select(Message).where(Message.staff_id == staff_id).order_by(Message.id.desc()).limit(limit)
    ).all()


def count_unread_of_staff(staff_id: int) -> int:
    """Return how many messages a member of staff has not read."""
    query = select(func.count()).select_from(Message).where(Message.staff_id == staff_id, Message.read_at.is_(None))
    return db.session.scalar(query) or 0
