"""Who went where when, invented from a seed: tourists on a day or two, locals over the season. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.clock import CITY_ZONE, business_date
from app.core.geo import Point
from app.demo.places import Place

DAYS = 90
ATTEMPTS = 5_000
SEED = 20261122
_HOURS = {7: 2, 8: 5, 9: 10, 10: 13, 11: 11, 12: 7, 13: 8, 14: 11, 15: 12, 16: 10, 17: 7, 18: 6, 19: 6, 20: 4, 21: 2}
_WEEKDAYS = (0.8, 0.75, 0.8, 0.85, 1.1, 1.8, 1.7)
_LOCALS = 0.1
_METRES_PER_DEGREE = 111_320


class Shows(StrEnum):
    """What a visitor holds up."""

    POSTER = "poster"
    OLD_POSTER = "old_poster"
    DIGITS = "digits"
    OLD_DIGITS = "old_digits"
    WRONG_DIGITS = "wrong_digits"
    FORGED_POSTER = "forged_poster"


class Visit(NamedTuple):
    """One attempt. visitor: a number, the same for the same person. point: WGS-84, None where declined."""

    at: datetime
    visitor: int
    place: Place
    shows: Shows
    point: Point | None
    accuracy_m: float | None


_HONEST = ((Shows.POSTER, True, 62), (Shows.POSTER, False, 20), (Shows.DIGITS, True, 14), (Shows.DIGITS, False, 4))
"""What is shown, whether the position is given, and how often in a hundred."""
_MISHAPS = (
    (None, 93.0),
    ("far", 3.5),
    (Shows.WRONG_DIGITS, 1.2),
    (Shows.OLD_DIGITS, 1.2),
    (Shows.FORGED_POSTER, 0.5),
    (Shows.OLD_POSTER, 0.6),
)


def plan(places: Sequence[Place], at: datetime, attempts: int = ATTEMPTS) -> list[Visit]:
    """Return about `attempts` attempts of the 90 days before an instant, in order of time."""
    source = random.Random(SEED)
    made: list[Visit] = []
    visitor = 0
    while len(made) < attempts:
        visitor += 1
        stay = _local(source, places, at) if source.random() < _LOCALS else _tourist(source, places, at)
        for moment, place in stay:
            made.extend(_attempts(source, visitor, moment, place))
    return sorted((visit for visit in made if visit.at < at), key=lambda visit: (visit.at, visit.visitor))


def _tourist(source: random.Random, places: Sequence[Place], at: datetime) -> Iterator[tuple[datetime, Place]]:
    """Walk through one to six places within one or two days."""
    first = _day(source, business_date(at))
    wanted = min(6, 1 + int(source.expovariate(0.55)))
    for place in _distinct(source, places, wanted):
        yield _moment(source, first + timedelta(days=int(source.random() < 0.3))), place


def _local(source: random.Random, places: Sequence[Place], at: datetime) -> Iterator[tuple[datetime, Place]]:
    """Come back to one or two places on many days."""
    own = _distinct(source, places, 2)
    days = {_day(source, business_date(at)) for _ in range(source.randint(6, 24))}
    for day in sorted(days):
        yield _moment(source, day), source.choice(own)


def _distinct(source: random.Random, places: Sequence[Place], wanted: int) -> list[Place]:
    """Draw distinct places, popular ones first as a rule."""
    keyed = sorted(places, key=lambda place: source.expovariate(1.0) / place.weight)
    return keyed[:wanted]


def _day(source: random.Random, today: date) -> date:
    """Draw a day: weekends are busier, and more people come as the gulls do."""
    while True:
        back = int(source.triangular(0, DAYS, 0))
        day = today - timedelta(days=back)
        if source.random() * max(_WEEKDAYS) < _WEEKDAYS[day.weekday()]:
            return day


def _moment(source: random.Random, day: date) -> datetime:
    hour = source.choices(list(_HOURS), weights=list(_HOURS.values()))[0]
    return datetime.combine(day, time(hour, source.randrange(60), source.randrange(60)), CITY_ZONE)


def _attempts(source: random.Random, visitor: int, at: datetime, place: Place) -> Iterator[Visit]:
    """Make a visit; now and then something goes wrong first and is put right a few minutes later."""
    mishap = source.choices([what for what, _ in _MISHAPS], weights=[share for _, share in _MISHAPS])[0]
    if mishap == "far":
        far, accuracy = _away(source, place, source.uniform(1_200, 4_000)), source.uniform(8, 60)
        yield Visit(at - timedelta(minutes=source.randint(4, 12)), visitor, place, Shows.POSTER, far, accuracy)
    elif isinstance(mishap, Shows):
        yield Visit(at - timedelta(minutes=source.randint(1, 4)), visitor, place, mishap, None, None)
    shows, located, _ = source.choices(_HONEST, weights=[share for *_, share in _HONEST])[0]
    near = _away(source, place, place.radius_m * 0.6 * math.sqrt(source.random()))
    yield Visit(at, visitor, place, shows, near if located else None, source.uniform(4, 45) if located else None)


def _away(source: random.Random, place: Place, metres: float) -> Point:
    bearing = source.uniform(0, 2 * math.pi)
    north, east = metres * math.cos(bearing), metres * math.sin(bearing)
    lat = place.lat + north / _METRES_PER_DEGREE
    lng = place.lng + east / (_METRES_PER_DEGREE * math.cos(math.radians(place.lat)))
    return Point(round(lat, 6), round(lng, 6))
