"""Read rosters for staff: which shifts and sign-ups a scope shows, and who comes, waits or is missing on each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import joinedload

from app.core.clock import business_date, midnight
from app.core.db import db
from app.events import programme
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import EventState, ShiftState, SignUpState
from app.orgs.rules import Reach
from app.volunteers import queries as volunteers
from app.volunteers.models import Qualification
from app.volunteers.rules import is_valid_on

SHOWN_MAX = 200
"""Of one shift so many sign-ups in one state are shown; the list of sign-ups holds the rest."""
HERE = (
    SignUpState.CONFIRMED,
    SignUpState.OFFERED,
    SignUpState.PENDING,
    SignUpState.WAITLISTED,
    SignUpState.INVITED,
)
"""The parts of a roster in their order: who comes, and then who may."""
GONE = (
    SignUpState.CANCELLED_SELF,
    SignUpState.CANCELLED_ORG,
    SignUpState.REJECTED,
    SignUpState.DECLINED,
    SignUpState.EXPIRED,
)
SHEET = (SignUpState.CONFIRMED, SignUpState.OFFERED)
"""Those who stand on a sign-in sheet: who comes, and who may still say so."""
HELD_BY = joinedload(Shift.parent).joinedload(Position.event)
"""What a shift's row says besides its own: its position, event and place."""
OF_SHIFT = (HELD_BY.joinedload(Event.station), HELD_BY.joinedload(Event.district))
_SIGNED = joinedload(SignUp.shift).joinedload(Shift.parent).joinedload(Position.event)
OF_SIGNUP = (_SIGNED.joinedload(Event.station), _SIGNED.joinedload(Event.district), joinedload(SignUp.volunteer))


class Proof(NamedTuple):
    """A qualification as it stands on the day on which a shift ends."""

    code: str
    holds: bool
    is_asked: bool


class Entry(NamedTuple):
    """One line of a roster. name: masked."""

    signup: SignUp
    number: str
    name: str
    proofs: Sequence[Proof]


@dataclass(frozen=True)
class Roster:
    """A shift with its people. counts: by state, of all there are; parts: at most SHOWN_MAX of each."""

    shift: Shift
    counts: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, Sequence[Entry]] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        """How many have said that they come."""
        return self.counts.get(SignUpState.CONFIRMED, 0)

    @property
    def gone(self) -> int:
        """How many were on it and are no more."""
        return sum(self.counts.get(state, 0) for state in GONE)


def free(shift: Shift) -> int:
    """Return how many seats nobody holds; none on a cancelled shift."""
    return shift.capacity - shift.taken if shift.state == ShiftState.OPEN else 0


def missing(shift: Shift) -> int:
    """Return how many people a shift lacks for its least cover, by the same measure as programme.too_few."""
    return max(0, shift.min_cover - shift.taken) if shift.state == ShiftState.OPEN else 0


def within(reach: Reach, at: datetime) -> ColumnElement[bool]:
    """Return the filter that keeps to the shifts whose people a member of staff may see.

    Drafts have no people. Whoever keeps a station sees its shifts of the city day alone. Source: product §7.
    """
    if reach.city:
        return _in_event(true())
    elsewhere = replace(reach, station_ids=frozenset())
    found = _in_event(programme.within(elsewhere))
    if not reach.station_ids:
        return found
    return or_(found, and_(_in_event(Event.station_id.in_(reach.station_ids)), on_day(business_date(at))))


def signups_within(reach: Reach, at: datetime) -> ColumnElement[bool]:
    """Return the filter that keeps to the sign-ups of those shifts."""
    return SignUp.shift_id.in_(select(Shift.id).where(within(reach, at)))


def _in_event(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    shown = Event.state.not_in((EventState.DRAFT, EventState.IN_REVIEW))
    return Shift.position_id.in_(select(Position.id).join(Event, Event.id == Position.event_id).where(shown, condition))


def on_day(day: date) -> ColumnElement[bool]:
    """Return the filter that keeps to shifts of which some part lies on a city day."""
    return between(day, day)


def between(first: date, last: date) -> ColumnElement[bool]:
    """Return the filter that keeps to shifts of which some part lies on the city days of a span."""
    return and_(Shift.starts_at < midnight(last + timedelta(days=1)), Shift.ends_at > midnight(first))


def of_event(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return the filter that keeps to shifts of events of which something holds."""
    return exists().where(Position.id == Shift.position_id, Event.id == Position.event_id, condition)


def named(term: str) -> ColumnElement[bool]:
    """Return the filter that keeps to shifts whose event or position has a word in its title."""
    columns = (Event.title_zh, Event.title_en, Position.title_zh, Position.title_en)
    return of_event(or_(*(column.icontains(term, autoescape=True) for column in columns)))


def with_state(state: SignUpState) -> ColumnElement[bool]:
    """Return the filter that keeps to shifts on which somebody is in a state."""
    return exists().where(SignUp.shift_id == Shift.id, SignUp.state == state)


def count_shifts(reach: Reach, day: date, at: datetime) -> int:
    """Return how many shifts of a city day, not cancelled, a member of staff may see the people of."""
    query = select(func.count()).select_from(Shift).where(within(reach, at), on_day(day), standing())
    return db.session.scalar(query) or 0


def list_today(reach: Reach, most: int, at: datetime) -> list[Shift]:
    """Return the first shifts of the city day, with what their rows say; those that are over come last."""
    query = (
        select(Shift)
        .where(within(reach, at), on_day(business_date(at)), standing())
        .options(*OF_SHIFT)
        .order_by(case((Shift.ends_at <= at, 1), else_=0), Shift.starts_at, Shift.id)
        .limit(most)
    )
    return list(db.session.scalars(query))


def list_shown(reach: Reach, event_id: int, at: datetime) -> frozenset[int]:
    """Return the shifts of an event whose people a member of staff may see."""
    query = select(Shift.id).join(Position, Position.id == Shift.position_id)
    return frozenset(db.session.scalars(query.where(Position.event_id == event_id, within(reach, at))))


def count_pending(reach: Reach, at: datetime) -> int:
    """Return how many sign-ups wait for a decision of staff."""
    query = select(func.count()).select_from(SignUp)
    query = query.where(SignUp.state == SignUpState.PENDING, signups_within(reach, at))
    return db.session.scalar(query) or 0


def standing() -> ColumnElement[bool]:
    """Return the filter that keeps to shifts that were not cancelled."""
    return Shift.state == ShiftState.OPEN


def list_rosters(shifts: Sequence[Shift]) -> list[Roster]:
    """Return the rosters of some shifts, in their order, in four statements."""
    ids = [shift.id for shift in shifts]
    rows = _rows(ids)
    proofs = _proofs({row.volunteer_id for row in rows})
    counts = count_states(ids)
    found = []
    for shift in shifts:
        parts: dict[str, list[Entry]] = {}
        for row in rows:
            if row.shift_id == shift.id:
                parts.setdefault(row.state, []).append(_entry(row, shift, proofs.get(row.volunteer_id, ())))
        found.append(Roster(shift, counts.get(shift.id, {}), parts))
    return found


def _entry(row: SignUp, shift: Shift, proofs: Sequence[Qualification]) -> Entry:
    day, asked = business_date(shift.ends_at), shift.parent.qualifications
    said = [Proof(one.code, is_valid_on(one.valid_until, day), one.code in asked) for one in proofs]
    known = {one.code for one in said}
    said += [Proof(code, holds=False, is_asked=True) for code in asked if code not in known]
    said.sort(key=lambda one: (not one.is_asked, one.code))
    return Entry(row, row.volunteer.volunteer_no, volunteers.masked_name(row.volunteer), said)


def _rows(shift_ids: Collection[int]) -> list[SignUp]:
    """Return the sign-ups to show: those that wait by their number, offers by their end, all others as they came."""
    ordered = func.row_number().over(
        partition_by=(SignUp.shift_id, SignUp.state),
        order_by=(_rank(), SignUp.id),
    )
    numbered = select(SignUp.id, ordered.label("place")).where(SignUp.shift_id.in_(shift_ids)).subquery()
    query = (
        select(SignUp)
        .join(numbered, numbered.c.id == SignUp.id)
        .where(numbered.c.place <= SHOWN_MAX)
        .options(joinedload(SignUp.volunteer))
        .order_by(numbered.c.place)
    )
    return list(db.session.scalars(query))


def _rank() -> ColumnElement[int]:
    """The number of those who wait; a number that somebody once waited by counts no more."""
    return case((SignUp.state == SignUpState.WAITLISTED, SignUp.queue_no), else_=0)


def count_states(shift_ids: Collection[int]) -> dict[int, dict[str, int]]:
    """Return how many sign-ups are in which state, by shift."""
    query = (
        select(SignUp.shift_id, SignUp.state, func.count())
        .where(SignUp.shift_id.in_(shift_ids))
        .group_by(SignUp.shift_id, SignUp.state)
    )
    found: dict[int, dict[str, int]] = {}
    for shift_id, state, number in db.session.execute(query):
        found.setdefault(shift_id, {})[state] = number
    return found


def _proofs(volunteer_ids: Collection[int]) -> dict[int, list[Qualification]]:
    found: dict[int, list[Qualification]] = {}
    query = select(Qualification).where(Qualification.volunteer_id.in_(volunteer_ids)).order_by(Qualification.id)
    for row in db.session.scalars(query):
        found.setdefault(row.volunteer_id, []).append(row)
    return found
