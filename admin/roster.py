"""Shifts and their people in the panel: today's first, each with who comes, who waits and who is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Query

from admin import signup_words as words
from admin.base import ReadOnlyView, per_request
from admin.filters import Asked, Condition, ListFilter, choice, day
from admin.markup import badge, muted, stacked
from admin.roster_buttons import BUTTONS
from admin.roster_capacity import CapacityPage
from admin.roster_sheet import SheetPages
from admin.roster_unit import UnitPage
from admin.signups import SignUpView
from admin.stations import district_choices
from admin.wording import WEEKDAYS, changes_of
from app.audit import queries as audit
from app.core import clock
from app.core.db import db
from app.events import programme, roster
from app.events.models import Event, Shift
from app.events.rules import ShiftState, SignUpState
from app.orgs.models import District
from app.orgs.rules import Reach
from app.stations.models import Station

TOGETHER_MAX = 20
"""Rosters on one page."""
_SPANS = {"yesterday": (-1, -1), "today": (0, 0), "tomorrow": (1, 1), "week": (0, 6)}
_NARROW = ("when", "from", "to", "event", "q")
"""What tells a day already; without any, the list is today's."""


class ShiftView(CapacityPage, SheetPages, UnitPage, ReadOnlyView):
    """The list of shifts with the numbers of their people, and the roster of each."""

    permission = "signups.read"
    icon = "people"
    noun = "班次"
    intro = "谁来、谁在等、还缺几个人。姓名只显示姓。"
    audited_as = "shift"
    search_words = "活动或岗位"
    list_page = "panel/roster_list.html"
    details_page = "panel/roster.html"
    empty_hint = "这一天没有班次；可以看别的日子。"
    can_export = True
    buttons = BUTTONS
    eager = roster.OF_SHIFT
    column_list = ("starts_at", "event", "place", "people", "waiting", "state")
    column_labels = {
        "public_id": "班次编号",
        "starts_at": "时间",
        "ends_at": "结束",
        "event": "活动与岗位",
        "position": "岗位",
        "district": "区市",
        "place": "地点",
        "people": "到岗 / 名额",
        "capacity": "名额",
        "confirmed": "已确认",
        "offered": "待答复",
        "pending": "待审核",
        "waitlisted": "候补",
        "min_cover": "最少在岗",
        "waiting": "等待",
        "state": "情况",
    }
    column_sortable_list = ("starts_at",)
    column_export_list = (
        *("public_id", "starts_at", "ends_at", "event", "position", "district", "place"),
        *("capacity", "confirmed", "offered", "pending", "waitlisted", "min_cover", "state"),
    )
    column_formatters = {
        "starts_at": lambda view, _, row, __: when_cell(view, row),
        "event": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), event_of(row).title_zh),
            row.parent.title_zh,
        ),
        "place": lambda _, __, row, ___: words.place(event_of(row)),
        "people": lambda _, __, row, ___: people_cell(row),
        "waiting": lambda _, __, row, ___: waiting_cell(row),
        "state": lambda _, __, row, ___: state_cell(row),
    }
    column_formatters_export = {
        "event": lambda _, __, row, ___: event_of(row).title_zh,
        "position": lambda _, __, row, ___: row.parent.title_zh,
        "district": lambda _, __, row, ___: event_of(row).district.name_zh,
        "place": lambda _, __, row, ___: words.place(event_of(row)),
        "starts_at": lambda _, __, row, ___: f"{clock.city_time(row.starts_at):%Y-%m-%d %H:%M}",
        "ends_at": lambda _, __, row, ___: f"{clock.city_time(row.ends_at):%Y-%m-%d %H:%M}",
        "confirmed": lambda _, __, row, ___: counts_of(row).get(SignUpState.CONFIRMED, 0),
        "offered": lambda _, __, row, ___: counts_of(row).get(SignUpState.OFFERED, 0),
        "pending": lambda _, __, row, ___: counts_of(row).get(SignUpState.PENDING, 0),
        "state": lambda _, __, row, ___: dict(words.SHIFT_STATES)[row.state],
    }

    def __init__(self, signups: SignUpView) -> None:
        """signups: the view whose buttons stand in the lines of a roster."""
        self._signups = signups
        super().__init__(Shift, "班次名单", "roster", "志愿服务")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return roster.within(held, clock.now())

    def place_of(self, row: Any) -> dict[str, Any]:
        return programme.place_of(event_of(row))

    def title_of(self, row: Any) -> str:
        return f"{event_of(row).title_zh} · {row.parent.title_zh}"

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; districts are those there are."""
        return (
            choice("when", "时间", words.WHENS, _when),
            day("from", "从", lambda value: Shift.ends_at > clock.midnight(value)),
            day("to", "到", lambda value: Shift.starts_at < clock.midnight(value) + timedelta(days=1)),
            choice("need", "人手", words.NEEDS, _in_need),
            choice("district", "区市", district_choices, _in_district),
            choice("category", "类别", words.CATEGORIES, lambda code: roster.of_event(Event.category == code)),
            ListFilter("station", "站点", _at_station, kind="station", hint="编号或名称"),
            choice("state", "状态", words.SHIFT_STATES, lambda value: Shift.state == value),
            ListFilter("event", "活动编号", _of_event, hint="点活动的名单可得"),
        )

    def matching(self, asked: Asked) -> Query[Any]:
        """Search by the words of event and position. Who names no day at all sees today."""
        query = self.get_query().filter(*(one.condition for one in asked.chosen))
        if not asked.search and not asked.values.keys() & set(_NARROW):
            query = query.filter(_when("today"))
        for term in asked.search.split():
            query = query.filter(roster.named(term))
        return query

    def default_order(self) -> Sequence[Any]:
        return (Shift.starts_at.asc(), Shift.id.asc())

    def render(self, template: str, **kwargs: Any) -> str:
        """Tell every page the words of sign-ups and the present."""
        shown = {"said": words, "now": clock.now(), "signups": self._signups, "today": _today()}
        return super().render(template, **shown, **kwargs)

    def details_of(self, row: Any) -> dict[str, Any]:
        entries = audit.list_of_object("shift", row.public_id, limit=6)
        return {
            "roster": roster.list_rosters([row])[0],
            "lacking": roster.missing(row),
            "room": roster.free(row),
            "trail_entries": [(entry, changes_of(entry)) for entry in entries],
        }

    @expose("/together/")
    def together(self) -> ResponseReturnValue:
        """Show the rosters of all shifts that the list's filters keep on one page, the first twenty."""
        asked = self.asked()
        rows = self.ordered(asked).limit(TOGETHER_MAX + 1).all()
        return self.render(
            "panel/roster_together.html",
            title="合并名单",
            asked=asked,
            rosters=roster.list_rosters(rows[:TOGETHER_MAX]),
            more=len(rows) > TOGETHER_MAX,
            lacking_of=roster.missing,
            room_of=roster.free,
            here=url_for("roster.together", **request.args),
        )


def event_of(row: Shift) -> Event:
    """Return the event of a shift, which came with it."""
    return row.parent.event


def counts_of(row: Shift) -> Mapping[str, int]:
    """Return how many sign-ups of a shift are in which state; those of a whole page are read at once."""
    known: dict[int, Mapping[str, int]] = per_request("signup_counts", dict)
    if row.id not in known:
        ids = {one.id for one in db.session.identity_map.values() if isinstance(one, Shift)} | {row.id}
        found = roster.count_states([*ids])
        known.update({id_: found.get(id_, {}) for id_ in ids})
    return known[row.id]


def when_cell(view: ShiftView, row: Shift) -> Markup:
    """Return day and time, and how a shift stands to the present."""
    local = clock.city_time(row.starts_at)
    name = {0: "今天", 1: "明天", -1: "昨天"}.get((local.date() - _today()).days, WEEKDAYS[local.weekday()])
    line = Markup('<a class="strong nowrap" href="{}">{}</a>').format(view.details_url(row), words.span(row))
    return stacked(line, words.nowrap(f"{local:%Y-%m-%d} {name}"))


def people_cell(row: Shift) -> Markup:
    """Return how many come of how many there is room for."""
    expected = counts_of(row).get(SignUpState.CONFIRMED, 0)
    return Markup('<span class="nowrap"><strong>{}</strong> <span class="muted">/ {}</span></span>').format(
        expected, row.capacity
    )


def waiting_cell(row: Shift) -> Markup:
    """Return who is neither in nor out."""
    counts = counts_of(row)
    marks = [
        badge(f"{label} {counts[state]}", words.tone(state))
        for state, label in words.STATES
        if state in (SignUpState.PENDING, SignUpState.OFFERED, SignUpState.WAITLISTED) and counts.get(state)
    ]
    return Markup('<span class="marks">{}</span>').format(Markup("").join(marks)) if marks else muted("—")


def state_cell(row: Shift) -> Markup:
    """Return what a shift lacks, or that it lacks nothing."""
    at = clock.now()
    if row.state == ShiftState.CANCELLED:
        return badge("已取消", "quiet")
    if row.ends_at <= at:
        return badge("已结束", "quiet")
    if lacking := roster.missing(row):
        return badge(f"还缺 {lacking} 人", "bad")
    if row.by_hand_since_at is not None and roster.free(row):
        return badge("等人补位", "warn")
    if room := roster.free(row):
        return badge(f"空 {room} 个名额", "note")
    return badge("已满", "good")


def _today() -> date:
    return clock.business_date(clock.now())


def _when(value: str) -> Condition:
    if value not in _SPANS:
        return Shift.id.is_not(None)
    first, last = (_today() + timedelta(days=days) for days in _SPANS[value])
    return roster.between(first, last)


def _in_need(value: str) -> Condition:
    at = clock.now()
    ahead = roster.standing() & (Shift.ends_at > at)
    found: dict[str, Condition] = {
        "short": programme.too_few(at),
        "free": ahead & (Shift.taken < Shift.capacity),
        "full": ahead & (Shift.taken >= Shift.capacity),
        "pending": roster.with_state(SignUpState.PENDING),
        "waitlisted": Shift.waitlisted > 0,
        "by_hand": ahead & Shift.by_hand_since_at.is_not(None) & (Shift.taken < Shift.capacity),
    }
    return found[value]


def _in_district(code: str) -> Condition:
    return roster.of_event(Event.district_id.in_(select(District.id).where(District.code == code)))


def _at_station(term: str) -> Condition:
    named = (Station.code == term.upper()) | Station.name_zh.icontains(term, autoescape=True)
    return roster.of_event(Event.station_id.in_(select(Station.id).where(named)))


def _of_event(public_id: str) -> Condition:
    return roster.of_event(Event.public_id == public_id)
