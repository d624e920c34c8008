"""The public programme: what people see of published and cancelled events, a page or one event at a time.

Read anew at every call, for a place may go at any moment; two statements for a page, whatever its length.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ARRAY, ColumnElement, Connection, Integer, String, and_, bindparam, func, or_, select

from app.core.clock import midnight, rfc3339
from app.core.db import db, read_connection
from app.core.errors import NotFound, Text
from app.core.paging import Page, page_of
from app.core.statements import Prepared
from app.events import programme
from app.events.models import Event, Position, Shift
from app.events.rules import EventState, ShiftState
from app.orgs.models import District, Organisation
from app.stations.models import Station

HOUR_RULE = Text(
    "按实际签到和签退的时间计，精确到分钟；没有签退的，算到班次结束为止。",
    "Counted from your sign-in to your sign-out, to the minute; without a sign-out, up to the end of the shift.",
)
"""What is said of hours where an event says nothing of its own. Source: product §5."""

_STATES = (EventState.PUBLISHED, EventState.SETTLED, EventState.CANCELLED)
_NAMES = {
    "zh-CN": (
        Event.title_zh,
        Event.summary_zh,
        Event.place_zh,
        Organisation.name_zh,
        District.name_zh,
        Station.name_zh,
    ),
    "en": (Event.title_en, Event.summary_en, Event.place_en, Organisation.name_en, District.name_en, Station.name_en),
}
_SEARCHED = (Event.title_zh, Event.title_en, Event.summary_zh, Event.summary_en, Event.place_zh, Event.place_en)


def _places(dialect: str) -> Any:
    """Build the statement that adds up the places of some events; a list is one value to either database."""
    among: ColumnElement[bool]
    if dialect == "sqlite":
        each = func.json_each(bindparam("ids", type_=String())).table_valued("value")
        among = Position.event_id.in_(select(each.c.value))
    else:
        among = Position.event_id == func.any(bindparam("ids", type_=ARRAY(Integer)))
    return (
        select(
            Position.event_id,
            func.sum(Shift.capacity).label("capacity"),
            func.sum(Shift.taken).label("taken"),
            func.sum(Shift.waitlisted).label("waitlisted"),
        )
        .join(Shift, Shift.position_id == Position.id)
        .where(among, Shift.state == ShiftState.OPEN)
        .group_by(Position.event_id)
    )


_PLACES = Prepared(_places)


class Shown(StrEnum):
    """The state of an event as people see it."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


class Filters(NamedTuple):
    """What a person looks for; None means any. first, last: city days that the event touches."""

    first: date | None = None
    last: date | None = None
    district: str | None = None
    category: str | None = None
    station: str | None = None
    has_places: bool | None = None
    q: str | None = None
    state: str | None = None

    @property
    def backwards(self) -> bool:
        """Whether the newest comes first: who looks for what is over looks back from today."""
        return self.state == Shown.OVER

    @property
    def kind(self) -> str:
        """The name of the list and its order, so that a cursor of one order does not fit the other."""
        return "events.over" if self.backwards else "events"


def published_once() -> ColumnElement[bool]:
    """Return the filter that keeps to what has been published once; a draft that was dropped is nobody's business."""
    public = or_(*(Event.state == state.value for state in _STATES))
    return and_(public, Event.published_at.is_not(None), Event.starts_at.is_not(None))


def shown_as(state: str, starts_at: datetime, ends_at: datetime, at: datetime) -> Shown:
    """Return the state of a public event as people see it."""
    if state == EventState.CANCELLED:
        return Shown.CANCELLED
    if ends_at <= at:
        return Shown.OVER
    return Shown.RUNNING if starts_at <= at else Shown.UPCOMING


def list_events(
    filters: Filters, limit: int, after: Sequence[Any] | None, *, locale: str, at: datetime
) -> Page[dict[str, Any]]:
    """Return a page of public events, the next one first; without a day or a state only those not over yet."""
    given = {"at": at}
    if after is not None:
        given |= {"after_at": datetime.fromisoformat(after[0]), "after_id": after[1]}
    with read_connection() as reader:
        rows = _page(filters, limit, locale, after is not None).all(reader, given)
        page = page_of(rows, limit, filters.kind, lambda row: [row.starts_at.isoformat(), row.id])
        places = _places_of(reader, [row.id for row in page.items])
    return Page([_item(row, places.get(row.id), locale, at) for row in page.items], page.next_cursor)


@lru_cache(maxsize=64)
def _page(filters: Filters, limit: int, locale: str, after: bool) -> Prepared:
    """Return the statement of a page; the same few questions are asked again and again."""
    at = bindparam("at", type_=Event.starts_at.type)
    query = (
        select(
            *(Event.id, Event.public_id, Event.category, Event.state, Event.starts_at, Event.ends_at),
            *(Event.cancel_reason_zh, Event.cancel_reason_en, Station.code),
            *(column.label(name) for column, name in zip(_NAMES[locale], _Words._fields, strict=True)),
        )
        .join(District, District.id == Event.district_id)
        .outerjoin(Organisation, Organisation.id == Event.organisation_id)
        .outerjoin(Station, Station.id == Event.station_id)
        .where(published_once(), *_conditions(filters, at))
        .limit(limit + 1)
    )
    if filters.backwards:
        query = query.order_by(Event.starts_at.desc(), Event.id.desc())
    else:
        query = query.order_by(Event.starts_at, Event.id)
    return Prepared(query.where(_beyond(filters)) if after else query)


class _Words(NamedTuple):
    title: str
    summary: str
    place: str
    organisation: str
    district: str
    station: str


def _conditions(filters: Filters, at: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.first is not None:
        found.append(Event.ends_at > midnight(filters.first))
    if filters.last is not None:
        found.append(Event.starts_at < midnight(filters.last + timedelta(days=1)))
    if filters.state is not None:
        found.append(_seen_as(Shown(filters.state), at))
    elif filters.first is None and filters.last is None:
        found.append(Event.ends_at > at)
    if filters.district is not None:
        found.append(District.code == filters.district)
    if filters.category is not None:
        found.append(Event.category == filters.category)
    if filters.station is not None:
        found.append(Station.code == filters.station)
    if filters.has_places is not None:
        free = and_(Event.state == EventState.PUBLISHED, programme.with_places(at))
        found.append(free if filters.has_places else ~free)
    if filters.q is not None:
        found.append(or_(*(column.icontains(filters.q, autoescape=True) for column in _SEARCHED)))
    return found


def _seen_as(state: Shown, at: Any) -> ColumnElement[bool]:
    if state is Shown.CANCELLED:
        return Event.state == EventState.CANCELLED
    on = Event.state != EventState.CANCELLED
    if state is Shown.OVER:
        return and_(on, Event.ends_at <= at)
    return and_(on, Event.ends_at > at, Event.starts_at <= at if state is Shown.RUNNING else Event.starts_at > at)


def _beyond(filters: Filters) -> ColumnElement[bool]:
    """Return the filter that keeps to what comes after the last event seen."""
    starts_at = bindparam("after_at", type_=Event.starts_at.type)
    event_id = bindparam("after_id", type_=Event.id.type)
    if filters.backwards:
        return or_(Event.starts_at < starts_at, and_(Event.starts_at == starts_at, Event.id < event_id))
    return or_(Event.starts_at > starts_at, and_(Event.starts_at == starts_at, Event.id > event_id))


def _places_of(reader: Connection, event_ids: list[int]) -> dict[int, Any]:
    """Return the places of some events, shift by shift added up; a cancelled shift counts only where all are."""
    sqlite = reader.dialect.name == "sqlite"
    rows = _PLACES.all(reader, {"ids": json.dumps(event_ids) if sqlite else event_ids})
    return {row.event_id: row for row in rows}


def _item(row: Any, places: Any, locale: str, at: datetime) -> dict[str, Any]:
    found = {
        "id": row.public_id,
        "title": row.title,
        "category": row.category,
        "summary": row.summary,
        "organisation": row.organisation or row.district,
        "place": row.place or row.station or row.district,
        "station": {"code": row.code, "name": row.station} if row.code else None,
        "starts_at": rfc3339(row.starts_at),
        "ends_at": rfc3339(row.ends_at),
        "state": shown_as(row.state, row.starts_at, row.ends_at, at).value,
        "places": {
            "capacity": int(places.capacity) if places else 0,
            "taken": int(places.taken) if places else 0,
            "waitlisted": int(places.waitlisted) if places else 0,
        },
    }
    if row.state == EventState.CANCELLED:
        found["cancel_reason"] = row.cancel_reason_en if locale == "en" else row.cancel_reason_zh
    return found


def get_event(public_id: str) -> Event:
    """Return a public event with its positions and shifts. Raises NotFound, for a draft just as for none at all."""
    query = programme.whole().where(Event.public_id == public_id, published_once())
    event = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if event is None:
        raise NotFound
    return event


def shift_state(event: Event, shift: Shift, at: datetime) -> str:
    """Return the state of a shift as people see it: open | full | closed | cancelled."""
    if shift.state == ShiftState.CANCELLED or event.state == EventState.CANCELLED:
        return "cancelled"
    if shift.starts_at <= at or event.state != EventState.PUBLISHED:
        return "closed"
    return "open" if shift.taken < shift.capacity else "full"


def described(event: Event, locale: str, at: datetime) -> dict[str, Any]:
    """Return an event in full, for everybody; what concerns the caller is added by the door."""
    english = locale == "en"

    def word(row: Any, name: str) -> str:
        zh, en = getattr(row, f"{name}_zh"), getattr(row, f"{name}_en")
        return (en if english else zh) or zh or ""

    shifts = programme.open_shifts(event)
    assert event.starts_at is not None
    assert event.ends_at is not None
    found: dict[str, Any] = {
        "id": event.public_id,
        "title": word(event, "title"),
        "category": event.category,
        "summary": word(event, "summary"),
        "organisation": word(event.organisation or event.district, "name"),
        "place": word(event, "place") or word(event.station or event.district, "name"),
        "station": {"code": event.station.code, "name": word(event.station, "name")} if event.station else None,
        "district": {"code": event.district.code, "name": word(event.district, "name")},
        "starts_at": rfc3339(event.starts_at),
        "ends_at": rfc3339(event.ends_at),
        "state": shown_as(event.state, event.starts_at, event.ends_at, at).value,
        "places": {name: sum(getattr(s, name) for s in shifts) for name in ("capacity", "taken", "waitlisted")},
        "description": word(event, "description"),
        "risk_note": word(event, "risk_note") or None,
        "requirements": word(event, "requirements"),
        "insurance_note": event.insurance_note,
        "hour_rule": word(event, "hour_rule") or HOUR_RULE.in_(locale),
        "contact": event.contact,
    }
    if event.state == EventState.CANCELLED:
        found["cancel_reason"] = event.cancel_reason_en if english else event.cancel_reason_zh
    return found | {"positions": [_position(event, one, word, at) for one in event.positions]}


def _position(event: Event, position: Position, word: Any, at: datetime) -> dict[str, Any]:
    return {
        "id": position.public_id,
        "title": word(position, "title"),
        "requirements": word(position, "requirements"),
        "approval": position.approval,
        "shifts": [
            {
                "id": shift.public_id,
                "starts_at": rfc3339(shift.starts_at),
                "ends_at": rfc3339(shift.ends_at),
                "capacity": shift.capacity,
                "taken": shift.taken,
                "waitlisted": shift.waitlisted,
                "state": shift_state(event, shift, at),
            }
            for shift in position.shifts
        ],
    }
