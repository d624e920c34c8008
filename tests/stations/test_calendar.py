"""The holiday and work calendar: one day judged, a pasted year read, both saved and seen by the public."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.clock import business_date
from app.core.db import db, unit_of_work
from app.core.errors import AccessDenied, InvalidInput
from app.stations import work_days
from app.stations.calendar import DAY_TAKEN, day_problems, read_paste
from app.stations.models import OpeningRule, WorkDay
from app.stations.work_days import Step
from tests.builders import City

GOOD: dict[str, Any] = {
    "on_date": date(2030, 1, 5),
    "kind": "workday",
    "name_zh": "示例节调休",
    "name_en": "Make-up day",
    "stands_for": 4,
}


def save(actor: Actor = SYSTEM, **changes: Any) -> WorkDay:
    with unit_of_work():
        return work_days.save_day(actor, None, data=GOOD | changes, at=clock.now())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"on_date": None}, "on_date"),
        ({"on_date": "2030-01-05"}, "on_date"),
        ({"on_date": date(1999, 12, 31)}, "on_date"),
        ({"kind": "feast"}, "kind"),
        ({"name_zh": ""}, "name_zh"),
        ({"name_zh": "节" * 31}, "name_zh"),
        ({"name_en": "\x00"}, "name_en"),
        ({"stands_for": None}, "stands_for"),
        ({"stands_for": 7}, "stands_for"),
        ({"stands_for": "周五"}, "stands_for"),
        ({"kind": "holiday"}, "stands_for"),
    ],
)
def test_what_is_wrong_with_a_day_stands_at_its_field(change: dict[str, Any], field: str) -> None:
    assert set(day_problems(GOOD | change)) == {field}
    assert day_problems(GOOD) == {}
    assert day_problems(GOOD | {"kind": "holiday", "stands_for": None}) == {}


@pytest.mark.parametrize(
    "line",
    [
        "2030-01-05,班,示例节调休,Make-up day,周五",
        "2030/1/5，上班，示例节调休，Make-up day，星期五",
        "2030年1月5日\t调休上班\t示例节调休\tMake-up day\t五",
        '2030.1.5, Workday ,"示例节调休","Make-up day",Friday',
    ],
)
def test_a_line_is_read_however_it_is_written(line: str) -> None:
    (found,) = read_paste(line)
    assert (found.data, found.problems) == (GOOD, {})


@pytest.mark.parametrize(("cell", "weekday"), [("周日", 6), ("星期天", 6), ("周一", 0), ("sun", 6)])
def test_each_name_of_a_weekday_is_known(cell: str, weekday: int) -> None:
    (found,) = read_paste(f"2030-01-05,班,调休,Day,{cell}")
    assert found.data["stands_for"] == weekday


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("2030-02-30,休,节,Day", "on_date"),
        ("soon 1,休,节,Day", "on_date"),
        ("2030-01-01,休假吗,节,Day", "kind"),
        ("2030-01-01,休,节", "name_en"),
        ("2030-01-01,班,调休,Day", "stands_for"),
        ("2030-01-01,班,调休,Day,下周", "stands_for"),
        ("2030-01-01,休,节,Day,周一", "stands_for"),
    ],
)
def test_a_line_that_cannot_be_meant_says_where(line: str, field: str) -> None:
    (found,) = read_paste(line)
    assert set(found.problems) == {field}


def test_titles_and_empty_lines_are_passed_over_and_numbers_stay_those_of_the_paste() -> None:
    found = list(read_paste("\ufeff日期,类型,名称,英文,替周几\r\n\r\n2030-01-01,休,节,Day\r\n2030-01-01,休,节,Day"))
    assert [one.number for one in found] == [3, 4]
    assert [set(one.problems) for one in found] == [set(), {"on_date"}]


def test_a_day_is_saved_changed_and_removed_and_each_leaves_its_trace(city: City) -> None:
    day = save()
    with unit_of_work():
        work_days.save_day(SYSTEM, day.id, data={"name_zh": "元旦调休"}, at=clock.now())
    with unit_of_work():
        work_days.save_day(SYSTEM, day.id, data={"name_zh": "元旦调休"}, at=clock.now())
    with unit_of_work():
        work_days.remove_day(SYSTEM, day.id, at=clock.now())
    trail = list(db.session.execute(select(AuditEntry.action, AuditEntry.object_id).order_by(AuditEntry.seq)))
    assert trail == [("calendar.save", "2030-01-05")] * 2 + [("calendar.remove", "2030-01-05")]
    assert db.session.scalar(select(func.count()).select_from(WorkDay)) == 0


def test_a_day_stands_in_the_calendar_once(city: City) -> None:
    save()
    with pytest.raises(InvalidInput) as refusal:
        save(name_zh="另一个")
    assert refusal.value.fields == {"on_date": [DAY_TAKEN]}


def test_the_table_refuses_a_working_day_without_its_weekday(city: City) -> None:
    for wrong in ({"stands_for": None}, {"kind": "holiday"}, {"stands_for": 7}):
        db.session.add(WorkDay(**(GOOD | wrong)))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_the_table_refuses_hours_without_a_time_and_of_two_kinds_of_day(city: City) -> None:
    station = city.station()
    good = {
        "station_id": station.id,
        "weekday": 0,
        "on_holidays": False,
        "closed": False,
        "opens_min": 0,
        "closes_min": 9,
    }
    for wrong in ({"opens_min": None}, {"closes_min": None}, {"on_holidays": True}, {"weekday": None}):
        db.session.add(OpeningRule(**(good | wrong)))
        with pytest.raises(IntegrityError):
            db.session.flush()
        db.session.rollback()


def test_who_has_no_right_changes_no_calendar(city: City) -> None:
    with pytest.raises(AccessDenied):
        save(actor=Actor("staff", 1, "staff:somebody"))


def test_a_paste_is_saved_whole_or_not_at_all(city: City) -> None:
    save()
    lines = "2030-01-01,休,元旦,New Year\n2030-01-05,班,元旦调休,Make-up day,周五"
    with pytest.raises(InvalidInput), unit_of_work():
        work_days.save_paste(SYSTEM, text=lines + "\n2030-01-06,休,节", at=clock.now())
    assert db.session.scalar(select(func.count()).select_from(WorkDay)) == 1
    assert [one.step for one in work_days.plan_paste(lines)] == [Step.NEW, Step.CHANGED]
    with unit_of_work():
        work_days.save_paste(SYSTEM, text=lines, at=clock.now())
    assert [one.step for one in work_days.plan_paste(lines)] == [Step.SAME, Step.SAME]
    last = db.session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert last is not None
    assert (last.object_id, len(last.before["days"]), len(last.after["days"])) == ("2030-01-01…2030-01-05", 1, 2)
    with unit_of_work():
        work_days.save_paste(SYSTEM, text=lines, at=clock.now())
    assert db.session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq.desc())).first() == last.seq


@pytest.mark.parametrize("text", ["", "日期,类型", "2030-01-01,休,节,Day\n" * 401, "x" * 40_001])
def test_nothing_and_too_much_are_refused(city: City, text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        work_days.plan_paste(text)
    assert set(refusal.value.fields) == {"lines"}


def test_a_holiday_shows_on_the_phone_at_once_and_in_both_languages(client: FlaskClient, city: City) -> None:
    open_all_day = {"weekday": None, "on_date": None, "closed": False, "opens_min": 0, "closes_min": 1440}
    city.station(opening=[{**open_all_day, "on_holidays": True}])
    assert client.get("/api/v1/stations/ZHANQIAO").json["open_state"] == "unknown"
    today = business_date(clock.now())
    save(on_date=today, kind="holiday", name_zh="示例节", name_en="Example Day", stands_for=None)
    save(on_date=today + timedelta(days=1))
    found = client.get("/api/v1/stations/ZHANQIAO", headers={"Accept-Language": "en"}).json
    assert (found["open_state"], found["open_note"]) == ("open", "Example Day · Open now, until 24:00 today.")
    assert found["today"]["special"] == {"kind": "holiday", "name": "Example Day", "weekday": None}
    assert found["opening"] == [
        {"weekday": None, "date": None, "holidays": True, "closed": False, "opens": "00:00", "closes": "24:00"}
    ]
    assert client.get("/api/v1/stations?open_now=true").json["items"][0]["open_note"].startswith("示例节 · ")
