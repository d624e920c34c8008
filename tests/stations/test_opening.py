"""When a station is open: closures, dates of their own, weekdays, and what nobody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.errors import Text
from app.stations.opening import (
    HOURS_UNKNOWN,
    CalendarDay,
    ClosureSpan,
    DayKind,
    Hours,
    OpenState,
    hhmm,
    hours_of,
    opening_at,
)

SUNDAY_NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SUNDAY = Hours(weekday=6, on_date=None, closed=False, opens_min=540, closes_min=1020)
WIND = Text("大风", "Strong wind")


def on(day: date, *, closed: bool = False, opens: int | None = 600, closes: int | None = 660) -> Hours:
    return Hours(None, day, closed, None if closed else opens, None if closed else closes)


def city(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("at", "state", "note"),
    [
        (city(8, 59), OpenState.CLOSED, "今天 09:00 开门。"),
        (city(9, 0), OpenState.OPEN, "开放中，今天到 17:00。"),
        (city(16, 59), OpenState.OPEN, "开放中，今天到 17:00。"),
        (city(17, 0), OpenState.CLOSED, "今天已经关门。"),
    ],
)
def test_a_station_opens_and_closes_to_the_minute(at: datetime, state: OpenState, note: str) -> None:
    found = opening_at([SUNDAY], None, at, {})
    assert (found.state, found.note.zh) == (state, note)


def test_without_a_rule_for_the_day_nobody_knows() -> None:
    monday = SUNDAY_NOON + timedelta(days=1)
    assert opening_at([], None, SUNDAY_NOON, {}) == (OpenState.UNKNOWN, HOURS_UNKNOWN)
    assert opening_at([SUNDAY], None, monday, {}).state is OpenState.UNKNOWN


def test_two_spans_of_one_day_leave_a_pause_between() -> None:
    spans = [SUNDAY._replace(opens_min=840), SUNDAY._replace(closes_min=720)]
    assert opening_at(spans, None, city(11), {}).note.en == "Open now, until 12:00 today."
    assert opening_at(spans, None, city(13), {}).note.en == "Opens at 14:00 today."
    assert opening_at(spans, None, city(15), {}).state is OpenState.OPEN


def test_a_dates_own_hours_win_over_the_weekdays() -> None:
    today = date(2026, 11, 22)
    assert opening_at([SUNDAY, on(today)], None, city(12), {}).state is OpenState.CLOSED
    assert opening_at([SUNDAY, on(today)], None, city(10, 30), {}).state is OpenState.OPEN
    assert opening_at([SUNDAY, on(today, closed=True)], None, city(12), {}).note.zh == "今天不开放。"
    assert hours_of([SUNDAY, on(today + timedelta(days=1))], today, {}) == [SUNDAY]


def test_the_day_is_the_citys_not_the_servers() -> None:
    late_saturday_in_utc = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    assert opening_at([SUNDAY._replace(opens_min=0)], None, late_saturday_in_utc, {}).state is OpenState.OPEN


@pytest.mark.parametrize(
    ("starts", "until", "state"),
    [
        (city(11), city(14), OpenState.CLOSED),
        (city(12), city(14), OpenState.CLOSED),
        (city(11), None, OpenState.CLOSED),
        (city(11), city(12), OpenState.OPEN),
        (city(12, 1), city(14), OpenState.OPEN),
    ],
)
def test_a_closure_wins_from_its_start_until_its_end(
    starts: datetime, until: datetime | None, state: OpenState
) -> None:
    assert opening_at([SUNDAY], ClosureSpan(WIND, starts, until), city(12), {}).state is state


def test_a_closure_says_its_reason_and_until_when_in_both_languages() -> None:
    def note(until: datetime | None) -> Text:
        return opening_at([], ClosureSpan(WIND, city(11), until), city(12), {}).note

    assert note(city(14)) == ("临时关闭至 14:00：大风", "Closed until 14:00: Strong wind")
    assert note(city(14) + timedelta(days=1)).en == "Closed until 11-23 14:00: Strong wind"
    assert note(None) == ("暂停开放：大风", "Closed for the time being: Strong wind")


def test_braces_in_a_reason_are_only_words() -> None:
    closure = ClosureSpan(Text("{until} {x}", "{0}"), city(11), None)
    assert opening_at([], closure, city(12), {}).note.zh == "暂停开放：{until} {x}"


def test_midnight_is_24_00() -> None:
    assert (hhmm(0), hhmm(545), hhmm(1440)) == ("00:00", "09:05", "24:00")


TODAY = date(2026, 11, 22)
HOLIDAY = CalendarDay(DayKind.HOLIDAY, Text("示例节", "Example Day"))
FRIDAY_INSTEAD = CalendarDay(DayKind.WORKDAY, Text("示例节调休", "Make-up day"), stands_for=4)
ON_HOLIDAYS = Hours(None, None, False, 480, 720, on_holidays=True)
ON_DATE = on(TODAY)
FRIDAY = SUNDAY._replace(weekday=4, opens_min=0, closes_min=60)


@pytest.mark.parametrize(
    ("given", "special", "counting"),
    [
        ([SUNDAY, ON_HOLIDAYS, ON_DATE, FRIDAY], None, [ON_DATE]),
        ([SUNDAY, ON_HOLIDAYS, ON_DATE, FRIDAY], HOLIDAY, [ON_DATE]),
        ([SUNDAY, ON_HOLIDAYS, ON_DATE, FRIDAY], FRIDAY_INSTEAD, [ON_DATE]),
        ([SUNDAY, ON_HOLIDAYS, FRIDAY], None, [SUNDAY]),
        ([SUNDAY, ON_HOLIDAYS, FRIDAY], HOLIDAY, [ON_HOLIDAYS]),
        ([SUNDAY, ON_HOLIDAYS, FRIDAY], FRIDAY_INSTEAD, [FRIDAY]),
        ([SUNDAY, FRIDAY], HOLIDAY, [SUNDAY]),
        ([SUNDAY], FRIDAY_INSTEAD, []),
        ([ON_HOLIDAYS], None, []),
        ([ON_HOLIDAYS], HOLIDAY, [ON_HOLIDAYS]),
        ([ON_HOLIDAYS, ON_HOLIDAYS._replace(opens_min=780, closes_min=900)], HOLIDAY, "both"),
        ([], HOLIDAY, []),
    ],
)
def test_a_dates_own_hours_count_before_the_holidays_and_those_before_the_weekdays(
    given: list[Hours], special: CalendarDay | None, counting: list[Hours] | str
) -> None:
    calendar = {TODAY: special} if special else {}
    assert hours_of(given, TODAY, calendar) == (given if counting == "both" else counting)


def test_the_calendar_of_another_day_changes_nothing() -> None:
    calendar = {TODAY + timedelta(days=1): HOLIDAY, TODAY - timedelta(days=1): FRIDAY_INSTEAD}
    assert hours_of([SUNDAY, ON_HOLIDAYS, FRIDAY], TODAY, calendar) == [SUNDAY]
    assert opening_at([SUNDAY], None, city(12), calendar).note.zh == "开放中，今天到 17:00。"


def test_a_make_up_monday_that_stands_in_for_a_monday_is_not_taken_for_none() -> None:
    monday = SUNDAY._replace(weekday=0)
    assert hours_of([SUNDAY, monday], TODAY, {TODAY: FRIDAY_INSTEAD._replace(stands_for=0)}) == [monday]


def test_the_note_names_the_special_day_in_both_languages() -> None:
    found = opening_at([SUNDAY, ON_HOLIDAYS], None, city(9), {TODAY: HOLIDAY})
    assert found == (
        OpenState.OPEN,
        Text("示例节 · 开放中，今天到 12:00。", "Example Day · Open now, until 12:00 today."),
    )
    assert opening_at([FRIDAY], None, city(9), {TODAY: FRIDAY_INSTEAD}).note.zh == "示例节调休 · 今天已经关门。"
    unknown = opening_at([], None, city(9), {TODAY: HOLIDAY})
    assert (unknown.state, unknown.note.zh) == (OpenState.UNKNOWN, "示例节 · 开放时间以现场公告为准。")


def test_a_closure_speaks_for_itself_on_a_holiday_too() -> None:
    closure = ClosureSpan(WIND, city(8), None)
    assert opening_at([ON_HOLIDAYS], closure, city(9), {TODAY: HOLIDAY}).note.zh == "暂停开放：大风"
