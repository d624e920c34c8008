"""Read what stands in a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select

from app.calendars.models import CalendarLink
from app.core import secrets
from app.core.db import db
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import SignUpState
from app.people.models import Person
from app.stations.models import Station
from app.volunteers.models import Volunteer

LOOKS_BACK = timedelta(days=90)
ENTRIES_MAX = 500
_CANCELLED = (SignUpState.CANCELLED_SELF, SignUpState.CANCELLED_ORG)


def find_reader(token: str) -> Person | None:
    """Return whose calendar a token opens, or None."""
    query = (
        select(Person)
        .join(CalendarLink, CalendarLink.person_id == Person.id)
        .where(CalendarLink.token_hash == secrets.token_hash(token), Person.erased_at.is_(None))
    )
    return db.session.scalar(query)


def list_own(person_id: int, at: datetime) -> Sequence[Row[SignUp, Shift, Event, Station]]:
    """Return a person's confirmed sign-ups and the cancelled ones, the next last, from three months back on.

    Cancelled ones stay so that a calendar strikes them out; those who only ever waited in the queue were never in it.
    """
    only_waited = and_(SignUp.queue_no.is_not(None), SignUp.offered_at.is_(None))
    was_in_it = or_(SignUp.state == SignUpState.CONFIRMED, and_(SignUp.state.in_(_CANCELLED), ~only_waited))
    query: Any = (
        select(SignUp, Shift, Event, Station)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Position, Position.id == Shift.position_id)
        .join(Event, Event.id == Position.event_id)
        .outerjoin(Station, Station.id == Event.station_id)
        .join(Volunteer, Volunteer.id == SignUp.volunteer_id)
        .where(Volunteer.person_id == person_id, was_in_it, Shift.ends_at >= at - LOOKS_BACK)
        .order_by(Shift.starts_at.desc(), SignUp.id.desc())
        .limit(ENTRIES_MAX)
    )
    return list(reversed(db.session.execute(query).all()))
