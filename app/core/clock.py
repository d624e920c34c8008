"""The one source of time: aware UTC instants and the city's calendar day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")

_frozen: list[datetime] = []


def now() -> datetime:
    """Return the present instant, aware UTC."""
    return _frozen[-1] if _frozen else datetime.now(UTC)


def city_time(at: datetime) -> datetime:
    """Return the same instant on the city's clock."""
    return at.astimezone(CITY_ZONE)


def business_date(at: datetime) -> date:
    """Return the city day of an instant; 23:59 and 00:01 in the city are two days wherever the server stands."""
    return city_time(at).date()


def midnight(day: date) -> datetime:
    """Return the instant at which a city day begins."""
    return datetime.combine(day, time(), CITY_ZONE)


def rfc3339(at: datetime) -> str:
    """Write an instant in city time, to the second."""
    return city_time(at).isoformat(timespec="seconds")


def written(at: datetime | None) -> str | None:
    """Write an instant the same way; None stays None."""
    return None if at is None else rfc3339(at)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the clock still, for tests."""
    _frozen.append(at.astimezone(UTC))
    try:
        yield
    finally:
        _frozen.pop()
