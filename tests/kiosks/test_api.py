"""A screen is paired once by a code from the panel, shows its own station's digits, and is ended at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.kiosks import rules, service
from app.kiosks.models import KioskDevice
from app.stations import service as stations
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.builders import City
from tests.conftest import Prepared, make_app
from tests.http.contract import assert_problem

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.fixture
def add() -> Callable[..., Any]:
    def make(station: Station, at: datetime | None = None) -> service.Added:
        with unit_of_work():
            return service.add_device(SYSTEM, station.id, name="入口平板", at=at or clock.now())

    return make


def pair(client: FlaskClient, code: str, **options: Any) -> Any:
    return client.post("/api/v1/kiosk/pair", json={"code": code}, **options)


def codes(client: FlaskClient, token: str) -> Any:
    return client.get("/api/v1/kiosk/codes", headers={"Authorization": f"Bearer {token}"})


def test_a_screen_is_paired_by_its_code_once_and_shows_ten_steps(
    city: City, client: FlaskClient, add: Callable[..., Any]
) -> None:
    station = city.station()
    added = add(station)
    paired = pair(client, f" {added.code[:4]} {added.code[4:]} ")
    assert paired.status_code == 201
    assert paired.json["station"] == {"code": "ZHANQIAO", "name": "栈桥驿站"}
    assert_problem(pair(client, added.code), 422, "kiosk.code_invalid")
    at = clock.now()
    items = codes(client, paired.json["token"]).json["items"]
    assert len(items) == rules.STEPS_AHEAD
    assert f"ZHANQIAO:{items[0]['digits']}" in (
        city.digits(station, at),
        city.digits(station, at + timedelta(seconds=30)),
    )
    for one, following in pairwise(items):
        assert one["url"] == f"https://ouyu.test/c/ZHANQIAO?r={one['digits']}"
        assert one["valid_until"] == following["valid_from"]
        begins, ends = (datetime.fromisoformat(one[name]) for name in ("valid_from", "valid_until"))
        assert (ends - begins).total_seconds() == 30


def test_the_digits_on_the_screen_stamp(city: City, client: FlaskClient, add: Callable[..., Any]) -> None:
    token = pair(client, add(city.station()).code).json["token"]
    shown = codes(client, token).json["items"][0]
    visit = city.guest().check_in(shown["url"])
    assert (visit.status_code, visit.json["grade"]) == (201, "B")


def test_of_two_at_the_same_instant_one_gets_the_screen(city: City, app: Flask, add: Callable[..., Any]) -> None:
    code, together, seen = add(city.station()).code, Barrier(4), list[int]()
    db.session.remove()

    def attempt() -> None:
        client = app.test_client()
        together.wait()
        seen.append(pair(client, code).status_code)

    threads = [Thread(target=attempt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == [201, 422, 422, 422]


def test_a_code_older_than_fifteen_minutes_pairs_nothing(
    city: City, client: FlaskClient, add: Callable[..., Any]
) -> None:
    late, just = add(city.station(), NOON), add(city.station(code="YANDAO"), NOON)
    with clock.frozen(NOON + rules.CODE_LIFE):
        assert_problem(pair(client, late.code), 422, "kiosk.code_invalid")
    with clock.frozen(NOON + rules.CODE_LIFE - timedelta(seconds=1)):
        assert pair(client, just.code).status_code == 201


def test_wrong_codes_are_counted_per_address_in_the_database_and_others_are_not_kept_out(
    city: City, client: FlaskClient, add: Callable[..., Any]
) -> None:
    code = add(city.station(), NOON).code
    with clock.frozen(NOON):
        for wrong in range(rules.TRIES_PER_ADDRESS):
            assert_problem(
                pair(client, f"{wrong:08d}" if f"{wrong:08d}" != code else "99999999"), 422, "kiosk.code_invalid"
            )
        refused = assert_problem(pair(client, code), 429, "kiosk.too_many")
        assert refused["retry_after_s"] == 600
        assert pair(client, code, environ_base={"REMOTE_ADDR": "198.51.100.7"}).status_code == 201


def test_a_screen_that_was_ended_shows_nothing_more_at_once_on_every_worker(
    city: City, app: Flask, add: Callable[..., Any], tmp_path: Any
) -> None:
    added = add(city.station())
    second = make_app(tmp_path, app.config["OUYU"].database_url)
    one, other = app.test_client(), second.test_client()
    token = pair(one, added.code).json["token"]
    assert [codes(client, token).status_code for client in (one, other)] == [200, 200]
    with unit_of_work():
        service.revoke_device(SYSTEM, added.device.id, at=clock.now())
    for client in (one, other):
        assert_problem(codes(client, token), 401, "kiosk.not_paired")
    with second.app_context():
        db.engine.dispose()


def test_ending_a_screen_before_it_is_paired_kills_its_code(
    city: City, client: FlaskClient, add: Callable[..., Any]
) -> None:
    added = add(city.station())
    with unit_of_work():
        service.revoke_device(SYSTEM, added.device.id, at=clock.now())
    assert_problem(pair(client, added.code), 422, "kiosk.code_invalid")


def test_a_screen_never_shows_another_stations_digits(city: City, client: FlaskClient, add: Callable[..., Any]) -> None:
    pier, sight = city.station(), city.station(code="YANDAO")
    token = pair(client, add(sight).code).json["token"]
    items = codes(client, token).json["items"]
    assert {one["url"].split("?")[0] for one in items} == {"https://ouyu.test/c/YANDAO"}
    own = {city.digits(pier, clock.now() + timedelta(seconds=30 * n)).partition(":")[2] for n in range(12)}
    assert not own & {one["digits"] for one in items}


@SQLITE
def test_persons_and_strangers_get_no_digits(city: City, client: FlaskClient) -> None:
    city.station()
    for token in (city.guest().token, "x" * 43, "", "é" * 40, "x" * 300):
        assert_problem(codes(client, token), 401, "kiosk.not_paired")
    assert_problem(client.get("/api/v1/kiosk/codes"), 401, "kiosk.not_paired")


@SQLITE
def test_a_screens_token_is_nobodys_session(city: City, client: FlaskClient, add: Callable[..., Any]) -> None:
    token = pair(client, add(city.station()).code).json["token"]
    mine = client.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert_problem(mine, 401, "auth.token_invalid")


@SQLITE
def test_a_withdrawn_station_or_one_without_a_secret_shows_nothing(
    city: City, client: FlaskClient, add: Callable[..., Any]
) -> None:
    gone, bare = city.station(), city.station(code="YANDAO")
    tokens = [pair(client, add(one).code).json["token"] for one in (gone, bare)]
    from app.stations import queries

    secret = queries.find_current(bare.id, CredentialKind.ROTATING)
    assert secret is not None
    with unit_of_work():
        stations.withdraw_station(SYSTEM, gone.id, reason="改造", at=clock.now())
        stations.revoke_credential(SYSTEM, secret.id, reason="泄露", at=clock.now())
    assert [codes(client, token).json["items"] for token in tokens] == [[], []]


def test_neither_code_nor_token_stands_in_the_table(city: City, client: FlaskClient, add: Callable[..., Any]) -> None:
    added = add(city.station())
    token = pair(client, added.code).json["token"]
    db.session.rollback()
    rows = str(db.session.execute(text("SELECT * FROM kiosk_devices")).all())
    trail = str(db.session.execute(text("SELECT * FROM audit")).all())
    for secret in (added.code, token):
        assert secret not in rows
        assert secret not in trail


def test_being_there_is_written_at_most_once_a_minute(city: City, client: FlaskClient, add: Callable[..., Any]) -> None:
    added = add(city.station(), NOON)
    seen = []
    for seconds in (0, 30, 59, 61):
        with clock.frozen(NOON + timedelta(seconds=seconds)):
            if not seconds:
                token = pair(client, added.code).json["token"]
            codes(client, token)
        db.session.rollback()
        seen.append(db.session.scalar(select(KioskDevice.last_seen_at)))
    assert seen == [NOON, NOON, NOON, NOON + timedelta(seconds=61)]


@SQLITE
@pytest.mark.parametrize("name", ["", "   ", "x" * 31, "a\x07b"])
def test_a_screen_needs_a_name_that_can_be_shown(city: City, name: str) -> None:
    from app.core.errors import InvalidInput

    station = city.station()
    with pytest.raises(InvalidInput) as refused, unit_of_work():
        service.add_device(SYSTEM, station.id, name=name, at=clock.now())
    assert list(refused.value.fields) == ["name"]


@SQLITE
def test_a_station_has_so_many_screens_and_no_more(city: City, sqlite_app: Prepared) -> None:
    from app.core.errors import InvalidInput

    station = city.station()
    with unit_of_work():
        for number in range(rules.DEVICES_PER_STATION):
            service.add_device(SYSTEM, station.id, name=f"屏 {number}", at=clock.now())
    with pytest.raises(InvalidInput), unit_of_work():
        service.add_device(SYSTEM, station.id, name="再一块", at=clock.now())


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12345678", "12345678"), ("1234 5678", "12345678"), ("1234-5678", "12345678"), ("１２３４５６７８", "12345678"),
     ("1234567", None), ("123456789", None), ("abcdefgh", None), ("١٢٣٤٥٦٧٨", None), ("", None)],
)  # fmt: skip
def test_a_code_is_read_however_it_is_typed(typed: str, read: str | None) -> None:
    assert rules.read_code(typed) == read
