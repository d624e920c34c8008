"""Scope holds in every corner: what lies outside answers like what does not exist."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.checkins.models import CheckIn
from app.core.db import db
from app.orgs import queries
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office, make_staff, seat

OUTSIDE = {"code": "LAOSHAN1", "district": "370212", "name_zh": "崂山驿站", "name_en": "Laoshan"}


@pytest.fixture
def inside(city: City) -> Station:
    return city.station()


@pytest.fixture
def outside(city: City) -> Station:
    return city.station(**OUTSIDE)


def same_as_unknown(
    desk: Desk, path: str, unknown: str, method: str = "GET", data: dict[str, Any] | None = None
) -> None:
    def ask(where: str, sent: dict[str, Any] | None) -> tuple[int, str]:
        answer = desk.get(where) if method == "GET" else desk.post(where, sent)
        text = answer.text.replace(answer.headers["X-Request-ID"], "-")
        return answer.status_code, text

    never = {**data, "id": "999999"} if data else None
    assert ask(path, data) == ask(unknown, never)
    assert ask(path, data)[0] == 404


def test_a_station_out_of_scope_is_not_found_by_any_route(office: Office, inside: Station, outside: Station) -> None:
    desk = office.desk("shinan")
    for route in ("details/", "edit/", "act/withdraw/", "act/close/"):
        assert desk.get(f"/admin/stations/{route}", id=inside.id).status_code == 200
        same_as_unknown(desk, f"/admin/stations/{route}?id={outside.id}", f"/admin/stations/{route}?id=999999")
    same_as_unknown(desk, f"/admin/stations/new/?like={outside.id}", "/admin/stations/new/?like=999999")


@ONE_DATABASE
def test_no_button_works_on_a_station_out_of_scope(office: Office, outside: Station) -> None:
    desk = office.desk("shinan")
    data = {"id": str(outside.id), "reason": "x", "reason_zh": "x", "reason_en": "x", "credential": "1"}
    for button in ("open", "close", "end_closure", "pause", "withdraw", "new_poster", "new_secret", "revoke"):
        path = f"/admin/stations/act/{button}/"
        same_as_unknown(desk, path, path, "POST", data)
    assert office.desk("city").count("/admin/stations/?state=open") == 1


def test_a_station_out_of_scope_is_not_changed_by_the_form_or_inline(office: Office, outside: Station) -> None:
    desk = office.desk("shinan")
    assert desk.post(f"/admin/stations/edit/?id={outside.id}", {"name_zh": "夺走"}).status_code == 404
    answer = desk.post("/admin/stations/inline/", {"id": outside.id, "name": "phone", "value": "110"})
    assert answer.status_code == 404
    row = db.session.get(Station, outside.id, populate_existing=True)
    assert row is not None
    assert (row.name_zh, row.phone) == ("崂山驿站", None)


def test_lists_counts_look_up_and_export_stay_inside(office: Office, inside: Station, outside: Station) -> None:
    desk = office.desk("shinan")
    page = desk.get("/admin/stations/").text
    assert inside.code in page
    assert outside.code not in page
    assert desk.count("/admin/stations/") == 1
    assert [one["value"] for one in desk.get("/admin/stations/lookup/").json["items"]] == [inside.code]
    export = desk.get("/admin/stations/export/csv/").text
    assert inside.code in export
    assert outside.code not in export
    assert office.desk("city").count("/admin/stations/") == 2


def test_a_filter_widens_nothing(office: Office, inside: Station, outside: Station) -> None:
    desk = office.desk("shinan")
    assert desk.count("/admin/stations/?district=370212") == 0
    assert desk.count(f"/admin/stations/?q={outside.code}") == 0
    assert desk.count("/admin/stations/?now=unknown") == 1


@ONE_DATABASE
def test_a_station_cannot_be_made_or_moved_out_of_ones_district(office: Office, city: City, inside: Station) -> None:
    desk = office.desk("shinan")
    laoshan = queries.find_district_by_code("370212")
    assert laoshan is not None
    form = {
        "code": "NEWONE", "name_zh": "新站", "name_en": "New", "kind": "station", "district_id": laoshan.id,
        "coord_sys": "wgs84", "coord_quality": "approximate",
        "circles-0-lat": "36.06", "circles-0-lng": "120.31", "circles-0-radius_m": "150",
    }  # fmt: skip
    assert desk.post("/admin/stations/new/", form).status_code in (403, 404)
    moved = {**form, "seen_version": inside.version, "name_zh": inside.name_zh}
    assert desk.post(f"/admin/stations/edit/?id={inside.id}", moved).status_code in (403, 404)
    assert office.desk("city").count("/admin/stations/?district=370212") == 0
    assert office.desk("city").count("/admin/stations/?district=370202") == 1


def test_visits_out_of_scope_are_not_found_by_any_route(
    app: Flask, office: Office, city: City, inside: Station, outside: Station
) -> None:
    city.visit(inside)
    city.visit(outside)
    own, other = (db.session.query(CheckIn).filter_by(station_id=one.id).one().id for one in (inside, outside))
    desk = office.desk("shinan")
    assert desk.get("/admin/checkins/details/", id=own).status_code == 200
    for route in ("details/", "act/void/"):
        same_as_unknown(desk, f"/admin/checkins/{route}?id={other}", f"/admin/checkins/{route}?id=999999")
    void = "/admin/checkins/act/void/"
    same_as_unknown(desk, void, void, "POST", {"id": str(other), "reason": "x"})
    assert desk.count("/admin/checkins/") == 1
    assert desk.count("/admin/checkins/?station=LAOSHAN1") == 0
    assert outside.code not in desk.get("/admin/checkins/export/csv/").text
    assert office.desk("city").count("/admin/checkins/?state=accepted") == 2


@ONE_DATABASE
def test_a_keeper_sees_the_own_station_and_closes_it_and_no_more(
    office: Office, city: City, inside: Station, outside: Station
) -> None:
    city.visit(inside)
    city.visit(outside)
    desk = office.desk("keeper")
    assert desk.count("/admin/stations/") == 1
    assert desk.count("/admin/checkins/") == 1
    assert desk.get("/admin/stations/details/", id=outside.id).status_code == 404
    assert desk.get("/admin/stations/edit/", id=inside.id).status_code == 403
    assert desk.get("/admin/stations/act/withdraw/", id=inside.id).status_code == 403
    answer = desk.post("/admin/stations/act/pause/", {"id": inside.id, "reason_zh": "检修", "reason_en": "Repairs"})
    assert answer.status_code == 303
    assert desk.count("/admin/stations/?state=paused") == 1


@ONE_DATABASE
def test_an_auditor_reads_all_and_changes_nothing(office: Office, inside: Station, outside: Station) -> None:
    desk = office.desk("auditor")
    assert desk.count("/admin/stations/") == 2
    for path, data in (
        (f"/admin/stations/edit/?id={inside.id}", {"name_zh": "x"}),
        ("/admin/stations/new/", {"code": "X"}),
        ("/admin/stations/act/withdraw/", {"id": inside.id, "reason": "x"}),
        ("/admin/stations/inline/", {"id": inside.id, "name": "phone", "value": "110"}),
        ("/admin/services/new/", {"code": "x"}),
        ("/admin/staff/new/", {"login": "x"}),
    ):
        assert desk.post(path, data).status_code in (403, 422), path
    row = db.session.get(Station, inside.id, populate_existing=True)
    assert row is not None
    assert (row.state, row.phone, row.name_zh) == ("open", None, "栈桥驿站")


def test_staff_of_another_district_or_above_are_not_found(office: Office, inside: Station) -> None:
    desk = office.desk("shinan")
    above = office.desk("city").staff_id
    beside = office.desk("laoshan").staff_id
    below = make_staff("keeper.two", "station_keeper", "station:ZHANQIAO")
    assert desk.get("/admin/staff/details/", id=below).status_code == 200
    for other in (above, beside):
        for route in ("details/", "edit/", "act/disable/"):
            same_as_unknown(desk, f"/admin/staff/{route}?id={other}", f"/admin/staff/{route}?id=999999")
    assert desk.count("/admin/staff/") == 2
    assert "city.one" not in desk.get("/admin/staff/export/csv/").text


def test_somebody_with_a_role_in_two_districts_belongs_to_neither_admin(app: Flask, office: Office) -> None:
    both = make_staff("both.two", "auditor", "district:370202")
    answer = office.desk("city").post(
        "/admin/staff/act/grant/", {"id": both, "role": "auditor", "scope": "district:370212"}
    )
    assert answer.status_code == 303
    assert office.desk("shinan").get("/admin/staff/details/", id=both).status_code == 404
    assert seat(app, both).count("/admin/stations/") == 0


@ONE_DATABASE
def test_an_odd_id_is_simply_not_found(office: Office, inside: Station) -> None:
    desk = office.desk("city")
    for odd in ("", "0", "-1", "1e3", "10" * 12, "2147483648", "1 OR 1=1", "１", "None", "1,2"):
        for path in (
            "stations/details/",
            "stations/edit/",
            "stations/act/close/",
            "checkins/details/",
            "audit/details/",
        ):
            assert desk.get(f"/admin/{path}", id=odd).status_code == 404, (path, odd)
