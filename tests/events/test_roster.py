"""What a roster shows, on both databases: parts in their order, qualifications on the day, and whose scope shows what."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE
from app.core.db import db, unit_of_work
from app.core.errors import Text
from app.events import forecast, roster, signups
from app.events.models import Shift, SignUp
from app.events.rules import Approval
from app.orgs.rules import Reach
from tests.builders import City

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)
HOUR = timedelta(hours=1)


def shown(shift: Shift) -> roster.Roster:
    db.session.rollback()
    row = db.session.scalars(select(Shift).where(Shift.id == shift.id).options(*roster.OF_SHIFT)).one()
    return roster.list_rosters([row])[0]


def seen(reach: Reach) -> list[int]:
    return list(db.session.scalars(select(Shift.id).where(roster.within(reach, NOON)).order_by(Shift.id)))


def test_those_who_wait_stand_by_their_number_and_all_others_as_they_came(city: City) -> None:
    with clock.frozen(NOON):
        people = [city.volunteer(f"1380013800{n}") for n in range(4)]
        shift = city.shift(capacity=1, at=NOON)
        for actor in (person[0].actor for person in people):
            with unit_of_work():
                done = signups.apply(actor, shift.public_id, risk_ack=False, at=NOON)
        with unit_of_work():
            signups.cancel(people[1][0].actor, shown(shift).parts["waitlisted"][0].signup.public_id, at=NOON)
        with unit_of_work():
            signups.apply(people[1][0].actor, shift.public_id, risk_ack=False, at=NOON)
        found = shown(shift)
        with unit_of_work():
            db.session.execute(update(SignUp).where(SignUp.volunteer_id == people[2][1].id).values(queue_no=9))
        last = [entry.signup.volunteer_id for entry in shown(shift).parts["waitlisted"]]
    assert done.position == 3
    assert last == [people[3][1].id, people[1][1].id, people[2][1].id], "the number counts, not who came first"
    waiting = [entry.signup.volunteer_id for entry in found.parts["waitlisted"]]
    assert waiting == [people[2][1].id, people[3][1].id, people[1][1].id]
    assert dict(found.counts) == {"confirmed": 1, "waitlisted": 3, "cancelled_self": 1}
    assert (found.expected, found.gone) == (1, 1)
    assert found.parts["confirmed"][0].name == "张*"


def test_a_qualification_is_shown_as_it_stands_when_the_shift_ends(city: City) -> None:
    with clock.frozen(NOON):
        proved = {"first_aid": date(2026, 11, 28), "english": date(2026, 11, 27), "guide": None}
        _, volunteer = city.volunteer(qualifications=proved)
        shift = city.shift(at=NOON)
        with unit_of_work():
            signups.invite(SYSTEM, shift.id, volunteer.id, at=NOON)
        (entry,) = shown(shift).parts["invited"]
    assert [(proof.code, proof.holds, proof.is_asked) for proof in entry.proofs] == [
        ("english", False, False),
        ("first_aid", True, False),
        ("guide", True, False),
    ]


def test_a_stations_keeper_sees_the_shifts_of_the_day_and_others_all_of_theirs(city: City) -> None:
    with clock.frozen(NOON):
        station = city.station(at=NOON)
        event = city.event(station_id=station.id)
        today, night, later = (city.shift(event, starts_in=n * HOUR, hours=3, at=NOON) for n in (2, 11, 30))
        beside = city.shift(starts_in=2 * HOUR, at=NOON)
        city.shift(city.event(state="draft", published_at=None), starts_in=2 * HOUR, at=NOON)
    assert seen(Reach(station_ids=frozenset({station.id}))) == [today.id, night.id]
    assert seen(Reach(event_ids=frozenset({event.id}))) == [today.id, night.id, later.id]
    assert seen(Reach(district_ids=frozenset({city.district_id()}))) == [today.id, night.id, later.id, beside.id]
    assert seen(Reach(city=True)) == [today.id, night.id, later.id, beside.id]
    assert seen(Reach()) == []
    assert roster.count_shifts(Reach(city=True), date(2026, 11, 25), NOON) == 3
    assert [one.id for one in roster.list_today(Reach(city=True), 2, NOON)] == [today.id, beside.id]


def said(shift: Shift, capacity: int, approval: str = "instant", at: datetime = NOON) -> tuple[bool, int, list[Text]]:
    found = forecast.of_capacity(shift, capacity, approval, at)
    return found.is_possible, found.too_many, list(found.sentences)


@pytest.mark.parametrize(
    ("capacity", "approval", "starts_in", "expected"),
    [
        (0, "instant", 48, (False, 0, "1–5,000")),
        (5001, "instant", 48, (False, 0, "1–5,000")),
        (7, "instant", 48, (False, 1, "不能少于已占用")),
        (8, "instant", 48, (False, 0, "最少")),
        (10, "instant", 48, (False, 0, "没有变")),
        (12, "instant", 48, (True, 0, "按顺序发出名额")),
        (12, "review", 48, (True, 0, "审核岗位")),
        (12, "instant", 3, (True, 0, "不再自动发出")),
        (12, "instant", 2, (True, 0, "不再自动发出")),
    ],
)
def test_what_another_number_of_seats_means_is_said_before(
    capacity: int, approval: str, starts_in: int, expected: tuple[bool, int, str]
) -> None:
    shift = Shift(
        capacity=10, taken=8, waitlisted=3, min_cover=9, starts_at=NOON + starts_in * HOUR - timedelta(minutes=1)
    )
    is_possible, too_many, sentences = said(shift, capacity, Approval(approval))
    assert (is_possible, too_many) == expected[:2]
    assert expected[2] in sentences[-1].zh


def test_seats_for_nobody_new_and_seats_at_night_are_said_too() -> None:
    shift = Shift(capacity=10, taken=8, waitlisted=0, min_cover=0, starts_at=NOON + 48 * HOUR)
    assert len(said(shift, 12)[2]) == 1
    full = Shift(capacity=10, taken=8, waitlisted=3, min_cover=0, starts_at=NOON + 48 * HOUR)
    assert "没有空名额" in said(full, 8)[2][-1].zh
    assert "早上 8 点" in said(full, 12, at=NOON + 10 * HOUR)[2][-1].zh
