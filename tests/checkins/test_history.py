"""One's own visits and passport over the API."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import unit_of_work
from app.stations import service as stations
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, Guest, at
from tests.checkins.test_api import NOON, THREE_KM_AWAY


def test_history_lists_newest_first_with_reasons_and_pages(city: City, pier: Station) -> None:
    guest, stranger = city.guest(), city.guest()
    stranger.check_in(city.poster(pier))
    guest.check_in(city.poster(pier), at(THREE_KM_AWAY))
    guest.check_in(city.poster(pier))
    page = guest.call("GET", "/me/checkins?limit=1").json
    assert [(item["result"], item["reason"]) for item in page["items"]] == [("accepted", None)]
    rest = guest.call("GET", f"/me/checkins?limit=1&cursor={page['next_cursor']}").json
    assert [(item["result"], item["reason"]) for item in rest["items"]] == [("refused", "too_far")]
    assert rest["next_cursor"] is None


def test_passport_groups_by_station_and_counts_only_what_counts(city: City, pier: Station) -> None:
    yandao = city.station(code="YANDAO", name_zh="燕儿岛")
    city.station(code="SHANGJIE")
    guest = city.guest()
    city.visit(yandao)
    with clock.frozen(NOON):
        guest.check_in(city.poster(pier))
        guest.check_in(city.poster(yandao), at(THREE_KM_AWAY, accuracy_m=5))
    with clock.frozen(NOON + timedelta(days=2)):
        guest.check_in(city.poster(pier), at(ZHANQIAO))
    assert guest.call("GET", "/me/passport").json == {
        "collected": 1,
        "total": 3,
        "stamps": [
            {
                "station": {"code": "ZHANQIAO", "name": "栈桥驿站"},
                "first_on": "2026-11-22",
                "last_on": "2026-11-24",
                "count": 2,
                "grade": "B",
            }
        ],
    }


def test_a_collected_station_that_is_withdrawn_stays_in_the_passport_and_its_total(city: City, pier: Station) -> None:
    guest = city.guest()
    guest.check_in(city.poster(pier))
    with unit_of_work():
        stations.withdraw_station(SYSTEM, pier.id, reason="改造", at=clock.now())
    passport = guest.call("GET", "/me/passport").json
    assert (passport["collected"], passport["total"]) == (1, 1)
    assert city.guest().call("GET", "/me/passport").json["total"] == 0


def test_the_answer_counts_a_station_once_however_often_it_is_visited(city: City, pier: Station) -> None:
    guest, hill = city.guest(), city.station(code="HILL")
    collected = [
        _collected_after(guest, city.poster(where), NOON + timedelta(days=days))
        for where, days in ((pier, 0), (pier, 0), (pier, 1), (hill, 1), (pier, 2))
    ]
    assert collected == [1, 1, 1, 2, 2]


def _collected_after(guest: Guest, credential: str, at: datetime) -> int:
    with clock.frozen(at):
        return int(guest.check_in(credential).json["passport"]["collected"])


@pytest.mark.parametrize("path", ["/me/checkins", "/me/passport"])
def test_a_visit_needs_a_session(app: Flask, path: str) -> None:
    refused = app.test_client().get(f"/api/v1{path}")
    assert (refused.status_code, refused.json["code"]) == (401, "auth.required")


def test_my_visits_stand_in_the_order_they_happened_and_no_page_loses_one_of_the_same_instant(city: City) -> None:
    now, guest = clock.now(), city.guest()
    codes = ["TAIPING1", "TAIPING2", "TAIPING3"]
    for code in codes:
        city.visit(city.station(code=code), guest, at=now)
    city.visit(city.station(code="EARLIER1"), guest, at=now - timedelta(hours=5))
    seen, cursor = [], None
    for _ in range(4):
        page = guest.call("GET", f"/me/checkins?limit=1{f'&cursor={cursor}' if cursor else ''}").json
        seen += [item["station"]["code"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [*reversed(codes), "EARLIER1"]
    assert cursor is None
