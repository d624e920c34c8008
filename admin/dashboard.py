"""The first page: what happened, what is shut, what needs a hand; every number opens the rows it counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import charts, door, signup_words, wording
from admin.charts import Bar
from admin.station_cells import NOW_WORDS, POSTER_WORDS
from admin.views import PanelView
from app.checkins.rules import CheckInState
from app.core import clock
from app.core.errors import NotFound
from app.events import programme, roster
from app.events.models import Shift
from app.feedback import queries as feedback
from app.orgs.rules import Reach, reach
from app.stats import queries
from app.stats.queries import DayCount, Now, Posters, Span
from app.volunteers import queries as volunteers

RANGES = ((7, "近 7 天"), (30, "近 30 天"), (90, "近 90 天"))
_CARDS = ((1, "今天", "昨天此时"), (7, "近 7 天", "前 7 天同期"), (30, "近 30 天", "前 30 天同期"))
SHIFTS_SHOWN = 6
_DAYS_OF_CARDS = 2 * max(days for days, *_ in _CARDS)


class Number(NamedTuple):
    """A number and the list behind it."""

    label: str
    value: int
    url: str
    change: int | None = None
    against: str = ""
    tone: str = "plain"


class DashboardView(PanelView):
    """The overview of what the caller may see."""

    permission = "stations.read"
    icon = "home"

    def __init__(self) -> None:
        super().__init__(name="总览", endpoint="admin", url="/admin")

    @expose("/")
    def index(self) -> ResponseReturnValue:
        """Show the overview; ?days= keeps the range."""
        asked = request.args.get("days", "30")
        days = int(asked) if asked in {str(number) for number, _ in RANGES} else 30
        at = clock.now()
        today = clock.business_date(at)
        visits, places = reach(door.actor(), "checkins.read"), reach(door.actor(), "stations.read")
        span = queries.last_days(today, days)
        known = queries.visits_per_day(visits, queries.last_days(today, max(days, _DAYS_OF_CARDS)))
        per_day = known[-days:]
        return self.render(
            "panel/dashboard.html",
            cards=_cards(visits, at, known),
            waiting=_waiting(),
            shifts=_shifts(at),
            days=days,
            ranges=RANGES,
            span=span,
            chart=_chart(per_day, span),
            per_day=_per_day(per_day),
            districts=_districts(visits, span),
            refused=_refused(visits, span),
            now=_now(places, at),
            states=_states(places),
            posters=_posters(places),
            at=at,
            said=signup_words,
            lacking_of=roster.missing,
            room_of=roster.free,
        )

    @expose("/<path:lost>")
    def lost(self, lost: str) -> ResponseReturnValue:
        """Answer an address that leads nowhere with the panel's own page."""
        raise NotFound


def visits_url(span: Span | None = None, **filters: Any) -> str:
    """Return the list of visits under some filters."""
    days = {"from": span.first.isoformat(), "to": span.last.isoformat()} if span else {}
    return url_for("checkins.index_view", **filters, **days)


def _cards(held: Reach, at: datetime, known: Sequence[DayCount]) -> list[Number]:
    """Return the cards; each is held against the span before up to the same time of day, so that a morning compares."""
    found = []
    by_day = {one.day: one for one in known}
    so_far = queries.visits_until(held, [at - timedelta(days=days) for days, *_ in _CARDS])
    wanted = [(days, label, against, CheckInState.ACCEPTED, "plain") for days, label, against in _CARDS]
    wanted.append((7, "近 7 天未通过", "前 7 天同期", CheckInState.REFUSED, "quiet"))
    for days, label, against, state, tone in wanted:
        span = queries.last_days(clock.business_date(at), days)
        earlier = span.before()
        value = sum(by_day[day].of(state) for day in span.each())
        before = sum((so_far if day == earlier.last else by_day)[day].of(state) for day in earlier.each())
        url = visits_url(span, state=state.value)
        found.append(Number(label, value, url, value - before, against, tone))
    return found


def _waiting() -> list[Number]:
    """Return what waits for a person in the caller's scope, nothing for those who may not look at it."""
    reviews, told = reach(door.actor(), "reviews.read"), reach(door.actor(), "feedback.read")
    planned = reach(door.actor(), "events.read")
    signed = reach(door.actor(), "signups.read")
    pending = roster.count_pending(signed, clock.now())
    joining = volunteers.count_pending(reach(door.actor(), "volunteers.read"))
    return [
        Number("条打卡待核", queries.count_waiting(reviews), url_for("review.index_view"), tone="held"),
        Number("个报名待审核", pending, url_for("signups.index_view", state="pending"), tone="held"),
        Number("位志愿者待审核", joining, url_for("volunteers.index_view", state="pending"), tone="held"),
        Number("条反馈待答复", feedback.count_open(told), url_for("feedback.index_view", state="open"), tone="held"),
        Number(
            "个活动待审核",
            programme.count_in_review(planned),
            url_for("events.index_view", phase="in_review"),
            tone="held",
        ),
    ]


class Shifts(NamedTuple):
    """Today's shifts: how many there are, and the first few with their rosters, those that are not over first."""

    number: Number
    rows: Sequence[Shift]


def _shifts(at: datetime) -> Shifts | None:
    """Return today's shifts in the caller's scope; None for those who may not look at their people."""
    held = reach(door.actor(), "signups.read")
    if held.is_empty:
        return None
    today = clock.business_date(at)
    number = Number("今天的班次", roster.count_shifts(held, today, at), url_for("roster.index_view", state="open"))
    return Shifts(number, roster.list_today(held, SHIFTS_SHOWN, at) if number.value else [])


class Day(NamedTuple):
    """One row of the chart's table."""

    day: str
    accepted: Number
    refused: Number


def _per_day(days: Sequence[DayCount]) -> list[Day]:
    return [
        Day(
            f"{one.day} {wording.WEEKDAYS[one.day.weekday()]}",
            Number("已盖章", one.accepted, visits_url(Span(one.day, one.day), state="accepted")),
            Number("未通过", one.refused, visits_url(Span(one.day, one.day), state="refused")),
        )
        for one in days
    ]


def _chart(days: Sequence[DayCount], span: Span) -> Any:
    total = sum(one.accepted for one in days)
    busiest = max(days, key=lambda one: one.accepted)
    alt = (
        f"{span.first} 到 {span.last} 每日打卡：共 {total:,} 次，最多的一天是 {busiest.day}，{busiest.accepted:,} 次。"
    )
    return charts.bars(
        [
            Bar(
                f"{one.day:%m-%d}",
                one.accepted,
                f"{one.day} {wording.WEEKDAYS[one.day.weekday()]}：{one.accepted:,} 次",
                visits_url(Span(one.day, one.day), state="accepted"),
                one.day == span.last,
            )
            for one in days
        ],
        alt=alt,
    )


class District(NamedTuple):
    """One tile: the district, its stations, its visits and how strong its colour is (0–5)."""

    name: str
    stations: Number
    visits: Number
    shade: int


def _districts(held: Reach, span: Span) -> list[District]:
    found = queries.by_district(held, span)
    most = max((one.accepted for one in found), default=0)
    return [
        District(
            one.name_zh,
            Number("站点", one.stations, url_for("stations.index_view", district=one.code, listed="yes")),
            Number("打卡", one.accepted, visits_url(span, district=one.code, state="accepted")),
            -(-5 * one.accepted // most) if most else 0,
        )
        for one in found
    ]


def _refused(held: Reach, span: Span) -> list[tuple[Number, int]]:
    """Return each reason with its share of the most frequent one, percent in steps of five."""
    found = queries.refused_by_reason(held, span)
    most = found[0][1] if found else 1
    return [
        (
            Number(wording.reason(reason), number, visits_url(span, state="refused", reason=reason)),
            max(5, round(20 * number / most) * 5),
        )
        for reason, number in found
    ]


def _now(held: Reach, at: datetime) -> list[Number]:
    found = queries.stations_by_now(held, at)
    tones = {Now.PAUSED: "warn", Now.CLOSURE: "warn", Now.OPEN: "good"}
    return [
        Number(
            label, len(found[Now(code)]), url_for("stations.index_view", now=code), tone=tones.get(Now(code), "quiet")
        )
        for code, label in NOW_WORDS
    ]


def _states(held: Reach) -> list[Number]:
    found = queries.stations_by_state(held)
    return [
        Number(label, found[code], url_for("stations.index_view", state=code)) for code, label in wording.STATION_STATES
    ]


def _posters(held: Reach) -> list[Number]:
    found = queries.stations_by_posters(held)
    tones = {Posters.NONE: "warn", Posters.SEVERAL: "held", Posters.ONE: "good"}
    return [
        Number(label, found[Posters(code)], url_for("stations.index_view", poster=code), tone=tones[Posters(code)])
        for code, label in POSTER_WORDS
    ]
