"""Every change to stations: load → judge → change → record."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.audit import queries as audit_queries
from app.audit import service as audit
from app.core.actor import Actor
from app.core.db import after_commit, db
from app.core.errors import InvalidInput, NotFound
from app.core.types import clean_text, new_public_id
from app.orgs import queries as orgs
from app.orgs.rules import require
from app.stations import listing, parts, queries, rules
from app.stations.codes import CredentialKind
from app.stations.errors import STATE_NAMES, CredentialRevoked, StationAlreadyClosed, StationStateConflict
from app.stations.models import (
    CREDENTIAL_SECRET,
    Closure,
    ServiceItem,
    Station,
    StationCredential,
)
from app.stations.rules import StationState
from config import settings

_DEFAULTS: dict[str, Any] = {
    "organisation_id": None,
    "address_zh": "",
    "address_en": "",
    "description_zh": "",
    "description_en": "",
    "phone": None,
    "languages": ["zh"],
    "coord_quality": "approximate",
    "opening": [],
    "services": [],
}
_REQUIRED = ("code", "name_zh", "name_en", "kind", "district_id", "circles")


def judge_station(actor: Actor, data: Mapping[str, Any], *, station: Station | None) -> dict[str, Any]:
    """Judge what somebody wants a station to be, without writing anything.

    data: as for create_station. station: the one to change; None for a new one.
    Returns: the cleaned values, a new one's defaults included.
    Raises: InvalidInput with a sentence per field; NotFound, AccessDenied outside the actor's scope.
    """
    if station is None:
        cleaned = {**_DEFAULTS, **dict.fromkeys(_REQUIRED), **_clean(data)}
        _judge(cleaned)
        require(actor, "stations.create", district_id=cleaned["district_id"])
        return cleaned
    require(actor, "stations.edit", district_id=station.district_id, station_id=station.id)
    cleaned = _clean(data)
    if cleaned.pop("code", station.code) != station.code:
        raise InvalidInput(fields={"code": [rules.CODE_FIXED]})
    _judge(cleaned)
    if "district_id" in cleaned:
        require(actor, "stations.edit", district_id=cleaned["district_id"], station_id=station.id)
    return cleaned


def create_station(actor: Actor, *, data: Mapping[str, Any], at: datetime, demo: bool = False) -> Station:
    """Make a station as a draft, with its first poster and its rotating secret.

    data: the plain fields; circles [{lat, lng, radius_m}] in WGS-84; opening [{weekday | on_date, closed,
        opens_min, closes_min}]; services [{code, note_zh, note_en, available}].
    Raises: InvalidInput with a sentence per field; NotFound, AccessDenied outside the actor's scope.
    """
    cleaned = judge_station(actor, data, station=None)
    station = Station(
        code=cleaned["code"],
        state=StationState.DRAFT,
        demo=demo,
        version=1,
        created_at=at,
        updated_at=at,
        **{name: cleaned[name] for name in parts.PLAIN_FIELDS},
    )
    parts.set_parts(station, cleaned)
    db.session.add(station)
    db.session.flush()
    for kind in CredentialKind:
        _add_credential(station, kind, at)
    return _recorded(actor, "stations.create", station, at=at, after=parts.facts(station))


def update_station(
    actor: Actor, station_id: int, *, data: Mapping[str, Any], seen_version: int | None, at: datetime
) -> Station:
    """Change the fields given. seen_version: the version the person looked at; None where nobody looked.

    Raises: InvalidInput; ChangedMeanwhile when somebody else saved since, so that nothing is overwritten unseen.
    """
    station = _load(actor, "stations.edit", station_id)
    if seen_version is not None and seen_version != station.version:
        raise audit_queries.changed_meanwhile("station", station.code)
    cleaned = judge_station(actor, data, station=station)
    before = parts.facts(station)
    for name in parts.PLAIN_FIELDS:
        if name in cleaned:
            setattr(station, name, cleaned[name])
    parts.set_parts(station, cleaned)
    db.session.flush()
    after = parts.facts(station)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return station
    return _recorded(
        actor,
        "stations.update",
        station,
        at=at,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )


def open_station(actor: Actor, station_id: int, *, at: datetime) -> Station:
    """Open a draft, or a paused station again."""
    station = _load(actor, "stations.close", station_id)
    if station.state == StationState.DRAFT:
        require(actor, "stations.edit", district_id=station.district_id, station_id=station.id)
    _expect(station, StationState.DRAFT, StationState.PAUSED)
    for closure in _running(station):
        closure.ended_at = at
    return _change_state(actor, "stations.open", station, StationState.OPEN, at=at)


def pause_station(actor: Actor, station_id: int, *, data: Mapping[str, Any], at: datetime) -> Station:
    """Shut an open station until further notice. data: reason_zh, reason_en. Visits still stamp, and say so."""
    station = _load(actor, "stations.close", station_id)
    _expect(station, StationState.OPEN)
    cleaned = _judge_closure(data, at, needs_until=False)
    for closure in _running(station):
        closure.ended_at = at
    db.session.flush()
    _add_closure(station, cleaned, until=None, at=at)
    reason = f"{cleaned['reason_zh']} / {cleaned['reason_en']}"
    return _change_state(actor, "stations.pause", station, StationState.PAUSED, at=at, reason=reason)


def close_station(actor: Actor, station_id: int, *, data: Mapping[str, Any], at: datetime) -> Closure:
    """Close an open station for a while. data: reason_zh, reason_en, until (aware).

    The state stays open; the public sees `closed` with the reason until the end comes by itself.
    Raises: InvalidInput, StationStateConflict, StationAlreadyClosed.
    """
    station = _load(actor, "stations.close", station_id)
    _expect(station, StationState.OPEN)
    cleaned = _judge_closure(data, at, needs_until=True)
    for closure in _running(station):
        if closure.until is None or closure.until > at:
            raise StationAlreadyClosed
        closure.ended_at = closure.until
    db.session.flush()
    closure = _add_closure(station, cleaned, until=cleaned["until"], at=at)
    after = {"reason_zh": closure.reason_zh, "reason_en": closure.reason_en, "until": cleaned["until"].isoformat()}
    _recorded(actor, "stations.close", station, at=at, after=after, reason=closure.reason_zh)
    return closure


def end_closure(actor: Actor, station_id: int, *, at: datetime) -> Station:
    """End a closure before its time."""
    station = _load(actor, "stations.close", station_id)
    running = [c for c in _running(station) if c.until is not None and c.until > at]
    if station.state != StationState.OPEN or not running:
        raise _state_conflict(station)
    for closure in running:
        closure.ended_at = at
    return _recorded(actor, "stations.end_closure", station, at=at)


def withdraw_station(actor: Actor, station_id: int, *, reason: str, at: datetime) -> Station:
    """Take a station out of service for good: not listed, stamps no more; its visits stay."""
    station = _load(actor, "stations.withdraw", station_id)
    _expect(station, StationState.DRAFT, StationState.OPEN, StationState.PAUSED)
    cleaned = _judge_reason(reason)
    for closure in _running(station):
        closure.ended_at = at
    return _change_state(actor, "stations.withdraw", station, StationState.WITHDRAWN, at=at, reason=cleaned)


def remove_unused_station(actor: Actor, station_id: int, *, at: datetime) -> None:
    """Remove a draft that nobody has opened or used, as if it had not been made; its trail stays.

    Raises: StationStateConflict for one that is more than a draft by now.
    """
    station = _load(actor, "stations.create", station_id)
    _expect(station, StationState.DRAFT)
    if queries.list_in_use([station.id]):
        raise _state_conflict(station)
    facts = parts.facts(station)
    for credential in queries.list_credentials(station.id):
        db.session.delete(credential)
    for closure in station.closures:
        db.session.delete(closure)
    db.session.delete(station)
    db.session.flush()
    audit.record(actor, "stations.remove", "station", station.code, at=at, before=facts)
    after_commit(listing.forget)


def issue_credential(actor: Actor, station_id: int, *, kind: CredentialKind, at: datetime) -> StationCredential:
    """Make the next version of the poster or of the rotating secret; older versions count until revoked."""
    station = _load(actor, "credentials.manage", station_id)
    credential = _add_credential(station, kind, at)
    after = {"kind": kind.value, "version": credential.version}
    _recorded(actor, "stations.issue_credential", station, at=at, after=after)
    return credential


def revoke_credential(actor: Actor, credential_id: int, *, reason: str, at: datetime) -> StationCredential:
    """End one version at once; the others keep counting. Raises CredentialRevoked when it is revoked already."""
    credential = db.session.get(StationCredential, credential_id)
    if credential is None:
        raise NotFound
    station = _load(actor, "credentials.manage", credential.station_id)
    db.session.refresh(credential)
    cleaned = _judge_reason(reason)
    if credential.revoked_at is not None:
        raise CredentialRevoked
    credential.revoked_at = at
    credential.revoke_reason = cleaned
    after = {"kind": credential.kind, "version": credential.version}
    _recorded(actor, "stations.revoke_credential", station, at=at, after=after, reason=cleaned)
    return credential


def save_service_item(
    actor: Actor, item_id: int | None, *, data: Mapping[str, Any], seen_version: int | None = None, at: datetime
) -> ServiceItem:
    """Add a line to the service catalogue, or reword one. The code of a line never changes.

    seen_version: the version the person looked at; None where nobody looked.
    Raises: InvalidInput; NotFound; ChangedMeanwhile when somebody else reworded the line since.
    """
    require(actor, "services.edit")
    cleaned = _clean(data)
    item = queries.get_service_item_for_change(item_id) if item_id is not None else None
    if item is not None and seen_version is not None and seen_version != item.version:
        raise audit_queries.changed_meanwhile("service_item", item.code)
    names: dict[str, str] = {"name_zh": item.name_zh, "name_en": item.name_en} if item else {}
    if found := rules.service_item_problems({"code": item.code if item else None, **names, **cleaned}):
        raise InvalidInput(fields=found)
    if item is None:
        last = db.session.scalar(select(func.max(ServiceItem.position))) or 0
        item = ServiceItem(code=cleaned["code"], position=last + 1, version=0)
        db.session.add(item)
    after = {name: cleaned[name] for name in cleaned if name.startswith("name_") and cleaned[name] != names.get(name)}
    if not after:
        return item
    for name, value in after.items():
        setattr(item, name, value)
    item.version += 1
    db.session.flush()
    before: dict[str, Any] | None = {name: names[name] for name in after} if names else None
    audit.record(actor, "services.save", "service_item", item.code, at=at, before=before, after=after)
    after_commit(listing.forget)
    return item


def _clean(data: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = {name: clean_text(value) for name, value in data.items()}
    if "phone" in cleaned:
        cleaned["phone"] = cleaned["phone"] or None
    return cleaned


def _judge(cleaned: Mapping[str, Any]) -> None:
    city = settings.current().city
    found = rules.problems(cleaned, rules.Bounds(city.lat_min, city.lat_max, city.lng_min, city.lng_max))
    for name, rows in (("district_id", orgs.list_districts), ("organisation_id", orgs.list_organisations)):
        given = cleaned.get(name)
        if given is not None and name not in found and given not in {row.id for row in rows()}:
            found[name] = [rules.UNKNOWN_CHOICE]
    if cleaned.get("services") and "services" not in found:
        known = set(parts.catalogue())
        if any(service["code"] not in known for service in cleaned["services"]):
            found["services"] = [rules.UNKNOWN_CHOICE]
    if found:
        raise InvalidInput(fields=found)


def _judge_closure(data: Mapping[str, Any], at: datetime, *, needs_until: bool) -> dict[str, Any]:
    cleaned = _clean(data)
    if found := rules.closure_problems(cleaned, at, needs_until=needs_until):
        raise InvalidInput(fields=found)
    return cleaned


def _judge_reason(reason: str | None) -> str:
    cleaned: str = clean_text(reason)
    if found := rules.reason_problems(cleaned):
        raise InvalidInput(fields=found)
    return cleaned


def _load(actor: Actor, permission: str, station_id: int) -> Station:
    station = queries.get_station_for_change(station_id)
    place = {"district_id": station.district_id, "station_id": station.id, "organisation_id": station.organisation_id}
    require(actor, permission, **place)
    return station


def _expect(station: Station, *states: StationState) -> None:
    if station.state not in states:
        raise _state_conflict(station)


def _state_conflict(station: Station) -> StationStateConflict:
    name = STATE_NAMES[station.state]
    return StationStateConflict(state_zh=name.zh, state_en=name.en)


def _running(station: Station) -> list[Closure]:
    return [closure for closure in station.closures if closure.ended_at is None]


def _add_closure(station: Station, cleaned: Mapping[str, Any], *, until: datetime | None, at: datetime) -> Closure:
    closure = Closure(reason_zh=cleaned["reason_zh"], reason_en=cleaned["reason_en"], starts_at=at, until=until)
    station.closures.append(closure)
    return closure


def _add_credential(station: Station, kind: CredentialKind, at: datetime) -> StationCredential:
    newest = db.session.scalar(
        select(func.max(StationCredential.version)).where(
            StationCredential.station_id == station.id, StationCredential.kind == kind
        )
    )
    public_id = new_public_id()
    credential = StationCredential(
        public_id=public_id,
        station_id=station.id,
        kind=kind,
        version=(newest or 0) + 1,
        secret=CREDENTIAL_SECRET.seal(os.urandom(32), public_id),
        valid_from=at,
    )
    db.session.add(credential)
    db.session.flush()
    return credential


def _change_state(
    actor: Actor, action: str, station: Station, state: StationState, *, at: datetime, reason: str | None = None
) -> Station:
    before, station.state = {"state": station.state}, state
    return _recorded(actor, action, station, at=at, before=before, after={"state": state.value}, reason=reason)


def _recorded(actor: Actor, action: str, station: Station, *, at: datetime, **what: Any) -> Station:
    """Count the version up, write the trail, and let every list know after the commit."""
    if action != "stations.create":
        station.version += 1
        station.updated_at = at
    db.session.flush()
    audit.record(actor, action, "station", station.code, at=at, **what)
    after_commit(listing.forget)
    return station
