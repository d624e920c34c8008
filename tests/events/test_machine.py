"""Any order of applying, cancelling, approving, offering, accepting, running out, adding by staff, changing seats and
letting time pass keeps every promise, after each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app import jobs
from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE, city_time
from app.core.db import db, unit_of_work
from app.core.errors import DomainError
from app.events import invariants, signups
from app.events.judging import overlaps
from app.events.models import Event, SignUp
from app.events.rules import LIVE, SEATED
from app.events.timing import NO_OFFERS_WITHIN
from app.volunteers.models import Volunteer
from tests.builders import City, Guest

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)
PEOPLE, SHIFTS = 5, 4
people, shifts = st.integers(0, PEOPLE - 1), st.integers(0, SHIFTS - 1)


class Place(NamedTuple):
    """A shift without its row."""

    id: int
    public_id: str
    starts_at: datetime
    ends_at: datetime


COLUMNS = tuple(
    getattr(SignUp, name)
    for name in ("id", "public_id", "shift_id", "volunteer_id", "state", "queue_no", "offered_at", "offer_until")
)


class SignUps(RuleBasedStateMachine):
    """Five people and four shifts: two that overlap, a reviewed one back to back, and one on the next day."""

    def __init__(self, city: City) -> None:
        super().__init__()
        self.city, self.at = city, NOON
        self.seen: dict[int, tuple[str, int | None]] = {}
        self.waiting: dict[int, list[int]] = {}
        self.by_staff: set[int] = set()
        self.refused: set[str] = set()

    @initialize()
    def a_city(self) -> None:
        with clock.frozen(NOON):
            self.guests: list[Guest] = self.city.crowd(PEOPLE)
            event = self.city.event()
            self.shifts = [
                self._made(event, capacity=capacity, starts_in=timedelta(hours=start), hours=4, approval=approval)
                for capacity, start, approval in (
                    (2, 42, "instant"), (1, 44, "instant"), (1, 46, "review"), (1, 67, "instant"),
                )
            ]  # fmt: skip
        ids = [guest.id for guest in self.guests]
        found = db.session.execute(select(Volunteer.person_id, Volunteer.id).where(Volunteer.person_id.in_(ids))).all()
        self.volunteers = dict(found)
        db.session.rollback()

    # -- what people, staff and the clock do ----------------------------------------------------------------------

    @rule(person=people, shift=shifts)
    def apply(self, person: int, shift: int) -> None:
        self._do(lambda: signups.apply(self._who(person), self.shifts[shift].public_id, risk_ack=False, at=self.at))

    @rule(person=people, shift=shifts, act=st.sampled_from(["cancel", "accept", "decline"]))
    def answer(self, person: int, shift: int, act: str) -> None:
        row = self._live(person, shift)
        if row is None:
            return
        more = {"risk_ack": False} if act == "accept" else {}
        self._do(lambda: getattr(signups, act)(self._who(person), row.public_id, at=self.at, **more))

    @rule(
        person=people, shift=shifts, act=st.sampled_from(["approve", "promote", "offer", "reject", "cancel_by_staff"])
    )
    def decide(self, person: int, shift: int, act: str) -> None:
        row = self._live(person, shift)
        if row is None:
            return
        more = {"reason": "人数已够"} if act in ("reject", "cancel_by_staff") else {}
        self.by_staff.add(row.id)
        self._do(lambda: getattr(signups, act)(SYSTEM, row.id, at=self.at, **more))

    @rule(person=people, shift=shifts, act=st.sampled_from(["staff_add", "invite"]))
    def add(self, person: int, shift: int, act: str) -> None:
        volunteer_id = self.volunteers[self.guests[person].id]
        made = self._do(lambda: getattr(signups, act)(SYSTEM, self.shifts[shift].id, volunteer_id, at=self.at))
        if made is not None:
            self.by_staff.add(made.id)

    @rule(shift=shifts, capacity=st.integers(1, 3))
    def change_capacity(self, shift: int, capacity: int) -> None:
        self._do(lambda: signups.change_capacity(SYSTEM, self.shifts[shift].id, capacity=capacity, at=self.at))

    @rule(hours=st.sampled_from([0.25, 1, 5, 9, 13]))
    def pass_time(self, hours: float) -> None:
        self.at += timedelta(hours=hours)
        with clock.frozen(self.at):
            jobs.offer_seats(self.at)

    # -- what must hold -------------------------------------------------------------------------------------------

    @invariant()
    def counters_are_their_rows_and_nobody_is_there_twice(self) -> None:
        for broken in (invariants.wrong_counters, invariants.double_signups, invariants.shared_numbers):
            assert list(broken()) == []

    @invariant()
    def refusals_are_those_of_sign_ups(self) -> None:
        assert {code for code in self.refused if not code.startswith("signup.")} == set()

    @invariant()
    def nobody_holds_two_seats_at_once(self) -> None:
        held: dict[int, list[Any]] = {}
        for row in self._rows():
            if row.state in SEATED:
                held.setdefault(row.volunteer_id, []).append(row)
        for rows in held.values():
            times = [self._times(row) for row in rows]
            for n, one in enumerate(times):
                assert not any(overlaps(*one, *other) for other in times[n + 1 :])

    @invariant()
    def offers_keep_to_their_hours_and_end_in_time(self) -> None:
        for row in self._rows():
            if row.state != "offered":
                continue
            starts_at = self._times(row)[0]
            assert row.offered_at is not None
            assert row.offer_until is not None
            assert row.offered_at < row.offer_until <= starts_at
            if row.id not in self.by_staff:
                assert starts_at - row.offered_at >= NO_OFFERS_WITHIN
                assert 8 <= city_time(row.offered_at).hour < 21
                assert row.shift_id != self.shifts[2].id, "a reviewed position offered by itself"

    @invariant()
    def nobody_overtakes_the_queue_and_no_state_comes_from_nowhere(self) -> None:
        rows = self._rows()
        for row in rows:
            before = self.seen.get(row.id, ("", None))[0]
            if row.id in self.by_staff or before == row.state:
                continue
            if row.state == "confirmed" and before in ("", "invited"):
                assert not self.waiting.get(row.shift_id), "a seat went past those who wait"
            assert (before, row.state) in STEPS, (before, row.state)
        self.seen = {row.id: (row.state, row.queue_no) for row in rows}
        self.waiting = {}
        for row in rows:
            if row.state == "waitlisted":
                self.waiting.setdefault(row.shift_id, []).append(row.id)

    # -- plumbing -------------------------------------------------------------------------------------------------

    def _made(self, event: Event, **given: Any) -> Place:
        made = self.city.shift(event, **given)
        return Place(made.id, made.public_id, made.starts_at, made.ends_at)

    def _do(self, act: Callable[[], Any]) -> Any:
        try:
            with clock.frozen(self.at), unit_of_work():
                return act()
        except DomainError as refusal:
            self.refused.add(refusal.code)
            return None

    def _who(self, person: int) -> Any:
        return self.guests[person].actor

    def _live(self, person: int, shift: int) -> Any | None:
        volunteer_id = self.volunteers[self.guests[person].id]
        return next(
            (
                row
                for row in self._rows()
                if (row.volunteer_id, row.shift_id) == (volunteer_id, self.shifts[shift].id) and row.state in LIVE
            ),
            None,
        )

    def _rows(self) -> list[Any]:
        db.session.rollback()
        ids = [shift.id for shift in self.shifts]
        return list(db.session.execute(select(*COLUMNS).where(SignUp.shift_id.in_(ids)).order_by(SignUp.id)))

    def _times(self, row: Any) -> tuple[datetime, datetime]:
        shift = next(one for one in self.shifts if one.id == row.shift_id)
        return shift.starts_at, shift.ends_at


STEPS = {
    *(("", state) for state in ("confirmed", "pending", "waitlisted", "invited")),
    *((state, "cancelled_self") for state in LIVE),
    ("", "offered"),  # those before cannot come, so that it is the newcomer's turn at once
    ("waitlisted", "offered"),
    ("waitlisted", "expired"),
    ("offered", "confirmed"),
    ("offered", "declined"),
    ("offered", "expired"),
    ("invited", "confirmed"),
    ("invited", "declined"),
    ("invited", "expired"),
    ("pending", "expired"),
}
"""What happens without staff. Source: product §5."""


@pytest.mark.parametrize("examples", [6, pytest.param(60, marks=pytest.mark.fault)])
def test_every_promise_holds_after_every_step(city: City, examples: int) -> None:
    run_state_machine_as_test(
        lambda: SignUps(city),
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            derandomize=examples < 10,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
