"""When a station is open, and the words for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from app.core.clock import city_time
from app.core.errors import Text

DAY_MIN = 24 * 60


class OpenState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    WORKDAY = "workday"


class CalendarDay(NamedTuple):
    """A date on which the week does not decide. stands_for: the weekday that a make-up working day replaces."""

    kind: DayKind
    name: Text
    stands_for: int | None = None


Calendar = Mapping[date, CalendarDay]


class Hours(NamedTuple):
    """One opening rule, without its row: of a weekday, of one date, or of holidays. Minutes since the city's midnight."""

    weekday: int | None
    on_date: date | None
    closed: bool
    opens_min: int | None
    closes_min: int | None
    on_holidays: bool = False


class ClosureSpan(NamedTuple):
    """A closure in force or to come. until is None while nobody knows the end."""

    reason: Text
    starts_at: datetime
    until: datetime | None


class Opening(NamedTuple):
    """Whether a station is open at an instant, and the words for it."""

    state: OpenState
    note: Text


HOURS_UNKNOWN = Text("开放时间以现场公告为准。", "Please see the notice on site for opening hours.")
_OPEN_UNTIL = Text("开放中，今天到 {until}。", "Open now, until {until} today.")
_OPENS_LATER = Text("今天 {opens} 开门。", "Opens at {opens} today.")
_SHUT_FOR_TODAY = Text("今天已经关门。", "Closed for today.")
_SHUT_TODAY = Text("今天不开放。", "Not open today.")
_CLOSED_UNTIL = Text("临时关闭至 {until}：{reason}", "Closed until {until}: {reason}")
_CLOSED = Text("暂停开放：{reason}", "Closed for the time being: {reason}")


def hhmm(minute: int) -> str:
    """Write minutes since midnight as 09:30; 1440 is 24:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def opening_at(hours: Sequence[Hours], closure: ClosureSpan | None, at: datetime, calendar: Calendar) -> Opening:
    """Say whether a station is open. A closure wins, then the hours that count on the day; a special day is named.

    No rule for the day at all means unknown, never closed: nobody has told us.
    """
    if closure is not None and closure.starts_at <= at and (closure.until is None or at < closure.until):
        return Opening(OpenState.CLOSED, closure_note(closure, at))
    local = city_time(at)
    state, note = _by_hours(hours_of(hours, local.date(), calendar), local.hour * 60 + local.minute)
    special = calendar.get(local.date())
    if special is not None:
        note = Text(" · ".join((special.name.zh, note.zh)), " · ".join((special.name.en, note.en)))
    return Opening(state, note)


def _by_hours(today: Sequence[Hours], minute: int) -> tuple[OpenState, Text]:
    if not today:
        return OpenState.UNKNOWN, HOURS_UNKNOWN
    spans = sorted((h.opens_min, h.closes_min) for h in today if h.opens_min is not None and h.closes_min is not None)
    for opens, closes in spans:
        if opens <= minute < closes:
            return OpenState.OPEN, _OPEN_UNTIL.fill(until=hhmm(closes))
        if minute < opens:
            return OpenState.CLOSED, _OPENS_LATER.fill(opens=hhmm(opens))
    return OpenState.CLOSED, _SHUT_FOR_TODAY if spans else _SHUT_TODAY


def closure_note(closure: ClosureSpan, at: datetime) -> Text:
    """Word a closure: the reason, and until when if that is known."""
    if closure.until is None:
        return Text(_CLOSED.zh.format(reason=closure.reason.zh), _CLOSED.en.format(reason=closure.reason.en))
    until = city_time(closure.until)
    form = "%H:%M" if until.date() == city_time(at).date() else "%m-%d %H:%M"
    stamp = until.strftime(form)
    return Text(
        _CLOSED_UNTIL.zh.format(until=stamp, reason=closure.reason.zh),
        _CLOSED_UNTIL.en.format(until=stamp, reason=closure.reason.en),
    )


def hours_of(hours: Iterable[Hours], day: date, calendar: Calendar) -> list[Hours]:
    """Return the rules that count on a day: the date's own, else on a holiday the holidays', else the weekday's.

    The weekday of a make-up working day is the one it stands in for.
    """
    listed, special = list(hours), calendar.get(day)
    own = [h for h in listed if h.on_date == day]
    if not own and special is not None and special.kind is DayKind.HOLIDAY:
        own = [h for h in listed if h.on_holidays]
    weekday = day.weekday() if special is None or special.stands_for is None else special.stands_for
    return own or [h for h in listed if h.weekday == weekday]
