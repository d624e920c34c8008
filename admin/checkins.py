"""Visits in the panel: seen with their reasons, voided with a reason, never edited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, select

from admin import wording
from admin.actions import service_action
from admin.base import ReadOnlyView, city, per_request
from admin.filters import Asked, Condition, ListFilter, choice, day
from admin.markup import badge, date_cell, link, muted, stacked
from admin.stations import district_choices
from app.checkins import service
from app.checkins.models import CheckIn
from app.checkins.rules import CheckInState
from app.core import clock
from app.core.db import db
from app.orgs import queries as orgs
from app.orgs.models import District, Staff
from app.orgs.queries import StationFacts
from app.orgs.rules import Reach
from app.people.models import Person
from app.stations.models import Station, StationCredential
from app.stats import queries as stats

STATE_TONES = {"accepted": "good", "pending_review": "held", "refused": "bad", "void": "quiet"}
_RECENT_DAYS = (2, 30)
LIVE = (CheckInState.ACCEPTED, CheckInState.PENDING_REVIEW)


class CheckInView(ReadOnlyView):
    """The list of attempts, refused ones too."""

    permission = "checkins.read"
    icon = "stamp"
    noun = "打卡"
    intro = "每一次尝试都有记录，没通过的写明原因；只能说明原因后作废，不能修改。"
    audited_as = "checkin"
    search_words = "站点或记录编号"
    details_page = "panel/checkin.html"
    empty_hint = "游客打卡后会出现在这里。"
    can_export = True
    buttons = (
        service_action(
            "void",
            "作废",
            service.void_check_in,
            permission="checkins.void",
            asks="reason",
            when=lambda row: row.state in LIVE,
            tone="danger",
            icon="ban",
            consequence="作废后这枚章从游客的护照里去掉，这一天可以重新打卡；记录和原因会保留。",
            done="已作废。",
            in_list=True,
        ),
    )
    column_list = ("happened_at", "station", "state", "grade", "place", "person", "source")
    column_labels = {
        "public_id": "记录编号",
        "happened_at": "时间",
        "station": "站点",
        "station_code": "站点编号",
        "state": "结果",
        "reason": "原因",
        "explanation": "工作人员的说明",
        "grade": "等级",
        "place": "距离",
        "distance_m": "距离（米）",
        "accuracy_m": "定位精度（米）",
        "person": "来访者",
        "business_date": "日期",
        "source": "来源",
    }
    column_sortable_list = ("happened_at", "grade", ("place", "distance_m"))
    column_export_list = (
        *("public_id", "business_date", "happened_at", "station_code", "station", "state", "reason"),
        *("explanation", "grade", "distance_m", "accuracy_m", "person", "source"),
    )

    def __init__(self) -> None:
        super().__init__(CheckIn, "打卡记录", "checkins", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return stats.seen_visits(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        return {"district_id": station_of(row).district_id, "station_id": row.station_id}

    def title_of(self, row: Any) -> str:
        return f"{station_of(row).name_zh} {city(row.happened_at, '%m-%d %H:%M')}"

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; districts are those there are."""
        return (
            choice("state", "结果", wording.CHECKIN_STATES, lambda value: CheckIn.state == value),
            choice("reason", "原因", wording.REASONS, lambda value: CheckIn.reason == value),
            choice("grade", "等级", wording.GRADES, lambda value: CheckIn.grade == value),
            *place_filters(),
            choice("source", "来源", wording.CHECKIN_SOURCES, lambda value: CheckIn.source == value),
            day("from", "从", lambda value: CheckIn.business_date >= value),
            day("to", "到", lambda value: CheckIn.business_date <= value),
            ListFilter("person", "来访者编号", _by_person, hint="点来访者的名字可得"),
        )

    def matching(self, asked: Any) -> Any:
        """Search by the record's own number or by the station."""
        return found_by_words(self.get_query(), asked)

    def default_order(self) -> Sequence[Any]:
        """Order by city day, then by arrival: what a phone sent in late stands on its own day."""
        return (CheckIn.business_date.desc(), CheckIn.id.desc())

    def keys_of(self, asked: Asked, page: int) -> list[Any]:
        """Look into the last days first: where a full page is found there, a million older rows need no sorting."""
        if not asked.order[0]:
            today = clock.business_date(clock.now())
            for days in _RECENT_DAYS:
                recent = self.ordered(asked).filter(CheckIn.business_date > today - timedelta(days=days))
                found = self.keys_in(recent, asked, page)
                if len(found) == asked.size:
                    return found
        return super().keys_of(asked, page)

    column_searchable_list = ("public_id",)
    column_formatters = {
        "happened_at": lambda view, _, row, __: link(view.details_url(row), date_cell(row.happened_at)),
        "station": lambda _, __, row, ___: station_cell(row),
        "state": lambda _, __, row, ___: state_cell(row),
        "grade": lambda _, __, row, ___: row.grade or muted("—"),
        "place": lambda _, __, row, ___: place_cell(row),
        "person": lambda view, _, row, __: person_cell(view, row),
        "source": lambda _, __, row, ___: dict(wording.CHECKIN_SOURCES).get(row.source, row.source),
    }
    column_formatters_export = {
        "station": lambda _, __, row, ___: station_of(row).name_zh,
        "station_code": lambda _, __, row, ___: station_of(row).code,
        "state": lambda _, __, row, ___: dict(wording.CHECKIN_STATES)[row.state],
        "reason": lambda _, __, row, ___: wording.reason(row.reason) if row.reason else "",
        "explanation": lambda _, __, row, ___: wording.answer(row.explanation),
        "person": lambda _, __, row, ___: person_of(row)[0],
        "source": lambda _, __, row, ___: dict(wording.CHECKIN_SOURCES).get(row.source, row.source),
        "happened_at": lambda _, __, row, ___: city(row.happened_at, "%Y-%m-%d %H:%M:%S"),
    }

    def details_of(self, row: Any) -> dict[str, Any]:
        credential = db.session.get(StationCredential, row.credential_id) if row.credential_id else None
        voided_by = db.session.get(Staff, row.voided_by) if row.voided_by else None
        return {
            "station": station_of(row),
            "person": person_of(row),
            "credential": credential,
            "voided_by": voided_by,
            "same_person": self.list_url_for(person=person_of(row)[0]),
        }

    def list_url_for(self, **given: str) -> str:
        """Return the address of the list under some filters."""
        return str(self.get_url("checkins.index_view", **given))


def found_by_words(query: Any, asked: Any) -> Any:
    """Keep to the visits that the filters and the words of a search mean: a record's number, or a station."""
    query = query.filter(*(one.condition for one in asked.chosen))
    for term in asked.search.split():
        query = query.filter((CheckIn.public_id == term) | _station_named(term))
    return query


def place_filters() -> tuple[ListFilter, ...]:
    """Return the filters by where a visit was."""
    return (
        choice("district", "区市", district_choices, _in_district),
        ListFilter("station", "站点", _at_station, kind="station", hint="名称或编号"),
    )


def station_of(row: CheckIn) -> StationFacts:
    """Return the station of a visit; all are read once per request."""
    found: dict[int, StationFacts] = per_request(
        "stations", lambda: {one.id: one for one in orgs.find_stations(None, None)}
    )
    return found[row.station_id]


def person_of(row: CheckIn) -> tuple[str, str]:
    """Return (public id, nickname) of a visitor."""
    known: dict[int, tuple[str, str]] = per_request("persons", dict)
    if row.person_id not in known:
        ids = {one.person_id for one in db.session.identity_map.values() if isinstance(one, CheckIn)} - known.keys()
        query = select(Person.id, Person.public_id, Person.nickname).where(Person.id.in_(ids | {row.person_id}))
        known |= {one.id: (one.public_id, one.nickname) for one in db.session.execute(query)}
        per_request("persons", dict).update(known)
    return known[row.person_id]


def station_cell(row: CheckIn) -> Markup:
    """Return the station of a visit, a link to its page."""
    station = station_of(row)
    from flask import url_for

    return stacked(link(url_for("stations.details_view", id=station.id), station.name_zh), station.code)


def state_cell(row: CheckIn) -> Markup:
    """Return the verdict and, where there is one, its reason in words."""
    mark = badge(dict(wording.CHECKIN_STATES)[row.state], STATE_TONES[row.state])
    return stacked(mark, wording.why(row)) if row.reason else mark


def place_cell(row: CheckIn) -> Markup | str:
    """Return how far away somebody was and how sure their phone was."""
    if row.distance_m is None:
        return muted("未提供位置")
    return stacked(f"{row.distance_m:,} 米", f"精度 {row.accuracy_m} 米")


def person_cell(view: CheckInView, row: CheckIn) -> Markup:
    """Return the visitor's nickname; the link shows their other visits."""
    public_id, nickname = person_of(row)
    return link(view.list_url_for(person=public_id), nickname)


def _in_district(code: str) -> Condition:
    return CheckIn.station_id.in_(select(Station.id).join(District).where(District.code == code))


def _at_station(term: str) -> Condition:
    exact = select(Station.id).where(Station.code == term.upper())
    return CheckIn.station_id.in_(exact) if db.session.scalar(exact) else _station_named(term)


def _station_named(term: str) -> Condition:
    named = Station.name_zh.icontains(term, autoescape=True) | Station.code.icontains(term, autoescape=True)
    return CheckIn.station_id.in_(select(Station.id).where(named))


def _by_person(public_id: str) -> Condition:
    return CheckIn.person_id.in_(select(Person.id).where(Person.public_id == public_id))
