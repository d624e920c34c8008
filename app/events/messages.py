"""What volunteers and leaders are told about sign-ups: the kinds with their words, and who is told which."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from app.core.clock import rfc3339
from app.core.db import connection, db
from app.core.errors import Text
from app.core.statements import Prepared
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import LIVE, EventState, ShiftState, SignUpState
from app.inbox import rules, service
from app.inbox.rules import MessageKind
from app.orgs import queries as orgs
from app.stations.models import Station
from app.volunteers.models import Volunteer

REMIND_BEFORE = timedelta(hours=24)

CONFIRMED = MessageKind(
    "signup.confirmed",
    Text("报名成功", "You are signed up"),
    Text(
        "“{event_zh}”{starts_at}的班次已为您留好名额。地点：{place_zh}。去不了请提前取消，让给候补的人。",
        "You have a place on “{event_en}”, {starts_at}. Where: {place_en}. If you cannot come, please cancel early so"
        " that somebody from the waitlist can.",
    ),
)
WAITLISTED = MessageKind(
    "signup.waitlisted",
    Text("已进入候补", "You are on the waitlist"),
    Text(
        "“{event_zh}”{starts_at}的班次现在满员，您已排在候补队列里。有空位会按顺序通知您，不用守着手机。",
        "“{event_en}”, {starts_at}, is full now and you are on its waitlist. Freed places are offered in order; there is"
        " no need to keep looking.",
    ),
)
OFFERED = MessageKind(
    "signup.offered",
    Text("有名额了，请确认", "A place is yours if you want it"),
    Text(
        "“{event_zh}”{starts_at}的班次有空位留给您。请在{offer_until_at}前接受或谢绝，过时会让给下一位。",
        "A place on “{event_en}”, {starts_at}, is kept for you. Please accept or decline it before {offer_until_at};"
        " afterwards it goes to the next in the queue.",
    ),
    sms=True,
)
EXPIRED = MessageKind(
    "signup.expired",
    Text("名额已让给下一位", "The place went to the next in the queue"),
    Text(
        "“{event_zh}”{starts_at}的班次，我们没有等到您的答复，名额已让给下一位。还想参加，可以重新报名。",
        "We had no answer from you about “{event_en}”, {starts_at}, so the place went on. If you still want to come,"
        " please sign up again.",
    ),
)
INVITED = MessageKind(
    "signup.invited",
    Text("邀请您参加", "You are invited"),
    Text(
        "“{event_zh}”{starts_at}的班次邀请您参加。请打开查看，接受或谢绝；您没有接受之前不算报名。",
        "You are invited to “{event_en}”, {starts_at}. Please have a look and accept or decline; you are not signed up"
        " until you accept.",
    ),
)
REJECTED = MessageKind(
    "signup.rejected",
    Text("这次没有录用", "Not taken on this time"),
    Text(
        "“{event_zh}”{starts_at}的班次没有录用您，原因见报名页。欢迎看看别的活动。",
        "You were not taken on for “{event_en}”, {starts_at}; your sign-up says why. Other events are looking for people.",
    ),
)
CANCELLED = MessageKind(
    "signup.cancelled",
    Text("您的报名被取消", "Your sign-up was cancelled"),
    Text(
        "“{event_zh}”{starts_at}的班次，主办方取消了您的报名，原因见报名页。请不要前往，有疑问请联系主办方。",
        "The organiser cancelled your sign-up for “{event_en}”, {starts_at}; it says why. Please do not come; ask the"
        " organiser if anything is unclear.",
    ),
    sms=True,
)
SHIFT_CANCELLED = MessageKind(
    "shift.cancelled",
    Text("班次取消", "The shift is cancelled"),
    Text(
        "“{event_zh}”{starts_at}的班次取消了：{reason_zh}。请不要前往。",
        "“{event_en}”, {starts_at}, is cancelled: {reason_en}. Please do not come.",
    ),
    sms=True,
)
CHANGED = MessageKind(
    "shift.changed",
    Text("时间或地点有变", "Time or place has changed"),
    Text(
        "“{event_zh}”的班次改为{starts_at}，地点：{place_zh}。去不了请取消报名。",
        "“{event_en}” is now {starts_at}. Where: {place_en}. If you cannot come, please cancel.",
    ),
)
REMINDER = MessageKind(
    "signup.reminder",
    Text("服务提醒", "Your shift is coming up"),
    Text(
        "“{event_zh}”{starts_at}开始，地点：{place_zh}。去不了请尽快取消，让给候补的人。",
        "“{event_en}” starts {starts_at}. Where: {place_en}. If you cannot come, please cancel soon so that somebody"
        " else can.",
    ),
    sms=True,
)
BY_HAND = MessageKind(
    "shift.by_hand",
    Text("请手动补位", "Please fill the free places by hand"),
    Text(
        "“{event_zh}”{starts_at}的班次有空位，离开始太近，系统不再自动通知候补的人。请在名单里补人。",
        "“{event_en}”, {starts_at}, has free places, too close to its start for offers. Please fill them on the roster.",
    ),
)
rules.register(
    CONFIRMED, WAITLISTED, OFFERED, EXPIRED, INVITED, REJECTED, CANCELLED, SHIFT_CANCELLED, CHANGED, REMINDER, BY_HAND
)
OF_STATE: Mapping[str, MessageKind] = {
    SignUpState.CONFIRMED: CONFIRMED,
    SignUpState.WAITLISTED: WAITLISTED,
    SignUpState.OFFERED: OFFERED,
    SignUpState.EXPIRED: EXPIRED,
    SignUpState.INVITED: INVITED,
    SignUpState.REJECTED: REJECTED,
    SignUpState.CANCELLED_ORG: CANCELLED,
}
"""What somebody is told when their sign-up comes into a state; what they did themselves they know."""


def tell_state(signup_id: int, at: datetime) -> bool:
    """Tell somebody what has become of their sign-up, once per sign-up and state, in the open unit.

    Runs on prepared statements, for whoever applies is told at once. Call it when the change is written.
    """
    row = _SIGNUP.first(connection(), {"id": signup_id})
    kind = OF_STATE.get(row.state)
    if kind is EXPIRED and row.offered_at is None:
        return False  # a wish that ended with its shift: there was nothing to answer
    return kind is not None and _tell(kind, row, row.state, at)


def tell_shift_cancelled(shift_id: int, at: datetime) -> int:
    """Tell everybody whose sign-up went with a shift or its event that it is off, and why.

    Call it when the sign-ups are written as cancelled by the organiser. Returns how many were told.
    """
    gone = (SignUp.state == SignUpState.CANCELLED_ORG, Shift.state == ShiftState.CANCELLED)
    rows = _rows(SignUp.shift_id == shift_id, *gone)
    return sum(_tell(SHIFT_CANCELLED, row, row.state, at) for row in rows)


def tell_changed(shift_ids: Collection[int], at: datetime) -> int:
    """Tell those who come, or wait, that a shift has a new time or place. Returns how many were told."""
    rows = _rows(SignUp.shift_id.in_(shift_ids), SignUp.state.in_(LIVE), Event.state == EventState.PUBLISHED)
    return sum(_tell(CHANGED, row, f"changed:{rfc3339(at)}", at) for row in rows)


def remind(at: datetime) -> int:
    """Remind everybody whose shift starts within 24 hours, once per sign-up and start. Returns how many.

    Who signed up later than that knows it; who was missed while no consumer ran is reminded until the start.
    """
    rows = _rows(
        SignUp.state == SignUpState.CONFIRMED,
        Shift.state == ShiftState.OPEN,
        Event.state == EventState.PUBLISHED,
        Shift.starts_at > at,
        Shift.starts_at <= at + REMIND_BEFORE,
    )
    early = [row for row in rows if (row.decided_at or row.created_at) <= row.starts_at - REMIND_BEFORE]
    return sum(_tell(REMINDER, row, f"reminder:{rfc3339(row.starts_at)}", at) for row in early)


def tell_by_hand(shift_id: int, at: datetime) -> int:
    """Tell the leaders of an event that free seats wait for their hand, once for each time this begins.

    Leaders are who leads the event; without one the organisation's, the district's, at last the city's administrators.
    Returns how many were told.
    """
    row = db.session.execute(_about().where(Shift.id == shift_id)).one()
    leaders = orgs.list_in_charge(
        event_id=row.event_id, organisation_id=row.organisation_id, district_id=row.district_id, at=at
    )
    key = f"shift:{shift_id}:by_hand:{rfc3339(row.by_hand_since_at or at)}"
    link = f"/admin/roster/details/?id={shift_id}"
    return sum(service.tell_staff(staff_id, BY_HAND.code, _facts(row), key, at, link=link) for staff_id in leaders)


def _tell(kind: MessageKind, row: Row[Any], what: str, at: datetime) -> bool:
    facts, expires_at = _facts(row), row.starts_at
    if kind is OFFERED:
        facts["offer_until_at"], expires_at = rfc3339(row.offer_until), row.offer_until
    if kind is SHIFT_CANCELLED:
        facts["reason_zh"], facts["reason_en"] = row.cancel_reason_zh.rstrip("。"), row.cancel_reason_en.rstrip(".")
    return service.tell(
        row.person_id,
        kind.code,
        facts,
        f"signup:{row.signup_id}:{what}",
        at,
        link=f"/signups/{row.public_id}",
        expires_at=expires_at,
    )


def _facts(row: Row[Any]) -> dict[str, str]:
    """Return what the words are made of: of the event and the shift, nothing of the person."""
    return {
        "event_zh": row.title_zh,
        "event_en": row.title_en,
        "place_zh": row.place_zh or row.station_zh or "",
        "place_en": row.place_en or row.station_en or "",
        "starts_at": rfc3339(row.starts_at),
    }


def _rows(*which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Return sign-ups with what they are for, in their order."""
    return db.session.execute(_signups().where(*which).order_by(SignUp.id)).all()


def _signups() -> Select[Any]:
    return (
        _about(
            SignUp.id.label("signup_id"),
            *(getattr(SignUp, name) for name in _OF_SIGNUP),
            Volunteer.person_id,
        )
        .join(SignUp, SignUp.shift_id == Shift.id)
        .join(Volunteer, Volunteer.id == SignUp.volunteer_id)
    )


def _about(*more: Any) -> Select[Any]:
    """Select columns, not rows: what was changed a moment ago by a plain UPDATE is read as it is now."""
    of_shift = ("starts_at", "cancel_reason_zh", "cancel_reason_en", "by_hand_since_at")
    of_event = ("title_zh", "title_en", "place_zh", "place_en", "organisation_id", "district_id")
    return (
        select(
            *(getattr(Shift, name) for name in of_shift),
            *(getattr(Event, name) for name in of_event),
            Event.id.label("event_id"),
            Station.name_zh.label("station_zh"),
            Station.name_en.label("station_en"),
            *more,
        )
        .select_from(Shift)
        .join(Position, Position.id == Shift.position_id)
        .join(Event, Event.id == Position.event_id)
        .outerjoin(Station, Station.id == Event.station_id)
    )


_OF_SIGNUP = ("public_id", "state", "offered_at", "offer_until", "created_at", "decided_at")
_SIGNUP = Prepared(_signups().where(SignUp.id == bindparam("id")))
