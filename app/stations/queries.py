"""Read stations: rows for staff and services; the public list is in listing.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.orgs.models import StaffGrant
from app.orgs.queries import StationFacts
from app.orgs.rules import Reach, ScopeKind
from app.stations import codes
from app.stations.codes import CredentialKind
from app.stations.models import CREDENTIAL_SECRET, ServiceItem, Station, StationCredential, StationService, WorkDay
from app.stations.opening import CalendarDay
from app.stations.rules import StationState

_OWN_PARTS = {"circles", "opening_rules", "closures", "station_services", "station_credentials"}
_WHOLE = (
    joinedload(Station.district),
    joinedload(Station.organisation),
    selectinload(Station.circles),
    selectinload(Station.opening_rules),
    selectinload(Station.closures),
    selectinload(Station.photos),
    selectinload(Station.services).joinedload(StationService.item),
)


class Digits(NamedTuple):
    """The rotating digits of one step and when they begin to count."""

    digits: str
    step: int


def within(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to the stations a member of staff may see."""
    if reach.city:
        return true()
    if not (reach.district_ids or reach.station_ids or reach.organisation_ids):
        return false()
    return or_(
        Station.district_id.in_(reach.district_ids),
        Station.id.in_(reach.station_ids),
        Station.organisation_id.in_(reach.organisation_ids),
    )


def whole() -> Select[Station]:
    """Return the query of stations with everything that hangs on them."""
    return select(Station).options(*_WHOLE)


def find_station(station_id: int) -> Station | None:
    """Return a station with everything that hangs on it, or None."""
    return db.session.scalars(whole().where(Station.id == station_id)).one_or_none()


def get_station_for_change(station_id: int) -> Station:
    """Return a station, its row locked until the unit ends. Raises NotFound."""
    locked = db.session.scalar(select(Station.id).where(Station.id == station_id).with_for_update())
    if locked is None:
        raise NotFound
    query = whole().where(Station.id == station_id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def get_station_by_code(code: str) -> Station:
    """Return a station by its code. Raises NotFound."""
    station = db.session.scalars(whole().where(Station.code == code)).one_or_none()
    if station is None:
        raise NotFound
    return station


def list_by_codes(codes: Iterable[str]) -> list[Station]:
    """Return the stations of some codes, with everything that hangs on them."""
    query = whole().where(Station.code.in_(list(codes))).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def list_in_use(ids: Iterable[int]) -> set[int]:
    """Return which of some stations anything beyond their own parts refers to: visits, devices, photos, roles."""
    wanted = list(ids)
    granted = select(StaffGrant.scope_id).where(StaffGrant.scope == ScopeKind.STATION, StaffGrant.scope_id.in_(wanted))
    found = {station_id for station_id in db.session.scalars(granted) if station_id is not None}
    for table in db.metadata.tables.values():
        for column in () if table.name in _OWN_PARTS else table.columns:
            if any(key.column is Station.__table__.c.id for key in column.foreign_keys):
                found |= set(db.session.scalars(select(column).where(column.in_(wanted)).distinct()))
    return found


def get_service_item_for_change(item_id: int) -> ServiceItem:
    """Return a line of the catalogue, its row locked and read anew. Raises NotFound."""
    item = db.session.get(ServiceItem, item_id, with_for_update=True, populate_existing=True)
    if item is None:
        raise NotFound
    return item


def list_service_items() -> list[ServiceItem]:
    """Return the service catalogue in its order."""
    return list(db.session.scalars(select(ServiceItem).order_by(ServiceItem.position, ServiceItem.code)))


def calendar_since(day: date, session: Session | None = None) -> dict[date, CalendarDay]:
    """Return the holiday and work calendar from a day on. session: another one than the request's."""
    query = select(WorkDay).where(WorkDay.on_date >= day).order_by(WorkDay.on_date)
    return {row.on_date: row.day for row in (session or db.session).scalars(query)}


def list_credentials(station_id: int) -> list[StationCredential]:
    """Return a station's posters and rotating secrets, newest version first."""
    query = (
        select(StationCredential)
        .where(StationCredential.station_id == station_id)
        .order_by(StationCredential.kind, StationCredential.version.desc())
    )
    return list(db.session.scalars(query))


def find_current(station_id: int, kind: CredentialKind) -> StationCredential | None:
    """Return the newest credential of a kind that is not revoked, or None. It is the one to print or show."""
    query = (
        select(StationCredential)
        .where(
            StationCredential.station_id == station_id,
            StationCredential.kind == kind,
            StationCredential.revoked_at.is_(None),
        )
        .order_by(StationCredential.version.desc())
        .limit(1)
    )
    return db.session.scalar(query)


def with_poster() -> ColumnElement[bool]:
    """Return the filter that keeps to the stations that have a poster to print."""
    counting = select(StationCredential.station_id).where(
        StationCredential.kind == CredentialKind.POSTER, StationCredential.revoked_at.is_(None)
    )
    return and_(Station.state != StationState.WITHDRAWN, Station.id.in_(counting))


def list_current_posters(stations: Iterable[Station]) -> list[tuple[Station, StationCredential]]:
    """Return each station with its poster to print, in the order given; stations without one are left out."""
    given = [station for station in stations if station.state != StationState.WITHDRAWN]
    newest = (
        select(func.max(StationCredential.id))
        .where(
            StationCredential.station_id.in_([station.id for station in given]),
            StationCredential.kind == CredentialKind.POSTER,
            StationCredential.revoked_at.is_(None),
        )
        .group_by(StationCredential.station_id)
    )
    query = select(StationCredential).where(StationCredential.id.in_(newest))
    found = {credential.station_id: credential for credential in db.session.scalars(query)}
    return [(station, found[station.id]) for station in given if station.id in found]


def secret_of(public_id: str, sealed: str) -> bytes:
    """Unseal a credential's secret."""
    return CREDENTIAL_SECRET.unseal(sealed, public_id)


def poster_path(station: Station, credential: StationCredential) -> str:
    """Return the poster's link without scheme and host: /c/CODE?v=…&k=…"""
    mac = codes.poster_mac(secret_of(credential.public_id, credential.secret), station.code, credential.version)
    return f"/c/{station.code}?v={credential.version}&k={mac}"


def find_rotating_digits(station_id: int, at: datetime) -> Digits | None:
    """Return the digits a station shows at an instant, or None while it has no rotating secret."""
    credential = find_current(station_id, CredentialKind.ROTATING)
    if credential is None:
        return None
    step = codes.step_of(at)
    return Digits(codes.rotating_digits(secret_of(credential.public_id, credential.secret), step), step)


def list_facts(ids: Iterable[int] | None, code: str | None) -> list[StationFacts]:
    """Return what the offices need to grant stations as scopes: those of some ids, of one code, or all."""
    query = select(Station.id, Station.code, Station.name_zh, Station.district_id).order_by(Station.code)
    if ids is not None:
        query = query.where(Station.id.in_(list(ids)))
    if code is not None:
        query = query.where(Station.code == code)
    return [StationFacts(*row) for row in db.session.execute(query)]
