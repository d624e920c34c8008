"""Whatever moves a sign-up tells its volunteer in the same unit, and the leader where nobody may be offered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import jobs
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.core.outbox import OutboxRow
from app.events import authoring, signups
from app.events.models import Event
from app.inbox.models import Message
from app.orgs import queries as orgs
from tests.builders import City
from tests.events.test_messages import staff
from tests.events.test_signups import NOON, Person, act, apply, people, row_of, states  # noqa: F401

REASONS = {"reason_zh": "大风蓝色预警", "reason_en": "Gale warning"}


@pytest.fixture(autouse=True)
def _by_day() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def told(person: Person) -> list[str]:
    """What somebody was told, oldest first."""
    db.session.rollback()
    return list(
        db.session.scalars(select(Message.kind_code).where(Message.person_id == person[0].id).order_by(Message.id))
    )


def texted(person: Person) -> list[str]:
    """Of what they get a text message."""
    return list(
        db.session.scalars(
            select(OutboxRow.kind_code).where(OutboxRow.person_id == person[0].id).order_by(OutboxRow.id)
        )
    )


def test_seat_queue_offer_and_its_end_are_each_told_once(city: City, people: list[Person]) -> None:  # noqa: F811
    shift = city.shift(capacity=1, at=NOON)
    first, second, third, _ = people
    found = [apply(person, shift) for person in (first, second, third)]
    apply(second, shift)
    assert [told(one) for one in (first, second, third)] == [
        ["signup.confirmed"],
        ["signup.waitlisted"],
        ["signup.waitlisted"],
    ]

    act(signups.cancel, first[0].actor, found[0].public_id)
    jobs.offer_seats(NOON)
    jobs.offer_seats(NOON + timedelta(minutes=1))
    assert told(first) == ["signup.confirmed"], "they know what they did themselves"
    assert (told(second)[1:], told(third)[1:]) == (["signup.offered"], [])

    ended = NOON + timedelta(days=1)
    with clock.frozen(ended):
        jobs.offer_seats(ended)
    assert (told(second)[2:], told(third)[1:]) == (["signup.expired"], ["signup.offered"])
    act(signups.accept, third[0].actor, row_of(third, shift).public_id, at=ended, risk_ack=False)
    act(signups.accept, third[0].actor, row_of(third, shift).public_id, at=ended, risk_ack=False)
    assert told(third)[2:] == ["signup.confirmed"]
    assert (texted(first), texted(second), texted(third)) == ([], ["signup.offered"], ["signup.offered"])


def test_what_staff_decide_is_told(city: City, people: list[Person]) -> None:  # noqa: F811
    shift = city.shift(at=NOON, approval="review")
    first, second, third, fourth = people
    for person in (first, second, third):
        apply(person, shift)
    assert told(first) == [], "who waits for staff saw it on the screen"
    act(signups.approve, SYSTEM, row_of(first, shift).id)
    act(signups.reject, SYSTEM, row_of(second, shift).id, reason="先到的人够了")
    act(signups.cancel_by_staff, SYSTEM, row_of(third, shift).id, reason="重复报名")
    act(signups.invite, SYSTEM, shift.id, fourth[1].id)
    assert [told(one) for one in people] == [
        ["signup.confirmed"],
        ["signup.rejected"],
        ["signup.cancelled"],
        ["signup.invited"],
    ]


def test_a_refused_sign_up_tells_nobody(city: City, people: list[Person]) -> None:  # noqa: F811
    morning, same = city.shift(at=NOON), city.shift(at=NOON)
    apply(people[0], morning)
    with pytest.raises(DomainError):
        apply(people[0], same)
    assert told(people[0]) == ["signup.confirmed"]


def test_a_cancelled_shift_is_told_to_all_on_it_by_text_message_too(city: City, people: list[Person]) -> None:  # noqa: F811
    shift = city.shift(capacity=1, at=NOON)
    for person in people[:2]:
        apply(person, shift)
    act(signups.cancel_shift, SYSTEM, shift.id, data=REASONS)
    for person in people[:2]:
        assert told(person)[1:] == ["shift.cancelled"]
        assert texted(person) == ["shift.cancelled"]
    assert told(people[2]) == []


def test_a_new_place_is_told_to_who_comes_and_a_better_title_is_not(city: City, people: list[Person]) -> None:  # noqa: F811
    shift = city.shift(at=NOON)
    apply(people[0], shift)
    event = db.session.scalars(select(Event)).one()
    for data, expected in (
        ({"title_zh": "栈桥引导"}, []),
        ({"place_zh": "回澜阁", "place_en": "Huilan Pavilion"}, ["shift.changed"]),
    ):
        act(authoring.update_event, SYSTEM, event.id, data=data, seen_version=None)
        assert told(people[0])[1:] == expected
    item = people[0][0].call("GET", "/me/inbox?limit=1").json["items"][0]
    assert "地点：回澜阁" in item["text"]


def test_a_seat_freed_at_two_for_seven_is_offered_to_nobody_and_the_leader_is_told_once(
    city: City,
    people: list[Person],  # noqa: F811
) -> None:
    night = NOON.replace(hour=2) + timedelta(days=1)
    shift = city.shift(capacity=1, at=NOON, starts_in=timedelta(hours=19))
    leader = staff("leader", "event_leader", "event", db.session.scalars(select(Event.id)).one())
    found = [apply(person, shift) for person in people[:2]]

    act(signups.cancel, people[0][0].actor, found[0].public_id, at=night)
    for minutes in (0, 1, 60):
        jobs.offer_seats(night + timedelta(minutes=minutes))

    assert states(people[:2], shift) == ["cancelled_self", "waitlisted"]
    assert told(people[1]) == ["signup.waitlisted"]
    of_staff = db.session.execute(select(Message.staff_id, Message.kind_code).where(Message.staff_id.is_not(None)))
    assert [tuple(row) for row in of_staff] == [(leader, "shift.by_hand")]


def test_an_events_leaders_come_before_its_administrators(city: City) -> None:
    place = {"event_id": 1, "organisation_id": None, "district_id": city.district_id(), "at": NOON}
    assert orgs.list_in_charge(**place) == []
    admin = staff("admin", "city_admin", "city", None)
    assert orgs.list_in_charge(**place) == [admin]
    leader = staff("leader", "event_leader", "event", 1)
    assert orgs.list_in_charge(**place) == [leader]
    with unit_of_work():
        assert orgs.list_in_charge(**{**place, "event_id": 2}) == [admin]
