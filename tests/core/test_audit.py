"""The audit trail: append-only on both databases, and whoever goes behind the triggers is named."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.audit import queries, service
from app.audit.models import AuditEntry, AuditHead
from app.core import chain
from app.core.actor import Actor
from app.core.db import db, unit_of_work

AT = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG = Actor(kind="staff", id=3, label="staff:wang", request_id="0123456789abcdef")
ACTS = 6


@pytest.fixture
def trail(app: Flask) -> None:
    """Six acts of one member of staff."""
    for n in range(1, ACTS + 1):
        act(n)


def act(n: int) -> int:
    with unit_of_work():
        return service.record(
            WANG,
            "stations.update",
            "station",
            "ZHANQIAO",
            at=AT + timedelta(minutes=n),
            before={"name_zh": "栈桥", "radius_m": n},
            after={"name_zh": "栈桥驿站", "radius_m": n + 1},
            reason="更正",
        )


def faults() -> list[str]:
    db.session.rollback()
    return queries.chain_faults()


def untriggered(*statements: str) -> None:
    """Do what somebody with the database's own password can do."""
    drops = (
        ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
        if db.engine.dialect.name == "sqlite"
        else ("DROP TRIGGER audit_no_change ON audit", "DROP TRIGGER audit_no_truncate ON audit")
    )
    with db.engine.connect() as connection:
        for statement in (*drops, *statements):
            connection.execute(text(statement))
        connection.commit()


def test_an_entry_says_who_did_what_to_what_when_and_why(app: Flask) -> None:
    assert act(1) == 1
    entry = db.session.scalars(select(AuditEntry)).one()
    assert entry.covered() == {
        "seq": 1,
        "at": AT + timedelta(minutes=1),
        "actor": "staff:wang",
        "action": "stations.update",
        "object_type": "station",
        "object_id": "ZHANQIAO",
        "before": {"name_zh": "栈桥", "radius_m": 1},
        "after": {"name_zh": "栈桥驿站", "radius_m": 2},
        "reason": "更正",
        "request_id": "0123456789abcdef",
    }


def test_entries_are_numbered_without_a_gap_and_hang_on_each_other(trail: None) -> None:
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [entry.seq for entry in entries] == list(range(1, ACTS + 1))
    assert [entry.prev_hash for entry in entries] == [chain.GENESIS, *(entry.hash for entry in entries[:-1])]
    assert queries.get_head() == (ACTS, entries[-1].hash)
    assert faults() == []


def test_an_empty_trail_holds(app: Flask) -> None:
    assert queries.get_head() == (0, chain.GENESIS)
    assert faults() == []


def test_an_act_that_fails_leaves_neither_entry_nor_gap(trail: None) -> None:
    with contextlib.suppress(ZeroDivisionError), unit_of_work():
        service.record(WANG, "x.y", "station", 1, at=AT)
        raise ZeroDivisionError
    assert act(7) == ACTS + 1
    assert faults() == []


def test_two_acts_in_one_unit_follow_each_other(app: Flask) -> None:
    with unit_of_work():
        service.record(WANG, "x.first", "station", 1, at=AT)
        service.record(WANG, "x.second", "station", 1, at=AT)
    assert [entry.action for entry in queries.list_of_object("station", "1")] == ["x.second", "x.first"]
    assert faults() == []


def test_the_newest_change_of_an_object_is_found_among_others(trail: None) -> None:
    with unit_of_work():
        service.record(WANG, "stations.update", "station", "YANDAO", at=AT)
    found = queries.find_last_change("station", "ZHANQIAO")
    assert found is not None
    assert found.seq == ACTS
    assert queries.find_last_change("checkin", "ZHANQIAO") is None


CHANGES = {
    "UPDATE of one row": "UPDATE audit SET actor = 'staff:li' WHERE seq = 2",
    "UPDATE of all rows": "UPDATE audit SET reason = NULL",
    "UPDATE that changes nothing": "UPDATE audit SET seq = seq",
    "DELETE of one row": "DELETE FROM audit WHERE seq = 6",
    "DELETE of all rows": "DELETE FROM audit",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=list(CHANGES))
def test_raw_sql_can_neither_change_nor_delete_an_entry(trail: None, statement: str) -> None:
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(statement))
    assert queries.count_entries() == ACTS
    assert faults() == []


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
def test_sqlites_replace_is_no_way_around_the_triggers(trail: None, verb: str) -> None:
    forged = f"{verb} INTO audit SELECT seq, at, 'staff:li', action, object_type, object_id, before, after, reason,"
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text(f"{forged} request_id, prev_hash, hash FROM audit WHERE seq = 2"))
    assert faults() == []


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_postgresqls_truncate_is_no_way_around_the_triggers(trail: None) -> None:
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.execute(text("TRUNCATE audit"))
    assert queries.count_entries() == ACTS


def test_our_own_code_can_neither_change_nor_delete_an_entry(trail: None) -> None:
    for statement in (update(AuditEntry).values(reason=""), delete(AuditEntry).where(AuditEntry.seq == 6)):
        with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as unit:
            unit.session.execute(statement)
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as unit:
        unit.session.get_one(AuditEntry, 2).reason = "nobody saw this"
    with pytest.raises(DBAPIError, match="append-only"), unit_of_work() as unit:
        unit.session.delete(unit.session.get_one(AuditEntry, 2))
    assert faults() == []


def test_a_second_entry_on_the_same_link_is_refused_by_the_table(trail: None) -> None:
    entry = db.session.get_one(AuditEntry, 3)
    fork = entry.covered() | {"seq": 99, "prev_hash": entry.prev_hash, "hash": "f" * 64}
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match=r"prev_hash|append-only"):
        connection.execute(insert(AuditEntry).values(**fork))


@pytest.mark.parametrize(
    "what", ["at = '2026-11-22 09:00:00'", "actor = 'staff:li'", "action = 'x.y'", "object_id = 'YANDAO'",
             "before = NULL", "after = '{}'", "reason = NULL", "request_id = '-'"],
)  # fmt: skip
def test_a_row_changed_behind_the_triggers_is_named(trail: None, what: str) -> None:
    untriggered(f"UPDATE audit SET {what} WHERE seq = 3")
    assert faults() == ["row 3 was changed: its hash does not match its content"]


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_row_deleted_behind_the_triggers_is_named(trail: None, seq: int) -> None:
    untriggered(f"DELETE FROM audit WHERE seq = {seq}")
    assert f"row {seq} is missing: the next one found is {seq + 1}" in faults()


def test_a_row_slipped_in_behind_the_triggers_is_named(trail: None) -> None:
    with unit_of_work() as unit:
        entry = unit.session.get_one(AuditEntry, ACTS)
        forged = entry.covered() | {"seq": ACTS + 1, "actor": "staff:li"}
        row_hash = chain.link(entry.hash, forged)
        unit.session.execute(insert(AuditEntry).values(**forged, prev_hash=entry.hash, hash=row_hash))
    assert faults() == [f"the head names row {ACTS}, the last row found is {ACTS + 1}: the tail was cut"]


def test_a_cut_tail_is_named_by_the_head(trail: None) -> None:
    untriggered("DELETE FROM audit WHERE seq >= 5")
    assert faults() == [f"the head names row {ACTS}, the last row found is 4: the tail was cut"]


def checkpoint(folder: Path, *, at: datetime = AT) -> Path:
    path = queries.checkpoint_path(folder)
    with path.open("a", encoding="utf-8") as file:
        file.write(queries.checkpoint_line(queries.get_head(), at) + "\n")
    return path


def test_a_cut_tail_with_the_head_turned_back_is_named_by_the_checkpoint(trail: None, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    turned_back = "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)"
    untriggered("DELETE FROM audit WHERE seq >= 5", turned_back)
    assert faults() == []
    db.session.rollback()
    assert queries.chain_faults(tmp_path) == [
        f"row {ACTS} is not the one that the checkpoint of {AT.isoformat()} fixed"
    ]


def test_a_trail_written_anew_from_the_middle_is_named_by_the_checkpoint(trail: None, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    turned_back = "UPDATE audit_head SET seq = 4, hash = (SELECT hash FROM audit WHERE seq = 4)"
    untriggered("DELETE FROM audit WHERE seq >= 5", turned_back)
    for n in (50, 60, 70):
        act(n)
    assert faults() == []
    assert queries.chain_faults(tmp_path) == [
        f"row {ACTS} is not the one that the checkpoint of {AT.isoformat()} fixed"
    ]


def test_checkpoints_hold_while_the_trail_grows(trail: None, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    act(7)
    checkpoint(tmp_path, at=AT + timedelta(days=1))
    db.session.rollback()
    assert queries.chain_faults(tmp_path) == []


def test_a_checkpoint_of_the_empty_trail_holds(app: Flask, tmp_path: Path) -> None:
    checkpoint(tmp_path)
    act(1)
    assert queries.chain_faults(tmp_path) == []


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: body | {"seq": 4},
        lambda body: body | {"hash": "0" * 64},
        lambda body: body | {"mac": "0" * 64},
        lambda body: {name: body[name] for name in ("at", "seq", "hash")},
        lambda body: [1, 2],
        lambda body: body | {"mac": None},
    ],
)
def test_a_checkpoint_that_we_did_not_sign_is_named(trail: None, tmp_path: Path, forge: object) -> None:
    path = checkpoint(tmp_path)
    body = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(forge(body)) + "\n", encoding="utf-8")  # type: ignore[operator]
    assert queries.chain_faults(tmp_path) == [
        f"{queries.checkpoint_path(tmp_path).name} line 1 is not signed by this service"
    ]


def test_there_is_one_head_and_no_second_can_be_made(app: Flask) -> None:
    with db.engine.connect() as connection, pytest.raises(DBAPIError, match=r"single|UNIQUE"):
        connection.execute(insert(AuditHead).values(id=2, seq=0, hash=chain.GENESIS))
