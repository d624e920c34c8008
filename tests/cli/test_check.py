"""`check` names the rows that break a rule, whatever let them in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app import jobs
from app.cli.check import breached
from app.core import clock
from app.core.db import db, unit_of_work
from tests.builders import City

COLUMNS = "person_id, station_id, credential_id, state, grade, happened_at, business_date, source"


def _by_hand(*statements: str) -> None:
    """Write past every service, the way somebody repairs by hand."""
    db.session.rollback()
    sqlite = db.engine.dialect.name == "sqlite"
    raw = db.engine.raw_connection()
    cursor = raw.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF" if sqlite else "SET session_replication_role = replica")
    for statement in statements:
        cursor.execute(statement)
    raw.commit()
    raw.close()
    db.engine.dispose()


def _broken() -> dict[str, list[str]]:
    return {breach.rule: breach.rows for breach in breached()}


def test_a_city_in_use_breaks_nothing(app: Flask, city: City) -> None:
    station = city.station()
    guest = city.guest()
    guest.check_in(city.poster(station), Idempotency_Key="key-of-a-visit")
    guest.check_in("ZHANQIAO?v=1&k=forged")
    city.visit(station, at=clock.now() - timedelta(days=3))

    assert _broken() == {}


def test_two_live_stamps_on_one_day_are_named(app: Flask, city: City) -> None:
    city.visit(city.station())

    _by_hand(
        "DROP INDEX uq_checkins_person_station_day",
        f"INSERT INTO checkins (public_id, {COLUMNS}) SELECT 'twin', {COLUMNS} FROM checkins",
    )

    rows = _broken()["One live stamp per person, station and city day"]
    assert len(rows) == 1
    assert "person" in rows[0]


@pytest.mark.parametrize(("hour_utc", "holds"), [(15, True), (16, False)])
def test_a_visit_counted_on_another_day_than_its_instant_is_named(
    app: Flask, city: City, hour_utc: int, holds: bool
) -> None:
    """23:59 and 00:01 in the city are 15:59 and 16:01 UTC."""
    city.visit(city.station())

    _by_hand(f"UPDATE checkins SET happened_at = '2026-11-22 {hour_utc}:30:00', business_date = '2026-11-22'")

    assert ("The city day of a visit is that of its instant" in _broken()) is not holds


def test_a_falsified_count_of_a_past_day_is_named(app: Flask, city: City) -> None:
    """Also where the visit itself went past every service."""
    at = clock.now() - timedelta(days=5)
    city.visit(city.station(), at=at)
    jobs.roll_days_up(clock.now())
    assert _broken() == {}

    _by_hand("UPDATE visit_days SET visits = 3")
    assert _broken() == {
        "The counts of past days are those of their visits": [
            f"visit_days {clock.business_date(at)} 1 accepted: 3 counted, 1 there"
        ]
    }

    _by_hand("UPDATE checkins SET state = 'void', reason = 'voided'", "UPDATE visit_days SET visits = 1")
    assert "1 counted, 0 there" in _broken()["The counts of past days are those of their visits"][0]


def test_a_row_whose_parent_is_gone_is_named(app: Flask, city: City) -> None:
    city.visit(city.station())

    _by_hand("DELETE FROM sessions", "DELETE FROM persons")

    rows = _broken()["Every row that names another finds it"]
    assert any(row.startswith("checkins ") and "persons" in row for row in rows)


def test_a_key_whose_effect_never_finished_is_named(app: Flask, city: City) -> None:
    city.guest().check_in(city.poster(city.station()), Idempotency_Key="key-of-a-visit")

    _by_hand("UPDATE idempotency SET status = 0")

    assert len(_broken()["An idempotency key is kept with the answer of a finished effect"]) == 1


def test_a_station_without_a_place_is_named(app: Flask, city: City) -> None:
    city.station()

    _by_hand("DELETE FROM circles")

    assert _broken()["Every station has a place"] == ["stations ZHANQIAO: no circle"]


def test_a_pause_without_its_closure_is_named(app: Flask, city: City) -> None:
    city.station()

    _by_hand("UPDATE stations SET state = 'paused'")

    assert _broken()["A station is paused exactly while a closure without an end runs"] == ["stations ZHANQIAO: paused"]


def test_a_cut_audit_trail_is_named(app: Flask, city: City) -> None:
    city.station()

    with unit_of_work() as unit:
        unit.session.execute(text("UPDATE audit_head SET seq = seq + 1"))

    assert "The audit trail holds" in _broken()


def test_the_command_names_the_rows_and_fails(app: Flask, city: City) -> None:
    city.station()
    _by_hand("UPDATE stations SET state = 'paused'")

    said = app.test_cli_runner().invoke(args=["check"])

    assert said.exit_code == 1
    assert "stations ZHANQIAO: paused" in said.stdout
    assert "Stop writing" in said.stderr


def test_a_text_message_that_its_reader_was_never_told_is_named(app: Flask, city: City) -> None:
    citizen = city.citizen()
    _by_hand(
        "INSERT INTO outbox (public_id, key, person_id, channel, kind_code, payload, state, tries, created_at, due_at, next_try_at)"
        f" VALUES ('m', 'shift:1', {citizen.id}, 'sms', 'x', '{{}}', 'waiting', 0, '2026-11-24 04:00:00', '2026-11-24 04:00:00', '2026-11-24 04:00:00')"
    )
    assert _broken() == {
        "Every text message stands in its reader's inbox too": [
            f"outbox 1: person {citizen.id} was not told shift:1 in their inbox"
        ]
    }


SIGNUP = "shift_id, volunteer_id, state, via, late, created_at, queue_no"


def _signed_up(city: City) -> int:
    shift = city.shift(capacity=1)
    for n in range(2):
        guest, _ = city.volunteer(f"1380013800{n}")
        assert guest.call("POST", f"/shifts/{shift.public_id}/signups", {}).status_code == 201
    return shift.id


@pytest.mark.parametrize("change", ["taken = 0", "waitlisted = 0", "queue_last = 7, waitlisted = 2"])
def test_counters_of_a_shift_that_are_not_its_sign_ups_are_named(app: Flask, city: City, change: str) -> None:
    shift_id = _signed_up(city)
    assert _broken() == {}
    _by_hand(f"UPDATE shifts SET {change}")
    rule = "The counters of a shift are its sign-ups, and no more seats are taken than there are"
    assert [row.partition(":")[0] for row in _broken()[rule]] == [f"shifts {shift_id}"]


def test_a_second_live_sign_up_and_a_number_given_twice_are_named(app: Flask, city: City) -> None:
    _signed_up(city)
    _by_hand(
        "DROP INDEX uq_signups_shift_volunteer",
        f"INSERT INTO signups (public_id, {SIGNUP}) SELECT 'twin', {SIGNUP} FROM signups WHERE state = 'waitlisted'",
        "UPDATE shifts SET waitlisted = 2, queue_last = 2",
    )
    assert set(_broken()) == {
        "A volunteer has one live sign-up on a shift, and none on one that is off",
        "A number in a queue is given once",
    }


def test_a_live_sign_up_on_a_shift_that_is_off_is_named(app: Flask, city: City) -> None:
    _signed_up(city)
    _by_hand("UPDATE shifts SET state = 'cancelled', cancel_reason_zh = '大风', cancel_reason_en = 'wind'")
    rows = _broken()["A volunteer has one live sign-up on a shift, and none on one that is off"]
    assert len(rows) == 2
