"""Visits at the desk: every attempt is seen with its reason, voided with a reason, exported as text."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.checkins.models import CheckIn
from app.checkins.rules import Source
from app.core import clock
from app.core.db import db, unit_of_work
from app.core.geo import Point
from app.people import service as people
from app.sheets.cells import guarded
from app.stations.models import Station
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE, Office

FAR = Point(36.09, 120.35)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def visits() -> list[CheckIn]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.query(CheckIn).order_by(CheckIn.id))


@pytest.fixture
def history(city: City) -> City:
    """One station with a visit of each kind on two days, and one visit at another station."""
    pier = city.station(at=NOON - timedelta(days=9))
    other = city.station(code="LAOSHAN1", district="370212", name_zh="崂山驿站", at=NOON - timedelta(days=9))
    city.visit(pier, at=NOON)
    city.visit(pier, at=NOON, point=ZHANQIAO, accuracy_m=10)
    city.visit(pier, at=NOON - timedelta(days=1), credential=city.digits(pier, NOON - timedelta(days=1)))
    city.visit(pier, at=NOON, point=FAR, accuracy_m=10)
    city.visit(pier, at=NOON - timedelta(days=1), credential="ZHANQIAO:000000")
    city.visit(other, at=NOON)
    return city


@ONE_DATABASE
def test_refused_attempts_are_listed_with_their_reason_in_words(office: Office, history: City) -> None:
    desk = office.desk("city")
    page = desk.get("/admin/checkins/", state="refused").text
    assert desk.count("/admin/checkins/?state=refused") == 2
    assert "距离太远" in page
    assert "码无法识别" in page
    assert "too_far" not in page.replace('value="too_far"', "")


def test_filters_combine(office: Office, history: City) -> None:
    desk = office.desk("city")
    expected = {
        "": 6, "state=accepted": 4, "state=refused": 2, "reason=too_far": 1, "grade=A": 0, "grade=B": 2, "grade=C": 2,
        "district=370212": 1, "station=ZHANQIAO": 5, "station=崂山": 1, "station=NOWHERE": 0, "q=崂山": 1,
        "from=2026-11-22": 4, "to=2026-11-21": 2, "from=2026-11-21&to=2026-11-21": 2, "source=demo": 0,
        "from=2026-11-21&to=2026-11-21&state=refused&reason=code_invalid&district=370202": 1,
        "state=nonsense": 6, "from=2026-02-30": 6,
    }  # fmt: skip
    assert {query: desk.count(f"/admin/checkins/?{query}") for query in expected} == expected


@ONE_DATABASE
def test_filters_stand_as_chips_and_an_unknown_value_is_said(office: Office, history: City) -> None:
    page = office.desk("city").get("/admin/checkins/?state=refused&grade=Z&district=370202").text
    assert "结果：未通过" in page
    assert "区市：市南区" in page
    assert "“等级”的值看不懂" in page


@ONE_DATABASE
def test_a_filter_that_finds_nothing_offers_to_clear_it(office: Office, history: City) -> None:
    page = office.desk("city").get("/admin/checkins/?station=NOWHERE").text
    assert "没有符合条件的打卡" in page
    assert "清除条件" in page


@ONE_DATABASE
def test_a_list_counts_and_turns_pages_up_to_a_cap_and_says_so(
    office: Office, history: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six visits; Excel, which is made as a whole, is offered for no more than the list can count."""
    desk = office.desk("city")
    page = desk.get("/admin/checkins/").text
    assert '共 <strong data-count="6">6</strong> 条' in page
    assert "export/xlsx" in page
    monkeypatch.setattr("admin.base.COUNT_CAP", 5)
    monkeypatch.setattr("admin.base.XLSX_MAX", 5)
    page = desk.get("/admin/checkins/").text
    assert '共 <strong data-count="5">5+</strong> 条' in page
    assert "只翻到第 5 条" in page
    assert "export/xlsx" not in page
    assert "5+" not in desk.get("/admin/checkins/?state=accepted").text


@ONE_DATABASE
def test_the_few_void_visits_are_found_by_an_index_of_their_own(office: Office, history: City) -> None:
    """Without it, both the count and the page look through every visit."""
    asked: list[tuple[str, Any]] = []

    def listen(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "checkins.state = " in statement and " LIMIT " in statement:
            asked.append((statement, parameters))

    desk = office.desk("city")
    event.listen(db.engine, "before_cursor_execute", listen)
    desk.get("/admin/checkins/?state=void")
    event.remove(db.engine, "before_cursor_execute", listen)
    with db.engine.connect() as connection:
        plans = [
            " ".join(str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given))
            for statement, given in asked
        ]
    assert len(plans) > 1
    assert [plan for plan in plans if "ix_checkins_void" not in plan] == []


def test_what_was_sent_in_late_stands_on_its_own_day_and_old_visits_follow(office: Office, history: City) -> None:
    """The days that a list looks into first make no difference to what stands on a page, nor to the page after it."""
    pier = db.session.scalars(select(Station).where(Station.code == "ZHANQIAO")).one()
    late = history.visit(pier, at=NOON, client_time=NOON - timedelta(days=1), source=Source.OFFLINE).id
    old = [history.visit(pier, at=NOON - timedelta(days=days)).id for days in (5, 6, 40, *range(41, 60))]
    today, yesterday = ({one.public_id for one in visits() if one.business_date.day == day} for day in (22, 21))
    with clock.frozen(NOON):
        desk = office.desk("city")
        pages = [desk.get(f"/admin/checkins/?page={page}").text for page in (1, 2)]
    ids = {one.id: one.public_id for one in visits()}
    shown = [[ids[int(n)] for n in dict.fromkeys(re.findall(r"checkins/details/\?id=(\d+)", page))] for page in pages]
    listed = [one for page in shown for one in page]
    assert set(listed[:4]) == today
    assert listed[4] == late
    assert set(listed[4:7]) == yesterday
    assert listed[7:] == old
    assert all(shown)


def test_one_persons_visits_can_be_gathered(office: Office, city: City) -> None:
    station, guest = city.station(), city.guest()
    city.visit(station, guest)
    city.visit(station)
    assert office.desk("city").count(f"/admin/checkins/?person={guest.public_id}") == 1


def test_a_visit_is_voided_with_a_reason_and_kept(office: Office, city: City) -> None:
    station, guest = city.station(), city.guest()
    city.visit(station, guest)
    visit = visits()[0]
    desk = office.desk("city")
    assert desk.post("/admin/checkins/act/void/", {"id": visit.id, "reason": " "}).status_code == 422
    assert visits()[0].state == "accepted"
    assert desk.post("/admin/checkins/act/void/", {"id": visit.id, "reason": "误扫"}).status_code == 303
    after = visits()[0]
    assert (after.state, after.reason, after.explanation) == ("void", "voided", "误扫")
    assert after.voided_by == desk.staff_id
    page = desk.get("/admin/checkins/details/", id=visit.id).text
    assert "误扫" in page
    assert "示例 某人" in page
    assert guest.call("GET", "/me/passport").json["collected"] == 0
    assert desk.post("/admin/checkins/act/void/", {"id": visit.id, "reason": "再来"}).status_code == 409


@ONE_DATABASE
def test_visits_have_no_form_to_change_them(office: Office, city: City) -> None:
    city.visit(city.station())
    visit = visits()[0]
    desk = office.desk("city")
    for route in ("new/", "edit/", "delete/", "action/", "inline/", "ajax/update/"):
        assert desk.get(f"/admin/checkins/{route}", id=visit.id).status_code == 404, route
        assert desk.post(f"/admin/checkins/{route}", {"id": visit.id, "state": "void"}).status_code in (404, 405), route
    assert visits()[0].state == "accepted"


# --- export ------------------------------------------------------------------------------------------


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_the_export_is_exactly_the_filtered_set(office: Office, history: City) -> None:
    desk = office.desk("city")
    for query in ("", "state=refused", "state=accepted&district=370202", "q=崂山"):
        answer = desk.get(f"/admin/checkins/export/csv/?{query}")
        assert answer.mimetype == "text/csv"
        assert len(rows_of(answer.text)) == desk.count(f"/admin/checkins/?{query}")
    assert {row["原因"] for row in rows_of(desk.get("/admin/checkins/export/csv/?state=refused").text)} == {
        "距离太远",
        "码无法识别",
    }


@ONE_DATABASE
def test_times_and_days_in_the_export_are_the_citys(office: Office, city: City) -> None:
    late = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)
    city.visit(city.station(at=late), at=late)
    row = rows_of(office.desk("city").get("/admin/checkins/export/csv/").text)[0]
    assert (row["时间"], row["日期"]) == ("2026-11-22 00:30:00", "2026-11-22")


HOSTILE = ["=1+1", "+8613800138000", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1", "＝1", "＋1", "＠x", "　=1", "\n=cmd()"]


@pytest.mark.parametrize("value", HOSTILE)
def test_no_cell_is_taken_for_a_formula(value: str) -> None:
    shown = guarded(value)
    assert shown == "'" + value
    assert shown[1:] == value, "the original is restored by taking the guard away"


@pytest.mark.parametrize("value", ["栈桥", "a=b", "1+1", 'quote " and, comma', "line\nbreak", "12.5"])
def test_harmless_text_stays_as_it_is(value: str) -> None:
    assert guarded(value) == value


def test_numbers_stay_numbers_and_nothing_is_empty() -> None:
    assert (guarded(-5), guarded(1.5), guarded(None), guarded(True)) == ("-5", "1.5", "", "是")


@ONE_DATABASE
def test_hostile_names_leave_the_panel_as_text(app: Flask, office: Office, city: City) -> None:
    for n, value in enumerate(("=1+1", "＝HYPERLINK(1)", '@x, "y"')):
        city.station(code=f"HOSTILE{n}", name_zh=value)
    text = office.desk("city").get("/admin/stations/export/csv/").text
    assert [row["站点"] for row in rows_of(text)] == ["'=1+1", "'＝HYPERLINK(1)", '\'@x, "y"']


@ONE_DATABASE
def test_an_unknown_kind_of_export_is_not_found(office: Office, city: City) -> None:
    for kind in ("json", "ods", "yaml", "../csv"):
        assert office.desk("city").get(f"/admin/checkins/export/{kind}/").status_code == 404


@ONE_DATABASE
def test_a_nickname_with_markup_is_shown_as_text(office: Office, city: City) -> None:
    station, guest = city.station(), city.guest()
    with unit_of_work():
        people.update_me(guest.id, {"nickname": "<img src=x>"})
    city.visit(station, guest)
    page = office.desk("city").get("/admin/checkins/").text
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


def test_the_day_in_the_city_decides_not_the_servers(office: Office, city: City) -> None:
    with clock.frozen(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)):
        station = city.station()
        city.visit(station)
    with clock.frozen(datetime(2026, 11, 22, 16, 1, tzinfo=UTC)):
        city.visit(station)
    desk = office.desk("city")
    assert desk.count("/admin/checkins/?from=2026-11-22&to=2026-11-22") == 1
    assert desk.count("/admin/checkins/?from=2026-11-23&to=2026-11-23") == 1
