"""Sign-ups in the panel: a list that changes nothing by itself, and the decisions of staff as buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Query

from admin import door
from admin import signup_words as words
from admin.actions import service_action
from admin.base import ReadOnlyView, city
from admin.filters import Asked, Condition, ListFilter, choice, day
from admin.markup import badge, date_cell, link, stacked
from admin.signup_bulk import BulkPages
from admin.stations import district_choices
from admin.wording import changes_of
from app.audit import queries as audit
from app.core import clock
from app.core.db import db
from app.events import programme, roster, signups
from app.events.models import Event, Position, Shift, SignUp
from app.events.rules import LIVE, Approval, SignUpState
from app.orgs.models import District, Staff
from app.orgs.rules import Reach, reach
from app.stations.models import Station
from app.volunteers import queries as volunteers
from app.volunteers.models import Volunteer
from app.volunteers.rules import find_volunteer_no

RECENT = 8
"""Sign-ups on a volunteer's own page."""


def _is(*states: SignUpState) -> Any:
    return lambda row: row.state in states


def _may_get_a_seat(row: Any) -> bool:
    """Whether somebody waits and a seat is free; where none is, there is nothing to press."""
    return row.state == SignUpState.WAITLISTED and roster.free(row.shift) > 0


BUTTONS = (
    service_action(
        "approve",
        "通过",
        signups.approve,
        permission="signups.decide",
        when=_is(SignUpState.PENDING),
        tone="good",
        icon="check",
        consequence="通过后占一个名额，本人会收到消息。",
        done="已通过。",
        key="a",
    ),
    service_action(
        "reject",
        "不通过",
        signups.reject,
        permission="signups.decide",
        asks="reason",
        when=_is(SignUpState.PENDING),
        tone="danger",
        icon="ban",
        consequence="本人会收到消息并看到原因。",
        done="已处理，没有录用。",
        key="r",
    ),
    service_action(
        "offer",
        "发出名额",
        signups.offer,
        permission="signups.decide",
        when=_may_get_a_seat,
        tone="plain",
        icon="mail",
        consequence="给这位候补留一个名额，本人在期限内接受才算数；过期自动让出。",
        done="已发出，等本人答复。",
    ),
    service_action(
        "promote",
        "补位",
        signups.promote,
        permission="signups.decide",
        when=_may_get_a_seat,
        tone="good",
        icon="check",
        consequence="请先与本人联系好。补位后马上占一个名额，不再等本人答复；不影响其他人的候补顺序。",
        done="已补位。",
    ),
    service_action(
        "cancel",
        "取消报名",
        signups.cancel_by_staff,
        permission="signups.decide",
        asks="reason",
        when=_is(*(state for state in LIVE if state is not SignUpState.PENDING)),
        tone="danger",
        icon="close",
        consequence="本人会收到消息并看到原因；空出的名额按顺序让给候补的人。",
        done="已取消报名。",
    ),
)


class SignUpView(BulkPages, ReadOnlyView):
    """Every sign-up that the caller's scope shows, newest first."""

    permission = "signups.read"
    icon = "list"
    noun = "报名"
    intro = "每一次报名、候补和邀请，以及后来怎样了。姓名只显示姓。"
    audited_as = "signup"
    search_words = "志愿者编号、报名编号或活动"
    details_page = "panel/signup.html"
    empty_hint = "有人报名后会出现在这里。"
    can_export = True
    buttons = BUTTONS
    eager = roster.OF_SIGNUP
    column_list = ("created_at", "volunteer", "event", "starts_at", "state", "via")
    column_labels = {
        "public_id": "报名编号",
        "created_at": "报名时间",
        "volunteer": "志愿者",
        "volunteer_no": "志愿者编号",
        "name": "姓名",
        "event": "活动与岗位",
        "position": "岗位",
        "district": "区市",
        "starts_at": "班次",
        "ends_at": "班次结束",
        "state": "状态",
        "queue_no": "候补号",
        "via": "来源",
        "late": "临时取消",
        "reason": "原因",
        "decided_at": "处理时间",
    }
    column_sortable_list = ("created_at", "state")
    column_searchable_list = ("public_id",)
    column_export_list = (
        *("public_id", "volunteer_no", "name", "event", "position", "district", "starts_at", "ends_at"),
        *("state", "queue_no", "via", "late", "reason", "created_at", "decided_at"),
    )
    column_formatters = {
        "created_at": lambda view, _, row, __: link(view.details_url(row), date_cell(row.created_at)),
        "volunteer": lambda _, __, row, ___: stacked(volunteers.masked_name(row.volunteer), row.volunteer.volunteer_no),
        "event": lambda view, _, row, __: stacked(
            link(view.get_url("roster.details_view", id=row.shift_id), event_of(row).title_zh),
            row.shift.parent.title_zh,
        ),
        "starts_at": lambda _, __, row, ___: stacked(
            words.nowrap(f"{clock.city_time(row.shift.starts_at):%Y-%m-%d}"), words.nowrap(words.span(row.shift))
        ),
        "state": lambda _, __, row, ___: state_cell(row),
        "via": lambda _, __, row, ___: words.nowrap(dict(words.VIAS)[row.via]),
    }
    column_formatters_export = {
        "volunteer_no": lambda _, __, row, ___: row.volunteer.volunteer_no,
        "name": lambda _, __, row, ___: volunteers.masked_name(row.volunteer),
        "event": lambda _, __, row, ___: event_of(row).title_zh,
        "position": lambda _, __, row, ___: row.shift.parent.title_zh,
        "district": lambda _, __, row, ___: event_of(row).district.name_zh,
        "starts_at": lambda _, __, row, ___: city(row.shift.starts_at),
        "ends_at": lambda _, __, row, ___: city(row.shift.ends_at),
        "state": lambda _, __, row, ___: dict(words.STATES)[row.state],
        "queue_no": lambda _, __, row, ___: row.queue_no if row.state == SignUpState.WAITLISTED else "",
        "via": lambda _, __, row, ___: dict(words.VIAS)[row.via],
        "late": lambda _, __, row, ___: "是" if row.late else "",
        "reason": lambda _, __, row, ___: row.reason or "",
        "created_at": lambda _, __, row, ___: city(row.created_at),
        "decided_at": lambda _, __, row, ___: city(row.decided_at) if row.decided_at else "",
    }

    def __init__(self) -> None:
        super().__init__(SignUp, "报名记录", "signups", "志愿服务")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return roster.signups_within(held, clock.now())

    def place_of(self, row: Any) -> dict[str, Any]:
        return programme.place_of(event_of(row))

    def title_of(self, row: Any) -> str:
        return f"{volunteers.masked_name(row.volunteer)} {row.volunteer.volunteer_no}"

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; districts are those there are."""
        return (
            choice("state", "状态", words.STATES, lambda value: SignUp.state == value),
            choice("via", "来源", words.VIAS, lambda value: SignUp.via == value),
            day("from", "班次从", lambda value: _on_shift(Shift.ends_at > clock.midnight(value))),
            day("to", "到", lambda value: _on_shift(Shift.starts_at < clock.midnight(value) + timedelta(days=1))),
            choice("district", "区市", district_choices, _in_district),
            choice("category", "类别", words.CATEGORIES, lambda code: _of_event(Event.category == code)),
            choice("approval", "录用方式", (("instant", "即时"), ("review", "审核")), _with_approval),
            choice("late", "临时取消", (("yes", "是"),), lambda _: SignUp.late.is_(True)),
            ListFilter("station", "站点", _at_station, kind="station", hint="编号或名称"),
            ListFilter("event", "活动编号", lambda value: _of_event(Event.public_id == value), hint="点活动可得"),
            ListFilter("shift", "班次编号", lambda value: _on_shift(Shift.public_id == value), hint="点班次可得"),
            ListFilter("volunteer", "志愿者编号", _by_number, hint="9 位数字"),
        )

    def matching(self, asked: Asked) -> Query[Any]:
        """Search by a number of volunteer or sign-up, or by the title; never by a name or a phone, which an address keeps."""
        query = self.get_query().filter(*(one.condition for one in asked.chosen))
        for term in asked.search.split():
            number = find_volunteer_no(term)
            titled = _on_shift(roster.named(term))
            known = (SignUp.public_id == term) | titled
            query = query.filter(known if number is None else known | _by_number(number))
        return query

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("signup", row.public_id, limit=10)
        return {
            "event": event_of(row),
            "shift": row.shift,
            "name": volunteers.masked_name(row.volunteer),
            "state": state_cell(row),
            "decided_by": db.session.get(Staff, row.decided_by) if row.decided_by else None,
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
            "same_volunteer": self.list_url_for(volunteer=row.volunteer.volunteer_no),
            "said": words,
            "now": clock.now(),
        }

    def list_url_for(self, **filters: str) -> str:
        """Return the address of the list under some filters."""
        return str(self.get_url("signups.index_view", **filters))


def recent_of(volunteer_id: int) -> list[SignUp]:
    """Return the last sign-ups of a volunteer that the caller may see, newest first."""
    held = reach(door.actor(), "signups.read")
    query = select(SignUp).where(SignUp.volunteer_id == volunteer_id, roster.signups_within(held, clock.now()))
    return list(db.session.scalars(query.options(*roster.OF_SIGNUP).order_by(SignUp.id.desc()).limit(RECENT)))


def event_of(row: SignUp) -> Event:
    """Return the event of a sign-up, which came with it."""
    return row.shift.parent.event


def state_cell(row: SignUp) -> Markup:
    """Return the state and what belongs to it: the place in the queue, the time left, the reason."""
    mark = badge(dict(words.STATES)[row.state], words.tone(row.state))
    if row.state == SignUpState.WAITLISTED:
        return stacked(mark, f"候补 {row.queue_no} 号")
    if row.state == SignUpState.OFFERED:
        return stacked(mark, words.left(row.offer_until, clock.now()))
    if row.state == SignUpState.CANCELLED_SELF and row.late:
        return stacked(mark, "开始前 24 小时内")
    return stacked(mark, row.reason) if row.reason else mark


def _on_shift(condition: ColumnElement[bool]) -> Condition:
    return SignUp.shift_id.in_(select(Shift.id).where(condition))


def _of_event(condition: ColumnElement[bool]) -> Condition:
    return _on_shift(roster.of_event(condition))


def _with_approval(value: str) -> Condition:
    return _on_shift(Shift.position_id.in_(select(Position.id).where(Position.approval == Approval(value))))


def _in_district(code: str) -> Condition:
    return _of_event(Event.district_id.in_(select(District.id).where(District.code == code)))


def _at_station(term: str) -> Condition:
    named = (Station.code == term.upper()) | Station.name_zh.icontains(term, autoescape=True)
    return _of_event(Event.station_id.in_(select(Station.id).where(named)))


def _by_number(number: str) -> Condition | None:
    known = find_volunteer_no(number)
    if known is None:
        return None
    return SignUp.volunteer_id.in_(select(Volunteer.id).where(Volunteer.volunteer_no == known))
