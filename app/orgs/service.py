"""Every change to staff, their rights and the organisations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from app.audit import queries as audit_queries
from app.audit import service as audit
from app.core.actor import Actor, Grant
from app.core.db import db
from app.core.errors import AccessDenied, DomainError, InvalidInput, NotFound, Text
from app.core.types import clean_text
from app.orgs import queries, rules, sign_in
from app.orgs.errors import (
    ROLE_UNKNOWN,
    SCOPE_UNKNOWN,
    UNTIL_PAST,
    GrantTooWide,
    LastCityAdmin,
    OwnRights,
    StationUnknown,
)
from app.orgs.models import Organisation, Staff, StaffGrant, StaffSession
from app.orgs.rules import Reach, Role, ScopeKind, StaffState, Verdict


def create_staff(actor: Actor, *, data: Mapping[str, Any], at: datetime) -> Verdict:
    """Take on somebody with a first role; the Verdict carries the token of their one-time link, never a password.

    data: login, name, role, scope (`city`, `district:370202`, `station:CODE`, `org:ID`, `event:ID`), valid_until or None.
    Raises InvalidInput. Returns a refusal, audited, when the actor may not give the role.
    """
    cleaned = {"login": clean_text(data.get("login")), "name": clean_text(data.get("name"))}
    found: dict[str, Sequence[Text]] = {**rules.staff_problems(cleaned)}
    grant, district_id = None, None
    try:
        grant, district_id = _grant_of(data, at)
    except InvalidInput as refusal:
        found |= refusal.fields
    if found or grant is None:
        raise InvalidInput(fields=found)
    if not rules.may_grant(actor, grant, district_id=district_id):
        return _refuse(actor, GrantTooWide(), "staff.create", "new", at, after=_words(data))
    staff = Staff(**cleaned, state=StaffState.ACTIVE, version=1, created_at=at)
    session = db.session()
    session.add(staff)
    session.flush()
    session.add(_row(staff.id, grant, data.get("valid_until"), actor, at))
    audit.record(actor, "staff.create", "staff", staff.id, at=at, after={"login": staff.login, **_words(data)})
    return Verdict(None, staff.id, sign_in.issue_link(actor, staff, at=at))


def rename_staff(actor: Actor, staff_id: int, *, data: Mapping[str, Any], seen_version: int, at: datetime) -> Verdict:
    """Change the name of somebody. Raises NotFound, InvalidInput, ChangedMeanwhile."""
    staff = queries.get_staff_for_change(staff_id)
    if refusal := _refusal_over(actor, staff):
        return _refuse(actor, refusal, "staff.rename", staff_id, at)
    if staff.version != seen_version:
        raise audit_queries.changed_meanwhile("staff", staff_id)
    changes = {"name": clean_text(data.get("name"))}
    if found := rules.staff_problems(changes):
        raise InvalidInput(fields=found)
    if changes["name"] != staff.name:
        before = {"name": staff.name}
        staff.name = changes["name"]
        staff.version += 1
        audit.record(actor, "staff.rename", "staff", staff_id, at=at, before=before, after=changes)
    return Verdict(None, staff_id)


def issue_link(actor: Actor, staff_id: int, *, at: datetime) -> Verdict:
    """Give somebody a new one-time link; the Verdict carries its token. Raises StaffDisabled."""
    staff = queries.get_staff_for_change(staff_id)
    if refusal := _refusal_over(actor, staff, own=OwnRights()):
        return _refuse(actor, refusal, "staff.link", staff_id, at)
    return Verdict(None, staff_id, sign_in.issue_link(actor, staff, at=at))


def grant_role(actor: Actor, staff_id: int, *, data: Mapping[str, Any], at: datetime) -> Verdict:
    """Give somebody a role in a scope; given again, it changes the end. Their sessions end, so that nothing old lingers.

    data: role, scope, valid_until or None. Raises InvalidInput.
    """
    admins = queries.lock_permanent_city_admins()
    staff = queries.get_staff_for_change(staff_id)
    if refusal := _refusal_over(actor, staff, own=OwnRights()):
        return _refuse(actor, refusal, "staff.grant", staff_id, at, after=_words(data))
    grant, district_id = _grant_of(data, at)
    if not rules.may_grant(actor, grant, district_id=district_id):
        return _refuse(actor, GrantTooWide(), "staff.grant", staff_id, at, after=_words(data))
    until = data.get("valid_until")
    if until is not None and grant.role == Role.CITY_ADMIN and admins == {staff_id}:
        return _refuse(actor, LastCityAdmin(), "staff.grant", staff_id, at, after=_words(data))
    held = next(
        (row for row in queries.list_grants(staff_id) if Grant(row.role, row.scope, row.scope_id) == grant), None
    )
    if held is None:
        held = _row(staff_id, grant, until, actor, at)
        db.session.add(held)
    else:
        held.valid_until, held.granted_by, held.granted_at = until, actor.label, at
    staff.version += 1
    sign_in.end_sessions_of(staff_id)
    audit.record(actor, "staff.grant", "staff", staff_id, at=at, after=_words(data))
    return Verdict(None, held.id)


def revoke_grant(actor: Actor, grant_id: int, *, at: datetime) -> Verdict:
    """Take a role away. Their sessions end at once. Raises NotFound."""
    admins = queries.lock_permanent_city_admins()
    row = queries.get_grant(grant_id)
    staff = queries.get_staff_for_change(row.staff_id)
    refusal = _refusal_over(actor, staff, own=OwnRights())
    if refusal is None and row.role == Role.CITY_ADMIN and row.valid_until is None and admins == {staff.id}:
        refusal = LastCityAdmin()
    shown = {"role": row.role, "scope": row.scope, "scope_id": row.scope_id}
    if refusal is not None:
        return _refuse(actor, refusal, "staff.revoke", staff.id, at, after=shown)
    db.session.delete(row)
    staff.version += 1
    sign_in.end_sessions_of(staff.id)
    audit.record(actor, "staff.revoke", "staff", staff.id, at=at, before=shown)
    return Verdict(None, staff.id)


def disable_staff(actor: Actor, staff_id: int, *, reason: str, at: datetime) -> Verdict:
    """Shut an account; its sessions are dead on every worker with the commit. Raises InvalidInput."""
    admins = queries.lock_permanent_city_admins()
    staff = queries.get_staff_for_change(staff_id)
    refusal = _refusal_over(actor, staff, own=OwnRights())
    if refusal is None and admins == {staff_id}:
        refusal = LastCityAdmin()
    if refusal is not None:
        return _refuse(actor, refusal, "staff.disable", staff_id, at)
    reason = clean_text(reason)
    if found := rules.reason_problems(reason):
        raise InvalidInput(fields=found)
    if staff.state == StaffState.ACTIVE:
        staff.state = StaffState.DISABLED
        staff.version += 1
        sign_in.end_sessions_of(staff_id)
        audit.record(actor, "staff.disable", "staff", staff_id, at=at, reason=reason)
    return Verdict(None, staff_id)


def enable_staff(actor: Actor, staff_id: int, *, at: datetime) -> Verdict:
    """Open an account again; the password stays the one it had."""
    staff = queries.get_staff_for_change(staff_id)
    if refusal := _refusal_over(actor, staff, own=OwnRights()):
        return _refuse(actor, refusal, "staff.enable", staff_id, at)
    if staff.state == StaffState.DISABLED:
        staff.state = StaffState.ACTIVE
        staff.version += 1
        audit.record(actor, "staff.enable", "staff", staff_id, at=at)
    return Verdict(None, staff_id)


def kick_out(actor: Actor, session_id: int, *, at: datetime) -> Verdict:
    """End one session of somebody else. Raises NotFound."""
    row = db.session.get(StaffSession, session_id)
    if row is None:
        raise NotFound
    staff = queries.get_staff_for_change(row.staff_id)
    if refusal := _refusal_over(actor, staff):
        return _refuse(actor, refusal, "staff.kick_out", staff.id, at)
    db.session.execute(delete(StaffSession).where(StaffSession.id == session_id))
    audit.record(actor, "staff.kick_out", "staff", staff.id, at=at, after={"session": session_id})
    return Verdict(None, staff.id)


def save_organisation(
    actor: Actor, organisation_id: int | None, *, data: Mapping[str, Any], seen_version: int | None = None, at: datetime
) -> Organisation:
    """Make an organisation (id None) or change one; a change takes only the keys given.

    data: name_zh, name_en, kind, district_id or None. Raises AccessDenied, NotFound, InvalidInput, ChangedMeanwhile.
    """
    rules.require(actor, "organisations.edit")
    cleaned = {name: clean_text(value) for name, value in data.items()}
    if organisation_id is None:
        cleaned = {"name_zh": "", "name_en": "", "kind": "", "district_id": None, **cleaned}
    if found := rules.organisation_problems(cleaned):
        raise InvalidInput(fields=found)
    if organisation_id is None:
        organisation = Organisation(**cleaned, version=1)
        db.session.add(organisation)
        db.session.flush()
        audit.record(actor, "organisations.create", "organisation", organisation.id, at=at, after=cleaned)
        return organisation
    organisation = queries.get_organisation_for_change(organisation_id)
    if seen_version is not None and organisation.version != seen_version:
        raise audit_queries.changed_meanwhile("organisation", organisation_id)
    before = {name: getattr(organisation, name) for name in cleaned if getattr(organisation, name) != cleaned[name]}
    if before:
        for name in before:
            setattr(organisation, name, cleaned[name])
        organisation.version += 1
        after = {name: cleaned[name] for name in before}
        audit.record(actor, "organisations.update", "organisation", organisation_id, at=at, before=before, after=after)
    return organisation


def _grant_of(data: Mapping[str, Any], at: datetime) -> tuple[Grant, int | None]:
    """Read role and scope as every door writes them. Returns the grant and the district it lies in."""
    found: dict[str, Any] = {}
    role = data.get("role") or ""
    if role not in set(Role):
        found["role"] = [ROLE_UNKNOWN]
    until = data.get("valid_until")
    if until is not None and until <= at:
        found["valid_until"] = [UNTIL_PAST]
    scope, _, code = (data.get("scope") or "").partition(":")
    scope_id = district_id = None
    if role in set(Role) and scope not in rules.SCOPES_OF_ROLE[role]:
        found["scope"] = [SCOPE_UNKNOWN]
    elif scope == ScopeKind.DISTRICT and (district := queries.find_district_by_code(code)):
        scope_id = district_id = district.id
    elif scope == ScopeKind.STATION and (stations := queries.find_stations(None, code)):
        scope_id, district_id = stations[0].id, stations[0].district_id
    elif scope == ScopeKind.ORGANISATION and (organisation_id := queries.find_organisation_id(code)):
        scope_id = organisation_id
    elif scope == ScopeKind.EVENT and (events := queries.find_events(None, code)):
        scope_id, district_id = events[0].id, events[0].district_id
    elif scope != ScopeKind.CITY or code:
        found["scope"] = [StationUnknown.text]
    if found:
        raise InvalidInput(fields=found)
    return Grant(role, scope, scope_id), district_id


def _row(staff_id: int, grant: Grant, until: datetime | None, actor: Actor, at: datetime) -> StaffGrant:
    return StaffGrant(
        staff_id=staff_id,
        role=grant.role,
        scope=grant.scope,
        scope_id=grant.scope_id,
        valid_until=until,
        granted_by=actor.label,
        granted_at=at,
    )


def _words(data: Mapping[str, Any]) -> dict[str, Any]:
    until = data.get("valid_until")
    return {
        "role": data.get("role"),
        "scope": data.get("scope"),
        "valid_until": until.isoformat(timespec="minutes") if until else None,
    }


def _refusal_over(actor: Actor, staff: Staff, *, own: DomainError | None = None) -> DomainError | None:
    """Say why an actor may not act upon somebody: barred for oneself, out of sight, or holding more than the actor."""
    if own is not None and actor.kind == "staff" and staff.id == actor.id:
        return own
    places = _places(staff.id)
    held = all(rules.may_grant(actor, grant, district_id=district_id) for grant, district_id in places)
    if held and (places or rules.reach(actor, "staff.manage").city):
        return None
    seen = rules.reach(actor, "staff.read")
    if seen.city or (places and all(_is_seen(seen, grant, district_id) for grant, district_id in places)):
        return AccessDenied()
    return NotFound()


def _places(staff_id: int) -> list[tuple[Grant, int | None]]:
    """Return each grant of somebody with the district that it lies in (None for the city)."""
    held = [Grant(row.role, row.scope, row.scope_id) for row in queries.list_grants(staff_id)]
    station_ids = [grant.scope_id for grant in held if grant.scope == ScopeKind.STATION and grant.scope_id]
    event_ids = [grant.scope_id for grant in held if grant.scope == ScopeKind.EVENT and grant.scope_id]
    stations = queries.find_stations(station_ids, None) if station_ids else []
    events = queries.find_events(event_ids, None) if event_ids else []
    district_of = {(ScopeKind.STATION.value, one.id): one.district_id for one in stations} | {
        (ScopeKind.EVENT.value, one.id): one.district_id for one in events
    }
    return [
        (
            grant,
            grant.scope_id
            if grant.scope == ScopeKind.DISTRICT
            else district_of.get((grant.scope, grant.scope_id or 0)),
        )
        for grant in held
    ]


def _is_seen(seen: Reach, grant: Grant, district_id: int | None) -> bool:
    return seen.holds(district_id=district_id, station_id=grant.scope_id if grant.scope == ScopeKind.STATION else None)


def _refuse(
    actor: Actor,
    refusal: DomainError,
    act: str,
    staff_id: int | str,
    at: datetime,
    *,
    after: dict[str, Any] | None = None,
) -> Verdict:
    audit.record(actor, f"{act}_refused", "staff", staff_id, at=at, after=after, reason=refusal.code)
    return Verdict(refusal)
