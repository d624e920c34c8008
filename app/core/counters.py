"""Counted attempts in the database, so that a limit holds on every worker and without Redis."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import CheckConstraint, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from app.core import secrets
from app.core.db import Base, db
from app.core.types import UtcDateTime

Key = tuple[str | int, ...]


class Counter(Base):
    """How often something was tried in one fixed window. The key is a keyed hash: no login, no address stands here."""

    __tablename__ = "counters"
    __table_args__ = (CheckConstraint("hits >= 0", name="hits_not_negative"),)

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    window_start: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    hits: Mapped[int]


def hit(key: Key, *, at: datetime, window_s: int) -> int:
    """Count one attempt in the open unit, however many workers count at once.

    window_s: length of the fixed window, seconds; at falls into exactly one.
    Returns: the attempts of this window, this one included.
    """
    session = db.session()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        insert(Counter)
        .values(key_hash=_hash(key), window_start=_window(at, window_s), hits=1)
        .on_conflict_do_update(index_elements=["key_hash", "window_start"], set_={"hits": Counter.hits + 1})
        .returning(Counter.hits)
    )
    return int(session.execute(statement).scalar_one())


def take_back(key: Key, *, at: datetime, window_s: int) -> None:
    """Uncount an attempt that turned out honest. at: the instant it was counted with."""
    db.session.execute(
        update(Counter)
        .where(Counter.key_hash == _hash(key), Counter.window_start == _window(at, window_s), Counter.hits > 0)
        .values(hits=Counter.hits - 1)
    )


def count(key: Key, *, at: datetime, window_s: int) -> int:
    """Return the attempts of the window that holds an instant, without counting one."""
    return counts([key], at=at, window_s=window_s)[0]


def counts(keys: Sequence[Key], *, at: datetime, window_s: int) -> list[int]:
    """Return the attempts of several keys in the window that holds an instant, in their order; one statement."""
    hashes = [_hash(key) for key in keys]
    query = select(Counter.key_hash, Counter.hits).where(
        Counter.key_hash.in_(hashes), Counter.window_start == _window(at, window_s)
    )
    found = {row.key_hash: row.hits for row in db.session.execute(query)}
    return [found.get(key_hash, 0) for key_hash in hashes]


def purge(before: datetime) -> int:
    """Delete the windows that began before an instant. Returns how many."""
    return len(
        db.session.execute(delete(Counter).where(Counter.window_start < before).returning(Counter.key_hash)).all()
    )


def _hash(key: Key) -> str:
    return secrets.digest("counter", *key).hex()


def _window(at: datetime, window_s: int) -> datetime:
    moment = int(at.timestamp())
    return datetime.fromtimestamp(moment - moment % window_s, UTC)
