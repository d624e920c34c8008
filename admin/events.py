"""Events in the panel: the list, the editor, each event's page, the calendar and the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from admin import door, event_page, event_words
from admin.actions import ServiceAction
from admin.base import city
from admin.editing import ServiceModelView
from admin.event_buttons import BUTTONS, shift_in
from admin.event_calendar import CalendarPages
from admin.event_form import EventForm, NewEventForm, of_first
from admin.event_parts import PartPages
from admin.filters import ListFilter, choice, day
from admin.forms import PanelForm
from admin.markup import stacked
from admin.stations import district_choices
from app.core import clock
from app.core.clock import midnight
from app.core.errors import InvalidInput
from app.events import authoring, planning, programme
from app.events.models import Event, Position
from app.events.programme import Phase, place_of
from app.events.rules import WORKING, EventState
from app.orgs import queries as orgs
from app.orgs.models import District
from app.orgs.rules import Reach
from app.stations import queries as stations
from app.stations.models import Station


class EventView(PartPages, CalendarPages, ServiceModelView):
    """The list of events, each with its page and its editor."""

    permission = "events.read"
    create_permission = "events.create"
    edit_permission = "events.edit"
    icon = "calendar"
    noun = "活动"
    intro = "志愿服务活动和驿站值班。一个人起草，另一个人核对后发布。"
    empty_hint = "新建一个活动，排好岗位和班次，送审后由另一位同事发布。"
    audited_as = "event"
    search_words = "标题、地点或简介"
    list_page = "panel/events.html"
    details_page = "panel/event.html"
    form_page = "panel/event_form.html"
    form_class = NewEventForm
    change_form_class = EventForm
    may_repeat = False
    buttons = BUTTONS
    eager = (
        joinedload(Event.district),
        joinedload(Event.organisation),
        joinedload(Event.station),
        selectinload(Event.positions).selectinload(Position.shifts),
    )
    can_export = True
    column_list = ("title_zh", "phase", "starts_at", "where", "places", "category")
    column_labels = {
        "title_zh": "活动",
        "title_en": "英文标题",
        "phase": "阶段",
        "starts_at": "时间",
        "ends_at": "结束",
        "where": "地点",
        "places": "名额",
        "waitlisted": "候补",
        "category": "类型",
        "district": "区市",
        "organisation": "主办",
        "station": "站点",
        "contact": "联系方式",
        "cancel_reason_zh": "取消原因",
    }
    column_sortable_list = ("title_zh", "starts_at", "category")
    column_searchable_list = ("title_zh", "title_en", "place_zh", "place_en", "summary_zh", "public_id")
    column_export_list = (
        *("title_zh", "title_en", "category", "phase", "starts_at", "ends_at", "district", "organisation", "station"),
        *("where", "places", "waitlisted", "contact", "cancel_reason_zh"),
    )

    def __init__(self) -> None:
        super().__init__(Event, "活动", "events", "志愿服务")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return programme.within(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        return place_of(row)

    def title_of(self, row: Any) -> str:
        return str(row.title_zh)

    def audit_id(self, row: Any) -> str:
        return str(row.public_id)

    def default_order(self) -> Sequence[Any]:
        """What has no time yet before all, then the latest first."""
        return (Event.starts_at.is_(None).desc(), Event.starts_at.desc(), Event.id.desc())

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; districts, organisations and stations are those there are."""
        now = clock.now()
        return (
            choice("phase", "阶段", event_words.PHASES, lambda value: programme.in_phase(Phase(value), now)),
            choice("category", "类型", event_words.CATEGORIES, lambda value: Event.category == value),
            choice("district", "区市", district_choices, _in_district),
            choice("station", "站点", _station_choices, _at_station),
            choice("organisation", "主办", _organisation_choices, lambda value: Event.organisation_id == int(value)),
            day("from", "从", lambda value: Event.ends_at > midnight(value)),
            day("to", "到", lambda value: Event.starts_at < midnight(value + timedelta(days=1))),
            choice("places", "名额", (("yes", "还有名额"), ("no", "没有名额")), _with_places),
            choice("cover", "人手", (("short", "有班次缺人"),), lambda _: programme.short_of_people(now)),
            choice("author", "起草", (("me", "我起草的"),), lambda _: Event.author_id == door.actor().id),
        )

    # --- cells ----------------------------------------------------------------------------------

    column_formatters = {
        "title_zh": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), row.title_zh), row.title_en
        ),
        "phase": lambda _, __, row, ___: event_page.phase_cell(row),
        "starts_at": lambda _, __, row, ___: event_page.time_cell(row),
        "where": lambda _, __, row, ___: stacked(event_page.place_words(row), row.district.name_zh),
        "places": lambda _, __, row, ___: event_page.places_cell(row),
        "category": lambda _, __, row, ___: dict(event_words.CATEGORIES)[row.category],
    }
    column_formatters_export = {
        "category": lambda _, __, row, ___: dict(event_words.CATEGORIES)[row.category],
        "phase": lambda _, __, row, ___: dict(event_words.PHASES)[programme.phase_of(row, clock.now()).value],
        "starts_at": lambda _, __, row, ___: city(row.starts_at),
        "ends_at": lambda _, __, row, ___: city(row.ends_at),
        "district": lambda _, __, row, ___: row.district.name_zh,
        "organisation": lambda _, __, row, ___: row.organisation.name_zh if row.organisation else "",
        "station": lambda _, __, row, ___: row.station.name_zh if row.station else "",
        "where": lambda _, __, row, ___: event_page.place_words(row),
        "places": lambda _, __, row, ___: "{}/{}".format(*event_page.seats_of(row)[:2]),
        "waitlisted": lambda _, __, row, ___: event_page.seats_of(row)[2],
    }

    # --- services -------------------------------------------------------------------------------

    def values_for_new(self) -> dict[str, Any]:
        own = [value for value, _ in NewEventForm().district_id.offered() if value]
        return {
            "district_id": own[0] if len(own) == 1 else None,
            "station_id": door.row_id(request.args.get("station")),
            "approval": "instant",
            "capacity": 10,
            "min_cover": 0,
        }

    def values_of(self, row: Any) -> dict[str, Any]:
        return programme.facts(row)

    def may_edit(self, row: Any) -> bool:
        """Whether the caller may change this event; what is cancelled stays as it is."""
        return row.state in WORKING and super().may_edit(row)

    def service_create(self, data: dict[str, Any]) -> Any:
        """Draft an event with the position and shift typed beside it, and hand it in where that was pressed."""
        actor, now = door.actor(), clock.now()
        first = data.pop("first")
        event = authoring.create_event(actor, data=data, at=now)
        if first is not None:
            words = {"title_zh": first["position_zh"], "title_en": first["position_en"], "approval": first["approval"]}
            try:
                position = planning.save_position(actor, event.id, None, data=words, at=now)
                planning.add_shift(actor, position.id, data=first, at=now)
            except InvalidInput as refusal:
                raise of_first(refusal) from None
        if "submit" in request.form:
            event = authoring.submit_event(actor, event.id, at=now)
        return event

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return authoring.update_event(door.actor(), row.id, data=data, seen_version=seen_version, at=clock.now())

    def created(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        if row.state == EventState.IN_REVIEW:
            self.say(f"“{row.title_zh}”已送审，请另一位同事核对、发布。")
        else:
            self.say(f"已保存草稿“{row.title_zh}”。")
        return door.go(self.details_url(row))

    # --- buttons --------------------------------------------------------------------------------

    def prefilled(self, button: ServiceAction, row: Any) -> dict[str, Any]:
        if button.name == "copy":
            return {"first_on": event_page.next_first_day(row, clock.now())}
        return {name: request.args.get(name, "") for name in ("shift", "position", "pattern")}

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        if button.name != "copy":
            return super().acted(button, row, done)
        self.say(button.done)
        return door.go(url_for("events.edit_view", id=done.id))

    def _ask(self, button: ServiceAction, row: Any, form: PanelForm, problem: str = "") -> str:
        """Say beforehand whom an act will meet, counted now; after a refusal the row is read anew."""
        row, more = self.get_one(row.id), ""
        if button.name == "cancel":
            more = event_page.cancelling_words(row, clock.now())
        elif button.name == "cancel_shift":
            more = event_page.cancelling_shift_words(shift_in(row, form.plain()["shift"]))
        elif button.name == "publish":
            more = event_page.publishing_words(row, clock.now())
        return super()._ask(replace(button, consequence=f"{more}{button.consequence}"), row, form, problem)

    # --- details --------------------------------------------------------------------------------

    def render(self, template: str, **kwargs: Any) -> str:
        """Tell every page the words of events."""
        return super().render(template, said=event_words, **kwargs)

    def details_of(self, row: Any) -> dict[str, Any]:
        return event_page.cards(row, clock.now())


def _in_district(code: str) -> ColumnElement[bool]:
    return Event.district_id == select(District.id).where(District.code == code).scalar_subquery()


def _at_station(code: str) -> ColumnElement[bool]:
    return Event.station_id == select(Station.id).where(Station.code == code).scalar_subquery()


def _station_choices() -> list[tuple[str, str]]:
    return [(one.code, one.name_zh) for one in stations.list_facts(None, None)]


def _organisation_choices() -> list[tuple[str, str]]:
    return [(str(one.id), one.name_zh) for one in orgs.list_organisations()]


def _with_places(value: str) -> ColumnElement[bool]:
    free = programme.with_places(clock.now())
    return free if value == "yes" else ~free
