"""Check-ins at one barrier: one visit whatever happens, one effect per key, sessions dead on every worker."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import func, select

from app.checkins.models import CheckIn
from app.checkins.rules import WRONG_DIGITS_PER_PERSON
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, sqlite_driver, unit_of_work
from app.http.idempotency import IdempotencyRow
from app.stations import service as stations
from app.stations.models import Station
from tests.builders import Guest
from tests.races.callers import Answer, Call, at_once, connect, send
from tests.races.conftest import Service

CALLERS = 20
SHOWN_WITHIN_S = 1.0
_codes = (f"RACE{n}" for n in range(1000))


@pytest.fixture
def station(service: Service) -> Station:
    return service.city.station(code=next(_codes))


def check_in(guest: Guest, credential: str, key: str | None = None) -> Call:
    headers = {"Authorization": f"Bearer {guest.token}"} | ({"Idempotency-Key": key} if key else {})
    return Call("POST", "/api/v1/checkins", {"credential": credential}, headers)


def visits(station: Station) -> list[CheckIn]:
    db.session.rollback()
    return list(db.session.scalars(select(CheckIn).where(CheckIn.station_id == station.id)))


def keys_of(guest: Guest) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).where(IdempotencyRow.person_id == guest.id)) or 0


def test_r4_twenty_check_ins_at_once_with_different_keys_are_one_visit(service: Service, station: Station) -> None:
    guest, link = service.city.guest(), service.city.poster(station)
    answers = at_once(service.port, [check_in(guest, link, f"key-of-try-{n:02d}") for n in range(CALLERS)])
    assert Counter(answer.status for answer in answers) == {201: 1, 200: CALLERS - 1}
    assert {answer.json["already"] for answer in answers if answer.status == 200} == {True}
    assert {(a.json["id"], a.json["checked_in_at"]) for a in answers} == {
        (visit.public_id, answers[0].json["checked_in_at"]) for visit in visits(station)
    }
    assert not any("idempotency-replayed" in answer.headers for answer in answers)
    assert keys_of(guest) == CALLERS


def test_r4_without_keys_is_one_visit_too(service: Service, station: Station) -> None:
    guest, link = service.city.guest(), service.city.poster(station)
    answers = at_once(service.port, [check_in(guest, link) for _ in range(CALLERS)])
    assert Counter(answer.status for answer in answers) == {201: 1, 200: CALLERS - 1}
    assert len(visits(station)) == 1


def test_different_people_at_once_all_get_their_own_visit(service: Service, station: Station) -> None:
    guests, link = [service.city.guest() for _ in range(CALLERS)], service.city.poster(station)
    answers = at_once(service.port, [check_in(guest, link) for guest in guests])
    assert Counter(answer.status for answer in answers) == {201: CALLERS}
    assert len({answer.json["id"] for answer in answers}) == len(visits(station)) == CALLERS


@contextmanager
def writers_held(service: Service) -> Iterator[None]:
    """Hold what a check-in needs to write, as a slow transaction elsewhere would. On PostgreSQL the effect hangs after
    its key is claimed; on SQLite at its beginning."""
    if service.kind == "sqlite":
        holder: Any = sqlite_driver().connect(db.engine.url.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        holder.execute("LOCK TABLE checkins IN SHARE ROW EXCLUSIVE MODE")
    try:
        yield
    finally:
        holder.rollback()
        holder.close()


def test_f3_a_key_sent_again_while_its_first_request_runs_waits_and_replays(service: Service, station: Station) -> None:
    guest, link = service.city.guest(), service.city.poster(station)
    answers: list[Answer] = []
    db.session.remove()
    calls = [check_in(guest, link, "one-key-for-all")] * 8
    with writers_held(service):
        senders = threading.Thread(target=lambda: answers.extend(at_once(service.port, calls)))
        senders.start()
        time.sleep(1.0)
        assert answers == []
    senders.join()
    assert Counter(answer.status for answer in answers) == {201: len(calls)}
    assert len({answer.body for answer in answers}) == 1
    assert Counter(answer.headers.get("idempotency-replayed") for answer in answers) == {
        None: 1,
        "true": len(calls) - 1,
    }
    assert len(visits(station)) == keys_of(guest) == 1


@pytest.mark.parametrize("running", ["postgresql", pytest.param("sqlite", marks=pytest.mark.fault)], indirect=True)
def test_f3_who_waits_too_long_is_told_to_come_back_and_the_key_still_runs(service: Service, station: Station) -> None:
    guest, link = service.city.guest(), service.city.poster(station)
    db.session.remove()
    call = check_in(guest, link, "a-key-that-waits")
    with writers_held(service), closing(connect(service.port)) as connection:
        began = time.monotonic()
        busy = send(connection, call)
        assert time.monotonic() - began < 7
        assert (busy.status, busy.json["code"]) == (503, "service.busy")
        assert int(busy.headers["retry-after"]) > 0
    with closing(connect(service.port)) as connection:
        first, again = send(connection, call), send(connection, call)
    assert (first.status, "idempotency-replayed" in first.headers) == (201, False)
    assert (again.body, again.headers["idempotency-replayed"]) == (first.body, "true")


def test_one_key_with_two_bodies_at_once_has_one_effect(service: Service, station: Station) -> None:
    other = service.city.station(code=next(_codes))
    guest = service.city.guest()
    links = (service.city.poster(station), service.city.poster(other))
    answers = at_once(service.port, [check_in(guest, links[n % 2], "the-same-key") for n in range(10)])
    statuses = Counter(answer.status for answer in answers)
    assert statuses == {201: 5, 422: 5}
    assert {a.json["code"] for a in answers if a.status == 422} == {"idempotency.key_reused"}
    assert len(visits(station)) + len(visits(other)) == 1


def test_x6_a_session_that_has_ended_is_dead_on_every_worker(service: Service) -> None:
    guest = service.city.guest()
    me = Call("GET", "/api/v1/me", headers={"Authorization": f"Bearer {guest.token}"})
    with ExitStack() as stack:
        copies = [stack.enter_context(closing(connect(service.port))) for _ in range(9)]
        assert {send(copy, me).status for copy in copies} == {200}
        assert send(copies[0], Call("POST", "/api/v1/auth/logout", headers=me.headers)).status == 204
        refused = [send(copy, me) for copy in copies]
    assert {(answer.status, answer.json["code"]) for answer in refused} == {(401, "auth.token_invalid")}


def test_a_closing_shows_within_a_second_on_every_worker(service: Service, station: Station) -> None:
    look = Call("GET", f"/api/v1/stations/{station.code}")
    listed = Call("GET", f"/api/v1/stations?q={station.code}", headers={"Accept-Language": "en"})
    data = {"reason_zh": "大风", "reason_en": "Strong wind"}
    with ExitStack() as stack:
        connections = [stack.enter_context(closing(connect(service.port))) for _ in range(9)]
        time.sleep(SHOWN_WITHIN_S)
        before = {send(connection, look).json["open_state"] for connection in connections}
        with unit_of_work():
            stations.pause_station(SYSTEM, station.id, data=data, at=clock.now())
        time.sleep(SHOWN_WITHIN_S)
        after = {send(connection, look).json["open_state"] for connection in connections}
        notes = {send(connection, listed).json["items"][0]["open_note"] for connection in connections}
    assert (before, after) == ({"unknown"}, {"closed"})
    assert notes == {"Closed for the time being: Strong wind"}


def test_wrong_digits_at_once_are_counted_across_workers(service: Service, station: Station) -> None:
    guest, right = service.city.guest(), service.city.digits(station)
    wrong = f"{station.code}:{(int(right[-6:]) + 500_000) % 1_000_000:06d}"
    answers = at_once(service.port, [check_in(guest, wrong) for _ in range(CALLERS)])
    with closing(connect(service.port)) as connection:
        refused = send(connection, check_in(guest, service.city.digits(station)))
    assert (refused.status, refused.json["code"]) == (429, "checkin.too_many")
    assert Counter(answer.json["code"] for answer in answers) == {
        "checkin.code_invalid": WRONG_DIGITS_PER_PERSON,
        "checkin.too_many": CALLERS - WRONG_DIGITS_PER_PERSON,
    }
    assert [visit.state for visit in visits(station)] == ["refused"] * WRONG_DIGITS_PER_PERSON


def test_a_token_of_100_kb_ends_in_a_refusal_and_not_in_a_worker(service: Service) -> None:
    with closing(connect(service.port)) as connection:
        huge = send(connection, Call("GET", "/api/v1/me", headers={"Authorization": "Bearer " + "A" * 100_000}))
    assert (huge.status, huge.json["code"]) == (401, "auth.token_invalid")
    with closing(connect(service.port)) as connection:
        assert send(connection, Call("GET", "/livez")).status == 200
