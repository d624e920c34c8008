"""Who may do what, where: roles, scopes and reach; and the limits of sign-in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.actor import Actor, Grant
from app.core.errors import AccessDenied, DomainError, InvalidInput, NotFound, Text
from app.core.types import clean_text, has_control_characters

DISTRICTS: tuple[tuple[str, str, str], ...] = (
    ("370202", "市南区", "Shinan"),
    ("370203", "市北区", "Shibei"),
    ("370211", "黄岛区", "Huangdao"),
    ("370212", "崂山区", "Laoshan"),
    ("370213", "李沧区", "Licang"),
    ("370214", "城阳区", "Chengyang"),
    ("370215", "即墨区", "Jimo"),
    ("370281", "胶州市", "Jiaozhou"),
    ("370283", "平度市", "Pingdu"),
    ("370285", "莱西市", "Laixi"),
)
"""Code (GB/T 2260), name zh, name en. Source: facts §4.1."""

SESSION_IDLE = timedelta(minutes=30)
SESSION_MAX = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)
"""A session's last_seen_at is written at most this often, so that looking at pages stays reading."""
LINK_LIFE = timedelta(minutes=30)
SIGN_IN_WINDOW_S = 900
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 100
TRIES_PER_KNOWN_DEVICE = 10
"""A browser that has signed in to the account before has this count of its own, so strangers cannot lock it out."""
NAME_CHARS = 40
REASON_CHARS = 200
_LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,39}")


class Role(StrEnum):
    CITY_ADMIN = "city_admin"
    DISTRICT_ADMIN = "district_admin"
    ORG_ADMIN = "org_admin"
    EVENT_LEADER = "event_leader"
    STATION_KEEPER = "station_keeper"
    AUDITOR = "auditor"


class ScopeKind(StrEnum):
    CITY = "city"
    DISTRICT = "district"
    ORGANISATION = "org"
    STATION = "station"
    EVENT = "event"


class StaffState(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"


class LinkPurpose(StrEnum):
    FIRST_ACCESS = "first_access"
    NEW_PASSWORD = "new_password"  # noqa: S105 a word, not a password


class OrganisationKind(StrEnum):
    OFFICE = "office"
    OPERATOR = "operator"
    PARTNER = "partner"


SCOPES_OF_ROLE: Mapping[str, frozenset[str]] = {
    Role.CITY_ADMIN: frozenset({ScopeKind.CITY}),
    Role.DISTRICT_ADMIN: frozenset({ScopeKind.DISTRICT}),
    Role.ORG_ADMIN: frozenset({ScopeKind.ORGANISATION}),
    Role.EVENT_LEADER: frozenset({ScopeKind.EVENT}),
    Role.STATION_KEEPER: frozenset({ScopeKind.STATION}),
    Role.AUDITOR: frozenset({ScopeKind.CITY, ScopeKind.DISTRICT}),
}
_READ = frozenset(
    {
        "stations.read",
        "checkins.read",
        "reviews.read",
        "feedback.read",
        "staff.read",
        "services.read",
        "calendar.read",
        "organisations.read",
        "audit.read",
        "people.read",
        "consents.read",
        "events.read",
        "signups.read",
        "volunteers.read",
        "outbox.read",
    }
)
_EVENTS = frozenset(
    {
        "events.read",
        "events.create",
        "events.edit",
        "events.publish",
        "events.cancel",
        "signups.read",
        "signups.decide",
        "signups.reveal",
    }
)
_CITY_ONLY = frozenset(
    {
        "services.edit",
        "calendar.edit",
        "organisations.edit",
        "audit.read",
        "people.read",
        "people.reveal",
        "people.manage",
        "consents.read",
        "consents.edit",
        "outbox.read",
        "outbox.retry",
    }
)
"""Trail, catalogues and texts are one for the city. So are people: somebody who walks from district to district belongs
to none of them, so a district sees visits to its stations and asks the city about the person."""
_ALL = (
    _READ
    | _EVENTS
    | {
        "stations.create",
        "stations.edit",
        "stations.close",
        "stations.withdraw",
        "credentials.manage",
        "checkins.void",
        "reviews.decide",
        "feedback.answer",
        "feedback.reveal",
        "staff.manage",
        "services.edit",
        "calendar.edit",
        "organisations.edit",
        "people.reveal",
        "people.manage",
        "consents.edit",
        "volunteers.edit",
        "volunteers.decide",
        "volunteers.reveal",
        "outbox.retry",
    }
)
PERMISSIONS: Mapping[str, frozenset[str]] = {
    Role.CITY_ADMIN: _ALL,
    Role.DISTRICT_ADMIN: _ALL - _CITY_ONLY,
    Role.ORG_ADMIN: _EVENTS | {"stations.read", "services.read", "calendar.read"},
    Role.EVENT_LEADER: frozenset({"events.read", "signups.read", "signups.decide", "stations.read"}),
    Role.STATION_KEEPER: frozenset(
        {
            "stations.read",
            "stations.close",
            "checkins.read",
            "feedback.read",
            "services.read",
            "calendar.read",
            "events.read",
            "signups.read",
        }
    ),
    Role.AUDITOR: _READ,
}
_READ_BEHIND = {"credentials": "stations.read"}


class Verdict(NamedTuple):
    """What became of an act whose refusal leaves a trace: the door commits it, then answers with the refusal."""

    refused: DomainError | None
    id: int | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a permission holds: the whole city, or some districts, organisations, stations and events."""

    city: bool = False
    district_ids: frozenset[int] = frozenset()
    station_ids: frozenset[int] = frozenset()
    organisation_ids: frozenset[int] = frozenset()
    event_ids: frozenset[int] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether the permission holds nowhere."""
        return not (self.city or self.district_ids or self.station_ids or self.organisation_ids or self.event_ids)

    def holds(
        self,
        *,
        district_id: int | None = None,
        station_id: int | None = None,
        organisation_id: int | None = None,
        event_id: int | None = None,
    ) -> bool:
        """Whether an object of this district, station or organisation, or this event, is inside."""
        return (
            self.city
            or district_id in self.district_ids
            or station_id in self.station_ids
            or organisation_id in self.organisation_ids
            or event_id in self.event_ids
        )


def permissions_of(role: str, scope: str) -> frozenset[str]:
    """Return what a role may do in a scope; the audit trail and the catalogues belong to the city as a whole."""
    allowed = PERMISSIONS.get(role, frozenset())
    return allowed if scope == ScopeKind.CITY else allowed - _CITY_ONLY


def reach(actor: Actor, permission: str) -> Reach:
    """Return where an actor holds a permission. The system holds all of them everywhere, a citizen none."""
    if actor.kind == "system":
        return Reach(city=True)
    if actor.kind != "staff":
        return Reach()
    held = [grant for grant in actor.grants if permission in permissions_of(grant.role, grant.scope)]
    return Reach(
        city=any(grant.scope == ScopeKind.CITY for grant in held),
        district_ids=_ids(held, ScopeKind.DISTRICT),
        station_ids=_ids(held, ScopeKind.STATION),
        organisation_ids=_ids(held, ScopeKind.ORGANISATION),
        event_ids=_ids(held, ScopeKind.EVENT),
    )


def _ids(grants: Iterable[Grant], scope: str) -> frozenset[int]:
    return frozenset(g.scope_id for g in grants if g.scope == scope and g.scope_id is not None)


def require(actor: Actor, permission: str, **place: int | None) -> None:
    """Let an actor pass who holds the permission for this object. Without an object the whole city is meant.

    place: where the object lies, as Reach.holds takes it: district_id, station_id, organisation_id, event_id.

    Raises:
        NotFound: the actor may not even read the object, so for them it does not exist.
        AccessDenied: readable, but the actor's roles do not allow the act.
    """
    if reach(actor, permission).holds(**place):
        return
    if all(value is None for value in place.values()):
        raise AccessDenied
    subject = permission.partition(".")[0]
    behind = _READ_BEHIND.get(subject, f"{subject}.read")
    if reach(actor, behind).holds(**place):
        raise AccessDenied
    raise NotFound


def may_grant(giver: Actor, grant: Grant, *, district_id: int | None) -> bool:
    """Whether the giver holds, in the grant's own scope, all that the grant gives; nobody grants more than they hold.

    district_id: of the district, station or event that the grant names; None for the city, and for an organisation,
        whose events may lie in any district.
    """
    station_id = grant.scope_id if grant.scope == ScopeKind.STATION else None
    needed = permissions_of(grant.role, grant.scope) | {"staff.manage"}
    return all(reach(giver, one).holds(district_id=district_id, station_id=station_id) for one in needed)


def is_session_live(*, last_seen_at: datetime, expires_at: datetime, at: datetime) -> bool:
    """Whether a panel session may still be used: seen within 30 minutes, begun within 12 hours."""
    return at < expires_at and at - last_seen_at < SESSION_IDLE


def is_link_open(*, used_at: datetime | None, expires_at: datetime, at: datetime) -> bool:
    """Whether a one-time link still sets a password."""
    return used_at is None and at < expires_at


def staff_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with a login or a name; only the keys given are judged."""
    found: dict[str, list[Text]] = {}
    if "login" in data and not _LOGIN.fullmatch(data["login"] or ""):
        found["login"] = [
            Text(
                "登录名为 3–40 个字符：小写字母开头，可用数字和 . _ -。",
                "A login has 3–40 characters: a small letter first, then letters, digits, . _ -.",
            )
        ]
    if "name" in data:
        found |= _name_problems("name", data["name"], NAME_CHARS, Text("姓名", "The name"))
    return found


def organisation_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with an organisation; only the keys given are judged."""
    found: dict[str, list[Text]] = {}
    if "name_zh" in data:
        found |= _name_problems("name_zh", data["name_zh"], 60, Text("中文名称", "The Chinese name"))
    if "name_en" in data:
        found |= _name_problems("name_en", data["name_en"], 120, Text("英文名称", "The English name"))
    if "kind" in data and data["kind"] not in set(OrganisationKind):
        found["kind"] = [Text("请选择机构类型。", "Please choose the kind of organisation.")]
    return found


def judged_reason(reason: str | None) -> str:
    """Return the reason of an act that needs one, cleaned. Raises InvalidInput."""
    cleaned: str = clean_text(reason or "")
    if found := reason_problems(cleaned):
        raise InvalidInput(fields=found)
    return cleaned


def reason_problems(reason: str | None) -> dict[str, list[Text]]:
    """Return what is wrong with the reason of an act that needs one."""
    return _name_problems("reason", reason, REASON_CHARS, Text("原因", "The reason"))


def _name_problems(field: str, value: Any, limit: int, label: Text) -> dict[str, list[Text]]:
    if not value:
        return {field: [Text(f"请填写{label.zh}。", f"{label.en} is missing.")]}
    if len(value) > limit:
        return {field: [Text(f"{label.zh}最多 {limit} 个字。", f"{label.en} has at most {limit} characters.")]}
    if has_control_characters(value):
        return {field: [Text(f"{label.zh}里有无法显示的字符。", f"{label.en} holds characters that cannot be shown.")]}
    return {}
