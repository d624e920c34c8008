"""What the clock does to sign-ups: it offers free seats to those who wait, and ends what nobody answered.

Each function is one unit of a job and locks at most one person, so that jobs beside one another cannot block each
other for good. A seat that is offered counts as taken; so one freed seat makes one offer, however many jobs run.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import aliased

from app.core.db import db
from app.events import judging, messages, seats, timing
from app.events.judging import Path
from app.events.models import Position, Shift, SignUp
from app.events.rules import SEATED, Approval, ShiftState, SignUpState
from app.events.timing import Turn

_UNANSWERED = (SignUpState.INVITED, SignUpState.PENDING, SignUpState.WAITLISTED)


class Free(NamedTuple):
    """A shift as the question of whom to offer a seat sees it."""

    id: int
    starts_at: datetime
    is_free: bool
    approval: str
    by_hand_since_at: datetime | None


def list_shifts_to_offer(at: datetime) -> list[int]:
    """Return the shifts that are not over where seats are free while people wait, or where that was so just now."""
    free = and_(Shift.waitlisted > 0, Shift.taken < Shift.capacity)
    query = (
        select(Shift.id)
        .where(or_(free, Shift.by_hand_since_at.is_not(None)), Shift.state == ShiftState.OPEN, Shift.ends_at > at)
        .order_by(Shift.starts_at, Shift.id)
    )
    return list(db.session.scalars(query))


def offer_next(shift_id: int, *, at: datetime) -> bool:
    """Offer one free seat to the first in line who can come. Returns whether to look again, in a unit of its own.

    Whoever clashes now, or may not come for another reason, is skipped and keeps their number. Too late for an offer,
    and in a reviewed position, nobody is offered: the shift is marked as waiting for the leader's hand, once.
    """
    shift = _free(shift_id)
    if not shift.is_free or at >= shift.starts_at:
        _mark(shift, None)
        return False
    turn = Turn.BY_HAND if shift.approval == Approval.REVIEW else timing.turn(at, shift.starts_at)
    if turn is not Turn.OFFER:
        _mark(shift, at if turn is Turn.BY_HAND else None)
        return False
    _mark(shift, None)
    for signup_id in _list_in_line(shift_id):
        if _may_come(signup_id, at):
            return _offer(signup_id, shift, at)
    return False


def list_ended_offers(at: datetime) -> list[int]:
    """Return the sign-ups whose offer has ended unanswered, the earliest first."""
    query = (
        select(SignUp.id)
        .where(SignUp.state == SignUpState.OFFERED, SignUp.offer_until < at)
        .order_by(SignUp.offer_until, SignUp.id)
    )
    return list(db.session.scalars(query))


def expire_offer(signup_id: int, *, at: datetime) -> None:
    """End an offer that nobody took in time; its seat goes to the next."""
    held = seats.hold(signup_id)
    signup = held.signup
    if signup.state == SignUpState.OFFERED and signup.offer_until is not None and signup.offer_until < at:
        seats.move(held, SignUpState.EXPIRED, at=at)


def list_unanswered(at: datetime) -> list[int]:
    """Return the sign-ups that still wait for an answer on shifts that are over."""
    query = (
        select(SignUp.id)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(SignUp.state.in_(_UNANSWERED), Shift.ends_at <= at)
        .order_by(SignUp.id)
    )
    return list(db.session.scalars(query))


def expire_unanswered(signup_id: int, *, at: datetime) -> None:
    """End a wish or an invitation whose shift is over: until then staff may fill gaps on the spot."""
    held = seats.hold(signup_id)
    if held.signup.state in _UNANSWERED and held.place.ends_at <= at:
        seats.move(held, SignUpState.EXPIRED, at=at)


def _free(shift_id: int) -> Free:
    row = db.session.execute(
        select(
            Shift.id,
            Shift.starts_at,
            and_(Shift.waitlisted > 0, Shift.taken < Shift.capacity, Shift.state == ShiftState.OPEN).label("is_free"),
            Position.approval,
            Shift.by_hand_since_at,
        )
        .join(Position, Position.id == Shift.position_id)
        .where(Shift.id == shift_id)
    ).one()
    return Free(*row)


def _mark(shift: Free, since: datetime | None) -> None:
    """Note since when a shift waits for its leader's hand, and tell them once; or that it does no longer."""
    if (since is None) == (shift.by_hand_since_at is None):
        return
    unmarked = Shift.by_hand_since_at.is_(None)
    marked = db.session.execute(
        update(Shift)
        .where(Shift.id == shift.id, unmarked if since else ~unmarked)
        .values(by_hand_since_at=since)
        .returning(Shift.id)
        .execution_options(synchronize_session=False)
    ).first()
    if marked and since:
        messages.tell_by_hand(shift.id, since)


def _list_in_line(shift_id: int) -> list[int]:
    """Return those who wait and hold no seat at the same time, in the order of their numbers."""
    here, other, there = aliased(Shift), aliased(SignUp), aliased(Shift)
    clash = (
        exists()
        .where(other.volunteer_id == SignUp.volunteer_id, other.state.in_(SEATED), other.shift_id == there.id)
        .where(there.starts_at < here.ends_at, there.ends_at > here.starts_at)
    )
    query = (
        select(SignUp.id)
        .join(here, here.id == SignUp.shift_id)
        .where(SignUp.shift_id == shift_id, SignUp.state == SignUpState.WAITLISTED, ~clash)
        .order_by(SignUp.queue_no)
    )
    return list(db.session.scalars(query))


def _may_come(signup_id: int, at: datetime) -> bool:
    """Whether somebody in line passes every check now; looked at without their lock, and once more under it."""
    row = db.session.get_one(SignUp, signup_id, populate_existing=True)
    place, person = seats.get_place(row.shift_id), seats.find_volunteer(row.volunteer_id)
    return not judging.reasons(seats.case_of(Path.OFFER, place, person, at, signup_id=signup_id))


def _offer(signup_id: int, shift: Free, at: datetime) -> bool:
    held = seats.hold(signup_id)
    if held.signup.state != SignUpState.WAITLISTED:
        return True
    if judging.reasons(seats.case_of(Path.OFFER, held.place, held.person, at, signup_id=signup_id)):
        return True
    return seats.move(
        held, SignUpState.OFFERED, at=at, offered_at=at, offer_until=timing.offer_until(at, shift.starts_at)
    )
