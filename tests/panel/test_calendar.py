"""The calendar's pages: the list, one day's form, the pasted year, and the holidays' row of a station's form."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.stations import work_days
from app.stations.models import WorkDay
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office

PASTE = "2030-01-01,休,元旦,New Year's Day\n2030-01-05,班,元旦调休,Make-up day,周五"
pytestmark = ONE_DATABASE


def days() -> list[date]:
    db.session.rollback()  # what was read before would be read again
    return list(db.session.scalars(select(WorkDay.on_date).order_by(WorkDay.on_date)))


def test_a_pasted_year_is_shown_before_it_is_saved(office: Office) -> None:
    desk = office.desk("city")
    preview = desk.post("/admin/calendar/paste/", {"lines": PASTE})
    assert preview.status_code == 200
    assert "新增 2" in preview.text
    assert "保存 2 天" in preview.text
    assert days() == []
    assert desk.post("/admin/calendar/paste/", {"lines": PASTE, "save": "yes"}).status_code == 303
    assert days() == [date(2030, 1, 1), date(2030, 1, 5)]
    assert desk.count("/admin/calendar/") == 2
    assert desk.count("/admin/calendar/?year=2030&kind=workday") == 1
    assert desk.count("/admin/calendar/?year=2030&kind=holiday") == 1


def test_a_wrong_line_is_named_and_saves_nothing(office: Office) -> None:
    desk = office.desk("city")
    answer = desk.post("/admin/calendar/paste/", {"lines": PASTE + "\n2030-02-30,休,节,Day", "save": "yes"})
    assert answer.status_code == 422
    assert "有 1 行需要修改" in answer.text
    assert "2030-02-30,休,节,Day" in answer.text
    assert days() == []


def test_a_day_is_added_changed_and_removed_by_hand(office: Office) -> None:
    desk = office.desk("city")
    typed = {"on_date": "2030-01-05", "kind": "workday", "name_zh": "调休", "name_en": "Day", "stands_for": "0"}
    assert "要写明替周几" in desk.post("/admin/calendar/new/", typed | {"stands_for": ""}).text
    assert desk.post("/admin/calendar/new/", typed).status_code == 303
    row = db.session.scalars(select(WorkDay)).one()
    assert desk.post("/admin/calendar/edit/", typed | {"stands_for": "4"}, id=row.id).status_code == 303
    db.session.rollback()
    assert row.stands_for == 4
    assert "按周五的时间" in desk.get("/admin/calendar/").text
    assert "恢复为普通的星期几" in desk.get("/admin/calendar/act/remove/", id=row.id).text
    assert desk.post("/admin/calendar/act/remove/", {"id": str(row.id)}).status_code == 303
    assert days() == []
    assert "移除日历的一天" in desk.get("/admin/audit/").text


def test_a_district_reads_the_calendar_and_does_not_write_it(office: Office) -> None:
    desk = office.desk("shinan")
    assert "粘贴一年" not in desk.get("/admin/calendar/").text
    assert desk.get("/admin/calendar/paste/").status_code == 403
    assert desk.post("/admin/calendar/paste/", {"lines": PASTE, "save": "yes"}).status_code == 403
    assert days() == []


def test_hours_of_holidays_are_typed_in_the_grid_and_marked_on_a_holiday(office: Office, city: City) -> None:
    station, desk = city.station(), office.desk("city")
    form = desk.get("/admin/stations/edit/", id=station.id).text
    typed = dict(re.findall(r'name="([a-z]+-\d+-[a-z_]+)" value="([^"]*)"', form))
    typed |= {one: str(getattr(station, one)) for one in ("name_zh", "name_en", "kind", "district_id", "coord_quality")}
    typed |= {"opening-h-state": "open", "opening-h-opens": "10:00", "opening-h-closes": "16:00"}
    saved = desk.post("/admin/stations/edit/", typed | {"coord_sys": "wgs84"}, id=station.id)
    assert saved.status_code == 303, saved.text
    again = desk.get("/admin/stations/edit/", id=station.id).text
    assert 'name="opening-h-opens" value="10:00"' in again
    today = clock.business_date(clock.now())
    day = {"on_date": today, "kind": "holiday", "name_zh": "示例节", "name_en": "Day", "stands_for": None}
    with unit_of_work():
        work_days.save_day(SYSTEM, None, data=day, at=clock.now())
    page = desk.get("/admin/stations/details/", id=station.id).text
    assert re.search(r'<tr class="today"><th scope="row">节假日', page)
    assert page.count('<tr class="today">') == 1
    assert "示例节 · " in page
    assert "节假日 10:00–16:00" in desk.get("/admin/audit/").text + page
