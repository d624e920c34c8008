"""Sign-ups at one barrier: no seat is given twice, the queue has one order, and a double tap is one sign-up."""

from __future__ import annotations

import statistics
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.events import signups
from app.events.models import Shift, SignUp
from tests.builders import Guest
from tests.races.callers import Answer, Call, at_once, crowd_at_once, rush
from tests.races.conftest import Service, naive_build

PEOPLE, SEATS = 200, 50
_days = iter(range(2, 10_000))


def shift_of(service: Service, capacity: int) -> Shift:
    """A shift on a day of its own, so that nobody's shifts overlap."""
    return service.city.shift(capacity=capacity, starts_in=timedelta(days=next(_days)))


def sign_up(guest: Guest, shift: Shift) -> Call:
    headers = {"Authorization": f"Bearer {guest.token}"}
    return Call("POST", f"/api/v1/shifts/{shift.public_id}/signups", {}, headers)


def states(answers: list[Answer]) -> Counter[str]:
    return Counter(answer.json["state"] for answer in answers)


def rows(shift: Shift) -> list[SignUp]:
    db.session.rollback()
    return list(db.session.scalars(select(SignUp).where(SignUp.shift_id == shift.id).order_by(SignUp.id)))


def assert_in_order(answers: list[Answer], shift: Shift) -> None:
    """Whoever waits has a number of their own, without a gap, and was told their place by it."""
    told = {answer.json["id"]: answer.json["queue_position"] for answer in answers if answer.json["queue_position"]}
    kept = {row.public_id: row.queue_no for row in rows(shift) if row.state == "waitlisted"}
    assert told == kept
    assert sorted(kept.values()) == list(range(1, len(kept) + 1))


def test_r1_two_hundred_at_once_for_fifty_seats(service: Service) -> None:
    shift = shift_of(service, SEATS)
    answers = crowd_at_once(service.port, [sign_up(guest, shift) for guest in service.crowd(PEOPLE)])
    assert Counter(answer.status for answer in answers) == {201: PEOPLE}
    assert states(answers) == {"confirmed": SEATS, "waitlisted": PEOPLE - SEATS}
    assert_in_order(answers, shift)


def test_r2_the_same_by_reading_and_then_writing_overbooks(service: Service) -> None:
    """Otherwise R1 would prove nothing. What it leaves behind is taken away again."""
    with naive_build(service) as port:
        for _ in range(5):
            shift = shift_of(service, SEATS)
            crowd_at_once(port, [sign_up(guest, shift) for guest in service.crowd(PEOPLE)])
            confirmed = Counter(row.state for row in rows(shift))["confirmed"]
            _clear(shift)
            if confirmed > SEATS:
                return
    raise AssertionError("nobody was overbooked: the race is not real")


def _clear(shift: Shift) -> None:
    with unit_of_work():
        db.session.execute(delete(SignUp).where(SignUp.shift_id == shift.id))
        none = {"taken": 0, "waitlisted": 0, "queue_last": 0}
        db.session.execute(update(Shift).where(Shift.id == shift.id).values(none))


def test_r3_one_person_twenty_times_at_once_has_one_sign_up(service: Service) -> None:
    shift, guest = shift_of(service, SEATS), service.crowd(1)[0]
    answers = at_once(service.port, [sign_up(guest, shift)] * 20)
    assert Counter(answer.status for answer in answers) == {201: 1, 200: 19}
    assert {answer.json["id"] for answer in answers} == {row.public_id for row in rows(shift)}
    assert [row.state for row in rows(shift)] == ["confirmed"]


def test_one_person_on_twenty_overlapping_shifts_at_once_gets_one(service: Service) -> None:
    day, guest = timedelta(days=next(_days)), service.crowd(1)[0]
    shifts = [service.city.shift(starts_in=day + timedelta(minutes=n)) for n in range(20)]
    answers = at_once(service.port, [sign_up(guest, shift) for shift in shifts])
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 19}
    assert {answer.json["code"] for answer in answers if answer.status == 409} == {"signup.time_conflict"}


def test_r5_fewer_seats_never_drop_anybody_while_a_hundred_come(service: Service) -> None:
    people = service.crowd(PEOPLE)
    shift = shift_of(service, SEATS)
    crowd_at_once(service.port, [sign_up(guest, shift) for guest in people[:35]])
    with pytest.raises(DomainError) as refused, unit_of_work():
        signups.change_capacity(SYSTEM, shift.id, capacity=20, at=clock.now())
    assert len(refused.value.facts["names"]) == 35
    seen: list[tuple[int, int]] = []
    outcome: list[str] = []
    named: list[str] = []

    def lower() -> None:
        try:
            with unit_of_work():
                signups.change_capacity(SYSTEM, shift.id, capacity=35, at=clock.now())
            outcome.append("changed")
        except DomainError as refusal:
            outcome.append(refusal.code)
            named.extend(refusal.facts["names"])
        for _ in range(20):
            db.session.rollback()
            now = db.session.get_one(Shift, shift.id, populate_existing=True)
            seen.append((now.taken, now.capacity))

    answers = crowd_at_once(service.port, [sign_up(guest, shift) for guest in people[100:]], meanwhile=lower)
    assert Counter(answer.status for answer in answers) == {201: 100}
    assert [one for one in seen if one[0] > one[1]] == []
    assert not named or len(named) > 35
    seats = {"changed": 35, "signup.capacity_taken": SEATS}[outcome[0]]
    assert Counter(row.state for row in rows(shift)) == {"confirmed": seats, "waitlisted": 135 - seats}


def test_a_hundred_who_leave_and_come_at_once_keep_the_counters(service: Service) -> None:
    """Cancelling, offers to the next in line, and newcomers, all together; `check` proves the counters afterwards."""
    people, shift = service.crowd(PEOPLE), shift_of(service, 20)
    first = crowd_at_once(service.port, [sign_up(guest, shift) for guest in people[:60]])
    leave = [
        Call("DELETE", f"/api/v1/signups/{answer.json['id']}", headers={"Authorization": f"Bearer {guest.token}"})
        for guest, answer in zip(people, first, strict=False)
    ][:40]
    come = [sign_up(guest, shift) for guest in people[60:120]]
    answers = crowd_at_once(service.port, leave + come)
    assert Counter(answer.status for answer in answers) == {200: 40, 201: 60}
    found = Counter(row.state for row in rows(shift))
    assert found["cancelled_self"] == 40
    assert found["confirmed"] + found["offered"] + found["waitlisted"] == 80


@pytest.mark.fault
@pytest.mark.parametrize("build", ["ours", "naive"])
def test_r10_two_thousand_for_two_hundred_places(
    service: Service, build: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shift = shift_of(service, 200)
    calls = [sign_up(guest, shift) for guest in service.crowd(2_000)]
    if build == "naive":
        with naive_build(service) as port:
            answers, waits, took = rush(port, calls)
    else:
        answers, waits, took = rush(service.port, calls)
    told = Counter(answer.status for answer in answers)
    confirmed = Counter(row.state for row in rows(shift))["confirmed"]
    worst = sorted(waits)[int(len(waits) * 0.99)]
    with capsys.disabled():
        print(
            f"\nR10 {service.kind} {build}: {len(calls)} people, 200 places, {took:.1f} s, {len(calls) / took:.0f}/s,"
            f" p50 {statistics.median(waits) * 1000:.0f} ms, p99 {worst * 1000:.0f} ms,"
            f" {confirmed} confirmed, {sum(n for status, n in told.items() if status >= 500)} × 5xx"
        )
    if build == "naive":
        _clear(shift)
        assert confirmed > 200
        return
    assert told == {201: 2_000}
    assert confirmed == 200
    assert_in_order(answers, shift)
    assert took < 30, "10 s on two idle cores"
