"""A person's own visits: a copy of them, and what of them goes with the person. The visits stay: the totals count them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from app.checkins.models import Appeal, CheckIn
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
    appeals = (
        select(Appeal, CheckIn.public_id)
        .join(CheckIn, CheckIn.id == Appeal.checkin_id)
        .where(CheckIn.person_id == person_id)
        .order_by(Appeal.id)
    )
    return {
        "checkins": [_copied(*row) for row in db.session.execute(query)],
        "appeals": [
            {
                "id": appeal.public_id,
                "checkin": visit_id,
                "text": appeal.text,
                "state": appeal.state,
                "answer": appeal.answer,
                "created_at": written(appeal.created_at),
                "decided_at": written(appeal.decided_at),
            }
            for appeal, visit_id in db.session.execute(appeals)
        ],
    }


def _copied(visit: CheckIn, code: str, name: str) -> dict[str, Any]:
    return {
        "id": visit.public_id,
        "station": code,
        "station_name": name,
        "happened_at": written(visit.happened_at),
        "business_date": visit.business_date.isoformat(),
        "state": visit.state,
        "reason": visit.reason,
        "explanation": visit.explanation,
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


def erase(person_id: int) -> None:
    """Forget where somebody stood, on which device, and what was written of it; that somebody was there stays."""
    forgotten = {"lat": None, "lng": None, "device_hash": None, "explanation": None}
    db.session.execute(update(CheckIn).where(CheckIn.person_id == person_id).values(forgotten))
    theirs = select(CheckIn.id).where(CheckIn.person_id == person_id)
    db.session.execute(update(Appeal).where(Appeal.checkin_id.in_(theirs)).values(text="", answer=None))
