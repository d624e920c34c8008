"""Signals: what is odd about a visit, so that a person looks at it before it counts. Pure. Source: product §3."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from app.core.geo import Point, distance_m

LATE = timedelta(minutes=10)
"""What was sent later than this after the visit is C at best."""
TOO_LATE = timedelta(hours=72)
"""What was sent later than this is looked at; its day is that of its arrival."""
CLOCK_OFF = timedelta(minutes=5)
"""A phone's clock may differ by this much."""
SPEED_KMH = 150
SPEED_FROM_M = 2_000
"""Between places nearer than this no speed is odd: their circles may overlap."""
NEIGHBOURS_WITHIN = timedelta(hours=3)
"""No two places of a city are further apart than this at that speed."""
DEVICE_PEOPLE = 5
DEVICE_WITHIN = timedelta(hours=1)
"""So many people may share a phone within this time: a family, a school group's teacher."""
SAME_POSITION_DAYS = 5
"""No phone measures the same six decimals on so many days."""
POSITION_DECIMALS = 6


class Signal(StrEnum):
    """Why a visit is looked at."""

    SPEED = "speed"
    DEVICE = "device"
    SAME_POSITION = "same_position"
    CLOCK = "clock"
    FUTURE = "future"
    TOO_LATE = "too_late"


class Moment(NamedTuple):
    """When a visit counts. at: its instant. digits_at: when digits were read. late: evidence is C at best."""

    at: datetime
    digits_at: datetime
    late: bool = False
    signals: tuple[Signal, ...] = ()


class Seen(NamedTuple):
    """Another visit of the same person that counts: when, and at which station (WGS-84, its first circle)."""

    at: datetime
    place: Point


class History(NamedTuple):
    """What is known besides. people_on_device: others on this phone. days_at_position: other days at these decimals."""

    neighbours: Sequence[Seen] = ()
    people_on_device: int = 0
    days_at_position: int = 0


def moment_online(client_time: datetime | None, at: datetime) -> Moment:
    """Return when a single call counts: now. A phone's clock that is wrong by more than five minutes is a signal."""
    off = client_time is not None and abs(client_time - at) > CLOCK_OFF
    return Moment(at, at, signals=(Signal.CLOCK,) if off else ())


def moment_offline(client_time: datetime, received_at: datetime) -> Moment:
    """Return when a visit from the offline queue counts: when the phone says, if that is within the last 72 hours.

    What a fast clock dates up to five minutes ahead happened now. Source: api §5.
    """
    if client_time - received_at > CLOCK_OFF:
        return Moment(received_at, received_at, signals=(Signal.FUTURE,))
    if received_at - client_time > TOO_LATE:
        return Moment(received_at, client_time, late=True, signals=(Signal.TOO_LATE,))
    at = min(client_time, received_at)
    return Moment(at, at, late=received_at - at > LATE)


def found(moment: Moment, places: Sequence[Point], history: History) -> tuple[Signal, ...]:
    """Return the signals of a visit at a station. places: the centres of its circles.

    The station counts as the place, not the phone's position: who claims no position is held to the same speed, and
    nobody gets faster by being vague.
    """
    signals = list(moment.signals)
    if any(is_too_fast(moment.at, places, other) for other in history.neighbours):
        signals.append(Signal.SPEED)
    if history.people_on_device >= DEVICE_PEOPLE:
        signals.append(Signal.DEVICE)
    if history.days_at_position >= SAME_POSITION_DAYS - 1:
        signals.append(Signal.SAME_POSITION)
    return tuple(signals)


def is_too_fast(at: datetime, places: Sequence[Point], other: Seen) -> bool:
    """Whether nobody gets from one visit to another in the time between, whichever was first."""
    metres = min(distance_m(place, other.place) for place in places)
    return metres > SPEED_FROM_M and speed_kmh(metres, at, other.at) > SPEED_KMH


def speed_kmh(metres: float, at: datetime, other_at: datetime) -> float:
    """Return the speed between two visits; within the same second it is that of one second."""
    return metres / max(abs((at - other_at).total_seconds()), 1.0) * 3.6


def rounded(point: Point | None) -> Point | None:
    """Return a position with six decimals (a tenth of a metre), as it is stored and compared."""
    return None if point is None else Point(round(point.lat, POSITION_DECIMALS), round(point.lng, POSITION_DECIMALS))
