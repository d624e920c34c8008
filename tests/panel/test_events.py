"""Events in the panel: one page from nothing to handed in, two people to publish, plans, calendar, board and scope."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.clock import business_date, city_time
from app.core.db import db, unit_of_work
from app.events import programme, signups
from app.events.models import Event, Position, Shift, ShiftTemplate
from app.events.programme import Phase
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office, make_staff, seat

pytestmark = ONE_DATABASE
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def typed_time(at: datetime) -> str:
    return city_time(at).strftime("%Y-%m-%dT%H:%M")


def form(city: City, **changes: Any) -> dict[str, Any]:
    """What somebody types on the page of a new event."""
    starts = clock.now() + 3 * DAY
    return {
        "title_zh": "海边捡拾", "title_en": "Beach clean-up", "category": "environment",
        "district_id": str(city.district_id()), "station_id": "", "organisation_id": "",
        "place_zh": "第一海水浴场", "place_en": "First bathing beach",
        "summary_zh": "一起把海滩收拾干净", "summary_en": "Clean the beach together",
        "requirements_zh": "年满 16 岁", "requirements_en": "16 or older",
        "risk_note_zh": "礁石湿滑", "risk_note_en": "Slippery rocks", "contact": "0532-0000",
        "position_zh": "捡拾员", "position_en": "Picker", "approval": "instant",
        "starts_at": typed_time(starts), "ends_at": typed_time(starts + 3 * HOUR), "capacity": "20", "min_cover": "5",
    } | changes  # fmt: skip


def only_event() -> Event:
    db.session.rollback()
    return db.session.scalars(programme.whole().execution_options(populate_existing=True)).one()


def test_one_page_plans_an_event_and_hands_it_in_and_a_colleague_publishes_it(
    app: Flask, office: Office, city: City
) -> None:
    author = office.desk("shinan")
    assert author.post("/admin/events/new/", form(city, submit="yes")).status_code == 303
    event = only_event()
    shift = programme.open_shifts(event)[0]
    assert (event.state, shift.capacity, shift.min_cover, event.positions[0].title_zh) == ("in_review", 20, 5, "捡拾员")
    assert "请另一位同事核对后发布" in author.get("/admin/events/details/", id=event.id).text
    refused = author.post("/admin/events/act/publish/", {"id": event.id})
    assert refused.status_code == 409
    assert "活动不能由起草人自己发布" in refused.text
    colleague = seat(app, make_staff("wang.nan", "district_admin", "district:370202"))
    assert "某人起草，1 个班次，共 20 个名额" in colleague.get("/admin/events/act/publish/", id=event.id).text
    assert colleague.post("/admin/events/act/publish/", {"id": event.id}).status_code == 303
    assert only_event().state == "published"
    assert app.test_client().get(f"/api/v1/events/{event.public_id}").status_code == 200


def test_a_draft_says_what_it_still_lacks_and_a_thin_form_is_kept_as_typed(office: Office, city: City) -> None:
    desk = office.desk("city")
    thin = form(
        city, risk_note_zh="", risk_note_en="", contact="", position_zh="", position_en="", starts_at="", ends_at=""
    )
    refused = desk.post("/admin/events/new/", thin | {"submit": "yes"})
    assert refused.status_code == 422
    assert "招募前要告知可能的风险" in refused.text
    assert "还没有岗位，请先添加" in refused.text
    assert 'value="海边捡拾"' in refused.text
    assert desk.count("/admin/events/") == 0
    assert desk.post("/admin/events/new/", thin).status_code == 303
    page = desk.get("/admin/events/details/", id=only_event().id).text
    assert "发布前还差" in page
    assert "请写明联系方式" in page


def test_mistakes_in_the_first_shift_stand_at_their_fields(office: Office, city: City) -> None:
    answer = office.desk("city").post("/admin/events/new/", form(city, position_en="", capacity="0"))
    assert answer.status_code == 422
    assert re.search(r'id="position_en-problems"', answer.text)
    answer = office.desk("city").post("/admin/events/new/", form(city, capacity="many", min_cover="-1"))
    assert {"capacity", "min_cover"} <= set(re.findall(r'id="(\w+)-problems"', answer.text))
    assert office.desk("city").count("/admin/events/") == 0


def test_of_two_who_edit_the_second_sees_what_the_first_changed(office: Office, city: City) -> None:
    event = city.event()
    city.shift(event)
    first, second = office.desk("city"), office.desk("shinan")
    page = second.get("/admin/events/edit/", id=event.id).text
    seen = dict(re.findall(r'name="(seen_\w+)" value="(\d+)"', page))
    own = {name: getattr(event, name) or "" for name in programme.FIELDS if name != "no_particular_risk"}
    own["no_particular_risk"] = "yes"
    assert first.post("/admin/events/edit/", own | {"contact": "0532-1111"}, id=event.id).status_code == 303
    clash = second.post("/admin/events/edit/", own | {"contact": "0532-2222"} | seen, id=event.id)
    assert clash.status_code == 409
    assert "0532-1111" in clash.text
    assert 'value="0532-2222"' in clash.text
    assert only_event().contact == "0532-1111"


# --- positions, shifts, patterns ---------------------------------------------------------------------


def test_positions_and_shifts_are_planned_on_pages_of_their_own(office: Office, city: City) -> None:
    event = city.event(state="draft", published_at=None)
    desk = office.desk("city")
    words = {"title_zh": "讲解员", "title_en": "Guide", "approval": "review", "min_age": "18"}
    where = {"id": event.id}
    assert desk.post("/admin/events/position/", words | {"qualifications": "english"}, **where).status_code == 303
    db.session.rollback()
    position = db.session.scalars(select(Position)).one()
    assert (position.approval, position.min_age, position.qualifications) == ("review", 18, ["english"])
    starts = clock.now() + DAY
    times = {
        "starts_at": typed_time(starts),
        "ends_at": typed_time(starts + 2 * HOUR),
        "capacity": "4",
        "min_cover": "1",
    }
    place = where | {"position": position.id}
    again = desk.post("/admin/events/shift/", times | {"again": "yes"}, **place)
    assert again.status_code == 303
    assert "/shift/" in again.location
    db.session.rollback()
    shift = db.session.scalars(select(Shift)).one()
    page = desk.get("/admin/events/details/", **where).text
    assert "满 18 周岁" in page
    assert "英语" in page
    changed = desk.post("/admin/events/shift/", times | {"capacity": "6", "seen_version": "1"}, **where, shift=shift.id)
    assert changed.status_code == 303
    stale = desk.post("/admin/events/shift/", times | {"capacity": "9", "seen_version": "1"}, **where, shift=shift.id)
    assert stale.status_code == 409
    assert 'value="9"' in stale.text
    wrong = desk.post("/admin/events/shift/", times | {"ends_at": times["starts_at"]}, **place)
    assert wrong.status_code == 422
    assert "结束要晚于开始" in wrong.text


def test_a_pattern_is_previewed_saved_and_undone(office: Office, city: City) -> None:
    event = city.event()
    shift = city.shift(event)
    desk = office.desk("city")
    first = business_date(clock.now()) + DAY
    typed = {
        "weekdays": [str(n) for n in range(7)], "starts_min": "09:00", "ends_min": "12:00", "from_on": first.isoformat(),
        "until_on": (first + 6 * DAY).isoformat(), "capacity": "4", "min_cover": "2",
    }  # fmt: skip
    where = {"id": event.id, "position": shift.position_id}
    preview = desk.post("/admin/events/pattern/", typed, **where)
    assert preview.status_code == 200
    assert "排 7 个班次" in preview.text
    assert db.session.query(Shift).count() == 1
    assert desk.post("/admin/events/pattern/", typed | {"save": "yes"}, **where).status_code == 303
    db.session.rollback()
    assert db.session.query(Shift).count() == 8
    page = desk.get("/admin/events/details/", id=event.id).text
    assert "每天 09:00–12:00" in page
    assert "缺 14 人" in page
    db.session.rollback()
    pattern = db.session.scalars(select(ShiftTemplate)).one()
    asked = desk.get("/admin/events/act/undo_pattern/", id=event.id, pattern=pattern.id)
    assert "整批移除" in asked.text
    assert desk.post("/admin/events/act/undo_pattern/", {"id": event.id, "pattern": pattern.id}).status_code == 303
    db.session.rollback()
    assert db.session.query(Shift).count() == 1
    wrong = desk.post("/admin/events/pattern/", typed | {"weekdays": [], "starts_min": "25:00"}, **where)
    assert wrong.status_code == 422
    assert {"weekdays", "starts_min"} <= set(re.findall(r'id="(\w+)-problems"', wrong.text))


def test_a_cancellation_says_whom_it_meets_before_it_does(office: Office, city: City) -> None:
    event = city.event()
    shift, other = city.shift(event, capacity=1), city.shift(event, starts_in=5 * DAY)
    for phone in ("13800138001", "13800138002"):
        person, _ = city.volunteer(phone)
        with unit_of_work():
            signups.apply(person.actor, shift.public_id, risk_ack=True, at=clock.now())
    desk = office.desk("city")
    asked = desk.get("/admin/events/act/cancel_shift/", id=event.id, shift=other.id).text
    assert "还没有人占用名额" in asked
    asked = desk.get("/admin/events/act/cancel/", id=event.id).text
    assert "2 个还没结束的班次会一起取消。占用名额的 1 人和候补的 1 人会收到通知。" in asked
    reasons = {"reason_zh": "大风", "reason_en": "Wind"}
    assert desk.post("/admin/events/act/cancel/", {"id": event.id, "reason_zh": "大风"}).status_code == 422
    assert desk.post("/admin/events/act/cancel/", {"id": event.id, **reasons}).status_code == 303
    page = desk.get("/admin/events/details/", id=event.id).text
    assert "已取消：大风" in page
    assert "添加岗位" not in page


def test_a_copy_opens_its_form(office: Office, city: City) -> None:
    event = city.event()
    city.shift(event)
    desk = office.desk("city")
    asked = desk.get("/admin/events/act/copy/", id=event.id).text
    first_on = re.search(r'name="first_on" type="date" value="([\d-]+)"', asked)
    assert first_on
    answer = desk.post("/admin/events/act/copy/", {"id": event.id, "first_on": first_on[1]})
    assert answer.status_code == 303
    assert "/admin/events/edit/" in answer.location
    assert desk.count("/admin/events/?phase=draft&author=me") == 1


# --- lists, calendar, board --------------------------------------------------------------------------


def seven_phases(city: City) -> None:
    city.event(state="draft", published_at=None, title_zh="草稿的")
    city.event(state="in_review", published_at=None, title_zh="待审的")
    city.shift(city.event(title_zh="报名的"), min_cover=2)
    full = city.shift(city.event(title_zh="满了的"), capacity=1)
    with unit_of_work():
        db.session.merge(full).taken = 1
    city.shift(city.event(title_zh="正在的"), starts_in=-HOUR)
    city.shift(city.event(title_zh="过去的"), starts_in=-DAY)
    city.event(state="cancelled", title_zh="取消的", cancel_reason_zh="大风", cancel_reason_en="Wind")


def test_every_number_of_the_board_opens_as_many_rows(office: Office, city: City) -> None:
    seven_phases(city)
    desk = office.desk("city")
    page = desk.get("/admin/events/board/").text
    numbers = re.findall(r'data-number="(\d+)" href="([^"]+)"', page)
    assert len(numbers) == len(Phase)
    for number, url in numbers:
        assert desk.count(html.unescape(url)) == int(number) == 1
    assert "缺 2 人" in page
    assert desk.count("/admin/events/") == len(Phase)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("cover=short", 1), ("places=yes", 1), ("category=guidance", 7), ("category=order", 0), ("district=370202", 7),
        ("district=370212", 0), ("q=满了", 1), ("q=%25", 0), ("author=me", 0), ("from=2099-01-01", 0), ("phase=open", 1),
    ],
)  # fmt: skip
def test_the_filters_of_the_list(office: Office, city: City, query: str, count: int) -> None:
    seven_phases(city)
    assert office.desk("city").count(f"/admin/events/?{query}") == count


def test_the_calendar_shows_a_month_and_a_week_and_leads_on(office: Office, city: City) -> None:
    event = city.event(title_zh="值班")
    shift = city.shift(event, min_cover=3)
    city.shift(city.event(title_zh="没发布", state="draft", published_at=None))
    desk = office.desk("city")
    day = business_date(shift.starts_at)
    for view in ({}, {"view": "week"}):
        page = desk.get("/admin/events/calendar/", on=day.isoformat(), **view).text
        assert "值班" in page
        assert "缺 3" in page
        assert "草稿" in page
    assert "值班" not in desk.get("/admin/events/calendar/", on=(day + 70 * DAY).isoformat()).text
    for odd in ("2026-13-01", "x", "9999-12-31", "0001-01-01"):
        assert desk.get("/admin/events/calendar/", on=odd).status_code == 200


def test_a_full_day_of_the_month_leads_to_its_week(office: Office, city: City) -> None:
    starts = clock.now() + 3 * DAY
    for n in range(6):
        city.shift(city.event(title_zh=f"值班 {n}"), at=starts - 3 * DAY)
    page = office.desk("city").get("/admin/events/calendar/", on=business_date(starts).isoformat()).text
    assert "还有 3 个" in page
    assert f"on={business_date(starts)}&amp;view=week" in page


# --- scope -------------------------------------------------------------------------------------------
