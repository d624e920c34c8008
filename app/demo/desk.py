"""What the demo's desk offers: positions and codes for every verdict of a check-in at 栈桥, and people to be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from app.core import clock
from app.core.db import db, unit_of_work
from app.core.geo import Point
from app.core.types import new_public_id
from app.demo.volunteers import DOCS_PHONE, INVITED_PHONE, VISITOR_PHONE
from app.events.models import Event, Position, Shift
from app.events.rules import Approval, EventState, ShiftState
from app.people import otp
from app.stations import codes as station_codes
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import Station, StationCredential

STATION = "ZHANQIAO"
FAR_NORTH_DEGREES = 0.027
"""About 3 km."""
EXPIRED_STEPS = 5
_ACCURACY_M = 12


def desk() -> dict[str, Any]:
    """Return the places to stand at, the codes to hold up and the phones to sign in by."""
    station = queries.get_station_by_code(STATION)
    circle = station.circles[0]
    here = Point(circle.lat, circle.lng)
    return {
        "places": [
            _place("at", "在栈桥", "At Zhanqiao", here),
            _place("far", "3 公里外", "3 km away", Point(here.lat + FAR_NORTH_DEGREES, here.lng)),
            _place("denied", "不授权位置", "Location declined", None),
        ],
        "codes": _codes(station),
        "people": [
            _person("volunteer", "一位志愿者", "A volunteer", VISITOR_PHONE),
            _person("invited", "受邀还没接受的人", "Somebody invited", INVITED_PHONE),
        ],
    }


def examples() -> dict[str, str]:
    """Return what stands in for the blanks in the examples of the API document: today's poster, codes to sign in by, a shift to join."""
    credentials = {code["key"]: code["credential"] for code in _codes(queries.get_station_by_code(STATION))}
    with unit_of_work():
        demo_code = otp.code_to_show(DOCS_PHONE, at=clock.now())
    return credentials | {"demo_code": demo_code, "login_code": f"docs:{new_public_id()}"} | _shift_to_join()


def _shift_to_join() -> dict[str, str]:
    """Return an event and a shift of it that anybody of age may sign up for; nothing once all of them are over."""
    query = (
        select(Event.public_id, Shift.public_id, Position.qualifications)
        .join_from(Shift, Position, Position.id == Shift.position_id)
        .join(Event, Event.id == Position.event_id)
        .where(Event.state == EventState.PUBLISHED, Position.approval == Approval.INSTANT, Shift.waitlisted == 0)
        .where(Shift.state == ShiftState.OPEN, Shift.starts_at > clock.now(), Shift.taken < Shift.capacity)
        .order_by(Shift.starts_at.desc())
    )
    found = next((row for row in db.session.execute(query) if not row.qualifications), None)
    return {} if found is None else {"event": found[0], "shift": found[1]}


def _place(key: str, name_zh: str, name_en: str, point: Point | None) -> dict[str, Any]:
    location = None
    if point is not None:
        location = {
            "lat": round(point.lat, 6),
            "lng": round(point.lng, 6),
            "accuracy_m": _ACCURACY_M,
            "coord_sys": "wgs84",
        }
    return {"key": key, "name": {"zh": name_zh, "en": name_en}, "location": location}


def _person(key: str, name_zh: str, name_en: str, phone: str) -> dict[str, Any]:
    return {"key": key, "name": {"zh": name_zh, "en": name_en}, "phone": phone}


def _codes(station: Station) -> list[dict[str, Any]]:
    now = clock.now()
    codes = []
    posters = [c for c in queries.list_credentials(station.id) if c.kind == CredentialKind.POSTER]
    for key, name_zh, name_en, is_revoked in (
        ("poster", "有效海报", "Valid poster", False),
        ("revoked", "已作废的旧海报", "Revoked old poster", True),
    ):
        found = next((c for c in posters if (c.revoked_at is not None) is is_revoked), None)
        if found is not None:
            codes.append(_code(key, name_zh, name_en, _poster(station, found)))
    age = timedelta(seconds=EXPIRED_STEPS * station_codes.STEP_S)
    for key, name_zh, name_en, at in (
        ("digits", "现在的动态码", "Digits shown now", now),
        ("expired_digits", "过期的动态码", "Expired digits", now - age),
    ):
        shown = queries.find_rotating_digits(station.id, at)
        if shown is not None:
            codes.append(_code(key, name_zh, name_en, f"{station.code}:{shown.digits}"))
    codes.append(_code("wrong", "不认识的码", "Unknown code", f"{station.code}?v=1&k=aaaaaaaaaaaaaaaa"))
    return codes


def _code(key: str, name_zh: str, name_en: str, credential: str) -> dict[str, Any]:
    return {"key": key, "name": {"zh": name_zh, "en": name_en}, "credential": credential}


def _poster(station: Station, credential: StationCredential) -> str:
    return queries.poster_path(station, credential).removeprefix("/c/")
