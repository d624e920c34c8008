"""Read a person's own sign-ups: one, a page of them, and how they stand to the shifts of an event."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, case, func, or_, select

from app.core import secrets
from app.core.db import connection, read_connection
from app.core.paging import Page, page_of
from app.core.statements import Prepared
from app.events import judging, seats
from app.events.judging import Case, Path, Reason
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import LIVE, SEATED, SignUpState
from app.people.models import PersonState
from app.stations.models import Station
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer

_SIGNUPS, _SHIFTS, _POSITIONS, _EVENTS, _STATIONS, _VOLUNTEERS = (
    cast(Table, model.__table__) for model in (SignUp, Shift, Position, Event, Station, Volunteer)
)
_AHEAD = _SIGNUPS.alias("ahead")
_QUEUE_POSITION = case(
    (
        _SIGNUPS.c.state == SignUpState.WAITLISTED.value,
        select(func.count())
        .where(
            _AHEAD.c.shift_id == _SIGNUPS.c.shift_id,
            _AHEAD.c.state == SignUpState.WAITLISTED.value,
            _AHEAD.c.queue_no <= _SIGNUPS.c.queue_no,
        )
        .scalar_subquery(),
    )
)
_MINE = (
    select(
        *(
            _SIGNUPS.c[name]
            for name in ("id", "public_id", "state", "late", "via", "reason", "offer_until", "created_at")
        ),
        _QUEUE_POSITION.label("queue_position"),
        _SHIFTS.c.public_id.label("shift_id"),
        *(_SHIFTS.c[name] for name in ("starts_at", "ends_at")),
        _SHIFTS.c.cancel_reason_zh.label("shift_reason_zh"),
        _SHIFTS.c.cancel_reason_en.label("shift_reason_en"),
        _POSITIONS.c.title_zh.label("position_zh"),
        _POSITIONS.c.title_en.label("position_en"),
        _EVENTS.c.public_id.label("event_id"),
        *(_EVENTS.c[name] for name in ("title_zh", "title_en", "place_zh", "place_en", "contact")),
        *(_EVENTS.c[name] for name in ("risk_note_zh", "risk_note_en", "cancel_reason_zh", "cancel_reason_en")),
        _STATIONS.c.code.label("station_code"),
        _STATIONS.c.name_zh.label("station_zh"),
        _STATIONS.c.name_en.label("station_en"),
    )
    .join_from(_SIGNUPS, _SHIFTS, _SHIFTS.c.id == _SIGNUPS.c.shift_id)
    .join(_POSITIONS, _POSITIONS.c.id == _SHIFTS.c.position_id)
    .join(_EVENTS, _EVENTS.c.id == _POSITIONS.c.event_id)
    .join(_VOLUNTEERS, _VOLUNTEERS.c.id == _SIGNUPS.c.volunteer_id)
    .join(_STATIONS, _STATIONS.c.id == _EVENTS.c.station_id, isouter=True)
)
_ONE = Prepared(_MINE.where(_SIGNUPS.c.id == bindparam("id")))
_NAMED = Prepared(
    _MINE.where(_SIGNUPS.c.public_id == bindparam("public_id"), _VOLUNTEERS.c.person_id == bindparam("person_id"))
)
_SHIFTS_OF_EVENT = Prepared(
    seats.PLACE.where(_EVENTS.c.public_id == bindparam("event_id")).order_by(_SHIFTS.c.starts_at, _SHIFTS.c.id)
)
_ON_ANY_LIST = Prepared(
    select(
        *(_SIGNUPS.c[name] for name in ("id", "public_id", "state", "shift_id", "risk_ack_at")),
        *(_SHIFTS.c[name] for name in ("starts_at", "ends_at")),
    )
    .join_from(_SIGNUPS, _SHIFTS, _SHIFTS.c.id == _SIGNUPS.c.shift_id)
    .where(
        _SIGNUPS.c.volunteer_id == bindparam("volunteer_id"),
        or_(*(_SIGNUPS.c.state == one.value for one in LIVE)),
        _SHIFTS.c.ends_at > bindparam("at"),
    )
)


class Wanted(NamedTuple):
    """Which of a person's sign-ups a page shows. since: those of shifts that end after it, the next one first;
    None: all, the latest first."""

    state: str | None = None
    since: datetime | None = None

    @property
    def kind(self) -> str:
        """The list and its order, for cursors."""
        return f"signups.mine.{'next' if self.since else 'latest'}"


class Eligibility(NamedTuple):
    """How a person stands to a shift: their live sign-up on it, and why they could not sign up now."""

    signup: Any | None
    reasons: tuple[Reason, ...]


def get_mine(signup_id: int) -> Any:
    """Return a sign-up by its row number, as its owner sees it; the caller knows that it exists."""
    return _ONE.first(connection(), {"id": signup_id})


def find_mine(person_id: int, public_id: str) -> Any | None:
    """Return a person's own sign-up, or None for anybody else's."""
    return _NAMED.first(connection(), {"public_id": public_id, "person_id": person_id})


def list_mine(person_id: int, wanted: Wanted, limit: int, after: list[Any] | None) -> Page[Any]:
    """Return a page of a person's sign-ups. after: the position that a cursor names."""
    given = {"person_id": person_id, "state": wanted.state, "since": wanted.since, "rows": limit + 1}
    if after is not None:
        given |= {"after_at": datetime.fromisoformat(after[0]), "after_id": after[1]}
    statement = _page(wanted.state is not None, wanted.since is not None, after is not None)
    with read_connection() as reader:
        rows = statement.all(reader, given)
    return page_of(rows, limit, wanted.kind, lambda row: [row.starts_at.isoformat(), row.id])


@lru_cache
def _page(by_state: bool, since: bool, after: bool) -> Prepared:
    starts, row = _SHIFTS.c.starts_at, _SIGNUPS.c.id
    query: Select[Any] = _MINE.where(_VOLUNTEERS.c.person_id == bindparam("person_id"))
    if by_state:
        query = query.where(_SIGNUPS.c.state == bindparam("state"))
    if since:
        query = query.where(_SHIFTS.c.ends_at > bindparam("since"))
    if after:
        at, number = bindparam("after_at", type_=starts.type), bindparam("after_id", type_=row.type)
        beyond: ColumnElement[bool] = starts > at if since else starts < at
        same: ColumnElement[bool] = row > number if since else row < number
        query = query.where(or_(beyond, and_(starts == at, same)))
    order = (starts, row) if since else (starts.desc(), row.desc())
    return Prepared(query.order_by(*order).limit(bindparam("rows", type_=row.type)))


def standing_in(person_id: int, event_id: str, *, is_frozen: bool, at: datetime) -> dict[str, Eligibility]:
    """Return how a person stands to each shift of an event, by the shift's public id: for `my_signup`, `eligibility`.

    Judged by the same checks as signing up, without a lock and without what only applying can tell: a full shift has a
    queue, and a risk is acknowledged on the way. Four statements, whatever the number of shifts.
    """
    standing = volunteers.find_standing(person_id)
    given = {"volunteer_id": standing.volunteer_id, "at": at} if standing else None
    mine = _ON_ANY_LIST.all(connection(), given) if given else []
    found: dict[str, Eligibility] = {}
    for place in _SHIFTS_OF_EVENT.all(connection(), {"event_id": event_id}):
        listed = next((row for row in mine if row.shift_id == place.id), None)
        clash = next(
            (
                row
                for row in mine
                if row.shift_id != place.id
                and row.state in SEATED
                and judging.overlaps(place.starts_at, place.ends_at, row.starts_at, row.ends_at)
            ),
            None,
        )
        case_ = Case(
            path=Path.APPLY,
            at=at,
            standing=standing,
            is_frozen=is_frozen,
            event_state=place.event_state,
            shift_state=place.state,
            starts_at=place.starts_at,
            ends_at=place.ends_at,
            min_age=place.min_age,
            qualifications=place.qualifications,
            is_listed=listed is not None,
            conflict=seats.conflict(clash) if clash else None,
        )
        found[place.public_id] = Eligibility(listed, judging.reasons(case_))
    return found


def is_frozen(person_state: str) -> bool:
    """Whether an account may not sign up."""
    return person_state == PersonState.FROZEN


def ticket_code(public_id: str) -> str:
    """Return what a volunteer shows on the spot: the sign-up's id under our seal, so that it cannot be made up."""
    mac = secrets.digest("ticket", public_id)[:6].hex()
    return f"{public_id}.{mac}"
