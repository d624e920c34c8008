"""Every change to an event's positions and shifts, one by one or by a week's pattern."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.audit import queries as audit_queries
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import InvalidInput, NotFound, ServiceBusy, Text
from app.core.types import clean_text, new_public_id
from app.events import authoring, drafting, messages, programme, seats, signups, weekly
from app.events.authoring import POSITION_FIELDS, load, recorded, retime
from app.events.errors import EventStateConflict, PatternInUse, PositionInUse, ShiftOver, state_name
from app.events.models import Event, Position, Shift, ShiftTemplate
from app.events.rules import WORKING, ShiftState
from app.events.weekly import Fate, Planned
from app.stations import queries as stations
from app.stations.opening import DayKind
from app.volunteers.rules import QualificationCode

_POSITION_DEFAULTS: dict[str, Any] = {
    "title_zh": "",
    "title_en": "",
    "requirements_zh": "",
    "requirements_en": "",
    "qualifications": [],
    "min_age": None,
    "approval": "instant",
}
_SHIFT_FIELDS = ("starts_at", "ends_at", "capacity", "min_cover")
_BUSY_THEN = Text(
    "这些志愿者在新的时间已有别的班次：{names}。请换个时间，或先与他们商量、取消其中一个报名。",
    "These volunteers have another shift at the new time: {names}. Choose another time, or cancel one of the two first.",
)


def save_position(
    actor: Actor,
    event_id: int,
    position_id: int | None,
    *,
    data: Mapping[str, Any],
    seen_version: int | None = None,
    at: datetime,
) -> Position:
    """Add a position to an event, or change one.

    data: the fields of authoring.POSITION_FIELDS. seen_version: of the event, as the person looked at it.

    Raises: InvalidInput, ChangedMeanwhile, EventStateConflict, NotFound.
    """
    event = _open_event(actor, event_id)
    position = _position_in(event, position_id) if position_id is not None else None
    if position is not None and seen_version is not None and seen_version != event.version:
        raise audit_queries.changed_meanwhile("event", event.public_id)
    before = {name: getattr(position, name) for name in POSITION_FIELDS} if position else dict(_POSITION_DEFAULTS)
    wanted = {**before, **{name: clean_text(value) for name, value in data.items() if name in POSITION_FIELDS}}
    wanted["qualifications"] = sorted(wanted["qualifications"] or [])
    if found := drafting.position_problems(wanted, list(QualificationCode)):
        raise InvalidInput(fields=found)
    changed = [name for name in POSITION_FIELDS if wanted[name] != before[name]]
    if position is not None and not changed:
        return position
    action = "events.update_position" if position else "events.add_position"
    if position is None:
        last = db.session.scalar(select(func.max(Position.position)).where(Position.event_id == event.id)) or 0
        position = Position(public_id=new_public_id(), event_id=event.id, position=last + 1)
        db.session.add(position)
    for name in POSITION_FIELDS:
        setattr(position, name, wanted[name])
    named = {"position": wanted["title_zh"]}
    recorded(actor, action, event, at=at, after={**named, **{name: wanted[name] for name in changed}})
    return position


def remove_position(actor: Actor, position_id: int, *, at: datetime) -> None:
    """Take away a position that never had a shift. Raises PositionInUse, EventStateConflict, NotFound."""
    event, position = _of_position(actor, position_id)
    if position.shifts:
        raise PositionInUse
    db.session.delete(position)
    recorded(actor, "events.remove_position", event, at=at, before={"position": position.title_zh})


def add_shift(actor: Actor, position_id: int, *, data: Mapping[str, Any], at: datetime) -> Shift:
    """Open a shift. data: starts_at, ends_at (aware), capacity, min_cover. Raises InvalidInput, EventStateConflict."""
    event, position = _of_position(actor, position_id)
    if found := drafting.shift_problems(data, at):
        raise InvalidInput(fields=found)
    shift = authoring.new_shift(position.id, data)
    db.session.add(shift)
    position.shifts.append(shift)
    db.session.flush()
    retime(event)
    recorded(actor, "events.add_shift", event, at=at, after={"position": position.title_zh, **_said(shift)})
    return shift


def update_shift(
    actor: Actor, shift_id: int, *, data: Mapping[str, Any], seen_version: int | None, at: datetime
) -> Shift:
    """Change the times, places or least cover of a shift.

    A new time is told to everybody on it, and refused where one of them has another shift then. Places go through
    signups.change_capacity, which drops nobody.

    Raises: InvalidInput, ChangedMeanwhile, CapacityTaken, ShiftOver, EventStateConflict.
    """
    held = _lock_people(shift_id)
    event, position, shift = _of_shift(actor, shift_id)
    if seen_version is not None and seen_version != shift.version:
        raise audit_queries.changed_meanwhile("event", event.public_id)
    if shift.state != ShiftState.OPEN or shift.ends_at <= at:
        raise ShiftOver
    wanted = {name: data.get(name, getattr(shift, name)) for name in _SHIFT_FIELDS}
    moved = (wanted["starts_at"], wanted["ends_at"]) != (shift.starts_at, shift.ends_at)
    if found := _problems_of_change(shift, wanted, held, moved=moved, at=at):
        raise InvalidInput(fields=found)
    before = _said(shift)
    if wanted["capacity"] != shift.capacity:
        shift.min_cover = min(shift.min_cover, wanted["min_cover"])  # it never exceeds the places
        db.session.flush()
        signups.change_capacity(actor, shift.id, capacity=wanted["capacity"], at=at)
    shift.starts_at, shift.ends_at, shift.min_cover = wanted["starts_at"], wanted["ends_at"], wanted["min_cover"]
    after = _said(shift)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        shift.version += 1
        retime(event)
        recorded(
            actor,
            "events.update_shift",
            event,
            at=at,
            before={name: before[name] for name in changed},
            after={
                "position": position.title_zh,
                "shift": before["starts_at"],
                **{name: after[name] for name in changed},
            },
        )
    if moved:
        messages.tell_changed([shift.id], at)
    return shift


def _lock_people(shift_id: int) -> set[int]:
    """Lock everybody who is on a shift, before the shift itself as sign-ups do; return their ids as volunteers."""
    found = programme.list_on_shift(shift_id)
    for volunteer_id in found:
        seats.lock_volunteer(volunteer_id)
    return set(found)


def _problems_of_change(
    shift: Shift, wanted: Mapping[str, Any], held: set[int], *, moved: bool, at: datetime
) -> dict[str, list[Text]]:
    found = drafting.shift_problems(wanted, at)
    if not moved:
        found.pop("starts_at", None)  # a running shift keeps the start it had
    elif not {"starts_at", "ends_at"} & set(found):
        if not set(programme.list_on_shift(shift.id)) <= held:
            raise ServiceBusy
        if clashing := programme.list_clashing(shift.id, wanted["starts_at"], wanted["ends_at"]):
            found["starts_at"] = [_BUSY_THEN.fill(names="、".join(clashing))]
    return found


def cancel_shift(actor: Actor, shift_id: int, *, data: Mapping[str, Any], at: datetime) -> Shift:
    """Call one shift off, with reasons that people read; everybody on it is told. data: reason_zh, reason_en."""
    event, _, shift = _of_shift(actor, shift_id)
    if shift.state != ShiftState.OPEN or shift.ends_at <= at:
        raise ShiftOver
    signups.cancel_shift(actor, shift.id, data=data, at=at)
    retime(programme.get_event_for_change(event.id))
    db.session.flush()
    return shift


def plan_pattern(actor: Actor, position_id: int, *, data: Mapping[str, Any], at: datetime) -> list[Planned]:
    """Say which shifts a week's pattern would open, writing nothing. data: see weekly.problems. Raises InvalidInput."""
    _, position = _of_position(actor, position_id)
    return _planned(position, data, at)


def apply_pattern(actor: Actor, position_id: int, *, data: Mapping[str, Any], at: datetime) -> ShiftTemplate:
    """Open the shifts of a week's pattern; it stays known, so that it can be undone while nobody has signed up."""
    event, position = _of_position(actor, position_id)
    new = [one for one in _planned(position, data, at) if one.fate is Fate.NEW]
    if not new:
        raise InvalidInput(fields={"until_on": [weekly.NOTHING_MEANT]})
    shared = {"capacity": data["capacity"], "min_cover": data["min_cover"]}
    opened = [
        authoring.new_shift(position.id, {"starts_at": one.starts_at, "ends_at": one.ends_at, **shared}) for one in new
    ]
    position.shifts.extend(opened)
    db.session.flush()
    template = ShiftTemplate(
        position_id=position.id,
        weekdays=sorted(data["weekdays"]),
        **{name: data[name] for name in ("starts_min", "ends_min", "from_on", "until_on")},
        shift_ids=[shift.id for shift in opened],
        applied_at=at,
    )
    db.session.add(template)
    retime(event)
    recorded(actor, "events.apply_pattern", event, at=at, after={"position": position.title_zh, "shifts": len(new)})
    return template


def undo_pattern(actor: Actor, template_id: int, *, at: datetime) -> ShiftTemplate:
    """Take away the shifts of a pattern as if they had not been opened. Raises PatternInUse once anybody signed up."""
    template = db.session.get(ShiftTemplate, template_id, with_for_update=True, populate_existing=True)
    if template is None:
        raise NotFound
    event, position = _of_position(actor, template.position_id)
    made = [shift for shift in position.shifts if shift.id in template.shift_ids]
    db.session.execute(select(Shift.id).where(Shift.id.in_(template.shift_ids)).order_by(Shift.id).with_for_update())
    if template.undone_at is not None or programme.count_signups(shift.id for shift in made):
        raise PatternInUse
    for shift in made:
        position.shifts.remove(shift)
        db.session.delete(shift)
    template.undone_at = at
    retime(event)
    recorded(actor, "events.undo_pattern", event, at=at, before={"position": position.title_zh, "shifts": len(made)})
    return template


def _planned(position: Position, data: Mapping[str, Any], at: datetime) -> list[Planned]:
    if found := weekly.problems(data, at):
        raise InvalidInput(fields=found)
    there = {(shift.starts_at, shift.ends_at) for shift in position.shifts if shift.state == ShiftState.OPEN}
    calendar = stations.calendar_since(data["from_on"])
    holidays = {day for day, known in calendar.items() if known.kind is DayKind.HOLIDAY}
    return weekly.plan(data, there=there, holidays=holidays, at=at)


def _open_event(actor: Actor, event_id: int) -> Event:
    event = load(actor, "events.edit", event_id)
    if event.state not in WORKING:
        name = state_name(event.state)
        raise EventStateConflict(state_zh=name.zh, state_en=name.en)
    return event


def _position_in(event: Event, position_id: int) -> Position:
    found = next((one for one in event.positions if one.id == position_id), None)
    if found is None:
        raise NotFound
    return found


def _of_position(actor: Actor, position_id: int) -> tuple[Event, Position]:
    event_id = db.session.scalar(select(Position.event_id).where(Position.id == position_id))
    if event_id is None:
        raise NotFound
    event = _open_event(actor, event_id)
    return event, _position_in(event, position_id)


def _of_shift(actor: Actor, shift_id: int) -> tuple[Event, Position, Shift]:
    position_id = db.session.scalar(select(Shift.position_id).where(Shift.id == shift_id))
    if position_id is None:
        raise NotFound
    event, position = _of_position(actor, position_id)
    seats.lock_shift(shift_id)
    shift = next(one for one in position.shifts if one.id == shift_id)
    db.session.refresh(shift)
    return event, position, shift


def _said(shift: Shift) -> dict[str, Any]:
    """Return a shift as the audit trail tells of it."""
    return {
        "starts_at": shift.starts_at.isoformat(timespec="minutes"),
        "ends_at": shift.ends_at.isoformat(timespec="minutes"),
        "capacity": shift.capacity,
        "min_cover": shift.min_cover,
    }
