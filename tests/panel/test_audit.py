"""The trail at the desk: found by who, what, when and object; compared; proven."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.audit import queries as audit
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.stations import service as stations
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office


@ONE_DATABASE
def test_a_change_is_shown_with_before_and_after_and_leads_to_the_record_and_back(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    desk.post("/admin/stations/inline/", {"id": station.id, "name": "phone", "value": "0532-1111", "seen_version": 2})
    entry = audit.find_last_change("station", "ZHANQIAO")
    assert entry is not None
    page = desk.get("/admin/audit/details/", id=entry.seq).text
    assert "修改站点" in page
    assert "0532-1111" in page
    assert "city.one" in page
    assert f'href="/admin/stations/details/?id={station.id}"' in page
    back = desk.get("/admin/stations/details/", id=station.id).text
    assert "/admin/audit/?type=station&amp;object=ZHANQIAO" in back
    assert desk.count("/admin/audit/?type=station&object=ZHANQIAO") == 3


def test_filters_by_who_what_when_and_object(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    desk.post("/admin/stations/act/pause/", {"id": station.id, "reason_zh": "检修", "reason_en": "Repairs"})
    expected = {
        "actor=staff:city.one&action=stations.pause": 1, "action=stations.pause": 1, "type=station": 3,
        "object=ZHANQIAO": 3, "object=NOWHERE": 0, "from=2000-01-01&to=2000-01-02": 0, "from=2000-01-01&type=station": 3,
        "q=检修": 1,
    }  # fmt: skip
    assert {query: desk.count(f"/admin/audit/?{query}") for query in expected} == expected


@ONE_DATABASE
def test_an_entry_is_found_by_the_id_of_its_request(office: Office, city: City) -> None:
    station = city.station()
    desk = office.desk("city")
    answer = desk.post("/admin/stations/act/new_poster/", {"id": station.id})
    assert desk.count(f"/admin/audit/?request={answer.headers['X-Request-ID']}") == 1


def test_the_trail_is_verified_up_to_the_newest_entry(office: Office, city: City) -> None:
    city.station()
    desk = office.desk("city")
    assert "链已验证至" not in desk.get("/admin/audit/").text
    head = audit.get_head().seq
    assert desk.post("/admin/audit/verify").status_code == 303
    assert f"链已验证至 #{head}" in desk.get("/admin/audit/").text


def test_a_flipped_entry_is_named(app: Flask, office: Office, city: City) -> None:
    city.station()
    desk = office.desk("city")
    with db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='audit'"))
            for name in names.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET reason = 'forged' WHERE seq = 1"))
    answer = desk.post("/admin/audit/verify")
    assert answer.status_code == 200
    assert "row 1 was changed" in answer.text
    assert "链已验证至" not in desk.get("/admin/audit/").text


@ONE_DATABASE
def test_nothing_in_the_trail_can_be_changed_from_the_panel(office: Office, city: City) -> None:
    city.station()
    desk = office.desk("city")
    for route in ("edit/", "delete/", "new/", "inline/", "act/void/"):
        assert desk.post(f"/admin/audit/{route}", {"id": "1"}).status_code in (404, 405), route


@ONE_DATABASE
def test_a_districts_people_do_not_read_the_trail(office: Office, city: City) -> None:
    station = city.station()
    for who in ("shinan", "keeper", "local_auditor"):
        assert office.desk(who).get("/admin/audit/").status_code == 403
        assert office.desk(who).get("/admin/audit/details/", id=1).status_code == 403
        assert office.desk(who).post("/admin/audit/verify").status_code == 403
    assert "/admin/audit/" not in office.desk("shinan").get("/admin/stations/details/", id=station.id).text


@ONE_DATABASE
def test_markup_in_a_reason_is_text_in_the_trail(office: Office, city: City) -> None:
    station = city.station()
    with unit_of_work():
        stations.withdraw_station(SYSTEM, station.id, reason="<script>alert(1)</script>", at=clock.now())
    desk = office.desk("city")
    entry = audit.find_last_change("station", "ZHANQIAO")
    assert entry is not None
    for path in ("/admin/audit/", f"/admin/audit/details/?id={entry.seq}", f"/admin/stations/details/?id={station.id}"):
        assert "<script>alert" not in desk.get(path).text
