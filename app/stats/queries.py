"""The numbers of the dashboard; each is the count of a list in the panel under the same scope."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, select, true

from app.checkins import waiting
from app.checkins.models import CheckIn
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


def count_visits(reach: Reach, span: Span, state: CheckInState, *, before: datetime | None = None) -> int:
    """Return how many attempts of a state fall into a span. before: leave out what came at this instant or later."""
    seen = (CheckIn.state == state, seen_visits(reach))
    if before is None:
        return _count(_in_span(span), *seen)
    # Only the day of that instant needs the rows themselves; an index holds the others.
    cut = min(max(clock.business_date(before), span.first), span.last)
    return _count(CheckIn.business_date >= span.first, CheckIn.business_date < cut, *seen) + _count(
        CheckIn.business_date.between(cut, span.last), CheckIn.happened_at < before, *seen
    )


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(CheckIn).where(*conditions)) or 0


def count_waiting(reach: Reach) -> int:
    """Return how many held visits and open appeals wait for a person."""
    query = select(func.count()).select_from(CheckIn).where(waiting.on_the_list(), seen_visits(reach))
    return db.session.scalar(query) or 0


def visits_per_day(reach: Reach, span: Span) -> list[DayCount]:
    """Return the accepted and refused attempts of every day of a span, days without any too."""
    query = (
        select(
            CheckIn.business_date,
            func.sum(case((CheckIn.state == CheckInState.ACCEPTED, 1), else_=0)).label("accepted"),
            func.sum(case((CheckIn.state == CheckInState.REFUSED, 1), else_=0)).label("refused"),
        )
        .where(_in_span(span), seen_visits(reach))
        .group_by(CheckIn.business_date)
    )
    found = {row.business_date: row for row in db.session.execute(query)}
    return [
        DayCount(day, int(found[day].accepted), int(found[day].refused)) if day in found else DayCount(day, 0, 0)
        for day in span.each()
    ]


def refused_by_reason(reach: Reach, span: Span) -> list[tuple[str, int]]:
    """Return (reason, refusals) of a span, the most frequent first."""
    query = (
        select(CheckIn.reason, func.count())
        .where(_in_span(span), CheckIn.state == CheckInState.REFUSED, seen_visits(reach))
        .group_by(CheckIn.reason)
        .order_by(func.count().desc(), CheckIn.reason)
    )
    return [(str(reason), int(number)) for reason, number in db.session.execute(query)]


def by_district(reach: Reach, span: Span) -> list[DistrictCount]:
    """Return the districts in which somebody sees stations, with listed stations and accepted visits of a span."""
    visits = (
        select(Station.district_id, func.count().label("accepted"))
        .join(CheckIn, CheckIn.station_id == Station.id)
        .where(_in_span(span), CheckIn.state == CheckInState.ACCEPTED, stations.within(reach))
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
    return [DistrictCount(*row) for row in db.session.execute(query)]


def stations_by_state(reach: Reach) -> dict[str, int]:
    """Return how many stations are in each state."""
    query = select(Station.state, func.count()).where(stations.within(reach)).group_by(Station.state)
    found = dict(db.session.execute(query).all())
    return {state.value: found.get(state, 0) for state in StationState}


def stations_by_now(reach: Reach, at: datetime) -> dict[Now, list[int]]:
    """Return the ids of the listed stations by whether they are open at an instant; at most half a second behind."""
    found: dict[Now, list[int]] = {now: [] for now in Now}
    for one in listing.directory().stations:
        if reach.holds(district_id=one.row.district_id, station_id=one.id):
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
    if reach.city:
        return true()
    return CheckIn.station_id.in_(select(Station.id).where(stations.within(reach)))


def _in_span(span: Span) -> ColumnElement[bool]:
    return CheckIn.business_date.between(span.first, span.last)


def _own_districts(reach: Reach) -> ColumnElement[bool]:
    if reach.city:
        return true()
    return exists().where(Station.district_id == District.id, stations.within(reach)) | District.id.in_(
        reach.district_ids
    )
