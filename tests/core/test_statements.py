"""Prepared statements: the same rows and errors as Core, without its work per call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Table, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core import clock
from app.core.db import autocommit_engine, connection, db, read_connection, unit_of_work, violated_constraint
from app.core.statements import Prepared, upsert
from app.people.models import Session
from tests.builders import City

ROWS = cast(Table, Session.__table__)
BY_TOKEN = select(*ROWS.c).where(ROWS.c.token_hash == bindparam("token_hash"))


def row(guest_id: int, **changes: Any) -> dict[str, Any]:
    now = clock.now().replace(microsecond=123456)
    return {
        "public_id": "made-here",
        "person_id": guest_id,
        "token_hash": "hash",
        "device_hash": None,
        "device": "Linux",
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + timedelta(days=1),
    } | changes


def test_rows_are_those_of_core(app: Flask, city: City) -> None:
    given = row(city.guest().id)
    with unit_of_work():
        connection().execute(insert(ROWS), given)
    with read_connection() as reader:
        expected = reader.execute(BY_TOKEN, {"token_hash": "hash"}).one()
        found = Prepared(BY_TOKEN).all(reader, {"token_hash": "hash"})
        assert found == [tuple(expected)]
        assert found[0]._asdict() == dict(expected._mapping)
        assert Prepared(BY_TOKEN).first(reader, {"token_hash": "nobody's"}) is None


def test_an_upsert_returns_what_it_kept(app: Flask, city: City) -> None:
    given = row(city.guest().id)
    keep = Prepared(
        lambda dialect: (
            upsert(dialect)(ROWS)
            .values({name: bindparam(name) for name in given})
            .on_conflict_do_nothing(index_elements=["token_hash"])
            .returning(ROWS.c.created_at)
        )
    )
    with unit_of_work():
        assert keep.first(connection(), given).created_at == given["created_at"]
        assert keep.first(connection(), given) is None


def test_a_violated_constraint_is_named_as_core_would(app: Flask, city: City) -> None:
    given = row(city.guest().id, expires_at=clock.now() - timedelta(days=1))
    add = Prepared(insert(ROWS).values({name: bindparam(name) for name in given}).returning(ROWS.c.id))
    with db.engine.connect() as writer, pytest.raises(IntegrityError) as refused:
        add.all(writer, given)
    assert violated_constraint(refused.value) == "ck_sessions_expires_later"


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_lost_connection_leaves_the_pool(app: Flask) -> None:
    ask = Prepared(select(ROWS.c.id))
    with autocommit_engine().connect() as reader, db.engine.connect() as killer:
        pid = reader.execute(text("SELECT pg_backend_pid()")).scalar_one()
        killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        with pytest.raises(DBAPIError) as lost:
            ask.all(reader, {})
        assert lost.value.connection_invalidated
        assert reader.invalidated


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_one_lost_connection_takes_those_of_its_age_along(app: Flask) -> None:
    """After an outage one caller is refused, not one for every connection that waited in the pool."""
    ask, pool = Prepared(select(ROWS.c.id)), autocommit_engine()
    with pool.connect() as one, pool.connect() as other:
        pids = [each.execute(text("SELECT pg_backend_pid()")).scalar_one() for each in (one, other)]
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(False), autocommit=True) as killer:
        for pid in pids:
            killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pool.connect() as reader, pytest.raises(DBAPIError):
        ask.all(reader, {})
    with pool.connect() as reader, pool.connect() as beside:
        assert ask.all(reader, {}) == ask.all(beside, {}) == []
