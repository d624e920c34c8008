"""Rosters in the panel: who sees whose people, what staff decide one by one and at once, and what a sheet shows."""

from __future__ import annotations

import html
import re

from flask import Flask

from app.core.db import db, unit_of_work
from app.events import signups
from app.events.models import Shift
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Office
from tests.panel.rosters import (  # noqa: F401 -- fixtures among them
    HOUR,
    NAME,
    NOON,
    Person,
    apply,
    audited,
    four_people,
    held_at_noon,
    leader_of,
    listed,
    old_pier,
    outcomes,
    page,
    part,
    press,
    row,
    states,
)
from tests.panel.test_scope import same_as_unknown

pytestmark = ONE_DATABASE


def test_the_roster_shows_who_comes_who_waits_in_order_and_what_is_missing(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(capacity=2, min_cover=2, starts_in=5 * HOUR, at=NOON)
    first, second, third, fourth = (apply(person, shift) for person in people)
    text = page(office.desk("city"), shift)
    assert part(text, "confirmed") == [first.id, second.id]
    assert part(text, "waitlisted") == [third.id, fourth.id]
    assert "第 1 位" in text
    assert people[0][1].volunteer_no in text
    assert "张*" in text
    assert NAME not in text
    assert "才到最少在岗" not in text
    with unit_of_work():
        signups.cancel(people[0][0].actor, first.public_id, at=NOON)
        signups.cancel(people[1][0].actor, second.public_id, at=NOON)
    text = page(office.desk("city"), shift)
    assert part(text, "offered") == [third.id, fourth.id]
    assert "还剩 1 小时 15 分" in text
    assert "已离开名单的" in text
    with unit_of_work():
        signups.decline(people[2][0].actor, third.public_id, at=NOON)
    assert "还缺 <strong>1</strong> 人" in page(office.desk("city"), shift)


def test_without_a_word_the_list_is_todays_and_the_dashboard_counts_it(
    office: Office, city: City, people: list[Person]
) -> None:
    today = city.shift(starts_in=2 * HOUR, at=NOON)
    tomorrow = city.shift(starts_in=24 * HOUR, at=NOON)
    review = city.shift(starts_in=48 * HOUR, approval="review", at=NOON)
    apply(people[0], review)
    desk = office.desk("shinan")
    assert listed(desk) == [today.id]
    assert listed(desk, when="tomorrow") == [tomorrow.id]
    assert listed(desk, when="all") == [today.id, tomorrow.id, review.id]
    assert listed(desk, q="栈桥") == [today.id, tomorrow.id, review.id]
    front = html.unescape(desk.get("/admin/").text)
    number = re.search(r'href="(/admin/roster/[^"]*)" data-number="(\d+)"', front)
    assert number is not None
    assert int(number[2]) == desk.count(number[1]) == 1
    assert f"/admin/roster/details/?id={today.id}" in front, "two taps from the first page"
    waiting = re.search(r'href="(/admin/signups/[^"]*state=pending[^"]*)" data-number="(\d+)"', front)
    assert waiting is not None
    assert int(waiting[2]) == desk.count(waiting[1]) == 1


def test_filters_of_shifts_find_what_staff_must_do(
    office: Office, city: City, people: list[Person], pier: Station
) -> None:
    short = city.shift(city.event(station_id=pier.id), capacity=3, min_cover=2, at=NOON)
    full = city.shift(city.event(category="order"), capacity=1, starts_in=90 * HOUR, at=NOON)
    for person in people[:2]:
        apply(person, full)
    review = city.shift(approval="review", starts_in=120 * HOUR, at=NOON)
    apply(people[0], review)
    desk = office.desk("city")
    for query, expected in (
        ({"need": "short"}, [short.id]),
        ({"need": "full"}, [full.id]),
        ({"need": "waitlisted"}, [full.id]),
        ({"need": "pending"}, [review.id]),
        ({"need": "free"}, [short.id, review.id]),
        ({"need": "by_hand"}, []),
        ({"category": "order"}, [full.id]),
        ({"station": "ZHANQIAO"}, [short.id]),
        ({"district": "370212"}, []),
        ({"state": "cancelled"}, []),
    ):
        assert listed(desk, when="all", **query) == expected, query
    assert listed(desk, **{"from": "2026-11-30"}) == [review.id]


def test_a_keeper_sees_the_own_stations_people_of_today_and_decides_nothing(
    app: Flask, office: Office, city: City, people: list[Person], pier: Station
) -> None:
    event = city.event(station_id=pier.id)
    today, later = (city.shift(event, starts_in=when, at=NOON) for when in (2 * HOUR, 48 * HOUR))
    elsewhere = city.shift(starts_in=2 * HOUR, at=NOON)
    own, other, far = (apply(people[n], shift) for n, shift in enumerate((today, later, elsewhere)))
    desk = office.desk("keeper")
    assert listed(desk, when="all") == [today.id]
    text = page(desk, today)
    assert part(text, "confirmed") == [own.id]
    assert NAME not in text
    assert 'name="ids"' not in text
    assert "/act/" not in text.split('<main id="main"')[1]
    for path in ("roster/details/", "roster/sheet/", "roster/capacity/"):
        for hidden in (later, elsewhere):
            same_as_unknown(desk, f"/admin/{path}?id={hidden.id}", f"/admin/{path}?id=999999")
    for hidden in (other, far):
        same_as_unknown(desk, f"/admin/signups/details/?id={hidden.id}", "/admin/signups/details/?id=999999")
    assert desk.count("/admin/signups/") == 1
    assert desk.post("/admin/signups/act/cancel/", {"id": own.id, "reason": "x"}).status_code == 403
    assert "请先勾选" in desk.get(press(desk, "cancel", own, reason="x").headers["Location"]).text
    assert states(own, other, far) == ["confirmed"] * 3


def test_another_district_and_another_event_answer_like_nothing(
    app: Flask, office: Office, city: City, people: list[Person]
) -> None:
    event = city.event()
    shift, beside = city.shift(event, at=NOON), city.shift(starts_in=100 * HOUR, at=NOON)
    own, other = apply(people[0], shift), apply(people[0], beside)
    leader = leader_of(app, event)
    assert listed(leader, when="all") == [shift.id]
    assert leader.count("/admin/signups/") == 1
    assert part(page(leader, shift), "confirmed") == [own.id]
    for desk, hidden, person in ((leader, beside, other), (office.desk("laoshan"), shift, own)):
        for path in ("roster/details/", "roster/act/add/", "roster/sheet/", "roster/capacity/"):
            same_as_unknown(desk, f"/admin/{path}?id={hidden.id}", f"/admin/{path}?id=999999")
        cancel = "/admin/signups/act/cancel/"
        same_as_unknown(desk, cancel, cancel, "POST", {"id": str(person.id), "reason": "x"})
        assert press(desk, "cancel", person, reason="x").status_code == 303
        assert hidden.public_id not in desk.get("/admin/roster/export/csv/", when="all").text
        assert person.public_id not in desk.get("/admin/signups/export/csv/").text
    assert states(own, other) == ["confirmed", "confirmed"]


def test_the_auditor_reads_rosters_and_changes_nothing(office: Office, city: City, people: list[Person]) -> None:
    shift = city.shift(approval="review", at=NOON)
    wish = apply(people[0], shift)
    desk = office.desk("auditor")
    assert part(page(desk, shift), "pending") == [wish.id]
    assert desk.post("/admin/signups/act/approve/", {"id": wish.id}).status_code == 403
    assert press(desk, "approve", wish).status_code == 303
    assert desk.post("/admin/roster/capacity/", {"id": shift.id, "capacity": "3"}).status_code == 403
    assert desk.post(f"/admin/roster/sheet/?id={shift.id}", {"reason": "看看"}).status_code == 403
    assert states(wish) == ["pending"]


def test_several_are_approved_at_once_and_the_report_says_why_one_was_not(
    office: Office, city: City, people: list[Person]
) -> None:
    review = city.shift(approval="review", at=NOON)
    wishes = [apply(person, review) for person in people[:3]]
    instant = city.shift(at=NOON)
    apply(people[1], instant)
    desk = office.desk("shinan")
    asked = press(desk, "approve", *wishes, confirmed=False)
    assert "通过 3 人" in asked.text
    assert states(*wishes) == ["pending"] * 3
    done = press(desk, "approve", *wishes)
    assert outcomes(done) == ["left", "done", "done"]
    assert "时间重叠" in done.text
    assert states(*wishes) == ["confirmed", "pending", "confirmed"]
    assert len(audited("signups.approve")) == 2


def test_what_changed_meanwhile_is_reported_and_nothing_else_is_undone(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(approval="review", at=NOON)
    wishes = [apply(person, shift) for person in people[:2]]
    with unit_of_work():
        signups.cancel(people[0][0].actor, wishes[0].public_id, at=NOON)
    done = press(office.desk("city"), "reject", *wishes, reason="人数够了")
    assert outcomes(done) == ["left", "done"]
    assert "状态刚刚变了" in done.text
    assert states(*wishes) == ["cancelled_self", "rejected"]
    assert row(wishes[1].id).reason == "人数够了"


def test_a_bulk_decision_needs_its_reason_and_nobody_chosen_is_said(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(approval="review", at=NOON)
    wish = apply(people[0], shift)
    desk = office.desk("city")
    assert press(desk, "reject", wish, reason="").status_code == 422
    assert press(desk, "reject", reason="x").status_code == 303
    assert press(desk, "delete", wish).status_code == 404
    assert states(wish) == ["pending"]


def test_nothing_is_decided_without_the_form_of_ones_own_page(office: Office, city: City, people: list[Person]) -> None:
    shift = city.shift(approval="review", at=NOON)
    wish = apply(people[0], shift)
    desk = office.desk("city")
    for path, data in (
        ("/admin/signups/bulk/", {"what": "approve", "ids": wish.id, "confirmed": "yes"}),
        ("/admin/signups/act/approve/", {"id": wish.id}),
        ("/admin/roster/capacity/", {"id": shift.id, "capacity": "3"}),
        (f"/admin/roster/sheet/?id={shift.id}", {"reason": "印表"}),
    ):
        assert desk.client.post(path, data=data).status_code == 400, path
    assert states(wish) == ["pending"]


def test_a_leader_fills_a_free_seat_from_the_queue_by_hand(app: Flask, city: City, people: list[Person]) -> None:
    event = city.event()
    shift = city.shift(event, capacity=1, starts_in=2 * HOUR, at=NOON)
    seated, *waiting = (apply(person, shift) for person in people[:3])
    leader = leader_of(app, event)
    assert outcomes(press(leader, "promote", waiting[1])) == ["left"]
    with unit_of_work():
        signups.cancel(people[0][0].actor, seated.public_id, at=NOON)
    text = page(leader, shift)
    assert "系统不再自动发出" in text
    assert leader.post("/admin/signups/act/promote/", {"id": waiting[1].id}).status_code == 303
    assert states(seated, *waiting) == ["cancelled_self", "waitlisted", "confirmed"]


def test_in_a_reviewed_position_staff_offer_the_seat(office: Office, city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, approval="review", at=NOON)
    first = apply(people[0], shift)
    desk = office.desk("city")
    desk.post("/admin/signups/act/approve/", {"id": first.id})
    second = apply(people[1], shift)
    assert states(first, second) == ["confirmed", "waitlisted"]
    desk.post("/admin/signups/act/cancel/", {"id": first.id, "reason": "生病"})
    assert states(second) == ["waitlisted"]
    assert desk.post("/admin/signups/act/offer/", {"id": second.id}).status_code == 303
    assert states(second) == ["offered"]


def test_somebody_is_added_by_number_through_the_same_checks_and_all_reasons_show(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(qualifications=["first_aid"], min_age=40, at=NOON)
    number = people[0][1].volunteer_no
    desk = office.desk("city")
    refused = desk.post("/admin/roster/act/add/", {"id": shift.id, "number": number})
    assert refused.status_code == 422
    assert "年满 40 周岁" in refused.text
    assert "急救" in refused.text
    plain = city.shift(starts_in=100 * HOUR, at=NOON)
    spaced = f"{number[:3]} {number[3:]}"
    assert desk.post("/admin/roster/act/add/", {"id": plain.id, "number": spaced}).status_code == 303
    assert len(part(page(desk, plain), "confirmed")) == 1
    for wrong, words in ((number[:-1] + str((int(number[-1]) + 1) % 10), "校验位"), ("", "校验位")):
        answer = desk.post("/admin/roster/act/add/", {"id": plain.id, "number": wrong})
        assert answer.status_code == 422
        assert words in answer.text
    again = desk.post("/admin/roster/act/invite/", {"id": plain.id, "number": number})
    assert again.status_code == 409


def test_less_capacity_says_beforehand_whom_it_would_drop_and_drops_nobody(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(capacity=3, at=NOON)
    for person in people[:3]:
        apply(person, shift)
    desk = office.desk("city")
    shown = html.unescape(desk.get("/admin/roster/capacity/", id=shift.id, capacity="2").text)
    assert "还要取消 1 人" in shown
    assert people[2][1].volunteer_no in shown
    refused = desk.post("/admin/roster/capacity/", {"id": shift.id, "capacity": "2"})
    assert refused.status_code == 409
    assert people[0][1].volunteer_no in refused.text
    assert row_of(shift).capacity == 3
    more = html.unescape(desk.get("/admin/roster/capacity/", id=shift.id, capacity="5").text)
    assert "空名额从 0 个变成 2 个" in more
    assert desk.post("/admin/roster/capacity/", {"id": shift.id, "capacity": "5"}).status_code == 303
    assert row_of(shift).capacity == 5
    for typed in ("0", "5001", "x", "-1", "1e3"):
        assert desk.post("/admin/roster/capacity/", {"id": shift.id, "capacity": typed}).status_code == 422, typed


def row_of(shift: Shift) -> Shift:
    db.session.rollback()
    return db.session.get_one(Shift, shift.id, populate_existing=True)
