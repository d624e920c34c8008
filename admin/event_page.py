"""What the panel says of an event: its cells, its page, and whom an act will meet."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from markupsafe import Markup

from admin import door, event_words, wording
from admin.base import per_request
from admin.markup import badge, muted, stacked
from admin.views import may
from admin.wording import changes_of
from app.audit import queries as audit
from app.core import clock
from app.core.clock import business_date, city_time
from app.events import authoring, programme, roster
from app.events.models import Event, Position, Shift, ShiftTemplate
from app.events.programme import Phase, place_of
from app.events.rules import WORKING, EventState, ShiftState
from app.orgs import queries as orgs
from app.orgs.rules import reach

PHASE_TONES = {
    Phase.DRAFT: "quiet",
    Phase.IN_REVIEW: "held",
    Phase.OPEN: "good",
    Phase.FULL: "warn",
    Phase.RUNNING: "note",
    Phase.OVER: "quiet",
    Phase.CANCELLED: "bad",
}


AT_STATION = 5
"""Events that a station's page shows."""


class Line(NamedTuple):
    """One shift in the table of its position. state: ahead, running, over or cancelled."""

    row: Shift
    when: str
    short: int
    state: str


class Table(NamedTuple):
    """A position with its shifts: those that count now, and those behind."""

    row: Position
    asks: list[str]
    now: list[Line]
    behind: list[Line]


def phase_cell(row: Event) -> Markup:
    """Return the phase of an event, and how many people it lacks."""
    phase = programme.phase_of(row, clock.now())
    mark = badge(dict(event_words.PHASES)[phase.value], PHASE_TONES[phase])
    lacking = short_of(row, clock.now())
    return stacked(mark, badge(f"缺 {lacking} 人", "warn")) if lacking else mark


def short_of(row: Event, at: datetime) -> int:
    """Return how many people the shifts not over yet of a published event lack for their least cover."""
    if row.state != EventState.PUBLISHED:
        return 0
    return sum(_lacking(shift, at) for shift in programme.open_shifts(row))


def _lacking(shift: Shift, at: datetime) -> int:
    counts = shift.state == ShiftState.OPEN and shift.ends_at > at
    return max(shift.min_cover - shift.taken, 0) if counts else 0


def time_cell(row: Event) -> Any:
    """Return when an event is, and of how many shifts."""
    if row.starts_at is None or row.ends_at is None:
        return muted("还没有班次")
    shifts = len(programme.open_shifts(row))
    words = span_words(row.starts_at, row.ends_at)
    return stacked(words, f"{shifts} 个班次") if shifts > 1 else words


def span_words(starts: datetime, ends: datetime) -> str:
    """Write a span on the city's clock; the day stands once where it is one day."""
    first, last = city_time(starts), city_time(ends)
    day = f"{first:%Y-%m-%d} {wording.WEEKDAYS[first.weekday()]}"
    if first.date() == last.date():
        return f"{day} {first:%H:%M}–{last:%H:%M}"
    if last - first <= timedelta(hours=24):
        return f"{day} {first:%H:%M}–次日 {last:%H:%M}"
    return f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"


def place_words(row: Event) -> str:
    """Return where an event meets."""
    station = row.station.name_zh if row.station else ""
    return " · ".join(part for part in (station, row.place_zh) if part) or "未定"


def seats_of(row: Event) -> tuple[int, int, int]:
    """Return taken, all and waiting of the shifts of an event that are not cancelled."""
    shifts = programme.open_shifts(row)
    return (
        sum(one.taken for one in shifts),
        sum(one.capacity for one in shifts),
        sum(one.waitlisted for one in shifts),
    )


def places_cell(row: Event) -> Any:
    """Return how full an event is."""
    taken, capacity, waiting = seats_of(row)
    if not capacity:
        return muted("—")
    return stacked(f"{taken} / {capacity}", f"候补 {waiting} 人") if waiting else f"{taken} / {capacity}"


class AtStation(NamedTuple):
    """An event in the card of its station."""

    row: Event
    phase: Markup
    when: str


def list_at_station(station_id: int, at: datetime) -> list[AtStation]:
    """Return the next events at a station, as far as the caller may see them."""
    found = programme.list_at_station(reach(door.actor(), "events.read"), station_id, at, AT_STATION)
    return [
        AtStation(row, phase_cell(row), span_words(row.starts_at, row.ends_at) if row.starts_at and row.ends_at else "")
        for row in found
    ]


def cards(row: Event, at: datetime) -> dict[str, Any]:
    """Return what an event's page shows."""
    place = place_of(row)
    is_draft = row.state in (EventState.DRAFT, EventState.IN_REVIEW)
    missing = authoring.missing_before_publishing(row, at) if is_draft else {}
    taken, capacity, waiting = seats_of(row)
    phase = programme.phase_of(row, at)
    working = row.state in WORKING
    return {
        "place": place,
        "phase_word": dict(event_words.PHASES)[phase.value],
        "phase_tone": PHASE_TONES[phase],
        "when": span_words(row.starts_at, row.ends_at) if row.starts_at and row.ends_at else "",
        "missing": [(wording.FIELDS.get(name, name), texts[0].zh) for name, texts in missing.items()],
        "author": _staff_name(row.author_id),
        "publisher": _staff_name(row.publisher_id),
        "is_own": row.author_id is not None and row.author_id == door.actor().id,
        "taken": taken,
        "capacity": capacity,
        "waiting": waiting,
        "lacking": short_of(row, at),
        "rosters": roster.list_shown(reach(door.actor(), "signups.read"), row.id, at),
        "positions": [_table(one, at) for one in row.positions],
        "patterns": [(one, pattern_words(one)) for one in programme.list_patterns(row.id)],
        "may_plan": working and may("events.edit", **place),
        "may_cancel": working and may("events.cancel", **place),
        "trail_entries": [(one, changes_of(one)) for one in audit.list_of_object("event", row.public_id, limit=8)],
    }


def _table(position: Position, at: datetime) -> Table:
    asks = [dict(event_words.QUALIFICATIONS)[code] for code in position.qualifications]
    if position.min_age:
        asks.insert(0, f"满 {position.min_age} 周岁")
    lines = [_line(shift, at) for shift in position.shifts]
    now = [one for one in lines if one.state in ("ahead", "running")]
    return Table(position, asks, now, [one for one in reversed(lines) if one.state in ("over", "cancelled")])


def _line(shift: Shift, at: datetime) -> Line:
    if shift.state == ShiftState.CANCELLED:
        state = "cancelled"
    elif shift.ends_at <= at:
        state = "over"
    else:
        state = "running" if shift.starts_at <= at else "ahead"
    return Line(shift, span_words(shift.starts_at, shift.ends_at), _lacking(shift, at), state)


def pattern_words(pattern: ShiftTemplate) -> str:
    """Return a week's pattern in words."""
    days = "每天" if len(pattern.weekdays) == 7 else "、".join(wording.WEEKDAYS[one] for one in pattern.weekdays)
    next_day = "次日 " if pattern.ends_min <= pattern.starts_min else ""
    times = f"{_clock(pattern.starts_min)}–{next_day}{_clock(pattern.ends_min)}"
    return f"{days} {times}，{pattern.from_on} 至 {pattern.until_on}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _staff_name(staff_id: int | None) -> str:
    if staff_id is None:
        return ""
    found = per_request(f"staff {staff_id}", lambda: orgs.find_staff(staff_id))
    return str(found.name) if found else ""


def next_first_day(row: Event, at: datetime) -> date | None:
    """Return the first day on the event's own weekday that is a week or more after it and ahead; None without shifts."""
    if row.starts_at is None:
        return None
    found = business_date(row.starts_at) + timedelta(days=7)
    while found <= business_date(at):
        found += timedelta(days=7)
    return found


def cancelling_words(row: Event, at: datetime) -> str:
    """Say whom cancelling an event will meet."""
    shifts = [one for one in programme.open_shifts(row) if one.ends_at > at]
    return f"{len(shifts)} 个还没结束的班次会一起取消。{_people(shifts)}" if shifts else ""


def shift_words(shift: Shift) -> str:
    """Say of a shift when it is and who is on it."""
    waiting = f"，候补 {shift.waitlisted} 人" if shift.waitlisted else ""
    when = span_words(shift.starts_at, shift.ends_at)
    return f"{when}，名额 {shift.capacity} 个，已占用 {shift.taken} 个{waiting}。"


def cancelling_shift_words(shift: Shift) -> str:
    """Say whom cancelling a shift will meet."""
    return f"{span_words(shift.starts_at, shift.ends_at)}。{_people([shift])}"


def _people(shifts: list[Shift]) -> str:
    taken, waiting = sum(one.taken for one in shifts), sum(one.waitlisted for one in shifts)
    if not taken and not waiting:
        return "还没有人占用名额。"
    return f"占用名额的 {taken} 人和候补的 {waiting} 人会收到通知。"


def publishing_words(row: Event, at: datetime) -> str:
    """Say by whom an event was written and what publishing opens."""
    shifts = [one for one in programme.open_shifts(row) if one.starts_at > at]
    author = _staff_name(row.author_id)
    written = f"{author}起草，" if author else ""
    return f"{written}{len(shifts)} 个班次，共 {sum(one.capacity for one in shifts)} 个名额。"
