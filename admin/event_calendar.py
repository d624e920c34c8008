"""The programme as a calendar, month or week, and as a board by phase; plain pages whose numbers open their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from sqlalchemy import func, select
from sqlalchemy.orm import Query

from admin import event_words
from admin.event_page import PHASE_TONES, place_words, seats_of, short_of, span_words
from app.core import clock
from app.core.clock import business_date, city_time, midnight
from app.core.db import db
from app.events import programme
from app.events.models import Event, Position, Shift
from app.events.programme import Phase
from app.events.rules import EventState, ShiftState

LINES_A_DAY = 4
"""Lines that a day of a month shows; the rest is a number that opens the week."""
CARDS = 8
"""Cards that a column of the board shows."""
_SHOWN = (EventState.PUBLISHED, EventState.SETTLED)
_PLANNED = (EventState.DRAFT, EventState.IN_REVIEW, *_SHOWN)
_YEARS = range(2000, 2100)


class Line(NamedTuple):
    """Shifts of one event that begin at one minute. state: shown, over, draft or in_review."""

    event_id: int
    title: str
    time: str
    taken: int
    capacity: int
    lacking: int
    state: str


class Day(NamedTuple):
    """A day of the grid. more: how many further lines there are."""

    date: date
    number: str
    is_today: bool
    is_inside: bool
    lines: list[Line]
    more: int


class Card(NamedTuple):
    """An event on the board."""

    row: Event
    when: str
    where: str
    taken: int
    capacity: int
    waiting: int
    lacking: int


class Column(NamedTuple):
    """A phase with some of its events; count is what the list behind it holds."""

    phase: str
    name: str
    tone: str
    count: int
    cards: list[Card]


class CalendarPages:
    """Pages of EventView that show the programme at a glance."""

    get_query: Callable[[], Query[Any]]
    render: Callable[..., str]

    @expose("/calendar/")
    def calendar(self) -> ResponseReturnValue:
        """Show a month, or with ?view=week a week, of shifts that are not cancelled; ?on= names a day of it."""
        today = business_date(clock.now())
        on = _day(request.args.get("on")) or today
        weekly = request.args.get("view") == "week"
        first, last = _week(on) if weekly else _month(on)
        grid = list(_span(_week(first)[0], _week(last)[1]))
        by_day = self._lines(grid[0], grid[-1])
        most = None if weekly else LINES_A_DAY
        days = [_day_of(one, by_day.get(one, []), today=today, first=first, last=last, most=most) for one in grid]
        return self.render(
            "panel/event_calendar.html",
            title="活动日历",
            weekly=weekly,
            weeks=[days[n : n + 7] for n in range(0, len(days), 7)],
            named=f"{first:%Y-%m-%d} 至 {last:%m-%d}" if weekly else f"{on.year} 年 {on.month} 月",
            on=on,
            before=first - timedelta(days=1),
            after=last + timedelta(days=1),
            is_empty=not any(day.lines for day in days if day.is_inside),
        )

    @expose("/board/")
    def board(self) -> ResponseReturnValue:
        """Show every event of the caller's scope in the column of its phase."""
        return self.render("panel/event_board.html", title="活动看板", columns=[self._column(one) for one in Phase])

    def _column(self, phase: Phase) -> Column:
        now = clock.now()
        keys = self._keys().filter(programme.in_phase(phase, now))
        count = db.session.scalar(select(func.count()).select_from(keys.subquery())) or 0
        ahead = phase in (Phase.OPEN, Phase.FULL, Phase.RUNNING)
        order = (Event.starts_at, Event.id) if ahead else (Event.starts_at.is_(None).desc(), Event.starts_at.desc())
        wanted = [key for (key,) in keys.order_by(*order).limit(CARDS)]
        found = {row.id: row for row in self.get_query().filter(Event.id.in_(wanted))}
        cards = [_card(found[key], now) for key in wanted if key in found]
        return Column(phase.value, dict(event_words.PHASES)[phase.value], PHASE_TONES[phase], count, cards)

    def _keys(self) -> Query[Any]:
        """Return the ids of the events in the caller's scope."""
        return self.get_query().enable_eagerloads(False).order_by(None).with_entities(Event.id)

    def _lines(self, first: date, last: date) -> dict[date, list[Line]]:
        """Return the lines of each day: shifts of the caller's scope, added up by event and start."""
        query = (
            select(Event.id, Event.title_zh, Event.state, Shift)
            .join(Position, Position.event_id == Event.id)
            .join(Shift, Shift.position_id == Position.id)
            .where(
                Event.id.in_(self._keys().scalar_subquery()),
                Event.state.in_(_PLANNED),
                Shift.state == ShiftState.OPEN,
                Shift.starts_at >= midnight(first),
                Shift.starts_at < midnight(last + timedelta(days=1)),
            )
            .order_by(Shift.starts_at, Event.id)
        )
        together: dict[tuple[int, datetime], list[Any]] = defaultdict(list)
        for row in db.session.execute(query):
            together[(row.id, row.Shift.starts_at)].append(row)
        found: dict[date, list[Line]] = defaultdict(list)
        for (_, starts_at), rows in together.items():
            found[business_date(starts_at)].append(_line(rows))
        return found


def _line(rows: list[Any]) -> Line:
    now, first = clock.now(), rows[0]
    shifts = [row.Shift for row in rows]
    shown = first.state in _SHOWN
    lacking = sum(max(one.min_cover - one.taken, 0) for one in shifts if one.ends_at > now) if shown else 0
    is_over = shown and max(one.ends_at for one in shifts) <= now
    return Line(
        first.id,
        first.title_zh,
        f"{city_time(shifts[0].starts_at):%H:%M}",
        sum(one.taken for one in shifts),
        sum(one.capacity for one in shifts),
        lacking,
        "over" if is_over else "shown" if shown else first.state,
    )


def _day_of(day: date, lines: list[Line], *, today: date, first: date, last: date, most: int | None) -> Day:
    shown = lines if most is None or len(lines) <= most else lines[: most - 1]
    number = f"{day.month}/{day.day}" if day.day == 1 or day == first else str(day.day)
    return Day(day, number, day == today, first <= day <= last, shown, len(lines) - len(shown))


def _card(row: Event, at: datetime) -> Card:
    when = span_words(row.starts_at, row.ends_at) if row.starts_at and row.ends_at else "还没有班次"
    return Card(row, when, place_words(row), *seats_of(row), short_of(row, at))


def _week(on: date) -> tuple[date, date]:
    monday = on - timedelta(days=on.weekday())
    return monday, monday + timedelta(days=6)


def _month(on: date) -> tuple[date, date]:
    first = on.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _span(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text and len(text) == 10 else None
    except ValueError:
        return None
    return found if found and found.year in _YEARS else None
