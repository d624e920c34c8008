"""The periodic tasks: each does what is due, once, and leaves alone what is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.audit import queries as audit
from app.checkins.models import CheckIn
from app.core import clock, counters
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.http.idempotency import IdempotencyRow
from app.orgs import queries as orgs
from app.orgs import service as staff
from app.orgs.models import StaffLink
from app.people.models import Session
from tests.builders import ZHANQIAO, City

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture
def data_dir(app: Flask) -> Path:
    folder: Path = app.config["OUYU"].server.data_dir
    (folder / jobs.HEARTBEAT_FILE).unlink(missing_ok=True)
    return folder


def _lines(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in audit.checkpoint_path(folder).read_text(encoding="utf-8").splitlines()]


def test_the_audit_head_is_signed_once_per_city_day(app: Flask, city: City, data_dir: Path) -> None:
    city.station()

    for at in (NOON, NOON + timedelta(hours=3), NOON + timedelta(days=1)):
        jobs.fix_audit_head(at)

    lines = _lines(data_dir)
    assert [str(line["at"])[:10] for line in lines] == ["2026-11-22", "2026-11-23"]
    assert {line["seq"] for line in lines} == {audit.get_head().seq}
    assert audit.chain_faults(data_dir) == []


def test_a_signed_head_betrays_a_tail_that_was_cut(app: Flask, city: City, data_dir: Path) -> None:
    city.station()
    jobs.fix_audit_head(NOON)
    line = audit.checkpoint_path(data_dir).read_text(encoding="utf-8")
    seq = audit.get_head().seq

    audit.checkpoint_path(data_dir).write_text(line.replace(f'"seq":{seq}', f'"seq":{seq + 1}'), encoding="utf-8")

    assert audit.chain_faults(data_dir) != []


def test_exact_points_go_after_thirty_days_and_the_verdict_stays(app: Flask, city: City) -> None:
    station = city.station(at=NOON - timedelta(days=40))
    for age in (timedelta(days=30, minutes=1), timedelta(days=29, hours=23)):
        city.visit(station, at=NOON - age, point=ZHANQIAO, accuracy_m=10.0)

    jobs.keep_terms(NOON)

    old, young = db.session.scalars(select(CheckIn).order_by(CheckIn.happened_at))
    assert (old.lat, old.lng) == (None, None)
    assert (old.distance_m, old.accuracy_m, old.grade) == (0, 10, "B")
    assert (young.lat, young.lng) == (ZHANQIAO.lat, ZHANQIAO.lng)


def test_idempotency_keys_live_for_a_day_at_least(app: Flask, city: City) -> None:
    guest, station = city.guest(), city.station()
    guest.check_in(city.poster(station), Idempotency_Key="a-key-of-today")

    jobs.keep_terms(clock.now() + timedelta(hours=47))
    assert db.session.scalar(select(func.count()).select_from(IdempotencyRow)) == 1

    jobs.keep_terms(clock.now() + timedelta(hours=49))
    assert db.session.scalar(select(func.count()).select_from(IdempotencyRow)) == 0


def test_old_counters_go_and_those_of_today_stay(app: Flask) -> None:
    with unit_of_work():
        counters.hit(("digits", 1), at=NOON, window_s=600)
        counters.hit(("digits", 1), at=NOON - timedelta(days=2), window_s=600)

    jobs.keep_terms(NOON)

    assert counters.counts([("digits", 1)], at=NOON, window_s=600) == [1]
    assert counters.counts([("digits", 1)], at=NOON - timedelta(days=2), window_s=600) == [0]


def test_sessions_and_links_go_a_week_after_their_end(app: Flask, city: City) -> None:
    city.guest()
    data = {"login": "lin.hai", "name": "林海", "role": "city_admin", "scope": "city"}
    with unit_of_work():
        staff.create_staff(SYSTEM, data=data, at=clock.now())

    jobs.keep_terms(clock.now() + timedelta(days=30))
    assert db.session.scalar(select(func.count()).select_from(Session)) == 1
    assert db.session.scalar(select(func.count()).select_from(StaffLink)) == 0

    jobs.keep_terms(clock.now() + timedelta(days=38))
    assert db.session.scalar(select(func.count()).select_from(Session)) == 0
    assert orgs.find_staff_by_login("lin.hai") is not None


def test_the_heartbeat_is_what_doctor_reads(app: Flask, data_dir: Path) -> None:
    assert jobs.find_heartbeat(data_dir) is None

    jobs.beat(NOON)

    assert jobs.find_heartbeat(data_dir) == NOON


def test_a_damaged_heartbeat_counts_as_none(app: Flask, data_dir: Path) -> None:
    (data_dir / jobs.HEARTBEAT_FILE).write_text("{", encoding="utf-8")

    assert jobs.find_heartbeat(data_dir) is None


def test_every_task_runs_from_the_queue(app: Flask) -> None:
    queue = jobs.queue_of(app, app.config["OUYU"])

    names = {task.split(".")[-1] for task in queue.huey._registry._registry}

    assert len(names - {"prepare_export"}) == len(jobs.JOBS)
    for job in jobs.JOBS:
        jobs.run_job(app, job)
