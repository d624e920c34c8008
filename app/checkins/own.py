"""A person's own visits: a copy of them. They stay, without a point, when the person goes: the city's totals count them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.checkins.models import CheckIn
from app.core.clock import written
from app.core.db import db
from app.stations.models import Station


def own_rows(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return every attempt of a person, JSON-ready, oldest first."""
    query = (
        select(CheckIn, Station.code, Station.name_zh)
        .join(Station, Station.id == CheckIn.station_id)
        .where(CheckIn.person_id == person_id)
        .order_by(CheckIn.id)
    )
    return {
        "checkins": [
            {
                "id": visit.public_id,
                "station": code,
                "station_name": name,
                "happened_at": written(visit.happened_at),
                "business_date": visit.business_date.isoformat(),
                "state": visit.state,
                "reason": visit.reason,
                "grade": visit.grade,
                "distance_m": visit.distance_m,
                "accuracy_m": visit.accuracy_m,
                "lat": visit.lat,
                "lng": visit.lng,
                "client_time": written(visit.client_time),
                "source": visit.source,
                "signals": visit.signals,
                "received_at": written(visit.received_at),
                "voided_at": written(visit.voided_at),
            }
            for visit, code, name in db.session.execute(query)
        ]
    }
