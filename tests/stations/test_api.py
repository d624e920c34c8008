"""The public list and page of stations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.core.geo import CoordSys, Point, distance_m, from_wgs84
from app.stations import listing
from app.stations import service as stations
from app.stations.models import Station
from tests.builders import ZHANQIAO, City

SUNDAY_NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SUNDAY = {"weekday": 6, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1020}
NORTH = [{"lat": 36.2, "lng": 120.4, "radius_m": 150}]
NEAR = "lat=36.0616&lng=120.3143&coord_sys=wgs84"


def codes(client: FlaskClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/v1/stations?{query}")
    assert answer.status_code == 200, answer.json
    return [item["code"] for item in answer.json["items"]]


def change(service: Any, station: Station, **kwargs: Any) -> None:
    with unit_of_work():
        service(SYSTEM, station.id, at=clock.now(), **kwargs)


def test_an_item_holds_what_the_contract_promises(client: FlaskClient, city: City) -> None:
    city.station(services=[{"code": "wifi"}, {"code": "reading", "available": False}])
    assert client.get("/api/v1/stations").json == {
        "items": [
            {
                "code": "ZHANQIAO",
                "name": "栈桥驿站",
                "kind": "station",
                "district": {"code": "370202", "name": "市南区"},
                "address": "太平路 12 号",
                "location": {"lat": 36.06157, "lng": 120.31426, "coord_sys": "wgs84"},
                "coord_quality": "approximate",
                "radius_m": 350,
                "services": [{"code": "wifi", "name": "无线网络"}],
                "open_state": "unknown",
                "open_note": "开放时间以现场公告为准。",
            }
        ],
        "next_cursor": None,
    }


def test_names_speak_english_when_asked(client: FlaskClient, city: City) -> None:
    city.station(services=[{"code": "wifi"}])
    item = client.get("/api/v1/stations", headers={"Accept-Language": "en-GB,en;q=0.9"}).json["items"][0]
    assert (item["name"], item["district"]["name"], item["address"]) == ("Zhanqiao Pier", "Shinan", "12 Taiping Road")
    assert item["services"][0]["name"] == "Wi-Fi"
    assert item["open_note"] == "Please see the notice on site for opening hours."


def test_drafts_and_withdrawn_stations_are_not_listed_and_not_found(client: FlaskClient, city: City) -> None:
    city.station(code="DRAFT", opened=False)
    gone, paused = city.station(code="GONE"), city.station(code="PAUSED")
    change(stations.withdraw_station, gone, reason="改造")
    change(stations.pause_station, paused, data={"reason_zh": "大风", "reason_en": "Wind"})
    assert codes(client) == ["PAUSED"]
    for code in ("DRAFT", "GONE", "NOSUCH"):
        assert client.get(f"/api/v1/stations/{code}").status_code == 404


def test_without_a_point_by_code_and_with_one_nearest_first(client: FlaskClient, city: City) -> None:
    city.station(code="AAA", circles=NORTH)
    city.station(code="BBB")
    assert codes(client) == ["AAA", "BBB"]
    items = client.get(f"/api/v1/stations?{NEAR}").json["items"]
    assert [item["code"] for item in items] == ["BBB", "AAA"]
    exact = distance_m(Point(36.0616, 120.3143), Point(36.2, 120.4))
    assert items[1]["distance_m"] == round(exact)


@pytest.mark.parametrize("coord_sys", list(CoordSys))
def test_the_point_is_read_in_its_datum(client: FlaskClient, city: City, coord_sys: CoordSys) -> None:
    city.station()
    shown = from_wgs84(ZHANQIAO, coord_sys)
    query = f"lat={shown.lat:.7f}&lng={shown.lng:.7f}&coord_sys={coord_sys.value}"
    assert client.get(f"/api/v1/stations?{query}").json["items"][0]["distance_m"] == 0


@pytest.mark.parametrize("path", ["/stations", "/stations/ZHANQIAO"])
def test_places_are_written_in_the_datum_asked_for(client: FlaskClient, city: City, path: str) -> None:
    city.station()
    body = client.get(f"/api/v1{path}?out_coord_sys=gcj02").json
    item = body["items"][0] if "items" in body else body
    assert item["location"] == {"lat": 36.061735, "lng": 120.319303, "coord_sys": "gcj02"}


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("lat=36&lng=120", {"/coord_sys"}),
        ("lat=36", {"/lng", "/coord_sys"}),
        ("coord_sys=wgs84", {"/lat", "/lng"}),
        ("lat=nan&lng=120&coord_sys=wgs84", {"/lat"}),
        ("lat=1_0&lng=120&coord_sys=wgs84", {"/lat"}),
        ("lat=91&lng=120&coord_sys=wgs84", {"/lat"}),
        ("lat=36&lng=1e2&coord_sys=wgs84", {"/lng"}),
        ("lat=36&lng=120&coord_sys=mars", {"/coord_sys"}),
        ("kind=castle", {"/kind"}),
        ("open_now=yes", {"/open_now"}),
        ("limit=0", {"/limit"}),
        ("limit=101", {"/limit"}),
        ("limit=\uff11\uff10", {"/limit"}),
        ("cursor=abc", {"/cursor"}),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(
    client: FlaskClient, city: City, query: str, pointers: set[str]
) -> None:
    answer = client.get(f"/api/v1/stations?{query}")
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")
    assert {error["pointer"] for error in answer.json["errors"]} == pointers


def test_filters_combine(client: FlaskClient, city: City) -> None:
    city.station(code="AAA", services=[{"code": "wifi"}])
    city.station(code="BBB", district="370203", kind="sight", services=[{"code": "wifi"}])
    city.station(code="CCC", kind="sight", services=[{"code": "wifi", "available": False}])
    assert codes(client, "district=370202") == ["AAA", "CCC"]
    assert codes(client, "service=wifi") == ["AAA", "BBB"]
    assert codes(client, "kind=sight") == ["BBB", "CCC"]
    assert codes(client, "kind=sight&district=370202&service=wifi") == []
    assert codes(client, "district=&unknown=1") == ["AAA", "BBB", "CCC"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("栈桥", ["AAA"]),
        ("PIER", ["AAA"]),
        ("aaa", ["AAA"]),
        ("100%", ["BBB"]),
        ("%", ["BBB"]),
        ("_", []),
        ("'", []),
        ("\\", []),
    ],
)
def test_a_search_is_literal(client: FlaskClient, city: City, q: str, found: list[str]) -> None:
    city.station(code="AAA")
    city.station(code="BBB", name_zh="100% 好站", name_en="Best")
    assert [i["code"] for i in client.get("/api/v1/stations", query_string={"q": q}).json["items"]] == found


def test_open_now_keeps_open_and_unknown_ones(client: FlaskClient, city: City) -> None:
    city.station(code="OPEN", opening=[SUNDAY])
    city.station(code="SHUT", opening=[SUNDAY | {"closes_min": 600}])
    city.station(code="WHO")
    with clock.frozen(SUNDAY_NOON):
        assert codes(client, "open_now=true") == ["OPEN", "WHO"]
        assert codes(client, "open_now=false") == ["OPEN", "SHUT", "WHO"]


@pytest.mark.parametrize("order", ["", NEAR])
def test_pages_follow_each_other_without_gap_or_overlap(client: FlaskClient, city: City, order: str) -> None:
    for n in range(5):
        city.station(code=f"ST{n}A", circles=[{"lat": 36.1 + n / 100, "lng": 120.3, "radius_m": 150}])
    whole, seen, cursor = codes(client, order), [], ""
    for _ in range(3):
        page = client.get(f"/api/v1/stations?{order}&limit=2{cursor}").json
        seen += [item["code"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == whole
    assert page["next_cursor"] is None


def test_a_cursor_of_one_order_does_not_fit_the_other(client: FlaskClient, city: City) -> None:
    city.station(code="AAA")
    city.station(code="BBB")
    cursor = client.get("/api/v1/stations?limit=1").json["next_cursor"]
    assert client.get(f"/api/v1/stations?{NEAR}&cursor={cursor}").status_code == 422


def test_an_answer_that_still_holds_is_not_sent_again(client: FlaskClient, city: City) -> None:
    station = city.station()
    for path in (f"/stations?{NEAR}", "/stations/ZHANQIAO", "/services", "/districts"):
        first = client.get(f"/api/v1{path}")
        assert first.headers["Cache-Control"] == "public, no-cache"
        assert "Accept-Language" in first.headers["Vary"]
        known = {"If-None-Match": first.headers["ETag"]}
        again = client.get(f"/api/v1{path}", headers=known)
        assert (again.status_code, again.data) == (304, b"")
        assert client.get(f"/api/v1{path}", headers=known | {"Accept-Language": "en"}).status_code == 200
    change(stations.close_station, station, data=closure())
    assert client.get(f"/api/v1/stations?{NEAR}", headers=known).status_code == 200


def test_the_tag_of_one_question_does_not_answer_another(client: FlaskClient, city: City) -> None:
    city.station()
    tag = client.get("/api/v1/stations").headers["ETag"]
    for query in ("limit=1", "q=x", NEAR, "open_now=true", "out_coord_sys=gcj02"):
        assert client.get(f"/api/v1/stations?{query}", headers={"If-None-Match": tag}).status_code == 200


def test_a_closing_shows_at_once_here_and_within_half_a_second_elsewhere(client: FlaskClient, city: City) -> None:
    station = city.station()
    assert client.get("/api/v1/stations").json["items"][0]["open_state"] == "unknown"
    change(stations.close_station, station, data=closure())
    item = client.get("/api/v1/stations").json["items"][0]
    assert (item["open_state"], "大风" in item["open_note"]) == ("closed", True)
    assert listing.CHECK_EVERY_S <= 0.5


def test_another_process_sees_the_change_once_its_half_second_is_over(
    client: FlaskClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = city.station()
    assert codes(client) == ["ZHANQIAO"]
    monkeypatch.setattr(listing, "forget", lambda: None)
    change(stations.withdraw_station, station, reason="改造")
    assert codes(client) == ["ZHANQIAO"]
    monkeypatch.setattr(listing, "CHECK_EVERY_S", 0.0)
    assert codes(client) == []


def test_opening_changes_with_the_minute_without_any_change_in_the_panel(client: FlaskClient, city: City) -> None:
    city.station(opening=[SUNDAY])
    states = []
    for at in (SUNDAY_NOON.replace(hour=8, minute=59), SUNDAY_NOON.replace(hour=9, minute=0)):
        with clock.frozen(at):
            states.append(client.get("/api/v1/stations").json["items"][0]["open_state"])
    assert states == ["open", "closed"]


def test_the_page_of_a_station_holds_everything_about_it(client: FlaskClient, city: City) -> None:
    city.station(
        description_zh="看海",
        phone="0532-1234",
        languages=["zh", "en"],
        circles=[*city.data()["circles"], {"lat": 36.0577, "lng": 120.3137, "radius_m": 60}],
        opening=[SUNDAY, {"weekday": None, "on_date": SUNDAY_NOON.date(), "closed": True, "opens_min": None, "closes_min": None}],
        services=[{"code": "wifi", "note_zh": "免费", "note_en": "Free"}, {"code": "reading", "available": False}],
    )  # fmt: skip
    body = client.get("/api/v1/stations/ZHANQIAO").json
    assert body["geofence"][1] == {"lat": 36.0577, "lng": 120.3137, "radius_m": 60}
    assert body["services"] == [
        {"code": "reading", "name": "阅读", "note": None, "available": False},
        {"code": "wifi", "name": "无线网络", "note": "免费", "available": True},
    ]
    assert {
        "weekday": 6,
        "date": None,
        "holidays": False,
        "closed": False,
        "opens": "09:00",
        "closes": "17:00",
    } in body["opening"]
    assert {
        "weekday": None,
        "date": "2026-11-22",
        "holidays": False,
        "closed": True,
        "opens": None,
        "closes": None,
    } in body["opening"]
    assert (body["description"], body["phone"], body["languages"]) == ("看海", "0532-1234", ["zh", "en"])
    assert (body["closure"], body["organisation"], body["today"]) == (None, None, {"checkins": 0, "special": None})


def test_the_page_counts_todays_stamps_only(client: FlaskClient, city: City) -> None:
    station, other = city.station(), city.station(code="OTHER")
    city.visit(station)
    city.visit(station)
    city.visit(other)
    city.visit(station, at=clock.now() - timedelta(days=1))
    city.visit(station, credential="ZHANQIAO?v=9&k=x")
    assert client.get("/api/v1/stations/ZHANQIAO").json["today"] == {"checkins": 2, "special": None}


def test_the_page_tells_of_a_closure_while_it_lasts(client: FlaskClient, city: City) -> None:
    station = city.station()
    with clock.frozen(SUNDAY_NOON):
        change(stations.close_station, station, data=closure(SUNDAY_NOON))
        body = client.get("/api/v1/stations/ZHANQIAO", headers={"Accept-Language": "en"}).json
    assert body["closure"] == {"reason": "Strong wind", "until": "2026-11-22T14:00:00+08:00"}
    with clock.frozen(SUNDAY_NOON + timedelta(hours=2)):
        assert client.get("/api/v1/stations/ZHANQIAO").json["closure"] is None


def test_the_catalogue_and_the_ten_districts_are_public(client: FlaskClient, city: City) -> None:
    services = client.get("/api/v1/services").json["items"]
    assert services[0] == {"code": "drinking_water", "name": "饮水"}
    districts = client.get("/api/v1/districts", headers={"Accept-Language": "en"}).json["items"]
    assert len(districts) == 10
    assert districts[0] == {"code": "370202", "name": "Shinan"}


def closure(at: datetime | None = None) -> dict[str, Any]:
    return {"reason_zh": "大风", "reason_en": "Strong wind", "until": (at or clock.now()) + timedelta(hours=2)}
