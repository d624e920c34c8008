"""Every change to an event itself: from a draft to the day it is over, by two people."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from app.audit import queries as audit_queries
from app.audit import service as audit
from app.core.actor import Actor
from app.core.clock import business_date
from app.core.db import db
from app.core.errors import InvalidInput, Text
from app.core.types import clean_text, new_public_id
from app.events import drafting, messages, programme, signups
from app.events.errors import EventStateConflict, PublishedByAuthor, state_name
from app.events.models import Event, Position, Shift
from app.events.programme import FIELDS, place_of
from app.events.rules import WORKING, EventState, ShiftState
from app.orgs import queries as orgs
from app.orgs.rules import judged_reason, require
from app.stations import queries as stations
from app.stations.rules import UNKNOWN_CHOICE

_DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(drafting.CHARS, ""),
    "insurance_note": None,
    "hour_rule_zh": None,
    "hour_rule_en": None,
    "category": None,
    "district_id": None,
    "organisation_id": None,
    "station_id": None,
    "no_particular_risk": False,
}
_NULLABLE = ("insurance_note", "hour_rule_zh", "hour_rule_en")
_FIRST_DAY_PAST = Text("新的第一天要在今天之后。", "The new first day must lie after today.")
_NO_SHIFTS_TO_MOVE = Text("原活动没有班次，请留空。", "The event has no shifts to move. Leave this empty.")


def create_event(actor: Actor, *, data: Mapping[str, Any], at: datetime) -> Event:
    """Draft an event. data: the fields of programme.FIELDS; ids of district, organisation and station.

    Raises: InvalidInput with a sentence per field; AccessDenied, NotFound outside the actor's scope.
    """
    cleaned = {**_DEFAULTS, **_clean(data)}
    _judge(cleaned)
    _require_place(actor, "events.create", cleaned)
    return _add(actor, cleaned, at=at)


def update_event(
    actor: Actor, event_id: int, *, data: Mapping[str, Any], seen_version: int | None, at: datetime
) -> Event:
    """Change the fields given. seen_version: the version the person looked at; None where nobody looked.

    What people see already must stay complete: a published event keeps its risk note, requirements and contact.

    Raises: InvalidInput; ChangedMeanwhile when somebody else saved since; EventStateConflict for one that is over.
    """
    event = load(actor, "events.edit", event_id)
    if seen_version is not None and seen_version != event.version:
        raise audit_queries.changed_meanwhile("event", event.public_id)
    _expect(event, *WORKING)
    cleaned = {name: value for name, value in _clean(data).items() if name in FIELDS}
    before = programme.facts(event)
    wanted = {**before, **cleaned}
    _judge(wanted)
    if any(wanted[name] != before[name] for name in ("district_id", "organisation_id", "station_id")):
        _require_place(actor, "events.edit", wanted, event_id=event.id)
    if event.state == EventState.PUBLISHED and (missing := _gaps(event, wanted, at)):
        raise InvalidInput(fields=missing)
    changed = [name for name in FIELDS if wanted[name] != before[name]]
    if not changed:
        return event
    for name in changed:
        setattr(event, name, wanted[name])
    if {"station_id", "place_zh", "place_en"} & set(changed):
        db.session.flush()
        messages.tell_changed([shift.id for shift in programme.open_shifts(event) if shift.ends_at > at], at)
    return recorded(
        actor,
        "events.update",
        event,
        at=at,
        before={name: before[name] for name in changed},
        after={name: wanted[name] for name in changed},
    )


def submit_event(actor: Actor, event_id: int, *, at: datetime) -> Event:
    """Hand a complete draft in for somebody else to check. Raises InvalidInput with what is missing."""
    event = load(actor, "events.edit", event_id)
    _expect(event, EventState.DRAFT)
    if missing := missing_before_publishing(event, at):
        raise InvalidInput(fields=missing)
    return _change_state(actor, "events.submit", event, EventState.IN_REVIEW, at=at)


def send_back(actor: Actor, event_id: int, *, reason: str, at: datetime) -> Event:
    """Give an event in review back to its author with what is to be changed."""
    event = load(actor, "events.publish", event_id)
    _expect(event, EventState.IN_REVIEW)
    return _change_state(actor, "events.send_back", event, EventState.DRAFT, at=at, reason=judged_reason(reason))


def publish_event(actor: Actor, event_id: int, *, at: datetime) -> Event:
    """Show an event that another person wrote to the public, and open its sign-up.

    Raises: PublishedByAuthor; InvalidInput with what art. 12 asks and is missing; EventStateConflict.
    """
    event = load(actor, "events.publish", event_id)
    _expect(event, EventState.IN_REVIEW)
    publisher_id = actor.id if actor.kind == "staff" else None
    if publisher_id is not None and publisher_id == event.author_id:
        raise PublishedByAuthor
    if missing := missing_before_publishing(event, at):
        raise InvalidInput(fields=missing)
    event.publisher_id, event.published_at = publisher_id, at
    return _change_state(actor, "events.publish", event, EventState.PUBLISHED, at=at)


def cancel_event(actor: Actor, event_id: int, *, data: Mapping[str, Any], at: datetime) -> Event:
    """Call an event off. data: reason_zh, reason_en, shown to everybody as they are.

    Shifts not over yet are cancelled with it and everybody on them is told; what was served stays, and so do all rows.

    Raises: InvalidInput, EventStateConflict.
    """
    event = load(actor, "events.cancel", event_id)
    _expect(event, *WORKING)
    cleaned = _clean(data)
    if found := drafting.cancel_problems(cleaned):
        raise InvalidInput(fields=found)
    for shift_id in [shift.id for shift in programme.open_shifts(event) if shift.ends_at > at]:
        signups.cancel_shift(actor, shift_id, data=cleaned, at=at)
    event.cancel_reason_zh, event.cancel_reason_en = cleaned["reason_zh"], cleaned["reason_en"]
    return _change_state(actor, "events.cancel", event, EventState.CANCELLED, at=at, reason=cleaned["reason_zh"])


def duplicate_event(actor: Actor, event_id: int, *, first_on: date | None, at: datetime) -> Event:
    """Draft an event like another one.

    first_on: the city day on which the copy begins; its shifts then keep their days apart. None copies no shifts.

    Raises: InvalidInput for a day that is not ahead; NotFound, AccessDenied.
    """
    source = load(actor, "events.read", event_id)
    cleaned = programme.facts(source)
    _require_place(actor, "events.create", cleaned)
    shifts = programme.open_shifts(source)
    moved = _moved_by(first_on, shifts, at)
    copy = _add(actor, cleaned, at=at, copied_from=source.public_id)
    for position in source.positions:
        twin = Position(
            public_id=new_public_id(),
            event_id=copy.id,
            **{name: getattr(position, name) for name in POSITION_FIELDS},
            position=position.position,
        )
        db.session.add(twin)
        db.session.flush()
        if moved is not None:
            own = [shift for shift in shifts if shift.position_id == position.id]
            db.session.add_all(new_shift(twin.id, _moved(shift, moved)) for shift in own)
    db.session.flush()
    copy = programme.get_event_for_change(copy.id)
    retime(copy)
    return copy


POSITION_FIELDS = (
    "title_zh",
    "title_en",
    "requirements_zh",
    "requirements_en",
    "qualifications",
    "min_age",
    "approval",
)


def _moved_by(first_on: date | None, shifts: list[Shift], at: datetime) -> timedelta | None:
    if first_on is None:
        return None
    if not shifts:
        raise InvalidInput(fields={"first_on": [_NO_SHIFTS_TO_MOVE]})
    if first_on <= business_date(at):
        raise InvalidInput(fields={"first_on": [_FIRST_DAY_PAST]})
    if first_on > business_date(at + drafting.AHEAD_MAX):
        raise InvalidInput(fields={"first_on": [drafting.TOO_FAR_AHEAD]})
    return first_on - business_date(shifts[0].starts_at)


def _moved(shift: Shift, by: timedelta) -> dict[str, Any]:
    return {
        "starts_at": shift.starts_at + by,
        "ends_at": shift.ends_at + by,
        "capacity": shift.capacity,
        "min_cover": shift.min_cover,
    }


def new_shift(position_id: int, data: Mapping[str, Any]) -> Shift:
    """Return a fresh open shift with all its places free; the caller adds it."""
    return Shift(
        public_id=new_public_id(),
        position_id=position_id,
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        capacity=data["capacity"],
        min_cover=data["min_cover"],
        taken=0,
        waitlisted=0,
        queue_last=0,
        state=ShiftState.OPEN,
        version=1,
    )


def missing_before_publishing(event: Event, at: datetime) -> dict[str, list[Text]]:
    """Return what an event still needs before people may see it; empty when nothing is missing."""
    return _gaps(event, programme.facts(event), at)


def _gaps(event: Event, wanted: Mapping[str, Any], at: datetime) -> dict[str, list[Text]]:
    shifts = programme.open_shifts(event)
    counted = shifts if event.state == EventState.PUBLISHED else [s for s in shifts if s.starts_at > at]
    return drafting.gaps(wanted, positions=len(event.positions), shifts_ahead=len(counted))


def retime(event: Event) -> None:
    """Let an event last from the first start to the last end of its shifts that are not cancelled.

    A cancelled event keeps the time it would have had.
    """
    shifts = programme.open_shifts(event)
    if shifts:
        event.starts_at = shifts[0].starts_at
        event.ends_at = max(shift.ends_at for shift in shifts)
    elif event.state in (EventState.DRAFT, EventState.IN_REVIEW):
        event.starts_at = event.ends_at = None


def load(actor: Actor, permission: str, event_id: int) -> Event:
    """Return an event to act on, locked. Raises NotFound outside the actor's sight, AccessDenied without the permission."""
    event = programme.get_event_for_change(event_id)
    require(actor, permission, **place_of(event))
    return event


def recorded(actor: Actor, action: str, event: Event, *, at: datetime, **what: Any) -> Event:
    """Count the version up and write the trail."""
    event.version += 1
    db.session.flush()
    audit.record(actor, action, "event", event.public_id, at=at, **what)
    return event


def _add(actor: Actor, cleaned: Mapping[str, Any], *, at: datetime, copied_from: str | None = None) -> Event:
    event = Event(
        public_id=new_public_id(),
        state=EventState.DRAFT,
        author_id=actor.id if actor.kind == "staff" else None,
        version=1,
        created_at=at,
        **{name: cleaned[name] for name in FIELDS},
    )
    db.session.add(event)
    db.session.flush()
    after = {name: value for name, value in programme.facts(event).items() if value not in (None, "", False)}
    if copied_from is not None:
        after["copied_from"] = copied_from
    audit.record(actor, "events.create", "event", event.public_id, at=at, after=after)
    return event


def _clean(data: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = {name: clean_text(value) for name, value in data.items()}
    return {name: (value or None) if name in _NULLABLE else value for name, value in cleaned.items()}


def _judge(cleaned: Mapping[str, Any]) -> None:
    found = drafting.problems(cleaned)
    known = {
        "district_id": {row.id for row in orgs.list_districts()},
        "organisation_id": {row.id for row in orgs.list_organisations()},
        "station_id": {row.id for row in stations.list_facts([cleaned["station_id"] or 0], None)},
    }
    for name, ids in known.items():
        if cleaned.get(name) is not None and name not in found and cleaned[name] not in ids:
            found[name] = [UNKNOWN_CHOICE]
    if found:
        raise InvalidInput(fields=found)


def _require_place(actor: Actor, permission: str, cleaned: Mapping[str, Any], *, event_id: int | None = None) -> None:
    """Let an actor put an event only where they may have one; a station alone gives nobody the right."""
    require(
        actor,
        permission,
        district_id=cleaned["district_id"],
        organisation_id=cleaned["organisation_id"],
        event_id=event_id,
    )


def _expect(event: Event, *states: EventState) -> None:
    if event.state not in states:
        name = state_name(event.state)
        raise EventStateConflict(state_zh=name.zh, state_en=name.en)


def _change_state(
    actor: Actor, action: str, event: Event, state: EventState, *, at: datetime, reason: str | None = None
) -> Event:
    before, event.state = {"state": event.state}, state
    return recorded(actor, action, event, at=at, before=before, after={"state": state.value}, reason=reason)
