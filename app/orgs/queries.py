"""Read offices and staff, and who stands behind a panel session or a one-time link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, false, or_, select, true

from app.core import secrets
from app.core.actor import Grant
from app.core.db import db, read_connection
from app.core.errors import NotFound
from app.core.hooks import Hook
from app.orgs.models import District, Organisation, Staff, StaffGrant, StaffLink, StaffSession
from app.orgs.rules import Reach, Role, ScopeKind, StaffState


class StationFacts(NamedTuple):
    """What the offices need to know of a station in order to grant it as a scope."""

    id: int
    code: str
    name_zh: str
    district_id: int


find_stations: Hook[[Iterable[int] | None, str | None], list[StationFacts]] = Hook("orgs.find_stations")
"""Stations by ids, by code, or (None, None) all of them; provided by the stations domain."""


class EventFacts(NamedTuple):
    """What the offices need to know of an event in order to grant it as a scope."""

    id: int
    public_id: str
    title_zh: str
    district_id: int


find_events: Hook[[Iterable[int] | None, str | None], list[EventFacts]] = Hook("orgs.find_events")
"""Events by ids, by public id, or (None, None) those not over or cancelled; provided by the events domain."""


class Caller(NamedTuple):
    """Who stands behind a panel cookie, as one indexed look-up finds it."""

    session_id: int
    last_seen_at: datetime
    expires_at: datetime
    staff_id: int
    login: str
    name: str
    state: str


_CALLER = (
    select(
        StaffSession.id,
        StaffSession.last_seen_at,
        StaffSession.expires_at,
        Staff.id,
        Staff.login,
        Staff.name,
        Staff.state,
    )
    .join(Staff, Staff.id == StaffSession.staff_id)
    .where(StaffSession.token_hash == bindparam("token_hash"))
)
_GRANTS = select(StaffGrant.role, StaffGrant.scope, StaffGrant.scope_id).where(
    StaffGrant.staff_id == bindparam("staff_id"),
    or_(StaffGrant.valid_until.is_(None), StaffGrant.valid_until > bindparam("at", type_=StaffGrant.valid_until.type)),
)


def find_caller(token: str) -> Caller | None:
    """Return who holds a panel cookie, or None; whether the session is live is for the rules to say."""
    with read_connection() as connection:
        row = connection.execute(_CALLER, {"token_hash": secrets.token_hash(token)}).first()
    return Caller(*row) if row else None


def live_grants(staff_id: int, at: datetime) -> tuple[Grant, ...]:
    """Return the grants of one person that count at an instant."""
    with read_connection() as connection:
        rows = connection.execute(_GRANTS, {"staff_id": staff_id, "at": at}).all()
    return tuple(Grant(row.role, row.scope, row.scope_id) for row in rows)


def find_staff_by_login(login: str) -> Staff | None:
    """Return a person of staff by login, or None."""
    return db.session.scalar(select(Staff).where(Staff.login == login))


def find_staff(staff_id: int) -> Staff | None:
    """Return a person of staff, or None."""
    return db.session.get(Staff, staff_id)


def get_staff_for_change(staff_id: int) -> Staff:
    """Return a person of staff, the row locked until the unit ends. Raises NotFound."""
    query = select(Staff).where(Staff.id == staff_id).with_for_update().execution_options(populate_existing=True)
    staff = db.session.scalar(query)
    if staff is None:
        raise NotFound
    return staff


def list_grants(staff_id: int) -> list[StaffGrant]:
    """Return all grants of one person, ended ones too, oldest first."""
    return list(db.session.scalars(select(StaffGrant).where(StaffGrant.staff_id == staff_id).order_by(StaffGrant.id)))


def get_grant(grant_id: int) -> StaffGrant:
    """Return a grant as it is now. Raises NotFound."""
    grant = db.session.get(StaffGrant, grant_id, populate_existing=True)
    if grant is None:
        raise NotFound
    return grant


def lock_permanent_city_admins() -> set[int]:
    """Return the ids of active staff who are city administrators without an end, after locking them.

    Whoever takes rights away locks first and reads then, so that two who remove each other cannot both succeed.
    """
    permanent = exists().where(
        StaffGrant.staff_id == Staff.id, StaffGrant.role == Role.CITY_ADMIN, StaffGrant.valid_until.is_(None)
    )
    ids = select(Staff.id).where(Staff.state == StaffState.ACTIVE, permanent).order_by(Staff.id)
    db.session.execute(ids.with_for_update())
    return set(db.session.scalars(ids))


def list_sessions(staff_id: int, at: datetime) -> list[StaffSession]:
    """Return a person's panel sessions that have not ended by time, the one used last first."""
    query = (
        select(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.expires_at > at)
        .order_by(StaffSession.last_seen_at.desc(), StaffSession.id.desc())
    )
    return list(db.session.scalars(query))


def find_link(token: str) -> StaffLink | None:
    """Return a one-time link, used or not, or None."""
    return db.session.scalar(select(StaffLink).where(StaffLink.token_hash == secrets.token_hash(token)))


def list_districts() -> list[District]:
    """Return the ten districts by code."""
    return list(db.session.scalars(select(District).order_by(District.code)))


def find_district_by_code(code: str) -> District | None:
    """Return a district, or None."""
    return db.session.scalar(select(District).where(District.code == code))


def find_organisation_id(text: str) -> int | None:
    """Return the id of an organisation as a door names it, or None where there is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return db.session.scalar(select(Organisation.id).where(Organisation.id == int(text)))


def list_organisations() -> list[Organisation]:
    """Return all organisations by name."""
    return list(db.session.scalars(select(Organisation).order_by(Organisation.name_zh)))


def get_organisation_for_change(organisation_id: int) -> Organisation:
    """Return an organisation, its row locked until the unit ends. Raises NotFound."""
    query = (
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    organisation = db.session.scalar(query)
    if organisation is None:
        raise NotFound
    return organisation


def staff_within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to staff all of whose grants lie inside a reach; those without any are the city's."""
    if reach.city:
        return true()
    if reach.is_empty:
        return false()
    inside = _grant_inside(reach)
    own = exists().where(StaffGrant.staff_id == Staff.id)
    beyond = exists().where(StaffGrant.staff_id == Staff.id, ~inside)
    return and_(own, ~beyond)


def _grant_inside(reach: Reach) -> ColumnElement[bool]:
    stations: Sequence[StationFacts] = find_stations(None, None) if reach.district_ids else []
    station_ids = reach.station_ids | {one.id for one in stations if one.district_id in reach.district_ids}
    events: Sequence[EventFacts] = find_events(None, None) if reach.district_ids else []
    event_ids = reach.event_ids | {one.id for one in events if one.district_id in reach.district_ids}
    return or_(
        and_(StaffGrant.scope == ScopeKind.EVENT, StaffGrant.scope_id.in_(event_ids)),
        and_(StaffGrant.scope == ScopeKind.DISTRICT, StaffGrant.scope_id.in_(reach.district_ids)),
        and_(StaffGrant.scope == ScopeKind.STATION, StaffGrant.scope_id.in_(station_ids)),
    )


def list_in_charge(*, event_id: int, organisation_id: int | None, district_id: int | None, at: datetime) -> list[int]:
    """Return the ids of the active staff who look after an event: its leaders; without one the organisation's
    administrators, then the district's, then the city's."""
    levels = (
        (Role.EVENT_LEADER, ScopeKind.EVENT, event_id),
        (Role.ORG_ADMIN, ScopeKind.ORGANISATION, organisation_id),
        (Role.DISTRICT_ADMIN, ScopeKind.DISTRICT, district_id),
        (Role.CITY_ADMIN, ScopeKind.CITY, None),
    )
    for role, scope, scope_id in levels:
        held = (StaffGrant.role == role, StaffGrant.scope == scope, StaffGrant.scope_id.is_not_distinct_from(scope_id))
        living = or_(StaffGrant.valid_until.is_(None), StaffGrant.valid_until > at)
        query = (
            select(Staff.id).join(StaffGrant).where(*held, living, Staff.state == StaffState.ACTIVE).order_by(Staff.id)
        )
        if found := list(db.session.scalars(query.distinct())):
            return found
    return []
