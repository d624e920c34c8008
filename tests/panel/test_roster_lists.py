"""Notes, sign-in sheets and lists of sign-ups: what leaves a roster, to whom, and how masked."""

from __future__ import annotations

import html
import re

from flask import Flask
from sqlalchemy import select

from app.core.db import db, unit_of_work
from app.events import signups
from app.inbox.models import Message
from app.stations.models import Station
from tests.builders import City
from tests.panel.desk import ONE_DATABASE, Desk, Office
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
    press,
)

pytestmark = ONE_DATABASE


def test_a_note_reaches_each_of_those_chosen_once_and_its_words_are_kept(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(at=NOON)
    first, second, gone = (apply(person, shift) for person in people[:3])
    with unit_of_work():
        signups.cancel(people[2][0].actor, gone.public_id, at=NOON)
    desk = office.desk("shinan")
    asked = press(desk, "note", first, second, gone, confirmed=False)
    key = re.search(r'name="key" value="([^"]+)"', asked.text)
    assert key is not None
    sent = {"text": "请带雨衣", "key": key[1]}
    for _ in range(2):
        assert outcomes(press(desk, "note", first, second, gone, **sent)) == ["left", "done", "done"]
    db.session.rollback()
    told = db.session.scalars(select(Message).where(Message.kind_code == "shift.note")).all()
    assert sorted(one.person_id for one in told) == sorted((people[0][0].id, people[1][0].id))
    (entry,) = audited("signups.note")
    assert (entry.after or {})["note"] == "请带雨衣"
    assert (entry.after or {})["people"] == 2
    assert press(desk, "note", first, text="x" * 201, key="k").status_code == 422
    assert press(desk, "note", first, text=" ", key="k").status_code == 422


def test_a_sheet_is_masked_until_a_reason_is_given_and_the_look_is_kept(
    app: Flask, office: Office, city: City, people: list[Person]
) -> None:
    event = city.event()
    shift = city.shift(event, starts_in=2 * HOUR, at=NOON)
    apply(people[0], shift)
    desk, sheet = office.desk("shinan"), f"/admin/roster/sheet/?id={shift.id}"
    assert NAME not in desk.get(sheet).text
    assert desk.post(sheet, {"reason": ""}).status_code == 422
    assert NAME in desk.post(sheet, {"reason": "现场签到"}).text
    assert NAME not in desk.get(sheet).text
    (entry,) = audited("signups.reveal")
    assert (entry.reason, (entry.after or {})["people"]) == ("现场签到", 1)
    assert NAME not in str(entry.after)
    leader = leader_of(app, event)
    assert "显示完整姓名" not in leader.get(sheet).text
    assert leader.post(sheet, {"reason": "现场签到"}).status_code == 403
    assert people[0][1].volunteer_no in desk.get("/admin/roster/sheet/").text


def test_sign_ups_are_filtered_exported_masked_and_found_by_number(
    office: Office, city: City, people: list[Person]
) -> None:
    shift = city.shift(at=NOON)
    review = city.shift(city.event(category="order"), approval="review", starts_in=100 * HOUR, at=NOON)
    first, second = apply(people[0], shift), apply(people[1], review)
    desk = office.desk("city")
    for query, expected in (
        ("state=confirmed", 1),
        ("state=pending", 1),
        ("via=staff", 0),
        ("category=order", 1),
        ("approval=review", 1),
        ("late=yes", 0),
        ("district=370202", 2),
        (f"shift={shift.public_id}", 1),
        (f"volunteer={people[0][1].volunteer_no}", 1),
        (f"q={people[1][1].volunteer_no}", 1),
        (f"q={first.public_id}", 1),
        ("q=栈桥", 2),
        ("from=2026-11-29", 1),
    ):
        assert desk.count(f"/admin/signups/?{query}") == expected, query
    sheet = desk.get("/admin/signups/export/csv/?state=pending").text
    assert second.public_id in sheet
    assert first.public_id not in sheet
    assert "张*" in sheet
    assert NAME not in sheet
    assert NAME not in desk.get("/admin/signups/").text
    assert "报名时间" in desk.get("/admin/signups/details/", id=first.id).text


def test_a_volunteers_page_lists_their_sign_ups_within_ones_scope(
    app: Flask, office: Office, city: City, people: list[Person]
) -> None:
    first = apply(people[0], city.shift(at=NOON))
    shown = html.unescape(office.desk("city").get("/admin/volunteers/details/", id=people[0][1].id).text)
    assert f"/admin/signups/details/?id={first.id}" in shown


def test_the_page_of_an_event_leads_to_the_rosters_that_one_may_see(office: Office, city: City, pier: Station) -> None:
    event = city.event(station_id=pier.id)
    today, later = (city.shift(event, starts_in=when, at=NOON) for when in (2 * HOUR, 48 * HOUR))

    def led_to(desk: Desk) -> list[int]:
        text = html.unescape(desk.get("/admin/events/details/", id=event.id).text)
        return [int(number) for number in re.findall(r"/admin/roster/details/\?id=(\d+)", text)]

    assert led_to(office.desk("city")) == [today.id, later.id]
    assert led_to(office.desk("keeper")) == [today.id]


def test_a_draft_has_no_roster(office: Office, city: City) -> None:
    event = city.event(state="draft", published_at=None)
    shift = city.shift(event, starts_in=2 * HOUR, at=NOON)
    desk = office.desk("city")
    assert "/admin/roster/details/" not in desk.get("/admin/events/details/", id=event.id).text
    assert listed(desk, when="all") == []
    assert desk.get("/admin/roster/details/", id=shift.id).status_code == 404


def test_all_rosters_of_an_event_stand_on_one_page(office: Office, city: City, people: list[Person]) -> None:
    event = city.event()
    first, second = city.shift(event, at=NOON), city.shift(event, starts_in=100 * HOUR, at=NOON)
    apply(people[0], first)
    apply(people[1], second)
    text = office.desk("city").get("/admin/roster/together/", event=event.public_id, when="all").text
    assert people[0][1].volunteer_no in text
    assert people[1][1].volunteer_no in text
