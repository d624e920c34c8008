"""Read screens and the digits they may show."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from app.core import secrets
from app.core.db import db
from app.core.errors import NotFound
from app.kiosks.models import KioskDevice
from app.kiosks.rules import STEPS_AHEAD
from app.stations import codes
from app.stations import queries as stations
from app.stations.codes import STEP_S, CredentialKind
from app.stations.models import Station
from app.stations.rules import StationState

_SHOWS = (StationState.OPEN, StationState.PAUSED)


class Screen(NamedTuple):
    """A paired screen that is not ended, and the station it stands at."""

    device_id: int
    last_seen_at: datetime | None
    station_id: int
    station_code: str
    station_state: str


class Shown(NamedTuple):
    """The digits of one step, what their QR opens, and when they are on."""

    digits: str
    path: str
    valid_from: datetime
    valid_until: datetime


def find_screen(token: str) -> Screen | None:
    """Return which screen holds a token, or None; one that was ended holds nothing. One indexed look-up each time."""
    query = (
        select(KioskDevice.id, KioskDevice.last_seen_at, Station.id, Station.code, Station.state)
        .join(Station, Station.id == KioskDevice.station_id)
        .where(KioskDevice.token_hash == secrets.token_hash(token), KioskDevice.revoked_at.is_(None))
    )
    row = db.session.execute(query).first()
    return Screen(*row) if row else None


def get_device(device_id: int) -> KioskDevice:
    """Return a screen, its row locked until the unit ends. Raises NotFound."""
    query = select(KioskDevice).where(KioskDevice.id == device_id).with_for_update()
    device = db.session.scalar(query.execution_options(populate_existing=True))
    if device is None:
        raise NotFound
    return device


def list_devices(station_id: int) -> list[KioskDevice]:
    """Return a station's screens, those in use first, the newest on top."""
    query = (
        select(KioskDevice)
        .where(KioskDevice.station_id == station_id)
        .order_by(KioskDevice.revoked_at.is_not(None), KioskDevice.id.desc())
        .limit(50)
    )
    return list(db.session.scalars(query))


def count_live(station_id: int) -> int:
    """Return how many screens of a station are not ended."""
    query = select(func.count()).where(KioskDevice.station_id == station_id, KioskDevice.revoked_at.is_(None))
    return int(db.session.scalar(query) or 0)


def list_shown(screen: Screen, at: datetime) -> list[Shown]:
    """Return the digits of this step and the next ones, in order; none where the station stamps no more."""
    credential = stations.find_current(screen.station_id, CredentialKind.ROTATING)
    if credential is None or screen.station_state not in _SHOWS:
        return []
    secret = stations.secret_of(credential.public_id, credential.secret)
    found = []
    for step in range(codes.step_of(at), codes.step_of(at) + STEPS_AHEAD):
        digits = codes.rotating_digits(secret, step)
        begins, ends = (datetime.fromtimestamp(n * STEP_S, UTC) for n in (step, step + 1))
        found.append(Shown(digits, f"/c/{screen.station_code}?r={digits}", begins, ends))
    return found
