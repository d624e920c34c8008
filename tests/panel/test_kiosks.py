"""Screens on a station's page: added with a code that is shown once, listed with how they are, ended at once."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.kiosks import service
from app.kiosks.models import KioskDevice
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office

pytestmark = ONE_DATABASE

ADD, END = "/admin/stations/act/add_kiosk/", "/admin/stations/act/end_kiosk/"


def page(desk: Desk, station: Station) -> str:
    return desk.get("/admin/stations/details/", id=station.id).text


def added(desk: Desk, station: Station, name: str = "入口平板") -> str:
    """Add a screen in the panel. Returns its one-time code."""
    answer = desk.post(ADD, {"id": str(station.id), "name": name})
    assert answer.status_code == 200, answer.status_code
    found = re.search(r'class="digits"[^>]*>(\d{4}) (\d{4})<', answer.text)
    assert found is not None
    return found[1] + found[2]


def test_a_code_is_shown_once_pairs_the_screen_and_the_page_says_how_it_is(
    app: Flask, city: City, office: Office
) -> None:
    station, desk = city.station(), office.desk("city")
    assert "还没有屏幕" in page(desk, station)
    code = added(desk, station)
    seen = page(desk, station)
    assert "等待连接" in seen
    assert code not in seen
    assert "https://ouyu.test/kiosk/ZHANQIAO" in seen
    assert app.test_client().post("/api/v1/kiosk/pair", json={"code": code}).status_code == 201
    seen = page(desk, station)
    assert "已连接" in seen
    assert "添加屏幕" in seen


def test_ending_a_screen_ends_it_and_stands_in_the_trail(app: Flask, city: City, office: Office) -> None:
    station, desk = city.station(), office.desk("city")
    code = added(desk, station)
    token = app.test_client().post("/api/v1/kiosk/pair", json={"code": code}).json["token"]
    device = db.session.scalar(select(KioskDevice.id))
    asked = desk.get(END, id=station.id, kiosk=device)
    assert "马上不再显示" in asked.text
    assert desk.post(END, {"id": str(station.id), "kiosk": str(device)}).status_code == 303
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().get("/api/v1/kiosk/codes", headers=headers).status_code == 401
    seen = page(desk, station)
    assert "已停用" in seen
    assert "停用屏幕" in seen
    assert desk.post(END, {"id": str(station.id), "kiosk": str(device)}).status_code == 409


def test_a_screen_without_a_name_keeps_the_form_with_the_rules_own_sentence(city: City, office: Office) -> None:
    answer = office.desk("city").post(ADD, {"id": str(city.station().id), "name": ""})
    assert answer.status_code == 422
    assert "请给这块屏幕起个名字" in answer.text


@pytest.mark.parametrize(("who", "status"), [("laoshan", 404), ("auditor", 403)])
def test_out_of_scope_or_without_the_right_no_screen_is_added_or_ended(
    city: City, office: Office, who: str, status: int
) -> None:
    station, desk = city.station(), office.desk(who)
    with unit_of_work():
        device = service.add_device(SYSTEM, station.id, name="屏", at=clock.now()).device
    assert desk.post(ADD, {"id": str(station.id), "name": "x"}).status_code == status
    assert desk.post(END, {"id": str(station.id), "kiosk": str(device.id)}).status_code == status


def test_a_screen_of_another_station_cannot_be_ended_through_this_one(city: City, office: Office) -> None:
    here, elsewhere = city.station(), city.station(code="LAOSHAN", district="370212")
    with unit_of_work():
        device = service.add_device(SYSTEM, elsewhere.id, name="屏", at=clock.now()).device
    assert office.desk("shinan").post(END, {"id": str(here.id), "kiosk": str(device.id)}).status_code == 404
    db.session.rollback()
    assert db.session.scalar(select(KioskDevice.revoked_at)) is None
