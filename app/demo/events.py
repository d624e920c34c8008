"""Build the demo's events through the services: written by one, published by another, signed up for by many."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import CITY_ZONE, business_date, city_time
from app.core.db import db
from app.core.errors import DomainError
from app.demo.programme import DUTY, INVITED, OFFERED, PLANS, WIND, Plan, Times
from app.demo.volunteers import Enlisted
from app.events import authoring, planning, signups
from app.events.models import Event, Shift, SignUp
from app.events.rules import Approval, SignUpState
from app.stations import queries as stations

SEED = 20261212
WRITTEN_BEFORE, PUBLISHED_BEFORE = timedelta(days=12), timedelta(days=9)
LAST_HOUR = timedelta(hours=1)
CALLED_OFF = timedelta(hours=5)
"""How long ago something was cancelled."""
UNWELL = "示例：本人来电，身体不适"
REJECTED = "示例：这一班已有三位外语志愿者"


class Built(NamedTuple):
    """An event with its shifts in the order of the plan, each with whether staff decide about it."""

    plan: Plan
    event: Event
    shifts: list[tuple[Times, Shift, bool]]
    open_from: datetime
    open_until: datetime


def build(author: Actor, admin: Actor, enlisted: Sequence[Enlisted], organisation_id: int, *, at: datetime) -> Event:
    """Write and publish the programme and let people sign up. Returns the event of the daily duty.

    The first of the enlisted is the one in whose place the demo's visitor signs in: they have a place tomorrow morning
    with another event at the same time, an offer, and an invitation.
    """
    source = random.Random(SEED)
    visitor, *others = enlisted
    built = {plan.key: _event(author, admin, plan, organisation_id, at) for plan in PLANS}
    tomorrow = next(shift for times, shift, _ in built[DUTY].shifts if (times.day, times.starts) == (1, 9))
    signups.apply(visitor.actor, tomorrow.public_id, risk_ack=True, at=built[DUTY].open_from)
    for one in sorted(built.values(), key=lambda one: one.open_from):
        if one.plan.state not in ("draft", "in_review"):
            _fill(source, admin, one, others, first_in_line=visitor if one.plan.key == OFFERED else None)
    _offer(admin, visitor, built[OFFERED].shifts[0][1], at)
    signups.invite(admin, built[INVITED].shifts[0][1].id, visitor.volunteer_id, at=at - LAST_HOUR)
    for one in built.values():
        for times, shift, _ in one.shifts:
            if times.cancelled:
                planning.cancel_shift(author, shift.id, data=WIND, at=at - CALLED_OFF)
        if one.plan.state == "cancelled":
            authoring.cancel_event(admin, one.event.id, data=WIND, at=at - CALLED_OFF)
    return built[DUTY].event


def _event(author: Actor, admin: Actor, plan: Plan, organisation_id: int, at: datetime) -> Built:
    first = min((_span(plan, times, at)[0] for task in plan.tasks for times in task.times), default=at)
    written, published = (min(first, at) - before for before in (WRITTEN_BEFORE, PUBLISHED_BEFORE))
    station = stations.get_station_by_code(plan.station)
    data = plan.data(district_id=station.district_id, station_id=station.id, organisation_id=organisation_id)
    event = authoring.create_event(author, data=data, at=written)
    shifts = []
    for task in plan.tasks:
        given = {**task._asdict(), "qualifications": list(task.qualifications)}
        position = planning.save_position(author, event.id, None, data=given, at=written)
        for times in task.times:
            starts, ends = _span(plan, times, at)
            seats = {"starts_at": starts, "ends_at": ends, "capacity": times.capacity, "min_cover": times.cover}
            shift = planning.add_shift(author, position.id, data=seats, at=written)
            shifts.append((times, shift, task.approval == Approval.REVIEW))
    if plan.state != "draft":
        authoring.submit_event(author, event.id, at=written)
    if plan.state not in ("draft", "in_review"):
        authoring.publish_event(admin, event.id, at=published)
    return Built(plan, event, shifts, published, min(at, first) - LAST_HOUR)


def _span(plan: Plan, times: Times, at: datetime) -> tuple[datetime, datetime]:
    """Return when a shift begins and ends; that of an event which runs now began within the last two hours."""
    if plan.now:
        starts = city_time(at - LAST_HOUR).replace(minute=0, second=0, microsecond=0)
        return starts, starts + timedelta(hours=times.ends)
    midnight = datetime.combine(business_date(at) + timedelta(days=times.day), time(), CITY_ZONE)
    return midnight + timedelta(hours=times.starts), midnight + timedelta(hours=times.ends)


def _fill(
    source: random.Random, admin: Actor, one: Built, others: Sequence[Enlisted], *, first_in_line: Enlisted | None
) -> None:
    """Let people sign up for the shifts of an event, one after the other; whoever may not come is passed over."""
    for times, shift, is_reviewed in one.shifts:
        wanted = times.filled + times.waiting
        came = _moments(source, one, wanted)
        made: list[int] = []
        for volunteer in source.sample(list(others), len(others)):
            if len(made) == wanted:
                break
            try:
                signed = signups.apply(volunteer.actor, shift.public_id, risk_ack=True, at=came[len(made)])
            except DomainError:  # busy at that time, too young, or not qualified
                continue
            made.append(signed.id)
            if first_in_line is not None and len(made) == times.filled:
                signups.apply(first_in_line.actor, shift.public_id, risk_ack=True, at=came[len(made) - 1])
        if is_reviewed:
            _decide(admin, made, one)


def _moments(source: random.Random, one: Built, number: int) -> list[datetime]:
    seconds = (one.open_until - one.open_from).total_seconds()
    return sorted(one.open_from + timedelta(seconds=source.random() * seconds) for _ in range(number))


def _decide(admin: Actor, made: Sequence[int], one: Built) -> None:
    """Take the first one on, turn the second down, and leave the others to be decided."""
    if made:
        signups.approve(admin, made[0], at=one.open_until)
    if len(made) > 2:
        signups.reject(admin, made[1], reason=REJECTED, at=one.open_until)


def _offer(admin: Actor, visitor: Enlisted, shift: Shift, at: datetime) -> None:
    """Let somebody leave a full shift, and the seat be offered to the first in line."""
    query = select(SignUp.id).where(SignUp.shift_id == shift.id).order_by(SignUp.id)
    leaves = db.session.scalars(query.where(SignUp.state == SignUpState.CONFIRMED)).first()
    waits = db.session.scalars(query.where(SignUp.volunteer_id == visitor.volunteer_id)).one()
    assert leaves is not None
    signups.cancel_by_staff(admin, leaves, reason=UNWELL, at=at - LAST_HOUR)
    signups.offer(admin, waits, at=at)
