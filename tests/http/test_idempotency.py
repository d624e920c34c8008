"""Idempotency-Key: one effect per person and key, replayed word for word; refusals keep no key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, func, insert, select, text

from app.checkins.models import CheckIn
from app.core import clock
from app.core.db import db, sqlite_driver, unit_of_work
from app.core.geo import Point
from app.http import idempotency, limits
from app.http.idempotency import IdempotencyRow
from app.people import service as people
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import assert_problem, pointers
from tests.http.test_limits import await_minute

KEY = "a-key-of-the-phone-0001"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
FAR = at(Point(36.2, 120.4))


def count(table: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_f1_the_same_key_three_times_is_one_visit_and_one_answer(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    answers = [guest.check_in(link, at(ZHANQIAO), Idempotency_Key=KEY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].data == answers[1].data == answers[2].data
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [None, "true", "true"]
    assert {answer.content_type for answer in answers} == {"application/json"}
    assert (count(CheckIn), count(IdempotencyRow)) == (1, 1)


def test_a_replay_does_not_change_with_what_happened_since(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    with clock.frozen(NOON):
        first = guest.check_in(link, Idempotency_Key=KEY)
    city.station(code="YANDAO")
    with clock.frozen(NOON + timedelta(hours=20)):
        assert guest.check_in(link).status_code == 201
        again = guest.check_in(link, Idempotency_Key=KEY, Accept_Language="en")
    assert (again.status_code, again.data) == (201, first.data)


def test_a_repeated_visit_is_stored_as_the_200_it_was(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    guest.check_in(link)
    answers = [guest.check_in(link, Idempotency_Key=KEY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    assert answers[1].headers["Idempotency-Replayed"] == "true"


def test_another_spelling_of_the_same_body_replays(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    headers = {"Authorization": f"Bearer {guest.token}", "Idempotency-Key": KEY}
    one = f'{{"credential": "{link}", "location": {{"lat": 36.06157, "lng": 120.31426, "accuracy_m": 9.0, "coord_sys": "wgs84"}}}}'
    two = (
        f'{{"location":{{"coord_sys":"wgs84","accuracy_m":9.0,"lng":120.31426,"lat":36.06157}},"credential":"{link}"}}'
    )
    answers = [
        guest.client.post("/api/v1/checkins", data=body, headers=headers, content_type="application/json")
        for body in (one, two)
    ]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert answers[0].data == answers[1].data


def test_f2_the_same_key_with_another_body_is_422_and_does_nothing(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    other = city.station(code="YANDAO")
    guest.check_in(link, Idempotency_Key=KEY)
    for body in ((city.poster(other), None), (link, at(ZHANQIAO)), (link + " ", None)):
        assert_problem(guest.check_in(*body, Idempotency_Key=KEY), 422, "idempotency.key_reused")
    assert count(CheckIn) == 1


def test_f2_the_same_key_on_another_route_is_422(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    guest.check_in(link, Idempotency_Key=KEY)
    with unit_of_work() as unit:
        unit.session.execute(text("UPDATE idempotency SET route = 'POST /api/v1/elsewhere'"))
    assert_problem(guest.check_in(link, Idempotency_Key=KEY), 422, "idempotency.key_reused")


def test_f2_the_same_key_of_another_person_has_its_own_result(city: City, pier: Station) -> None:
    one, two = city.guest(), city.guest()
    first = one.check_in(city.poster(pier), Idempotency_Key=KEY)
    second = two.check_in(city.poster(pier), Idempotency_Key=KEY)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["id"] != second.json["id"]
    assert "Idempotency-Replayed" not in second.headers


def test_the_scope_of_a_key_is_the_person_not_the_token(city: City, pier: Station) -> None:
    """A retry after signing in anew on the same account must not stamp twice."""
    guest, link = city.guest(), city.poster(pier)
    first = guest.check_in(link, Idempotency_Key=KEY)
    second_token = _second_session(guest)
    again = Guest(city.app.test_client(), second_token, guest.id, guest.public_id).check_in(link, Idempotency_Key=KEY)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.data == first.data


def _second_session(guest: Guest) -> str:
    with unit_of_work() as unit:
        opened = people.open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=clock.now())
        unit.session.flush()
        unit.session.execute(
            text("UPDATE sessions SET person_id = :mine WHERE person_id = :other").bindparams(
                mine=guest.id, other=opened.person.id
            )
        )
    return opened.token


def test_f4_a_key_first_sent_with_a_bad_body_runs_when_corrected(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    assert pointers(guest.call("POST", "/checkins", {"credential": 5}, Idempotency_Key=KEY)) == ["/credential"]
    assert guest.check_in(link, Idempotency_Key=KEY).status_code == 201
    assert count(CheckIn) == 1


def test_f4_a_refusal_keeps_its_trace_but_not_its_key(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    for attempts in (1, 2):
        assert_problem(guest.check_in(link, FAR, Idempotency_Key=KEY), 422, "checkin.too_far")
        assert (count(CheckIn), count(IdempotencyRow)) == (attempts, 0)
    assert guest.check_in(link, at(ZHANQIAO), Idempotency_Key=KEY).status_code == 201


def test_f4_a_key_runs_once_after_429(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    await_minute()
    for _ in range(city.app.config["OUYU"].limits.checkins_per_min):
        guest.call("POST", "/checkins", {})
    assert_problem(guest.check_in(link, Idempotency_Key=KEY), 429, "request.too_many")
    limits.reset()
    first = guest.check_in(link, Idempotency_Key=KEY)
    assert (first.status_code, first.headers.get("Idempotency-Replayed")) == (201, None)
    assert guest.check_in(link, Idempotency_Key=KEY).data == first.data
    assert count(CheckIn) == 1


@contextmanager
def locked_database() -> Iterator[None]:
    """Somebody holds the lock that every check-in needs, and nobody waits long for it."""
    engine, sqlite = db.engine, db.engine.dialect.name == "sqlite"
    patience = "PRAGMA busy_timeout = 30" if sqlite else "SET lock_timeout = 30"

    def be_impatient(connection: Any, *_: Any) -> None:
        connection.cursor().execute(patience)
        connection.commit()

    db.session.remove()
    event.listen(engine, "checkout", be_impatient)
    if sqlite:
        holder: Any = sqlite_driver().connect(engine.url.database, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
    else:
        holder = psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))
        holder.execute("LOCK TABLE checkins IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        holder.rollback()
        holder.close()
        event.remove(engine, "checkout", be_impatient)
        engine.dispose()


def test_f4_a_key_runs_once_after_503(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    with locked_database():
        busy = guest.check_in(link, Idempotency_Key=KEY)
        assert_problem(busy, 503, "service.busy")
        assert guest.call("GET", "/me").status_code == 200
    first = guest.check_in(link, Idempotency_Key=KEY)
    assert (first.status_code, first.headers.get("Idempotency-Replayed")) == (201, None)
    assert guest.check_in(link, Idempotency_Key=KEY).headers["Idempotency-Replayed"] == "true"
    assert (count(CheckIn), count(IdempotencyRow)) == (1, 1)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_key_is_8_to_255_visible_ascii_characters(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    for bad in ("", "1234567", "x" * 256, "with space", "tab\there", "caf\xe9-caf\xe9", "\x7f" * 8):
        assert pointers(guest.check_in(link, Idempotency_Key=bad)) == ["/headers/Idempotency-Key"], ascii(bad)
    assert count(CheckIn) == 0
    for good in ("12345678", "x" * 255, "!~#$%&/()=?+*'\"{}[]<>@", "550e8400-e29b-41d4-a716-446655440000"):
        assert guest.check_in(link, Idempotency_Key=good).status_code in (200, 201), good


def test_keys_differ_by_case_and_by_every_character(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    for key in (KEY, KEY.upper(), KEY + "x", KEY[:-1]):
        assert "Idempotency-Replayed" not in guest.check_in(link, Idempotency_Key=key).headers
    assert count(IdempotencyRow) == 4


def test_a_key_is_ignored_on_signing_in_and_out(city: City) -> None:
    client = city.app.test_client()
    tokens = {
        client.post("/api/v1/auth/guest", json={}, headers={"Idempotency-Key": KEY}).json["token"] for _ in range(2)
    }
    assert len(tokens) == 2
    guest = city.guest()
    assert guest.call("POST", "/auth/logout", Idempotency_Key="x").status_code == 204
    assert_problem(guest.call("POST", "/auth/logout", Idempotency_Key="x"), 401, "auth.token_invalid")
    assert count(IdempotencyRow) == 0


def test_a_stored_answer_holds_no_token_and_no_position(city: City, pier: Station) -> None:
    guest = city.guest()
    guest.check_in(city.poster(pier), at(ZHANQIAO), Idempotency_Key=KEY)
    db.session.rollback()
    kept = db.session.scalars(select(IdempotencyRow)).one()
    assert kept.status == 201
    assert guest.token.encode() not in (kept.body or b"")
    assert b"36.06" not in (kept.body or b"")


def test_keys_are_kept_for_a_day_and_purged_afterwards(city: City, pier: Station) -> None:
    guest, link = city.guest(), city.poster(pier)
    with clock.frozen(NOON):
        guest.check_in(link, Idempotency_Key=KEY)
    with unit_of_work():
        assert idempotency.purge(NOON) == 0
    with unit_of_work():
        assert idempotency.purge(NOON + timedelta(seconds=1)) == 1


def test_a_purge_goes_on_until_it_meets_a_young_key_and_keeps_what_is_young(city: City) -> None:
    person_id, old = city.guest().id, idempotency.PURGED_AT_ONCE * 2 + 1
    row = {"person_id": person_id, "route": "POST /", "body_hash": "0" * 64, "status": 201, "body": None}
    ages = [NOON] * old + [NOON + timedelta(hours=1)]
    with unit_of_work() as unit:
        rows = [row | {"key": f"key-{n:06}", "created_at": at} for n, at in enumerate(ages)]
        unit.connection.execute(insert(IdempotencyRow), rows)
    with unit_of_work():
        assert idempotency.purge(NOON + timedelta(seconds=1)) == old
        assert idempotency.purge(NOON + timedelta(seconds=1)) == 0
    assert db.session.scalars(select(IdempotencyRow.created_at)).all() == [ages[-1]]
