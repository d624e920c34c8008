"""The numbers of the dashboard; each is the count of a list in the panel under the same scope."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, Date, Subquery, and_, case, exists, func, literal, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import SQLCoreOperations

from app.checkins import rollup, waiting
from app.checkins.models import CheckIn, VisitDay
from app.checkins.rules import CheckInState
from app.core import clock
from app.core.db import db
from app.orgs.models import District
from app.orgs.rules import Reach
from app.stations import listing, opening
from app.stations import queries as stations
from app.stations.codes import CredentialKind
from app.stations.models import Station, StationCredential
from app.stations.opening import OpenState
from app.stations.rules import LISTED, StationState


class Span(NamedTuple):
    """City days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.last - self.first).days + 1

    def before(self) -> Span:
        """Return the span of the same length that ends where this one begins."""
        return Span(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def each(self) -> Iterator[date]:
        """Return its days in order."""
        return (self.first + timedelta(days=n) for n in range(self.days))


def last_days(today: date, days: int) -> Span:
    """Return the span of some days that ends today."""
    return Span(today - timedelta(days=days - 1), today)


class DayCount(NamedTuple):
    """One city day."""

    day: date
    accepted: int
    refused: int

    def of(self, state: CheckInState) -> int:
        """Return its accepted or its refused attempts."""
        return self.accepted if state is CheckInState.ACCEPTED else self.refused


class DistrictCount(NamedTuple):
    """One district: its listed stations and the visits in the span."""

    code: str
    name_zh: str
    stations: int
    accepted: int


class Now(StrEnum):
    """Whether a listed station is open at this moment, and if not, why."""

    OPEN = "open"
    UNKNOWN = "unknown"
    OFF_HOURS = "off_hours"
    CLOSURE = "closure"
    PAUSED = "paused"


class Posters(StrEnum):
    """What stations have printed."""

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"


def count_waiting(reach: Reach) -> int:
    """Return how many held visits and open appeals wait for a person."""
    query = select(func.count()).select_from(CheckIn).where(waiting.on_the_list(), seen_visits(reach))
    return db.session.scalar(query) or 0


def visits_per_day(reach: Reach, span: Span) -> list[DayCount]:
    """Return the accepted and refused attempts of every day of a span, days without any too."""
    visits = _visits(reach, span, CheckInState.ACCEPTED, CheckInState.REFUSED).c
    query = select(visits.business_date, *_both(visits.state, visits.visits)).group_by(visits.business_date)
    found = {row.business_date: row for row in db.session.execute(query)}
    return [
        DayCount(day, int(found[day].accepted), int(found[day].refused)) if day in found else DayCount(day, 0, 0)
        for day in span.each()
    ]


def _both(state: SQLCoreOperations[str], number: ColumnElement[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    accepted, refused = (
        func.sum(case((state == one, number), else_=0)).label(one.value)
        for one in (CheckInState.ACCEPTED, CheckInState.REFUSED)
    )
    return accepted, refused


def _visits(reach: Reach, span: Span, *states: CheckInState) -> Subquery:
    """Return the visits of a span to add up: days that are rolled up from their counts, the others row by row.

    Which days those are is read before: a day that is outdated meanwhile keeps its counts, so none is missed or doubled.
    """
    rolled = rollup.list_rolled(span.first, span.last)
    live = [day for day in span.each() if day not in rolled]
    names = ("business_date", "station_id", "state", "reason")
    counts = select(*(getattr(VisitDay, name) for name in names), VisitDay.visits).where(
        VisitDay.business_date.in_(rolled), VisitDay.state.in_(states), _seen(reach, VisitDay.station_id)
    )
    rows = select(*(getattr(CheckIn, name) for name in names), literal(1)).where(
        CheckIn.business_date.in_(live), CheckIn.state.in_(states), _seen(reach, CheckIn.station_id)
    )
    return union_all(counts, rows).subquery("visits")


def visits_until(reach: Reach, instants: Sequence[datetime]) -> dict[date, DayCount]:
    """Return what the city day of each instant held when that instant came; the rows say, for a day's counts do not."""
    each = [
        select(literal(clock.business_date(at), Date), *_both(CheckIn.state, literal(1))).where(
            CheckIn.business_date == clock.business_date(at),
            CheckIn.state.in_((CheckInState.ACCEPTED, CheckInState.REFUSED)),
            CheckIn.happened_at < at,
            seen_visits(reach),
        )
        for at in instants
    ]
    found = [
        DayCount(day, int(accepted or 0), int(refused or 0))
        for day, accepted, refused in db.session.execute(union_all(*each))
    ]
    return {one.day: one for one in found}


def refused_by_reason(reach: Reach, span: Span) -> list[tuple[str, int]]:
    """Return (reason, refusals) of a span, the most frequent first."""
    visits = _visits(reach, span, CheckInState.REFUSED).c
    number = func.sum(visits.visits)
    query = select(visits.reason, number).group_by(visits.reason).order_by(number.desc(), visits.reason)
    return [(str(reason), int(number)) for reason, number in db.session.execute(query)]


def by_district(reach: Reach, span: Span) -> list[DistrictCount]:
    """Return the districts in which somebody sees stations, with listed stations and accepted visits of a span."""
    accepted = _visits(reach, span, CheckInState.ACCEPTED).c
    visits = (
        select(Station.district_id, func.sum(accepted.visits).label("accepted"))
        .join(Station, Station.id == accepted.station_id)
        .group_by(Station.district_id)
        .subquery()
    )
    places = (
        select(Station.district_id, func.count().label("stations"))
        .where(Station.state.in_(LISTED), stations.within(reach))
        .group_by(Station.district_id)
        .subquery()
    )
    query = (
        select(
            District.code,
            District.name_zh,
            func.coalesce(places.c.stations, 0),
            func.coalesce(visits.c.accepted, 0),
        )
        .outerjoin(places, places.c.district_id == District.id)
        .outerjoin(visits, visits.c.district_id == District.id)
        .where(_own_districts(reach))
        .order_by(District.code)
    )
    return [DistrictCount(code, name, places, int(number)) for code, name, places, number in db.session.execute(query)]


def stations_by_state(reach: Reach) -> dict[str, int]:
    """Return how many stations are in each state."""
    query = select(Station.state, func.count()).where(stations.within(reach)).group_by(Station.state)
    found = dict(db.session.execute(query).all())
    return {state.value: found.get(state, 0) for state in StationState}


def stations_by_now(reach: Reach, at: datetime) -> dict[Now, list[int]]:
    """Return the ids of the listed stations by whether they are open at an instant; at most half a second behind."""
    found: dict[Now, list[int]] = {now: [] for now in Now}
    for one in listing.directory().stations:
        if reach.holds(district_id=one.row.district_id, station_id=one.id, organisation_id=one.row.organisation_id):
            found[_now(one, at)].append(one.id)
    return found


def _now(one: listing.Listed, at: datetime) -> Now:
    if one.row.state == StationState.PAUSED:
        return Now.PAUSED
    found = one.opening(at)
    if found.state is not OpenState.CLOSED:
        return Now(found.state.value)
    by_hours = opening.opening_at(one.hours, None, at, one.calendar)
    return Now.OFF_HOURS if by_hours.note == found.note else Now.CLOSURE


def stations_by_posters(reach: Reach) -> dict[Posters, int]:
    """Return how many stations not withdrawn have no valid poster, one version, or several in use."""
    return {
        one: db.session.scalar(
            select(func.count()).select_from(Station).where(stations.within(reach), with_posters(one))
        )
        or 0
        for one in Posters
    }


def with_posters(wanted: Posters) -> ColumnElement[bool]:
    """Return the filter that keeps to stations not withdrawn with none, one, or several valid versions of a poster."""
    valid = (
        select(func.count())
        .select_from(StationCredential)
        .where(
            StationCredential.station_id == Station.id,
            StationCredential.kind == CredentialKind.POSTER,
            StationCredential.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    numbers = {Posters.NONE: valid == 0, Posters.ONE: valid == 1, Posters.SEVERAL: valid > 1}
    return and_(Station.state != StationState.WITHDRAWN, numbers[wanted])


def seen_visits(reach: Reach) -> ColumnElement[bool]:
    """Return the filter that keeps to the visits somebody may see."""
    return _seen(reach, CheckIn.station_id)


def _seen(reach: Reach, station_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    if reach.city:
        return true()
    return station_id.in_(select(Station.id).where(stations.within(reach)))


def _own_districts(reach: Reach) -> ColumnElement[bool]:
    if reach.city:
        return true()
    return exists().where(Station.district_id == District.id, stations.within(reach)) | District.id.in_(
        reach.district_ids
    )
