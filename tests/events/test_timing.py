"""When a freed seat is offered, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.core.clock import CITY_ZONE
from app.events.timing import Turn, is_late, offer_until, turn


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=CITY_ZONE)


@pytest.mark.parametrize(
    ("freed", "starts", "expected"),
    [
        (at(25, 12), at(28, 12), Turn.OFFER),
        (at(25, 8), at(28, 12), Turn.OFFER),
        (at(25, 20, 59), at(28, 12), Turn.OFFER),
        (at(25, 21), at(28, 12), Turn.WAIT),
        (at(25, 7, 59), at(28, 12), Turn.WAIT),
        (at(25, 2), at(25, 7), Turn.BY_HAND),
        (at(25, 2), at(25, 11), Turn.WAIT),
        (at(25, 2), at(25, 10, 59), Turn.BY_HAND),
        (at(25, 23), at(26, 10), Turn.BY_HAND),
        (at(25, 9), at(25, 12), Turn.OFFER),
        (at(25, 9, 1), at(25, 12), Turn.BY_HAND),
        (at(25, 13), at(25, 12), Turn.BY_HAND),
    ],
)
def test_a_free_seat_calls_for(freed: datetime, starts: datetime, expected: Turn) -> None:
    assert turn(freed, starts) is expected


@pytest.mark.parametrize(
    ("starts_in", "lasts"),
    [
        (timedelta(days=10), timedelta(hours=12)),
        (timedelta(hours=48), timedelta(hours=12)),
        (timedelta(hours=20), timedelta(hours=5)),
        (timedelta(hours=3), timedelta(minutes=45)),
        (timedelta(hours=1), timedelta(minutes=30)),
        (timedelta(minutes=10), timedelta(minutes=10)),
    ],
)
def test_an_offer_lasts(starts_in: timedelta, lasts: timedelta) -> None:
    made = at(25, 9)
    assert offer_until(made, made + starts_in) - made == lasts


def test_cancelling_is_free_until_24_hours_before() -> None:
    assert not is_late(at(25, 12), at(26, 12))
    assert is_late(at(25, 12, 1), at(26, 12))
