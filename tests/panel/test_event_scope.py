"""Events in the panel: whose one may see and change, and what is typed into them stays text."""

from __future__ import annotations

from flask import Flask

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.events.models import Event, Shift
from app.orgs import service as offices
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office, make_staff, seat
from tests.panel.test_events import DAY, form

pytestmark = ONE_DATABASE


def pages_of(event: Event, shift: Shift) -> list[str]:
    return [
        f"details/?id={event.id}", f"edit/?id={event.id}", f"position/?id={event.id}",
        f"shift/?id={event.id}&position={shift.position_id}", f"shift/?id={event.id}&shift={shift.id}",
        f"pattern/?id={event.id}&position={shift.position_id}", f"act/cancel/?id={event.id}",
        f"act/cancel_shift/?id={event.id}&shift={shift.id}",
    ]  # fmt: skip


def test_an_event_out_of_scope_is_not_found_anywhere(office: Office, city: City) -> None:
    inside, outside = city.event(), city.event(district_id=city.district_id("370212"), title_zh="崂山的")
    own, other = city.shift(inside), city.shift(outside)
    desk = office.desk("shinan")
    for page in pages_of(inside, own):
        assert desk.get(f"/admin/events/{page}").status_code == 200, page
    for page in pages_of(outside, other):
        assert desk.get(f"/admin/events/{page}").status_code == 404, page
        path, _, query = page.partition("?")
        if path == "details/":
            continue
        sent = {"id": outside.id, "reason_zh": "x", "reason_en": "x", "shift": other.id}
        assert desk.post(f"/admin/events/{path}?{query}", sent).status_code == 404, page
    assert desk.count("/admin/events/") == 1
    for page in ("", "board/", "calendar/", "export/csv/"):
        assert "崂山的" not in desk.get(f"/admin/events/{page}").text, page
    beside = city.shift(city.event(title_zh="同区的"))
    for foreign in (other, beside):
        sent = {"id": inside.id, "shift": foreign.id, "reason_zh": "x", "reason_en": "x"}
        assert desk.post("/admin/events/act/cancel_shift/", sent).status_code == 404, "a shift of another event"


def test_what_one_may_only_read_one_cannot_change(app: Flask, office: Office, city: City) -> None:
    city.station()
    event = city.event()
    shift = city.shift(event)
    leader = seat(app, make_staff("zhao.qin", "event_leader", f"event:{event.public_id}"))
    for desk in (office.desk("auditor"), office.desk("local_auditor"), leader):
        assert desk.get("/admin/events/details/", id=event.id).status_code == 200
        for page in pages_of(event, shift)[1:]:
            path, _, query = page.partition("?")
            assert desk.get(f"/admin/events/{page}").status_code == 403, page
            sent = {"id": event.id, "reason_zh": "x", "reason_en": "x", "shift": shift.id}
            assert desk.post(f"/admin/events/{path}?{query}", sent).status_code == 403, page
        assert desk.post("/admin/events/new/", form(city)).status_code == 403
    db.session.rollback()
    row = db.session.get(Shift, shift.id, populate_existing=True)
    assert row is not None
    assert row.state == "open"


def test_an_organisation_plans_its_own_events_only(app: Flask, office: Office, city: City) -> None:
    with unit_of_work():
        host = offices.save_organisation(
            SYSTEM, None, data={"name_zh": "志愿者协会", "name_en": "Volunteers", "kind": "partner"}, at=clock.now()
        )
    city.event(title_zh="别人的")
    desk: Desk = seat(app, make_staff("qian.li", "org_admin", f"org:{host.id}"))
    assert desk.get("/admin/").status_code == 200
    assert desk.count("/admin/events/") == 0
    assert desk.post("/admin/events/new/", form(city)).status_code == 404
    assert desk.post("/admin/events/new/", form(city, organisation_id=str(host.id))).status_code == 303
    assert desk.count("/admin/events/") == 1


def test_a_keeper_sees_the_duty_at_the_own_station(office: Office, city: City) -> None:
    station = city.station()
    city.shift(city.event(station_id=station.id, title_zh="本站值班"))
    city.shift(city.event(title_zh="别处活动"))
    desk = office.desk("keeper")
    assert desk.count("/admin/events/") == 1
    assert "别处活动" not in desk.get("/admin/events/calendar/").text


def test_nothing_typed_into_an_event_runs_or_breaks_its_pages(office: Office, city: City) -> None:
    evil = '<script>alert(1)</script>"><img src=x>'
    event = city.event(title_zh=evil[:60], place_zh=evil, contact=evil, cancel_reason_zh=evil)
    city.shift(event, title_zh=evil[:60])
    desk = office.desk("city")
    for page in (f"details/?id={event.id}", f"edit/?id={event.id}", "", "board/", "calendar/"):
        assert "<script>alert" not in desk.get(f"/admin/events/{page}").text


def test_a_stations_page_shows_its_duty_and_who_is_missing(office: Office, city: City) -> None:
    station = city.station()
    city.shift(city.event(station_id=station.id, title_zh="周末值班"), min_cover=2)
    city.shift(city.event(station_id=station.id, title_zh="昨天的"), starts_in=-DAY)
    city.shift(city.event(title_zh="别处的"))
    page = office.desk("city").get("/admin/stations/details/", id=station.id).text
    duty = page[page.index('id="duty"') : page.index("最近打卡")]
    assert "周末值班" in duty
    assert "缺 2 人" in duty
    assert "昨天的" not in duty
    assert "别处的" not in duty
    assert "在这里新建" in duty
    form = office.desk("city").get("/admin/events/new/", station=station.id).text
    assert f'<option value="{station.id}" selected>' in form
    assert "在这里新建" not in office.desk("keeper").get("/admin/stations/details/", id=station.id).text


def test_a_district_makes_leaders_of_its_own_events_and_sees_them(app: Flask, office: Office, city: City) -> None:
    inside, outside = city.event(), city.event(district_id=city.district_id("370212"), title_zh="崂山的")
    for event in (inside, outside):
        city.shift(event)
    desk = office.desk("shinan")
    form_page = desk.get("/admin/staff/new/").text
    assert f"event:{inside.public_id}" in form_page
    assert f"event:{outside.public_id}" not in form_page
    assert "机构 · " not in form_page
    words = {"name": "赵琴", "role": "event_leader", "valid_until": ""}
    made = desk.post("/admin/staff/new/", words | {"login": "zhao.qin", "scope": f"event:{inside.public_id}"})
    assert made.status_code == 200
    refused = desk.post("/admin/staff/new/", words | {"login": "sun.li", "scope": f"event:{outside.public_id}"})
    assert refused.status_code == 403
    with unit_of_work():
        host = offices.save_organisation(
            SYSTEM, None, data={"name_zh": "志愿者协会", "name_en": "Volunteers", "kind": "partner"}, at=clock.now()
        )
    wide = desk.post("/admin/staff/new/", words | {"login": "qian.li", "role": "org_admin", "scope": f"org:{host.id}"})
    assert wide.status_code == 403, "an organisation may have events in any district"
    people = desk.get("/admin/staff/").text
    assert "活动负责人 · 栈桥文明引导" in people
    assert office.desk("laoshan").count("/admin/staff/") == 1
