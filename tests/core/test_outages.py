"""A database that is full, locked or gone: what is refused, what goes on, what is tried again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import Context
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event, insert, select, text, update

from app.core.db import (
    db,
    is_passing,
    read_connection,
    retrying,
    sqlite_is_writable,
    unit_of_work,
)
from app.core.errors import ServiceBusy, StorageFull
from app.people.models import Person
from app.stations.models import ServiceItem
from tests.builders import City
from tests.core.test_db import POSTGRESQL, SQLITE, hit, hits, names, other_connection


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
