"""A week's pattern turned into shifts: which days and times it means. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.clock import CITY_ZONE, business_date
from app.core.errors import Text
from app.events import drafting

SHIFTS_MAX = 200
"""Shifts that one pattern may make at once."""
DAY_MIN = 24 * 60

DAYS_MISSING = Text("请至少选择一个星期几。", "Please choose at least one weekday.")
CLOCK_FORM = Text("请写成 09:00 这样的时间。", "Write the time like 09:00.")
UNTIL_LATER = Text("最后一天不能早于第一天。", "The last day cannot be before the first.")
FROM_PAST = Text("第一天已经过去。", "The first day has passed already.")
TOO_MANY = Text("一次最多生成 200 个班次，请缩短日期范围。", "At most 200 shifts at once. Please shorten the span.")
NOTHING_MEANT = Text("这个范围内没有可以新增的班次。", "Nothing in this span can be added.")


class Fate(StrEnum):
    """What becomes of a day that the pattern names."""

    NEW = "new"
    PAST = "past"
    THERE = "there"
    """The position has a shift at this very time already."""
    HOLIDAY = "holiday"


class Planned(NamedTuple):
    """One shift that the pattern means, and what becomes of it."""

    starts_at: datetime
    ends_at: datetime
    fate: Fate


def problems(data: Mapping[str, Any], at: datetime) -> dict[str, list[Text]]:
    """Return what is wrong with a pattern.

    data: weekdays (0 = Monday), starts_min, ends_min (minutes of the city day; an end not after the start is on the
        next day), from_on, until_on, capacity, min_cover, skip_holidays.
    """
    found: dict[str, list[Text]] = {}
    if not data["weekdays"] or not set(data["weekdays"]) <= set(range(7)):
        found["weekdays"] = [DAYS_MISSING]
    for name in ("starts_min", "ends_min"):
        if not (type(data[name]) is int and 0 <= data[name] < DAY_MIN):
            found[name] = [CLOCK_FORM]
    first, last = data["from_on"], data["until_on"]
    for name, day in (("from_on", first), ("until_on", last)):
        if day is None:
            found[name] = [drafting.FILL_IN]
    if first is not None and first < business_date(at):
        found["from_on"] = [FROM_PAST]
    if first is not None and last is not None and last < first:
        found["until_on"] = [UNTIL_LATER]
    elif last is not None and last > business_date(at + drafting.AHEAD_MAX):
        found["until_on"] = [drafting.TOO_FAR_AHEAD]
    seats = drafting.shift_problems(data, at)
    found |= {name: seats[name] for name in ("capacity", "min_cover") if name in seats}
    if not found and len(days_of(data)) > SHIFTS_MAX:
        found["until_on"] = [TOO_MANY]
    return found


def days_of(data: Mapping[str, Any]) -> list[date]:
    """Return the days that a sound pattern names, in order."""
    first, last = data["from_on"], data["until_on"]
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if day.weekday() in data["weekdays"]]


def plan(
    data: Mapping[str, Any], *, there: Collection[tuple[datetime, datetime]], holidays: Collection[date], at: datetime
) -> list[Planned]:
    """Return every shift a sound pattern means, in order. there: the times the position has shifts at already."""
    found = []
    for day in days_of(data):
        starts, ends = span_of(day, data["starts_min"], data["ends_min"])
        fate = Fate.NEW
        if data.get("skip_holidays") and day in holidays:
            fate = Fate.HOLIDAY
        elif starts <= at:
            fate = Fate.PAST
        elif (starts, ends) in there:
            fate = Fate.THERE
        found.append(Planned(starts, ends, fate))
    return found


def span_of(day: date, starts_min: int, ends_min: int) -> tuple[datetime, datetime]:
    """Return when a shift of a city day begins and ends; an end not after the start lies on the next day."""
    midnight = datetime.combine(day, time(), CITY_ZONE)
    later = ends_min if ends_min > starts_min else ends_min + DAY_MIN
    return midnight + timedelta(minutes=starts_min), midnight + timedelta(minutes=later)
