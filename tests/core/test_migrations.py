"""Migrations on both databases: they end where the models are, and going back and forth loses nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import MetaData, Table, func, inspect, select, text

from app.checkins import review, rollup
from app.checkins import service as checkins
from app.core.actor import SYSTEM
from app.core.clock import business_date
from app.core.db import db, unit_of_work
from app.core.revisions import MIGRATIONS, downgrade, upgrade
from app.stations import listing
from tests.builders import City
from tests.conftest import make_app as application_on
from tests.conftest import postgres_address

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
Schema = dict[str, Any]


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Flask]]:
    """Makes applications, each on an empty database of its own."""
    made: list[Flask] = []

    def make(name: str) -> Flask:
        folder = tmp_path / name
        folder.mkdir()
        address = ""
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS migrations_{name} WITH (FORCE)")
                connection.execute(f"CREATE DATABASE migrations_{name}")
            address = postgres_address(server, f"migrations_{name}")
        made.append(application_on(folder, address))
        return made[-1]

    yield make
    for app in made:
        with app.app_context():
            db.engine.dispose()


def plain(sql: Any) -> str:
    """A CHECK or WHERE without the line ends that only its author sees."""
    return re.sub(r"\s+", "", str(sql))


def schema() -> Schema:
    """Everything in the database that a migration could lose."""
    found = inspect(db.engine)
    tables: Schema = {}
    for table in sorted(set(found.get_table_names()) - {"alembic_version"}):
        tables[table] = {
            "columns": {c["name"]: (str(c["type"]), c["nullable"]) for c in found.get_columns(table)},
            "checks": {c["name"]: plain(c["sqltext"]) for c in found.get_check_constraints(table)},
            "uniques": {c["name"]: sorted(c["column_names"]) for c in found.get_unique_constraints(table)},
            "foreign keys": {c["name"]: (c["constrained_columns"], c["referred_table"]) for c in found.get_foreign_keys(table)},
            "indexes": {
                i["name"]: (i["column_names"], bool(i["unique"]), [plain(v) for v in i.get("dialect_options", {}).values()])
                for i in found.get_indexes(table)
            },
        }  # fmt: skip
    return tables


def triggers() -> list[str]:
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    postgresql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    with db.engine.connect() as connection:
        query = sqlite if db.engine.dialect.name == "sqlite" else postgresql
        return list(connection.execute(text(query)).scalars())


def rows() -> dict[str, int]:
    metadata = MetaData()
    metadata.reflect(db.engine)
    with db.engine.connect() as connection:
        return {name: connection.execute(_count(table)).scalar() or 0 for name, table in metadata.tables.items()}


def _count(table: Table) -> Any:
    return select(func.count()).select_from(table)


def test_there_is_one_head_and_the_file_names_it() -> None:
    assert SCRIPTS.get_heads() == [(MIGRATIONS / "HEAD").read_text(encoding="ascii").strip()]


def test_migrations_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [name[:5] for name in names] == [f"{n:04d}_" for n in range(1, len(names) + 1)]
    assert [script.revision for script in SCRIPTS.walk_revisions()] == [name[:4] for name in reversed(names)]


def test_empty_to_head_equals_the_models(empty: Callable[[str], Flask]) -> None:
    with empty("migrated").app_context():
        upgrade()
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            assert compare_metadata(context, db.metadata) == []
        migrated = schema()
    with empty("created").app_context():
        db.create_all()
        created = schema()
    assert migrated == created
    assert sum(len(table["checks"]) for table in migrated.values()) > 20


def test_head_brings_the_districts_the_catalogue_the_audit_head_and_the_triggers(empty: Callable[[str], Flask]) -> None:
    with empty("migrated").app_context():
        upgrade()
        upgrade()
        counted = rows()
        assert (counted["districts"], counted["service_items"], counted["audit_head"]) == (10, 22, 1)
        assert triggers() in (
            ["audit_no_delete", "audit_no_replace", "audit_no_update"],
            ["audit_no_change", "audit_no_truncate"],
        )


def test_down_one_and_up_again_keeps_rows_checks_and_triggers(empty: Callable[[str], Flask]) -> None:
    app = empty("migrated")
    with app.app_context():
        upgrade()
        fresh = rows()
        city = City(app)
        city.visit(city.station())
        db.session.remove()
        listing.forget()
        before, rows_before, triggers_before = schema(), rows(), triggers()
        assert rows_before["checkins"] == 1
        downgrade("-1")
        survivors = rows().keys()
        assert {name: n for name, n in rows().items() if n != rows_before[name]} in ({}, {"alembic_version": 0})
        upgrade()
        assert schema() == before
        assert triggers() == triggers_before
        assert rows() == {name: (rows_before if name in survivors else fresh)[name] for name in fresh}


def test_down_to_nothing_leaves_nothing_and_up_again_serves(empty: Callable[[str], Flask]) -> None:
    app = empty("migrated")
    with app.app_context():
        upgrade()
        downgrade("base")
        assert schema() == {}
        assert triggers() == []
        upgrade()
        city = City(app)
        assert city.visit(city.station()).result == "accepted"
        db.session.remove()
        listing.forget()


def test_what_staff_said_moves_out_of_the_reason_and_back_and_the_counts_with_it(empty: Callable[[str], Flask]) -> None:
    """Revision 0019: two sentences of one old day were two reasons on the dashboard, and are one."""
    app, noon = empty("migrated"), datetime(2026, 11, 22, 4, 0, 10, tzinfo=UTC)
    day, station_before = noon - timedelta(days=3), noon - timedelta(days=9)
    with app.app_context():
        upgrade()
        city = City(app)
        pier = city.station(at=station_before)
        city.visit(pier, at=day, credential="ZHANQIAO:000000")
        for words in ({"template": "unconfirmed"}, {"words": "没有找到"}, {"words": "没有找到"}):
            held = city.visit(pier, at=day, client_time=noon)
            decide(review.refuse, held.id, data=words, at=noon)
        decide(checkins.void_check_in, city.visit(pier, at=day).id, reason="误扫", at=noon)
        with unit_of_work():
            rollup.roll_up(business_date(day))
        now = [
            ("code_invalid", None),
            ("review", "unconfirmed"),
            ("review", "没有找到"),
            ("review", "没有找到"),
            ("voided", "误扫"),
        ]
        counted = [("code_invalid", 1), ("review", 3)]
        assert (said("reason, explanation"), counts()) == (now, counted)
        downgrade("0018")
        assert said("reason") == [("code_invalid",), ("unconfirmed",), ("没有找到",), ("没有找到",), ("误扫",)]
        assert run("SELECT whole FROM rolled_days") in ([(0,)], [(False,)])
        run("DELETE FROM visit_days WHERE reason = 'review'")
        run(
            "INSERT INTO visit_days (business_date, station_id, state, reason, visits) SELECT business_date, station_id, "
            "'refused', reason, count(*) FROM checkins WHERE state = 'refused' AND reason <> 'code_invalid' GROUP BY 1, 2, 4"
        )
        run("UPDATE rolled_days SET whole = true")
        upgrade(revision="0019")
        assert (said("reason, explanation"), counts()) == (now, counted)
        assert list(rollup.differences()) == []
        db.session.remove()
        listing.forget()


def decide(act: Callable[..., Any], visit: str, **given: Any) -> None:
    found = run(f"SELECT id FROM checkins WHERE public_id = '{visit}'")[0][0]
    with unit_of_work():
        act(SYSTEM, found, **given)


def said(columns: str) -> list[tuple[Any, ...]]:
    return run(f"SELECT {columns} FROM checkins WHERE reason IS NOT NULL ORDER BY id")


def counts() -> list[tuple[Any, ...]]:
    return run("SELECT reason, visits FROM visit_days WHERE state = 'refused' ORDER BY reason")


def run(sql: str) -> list[tuple[Any, ...]]:
    db.session.rollback()
    with db.engine.begin() as connection:
        done = connection.execute(text(sql))
        return [tuple(row) for row in done] if done.returns_rows else []
