"""The queue of what waits for a person: held visits and open appeals, each with its evidence on one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Query

from admin import charts, door, wording
from admin.actions import service_action
from admin.base import ReadOnlyView, per_request
from admin.charts import Spot
from admin.checkins import found_by_words, person_of, place_cell, place_filters, station_cell, station_of
from admin.filters import Asked, Condition, ListFilter, choice
from admin.forms import Choice, Line, PanelForm
from admin.markup import badge, date_cell, link, muted, stacked
from app.checkins import review, rules, waiting
from app.checkins.models import Appeal, CheckIn
from app.checkins.rules import CheckInState
from app.core import clock
from app.core.db import db
from app.orgs.rules import Reach, reach
from app.stations.models import Station, StationCredential
from app.stats import queries as stats

QUEUE_MAX = 500
"""Steps from one to the next are offered within the oldest of so many."""
_TEXT_SHOWN = 60


def _offered(templates: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((code, text.zh) for code, text in templates.items())


class ApproveForm(PanelForm):
    template = Choice("答复", _offered(rules.APPROVAL_TEMPLATES), required=True, hint="来访者会看到这句话。")
    words = Line("或者自己写", chars=200, hint="填写后代替上面的答复。")


class RefuseForm(PanelForm):
    template = Choice("原因", _offered(rules.REFUSAL_TEMPLATES), required=True, hint="来访者会看到这句话。")
    words = Line("或者自己写", chars=200, hint="填写后代替上面的原因。")


class ReviewView(ReadOnlyView):
    """The visits that wait for a person, those that wait longest first."""

    permission = "reviews.read"
    icon = "shield"
    noun = "待核打卡"
    intro = "有疑点而暂缓盖章的打卡，和来访者的申诉；等得最久的排在最前。"
    audited_as = "checkin"
    search_words = "站点或记录编号"
    details_page = "panel/review.html"
    empty_hint = "有疑点的打卡和申诉会出现在这里；现在都处理完了。"
    buttons = (
        service_action(
            "approve",
            "通过",
            review.approve,
            permission="reviews.decide",
            asks=ApproveForm,
            when=lambda row: waits(row),  # noqa: PLW0108 -- defined below
            tone="good",
            icon="check",
            consequence="章按第一次的时间盖上，来访者在打卡记录里看到答复。",
            done="已通过，章已盖上。",
            key="a",
        ),
        service_action(
            "refuse",
            "不通过",
            review.refuse,
            permission="reviews.decide",
            asks=RefuseForm,
            when=lambda row: waits(row),  # noqa: PLW0108 -- defined below
            tone="danger",
            icon="ban",
            consequence="不盖章，来访者在打卡记录里看到原因；这一天可以重新打卡。",
            done="已处理，没有盖章。",
            key="r",
        ),
    )
    column_list = ("since", "doubt", "station", "person", "place")
    column_labels = {
        "since": "已等待",
        "doubt": "为什么在这里",
        "station": "站点",
        "person": "来访者",
        "place": "距离",
    }
    column_sortable_list = ()
    column_searchable_list = ("public_id",)
    column_formatters = {
        "since": lambda view, _, row, __: link(view.details_url(row), age_cell(row)),
        "doubt": lambda _, __, row, ___: doubt_cell(row),
        "station": lambda _, __, row, ___: station_cell(row),
        "person": lambda _, __, row, ___: person_of(row)[1],
        "place": lambda _, __, row, ___: place_cell(row),
    }

    def __init__(self) -> None:
        super().__init__(CheckIn, "待核", "review", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return stats.seen_visits(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        return {"district_id": station_of(row).district_id, "station_id": row.station_id}

    def title_of(self, row: Any) -> str:
        return f"{person_of(row)[1]} · {station_of(row).name_zh}"

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """Where, and why it is here."""
        return (
            choice("kind", "类别", wording.WAITING_KINDS, _of_kind),
            choice("signal", "疑点", wording.SIGNALS, CheckIn.signals.contains),
            *place_filters(),
        )

    def matching(self, asked: Asked) -> Query[Any]:
        """Keep to what waits."""
        return found_by_words(self.get_query(), asked).filter(waiting.on_the_list())

    def default_order(self) -> Sequence[Any]:
        return (waiting.since().asc(), CheckIn.id.asc())

    def queue(self) -> list[int]:
        """Return the ids of what waits in the caller's scope, oldest first."""
        query = self.get_query().filter(waiting.on_the_list()).with_entities(CheckIn.id)
        return [id_ for (id_,) in query.order_by(*self.default_order()).limit(QUEUE_MAX)]

    def acted(self, button: Any, row: Any, done: Any) -> ResponseReturnValue:
        """Open the next one at once; after the last one, the empty list."""
        self.say(button.done)
        left = self.queue()
        return door.go(url_for("review.details_view", id=left[0]) if left else url_for("review.index_view"))

    def details_of(self, row: Any) -> dict[str, Any]:
        ids = self.queue()
        at = ids.index(row.id) if row.id in ids else None
        visits = reach(door.actor(), "checkins.read")
        neighbours = [(one, _shown(visits, one.station)) for one in waiting.list_neighbours(row)]
        history = [(visit, station) for visit, station in waiting.list_history(row) if _shown(visits, station)]
        return {
            "station": station_of(row),
            "person": person_of(row),
            "credential": db.session.get(StationCredential, row.credential_id) if row.credential_id else None,
            "appeal": appeal_of(row),
            "signals": signals_of(row),
            "waits": waits(row),
            "position": at + 1 if at is not None else None,
            "total": len(ids),
            "previous_url": _page(ids[at - 1]) if at else None,
            "next_url": _page(ids[at + 1]) if at is not None and at + 1 < len(ids) else None,
            "neighbours": neighbours,
            "history": history,
            "people_on_device": waiting.count_people_on_device(row),
            "days_at_position": waiting.count_days_at_position(row),
            "map": _map(row, [one for one, shown in neighbours if shown]),
            "age": age_words(row),
        }


def waits(row: CheckIn) -> bool:
    """Whether a visit still waits for a person."""
    appeal = appeal_of(row)
    is_open = appeal is not None and appeal.state == rules.AppealState.OPEN
    return row.state == CheckInState.PENDING_REVIEW or (is_open and row.state == CheckInState.REFUSED)


def appeal_of(row: CheckIn) -> Appeal | None:
    """Return the appeal of a visit; those of a whole page are read at once."""
    known: dict[int, Appeal | None] = per_request("appeals", dict)
    if row.id not in known:
        ids = {one.id for one in db.session.identity_map.values() if isinstance(one, CheckIn)} | {row.id}
        found = waiting.list_appeals([*ids])
        known.update({id_: found.get(id_) for id_ in ids})
    return known[row.id]


def signals_of(row: CheckIn) -> list[tuple[str, str]]:
    """Return (code, words) of what is odd about a visit."""
    return [(code, dict(wording.SIGNALS).get(code, code)) for code in (row.signals or "").split(",") if code]


def waited(row: CheckIn) -> timedelta:
    """Return how long a visit has waited for a person."""
    appeal = appeal_of(row)
    since: datetime = row.received_at or row.happened_at
    if row.state == CheckInState.REFUSED and appeal is not None:
        since = appeal.created_at
    return max(clock.now() - since, timedelta())


def age_words(row: CheckIn) -> str:
    """Return how long a visit has waited, in the largest fitting unit."""
    minutes = int(waited(row).total_seconds()) // 60
    if minutes < 60:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // 1440} 天"


def age_cell(row: CheckIn) -> Markup:
    """Return how long a visit has waited, in a warning colour once that is too long, and when it came."""
    tone = "bad" if waited(row) > rules.REVIEW_DUE else "quiet"
    return stacked(badge(age_words(row), tone), date_cell(row.happened_at))


def doubt_cell(row: CheckIn) -> Markup:
    """Return what is odd, and the beginning of what the visitor says."""
    marks = [badge(words, "held") for _, words in signals_of(row)]
    if row.state == CheckInState.REFUSED:
        marks.append(badge(wording.why(row), "bad"))
    first = Markup(" ").join(marks) or muted("—")
    appeal = appeal_of(row)
    if appeal is None:
        return first
    text = appeal.text if len(appeal.text) <= _TEXT_SHOWN else f"{appeal.text[:_TEXT_SHOWN]}…"
    return stacked(first, f"申诉：{text}")


def _page(checkin_id: int) -> str:
    return url_for("review.details_view", id=checkin_id)


def _shown(held: Reach, station: Station) -> bool:
    """Whether the caller may see visits at a station; elsewhere only distance and time are told."""
    return held.holds(district_id=station.district_id, station_id=station.id)


def _map(row: CheckIn, neighbours: Sequence[waiting.Neighbour]) -> Markup:
    circles = [(c.lat, c.lng, c.radius_m) for c in waiting.list_circles(row.station_id)]
    spots = []
    if row.lat is not None and row.lng is not None:
        spots.append(Spot(row.lat, row.lng, row.accuracy_m or 0, "这一次"))
    for one in neighbours:
        if one.is_too_fast:
            label = f"{clock.city_time(one.visit.happened_at):%H:%M}"
            spots.append(Spot(one.place.lat, one.place.lng, 0, label, is_other=True))
    return charts.fence(circles, spots)


def _of_kind(value: str) -> Condition:
    if value == "held":
        return CheckIn.state == CheckInState.PENDING_REVIEW
    return CheckIn.id.in_(waiting.appealed())
