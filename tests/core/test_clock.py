"""Time: city days wherever the server stands, and a clock that tests can hold still."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core import clock


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


def in_the_city(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def test_2359_and_0001_in_the_city_are_two_days(server_zone: str) -> None:
    assert clock.business_date(in_the_city("2026-11-22T23:59:00")) == date(2026, 11, 22)
    assert clock.business_date(in_the_city("2026-11-23T00:01:00")) == date(2026, 11, 23)


def test_half_past_seven_and_noon_are_one_day_though_utc_midnight_lies_between(server_zone: str) -> None:
    early, noon = in_the_city("2026-11-22T07:30:00"), in_the_city("2026-11-22T12:00:00")
    assert early.date() != noon.date()
    assert clock.business_date(early) == clock.business_date(noon) == date(2026, 11, 22)


def test_now_is_aware_utc_and_advances(server_zone: str) -> None:
    first = clock.now()
    assert first.utcoffset() == timedelta(0)
    assert abs(first.timestamp() - time.time()) < 5
    assert clock.now() >= first


def test_city_time_is_the_same_instant_eight_hours_on() -> None:
    at = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    shown = clock.city_time(at)
    assert shown == at
    assert shown.isoformat() == "2026-11-23T00:00:00+08:00"


def test_a_frozen_clock_stands_still_and_goes_on_afterwards() -> None:
    held = datetime(2001, 2, 3, tzinfo=UTC)
    with clock.frozen(held):
        assert clock.now() == clock.now() == held
        with clock.frozen(held + timedelta(days=1)):
            assert clock.now() == held + timedelta(days=1)
        assert clock.now() == held
    assert clock.now().year > 2001
