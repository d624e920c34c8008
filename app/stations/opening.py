"""When a station is open, and the words for it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


class Hours(NamedTuple):
    """One opening rule, without its row. Minutes since the city's midnight."""

    weekday: int | None
    on_date: date | None
    closed: bool
    opens_min: int | None
    closes_min: int | None


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


def opening_at(hours: Sequence[Hours], closure: ClosureSpan | None, at: datetime) -> Opening:
    """Say whether a station is open. A closure wins, then a date's own hours, then the weekday's.

    No rule for the day at all means unknown, never closed: nobody has told us.
    """
    if closure is not None and closure.starts_at <= at and (closure.until is None or at < closure.until):
        return Opening(OpenState.CLOSED, closure_note(closure, at))
    local = city_time(at)
    today = hours_of(hours, local.date())
    if not today:
        return Opening(OpenState.UNKNOWN, HOURS_UNKNOWN)
    minute = local.hour * 60 + local.minute
    spans = sorted((h.opens_min, h.closes_min) for h in today if h.opens_min is not None and h.closes_min is not None)
    for opens, closes in spans:
        if opens <= minute < closes:
            return Opening(OpenState.OPEN, _OPEN_UNTIL.fill(until=hhmm(closes)))
        if minute < opens:
            return Opening(OpenState.CLOSED, _OPENS_LATER.fill(opens=hhmm(opens)))
    return Opening(OpenState.CLOSED, _SHUT_FOR_TODAY if spans else _SHUT_TODAY)


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


def hours_of(hours: Iterable[Hours], day: date) -> list[Hours]:
    """Return the rules that count on a day: its own where there are any, else the weekday's."""
    listed = list(hours)
    own = [h for h in listed if h.on_date == day]
    return own or [h for h in listed if h.weekday == day.weekday()]
