"""A person's own messages: a copy of them, what becomes of them in a merge, and their erasure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from app.core.clock import written
from app.core.db import db
from app.core.outbox import OutboxRow
from app.inbox import rules
from app.inbox.models import Message


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return what a person was told, and what was sent to their phone, JSON-ready, oldest first."""
    messages = db.session.scalars(select(Message).where(Message.person_id == person_id).order_by(Message.id))
    texts = db.session.scalars(select(OutboxRow).where(OutboxRow.person_id == person_id).order_by(OutboxRow.id))
    return {
        "inbox": [
            {
                "id": one.public_id,
                "kind": one.kind_code,
                "title": rules.words(one.kind_code, one.facts, "zh-CN")[0],
                "text": rules.words(one.kind_code, one.facts, "zh-CN")[1],
                "created_at": written(one.created_at),
                "read_at": written(one.read_at),
            }
            for one in messages
        ],
        "outbox": [
            {
                "id": one.public_id,
                "kind": one.kind_code,
                "channel": one.channel,
                "state": one.state,
                "created_at": written(one.created_at),
                "done_at": written(one.done_at),
            }
            for one in texts
        ],
    }


def move_messages(guest_id: int, citizen_id: int, _at: datetime) -> None:
    """Give a merging guest's messages to the citizen; what both were told stays once."""
    for table in (Message, OutboxRow):
        known = select(table.key).where(table.person_id == citizen_id)
        theirs = table.person_id == guest_id
        db.session.execute(delete(table).where(theirs, table.key.in_(known)))
        db.session.execute(update(table).where(theirs).values(person_id=citizen_id))


def erase(person_id: int) -> None:
    """Delete a person's messages, those on their way too."""
    for table in (Message, OutboxRow):
        db.session.execute(delete(table).where(table.person_id == person_id))
