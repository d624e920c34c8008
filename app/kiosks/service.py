"""Every change to screens: add with a one-time code, pair once, end at once."""

from __future__ import annotations

import secrets as random_source
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import update

from app.audit import service as audit
from app.core import counters, secrets
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import DomainError, InvalidInput
from app.core.types import clean_text
from app.kiosks import queries, rules
from app.kiosks.errors import DeviceRevoked, PairingCodeInvalid, TooManyPairings
from app.kiosks.models import KioskDevice
from app.kiosks.queries import Screen
from app.orgs.rules import require
from app.stations import queries as stations
from app.stations.models import Station

TRIES_WINDOW_S = int(rules.TRIES_WINDOW.total_seconds())


class Added(NamedTuple):
    """A new screen and its one-time code, which is shown here once and stored nowhere."""

    device: KioskDevice
    code: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """What came of a try to pair. A refusal is carried, so that the door commits the count of tries."""

    refused: DomainError | None = None
    token: str = ""
    station: Station | None = None


def add_device(actor: Actor, station_id: int, *, name: str, at: datetime) -> Added:
    """Prepare a screen for a station. Raises InvalidInput; NotFound, AccessDenied outside the actor's scope."""
    station = stations.get_station_for_change(station_id)
    require(actor, "credentials.manage", district_id=station.district_id, station_id=station.id)
    cleaned: str = clean_text(name)
    if found := rules.name_problems(cleaned, live=queries.count_live(station.id)):
        raise InvalidInput(fields=found)
    code = f"{random_source.randbelow(10**rules.CODE_DIGITS):0{rules.CODE_DIGITS}d}"
    device = KioskDevice(
        station_id=station.id,
        name=cleaned,
        code_hash=_code_hash(code),
        code_expires_at=at + rules.CODE_LIFE,
        created_at=at,
    )
    db.session.add(device)
    db.session.flush()
    audit.record(actor, "kiosks.add", "station", station.code, at=at, after={"screen": cleaned})
    return Added(device, code)


def pair(typed: str, *, address: str, at: datetime) -> Pairing:
    """Pair the screen that a one-time code was made for, once; of two at the same instant one gets it.

    Wrong codes are counted per address, on every worker.
    """
    key = ("kiosk", address)
    if counters.count(key, at=at, window_s=TRIES_WINDOW_S) >= rules.TRIES_PER_ADDRESS:
        return Pairing(refused=TooManyPairings(retry_after_s=TRIES_WINDOW_S))
    code = rules.read_code(typed)
    token = secrets.new_token()
    paired = db.session.execute(
        update(KioskDevice)
        .where(
            KioskDevice.code_hash == _code_hash(code or ""),
            KioskDevice.code_expires_at > at,
            KioskDevice.paired_at.is_(None),
            KioskDevice.revoked_at.is_(None),
        )
        .values(token_hash=secrets.token_hash(token), paired_at=at, last_seen_at=at)
        .returning(KioskDevice.station_id)
    ).first()
    if paired is None:
        counters.hit(key, at=at, window_s=TRIES_WINDOW_S)
        return Pairing(refused=PairingCodeInvalid())
    return Pairing(token=token, station=stations.find_station(paired.station_id))


def note_seen(screen: Screen, *, at: datetime) -> None:
    """Write down that a screen is there."""
    db.session.execute(update(KioskDevice).where(KioskDevice.id == screen.device_id).values(last_seen_at=at))


def revoke_device(actor: Actor, device_id: int, *, at: datetime) -> KioskDevice:
    """End a screen at once on every worker, its open code too. Raises DeviceRevoked; NotFound outside the scope."""
    device = queries.get_device(device_id)
    station = stations.get_station_for_change(device.station_id)
    require(actor, "credentials.manage", district_id=station.district_id, station_id=station.id)
    if device.revoked_at is not None:
        raise DeviceRevoked
    device.revoked_at = at
    db.session.flush()
    audit.record(actor, "kiosks.revoke", "station", station.code, at=at, after={"screen": device.name})
    return device


def _code_hash(code: str) -> str:
    """A keyed digest, for eight digits alone could be tried out from a copy of the table."""
    return secrets.digest("kiosk code", code).hex()
