"""Manners of bodies and parameters: taken to the letter, nothing rounded or guessed, nothing that breaks a worker."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.checkins.models import CheckIn
from app.core.db import db
from app.core.geo import Point
from app.people.models import Person
from app.stations.models import Station
from tests.builders import City, Guest, at
from tests.http.contract import assert_problem, pointers

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
PLACE = at(Point(36.06157, 120.31426))


@pytest.fixture
def guest(city: City) -> Guest:
    return city.guest()


def write(guest: Guest, method: str, path: str, body: Any) -> TestResponse:
    """Send a body as ASCII, in which anything can be escaped."""
    headers = {"Authorization": f"Bearer {guest.token}", "Content-Type": "application/json"}
    return guest.client.open(f"/api/v1{path}", method=method, data=json.dumps(body), headers=headers)


def send(guest: Guest, body: bytes | str, content_type: str = "application/json") -> TestResponse:
    """PATCH /me with exactly these bytes."""
    headers = {"Authorization": f"Bearer {guest.token}", "Content-Type": content_type}
    return guest.client.patch("/api/v1/me", data=body, headers=headers)


NOT_JSON: list[bytes | str] = [
    "{",
    '{"nickname": }',
    '{"nickname": "x",}',
    "{'nickname': 'x'}",
    "nickname",
    '{"nickname": NaN}',
    '{"nickname": Infinity}',
    '{"nickname": -Infinity}',
    '{"nickname": "a", "nickname": "b"}',
    '{"nickname": "a", "x": {"y": 1, "y": 1}}',
    '{"nickname": "a"} {"nickname": "b"}',
    '{"nickname": "tab\there"}',
    '{"nickname": "\\ud8"}',
    '{"nickname": 01}',
    b'{"nickname": "\xff\xfe"}',
    b"\xff",
    b"\x00",
    "[" * 10_000 + "]" * 10_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
    '{"nickname": ' + "9" * 5_000 + "}",
    b'\xef\xbb\xbf{"nickname": "x"}',
    '{"nickname": "x"}'.encode("utf-16"),
]


def test_i4_what_is_not_json_in_utf8_is_400_and_the_next_call_works(guest: Guest) -> None:
    for body in NOT_JSON:
        assert_problem(send(guest, body), 400, "request.malformed")
    assert guest.call("GET", "/me").status_code == 200


def test_i4_another_content_type_is_415(guest: Guest) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "", "x"):
        assert_problem(send(guest, '{"nickname": "x"}', content_type), 415, "request.media_type")


def test_json_is_taken_with_and_without_its_charset(guest: Guest) -> None:
    for content_type in ("application/json", "application/json; charset=utf-8", "Application/JSON"):
        assert send(guest, '{"nickname": "海鸥"}', content_type).status_code == 200


def test_i4_a_body_over_one_megabyte_is_413(guest: Guest) -> None:
    assert_problem(send(guest, json.dumps({"nickname": "x" * 2_000_000})), 413, "request.too_large")
    assert guest.call("GET", "/me").status_code == 200


def test_json_that_is_no_object_is_422(guest: Guest) -> None:
    for body in ("[]", '"text"', "5", "null", "true", "[[]]", '[{"nickname": "x"}]'):
        assert pointers(send(guest, body)) == [""], body


def test_a_body_wrong_in_a_thousand_places_is_answered_with_the_first_fifty(guest: Guest) -> None:
    refused = write(guest, "PATCH", "/me", {f"field_{n}": n for n in range(1000)})
    assert (refused.status_code, len(refused.json["errors"])) == (422, 50)


def test_an_empty_body_is_an_empty_object(guest: Guest) -> None:
    assert send(guest, "").status_code == 200


SURPLUS = (
    "role", "state", "minutes", "person_id", "verified", "kind", "id", "public_id", "phone_masked", "locale ", "",
    "__class__", "a/b", "x" * 500, "鸥", "\ud800", "\x00",
)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/me", {"nickname": "x"}),
        ("POST", "/auth/guest", {}),
        ("POST", "/checkins", {"credential": "ZHANQIAO?v=1&k=x"}),
    ],
)
def test_x3_a_field_that_is_not_asked_for_is_422_and_nothing_changes(
    guest: Guest, pier: Station, method: str, path: str, body: dict[str, Any]
) -> None:
    before = guest.call("GET", "/me").json
    persons = db.session.scalar(select(func.count()).select_from(Person))
    for name in SURPLUS:
        assert len(pointers(write(guest, method, path, body | {name: "city_admin"}))) == 1, name
    assert guest.call("GET", "/me").json == before
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Person)) == persons
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 0


NUMBERS = [
    '"36.06"', '"１２"', "true", "null", "[]", "{}", "1e999", "-1e999", "1" + "0" * 400, "-1" + "0" * 400, "1e20",
    "100000000000000000000",
]  # fmt: skip


@pytest.mark.parametrize("field", ["lat", "lng", "accuracy_m"])
def test_a_number_that_is_none_or_cannot_be_is_422(city: City, pier: Station, guest: Guest, field: str) -> None:
    headers = {"Authorization": f"Bearer {guest.token}"}
    for number in (*NUMBERS, "0" if field == "accuracy_m" else "181"):
        place = json.dumps(PLACE | {field: "@"}).replace('"@"', number)
        body = json.dumps({"credential": city.poster(pier), "location": "@"}).replace('"@"', place)
        refused = guest.client.post("/api/v1/checkins", data=body, headers=headers, content_type="application/json")
        assert pointers(refused) == [f"/location/{field}"], number
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == 0


def test_a_boolean_is_true_or_false_and_nothing_that_looks_like_it(guest: Guest) -> None:
    for value in ("1", '"true"', '"yes"', "null", "0", "[]", '"on"'):
        assert pointers(send(guest, f'{{"elder_mode": {value}}}')) == ["/elder_mode"], value
    assert guest.call("GET", "/me").json["elder_mode"] is False


NO_TIMES: list[Any] = [
    "2026-11-22T09:12:00",
    "2026-11-22 09:12:00+08:00",
    "2026-11-22",
    "2026-02-30T09:12:00+08:00",
    "2026-11-22T25:00:00+08:00",
    "2026-11-22T09:12:00+99:00",
    "２０２６-11-22T09:12:00+08:00",
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-08:00",
    "yesterday",
    "",
    1763773920,
    None,
    True,
    ["2026-11-22T09:12:00+08:00"],
    "2026-11-22T09:12:00+08:00" + "0" * 100,
]


def test_i3_a_time_without_zone_or_that_never_was_is_422(city: City, pier: Station, guest: Guest) -> None:
    for value in NO_TIMES:
        refused = guest.call("POST", "/checkins", {"credential": city.poster(pier), "client_time": value})
        assert pointers(refused) == ["/client_time"], value


def test_a_time_is_taken_in_any_zone(city: City, pier: Station, guest: Guest) -> None:
    for value in ("2026-11-22T09:12:00+08:00", "2026-11-22T01:12:00Z", "2026-11-22T01:12:00.123456-11:00"):
        visit = city.guest().call("POST", "/checkins", {"credential": city.poster(pier), "client_time": value})
        assert visit.status_code == 201, value


def test_text_with_characters_that_nobody_can_see_is_422(guest: Guest) -> None:
    for char in ("\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800", "\udc00", "\n"):
        assert pointers(write(guest, "PATCH", "/me", {"nickname": f"海{char}鸥"})) == ["/nickname"], ascii(char)
        assert pointers(write(guest, "POST", "/auth/guest", {"device_id": f"d{char}d"})) == ["/device_id"], ascii(char)
        assert pointers(write(guest, "POST", "/checkins", {"credential": f"c{char}c"})) == ["/credential"], ascii(char)


def test_text_of_any_script_comes_back_composed_and_otherwise_as_it_was(guest: Guest) -> None:
    for text in ("海鸥 🕊", "مرحبا", "ﷺ", "e\u0301", "👩‍👩‍👧", "%_\\'\"", "<b>alert(1)</b>"):
        assert guest.call("PATCH", "/me", {"nickname": text}).status_code == 200, text
        assert guest.call("GET", "/me").json["nickname"] == unicodedata.normalize("NFC", text)


NO_LIMITS = (
    "0", "-1", "101", "1e3", "1.0", "1_0", "", "%20", "+5", "１０", "1" * 30, "100000000000000000000", "true", "null",
    "0x10", "%00",
)  # fmt: skip


def test_i2_a_limit_that_is_none_is_422(guest: Guest) -> None:
    for limit in NO_LIMITS:
        for path in ("/stations", "/me/checkins"):
            assert pointers(guest.call("GET", f"{path}?limit={limit}")) == ["/limit"], limit


def test_a_damaged_cursor_is_422(guest: Guest) -> None:
    for cursor in ("", "x", "AAAA", "A" * 400, "A" * 401, "%00", "%ed%a0%80", "-1", "鸥", "W10", "bnVsbA"):
        for path in ("/stations", "/me/checkins"):
            assert pointers(guest.call("GET", f"{path}?cursor={cursor}")) == ["/cursor"], cursor


def test_a_cursor_of_another_list_or_order_is_422(city: City, guest: Guest) -> None:
    for n in range(3):
        city.station(code=f"CODE{n}")
    near = "lat=36.06&lng=120.31&coord_sys=wgs84"
    by_code = guest.call("GET", "/stations?limit=1").json["next_cursor"]
    nearest = guest.call("GET", f"/stations?limit=1&{near}").json["next_cursor"]
    assert by_code
    assert nearest
    for path in (f"/stations?{near}&cursor={by_code}", f"/stations?cursor={nearest}", f"/me/checkins?cursor={by_code}"):
        assert pointers(guest.call("GET", path)) == ["/cursor"]


NO_DEGREES = (
    "nan", "inf", "-inf", "1_0", "1e1", "181", "-181", "", "３６", "36.", ".5", "0x1", "1" * 400,
)  # fmt: skip


def test_a_coordinate_in_the_address_is_a_plain_decimal_in_range(client: FlaskClient) -> None:
    for name in ("lat", "lng"):
        for value in NO_DEGREES:
            point = {"lat": "36.06", "lng": "120.31", "coord_sys": "wgs84"} | {name: value}
            assert pointers(client.get("/api/v1/stations", query_string=point)) == [f"/{name}"], value


@pytest.mark.parametrize(
    ("query", "missing"),
    [("lat=36", ["/lng", "/coord_sys"]), ("lat=36&lng=120", ["/coord_sys"]), ("coord_sys=wgs84", ["/lat", "/lng"])],
)
def test_a_point_needs_all_three_parts(client: FlaskClient, query: str, missing: list[str]) -> None:
    assert pointers(client.get(f"/api/v1/stations?{query}")) == missing


def test_a_filter_with_an_unknown_word_is_422(client: FlaskClient) -> None:
    for query in ("kind=palace", "open_now=1", "open_now=True", "coord_sys=mars", "out_coord_sys=x", "q=%07"):
        refused = client.get(f"/api/v1/stations?{query}")
        assert "/" + query.partition("=")[0] in pointers(refused), query


def test_unknown_query_parameters_are_ignored_and_of_repeated_ones_the_first_counts(
    city: City, client: FlaskClient
) -> None:
    for n in range(3):
        city.station(code=f"CODE{n}")
    assert len(client.get("/api/v1/stations?utm_source=x&limit=2&limit=x&%00=1").json["items"]) == 2


def test_i6_a_search_is_literal(city: City, client: FlaskClient) -> None:
    city.station()
    for q in ("%25", "_", "\\", "'", "%27%20OR%201=1--", "%25%25", "*", ".", "[a-z]"):
        assert client.get(f"/api/v1/stations?q={q}").json["items"] == [], q


def test_i6_a_sign_is_found_where_it_stands(city: City, client: FlaskClient) -> None:
    city.station(name_en="50% off_pier\\")
    city.station(code="PLAIN")
    for q in ("50%25", "f_p", "\\", "OFF_"):
        assert [s["code"] for s in client.get(f"/api/v1/stations?q={q}").json["items"]] == ["ZHANQIAO"]


def test_i2_an_odd_id_is_404(guest: Guest) -> None:
    odd_ones = (
        "-1", "1e3", "100000000000000000000", "%00", "%ff", "%ed%a0%80", "a" * 2000, "..", "'", "鸥", "%2e%2e%2fme",
    )  # fmt: skip
    for odd in odd_ones:
        assert_problem(guest.call("GET", f"/stations/{odd}"), 404, "resource.not_found")
        assert_problem(guest.call("DELETE", f"/me/sessions/{odd}"), 404, "resource.not_found")
