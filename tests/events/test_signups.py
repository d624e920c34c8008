"""Signing up: seats, queue, offers, and what staff decide, through the services on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import jobs
from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.events import signups
from app.events.models import Shift, SignUp
from app.events.rules import SignUpState
from app.volunteers.models import Volunteer
from tests.builders import City, Guest

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)
Person = tuple[Guest, Volunteer]


@pytest.fixture
def people(city: City) -> list[Person]:
    with clock.frozen(NOON):
        return [city.volunteer(f"1380013800{n}") for n in range(4)]


def apply(person: Person, shift: Shift, at: datetime = NOON, *, risk_ack: bool = False) -> signups.SignedUp:
    with clock.frozen(at), unit_of_work():
        return signups.apply(person[0].actor, shift.public_id, risk_ack=risk_ack, at=at)


def rows(shift: Shift) -> list[tuple[str, int | None]]:
    db.session.expire_all()
    found = db.session.scalars(select(SignUp).where(SignUp.shift_id == shift.id).order_by(SignUp.id))
    return [(row.state, row.queue_no) for row in found]


def counters(shift: Shift) -> tuple[int, int]:
    now = db.session.get_one(Shift, shift.id, populate_existing=True)
    return now.taken, now.waitlisted


def act(action: Any, *args: Any, at: datetime = NOON, **more: Any) -> Any:
    with clock.frozen(at), unit_of_work():
        return action(*args, at=at, **more)


def row_of(person: Person, shift: Shift) -> SignUp:
    query = select(SignUp).where(SignUp.shift_id == shift.id, SignUp.volunteer_id == person[1].id)
    found = db.session.scalar(query.order_by(SignUp.id.desc()).execution_options(populate_existing=True))
    assert found is not None
    return found


def states(people: list[Person], shift: Shift) -> list[str]:
    return [row_of(person, shift).state for person in people]


def refused(action: Any, *args: Any, **more: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        act(action, *args, **more)
    return caught.value


def test_seats_go_first_and_the_rest_wait_in_order(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=2, at=NOON)
    found = [apply(person, shift) for person in people]
    assert [(one.state, one.position) for one in found] == [
        ("confirmed", None),
        ("confirmed", None),
        ("waitlisted", 1),
        ("waitlisted", 2),
    ]
    assert rows(shift) == [("confirmed", None), ("confirmed", None), ("waitlisted", 1), ("waitlisted", 2)]
    assert counters(shift) == (2, 2)


def test_signing_up_again_returns_the_live_one(city: City, people: list[Person]) -> None:
    shift = city.shift(at=NOON)
    first, again = apply(people[0], shift), apply(people[0], shift)
    assert (again.id, again.already) == (first.id, True)
    assert counters(shift) == (1, 0)


def test_a_cancelled_seat_is_offered_once_to_the_first_in_line(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON)
    found = [apply(person, shift) for person in people]
    act(signups.cancel, people[0][0].actor, found[0].public_id)
    assert states(people, shift) == ["cancelled_self", "offered", "waitlisted", "waitlisted"]
    assert counters(shift) == (1, 2)
    offered = row_of(people[1], shift)
    assert offered.offer_until == NOON + timedelta(hours=12)
    assert jobs.offer_seats(NOON) == ""
    assert states(people, shift)[2:] == ["waitlisted", "waitlisted"]


def test_whoever_comes_while_others_wait_goes_behind_them(city: City, people: list[Person]) -> None:
    """Between 21:00 and 08:00 a freed seat is offered to nobody yet; it is not for newcomers either."""
    shift, night = city.shift(capacity=1, at=NOON), NOON.replace(hour=23)
    found = [apply(person, shift) for person in people[:2]]
    act(signups.cancel, people[0][0].actor, found[0].public_id, at=night)
    assert counters(shift) == (0, 1)
    late = apply(people[2], shift, night)
    assert (late.state, late.position) == ("waitlisted", 2)
    with clock.frozen(night + timedelta(hours=9)):
        jobs.offer_seats(night + timedelta(hours=9))
    assert states(people[:3], shift) == ["cancelled_self", "offered", "waitlisted"]


def test_an_offer_is_taken_declined_or_runs_out(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON)
    found = [apply(person, shift) for person in people]
    act(signups.cancel, people[0][0].actor, found[0].public_id)
    act(signups.decline, people[1][0].actor, found[1].public_id)
    assert states(people, shift) == ["cancelled_self", "declined", "offered", "waitlisted"]
    late = row_of(people[2], shift).offer_until + timedelta(seconds=1)
    with clock.frozen(late):
        assert (
            refused(signups.accept, people[2][0].actor, found[2].public_id, risk_ack=False, at=late).code
            == "signup.offer_expired"
        )
        jobs.offer_seats(late)
    assert states(people, shift)[2] == "expired"
    morning = (late + timedelta(days=1)).astimezone(CITY_ZONE).replace(hour=9)
    with clock.frozen(morning):
        jobs.offer_seats(morning)
        act(signups.accept, people[3][0].actor, found[3].public_id, risk_ack=False, at=morning)
    assert states(people, shift) == ["cancelled_self", "declined", "expired", "confirmed"]
    assert counters(shift) == (1, 0)
    assert (
        refused(signups.accept, people[2][0].actor, found[2].public_id, risk_ack=False).code == "signup.offer_expired"
    )


def test_a_seat_freed_at_two_for_seven_is_offered_to_nobody_and_waits_for_the_leader(
    city: City, people: list[Person]
) -> None:
    two = NOON.replace(hour=2) + timedelta(days=1)
    shift = city.shift(capacity=1, at=NOON, starts_in=two.replace(hour=7) - NOON)
    found = [apply(person, shift) for person in people[:2]]
    act(signups.cancel, people[0][0].actor, found[0].public_id, at=two)
    assert states(people[:2], shift) == ["cancelled_self", "waitlisted"]
    assert db.session.get_one(Shift, shift.id, populate_existing=True).by_hand_since_at == two
    with clock.frozen(two.replace(hour=6)):
        jobs.offer_seats(two.replace(hour=6))
    assert states(people[:2], shift) == ["cancelled_self", "waitlisted"]
    act(signups.promote, SYSTEM, row_of(people[1], shift).id, at=two.replace(hour=6))
    assert states(people[:2], shift) == ["cancelled_self", "confirmed"]
    jobs.offer_seats(two.replace(hour=6))
    assert db.session.get_one(Shift, shift.id, populate_existing=True).by_hand_since_at is None


def test_who_clashes_now_is_skipped_and_keeps_their_number(city: City, people: list[Person]) -> None:
    shift, same_time = city.shift(capacity=1, at=NOON), city.shift(capacity=9, at=NOON)
    found = [apply(person, shift) for person in people]
    apply(people[1], same_time)
    act(signups.cancel, people[0][0].actor, found[0].public_id)
    assert states(people, shift) == ["cancelled_self", "waitlisted", "offered", "waitlisted"]
    act(signups.cancel, people[1][0].actor, row_of(people[1], same_time).public_id)
    act(signups.decline, people[2][0].actor, found[2].public_id)
    assert states(people, shift) == ["cancelled_self", "offered", "declined", "waitlisted"]


def test_overlap_is_refused_on_every_path_and_back_to_back_is_not(city: City, people: list[Person]) -> None:
    event = city.event(at=NOON)
    first = city.shift(event, at=NOON, hours=2)
    clashing = city.shift(event, at=NOON, starts_in=timedelta(days=3, hours=1), hours=2)
    reviewed = city.shift(event, at=NOON, starts_in=timedelta(days=3, hours=1), hours=2, approval="review")
    after = city.shift(event, at=NOON, starts_in=timedelta(days=3, hours=2), hours=2)
    person = people[0]
    waiting = apply(person, reviewed)
    invited = act(signups.invite, SYSTEM, clashing.id, person[1].id)
    apply(person, first)
    code = "signup.time_conflict"
    assert refused(signups.approve, SYSTEM, waiting.id).code == code
    assert refused(signups.accept, person[0].actor, invited.public_id, risk_ack=False).code == code
    act(signups.decline, person[0].actor, invited.public_id)
    assert refused(signups.apply, person[0].actor, clashing.public_id, risk_ack=False).code == code
    assert refused(signups.staff_add, SYSTEM, clashing.id, person[1].id).code == code
    assert refused(signups.invite, SYSTEM, clashing.id, person[1].id).code == code
    assert apply(person, after).state is SignUpState.CONFIRMED


def test_in_a_reviewed_position_staff_confirm_and_no_offer_goes_out_by_itself(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON, approval="review")
    found = [apply(person, shift) for person in people[:2]]
    assert [one.state for one in found] == ["pending", "pending"]
    assert counters(shift) == (0, 0)
    act(signups.approve, SYSTEM, found[0].id)
    assert refused(signups.approve, SYSTEM, found[1].id).code == "signup.full"
    act(signups.reject, SYSTEM, found[1].id, reason="人数已够")
    queued = apply(people[2], shift)
    assert queued.state is SignUpState.WAITLISTED
    act(signups.cancel, people[0][0].actor, found[0].public_id)
    assert states(people[:3], shift) == ["cancelled_self", "rejected", "waitlisted"]
    act(signups.offer, SYSTEM, queued.id)
    assert states(people[:3], shift) == ["cancelled_self", "rejected", "offered"]


def test_an_invitation_signs_nobody_up_and_stays_while_there_is_no_seat(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON)
    invited = act(signups.invite, SYSTEM, shift.id, people[0][1].id)
    assert counters(shift) == (0, 0)
    apply(people[1], shift)
    refusal = refused(signups.accept, people[0][0].actor, invited.public_id, risk_ack=False)
    assert refusal.code == "signup.full"
    assert states(people[:1], shift) == ["invited"]
    act(signups.change_capacity, SYSTEM, shift.id, capacity=2)
    act(signups.accept, people[0][0].actor, invited.public_id, risk_ack=False)
    assert states(people[:2], shift) == ["confirmed", "confirmed"]


def test_less_capacity_drops_nobody_and_more_is_offered(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=2, at=NOON)
    for person in people:
        apply(person, shift)
    refusal = refused(signups.change_capacity, SYSTEM, shift.id, capacity=1)
    assert refusal.code == "signup.capacity_taken"
    numbers = [person[1].volunteer_no for person in people]
    assert refusal.facts["names"] == [f"{numbers[0]} 张*", f"{numbers[1]} 张*"]
    assert numbers[0] in refusal.sentence("zh-CN")
    act(signups.change_capacity, SYSTEM, shift.id, capacity=3)
    assert states(people, shift) == ["confirmed", "confirmed", "offered", "waitlisted"]
    act(signups.change_capacity, SYSTEM, shift.id, capacity=9)
    assert states(people, shift) == ["confirmed", "confirmed", "offered", "offered"]


def test_a_cancelled_shift_keeps_its_rows_and_takes_nobody(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON)
    for person in people[:3]:
        apply(person, shift)
    data = {"reason_zh": "大风", "reason_en": "Strong wind"}
    assert len(act(signups.cancel_shift, SYSTEM, shift.id, data=data)) == 3
    assert states(people[:3], shift) == ["cancelled_org"] * 3
    assert counters(shift) == (0, 0)
    assert refused(signups.apply, people[3][0].actor, shift.public_id, risk_ack=False).code == "signup.closed"


@pytest.mark.parametrize(("before", "late"), [(timedelta(hours=24), False), (timedelta(hours=23, minutes=59), True)])
def test_cancelling_within_24_hours_is_marked_late(
    city: City, people: list[Person], before: timedelta, *, late: bool
) -> None:
    shift = city.shift(at=NOON)
    made = apply(people[0], shift)
    act(signups.cancel, people[0][0].actor, made.public_id, at=shift.starts_at - before)
    assert row_of(people[0], shift).late is late
    act(signups.cancel, people[0][0].actor, made.public_id, at=shift.starts_at)
    assert counters(shift) == (0, 0)


def test_wishes_end_with_their_shift(city: City, people: list[Person]) -> None:
    shift = city.shift(capacity=1, at=NOON)
    for person in people[:2]:
        apply(person, shift)
    act(signups.invite, SYSTEM, shift.id, people[2][1].id)
    with clock.frozen(shift.ends_at):
        jobs.offer_seats(shift.ends_at)
    assert states(people[:3], shift) == ["confirmed", "expired", "expired"]
    assert counters(shift) == (1, 0)


def test_somebody_elses_sign_up_is_not_found(city: City, people: list[Person]) -> None:
    made = apply(people[0], city.shift(at=NOON))
    for action in (signups.cancel, signups.decline):
        assert refused(action, people[1][0].actor, made.public_id).code == "resource.not_found"


def test_a_draft_is_not_found_by_citizens(city: City, people: list[Person]) -> None:
    shift = city.shift(city.event(at=NOON, state="draft"), at=NOON)
    assert refused(signups.apply, people[0][0].actor, shift.public_id, risk_ack=False).code == "resource.not_found"


def test_risk_is_acknowledged_where_there_is_any(city: City, people: list[Person]) -> None:
    event = city.event(at=NOON, risk_note_zh="礁石湿滑", risk_note_en="Slippery rocks", no_particular_risk=False)
    shift = city.shift(event, at=NOON)
    assert refused(signups.apply, people[0][0].actor, shift.public_id, risk_ack=False).code == "signup.risk_ack_needed"
    apply(people[0], shift, risk_ack=True)
    assert row_of(people[0], shift).risk_ack_at == NOON
