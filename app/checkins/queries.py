"""Read visits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ColumnElement,
    Row,
    Table,
    and_,
    bindparam,
    case,
    distinct,
    func,
    join,
    literal_column,
    or_,
    select,
    true,
)

from app.checkins.models import LIVE, Appeal, CheckIn
from app.checkins.rules import POINT_KEPT, CheckInState, Fence
from app.checkins.signals import DEVICE_WITHIN, NEIGHBOURS_WITHIN, History, Seen
from app.core.db import connection, db
from app.core.errors import NotFound
from app.core.geo import Point
from app.core.paging import Page, page_of
from app.core.statements import Prepared
from app.orgs.rules import Reach
from app.stations import queries as stations
from app.stations.models import Circle, Station, StationCredential
from app.stations.rules import LISTED

HISTORY = "checkins.mine.by_time"
ACCEPTED: ColumnElement[str] = literal_column("'accepted'")
COUNTED = (CheckInState.ACCEPTED, CheckInState.PENDING_REVIEW)

_VISITS, _STATIONS, _CIRCLES, _CREDENTIALS = (
    cast(Table, model.__table__) for model in (CheckIn, Station, Circle, StationCredential)
)


def _neighbour(near: ColumnElement[bool], order: ColumnElement[Any], name: str) -> Any:
    """Return the person's accepted visit nearest in time on one side, with the place of its station: its first circle."""
    return (
        select(
            _VISITS.c.happened_at.label(f"{name}_at"),
            _CIRCLES.c.lat.label(f"{name}_lat"),
            _CIRCLES.c.lng.label(f"{name}_lng"),
        )
        .join_from(
            _VISITS,
            _CIRCLES,
            and_(_CIRCLES.c.station_id == _VISITS.c.station_id, _CIRCLES.c.position == literal_column("0")),
        )
        .where(_VISITS.c.person_id == bindparam("person_id"), _VISITS.c.state == ACCEPTED, near)
        .order_by(order)
        .limit(literal_column("1"))
        .subquery(name)
    )


_BEFORE = _neighbour(
    _VISITS.c.happened_at.between(bindparam("earliest"), bindparam("at")), _VISITS.c.happened_at.desc(), "before"
)
_AFTER = _neighbour(
    and_(_VISITS.c.happened_at > bindparam("at"), _VISITS.c.happened_at <= bindparam("latest")),
    _VISITS.c.happened_at.asc(),
    "after",
)
_PEOPLE_ON_DEVICE = (
    select(func.count(distinct(_VISITS.c.person_id)))
    .where(
        _VISITS.c.device_hash == bindparam("device_hash"),
        _VISITS.c.happened_at.between(bindparam("device_from"), bindparam("device_to")),
        _VISITS.c.person_id != bindparam("person_id"),
        LIVE,
    )
    .scalar_subquery()
)
_DAYS_AT_POSITION = (
    select(func.count(distinct(_VISITS.c.business_date)))
    .where(
        _VISITS.c.person_id == bindparam("person_id"),
        _VISITS.c.lat == bindparam("lat"),
        _VISITS.c.lng == bindparam("lng"),
        _VISITS.c.happened_at >= bindparam("pointed_since"),
        _VISITS.c.business_date != bindparam("today"),
        LIVE,
    )
    .scalar_subquery()
)


_OWN = (
    select(
        func.count(distinct(_VISITS.c.station_id)).label("collected"),
        func.count(
            distinct(case((and_(*(_STATIONS.c.state != state.value for state in LISTED)), _STATIONS.c.id)))
        ).label("unlisted"),
    )
    .join_from(_VISITS, _STATIONS, _STATIONS.c.id == _VISITS.c.station_id)
    .where(_VISITS.c.person_id == bindparam("person_id"), _VISITS.c.state == ACCEPTED)
)
_PASSPORT = _OWN.add_columns(func.count(case((_STATIONS.c.code == bindparam("code"), 1))).label("here")).subquery("own")


@lru_cache
def _target(*, late: bool, device: bool, point: bool) -> Prepared:
    """Return the statement that loads the station a person names, and what signals look at: no more than was told.

    late: what comes from the offline queue may lie before a visit that is known already; a live one cannot.
    """
    sides = (_BEFORE, _AFTER) if late else (_BEFORE,)
    tables = join(_STATIONS, _CIRCLES, _CIRCLES.c.station_id == _STATIONS.c.id).outerjoin(
        _CREDENTIALS,
        and_(_CREDENTIALS.c.station_id == _STATIONS.c.id, _CREDENTIALS.c.kind == bindparam("kind")),
    )
    tables = tables.join(_PASSPORT, true())
    for side in sides:
        tables = tables.outerjoin(side, true())
    return Prepared(
        select(
            *(_STATIONS.c[name] for name in ("id", "code", "name_zh", "name_en", "state")),
            *(_CIRCLES.c[name] for name in ("lat", "lng", "radius_m")),
            _CREDENTIALS.c.id.label("credential_id"),
            *(_CREDENTIALS.c[name] for name in ("public_id", "secret", "version", "revoked_at")),
            *_PASSPORT.c,
            *(column for side in sides for column in side.c),
            (_PEOPLE_ON_DEVICE if device else literal_column("0")).label("people_on_device"),
            (_DAYS_AT_POSITION if point else literal_column("0")).label("days_at_position"),
        )
        .select_from(tables)
        .where(_STATIONS.c.code == bindparam("code"))
        .order_by(_CREDENTIALS.c.version.desc(), _CIRCLES.c.position)
    )


_STEP_USED = Prepared(
    select(_VISITS.c.id)
    .where(
        _VISITS.c.person_id == bindparam("person_id"),
        _VISITS.c.station_id == bindparam("station_id"),
        _VISITS.c.step == bindparam("step"),
        _VISITS.c.business_date != bindparam("business_date"),
        LIVE,
    )
    .limit(1)
)
_COLLECTED = Prepared(_OWN)


class KnownCredential(NamedTuple):
    """One credential of the station that a person names."""

    id: int
    public_id: str
    sealed: str
    version: int
    revoked: bool


class Passport(NamedTuple):
    """How many stations a person has collected, how many of them are no longer listed, visits at the named one."""

    collected: int
    unlisted: int
    here: int


class Target(NamedTuple):
    """The station that a person names, with what is needed to decide and to answer."""

    id: int
    code: str
    name_zh: str
    name_en: str
    state: str
    fences: tuple[Fence, ...]
    credentials: tuple[KnownCredential, ...]
    history: History
    passport: Passport
    """Before this check-in."""


class Stamp(NamedTuple):
    """A station in a person's passport."""

    station: Station
    first_on: date
    last_on: date
    visits: int
    grade: str


def find_target(
    code: str,
    kind: str,
    *,
    person_id: int,
    at: datetime,
    today: date,
    device_hash: str | None,
    point: Point | None,
    late: bool,
) -> Target | None:
    """Return the station of a code with its credentials of one kind, or None. One statement.

    It also brings the person's passport and what signals look at: the visits around an instant (late: also those after
    it), who else used the phone, other days at the point.
    """
    given = {
        "code": code,
        "kind": kind,
        "person_id": person_id,
        "at": at,
        "earliest": at - NEIGHBOURS_WITHIN,
        "latest": at + NEIGHBOURS_WITHIN,
        "device_hash": device_hash,
        "device_from": at - DEVICE_WITHIN,
        "device_to": at + DEVICE_WITHIN,
        "today": today,
        "lat": point.lat if point else None,
        "lng": point.lng if point else None,
        "pointed_since": at - POINT_KEPT,
    }
    rows = _target(late=late, device=device_hash is not None, point=point is not None).all(connection(), given)
    return _target_of(rows, late=late) if rows else None


def _target_of(rows: Sequence[Any], *, late: bool) -> Target:
    first = rows[0]
    fences = {Fence(Point(row.lat, row.lng), row.radius_m): None for row in rows}
    credentials = {
        row.credential_id: KnownCredential(
            row.credential_id, row.public_id, row.secret, row.version, row.revoked_at is not None
        )
        for row in rows
        if row.credential_id is not None
    }
    sides = [(first.before_at, first.before_lat, first.before_lng)]
    if late:
        sides.append((first.after_at, first.after_lat, first.after_lng))
    neighbours = tuple(Seen(at, Point(lat, lng)) for at, lat, lng in sides if at is not None)
    return Target(
        first.id,
        first.code,
        first.name_zh,
        first.name_en,
        first.state,
        tuple(fences),
        tuple(credentials.values()),
        History(neighbours, first.people_on_device, first.days_at_position),
        Passport(first.collected, first.unlisted, first.here),
    )


def has_used_step(person_id: int, station_id: int, step: int, today: date) -> bool:
    """Whether a person's digits of this step already stamped another day (the step that spans midnight)."""
    given = {"person_id": person_id, "station_id": station_id, "step": step, "business_date": today}
    return _STEP_USED.first(connection(), given) is not None


def find_visit(person_id: int, station_id: int, business_date: date) -> CheckIn | None:
    """Return a person's visit that counts at a station on a city day, or None."""
    query = select(CheckIn).where(
        CheckIn.person_id == person_id,
        CheckIn.station_id == station_id,
        CheckIn.business_date == business_date,
        CheckIn.state.in_(COUNTED),
    )
    return db.session.scalar(query)


def list_live(person_ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Return what decides whether visits of several people clash, of those that count."""
    columns = [_VISITS.c[name] for name in ("id", "person_id", "station_id", "business_date", "step", "happened_at")]
    return (
        connection().execute(select(*columns).where(_VISITS.c.person_id.in_(person_ids), _VISITS.c.state.in_(COUNTED)))
    ).all()


def find_own(person_id: int, public_id: str) -> CheckIn | None:
    """Return a person's own attempt, its row locked, or None."""
    query = select(CheckIn).where(CheckIn.person_id == person_id, CheckIn.public_id == public_id).with_for_update()
    return db.session.scalar(query)


def count_collected(person_id: int) -> tuple[int, int]:
    """Return (stations collected, those of them that are no longer listed)."""
    row = _COLLECTED.first(connection(), {"person_id": person_id})
    return row.collected, row.unlisted


def count_visits(station_id: int, business_date: date) -> int:
    """Return how many people have been stamped at a station on a city day."""
    query = select(func.count()).where(
        CheckIn.station_id == station_id,
        CheckIn.business_date == business_date,
        CheckIn.state == CheckInState.ACCEPTED,
    )
    return db.session.scalar(query) or 0


def list_mine(person_id: int, limit: int, after: Sequence[Any] | None) -> Page[Row[CheckIn, Station, Appeal]]:
    """Return a person's attempts with their appeals, newest first: what waited offline stands where it happened."""
    query = (
        select(CheckIn, Station, Appeal)
        .join(Station, Station.id == CheckIn.station_id)
        .outerjoin(Appeal, Appeal.checkin_id == CheckIn.id)
        .where(CheckIn.person_id == person_id)
        .order_by(CheckIn.happened_at.desc(), CheckIn.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        at, last_id = datetime.fromisoformat(after[0]), after[1]
        query = query.where(CheckIn.happened_at <= at, or_(CheckIn.happened_at < at, CheckIn.id < last_id))
    return page_of(
        db.session.execute(query).all(),
        limit,
        HISTORY,
        lambda row: [row.CheckIn.happened_at.isoformat(), row.CheckIn.id],
    )


def list_stamps(person_id: int) -> list[Stamp]:
    """Return a person's passport: a stamp per station, in the order collected."""
    first_on = func.min(CheckIn.business_date)
    grouped = (
        select(
            CheckIn.station_id,
            first_on.label("first_on"),
            func.max(CheckIn.business_date).label("last_on"),
            func.count().label("visits"),
            func.min(CheckIn.grade).label("grade"),
            func.min(CheckIn.id).label("first_id"),
        )
        .where(CheckIn.person_id == person_id, CheckIn.state == CheckInState.ACCEPTED)
        .group_by(CheckIn.station_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Station, grouped).join(grouped, grouped.c.station_id == Station.id).order_by(grouped.c.first_id)
    )
    return [Stamp(row.Station, row.first_on, row.last_on, row.visits, row.grade) for row in rows]


def get_check_in_for_change(checkin_id: int) -> tuple[CheckIn, Station]:
    """Return a visit and its station, the visit's row locked. Raises NotFound."""
    row = db.session.execute(
        select(CheckIn, Station)
        .join(Station, Station.id == CheckIn.station_id)
        .where(CheckIn.id == checkin_id)
        .with_for_update(of=CheckIn)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise NotFound
    return row.CheckIn, row.Station


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to the visits a member of staff may see; needs Station joined."""
    return stations.within(reach)
