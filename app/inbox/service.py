"""Every write about what people are told.

The inbox stands in this database, so a message is in it from the commit of its cause on, once by its key, whether a
consumer runs or not. Only what leaves the database goes through the outbox, and is handed over at least once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, update

from app.audit import service as audit
from app.core import outbox
from app.core.actor import Actor
from app.core.db import connection, db
from app.core.outbox import Channel
from app.core.statements import Prepared, upsert
from app.core.types import new_public_id
from app.inbox import queries, rules
from app.inbox.models import Message
from app.inbox.rules import Facts
from app.orgs.rules import require

_ROWS = cast(Table, Message.__table__)


def _writing(reader: str) -> Prepared:
    """Build the statement that tells a reader of one kind something once; whoever applies is told on a hot path."""
    values = {c.name: bindparam(c.name, type_=c.type) for c in _ROWS.columns if c.name != "id"}
    return Prepared(
        lambda dialect: (
            upsert(dialect)(_ROWS)
            .values(values)
            .on_conflict_do_nothing(index_elements=[reader, "key"])
            .returning(_ROWS.c.id)
        )
    )


_WRITE = {reader: _writing(reader) for reader in ("person_id", "staff_id")}


def tell(
    person_id: int,
    kind: str,
    facts: Facts,
    key: str,
    at: datetime,
    *,
    link: str | None = None,
    expires_at: datetime | None = None,
) -> bool:
    """Tell a person something, once per key, in the open unit; by text message too where the kind asks for it.

    facts: no personal data; every blank of the kind's words. link: a path of ours. expires_at: when a text message is
    of no use any more: one that waited through the night until then is not sent.
    Returns: False when they had been told before.
    """
    if not _write({"person_id": person_id}, kind, facts, key, created_at=at, link=link):
        return False
    if rules.KINDS[kind].sms:
        outbox.enqueue(
            key=key,
            person_id=person_id,
            channel=Channel.SMS,
            kind=kind,
            payload=dict(facts),
            at=at,
            due_at=rules.next_loud(at),
            expires_at=expires_at,
        )
    return True


def tell_staff(staff_id: int, kind: str, facts: Facts, key: str, at: datetime, *, link: str | None = None) -> bool:
    """Tell a member of staff something, once per key, in the open unit; they see it in the panel.

    Returns: False when they had been told before.
    """
    return _write({"staff_id": staff_id}, kind, facts, key, created_at=at, link=link)


def _write(reader: dict[str, int], kind: str, facts: Facts, key: str, **more: Any) -> bool:
    rules.words(rules.KINDS[kind].code, facts, "zh-CN")  # a blank without a fact shows here, not when somebody reads
    given = {"public_id": new_public_id(), "kind_code": kind, "facts": dict(facts), "key": key, **reader, **more}
    return _WRITE[next(iter(reader))].first(connection(), given) is not None


def read_message(person_id: int, public_id: str, *, at: datetime) -> None:
    """Note that a person has read a message; the first time stands. Raises NotFound."""
    message = queries.get_for_change(Message.person_id == person_id, public_id)
    message.read_at = message.read_at or at
    db.session.flush()


def read_all_of_staff(staff_id: int, *, at: datetime) -> None:
    """Note that a member of staff has read what they were told so far."""
    unread = (Message.staff_id == staff_id, Message.read_at.is_(None))
    db.session.execute(update(Message).where(*unread).values(read_at=at))


def retry_message(actor: Actor, message_id: str, *, at: datetime) -> None:
    """Let a dead text message be tried again from the start.

    Raises: NotFound when it is not dead; AccessDenied.
    """
    require(actor, "outbox.retry")
    row = outbox.revive(message_id)
    audit.record(
        actor, "outbox.retry", "outbox", row.public_id, at=at, after={"kind": row.kind_code, "state": row.state}
    )


def purge(before: datetime) -> int:
    """Delete messages older than an instant. Returns how many."""
    return len(db.session.execute(delete(Message).where(Message.created_at < before).returning(Message.id)).all())
