"""The outbox: messages that leave this system, written in the unit of their cause and handed over at least once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, db
from app.core.errors import NotFound, ServiceBusy, on_constraint
from app.core.statements import upsert
from app.core.types import UtcDateTime, new_public_id, one_of

LEASE = timedelta(seconds=60)
"""For how long a claimed message is its claimer's. Handing over takes 8 s at most (app.clients), so nobody is overtaken."""
TRIES_MAX = 8
FIRST_RETRY, LONGEST_RETRY = timedelta(minutes=1), timedelta(hours=1)
KEY_CHARS = 100


class Channel(StrEnum):
    """Ways out of this system. The inbox is none: it stands in this database, see app.inbox.service."""

    SMS = "sms"


class OutboxState(StrEnum):
    """waiting: to be handed over; dropped: nobody to hand it to, or too late; dead: given up until staff retry."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    DEAD = "dead"


class OutboxRow(Base):
    """One message of one person over one channel. public_id is the message's id outside, the same at every try.

    payload: what its words are made of; no personal data. due_at: when it should first go out.
    next_try_at: not before then; while somebody hands it over, the end of their lease.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("public_id"),
        UniqueConstraint("key", "person_id", "channel"),
        one_of("channel", Channel),
        one_of("state", OutboxState),
        CheckConstraint("tries >= 0", name="tries_not_negative"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", name="done_has_time"),
        Index("ix_outbox_due", "state", "next_try_at"),
        Index("ix_outbox_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(KEY_CHARS))
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id"))
    channel: Mapped[str] = mapped_column(String(10))
    kind_code: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fault: Mapped[str | None] = mapped_column(String(60))


for _name in (
    "uq_outbox_public_id",
    "uq_outbox_key_person_id_channel",
    "ck_outbox_channel_known",
    "ck_outbox_state_known",
    "ck_outbox_tries_not_negative",
    "ck_outbox_done_has_time",
):
    on_constraint(_name, ServiceBusy)


class Claimed(NamedTuple):
    """A message that is the claimer's until the lease ends. tries: this one counted; it also tells claims apart."""

    id: int
    message_id: str
    person_id: int
    channel: str
    kind: str
    payload: dict[str, Any]
    tries: int
    expires_at: datetime | None


def enqueue(
    *,
    key: str,
    person_id: int,
    channel: Channel,
    kind: str,
    payload: dict[str, Any],
    at: datetime,
    due_at: datetime,
    expires_at: datetime | None = None,
) -> bool:
    """Write a message in the open unit, so that it exists exactly when its cause does.

    expires_at: when it is of no use any more. Returns False when the person was sent this key before.
    """
    insert = upsert(db.session().get_bind().dialect.name)
    statement = (
        insert(OutboxRow)
        .values(
            public_id=new_public_id(),
            key=key,
            person_id=person_id,
            channel=channel,
            kind_code=kind,
            payload=payload,
            state=OutboxState.WAITING,
            tries=0,
            created_at=at,
            due_at=due_at,
            next_try_at=due_at,
            expires_at=expires_at,
        )
        .on_conflict_do_nothing(index_elements=["key", "person_id", "channel"])
        .returning(OutboxRow.id)
    )
    return db.session.execute(statement).scalar_one_or_none() is not None


def claim() -> Claimed | None:
    """Take the message that has waited longest, for the length of the lease; None when nothing is due.

    Each is given to one claimer, however many ask at once: rows that another holds are skipped on PostgreSQL, and
    SQLite lets one unit write at a time. One at a time, so that the lease covers one handing-over and not a batch.
    """
    next_one = (
        select(OutboxRow.id)
        .where(_waiting(), OutboxRow.next_try_at <= _now(), OutboxRow.tries < TRIES_MAX)
        .order_by(OutboxRow.next_try_at, OutboxRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claimed = (
        update(OutboxRow)
        .where(OutboxRow.id == next_one)
        .values(tries=OutboxRow.tries + 1, next_try_at=_now(LEASE))
        .returning(
            OutboxRow.id,
            OutboxRow.public_id,
            OutboxRow.person_id,
            OutboxRow.channel,
            OutboxRow.kind_code,
            OutboxRow.payload,
            OutboxRow.tries,
            OutboxRow.expires_at,
        )
        .execution_options(synchronize_session=False)
    )
    row = db.session.execute(claimed).first()
    return Claimed(*row) if row else None


def bury_abandoned() -> int:
    """Give up messages whose every claimer died with them. Returns how many."""
    abandoned = (_waiting(), OutboxRow.tries >= TRIES_MAX, OutboxRow.next_try_at <= _now())
    return _finish(abandoned, OutboxState.DEAD, fault="abandoned")


def mark_sent(claimed: Claimed) -> None:
    """Note that a message was handed over, also by somebody whose lease had ended meanwhile."""
    _finish((OutboxRow.id == claimed.id, _waiting()), OutboxState.SENT)


def drop(claimed: Claimed, fault: str) -> None:
    """Leave a message unsent for good. fault: why, in a word."""
    _finish((OutboxRow.id == claimed.id, _waiting()), OutboxState.DROPPED, fault=fault)


def put_off(claimed: Claimed, until: datetime) -> None:
    """Let a message wait for a better hour; this does not count as a try."""
    _change(
        (*_own(claimed), _waiting()),
        tries=OutboxRow.tries - 1,
        next_try_at=until,
        due_at=until,
    )


def mark_failed(claimed: Claimed, fault: str) -> bool:
    """Note a failed try: the next one comes later and later, after the eighth the message is dead. Returns whether it is.

    fault: what happened, in a word; never what was in the message.
    """
    if claimed.tries >= TRIES_MAX:
        return bool(_finish((*_own(claimed), _waiting()), OutboxState.DEAD, fault=fault))
    _change((*_own(claimed), _waiting()), next_try_at=_now(retry_after(claimed.tries)), fault=fault[:60])
    return False


def retry_after(tries: int) -> timedelta:
    """Return how long to wait after so many failed tries: a minute, doubled each time, an hour at most."""
    return min(FIRST_RETRY * (1 << (tries - 1)), LONGEST_RETRY)


def revive(message_id: str) -> OutboxRow:
    """Let a dead message be tried again from the start. Raises NotFound when there is none of this id."""
    query = select(OutboxRow).where(OutboxRow.public_id == message_id, OutboxRow.state == OutboxState.DEAD)
    row = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    row.state, row.tries, row.done_at = OutboxState.WAITING, 0, None
    row.next_try_at = clock.now()
    db.session.flush()
    return row


def find_oldest_due() -> datetime | None:
    """Return since when the message that has waited longest should have gone out; None when nothing is late."""
    return db.session.scalar(select(func.min(OutboxRow.due_at)).where(_waiting(), OutboxRow.due_at <= _now()))


def count_by_state() -> dict[str, int]:
    """Return how many messages there are in each state; a state without any is left out."""
    rows = db.session.execute(select(OutboxRow.state, func.count()).group_by(OutboxRow.state))
    return {row[0]: row[1] for row in rows}


def purge(before: datetime) -> int:
    """Delete messages that were done with before an instant. Returns how many."""
    return len(db.session.execute(delete(OutboxRow).where(OutboxRow.done_at < before).returning(OutboxRow.id)).all())


def _waiting() -> ColumnElement[bool]:
    return OutboxRow.state == OutboxState.WAITING


def _own(claimed: Claimed) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Whether nobody has claimed it since."""
    return OutboxRow.id == claimed.id, OutboxRow.tries == claimed.tries


def _now(later: timedelta = timedelta()) -> Any:
    """The database's clock, so that consumers whose clocks differ agree on a lease. SQLite's is this machine's."""
    if db.session().get_bind().dialect.name == "sqlite":
        return literal(clock.now() + later, UtcDateTime)
    return func.clock_timestamp(type_=DateTime(timezone=True)) + later


def _finish(which: tuple[ColumnElement[bool], ...], state: OutboxState, fault: str | None = None) -> int:
    return _change(which, state=state, done_at=_now(), **({"fault": fault[:60]} if fault else {}))


def _change(which: tuple[ColumnElement[bool], ...], **values: Any) -> int:
    changed = update(OutboxRow).where(*which).values(**values).returning(OutboxRow.id)
    return len(db.session.execute(changed.execution_options(synchronize_session=False)).all())
