"""The page of one station: what it is, where, when, what it offers, its posters, visits and history."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app
from markupsafe import Markup
from sqlalchemy import select

from admin import charts, event_page, wording
from admin.station_cells import calendar_now, hours_of, opening_now
from admin.views import may
from admin.wording import changes_of
from app.audit import queries as audit
from app.checkins import queries as checkins
from app.checkins.models import CheckIn
from app.core import clock, geo
from app.core.db import db
from app.kiosks import queries as kiosks
from app.stations import opening, queries
from app.stations.codes import STEP_S, CredentialKind
from app.stations.models import Station, StationCredential
from app.stations.opening import hhmm

RECENT = 6


class Poster(NamedTuple):
    """A version of the poster: its row, its link where it counts, and the QR of the one to print."""

    row: StationCredential
    url: str
    qr: Markup | None


class DayHours(NamedTuple):
    """One line of the hours card."""

    day: str
    words: str
    is_today: bool


def cards(row: Station, at: datetime) -> dict[str, Any]:
    """Return what the cards of a station's page hold."""
    credentials = queries.list_credentials(row.id)
    place = {"district_id": row.district_id, "station_id": row.id}
    first = row.circles[0]
    gcj = geo.from_wgs84(geo.Point(first.lat, first.lng), geo.CoordSys.GCJ02)
    return {
        "now": opening_now(row, at),
        "week": _week(row, at),
        "exceptions": _exceptions(row, at),
        "fence": charts.fence([(c.lat, c.lng, c.radius_m) for c in row.circles]),
        "gcj": gcj,
        "posters": _posters(row, credentials),
        "secrets": [one for one in credentials if one.kind == CredentialKind.ROTATING],
        "kiosks": kiosks.list_devices(row.id),
        "kiosk_page": kiosk_address(row),
        "at": at,
        "digits": queries.find_rotating_digits(row.id, at) if may("stations.close", **place) else None,
        "digits_left_s": STEP_S - int(at.timestamp()) % STEP_S,
        "visits_today": checkins.count_visits(row.id, clock.business_date(at)),
        "visits": _recent_visits(row.id) if may("checkins.read", **place) else [],
        "trail_entries": [(entry, changes_of(entry)) for entry in audit.list_of_object("station", row.code, limit=8)],
        "events": event_page.list_at_station(row.id, at),
        "services": sorted(row.services, key=lambda one: one.item.position),
        "languages": "、".join(dict(wording.LANGUAGES).get(one, one) for one in row.languages),
        "place": place,
        "today": clock.business_date(at),
    }


def kiosk_address(row: Station) -> str:
    """Return the address that a station's screen opens."""
    return f"{current_app.config['OUYU'].public_url}/kiosk/{row.code}"


def _week(row: Station, at: datetime) -> list[DayHours]:
    today, rules = clock.business_date(at), hours_of(row)
    lines = [(wording.WEEKDAYS[n], [r for r in rules if r.weekday == n]) for n in range(7)]
    if holidays := [r for r in rules if r.on_holidays]:
        lines.append(("节假日", holidays))
    counting = opening.hours_of(rules, today, calendar_now(at))
    special = calendar_now(at).get(today)
    weekday = today.weekday() if special is None or special.stands_for is None else special.stands_for
    named = [wording.WEEKDAYS[weekday]] if not counting or counting[0].weekday is not None else ["节假日"]
    if counting and counting[0].on_date is not None:
        named = []
    return [DayHours(day, _words(own), day in named) for day, own in lines]


def _exceptions(row: Station, at: datetime) -> list[DayHours]:
    today = clock.business_date(at)
    rules = hours_of(row)
    days = sorted({r.on_date for r in rules if r.on_date is not None and r.on_date >= today})
    return [
        DayHours(
            f"{day} {wording.WEEKDAYS[day.weekday()]}", _words([r for r in rules if r.on_date == day]), day == today
        )
        for day in days
    ]


def _words(rules: list[Any]) -> str:
    if not rules:
        return "未公布"
    if any(rule.closed for rule in rules):
        return "休息"
    spans = sorted((rule.opens_min, rule.closes_min) for rule in rules)
    return "、".join(f"{hhmm(opens)}–{hhmm(closes)}" for opens, closes in spans)


def _posters(row: Station, credentials: list[StationCredential]) -> list[Poster]:
    base = current_app.config["OUYU"].public_url
    found = []
    newest = True
    for one in credentials:
        if one.kind != CredentialKind.POSTER:
            continue
        url = base + queries.poster_path(row, one)
        qr = None
        if one.revoked_at is None and newest:
            newest = False
            qr = charts.qr(url)
        found.append(Poster(one, url, qr))
    return found


def _recent_visits(station_id: int) -> list[CheckIn]:
    query = select(CheckIn).where(CheckIn.station_id == station_id).order_by(CheckIn.id.desc()).limit(RECENT)
    return list(db.session.scalars(query))
