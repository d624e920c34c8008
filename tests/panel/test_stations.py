"""Stations at the desk: made, changed, closed, opened, and what two people do to one row."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from app.core import clock, geo
from app.core.db import db
from app.orgs import queries as orgs
from app.stations import parts, queries
from app.stations.models import Station
from tests.builders import ZHANQIAO, City
from tests.panel.desk import ONE_DATABASE, Desk, Office

pytestmark = ONE_DATABASE


def district_id(code: str = "370202") -> int:
    found = orgs.find_district_by_code(code)
    assert found is not None
    return found.id


def form(**changes: Any) -> dict[str, Any]:
    """The form of a new station that nothing is wrong with, as a browser sends it."""
    return {
        "code": "NEWONE",
        "name_zh": "小港驿站",
        "name_en": "Xiaogang Station",
        "kind": "station",
        "district_id": str(district_id()),
        "organisation_id": "",
        "phone": "",
        "languages": ["zh", "en"],
        "address_zh": "小港一路 1 号",
        "address_en": "",
        "description_zh": "",
        "description_en": "",
        "coord_sys": "wgs84",
        "coord_quality": "approximate",
        "circles-0-lat": "36.080000",
        "circles-0-lng": "120.310000",
        "circles-0-radius_m": "150",
    } | changes


def station_of(code: str) -> Station:
    db.session.rollback()
    db.session.expire_all()
    return queries.get_station_by_code(code)


def shown_form(page: str) -> dict[str, Any]:
    """The values that an editor's page holds, as a browser would send them back."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        name, value = (re.search(rf'\b{part}="([^"]*)"', tag) for part in ("name", "value"))
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        text = html.unescape(value[1]) if value else "on"
        if 'type="checkbox"' in tag and name[1] == "languages":
            found.setdefault("languages", []).append(text)
        else:
            found[name[1]] = text
    for name, body in re.findall(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = html.unescape(chosen[1]) if chosen else ""
    for name, body in re.findall(r'<textarea\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = html.unescape(body)
    found.pop("csrf_token", None)
    return found


def editor(desk: Desk, station: Station) -> dict[str, Any]:
    page = desk.get("/admin/stations/edit/", id=station.id)
    assert page.status_code == 200
    return shown_form(page.text)


# --- make --------------------------------------------------------------------------------------------


def test_a_new_station_is_a_draft_with_a_poster_and_a_page(office: Office) -> None:
    desk = office.desk("city")
    answer = desk.post("/admin/stations/new/", form())
    assert answer.status_code == 303
    made = station_of("NEWONE")
    assert answer.location == f"/admin/stations/details/?id={made.id}"
    assert made.state == "draft"
    page = desk.get(answer.location).text
    assert "小港驿站" in page
    assert f"https://ouyu.test{html.escape(queries.poster_path(made, queries.list_credentials(made.id)[0]))}" in page


def test_everything_in_the_form_arrives(office: Office, city: City) -> None:
    full = form(
        **{
            "phone": "0532-8000 1234",
            "description_zh": "第一行\r\n第二行",
            "circles-1-lat": "36.081",
            "circles-1-lng": "120.311",
            "circles-1-radius_m": "80",
            "opening-w0-state": "open",
            "opening-w0-opens": "09:00",
            "opening-w0-closes": "11:30",
            "opening-w0-opens2": "13:00",
            "opening-w0-closes2": "00:00",
            "opening-w6-state": "closed",
            "opening-x0-date": "2027-02-06",
            "opening-x0-state": "closed",
            "services-wheelchair-on": "on",
            "services-wheelchair-away": "on",
            "services-wheelchair-note_zh": "东门",
            "services-wifi-on": "on",
        }
    )
    assert office.desk("city").post("/admin/stations/new/", full).status_code == 303
    facts = parts.facts(station_of("NEWONE"))
    assert facts["phone"] == "0532-8000 1234"
    assert facts["description_zh"] == "第一行\n第二行"
    assert facts["languages"] == ["zh", "en"]
    assert [circle["radius_m"] for circle in facts["circles"]] == [150, 80]
    assert sorted((r["weekday"], r["on_date"], r["closed"], r["opens_min"], r["closes_min"]) for r in facts["opening"] if r["on_date"] is None) == [
        (0, None, False, 540, 690),
        (0, None, False, 780, 1440),
        (6, None, True, None, None),
    ]  # fmt: skip
    assert [r["on_date"] for r in facts["opening"] if r["on_date"]] == ["2027-02-06"]
    assert [(s["code"], s["note_zh"], s["available"]) for s in facts["services"]] == [
        ("wheelchair", "东门", False),
        ("wifi", "", True),
    ]


def test_the_editor_sends_back_what_it_shows(office: Office, city: City) -> None:
    opening = [
        {"weekday": 2, "on_date": None, "closed": False, "opens_min": 540, "closes_min": 1440},
        {
            "weekday": None,
            "on_date": clock.business_date(clock.now()),
            "closed": True,
            "opens_min": None,
            "closes_min": None,
        },
    ]
    services = [{"code": "wifi", "note_zh": "二楼", "note_en": "Upstairs", "available": False}]
    station = city.station(opening=opening, services=services, description_zh="一行\n又一行")
    desk = office.desk("city")
    before = parts.facts(station_of("ZHANQIAO"))
    answer = desk.post(f"/admin/stations/edit/?id={station.id}", editor(desk, station))
    assert answer.status_code == 303
    assert parts.facts(station_of("ZHANQIAO")) == before
    assert station_of("ZHANQIAO").version == station.version


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"code": "x"}, "编号为 3–8 位大写字母或数字"),
        ({"name_zh": ""}, "请填写这一项"),
        ({"name_en": "x" * 121}, "最多 120 个字"),
        ({"district_id": ""}, "请从列表中选择"),
        ({"district_id": "99999999999999999999"}, "请从列表中选择"),
        ({"kind": "castle"}, "请从列表中选择"),
        ({"organisation_id": "999"}, "请从列表中选择"),
        ({"languages": ["tlh"]}, "请从列表中选择"),
        ({"phone": "call me"}, "电话只能包含数字"),
        ({"circles-0-lat": "120.31", "circles-0-lng": "36.06"}, "这个位置不在本市范围内"),
        ({"circles-0-lat": "nan"}, "这个位置不在本市范围内"),
        ({"circles-0-lat": "１２"}, "这个位置不在本市范围内"),
        ({"circles-0-radius_m": "12.5"}, "半径为 20–1,000 米的整数"),
        ({"circles-0-radius_m": "5000"}, "半径为 20–1,000 米的整数"),
        ({"circles-0-lat": "", "circles-0-lng": ""}, "电子围栏需要 1–8 个圆"),
        ({"opening-w0-state": "open", "opening-w0-opens": "18:00", "opening-w0-closes": "09:00"}, "关门要晚于开门"),
        ({"opening-w0-state": "open", "opening-w0-opens": "9", "opening-w0-closes": "soon"}, "关门要晚于开门"),
        ({"opening-x0-date": "2026-02-30", "opening-x0-state": "closed"}, "请选择星期几、一个日期或节假日"),
        ({"name_zh": "a\x00b"}, "里面有无法显示的字符"),
        ({"services-wifi-on": "on", "services-wifi-note_zh": "长" * 101}, "最多 100 个字"),
    ],
)  # fmt: skip
def test_each_mistake_is_explained_and_everything_typed_is_kept(
    office: Office, wrong: dict[str, Any], words: str
) -> None:
    answer = office.desk("city").post("/admin/stations/new/", form(**wrong))
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text or "field-wrong" in answer.text
    kept = shown_form(answer.text)
    assert kept["address_zh"] == "小港一路 1 号"
    for name, value in wrong.items():
        if isinstance(value, str) and name in kept and not name.startswith(("district", "kind", "organisation")):
            assert kept[name] == value.strip()


def test_a_taken_code_is_said_at_the_field(office: Office, city: City) -> None:
    city.station()
    answer = office.desk("city").post("/admin/stations/new/", form(code="ZHANQIAO"))
    assert answer.status_code == 422
    assert "这个编号已被另一个站点使用" in answer.text


def test_a_form_with_fields_missing_is_refused_in_words(office: Office) -> None:
    answer = office.desk("city").post("/admin/stations/new/", {})
    assert answer.status_code == 422
    assert "请填写这一项" in answer.text


def test_fields_that_are_not_in_the_form_change_nothing(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    sent = editor(desk, station) | {"state": "withdrawn", "demo": "1", "code": "STOLEN1", "id": "7", "version": "99"}
    assert desk.post(f"/admin/stations/edit/?id={station.id}", sent).status_code == 303
    after = station_of("ZHANQIAO")
    assert (after.state, after.demo, after.id) == ("open", False, station.id)


@pytest.mark.parametrize(("datum", "words"), [("gcj02", "GCJ-02"), ("bd09", "BD-09")])
def test_coordinates_of_another_datum_are_converted_and_said(office: Office, datum: str, words: str) -> None:
    shifted = geo.from_wgs84(ZHANQIAO, geo.CoordSys(datum))
    sent = form(**{"coord_sys": datum, "circles-0-lat": f"{shifted.lat:.6f}", "circles-0-lng": f"{shifted.lng:.6f}"})
    desk = office.desk("city")
    page = desk.get(desk.post("/admin/stations/new/", sent).location or "").text
    circle = station_of("NEWONE").circles[0]
    assert geo.distance_m(geo.Point(circle.lat, circle.lng), ZHANQIAO) < 1
    assert f"坐标已从 {words} 换算为 WGS-84" in page
    assert f"{circle.lat:.6f}, {circle.lng:.6f}" in page


def test_the_conversion_can_be_seen_before_saving(office: Office) -> None:
    asked = {
        "coord_sys": "gcj02",
        "circles-0-lat": "36.061735",
        "circles-0-lng": "120.319303",
        "circles-0-radius_m": "150",
    }
    answer = office.desk("city").get("/admin/stations/convert/", **asked)
    assert re.search(r"WGS-84:36\.0615\d\d, 120\.3142\d\d（移动 45\d 米）", answer.json["words"])


def test_a_copy_brings_everything_but_the_code(office: Office, city: City) -> None:
    station = city.station(services=[{"code": "wifi", "note_zh": "二楼", "note_en": "", "available": True}])
    copied = shown_form(office.desk("city").get("/admin/stations/new/", like=station.id).text)
    assert copied["code"] == ""
    assert copied["name_zh"] == "栈桥驿站（副本）"
    assert copied["services-wifi-note_zh"] == "二楼"
    assert copied["circles-0-lat"] == f"{ZHANQIAO.lat:.6f}"


# --- R7 ----------------------------------------------------------------------------------------------


def test_the_second_of_two_editors_is_told_who_changed_what_and_loses_nothing(office: Office, city: City) -> None:
    station = city.station()
    first, second = office.desk("city"), office.desk("shinan")
    theirs, mine = editor(first, station), editor(second, station)
    saved = first.post(
        f"/admin/stations/edit/?id={station.id}", theirs | {"phone": "0532-1111", "name_zh": "栈桥文明旅游驿站"}
    )
    assert saved.status_code == 303

    answer = second.post(
        f"/admin/stations/edit/?id={station.id}", mine | {"address_zh": "太平路 14 号", "name_zh": "栈桥一号驿站"}
    )
    assert answer.status_code == 409
    assert "city.one" in answer.text
    assert "在您打开之后，有人修改过" in answer.text
    assert "0532-1111" in answer.text
    kept = shown_form(answer.text)
    assert kept["address_zh"] == "太平路 14 号", "what was typed is kept"
    assert kept["name_zh"] == "栈桥一号驿站", "also where both changed the same field"
    assert kept["phone"] == "0532-1111", "what was not touched shows the other's value"
    assert station_of("ZHANQIAO").address_zh == "太平路 12 号", "nothing is saved yet"

    assert second.post(f"/admin/stations/edit/?id={station.id}", kept).status_code == 303
    after = station_of("ZHANQIAO")
    assert (after.phone, after.address_zh, after.name_zh) == ("0532-1111", "太平路 14 号", "栈桥一号驿站")


def test_hours_and_services_changed_by_another_are_not_undone(office: Office, city: City) -> None:
    station = city.station()
    first, second = office.desk("city"), office.desk("shinan")
    theirs, mine = editor(first, station), editor(second, station)
    changes = {"opening-w0-state": "closed", "services-wifi-on": "on", "circles-0-radius_m": "200"}
    assert first.post(f"/admin/stations/edit/?id={station.id}", theirs | changes).status_code == 303
    answer = second.post(f"/admin/stations/edit/?id={station.id}", mine | {"phone": "0532-2222"})
    assert answer.status_code == 409
    assert second.post(f"/admin/stations/edit/?id={station.id}", shown_form(answer.text)).status_code == 303
    facts = parts.facts(station_of("ZHANQIAO"))
    assert facts["phone"] == "0532-2222"
    assert [rule["weekday"] for rule in facts["opening"]] == [0]
    assert [one["code"] for one in facts["services"]] == ["wifi"]
    assert facts["circles"][0]["radius_m"] == 200


def test_a_mistake_after_a_clash_does_not_hide_a_later_clash(office: Office, city: City) -> None:
    station = city.station()
    first, second = office.desk("city"), office.desk("shinan")
    mine = editor(second, station)
    wrong = second.post(f"/admin/stations/edit/?id={station.id}", mine | {"phone": "call me"})
    assert wrong.status_code == 422
    first.post(f"/admin/stations/edit/?id={station.id}", editor(first, station) | {"phone": "0532-1111"})
    again = second.post(f"/admin/stations/edit/?id={station.id}", shown_form(wrong.text) | {"phone": "0532-3333"})
    assert again.status_code == 409


# --- inline ------------------------------------------------------------------------------------------


def inline(desk: Desk, station: Station, name: str, value: str, version: int | None = None) -> Any:
    data = {"id": station.id, "name": name, "value": value, "seen_version": version or station.version}
    return desk.post("/admin/stations/inline/", data)


def test_a_field_is_changed_in_the_list_and_can_be_put_back(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    answer = inline(desk, station, "phone", "0532-1111")
    assert answer.status_code == 200
    assert answer.json["before"] == ""
    assert "0532-1111" in answer.json["html"]
    assert station_of("ZHANQIAO").phone == "0532-1111"
    back = inline(desk, station, "phone", answer.json["before"], answer.json["version"])
    assert back.status_code == 200
    assert station_of("ZHANQIAO").phone is None


def test_an_inline_change_of_a_row_changed_meanwhile_names_who(office: Office, city: City) -> None:
    station = city.station()
    inline(office.desk("shinan"), station, "phone", "0532-1111")
    answer = inline(office.desk("city"), station, "address_zh", "太平路 14 号")
    assert answer.status_code == 409
    assert "shinan.one" in answer.json["message"]
    assert "电话" in answer.json["message"]
    assert station_of("ZHANQIAO").address_zh == "太平路 12 号"


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [("phone", "call me", 422), ("kind", "castle", 422), ("state", "withdrawn", 404), ("demo", "1", 404), ("version", "9", 404), ("", "", 404)],
)  # fmt: skip
def test_only_the_declared_fields_are_inline_and_the_rules_hold(
    office: Office, city: City, name: str, value: str, status: int
) -> None:
    station = city.station()
    answer = inline(office.desk("city"), station, name, value)
    assert answer.status_code == status
    after = station_of("ZHANQIAO")
    assert (after.phone, after.kind, after.state, after.demo) == (None, "station", "open", False)


def test_one_mistake_has_one_sentence_in_the_form_and_inline(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    sentence = inline(desk, station, "phone", "call me").json["message"]
    page = desk.post(f"/admin/stations/edit/?id={station.id}", editor(desk, station) | {"phone": "call me"}).text
    assert sentence in page


# --- states ------------------------------------------------------------------------------------------


# --- posters -----------------------------------------------------------------------------------------


# --- catalogue and organisations ---------------------------------------------------------------------
