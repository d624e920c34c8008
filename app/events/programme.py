"""Read events for the office: where one lies, which a scope shows, and in which phase each is at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased, joinedload, selectinload

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.events.models import Event, Position, Shift, ShiftTemplate, SignUp
from app.events.rules import LIVE, SEATED, WORKING, EventState, ShiftState
from app.orgs.queries import EventFacts
from app.orgs.rules import Reach
from app.volunteers.models import Volunteer

LED_FOR = timedelta(days=30)
"""How long after its end somebody may still be made the leader of an event."""
WHOLE = (
    joinedload(Event.district),
    joinedload(Event.organisation),
    joinedload(Event.station),
    selectinload(Event.positions).selectinload(Position.shifts),
)


class Phase(StrEnum):
    """Where an event stands for the office: its state, and for a published one what time and seats make of it."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    OPEN = "open"
    FULL = "full"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


def place_of(event: Event) -> dict[str, int | None]:
    """Return where an event lies, as permissions ask for it."""
    return {
        "district_id": event.district_id,
        "organisation_id": event.organisation_id,
        "station_id": event.station_id,
        "event_id": event.id,
    }


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to the events a member of staff may see."""
    if reach.city:
        return true()
    if reach.is_empty:
        return false()
    return or_(
        Event.district_id.in_(reach.district_ids),
        Event.organisation_id.in_(reach.organisation_ids),
        Event.station_id.in_(reach.station_ids),
        Event.id.in_(reach.event_ids),
    )


def whole() -> Select[Event]:
    """Return the query of events with their places, positions and shifts."""
    return select(Event).options(*WHOLE)


def get_event_for_change(event_id: int) -> Event:
    """Return an event as it is now, its row locked until the unit ends. Raises NotFound."""
    locked = db.session.scalar(select(Event.id).where(Event.id == event_id).with_for_update())
    if locked is None:
        raise NotFound
    query = whole().where(Event.id == event_id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def _places_left(at: Any) -> ColumnElement[bool]:
    """Whether an event has an open shift ahead with a free place."""
    return exists().where(
        Shift.position_id == Position.id,
        Position.event_id == Event.id,
        Shift.state == ShiftState.OPEN,
        Shift.starts_at > at,
        Shift.taken < Shift.capacity,
    )


def with_places(at: Any) -> ColumnElement[bool]:
    """Return the filter that keeps to events with a free place ahead."""
    return _places_left(at)


def short_of_people(at: datetime) -> ColumnElement[bool]:
    """Return the filter that keeps to events with a shift not over yet that has fewer people than its least cover."""
    return exists().where(Position.event_id == Event.id, Shift.position_id == Position.id, too_few(at))


def too_few(at: datetime) -> ColumnElement[bool]:
    """Return the filter that keeps to open shifts not over yet with fewer people than their least cover."""
    return and_(Shift.state == ShiftState.OPEN, Shift.ends_at > at, Shift.taken < Shift.min_cover)


def in_phase(phase: Phase, at: datetime) -> ColumnElement[bool]:
    """Return the filter that keeps to events of a phase; every event is in exactly one."""
    if phase in (Phase.DRAFT, Phase.IN_REVIEW, Phase.CANCELLED):
        return Event.state == EventState(phase.value)
    shown = Event.state.in_((EventState.PUBLISHED, EventState.SETTLED))
    if phase is Phase.OVER:
        return and_(shown, Event.ends_at <= at)
    if phase is Phase.RUNNING:
        return and_(shown, Event.starts_at <= at, Event.ends_at > at)
    ahead = and_(shown, or_(Event.starts_at > at, Event.starts_at.is_(None)))
    return and_(ahead, _places_left(at) if phase is Phase.OPEN else ~_places_left(at))


def phase_of(event: Event, at: datetime) -> Phase:
    """Return the phase of an event whose shifts are loaded; the same as in_phase finds."""
    if event.state in (EventState.DRAFT, EventState.IN_REVIEW, EventState.CANCELLED):
        return Phase(event.state)
    if event.ends_at is not None and event.ends_at <= at:
        return Phase.OVER
    if event.starts_at is not None and event.starts_at <= at:
        return Phase.RUNNING
    ahead = [shift for shift in open_shifts(event) if shift.starts_at > at]
    return Phase.OPEN if any(shift.taken < shift.capacity for shift in ahead) else Phase.FULL


def open_shifts(event: Event) -> list[Shift]:
    """Return the shifts of an event that are not cancelled, by their start."""
    found = [shift for position in event.positions for shift in position.shifts if shift.state == ShiftState.OPEN]
    return sorted(found, key=lambda shift: (shift.starts_at, shift.id))


def count_signups(shift_ids: Iterable[int]) -> int:
    """Return how many sign-ups some shifts have ever had, in whatever state."""
    query = select(func.count()).select_from(SignUp).where(SignUp.shift_id.in_(list(shift_ids)))
    return db.session.scalar(query) or 0


def count_in_review(reach: Reach) -> int:
    """Return how many events within a reach wait for somebody to publish them."""
    query = select(func.count()).select_from(Event).where(within(reach), Event.state == EventState.IN_REVIEW)
    return db.session.scalar(query) or 0


def list_at_station(reach: Reach, station_id: int, at: datetime, limit: int) -> list[Event]:
    """Return the events at a station within a reach that are not over or cancelled, the next one first."""
    query = (
        whole()
        .where(within(reach), Event.station_id == station_id, Event.state.in_(WORKING))
        .where(or_(Event.ends_at.is_(None), Event.ends_at > at))
        .order_by(Event.starts_at.is_(None), Event.starts_at, Event.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def list_on_shift(shift_id: int) -> list[int]:
    """Return the ids of the volunteers with a live sign-up on a shift, in the order in which they are locked."""
    query = (
        select(SignUp.volunteer_id)
        .where(SignUp.shift_id == shift_id, SignUp.state.in_(LIVE))
        .order_by(SignUp.volunteer_id)
    )
    return list(db.session.scalars(query))


def list_clashing(shift_id: int, starts_at: datetime, ends_at: datetime) -> list[str]:
    """Return the numbers of those seated on a shift who hold a seat on another one within a span."""
    other = aliased(SignUp)
    query = (
        select(Volunteer.volunteer_no)
        .join(SignUp, SignUp.volunteer_id == Volunteer.id)
        .join(other, other.volunteer_id == Volunteer.id)
        .join(Shift, Shift.id == other.shift_id)
        .where(
            *(SignUp.shift_id == shift_id, SignUp.state.in_(SEATED)),
            *(other.shift_id != shift_id, other.state.in_(SEATED)),
            *(Shift.starts_at < ends_at, Shift.ends_at > starts_at),
        )
        .distinct()
        .order_by(Volunteer.volunteer_no)
    )
    return list(db.session.scalars(query))


def list_patterns(event_id: int) -> list[ShiftTemplate]:
    """Return the week's patterns of an event that hold, the newest first."""
    query = (
        select(ShiftTemplate)
        .join(Position, Position.id == ShiftTemplate.position_id)
        .where(Position.event_id == event_id, ShiftTemplate.undone_at.is_(None))
        .order_by(ShiftTemplate.id.desc())
    )
    return list(db.session.scalars(query))


def list_facts(ids: Iterable[int] | None, public_id: str | None) -> list[EventFacts]:
    """Return what the offices need to grant events as scopes: those of some ids, of one public id, or all to come."""
    query = select(Event.id, Event.public_id, Event.title_zh, Event.district_id).order_by(Event.starts_at, Event.id)
    if ids is not None:
        query = query.where(Event.id.in_(list(ids)))
    elif public_id is not None:
        query = query.where(Event.public_id == public_id)
    else:
        query = query.where(
            Event.state.in_(WORKING), or_(Event.ends_at.is_(None), Event.ends_at > clock.now() - LED_FOR)
        )
    return [EventFacts(*row) for row in db.session.execute(query)]


def facts(event: Event) -> dict[str, Any]:
    """Return an event's own fields as plain values, for the audit trail and for comparing."""
    return {name: getattr(event, name) for name in FIELDS}


FIELDS = (
    "title_zh",
    "title_en",
    "category",
    "district_id",
    "organisation_id",
    "station_id",
    "place_zh",
    "place_en",
    "summary_zh",
    "summary_en",
    "description_zh",
    "description_en",
    "requirements_zh",
    "requirements_en",
    "risk_note_zh",
    "risk_note_en",
    "no_particular_risk",
    "insurance_note",
    "contact",
    "hour_rule_zh",
    "hour_rule_en",
)
"""What is written about an event, in the order of its form."""
