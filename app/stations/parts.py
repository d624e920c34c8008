"""What hangs on a station — circles, hours, services — put on from plain values and read back as such."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.db import db
from app.core.types import clean_text
from app.stations import queries
from app.stations.models import Circle, OpeningRule, ServiceItem, Station, StationService
from app.stations.opening import Hours

PLAIN_FIELDS = (
    "name_zh",
    "name_en",
    "kind",
    "district_id",
    "organisation_id",
    "address_zh",
    "address_en",
    "description_zh",
    "description_en",
    "phone",
    "languages",
    "coord_quality",
)


def facts(station: Station) -> dict[str, Any]:
    """Return a station's fields as plain values, for the audit trail and for comparing."""
    values: dict[str, Any] = {name: getattr(station, name) for name in ("code", *PLAIN_FIELDS, "state")}
    values["languages"] = list(station.languages)
    values["circles"] = [{"lat": c.lat, "lng": c.lng, "radius_m": c.radius_m} for c in station.circles]
    values["opening"] = [
        {
            "weekday": r.weekday,
            "on_date": r.on_date.isoformat() if r.on_date else None,
            "on_holidays": r.on_holidays,
            "closed": r.closed,
            "opens_min": r.opens_min,
            "closes_min": r.closes_min,
        }
        for r in station.opening_rules
    ]
    values["services"] = sorted(
        (
            {"code": s.item.code, "note_zh": s.note_zh, "note_en": s.note_en, "available": s.available}
            for s in station.services
        ),
        key=lambda service: service["code"],
    )
    return values


def catalogue() -> dict[str, ServiceItem]:
    """Return the service catalogue by code."""
    return {item.code: item for item in queries.list_service_items()}


def set_parts(station: Station, cleaned: Mapping[str, Any]) -> None:
    """Replace what hangs on a station by what was given; old rows go first, their unique keys with them."""
    parts = [name for name in ("circles", "opening", "services") if name in cleaned]
    if not parts:
        return
    names = {"circles": "circles", "opening": "opening_rules", "services": "services"}
    if station.id is not None:
        for name in parts:
            getattr(station, names[name]).clear()
        db.session.flush()
    if "circles" in cleaned:
        station.circles = [
            Circle(position=n, lat=float(c["lat"]), lng=float(c["lng"]), radius_m=c["radius_m"])
            for n, c in enumerate(cleaned["circles"])
        ]
    if "opening" in cleaned:
        station.opening_rules = [OpeningRule(**Hours(**h)._asdict()) for h in cleaned["opening"]]
    if "services" in cleaned:
        station.services = _services(cleaned["services"])


def _services(wanted: Sequence[Mapping[str, Any]]) -> list[StationService]:
    known = catalogue() if wanted else {}
    return [
        StationService(
            service_item_id=known[service["code"]].id,
            item=known[service["code"]],
            note_zh=clean_text(service.get("note_zh") or ""),
            note_en=clean_text(service.get("note_en") or ""),
            available=service.get("available", True),
        )
        for service in wanted
    ]
