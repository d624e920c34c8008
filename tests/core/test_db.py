"""The unit of work and what database errors mean, on both databases."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update

from app.core import clock, counters
from app.core.db import (
    BUSY_TIMEOUT_MS,
    after_commit,
    db,
    read_connection,
    sqlite_driver,
    unit_of_work,
)
from app.core.errors import InvalidInput, ServiceBusy
from app.people.models import Session
from app.stations.models import ServiceItem, Station
from tests.builders import City

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("app", ["postgresql"], indirect=True)


def hits(key: str = "k") -> int:
    """What the database holds, seen from outside any unit."""
    with read_connection() as connection:
        query = select(counters.Counter.hits).where(counters.Counter.key_hash == counters._hash((key,)))
        return connection.execute(query).scalar() or 0


def hit(key: str = "k") -> None:
    counters.hit((key,), at=AT, window_s=60)


def names(n: int) -> dict[str, Any]:
    """A line of the catalogue."""
    return {"code": f"code_{n}", "name_zh": "饮水", "name_en": "Water", "position": 100 + n, "version": 1}


def test_a_unit_commits_at_its_end(app: Flask) -> None:
    with unit_of_work():
        hit()
        assert hits() == 0
    assert hits() == 1


def test_the_session_and_the_core_connection_of_a_unit_are_one_transaction(app: Flask) -> None:
    with contextlib.suppress(ZeroDivisionError), unit_of_work() as unit:
        unit.session.add(ServiceItem(**names(1)))
        unit.session.flush()
        assert unit.connection.scalar(select(ServiceItem.id).where(ServiceItem.code == "code_1")) is not None
        unit.connection.execute(update(ServiceItem).where(ServiceItem.code == "code_1").values(position=7))
        assert unit.session.scalar(select(ServiceItem.position).where(ServiceItem.code == "code_1")) == 7
        raise ZeroDivisionError
    assert db.session.scalar(select(ServiceItem.id).where(ServiceItem.code == "code_1")) is None


@pytest.mark.parametrize("error", [ValueError, InvalidInput, KeyboardInterrupt, SystemExit])
def test_a_unit_rolls_back_on_any_exception_and_passes_it_on(app: Flask, error: type[BaseException]) -> None:
    with pytest.raises(error):
        hit_and_fail(error)
    assert hits() == 0
    assert not db.session().in_transaction(), "the write lock is still held"


def hit_and_fail(error: type[BaseException] = ZeroDivisionError) -> None:
    with unit_of_work():
        hit()
        raise error


def test_after_a_failed_unit_the_next_one_works(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError):
        hit_and_fail()
    with unit_of_work():
        hit()
    assert hits() == 1


def test_units_do_not_nest(app: Flask) -> None:
    def inner() -> None:
        with unit_of_work():
            hit()

    with pytest.raises(RuntimeError, match="open already"), unit_of_work():
        inner()
    assert hits() == 0


def test_objects_added_to_a_unit_are_flushed_before_it_commits(app: Flask) -> None:
    with unit_of_work() as unit:
        unit.session.add(ServiceItem(**names(1)))
    assert db.session.scalar(select(ServiceItem.position).where(ServiceItem.code == "code_1")) == 101


def test_what_a_unit_returns_can_be_read_after_its_commit_without_a_query(app: Flask) -> None:
    with unit_of_work() as unit:
        item = ServiceItem(**names(1))
        unit.session.add(item)
    db.session.remove()
    assert (item.code, item.position) == ("code_1", 101)


def test_actions_run_after_the_commit_in_their_order(app: Flask) -> None:
    seen: list[tuple[str, int]] = []
    with unit_of_work():
        hit()
        after_commit(lambda: seen.append(("first", hits())))
        after_commit(lambda: seen.append(("second", hits())))
        assert seen == []
    assert seen == [("first", 1), ("second", 1)]


def test_actions_do_not_run_when_the_unit_fails(app: Flask) -> None:
    seen: list[str] = []
    with contextlib.suppress(ZeroDivisionError), unit_of_work():
        after_commit(lambda: seen.append("ran"))
        raise ZeroDivisionError
    with unit_of_work():
        hit()
    assert seen == []


def test_an_action_may_open_a_unit_of_its_own(app: Flask) -> None:
    def later() -> None:
        with unit_of_work():
            hit()

    with unit_of_work():
        hit()
        after_commit(later)
    assert hits() == 2


def test_after_commit_outside_a_unit_is_a_mistake(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="unit_of_work"):
        after_commit(lambda: None)


def test_a_unit_sees_the_newest_rows_even_if_something_was_read_before_it(app: Flask) -> None:
    assert db.session.scalar(select(counters.Counter.hits)) is None
    with db.engine.connect() as connection:
        connection.execute(insert(counters.Counter).values(key_hash="x", window_start=AT, hits=7))
        connection.commit()
    with unit_of_work() as unit:
        assert unit.session.scalar(select(counters.Counter.hits)) == 7


@SQLITE
def test_sqlite_runs_in_the_mode_that_keeps_its_promises(app: Flask) -> None:
    with read_connection() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "mmap_size")
        }
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": BUSY_TIMEOUT_MS,
        "mmap_size": 0,
    }


@SQLITE
def test_a_unit_holds_the_write_lock_from_its_first_moment_and_a_read_takes_none(app: Flask) -> None:
    other = sqlite_driver().connect(db.engine.url.database, timeout=0, isolation_level=None)
    try:
        db.session.execute(select(Station.id))
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
        with unit_of_work(), pytest.raises(Exception, match="database is locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    finally:
        other.close()


@SQLITE
def test_a_reader_goes_on_while_a_unit_writes(app: Flask) -> None:
    with unit_of_work():
        hit()
        assert hits() == 0


@POSTGRESQL
def test_postgresql_runs_read_committed_with_timeouts(app: Flask) -> None:
    with unit_of_work() as unit:
        shown = {
            name: unit.session.execute(text(f"SHOW {name}")).scalar()
            for name in ("transaction_isolation", "statement_timeout", "lock_timeout", "timezone")
        }
    assert shown == {
        "transaction_isolation": "read committed",
        "statement_timeout": "5s",
        "lock_timeout": "3s",
        "timezone": "UTC",
    }


def impatient(kind: str) -> None:
    """Let the pooled connection give up on a lock soon."""
    with db.engine.connect() as connection:
        wait = "PRAGMA busy_timeout = 50" if kind == "sqlite" else "SET lock_timeout = 50"
        connection.exec_driver_sql(wait)
        connection.commit()


def test_a_lock_that_does_not_come_free_is_told_as_busy(app: Flask) -> None:
    with unit_of_work():
        hit()
    kind = db.engine.dialect.name
    impatient(kind)
    lock = "BEGIN IMMEDIATE" if kind == "sqlite" else "LOCK TABLE counters IN EXCLUSIVE MODE"
    with other_connection(kind) as holder:
        holder.execute(lock)
        with pytest.raises(ServiceBusy), unit_of_work():
            hit()
        if kind == "sqlite":
            assert hits() == 1
    with unit_of_work():
        hit()
    assert hits() == 2


def test_f8_who_was_seen_long_ago_reads_on_while_nothing_can_be_written(app: Flask, city: City) -> None:
    """Once a day a reading writes that the session is in use; that must not be what refuses it."""
    guest = city.guest()
    with unit_of_work():
        long_ago = clock.now() - timedelta(days=2)
        db.session.execute(update(Session).values(last_seen_at=long_ago, created_at=long_ago))
    kind = db.engine.dialect.name
    impatient(kind)
    with other_connection(kind) as holder:
        holder.execute("BEGIN IMMEDIATE" if kind == "sqlite" else "LOCK TABLE sessions IN EXCLUSIVE MODE")
        assert guest.call("GET", "/me").status_code == 200
    assert guest.call("GET", "/me").status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(Session.last_seen_at)).one() > long_ago


class other_connection:  # noqa: N801 -- reads as a function
    """A driver's connection of its own, rolled back and closed at the end."""

    def __init__(self, kind: str) -> None:
        url = db.engine.url
        if kind == "sqlite":
            self.raw: Any = sqlite_driver().connect(url.database, timeout=0, isolation_level=None)
        else:
            plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
            self.raw = psycopg.connect(plain)

    def __enter__(self) -> Any:
        return self.raw

    def __exit__(self, *_: object) -> None:
        self.raw.rollback()
        self.raw.close()
