"""What is done to a station by a button: its states, posters, codes; the catalogue and organisations beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.db import db
from app.orgs import queries as orgs
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office
from tests.panel.test_stations import form, station_of

pytestmark = ONE_DATABASE


def press(desk: Desk, button: str, station: Station, **data: Any) -> Any:
    return desk.post(f"/admin/stations/act/{button}/", {"id": station.id, **data})


def test_a_station_is_opened_closed_for_a_while_and_opened_again(app: Flask, office: Office, city: City) -> None:
    station = city.station(opened=False)
    desk = office.desk("city")
    assert press(desk, "open", station).status_code == 303
    until = clock.city_time(clock.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    answer = press(desk, "close", station, reason_zh="设备检修", reason_en="Maintenance", until=until)
    assert answer.status_code == 303
    client = app.test_client()
    for language, words in (("zh-CN", "设备检修"), ("en", "Maintenance")):
        seen = client.get("/api/v1/stations/ZHANQIAO", headers={"Accept-Language": language}).json
        assert seen["open_state"] == "closed"
        assert words in seen["closure"]["reason"]
    assert desk.count("/admin/stations/?now=closure") == 1
    assert press(desk, "end_closure", station).status_code == 303
    assert client.get("/api/v1/stations/ZHANQIAO").json["open_state"] == "unknown"


def test_closing_asks_for_both_reasons_and_an_end_ahead(office: Office, city: City) -> None:
    station = city.station()
    answer = press(office.desk("city"), "close", station, reason_zh="", reason_en="", until="2020-01-01T08:00")
    assert answer.status_code == 422
    assert answer.text.count("请填写这一项") == 2
    assert "结束时间要晚于开始时间" in answer.text
    assert station_of("ZHANQIAO").closures == []


@pytest.mark.parametrize("until", ["", "soon", "2026-02-30T10:00"])
def test_an_end_that_is_no_time_is_refused(office: Office, city: City, until: str) -> None:
    station = city.station()
    answer = press(office.desk("city"), "close", station, reason_zh="检修", reason_en="Repairs", until=until)
    assert answer.status_code == 422
    assert "检修" in answer.text


def test_pausing_and_withdrawing_say_why_and_are_in_the_trail(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    assert press(desk, "pause", station, reason_zh="改造", reason_en="Rebuilding").status_code == 303
    assert station_of("ZHANQIAO").state == "paused"
    assert press(desk, "withdraw", station, reason="").status_code == 422
    assert press(desk, "withdraw", station, reason="迁址").status_code == 303
    assert station_of("ZHANQIAO").state == "withdrawn"
    page = desk.get("/admin/stations/details/", id=station.id).text
    assert "撤站" in page
    assert "迁址" in page
    assert "city.one" in page


def test_a_button_that_does_not_fit_the_state_is_answered_with_the_state(office: Office, city: City) -> None:
    station = city.station()
    answer = press(office.desk("city"), "open", station)
    assert answer.status_code == 409
    assert "站点当前状态是“开放”" in answer.text


def test_buttons_are_offered_where_they_fit(office: Office, city: City) -> None:
    station = city.station(opened=False)
    page = office.desk("city").get("/admin/stations/details/", id=station.id).text
    assert "/act/open/" in page
    assert "/act/close/" not in page
    assert "/act/end_closure/" not in page


def test_a_new_poster_leaves_the_old_one_valid_until_it_is_revoked(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    assert press(desk, "new_poster", station).status_code == 303
    assert desk.count("/admin/stations/?poster=several") == 1
    old = next(c for c in queries.list_credentials(station.id) if c.kind == "poster" and c.version == 1)
    assert press(desk, "revoke", station, credential=old.id, reason="换新").status_code == 303
    assert desk.count("/admin/stations/?poster=several") == 0
    page = desk.get("/admin/stations/details/", id=station.id).text
    assert "已作废" in page
    assert "换新" in page


def test_a_poster_of_another_station_is_not_revoked_here(office: Office, city: City) -> None:
    station, other = city.station(), city.station(code="OTHER1", name_zh="另一站")
    foreign = queries.find_current(other.id, CredentialKind.POSTER)
    assert foreign is not None
    answer = press(office.desk("city"), "revoke", station, credential=foreign.id, reason="x")
    assert answer.status_code == 404
    db.session.rollback()
    assert queries.find_current(other.id, CredentialKind.POSTER) is not None


def test_the_keeper_sees_the_digits_of_now(office: Office, city: City) -> None:
    station = city.station()
    now = clock.now()
    with clock.frozen(now):
        page = office.desk("keeper").get("/admin/stations/details/", id=station.id).text
        digits = city.digits(station, now).partition(":")[2]
    assert f"{digits[:3]} {digits[3:]}" in page


def test_no_secret_stands_on_any_page(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    pages = desk.get("/admin/stations/details/", id=station.id).text + desk.get("/admin/stations/export/csv/").text
    for credential in queries.list_credentials(station.id):
        assert credential.secret not in pages


def test_the_catalogue_is_worded_by_the_city_and_shows_at_once(app: Flask, office: Office, city: City) -> None:
    city.station()
    desk = office.desk("city")
    made = desk.post("/admin/services/new/", {"code": "dog_water", "name_zh": "宠物饮水", "name_en": "Water for dogs"})
    assert made.status_code == 303
    item = next(one for one in queries.list_service_items() if one.code == "dog_water")
    change = desk.post("/admin/services/inline/", {"id": item.id, "name": "name_zh", "value": "狗狗饮水"})
    assert change.status_code == 200
    stale = desk.post(
        "/admin/services/inline/", {"id": item.id, "name": "name_en", "value": "Dogs", "seen_version": "1"}
    )
    assert (stale.status_code, stale.json["field"]) == (409, "name_en")
    assert "city.one 刚刚修改了这条记录（中文名称" in stale.json["message"]
    assert "狗狗饮水" in app.test_client().get("/api/v1/services").text
    assert office.desk("shinan").get("/admin/services/new/").status_code == 403


def test_an_organisation_is_made_chosen_and_renamed(office: Office, city: City) -> None:
    desk = office.desk("city")
    data = {"name_zh": "海滨管理中心", "name_en": "Seaside Office", "kind": "operator", "district_id": ""}
    assert desk.post("/admin/organisations/new/", data).status_code == 303
    organisation = orgs.list_organisations()[0]
    assert desk.post("/admin/stations/new/", form(organisation_id=organisation.id)).status_code == 303
    assert "海滨管理中心" in desk.get("/admin/stations/details/", id=station_of("NEWONE").id).text
    assert desk.count(f"/admin/stations/?organisation={organisation.id}") == 1
    changed = desk.post(
        f"/admin/organisations/edit/?id={organisation.id}", data | {"name_en": "Coast", "seen_version": "1"}
    )
    assert changed.status_code == 303
    late = desk.post(f"/admin/organisations/edit/?id={organisation.id}", data | {"name_en": "Old", "seen_version": "1"})
    assert late.status_code == 409


def test_another_station_can_be_made_right_after_one(office: Office) -> None:
    answer = office.desk("city").post("/admin/stations/new/", form(again="yes"))
    assert (answer.status_code, answer.location) == (303, "/admin/stations/new/")
    assert station_of("NEWONE").state == "draft"
