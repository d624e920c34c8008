"""The JSON door of stations: public, cached, with ETags."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import orjson
from flask import Response, request

from app.core import clock, geo, paging
from app.core.clock import business_date, rfc3339
from app.core.errors import InvalidInput, NotFound, Text
from app.core.geo import CoordSys, Point
from app.core.hooks import Hook
from app.http.access import now, public
from app.http.blueprint import ApiBlueprint
from app.http.body import parse_query, read_query
from app.http.etags import is_known, not_modified, tagged
from app.http.locale import locale
from app.http.query import Query
from app.orgs import queries as orgs
from app.stations import listing, queries
from app.stations.listing import Filters, Listed
from app.stations.opening import CalendarDay, hhmm
from app.stations.schemas import NamedOut, StationDetailOut, StationOut, StationQuery, StationsQuery

bp = ApiBlueprint("stations")

count_visits_today: Hook[[int, Any], int] = Hook("stations.count_visits_today")
"""(station id, city day) → people stamped there that day; provided by the check-ins domain."""

_STATIONS, _STATION, _NOTHING = StationsQuery(), StationQuery(), Query()
_POINT_NEEDS_ALL = Text("位置需要同时给出 lat、lng 和 coord_sys。", "A position needs lat, lng and coord_sys together.")


@bp.call(
    "GET",
    "/stations",
    access=public,
    query=_STATIONS,
    answer=StationOut(),
    listed=True,
    example={"lat": "36.0616", "lng": "120.3143", "coord_sys": "wgs84"},
)
def list_stations() -> Response:
    """List stations: nearest first with a point, else by code. open_now keeps open and unknown ones."""
    asked = _asked(request.query_string.decode(errors="replace"))
    found = listing.directory()
    ready = listing.rendering(found, locale(), asked.out, clock.now())
    etag = f"{ready.etag}-{asked.tag}"
    if is_known(etag):
        return not_modified(etag)
    page = listing.list_stations(found, ready, asked.filters, asked.limit, asked.after)
    body = b'{"items":[%b],"next_cursor":%b}' % (b",".join(page.items), orjson.dumps(page.next_cursor))
    return tagged(body, etag)


@bp.call(
    "GET",
    "/stations/<code>",
    access=public,
    query=_STATION,
    answer=StationDetailOut(),
    path_example={"code": "ZHANQIAO"},
)
def get_station(code: str) -> Response:
    """Show one station in full."""
    out = CoordSys(read_query(_STATION)["out_coord_sys"])
    station = listing.directory().by_code.get(code)
    if station is None:
        raise NotFound
    return tagged(orjson.dumps(_detail(station, out)))


@bp.call("GET", "/services", access=public, query=_NOTHING, answer=NamedOut(), listed=True)
def list_services() -> Response:
    """List the catalogue of services, in its order."""
    english = locale() == "en"
    items = [
        {"code": item.code, "name": item.name_en if english else item.name_zh} for item in queries.list_service_items()
    ]
    return tagged(orjson.dumps({"items": items, "next_cursor": None}))


@bp.call("GET", "/districts", access=public, query=_NOTHING, answer=NamedOut(), listed=True)
def list_districts() -> Response:
    """List the city's districts by code (GB/T 2260)."""
    english = locale() == "en"
    items = [{"code": item.code, "name": item.name_en if english else item.name_zh} for item in orgs.list_districts()]
    return tagged(orjson.dumps({"items": items, "next_cursor": None}))


class _Asked(NamedTuple):
    filters: Filters
    limit: int
    after: list[Any] | None
    out: CoordSys
    tag: str


@lru_cache(maxsize=2048)
def _asked(query_string: str) -> _Asked:
    """Read the query of a list; the same question is asked again and again, so its reading is kept."""
    asked = parse_query(_STATIONS, dict(reversed(parse_qsl(query_string, keep_blank_values=True))))
    filters = _filters(asked)
    after = paging.position(listing.list_kind(filters), asked["cursor"])
    out = CoordSys(asked["out_coord_sys"])
    tag = hashlib.blake2b(repr((filters, asked["limit"], after)).encode(), digest_size=6).hexdigest()
    return _Asked(filters, asked["limit"], after, out, tag)


def _filters(asked: dict[str, Any]) -> Filters:
    given = [name for name in ("lat", "lng", "coord_sys") if asked[name] is not None]
    if given and len(given) < 3:
        missing = [name for name in ("lat", "lng", "coord_sys") if name not in given]
        raise InvalidInput(fields={name: [_POINT_NEEDS_ALL] for name in missing})
    near = geo.to_wgs84(Point(asked["lat"], asked["lng"]), CoordSys(asked["coord_sys"])) if given else None
    return Filters(
        asked["district"] or None,
        asked["service"] or None,
        asked["kind"],
        (asked["q"] or "").strip() or None,
        asked["open_now"],
        near,
    )


def _detail(station: Listed, out: CoordSys) -> dict[str, Any]:
    row, asked, today = station.row, locale(), business_date(now())
    english = asked == "en"
    opening = station.opening(now())
    closure = station.closure
    in_force = closure is not None and closure.starts_at <= now() and (closure.until is None or now() < closure.until)
    return listing.summary(station, opening, asked, out) | {
        "description": (row.description_en if english else row.description_zh) or row.description_zh,
        "services": [
            {
                "code": s.item.code,
                "name": s.item.name_en if english else s.item.name_zh,
                "note": (s.note_en if english else s.note_zh) or None,
                "available": s.available,
            }
            for s in sorted(row.services, key=lambda s: s.item.position)
        ],
        "photos": [listing.photo_urls(photo) for photo in row.photos],
        "geofence": [_circle(Point(c.lat, c.lng), c.radius_m, out) for c in row.circles],
        "opening": [
            {
                "weekday": h.weekday,
                "date": h.on_date.isoformat() if h.on_date else None,
                "holidays": h.on_holidays,
                "closed": h.closed,
                "opens": hhmm(h.opens_min) if h.opens_min is not None else None,
                "closes": hhmm(h.closes_min) if h.closes_min is not None else None,
            }
            for h in station.hours
        ],
        "closure": {
            "reason": closure.reason.in_(asked),
            "until": rfc3339(closure.until) if closure.until else None,
        }
        if closure is not None and in_force
        else None,
        "organisation": (row.organisation.name_en if english else row.organisation.name_zh)
        if row.organisation
        else None,
        "phone": row.phone,
        "languages": list(row.languages),
        "today": {
            "checkins": count_visits_today(row.id, today),
            "special": _special(station.calendar.get(today), asked),
        },
    }


def _special(day: CalendarDay | None, asked: str) -> dict[str, Any] | None:
    if day is None:
        return None
    return {"kind": day.kind.value, "name": day.name.in_(asked), "weekday": day.stands_for}


def _circle(centre: Point, radius_m: int, out: CoordSys) -> dict[str, float | int]:
    shown = geo.from_wgs84(centre, out)
    return {"lat": round(shown.lat, 6), "lng": round(shown.lng, 6), "radius_m": radius_m}
