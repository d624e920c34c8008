"""GET /events and GET /events/{id}: what the public sees of the programme, and what it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.core import clock
from app.core.db import db, unit_of_work
from app.events.models import Event, Shift
from tests.builders import City
from tests.driver import statements_reaching_the_driver
from tests.http.contract import assert_problem
from tests.panel.desk import ONE_DATABASE

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def titles(client: FlaskClient, **asked: Any) -> list[str]:
    answer = client.get("/api/v1/events", query_string=asked)
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json["items"]]


def planned(city: City, title: str, starts_in: timedelta = 2 * DAY, **changes: Any) -> Event:
    shift = {name: changes.pop(name) for name in ("capacity", "hours", "at") if name in changes}
    event = city.event(title_zh=title, title_en=f"{title} in English", **changes)
    city.shift(event, starts_in=starts_in, **shift)
    return event


def fill(shift: Shift) -> None:
    with unit_of_work():
        row = db.session.merge(shift)
        row.taken = row.capacity


def test_the_next_event_comes_first_and_what_is_over_only_when_asked_for(city: City, client: FlaskClient) -> None:
    planned(city, "后天")
    planned(city, "昨天", -DAY)
    planned(city, "正在进行", -HOUR)
    planned(city, "明天", DAY)
    assert titles(client) == ["正在进行", "明天", "后天"]
    assert titles(client, state="over") == ["昨天"]
    assert titles(client, state="running") == ["正在进行"]
    assert titles(client, state="upcoming") == ["明天", "后天"]


def test_an_item_says_what_it_is_in_the_asked_language(city: City, client: FlaskClient) -> None:
    station = city.station()
    event = city.event(station_id=station.id, place_zh="", place_en="")
    city.shift(event, capacity=10)
    city.shift(event, capacity=5, starts_in=4 * DAY)
    found = client.get("/api/v1/events").json["items"][0]
    assert (found["id"], found["title"], found["state"]) == (event.public_id, "栈桥文明引导", "upcoming")
    assert found["station"] == {"code": "ZHANQIAO", "name": "栈桥驿站"}
    assert (found["place"], found["organisation"], found["category"]) == ("栈桥驿站", "市南区", "guidance")
    assert found["places"] == {"capacity": 15, "taken": 0, "waitlisted": 0}
    assert found["starts_at"].endswith("+08:00")
    english = client.get("/api/v1/events", headers={"Accept-Language": "en"}).json["items"][0]
    assert (english["title"], english["place"]) == ("Guiding at the pier", "Zhanqiao Pier")


@pytest.mark.parametrize(
    "hidden", [{"state": "draft"}, {"state": "in_review"}, {"state": "cancelled", "published_at": None}]
)
def test_what_was_never_published_is_nowhere(city: City, client: FlaskClient, hidden: dict[str, Any]) -> None:
    reason = {"cancel_reason_zh": "不办了", "cancel_reason_en": "Dropped"}
    event = planned(city, "草稿", **{"published_at": None, **hidden, **reason})
    assert titles(client) == []
    assert titles(client, state="cancelled") == []
    unknown = assert_problem(client.get("/api/v1/events/AAAAAAAAAAAAAAAA"), 404, "resource.not_found")
    found = assert_problem(client.get(f"/api/v1/events/{event.public_id}"), 404, "resource.not_found")
    assert {k: v for k, v in found.items() if k not in ("request_id", "instance")} == {
        k: v for k, v in unknown.items() if k not in ("request_id", "instance")
    }


def test_a_cancelled_event_stays_and_says_why(city: City, client: FlaskClient) -> None:
    event = planned(
        city, "取消的", state="cancelled", cancel_reason_zh="大风红色预警", cancel_reason_en="Red wind alert"
    )
    item = client.get("/api/v1/events").json["items"][0]
    assert (item["state"], item["cancel_reason"]) == ("cancelled", "大风红色预警")
    detail = client.get(f"/api/v1/events/{event.public_id}", headers={"Accept-Language": "en"}).json
    assert (detail["state"], detail["cancel_reason"]) == ("cancelled", "Red wind alert")
    assert detail["positions"][0]["shifts"][0]["state"] == "cancelled"


def test_the_filters_keep_to_what_they_say(city: City, client: FlaskClient) -> None:
    station = city.station()
    planned(city, "驿站", DAY, station_id=station.id, category="convenience")
    planned(city, "崂山", 2 * DAY, district_id=city.district_id("370212"), summary_zh="百分之百%好玩_的")
    full = city.event(title_zh="满员")
    fill(city.shift(full, starts_in=3 * DAY))
    assert titles(client) == ["驿站", "崂山", "满员"]
    assert titles(client, station="ZHANQIAO") == ["驿站"]
    assert titles(client, category="convenience") == ["驿站"]
    assert titles(client, district="370212") == ["崂山"]
    assert titles(client, has_places="true") == ["驿站", "崂山"]
    assert titles(client, has_places="false") == ["满员"]
    assert titles(client, q="%好玩_") == ["崂山"]
    assert titles(client, q="_%") == []
    assert titles(client, q="IN ENGLISH") == ["驿站", "崂山"]
    assert titles(client, district="nowhere") == []


def test_days_are_city_days_and_an_event_counts_on_each_it_touches(city: City, client: FlaskClient) -> None:
    event = planned(city, "跨夜", 2 * DAY, hours=24)
    assert event.starts_at is not None
    first = clock.business_date(event.starts_at)
    for day, expected in ((first - DAY, []), (first, ["跨夜"]), (first + DAY, ["跨夜"]), (first + 2 * DAY, [])):
        assert titles(client, **{"from": day, "to": day}) == expected, day
    assert titles(client, **{"from": first + 2 * DAY}) == []
    assert titles(client, to=first) == ["跨夜"]


def test_pages_join_without_a_gap_or_a_double_in_both_orders(city: City, client: FlaskClient) -> None:
    starts = clock.now()
    for n in range(7):
        planned(city, f"以后 {n}", DAY * (1 + n // 3), at=starts)
        planned(city, f"以前 {n}", -DAY * (1 + n // 3), at=starts)
    for asked in ({}, {"state": "over"}):
        whole = titles(client, **asked)
        assert len(whole) == 7
        seen, cursor = [], None
        while True:
            query = {"limit": 2, **asked, **({"cursor": cursor} if cursor else {})}
            page = client.get("/api/v1/events", query_string=query).json
            seen += [one["title"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == whole
    foreign = client.get("/api/v1/events", query_string={"limit": 2}).json["next_cursor"]
    assert_problem(
        client.get("/api/v1/events", query_string={"state": "over", "cursor": foreign}), 422, "request.invalid"
    )


@ONE_DATABASE
@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2026-02-30"}, {"from": "2026-2-3"}, {"to": "9999-12-31"}, {"from": "２０２６-01-01"},
        {"category": "party"}, {"state": "draft"}, {"has_places": "yes"}, {"limit": "1_0"}, {"cursor": "x"},
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(city: City, client: FlaskClient, asked: dict[str, str]) -> None:
    assert_problem(client.get("/api/v1/events", query_string=asked), 422, "request.invalid")


def test_asking_again_costs_a_304_until_a_place_goes(city: City, client: FlaskClient) -> None:
    event = city.event()
    shift = city.shift(event)
    for path in ("/api/v1/events", f"/api/v1/events/{event.public_id}"):
        first = client.get(path)
        assert "public" in first.headers["Cache-Control"]
        held = {"If-None-Match": first.headers["ETag"]}
        assert client.get(path, headers=held).status_code == 304
        with unit_of_work():
            db.session.merge(shift).taken += 1
        assert client.get(path, headers=held).status_code == 200


def test_an_event_in_full_says_what_people_must_be_told(city: City, client: FlaskClient) -> None:
    risk = {"risk_note_zh": "海边风大", "risk_note_en": "Strong wind", "no_particular_risk": False}
    event = city.event(**risk)
    city.shift(event, capacity=2, approval="review", title_zh="讲解员", title_en="Guide")
    fill(city.shift(event, starts_in=4 * DAY, capacity=1))
    city.shift(event, starts_in=-HOUR)
    found = client.get(f"/api/v1/events/{event.public_id}").json
    assert (found["risk_note"], found["requirements"], found["contact"]) == ("海边风大", "能站立两小时", "0532-12345")
    assert "精确到分钟" in found["hour_rule"]
    assert [one["approval"] for one in found["positions"]] == ["review", "instant", "instant"]
    assert [one["shifts"][0]["state"] for one in found["positions"]] == ["open", "full", "closed"]
    assert client.get(f"/api/v1/events/{city.event().public_id}").status_code == 404, "no shift, nothing to show"


def test_no_risk_is_null(city: City, client: FlaskClient) -> None:
    event = planned(city, "安静")
    assert client.get(f"/api/v1/events/{event.public_id}").json["risk_note"] is None


def test_whoever_is_signed_in_reads_how_they_stand_to_each_shift_and_nobody_else_does(
    city: City, client: FlaskClient
) -> None:
    guest, _ = city.volunteer()
    event = city.event()
    held, clashing = city.shift(event), city.shift(event, starts_in=3 * DAY + HOUR)
    signup = guest.call("POST", f"/shifts/{held.public_id}/signups", {}).json
    path = f"/events/{event.public_id}"
    answer = guest.call("GET", path)
    shifts = {one["id"]: one for position in answer.json["positions"] for one in position["shifts"]}
    assert shifts[held.public_id]["my_signup"] == {"id": signup["id"], "state": "confirmed"}
    assert shifts[clashing.public_id]["my_signup"] is None
    told = shifts[clashing.public_id]["eligibility"]
    assert (told["ok"], [one["code"] for one in told["reasons"]]) == (False, ["signup.time_conflict"])
    assert answer.cache_control.no_store
    public = client.get(f"/api/v1{path}")
    assert "my_signup" not in public.json["positions"][0]["shifts"][0]
    assert client.get(f"/api/v1{path}", headers={"Authorization": "Bearer gone"}).status_code == 401


def test_what_the_detail_says_is_what_signing_up_would_say(city: City) -> None:
    event = city.event()
    shift = city.shift(event, min_age=50, qualifications=["english"])
    for person in (city.guest(), city.volunteer()[0]):
        for language in ("zh-CN", "en"):
            shown = person.call("GET", f"/events/{event.public_id}", Accept_Language=language).json
            told = shown["positions"][0]["shifts"][0]["eligibility"]
            refused = person.call("POST", f"/shifts/{shift.public_id}/signups", {}, Accept_Language=language)
            assert told == {"ok": False, "reasons": refused.json["reasons"]}


@ONE_DATABASE
def test_a_page_costs_two_statements_and_an_event_three_however_many_there_are(city: City, client: FlaskClient) -> None:
    for n in range(8):
        event = planned(city, f"活动 {n}", DAY * (n + 1))
        city.shift(event, starts_in=DAY * (n + 2))
    assert statements(client, "/api/v1/events") == 2
    assert statements(client, f"/api/v1/events/{event.public_id}") == 3


def statements(client: FlaskClient, path: str) -> int:
    """How many statements a call costs."""
    with statements_reaching_the_driver() as seen:
        assert client.get(path).status_code == 200
    return len([one for one in seen if one.startswith("SELECT")])
