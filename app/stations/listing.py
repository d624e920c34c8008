"""The public list: every listed station kept ready as bytes, renewed when staff change something or a minute passes.

A read of it costs no query but a look at the audit head's number at most every half second per process; a change in
the panel is therefore seen within a second on every worker.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.audit import queries as audit
from app.core import clock, geo
from app.core.clock import business_date
from app.core.db import db
from app.core.errors import Text
from app.core.geo import CoordSys, Point
from app.core.paging import Page, cursor
from app.stations.models import Photo, Station
from app.stations.opening import Calendar, ClosureSpan, Hours, Opening, OpenState, opening_at
from app.stations.queries import calendar_since, whole
from app.stations.rules import LISTED
from config import settings

CHECK_EVERY_S = 0.5
LOCALES = ("zh-CN", "en")
CALENDAR_BACK = timedelta(days=7)
"""How far back the calendar is kept ready: a visit made offline is judged by the day on which it was made."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One listed station as plain values."""

    id: int
    code: str
    kind: str
    district: str
    services: frozenset[str]
    words: str
    point: Point
    vector: tuple[float, float, float]
    hours: tuple[Hours, ...]
    closure: ClosureSpan | None
    calendar: Calendar
    row: Station

    def opening(self, at: datetime) -> Opening:
        """Say whether the station is open at an instant."""
        return opening_at(self.hours, self.closure, at, self.calendar)


@dataclass(slots=True)
class Rendering:
    """The list in one language and datum at one minute: each station's JSON without its closing brace."""

    etag: str
    openings: dict[str, Opening]
    fragments: dict[str, bytes]


@dataclass(slots=True)
class Directory:
    """All listed stations as of one state of the audit trail."""

    seq: int
    stations: tuple[Listed, ...]
    by_code: dict[str, Listed]
    checked: float
    renderings: dict[tuple[int, str, CoordSys], Rendering] = field(default_factory=dict)


class Filters(NamedTuple):
    """What a person looks for; None means any."""

    district: str | None = None
    service: str | None = None
    kind: str | None = None
    q: str | None = None
    open_now: bool = False
    near: Point | None = None


_directories: WeakKeyDictionary[Engine, Directory] = WeakKeyDictionary()
_lock = threading.Lock()


def forget() -> None:
    """Read everything anew at the next call in this process."""
    _directories.clear()


def directory() -> Directory:
    """Return the listed stations, at most half a second behind the database."""
    found = _directories.get(db.engine)
    if found is not None and time.monotonic() - found.checked < CHECK_EVERY_S:
        return found
    with _lock:
        found = _directories.get(db.engine)
        if found is not None and time.monotonic() - found.checked < CHECK_EVERY_S:
            return found
        checked = time.monotonic()
        seq = audit.get_head().seq
        if found is not None and found.seq == seq:
            found.checked = checked
            return found
        found = _read(seq, checked)
        _directories[db.engine] = found
        return found


def _read(seq: int, checked: float) -> Directory:
    with Session(db.engine) as session:  # its own, so that no rollback elsewhere expires what is kept
        rows = session.scalars(whole().where(Station.state.in_(LISTED)).order_by(Station.code)).all()
        calendar = calendar_since(business_date(clock.now()) - CALENDAR_BACK, session)
    stations = tuple(_listed(row, calendar) for row in rows)
    return Directory(seq, stations, {s.code: s for s in stations}, checked)


def _listed(row: Station, calendar: Calendar) -> Listed:
    circle = row.circles[0]
    closure = next((c for c in row.closures if c.ended_at is None), None)
    words = (row.code, row.name_zh, row.name_en, row.address_zh, row.address_en)
    return Listed(
        id=row.id,
        code=row.code,
        kind=row.kind,
        district=row.district.code,
        services=frozenset(s.item.code for s in row.services if s.available),
        words="\n".join(words).casefold(),
        point=Point(circle.lat, circle.lng),
        vector=_vector(Point(circle.lat, circle.lng)),
        hours=tuple(rule.hours for rule in row.opening_rules),
        closure=ClosureSpan(Text(closure.reason_zh, closure.reason_en), closure.starts_at, closure.until)
        if closure
        else None,
        calendar=calendar,
        row=row,
    )


def _vector(point: Point) -> tuple[float, float, float]:
    lat, lng = math.radians(point.lat), math.radians(point.lng)
    return math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)


def rendering(found: Directory, locale: str, out: CoordSys, at: datetime) -> Rendering:
    """Return the ready list of this minute in a language and datum."""
    minute = int(at.timestamp()) // 60
    key = (minute, locale, out)
    ready = found.renderings.get(key)
    if ready is None:
        openings = {s.code: s.opening(at) for s in found.stations}
        fragments = {s.code: orjson.dumps(summary(s, openings[s.code], locale, out))[:-1] for s in found.stations}
        etag = hashlib.blake2b(b"".join(fragments.values()), digest_size=8).hexdigest()
        ready = Rendering(etag, openings, fragments)
        for old in [k for k in list(found.renderings) if k[0] != minute]:
            found.renderings.pop(old, None)
        found.renderings[key] = ready
    return ready


def summary(station: Listed, opening: Opening, locale: str, out: CoordSys) -> dict[str, Any]:
    """Return a station as one item of the list."""
    row = station.row
    english = locale == "en"
    shown = geo.from_wgs84(station.point, out)
    return {
        "code": row.code,
        "name": row.name_en if english else row.name_zh,
        "kind": row.kind,
        "district": {
            "code": row.district.code,
            "name": row.district.name_en if english else row.district.name_zh,
        },
        "address": (row.address_en if english else row.address_zh) or row.address_zh,
        "location": {"lat": round(shown.lat, 6), "lng": round(shown.lng, 6), "coord_sys": out.value},
        "coord_quality": row.coord_quality,
        "radius_m": row.circles[0].radius_m,
        "services": [
            {"code": s.item.code, "name": s.item.name_en if english else s.item.name_zh}
            for s in sorted(row.services, key=lambda s: s.item.position)
            if s.available
        ],
        "open_state": opening.state.value,
        "open_note": opening.note.in_(locale),
        **_cover(row),
    }


def _cover(row: Station) -> dict[str, Any]:
    if not row.photos:
        return {}
    first = photo_urls(row.photos[0])
    return {"photo_url": first["url"], "photo_small_url": first["small_url"]}


def photo_urls(photo: Photo) -> dict[str, Any]:
    """Return where a photo is fetched, for a page and for a list, and its size on the page."""
    base = f"{settings.current().public_url}/photos/{photo.name}"
    return {"url": f"{base}.webp", "small_url": f"{base}-s.webp", "width": photo.width, "height": photo.height}


def list_stations(
    found: Directory, ready: Rendering, filters: Filters, limit: int, after: Sequence[Any] | None
) -> Page[bytes]:
    """Return a page of ready items: nearest first with a point, else by code."""
    matching = [s for s in found.stations if _matches(s, filters, ready)]
    if filters.near is None:
        keyed: list[tuple[Any, str]] = [(0, s.code) for s in matching]
    else:
        here = _vector(filters.near)
        keyed = sorted((_metres(here, s.vector), s.code) for s in matching)
    if after is not None:
        keyed = [key for key in keyed if key > tuple(after)]
    page = keyed[:limit]
    if filters.near is None:
        items = [ready.fragments[code] + b"}" for _, code in page]
    else:
        items = [b'%b,"distance_m":%d}' % (ready.fragments[code], distance) for distance, code in page]
    more = cursor(list_kind(filters), page[-1]) if len(keyed) > limit else None
    return Page(items, more)


def list_kind(filters: Filters) -> str:
    """Name the order of a list, so that a cursor of one order does not fit the other."""
    return "stations.near" if filters.near else "stations"


def _metres(a: tuple[float, float, float], b: tuple[float, float, float]) -> int:
    chord = math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
    return round(2 * geo.EARTH_RADIUS_M * math.asin(min(1.0, chord / 2)))


def _matches(station: Listed, filters: Filters, ready: Rendering) -> bool:
    return (
        (filters.district is None or station.district == filters.district)
        and (filters.service is None or filters.service in station.services)
        and (filters.kind is None or station.kind == filters.kind)
        and (filters.q is None or filters.q.casefold() in station.words)
        and (not filters.open_now or ready.openings[station.code].state is not OpenState.CLOSED)
    )
