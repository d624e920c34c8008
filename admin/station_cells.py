"""What the panel says of a station in a cell: its state, why it is shut, which posters count."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup, escape
from sqlalchemy import select

from admin import wording
from admin.base import per_request
from admin.markup import badge, muted, stacked
from app.core import clock
from app.core.db import db
from app.core.errors import Text
from app.stations import opening, queries
from app.stations.codes import CredentialKind
from app.stations.models import Station, StationCredential
from app.stations.opening import Calendar, ClosureSpan, Hours
from app.stations.rules import StationState
from app.stats.queries import Now, Posters

STATE_TONES = {"draft": "quiet", "open": "good", "paused": "warn", "withdrawn": "quiet"}
NOW_WORDS = (
    (Now.OPEN.value, "现在开放"),
    (Now.UNKNOWN.value, "时间未知"),
    (Now.OFF_HOURS.value, "不在开放时间"),
    (Now.CLOSURE.value, "临时关闭中"),
    (Now.PAUSED.value, "暂停中"),
)
POSTER_WORDS = (
    (Posters.NONE.value, "没有有效海报"),
    (Posters.ONE.value, "一版有效"),
    (Posters.SEVERAL.value, "多版有效"),
)


def running_closure(station: Station, at: datetime) -> ClosureSpan | None:
    """Return the closure in force or to come, or None."""
    for one in station.closures:
        if one.ended_at is None and (one.until is None or at < one.until):
            return ClosureSpan(Text(one.reason_zh, one.reason_en), one.starts_at, one.until)
    return None


def hours_of(station: Station) -> list[Hours]:
    """Return a station's hours without their rows."""
    return [rule.hours for rule in station.opening_rules]


def calendar_now(at: datetime) -> Calendar:
    """Return the holiday and work calendar from today on."""
    return per_request("calendar", lambda: queries.calendar_since(clock.business_date(at)))


def opening_now(station: Station, at: datetime) -> opening.Opening:
    """Return whether a station is open and the words the phone shows."""
    return opening.opening_at(hours_of(station), running_closure(station, at), at, calendar_now(at))


def state_cell(row: Station) -> Markup:
    """Return a station's state, and why it is shut now if it is."""
    mark = badge(dict(wording.STATION_STATES)[row.state], STATE_TONES[row.state])
    closure = running_closure(row, clock.now())
    if closure is None or row.state not in (StationState.OPEN, StationState.PAUSED):
        return mark
    if row.state == StationState.OPEN:
        mark = badge("临时关闭", "warn")
    return stacked(mark, opening.closure_note(closure, clock.now()).zh)


def poster_cell(row: Station) -> Markup:
    """Return which poster version is printed and how many older ones still count."""
    versions = per_request("posters", _valid_posters).get(row.id, [])
    if not versions:
        return badge("无有效海报", "warn") if row.state != StationState.WITHDRAWN else muted("—")
    older = f"另有 {len(versions) - 1} 张旧版有效" if len(versions) > 1 else ""
    return stacked(f"v{max(versions)}", older) if older else escape(f"v{max(versions)}")


def _valid_posters() -> dict[int, list[int]]:
    query = select(StationCredential.station_id, StationCredential.version).where(
        StationCredential.kind == CredentialKind.POSTER, StationCredential.revoked_at.is_(None)
    )
    found: dict[int, list[int]] = {}
    for station_id, version in db.session.execute(query):
        found.setdefault(station_id, []).append(version)
    return found
