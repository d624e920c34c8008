"""A volunteer's own sign-ups: a copy of them, and what of them goes with the person. The rows stay: rosters count them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update

from app.core import clock
from app.core.clock import written
from app.core.db import db
from app.events import seats
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import LIVE, SignUpState
from app.volunteers.models import Volunteer

FORGOTTEN = "—"
"""Stands for what staff wrote; the row still says that they did."""


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return every sign-up of a person, JSON-ready, oldest first."""
    query = (
        select(SignUp, Shift, Event.title_zh)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Position, Position.id == Shift.position_id)
        .join(Event, Event.id == Position.event_id)
        .join(Volunteer, Volunteer.id == SignUp.volunteer_id)
        .where(Volunteer.person_id == person_id)
        .order_by(SignUp.id)
    )
    return {
        "signups": [
            {
                "id": row.public_id,
                "event": title,
                "starts_at": written(shift.starts_at),
                "ends_at": written(shift.ends_at),
                "state": row.state,
                "via": row.via,
                "late": row.late,
                "risk_ack_at": written(row.risk_ack_at),
                "reason": row.reason,
                "offered_at": written(row.offered_at),
                "created_at": written(row.created_at),
                "decided_at": written(row.decided_at),
            }
            for row, shift, title in db.session.execute(query)
        ]
    }


def list_engaged(volunteer_ids: Iterable[int]) -> set[int]:
    """Return which of some volunteers have a sign-up, of whatever state."""
    query = select(SignUp.volunteer_id).where(SignUp.volunteer_id.in_(set(volunteer_ids)))
    return set(db.session.scalars(query))


def erase(person_id: int) -> None:
    """Leave the shifts that have not begun, and forget why staff refused or cancelled; that a seat was taken stays.

    The seats that come free go to those who wait, as from anybody who leaves.
    """
    now = clock.now()
    theirs = select(Volunteer.id).where(Volunteer.person_id == person_id)
    ahead = (
        select(SignUp.id)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(SignUp.volunteer_id.in_(theirs), SignUp.state.in_(LIVE), Shift.starts_at > now)
        .order_by(Shift.id)
    )
    for signup_id in db.session.scalars(ahead).all():
        seats.move(seats.hold(signup_id), SignUpState.CANCELLED_SELF, at=now)
    db.session.execute(
        update(SignUp)
        .where(SignUp.volunteer_id.in_(theirs), SignUp.reason.is_not(None))
        .values(reason=FORGOTTEN)
        .execution_options(synchronize_session=False)
    )
