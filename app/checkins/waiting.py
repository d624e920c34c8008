"""Read what waits for a person: held visits and open appeals, and the evidence about one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, case, distinct, func, select, union_all

from app.checkins import signals
from app.checkins.models import Appeal, CheckIn
from app.checkins.queries import COUNTED
from app.checkins.rules import AppealState, CheckInState
from app.core.db import db
from app.core.geo import Point, distance_m
from app.stations.models import Circle, Station

HISTORY_ROWS = 12


class Neighbour(NamedTuple):
    """Another accepted visit of the same person around the time, and how fast one must have been between the two."""

    visit: CheckIn
    station: Station
    metres: int
    minutes: float
    kmh: int
    is_too_fast: bool
    place: Point


def on_the_list() -> ColumnElement[bool]:
    """Return the filter that keeps to the visits that are held or have an open appeal."""
    held = select(CheckIn.id).where(CheckIn.state == CheckInState.PENDING_REVIEW)
    return CheckIn.id.in_(union_all(held, appealed()))


def appealed() -> Select[int]:
    """Select the visits that have an open appeal."""
    return select(Appeal.checkin_id).where(Appeal.state == AppealState.OPEN)


def since() -> ColumnElement[datetime]:
    """Return from when a visit has waited: its arrival if it is held, else its appeal."""
    of_appeal = select(Appeal.created_at).where(Appeal.checkin_id == CheckIn.id).scalar_subquery()
    arrived = func.coalesce(CheckIn.received_at, CheckIn.happened_at)
    return case((CheckIn.state == CheckInState.PENDING_REVIEW, arrived), else_=of_appeal)


def find_appeal(checkin_id: int) -> Appeal | None:
    """Return the appeal against a visit's verdict, or None."""
    return db.session.scalar(
        select(Appeal).where(Appeal.checkin_id == checkin_id).execution_options(populate_existing=True)
    )


def list_appeals(checkin_ids: Sequence[int]) -> dict[int, Appeal]:
    """Return the appeals of some visits by the visit's id."""
    query = select(Appeal).where(Appeal.checkin_id.in_(checkin_ids))
    return {one.checkin_id: one for one in db.session.scalars(query)}


def list_neighbours(visit: CheckIn) -> list[Neighbour]:
    """Return the accepted visits of the same person within a few hours, the earlier ones first."""
    near = signals.NEIGHBOURS_WITHIN
    query = (
        select(CheckIn, Station)
        .join(Station, Station.id == CheckIn.station_id)
        .where(
            CheckIn.person_id == visit.person_id,
            CheckIn.state == CheckInState.ACCEPTED,
            CheckIn.id != visit.id,
            CheckIn.happened_at.between(visit.happened_at - near, visit.happened_at + near),
        )
        .order_by(CheckIn.happened_at)
        .limit(HISTORY_ROWS)
    )
    own = _centres(visit.station_id)
    return [_neighbour(visit, own, other, station) for other, station in db.session.execute(query)]


def _neighbour(visit: CheckIn, own: Sequence[Point], other: CheckIn, station: Station) -> Neighbour:
    there = _centres(station.id)[0]
    metres = min(distance_m(place, there) for place in own)
    return Neighbour(
        other,
        station,
        round(metres),
        abs((visit.happened_at - other.happened_at).total_seconds()) / 60,
        round(signals.speed_kmh(metres, visit.happened_at, other.happened_at)),
        signals.is_too_fast(visit.happened_at, own, signals.Seen(other.happened_at, there)),
        there,
    )


def list_circles(station_id: int) -> list[Circle]:
    """Return the circles of a station's geofence."""
    query = select(Circle).where(Circle.station_id == station_id).order_by(Circle.position)
    return list(db.session.scalars(query))


def _centres(station_id: int) -> list[Point]:
    return [Point(circle.lat, circle.lng) for circle in list_circles(station_id)]


def count_people_on_device(visit: CheckIn) -> int:
    """Return how many people, this one included, stamped by the same phone within an hour; 0 when it is not known."""
    if visit.device_hash is None:
        return 0
    within: timedelta = signals.DEVICE_WITHIN
    query = select(func.count(distinct(CheckIn.person_id))).where(
        CheckIn.device_hash == visit.device_hash,
        CheckIn.happened_at.between(visit.happened_at - within, visit.happened_at + within),
        CheckIn.state.in_(COUNTED),
    )
    return db.session.scalar(query) or 0


def count_days_at_position(visit: CheckIn) -> int:
    """Return on how many days, this one included, the same person sent the very same position; 0 without one."""
    if visit.lat is None:
        return 0
    query = select(func.count(distinct(CheckIn.business_date))).where(
        CheckIn.person_id == visit.person_id, CheckIn.lat == visit.lat, CheckIn.lng == visit.lng
    )
    return db.session.scalar(query) or 0


def list_history(visit: CheckIn) -> list[tuple[CheckIn, Station]]:
    """Return the person's other attempts, newest first, the last dozen."""
    query = (
        select(CheckIn, Station)
        .join(Station, Station.id == CheckIn.station_id)
        .where(CheckIn.person_id == visit.person_id, CheckIn.id != visit.id)
        .order_by(CheckIn.id.desc())
        .limit(HISTORY_ROWS)
    )
    return [(one, station) for one, station in db.session.execute(query)]
