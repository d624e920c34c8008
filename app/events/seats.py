"""The seats of a shift: what is read under lock, and the one place that counts them.

Lock order: person (their row as a volunteer) → shift → sign-up. Whoever decides about a sign-up holds all three, so
that two who do it at once see one another; whoever applies holds the person and takes a seat by one guarded UPDATE
under a CHECK. The person's lock is SELECT … FOR UPDATE of the volunteer: the version there belongs to those who edit.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Table, and_, bindparam, case, insert, literal_column, or_, select, update

from app.core.db import after_commit, connection, db
from app.core.errors import NotFound, Text
from app.core.hooks import Hook
from app.core.statements import Prepared
from app.core.types import new_public_id
from app.events import messages
from app.events.judging import Case, Conflict, Path
from app.events.models import Event, Position, Shift, SignUp
from app.events.refusals import StateConflict
from app.events.rules import LIVE, SEATED, Approval, SignUpState, Via
from app.people.models import Person, PersonState
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer
from app.volunteers.rules import Standing

offer_soon: Hook[[int], None] = Hook("events.offer_soon")
"""The id of a shift with a seat that came free: offered as soon as the unit has committed. Provided by the jobs."""

_SHIFTS, _SIGNUPS = cast(Table, Shift.__table__), cast(Table, SignUp.__table__)
_VOLUNTEERS, _PERSONS = cast(Table, Volunteer.__table__), cast(Table, Person.__table__)
_POSITIONS, _EVENTS = cast(Table, Position.__table__), cast(Table, Event.__table__)
_OPEN: ColumnElement[bool] = _SHIFTS.c.state == literal_column("'open'")
_FREE = and_(_SHIFTS.c.taken < _SHIFTS.c.capacity, _SHIFTS.c.waitlisted == literal_column("0"))
"""A seat for whoever comes now: while others wait, a free one is theirs."""


def _person(by: ColumnElement[bool], *, locked: bool) -> Prepared:
    """Build the statement that reads a person, and may lock them: then it reads what they are once the lock is held."""
    query = (
        select(
            *(_VOLUNTEERS.c[name] for name in ("id", "person_id", "state", "birth_date", "guardian_consent_at")),
            _PERSONS.c.state.label("person_state"),
        )
        .join_from(_VOLUNTEERS, _PERSONS, _PERSONS.c.id == _VOLUNTEERS.c.person_id)
        .where(by)
    )
    return Prepared(query.with_for_update(of=_VOLUNTEERS) if locked else query)


_LOCK_PERSON = _person(_VOLUNTEERS.c.person_id == bindparam("id"), locked=True)
_LOCK_VOLUNTEER = _person(_VOLUNTEERS.c.id == bindparam("id"), locked=True)
_VOLUNTEER = _person(_VOLUNTEERS.c.id == bindparam("id"), locked=False)
PLACE = (
    select(
        *(_SHIFTS.c[name] for name in ("id", "public_id", "starts_at", "ends_at", "state")),
        *(_POSITIONS.c[name] for name in ("qualifications", "min_age", "approval")),
        _EVENTS.c.id.label("event_id"),
        _EVENTS.c.public_id.label("event_public_id"),
        _EVENTS.c.state.label("event_state"),
        *(_EVENTS.c[name] for name in ("title_zh", "title_en", "risk_note_zh")),
        *(_EVENTS.c[name] for name in ("district_id", "organisation_id", "station_id", "author_id")),
    )
    .join_from(_SHIFTS, _POSITIONS, _POSITIONS.c.id == _SHIFTS.c.position_id)
    .join(_EVENTS, _EVENTS.c.id == _POSITIONS.c.event_id)
)
_PLACE_NAMED = Prepared(PLACE.where(_SHIFTS.c.public_id == bindparam("public_id")))
_PLACE_OF = Prepared(PLACE.where(_SHIFTS.c.id == bindparam("id")))
_ON_THE_LIST = Prepared(
    select(
        *(_SIGNUPS.c[name] for name in ("id", "public_id", "state", "shift_id")),
        *(_SHIFTS.c[name] for name in ("starts_at", "ends_at")),
    )
    .join_from(_SIGNUPS, _SHIFTS, _SHIFTS.c.id == _SIGNUPS.c.shift_id)
    .where(
        _SIGNUPS.c.volunteer_id == bindparam("volunteer_id"),
        or_(
            and_(
                _SIGNUPS.c.shift_id == bindparam("shift_id"),
                or_(*(_SIGNUPS.c.state == one.value for one in LIVE)),
            ),
            and_(
                or_(*(_SIGNUPS.c.state == one.value for one in SEATED)),
                _SHIFTS.c.starts_at < bindparam("ends_at"),
                _SHIFTS.c.ends_at > bindparam("starts_at"),
            ),
        ),
    )
    .order_by(_SIGNUPS.c.id)
)
_ENTER = Prepared(
    update(_SHIFTS)
    .where(_SHIFTS.c.id == bindparam("shift_id"), _OPEN)
    .values(
        taken=_SHIFTS.c.taken
        + case((_FREE, bindparam("seats", type_=_SHIFTS.c.taken.type)), else_=literal_column("0")),
        waitlisted=_SHIFTS.c.waitlisted + case((_FREE, literal_column("0")), else_=literal_column("1")),
        queue_last=_SHIFTS.c.queue_last + case((_FREE, literal_column("0")), else_=literal_column("1")),
    )
    .returning(_SHIFTS.c.taken, _SHIFTS.c.capacity, _SHIFTS.c.waitlisted, _SHIFTS.c.queue_last)
)
"""One statement decides between a seat and the queue, so that nothing comes between the two. Afterwards somebody waits
exactly if there was no free seat."""
_ADD = Prepared(
    insert(_SIGNUPS)
    .values({c.name: bindparam(c.name, type_=c.type) for c in _SIGNUPS.columns if c.name != "id"})
    .returning(_SIGNUPS.c.id)
)


class Member(NamedTuple):
    """A person and their record as a volunteer, as far as they are judged by it."""

    id: int
    person_id: int
    state: str
    birth_date: date | None
    guardian_consent_at: datetime | None
    person_state: str


class Entered(NamedTuple):
    """Where somebody who came now stands. queue_no: None with a seat; position: from 1, of those who wait."""

    queue_no: int | None
    position: int | None
    seat_is_free: bool


class Held(NamedTuple):
    """A sign-up that is being decided: person, shift and row are locked until the unit ends."""

    signup: SignUp
    place: Any
    person: Member


def find_place(public_id: str) -> Any | None:
    """Return a shift with what its position and event ask and say, or None."""
    return _PLACE_NAMED.first(connection(), {"public_id": public_id})


def get_place(shift_id: int) -> Any:
    """Return a shift by its row number. Raises NotFound."""
    place = _PLACE_OF.first(connection(), {"id": shift_id})
    if place is None:
        raise NotFound
    return place


def lock_person(person_id: int) -> Member | None:
    """Lock a person as a volunteer until the unit ends; None for who is none."""
    row = _LOCK_PERSON.first(connection(), {"id": person_id})
    return Member(*row) if row else None


def lock_volunteer(volunteer_id: int) -> Member:
    """Lock a volunteer until the unit ends. Raises NotFound."""
    row = _LOCK_VOLUNTEER.first(connection(), {"id": volunteer_id})
    if row is None:
        raise NotFound
    return Member(*row)


def find_volunteer(volunteer_id: int) -> Member | None:
    """Return a volunteer without a lock, for a first look; or None."""
    row = _VOLUNTEER.first(connection(), {"id": volunteer_id})
    return Member(*row) if row else None


def lock_shift(shift_id: int) -> None:
    """Lock a shift until the unit ends."""
    db.session.execute(select(Shift.id).where(Shift.id == shift_id).with_for_update())


def hold(signup_id: int) -> Held:
    """Lock the person, the shift and the sign-up, in this order, and return them as they are now. Raises NotFound."""
    found = db.session.execute(select(SignUp.volunteer_id, SignUp.shift_id).where(SignUp.id == signup_id)).first()
    if found is None:
        raise NotFound
    person = lock_volunteer(found.volunteer_id)
    lock_shift(found.shift_id)
    query = select(SignUp).where(SignUp.id == signup_id).with_for_update().execution_options(populate_existing=True)
    return Held(db.session.scalars(query).one(), get_place(found.shift_id), person)


def look(volunteer_id: int, place: Any) -> list[Any]:
    """Return a volunteer's live sign-up on a shift, and those that hold a seat at the same time."""
    return _ON_THE_LIST.all(
        connection(),
        {
            "volunteer_id": volunteer_id,
            "shift_id": place.id,
            "starts_at": place.starts_at,
            "ends_at": place.ends_at,
        },
    )


def case_of(
    path: Path,
    place: Any,
    person: Member | None,
    at: datetime,
    *,
    rows: list[Any] | None = None,
    signup_id: int | None = None,
    needs_ack: bool = False,
    is_full: bool = False,
) -> Case:
    """Return what a sign-up is judged by. rows: what `look` found, where that is known; signup_id: the one decided."""
    if rows is None:
        rows = look(person.id, place) if person else []
    others = [row for row in rows if row.id != signup_id]
    clash = next((row for row in others if row.shift_id != place.id), None)
    return Case(
        path=path,
        at=at,
        standing=_standing(person, place) if person else None,
        is_frozen=person is not None and person.person_state == PersonState.FROZEN,
        event_state=place.event_state,
        shift_state=place.state,
        starts_at=place.starts_at,
        ends_at=place.ends_at,
        min_age=place.min_age,
        qualifications=place.qualifications,
        is_listed=any(row.shift_id == place.id for row in others),
        conflict=conflict(clash) if clash else None,
        needs_ack=needs_ack and bool(place.risk_note_zh),
        is_full=is_full,
    )


def _standing(person: Member, place: Any) -> Standing:
    """Return what a person's standing is; their qualifications are read only where the position asks for one."""
    if place.qualifications and (found := volunteers.find_standing(person.person_id)):
        return found
    return Standing(person.id, person.state, person.birth_date, person.guardian_consent_at is not None, {})


def conflict(row: Any) -> Conflict:
    """Return a sign-up that holds a seat at the same time, with its event."""
    clash = get_place(row.shift_id)
    title = Text(clash.title_zh, clash.title_en)
    return Conflict(row.public_id, clash.event_public_id, title, clash.starts_at, clash.ends_at)


def enter(place: Any) -> Entered | None:
    """Give whoever comes now a seat, or a number in the queue. None when the shift has just been cancelled.

    In a reviewed position nobody holds a seat before staff confirm them: with a free seat they wait for staff, without
    one in the queue. Their seats are those that are free when staff decide. Source: product §4, seats = confirmed +
    offered.
    """
    seats = int(place.approval == Approval.INSTANT)
    row = _ENTER.first(connection(), {"shift_id": place.id, "seats": seats})
    if row is None:
        return None
    free = row.taken < row.capacity
    return Entered(row.queue_last, row.waitlisted, free) if row.waitlisted else Entered(None, None, free)


def take(shift_id: int) -> bool:
    """Take a seat for somebody whom staff confirm, whoever waits. False when none is free."""
    return _count(shift_id, seats=1, waiting=0)


def add(place: Any, volunteer_id: int, state: SignUpState, *, via: Via, at: datetime, **more: Any) -> tuple[int, str]:
    """Write a new sign-up down and tell its volunteer; its seat has been counted. Returns its row number and public id.

    A second live one of a person on a shift is refused by the partial unique index, whoever forgot the person's lock.
    """
    public_id = new_public_id()
    given = {"public_id": public_id, "shift_id": place.id, "volunteer_id": volunteer_id, "state": state.value}
    row = _ADD.first(connection(), {**given, "via": via.value, "late": False, "created_at": at, **more})
    messages.tell_state(row.id, at)
    return row.id, public_id


def move(held: Held, to: SignUpState, *, at: datetime, fair: bool = False, **changes: Any) -> bool:
    """Put a held sign-up into another state and count its seat. Returns False when that needs a seat and none is free.

    fair: a free seat counts only while nobody waits for it. changes: other columns of the row.
    Whoever did not bring it about themselves is told. A seat that comes free is offered once the unit has committed.
    """
    signup = held.signup
    before = SignUpState(signup.state)
    seats = int(to in SEATED) - int(before in SEATED)
    waiting = int(to is SignUpState.WAITLISTED) - int(before is SignUpState.WAITLISTED)
    if (seats or waiting) and not _count(signup.shift_id, seats=seats, waiting=waiting, fair=fair):
        if seats > 0:
            return False
        raise StateConflict
    signup.state, signup.decided_at, signup.offer_until = to.value, at, None
    for name, value in changes.items():
        setattr(signup, name, value)
    db.session.flush()
    messages.tell_state(signup.id, at)
    if seats < 0:
        offer_after_commit(signup.shift_id)
    return True


def offer_after_commit(shift_id: int) -> None:
    """Offer what is free on a shift once the open unit has committed; the periodic job finds what this misses."""
    after_commit(lambda: offer_soon(shift_id))


def _count(shift_id: int, *, seats: int, waiting: int, fair: bool = False) -> bool:
    """Change the counters of a shift by a guarded UPDATE. Returns False when the guard holds: no seat, or cancelled."""
    guard = [_SHIFTS.c.id == shift_id]
    if seats > 0:
        guard += [_OPEN, _SHIFTS.c.taken < _SHIFTS.c.capacity]
        if fair:
            guard.append(_SHIFTS.c.waitlisted == 0)
    changed = connection().execute(
        update(_SHIFTS)
        .where(*guard)
        .values(taken=_SHIFTS.c.taken + seats, waitlisted=_SHIFTS.c.waitlisted + waiting)
        .returning(_SHIFTS.c.id)
    )
    return changed.first() is not None
