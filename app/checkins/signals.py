"""Signals: what is odd about a visit, so that a person looks at it before it counts. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

LATE = timedelta(minutes=10)
"""What was sent later than this after the visit is C at best."""
TOO_LATE = timedelta(hours=72)
"""What was sent later than this is looked at; its day is that of its arrival."""
CLOCK_OFF = timedelta(minutes=5)
"""A phone's clock may differ by this much."""


class Signal(StrEnum):
    """Why a visit is looked at."""

    FUTURE = "future"
    TOO_LATE = "too_late"


class Moment(NamedTuple):
    """When a visit counts. at: its instant. digits_at: when digits were read. late: evidence is C at best."""

    at: datetime
    digits_at: datetime
    late: bool = False
    signals: tuple[Signal, ...] = ()


def moment_offline(client_time: datetime, received_at: datetime) -> Moment:
    """Return when a visit from the offline queue counts: when the phone says, if that is within the last 72 hours.

    What a fast clock dates up to five minutes ahead happened now. Source: api §5, product §3.
    """
    if client_time - received_at > CLOCK_OFF:
        return Moment(received_at, received_at, signals=(Signal.FUTURE,))
    if received_at - client_time > TOO_LATE:
        return Moment(received_at, client_time, late=True, signals=(Signal.TOO_LATE,))
    at = min(client_time, received_at)
    return Moment(at, at, late=received_at - at > LATE)
