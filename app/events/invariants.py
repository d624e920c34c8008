"""What must always hold of shifts and sign-ups, recomputed from the rows; for `check`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ScalarSelect, func, or_, select

from app.core.db import db
from app.events.models import Shift, SignUp
from app.events.rules import LIVE, SEATED, ShiftState, SignUpState


def wrong_counters() -> Iterator[str]:
    """Yield shifts whose counters are not what their sign-ups add up to, or that have more taken than there are."""
    seated = _count(SEATED).label("seated")
    waiting = _count((SignUpState.WAITLISTED,)).label("waiting")
    last = func.coalesce(
        select(func.max(SignUp.queue_no)).where(SignUp.shift_id == Shift.id).correlate(Shift).scalar_subquery(), 0
    ).label("last")
    query = select(
        Shift.id, Shift.capacity, Shift.taken, Shift.waitlisted, Shift.queue_last, seated, waiting, last
    ).where(
        or_(Shift.taken != seated, Shift.waitlisted != waiting, Shift.taken > Shift.capacity, Shift.queue_last < last)
    )
    for row in db.session.execute(query):
        yield (
            f"shifts {row.id}: taken {row.taken} of {row.capacity}, waitlisted {row.waitlisted}, last number"
            f" {row.queue_last}; its sign-ups: {row.seated} seated, {row.waiting} waiting, last number {row.last}"
        )


def double_signups() -> Iterator[str]:
    """Yield volunteers who have more than one live sign-up on a shift, or a live one on a shift that is off."""
    double = (
        select(SignUp.shift_id, SignUp.volunteer_id, func.min(SignUp.id), func.max(SignUp.id))
        .where(SignUp.state.in_(LIVE))
        .group_by(SignUp.shift_id, SignUp.volunteer_id)
        .having(func.count() > 1)
    )
    for shift, volunteer, first, last in db.session.execute(double):
        yield f"signups {first} … {last}: shift {shift}, volunteer {volunteer}"
    left = (
        select(SignUp.id, SignUp.state)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(SignUp.state.in_(LIVE), Shift.state == ShiftState.CANCELLED)
    )
    for row in db.session.execute(left):
        yield f"signups {row.id}: {row.state} on a cancelled shift"


def shared_numbers() -> Iterator[str]:
    """Yield numbers of a queue that were given twice."""
    query = (
        select(SignUp.shift_id, SignUp.queue_no)
        .where(SignUp.queue_no.is_not(None))
        .group_by(SignUp.shift_id, SignUp.queue_no)
        .having(func.count() > 1)
    )
    for row in db.session.execute(query):
        yield f"shifts {row.shift_id}: number {row.queue_no} stands twice in the queue"


def _count(states: tuple[SignUpState, ...]) -> ScalarSelect[int]:
    return (
        select(func.count())
        .where(SignUp.shift_id == Shift.id, SignUp.state.in_(states))
        .correlate(Shift)
        .scalar_subquery()
    )
