"""The unit of work and what database errors mean, on both databases."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from app.checkins.models import CheckIn
from app.core import clock, counters, installation
from app.core.db import (
    BUSY_TIMEOUT_MS,
    after_commit,
    db,
    is_passing,
    read_connection,
    retrying,
    sqlite_driver,
    sqlite_is_writable,
    unit_of_work,
)
from app.core.errors import DomainError, InvalidInput, ServiceBusy, StorageFull
from app.people.models import Person, Session
from app.stations import rules
from app.stations.errors import StationAlreadyClosed
from app.stations.models import Circle, Closure, ServiceItem, Station
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


def station_row(**changes: Any) -> dict[str, Any]:
    return {
        "code": "YANDAO", "name_zh": "燕岛", "name_en": "Yandao", "kind": "station", "district_id": 1,
        "address_zh": "", "address_en": "", "description_zh": "", "description_en": "", "languages": ["zh"],
        "coord_quality": "surveyed", "state": "open", "demo": False, "version": 1, "created_at": AT, "updated_at": AT,
    } | changes  # fmt: skip


def circle_row(**changes: Any) -> dict[str, Any]:
    return {"station_id": 1, "position": 9, "lat": 36.06, "lng": 120.31, "radius_m": 150} | changes


def closure_row(**changes: Any) -> dict[str, Any]:
    return {"station_id": 1, "reason_zh": "雨", "reason_en": "Rain", "starts_at": AT} | changes


BREACHES = [
    ("unique", Station, station_row(code="ZHANQIAO"), InvalidInput, {"code": [rules.CODE_TAKEN]}),
    ("check", Circle, circle_row(radius_m=5), InvalidInput, {"circles": [rules.RADIUS_RANGE]}),
    ("check on two columns", Circle, circle_row(lat=95.0), InvalidInput, {"circles": [rules.OUT_OF_CITY]}),
    ("one of a few words", Station, station_row(kind="palace"), InvalidInput, {"kind": [rules.UNKNOWN_CHOICE]}),
    ("order of times", Closure, closure_row(until=AT), InvalidInput, {"until": [rules.UNTIL_LATER]}),
    ("unique where", Closure, closure_row(starts_at=AT + timedelta(hours=1)), StationAlreadyClosed, {}),
    ("technical", Circle, circle_row(position=0), ServiceBusy, {}),
]


@pytest.mark.parametrize(("what", "table", "row", "refusal", "fields"), BREACHES, ids=[b[0] for b in BREACHES])
def test_a_violated_constraint_becomes_the_sentence_of_its_rule(
    app: Flask, city: City, what: str, table: Any, row: dict[str, Any], refusal: type[DomainError], fields: Any
) -> None:
    assert city.station().id == 1
    with unit_of_work() as unit:
        unit.session.execute(insert(Closure).values(**closure_row()))
    with pytest.raises(DomainError) as refused, unit_of_work() as unit:
        unit.session.execute(insert(table).values(**row))
    assert type(refused.value) is refusal
    assert refused.value.fields == fields
    assert isinstance(refused.value.__cause__, IntegrityError)


def test_a_constraint_that_breaks_at_the_final_flush_is_told_the_same(app: Flask, city: City) -> None:
    city.station()
    with pytest.raises(InvalidInput) as refused, unit_of_work() as unit:
        unit.session.add(Station(**station_row(code="ZHANQIAO")))
    assert refused.value.fields == {"code": [rules.CODE_TAKEN]}


def test_a_violation_that_no_rule_stands_for_is_passed_on_as_it_is(app: Flask) -> None:
    with unit_of_work():
        installation.claim(installation.Owner.TESTING, at=AT)
    with pytest.raises(IntegrityError), unit_of_work():
        installation.claim(installation.Owner.DEMO, at=AT)
    assert installation.find_owner() is installation.Owner.TESTING


@pytest.mark.parametrize("step", [None, 42])
def test_of_two_partial_indexes_on_one_table_the_violated_one_is_named(
    app: Flask, city: City, step: int | None
) -> None:
    """The day's index is a technical matter, the step's says that the digits were used."""
    station, guest = city.station(), city.guest()
    row = {
        "person_id": guest.id, "station_id": station.id, "state": "accepted", "grade": "C", "happened_at": AT,
        "source": "api", "step": 42,
    }  # fmt: skip
    other_day = date(2026, 11, 23) if step else date(2026, 11, 22)
    again = row | {"step": step, "public_id": "b", "business_date": other_day}
    with unit_of_work() as unit:
        unit.session.execute(insert(CheckIn).values(**row, public_id="a", business_date=date(2026, 11, 22)))
    with pytest.raises(DomainError) as refused, unit_of_work() as unit:
        unit.session.execute(insert(CheckIn).values(**again))
    assert refused.value.code == ("checkin.code_expired" if step else "service.busy")


@pytest.fixture
def full_disk(app: Flask) -> Iterator[Callable[[bool], None]]:
    """Hold SQLite to the pages it has; called with False, space is back."""
    engine: Engine = db.engine
    limit = {"pages": 1_000_000}

    def hold(dbapi_connection: Any, *_: Any) -> None:
        dbapi_connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    def fill(is_full: bool) -> None:
        limit["pages"] = 1 if is_full else 1_000_000

    event.listen(engine, "checkout", hold)
    yield fill
    event.remove(engine, "checkout", hold)


@SQLITE
def test_f8_a_full_disk_refuses_writes_serves_reads_and_heals_with_the_space(
    app: Flask, city: City, full_disk: Callable[[bool], None]
) -> None:
    station, guest, client = city.station(), city.guest(), app.test_client()
    db.session.remove()
    full_disk(True)
    with pytest.raises(StorageFull), unit_of_work() as unit:
        unit.session.execute(insert(ServiceItem), [names(n) for n in range(500)])
    db.session.remove()
    for _ in range(200):
        refused = client.post("/api/v1/auth/guest", json={"device_id": "x"})
        if refused.status_code != 201:
            break
    assert (refused.status_code, refused.json["code"]) == (503, "storage.full")
    assert int(refused.headers["Retry-After"]) > 0
    assert client.get("/api/v1/stations").json["items"][0]["code"] == station.code
    assert guest.call("GET", "/me").status_code == 200
    full_disk(False)
    assert client.post("/api/v1/auth/guest", json={}).status_code == 201
    db.session.remove()
    with read_connection() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert db.session.scalar(select(ServiceItem.id).where(ServiceItem.code == "code_0")) is None


@SQLITE
def test_sqlite_is_writable_says_so_and_keeps_no_lock(app: Flask) -> None:
    assert sqlite_is_writable()
    with unit_of_work():
        hit()


@POSTGRESQL
def test_a_lost_connection_is_busy_and_the_idempotent_unit_is_tried_again(app: Flask) -> None:
    tries: list[int] = []

    def unit() -> str:
        with unit_of_work() as unit:
            pid = unit.session.execute(text("SELECT pg_backend_pid()")).scalar()
            tries.append(pid)
            if len(tries) == 1:
                with other_connection("postgresql") as other:
                    other.execute("SELECT pg_terminate_backend(%s)", [pid])
            hit()
        return "done"

    assert retrying(unit) == "done"
    assert len(tries) == 2
    assert hits() == 1


@POSTGRESQL
def test_a_connection_lost_after_the_last_read_takes_nothing_from_the_answer(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    def request() -> int:
        with app.app_context():
            pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            if not lost:
                lost.append(pid)
                with other_connection("postgresql") as other:
                    other.execute("SELECT pg_terminate_backend(%s)", [pid])
            return int(pid)

    lost: list[int] = []
    assert [Context().run(request)] == lost
    assert "at the end of a request" in caplog.text
    assert Context().run(request) not in lost


@POSTGRESQL
def test_a_deadlock_is_lost_once_and_won_at_the_second_try(app: Flask, city: City) -> None:
    one, two = city.guest().id, city.guest().id
    with db.engine.connect() as connection:
        connection.exec_driver_sql("SET deadlock_timeout = '20ms'")
        connection.commit()
    tries: list[int] = []
    with other_connection("postgresql") as rival:
        rival.execute("UPDATE persons SET nickname = 'rival' WHERE id = %s", [one])
        crossing = threading.Thread(target=_finish, args=(rival, two))

        def unit() -> None:
            with unit_of_work() as unit:
                tries.append(1)
                unit.session.execute(update(Person).where(Person.id == two).values(nickname="unit"))
                if len(tries) == 1:
                    crossing.start()
                unit.session.execute(update(Person).where(Person.id == one).values(nickname="unit"))

        retrying(unit)
        crossing.join()
    assert len(tries) == 2
    assert set(db.session.scalars(select(Person.nickname))) == {"unit"}


def _finish(rival: Any, person_id: int) -> None:
    rival.execute("UPDATE persons SET nickname = 'rival' WHERE id = %s", [person_id])
    rival.commit()


def test_a_busy_database_is_not_asked_again_and_again(app: Flask) -> None:
    tries: list[int] = []

    def unit() -> None:
        tries.append(1)
        raise ServiceBusy

    with pytest.raises(ServiceBusy):
        retrying(unit)
    assert len(tries) == 1
    assert not is_passing(None)
    assert not is_passing(ValueError())
