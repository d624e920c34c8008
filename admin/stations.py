"""Stations in the panel: the list, the editor and each station's page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from markupsafe import Markup
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from admin import door, station_page, wording
from admin.actions import ServiceAction
from admin.base import city, per_request
from admin.editing import Inline, ServiceModelView
from admin.filters import ListFilter, choice
from admin.forms import PanelForm
from admin.markup import badge, muted, stacked
from admin.station_buttons import BUTTONS
from admin.station_cells import NOW_WORDS, POSTER_WORDS, opening_now, poster_cell, state_cell
from admin.station_form import ChangeStationForm, StationForm, own_districts
from admin.station_photos import REMOVE_PHOTO, PhotoPages
from admin.station_posters import PosterPages
from app.core import clock
from app.kiosks.rules import CODE_LIFE
from app.orgs import queries as orgs
from app.orgs.models import District
from app.orgs.rules import Reach
from app.stations import parts, queries, service
from app.stations.models import ServiceItem, Station, StationService
from app.stations.rules import LISTED
from app.stats import queries as stats
from app.stats.queries import Now, Posters
from config import settings

LOOKUP_MAX = 10


class StationView(PhotoPages, PosterPages, ServiceModelView):
    """The list of stations, each with its page and its editor."""

    permission = "stations.read"
    create_permission = "stations.create"
    edit_permission = "stations.edit"
    icon = "pin"
    noun = "站点"
    intro = "驿站、景点、文明窗口和斑马线路口。"
    audited_as = "station"
    search_words = "编号、名称或地址"
    list_page = "panel/stations.html"
    details_page = "panel/station.html"
    form_page = "panel/station_form.html"
    form_class = StationForm
    change_form_class = ChangeStationForm
    buttons = (*BUTTONS, REMOVE_PHOTO)
    eager = (
        joinedload(Station.district),
        joinedload(Station.organisation),
        selectinload(Station.circles),
        selectinload(Station.opening_rules),
        selectinload(Station.closures),
        selectinload(Station.photos),
        selectinload(Station.services).joinedload(StationService.item),
    )
    inline = MappingProxyType({"kind": Inline(wording.STATION_KINDS), "address_zh": Inline(), "phone": Inline()})
    can_export = True
    column_list = ("name_zh", "kind", "district", "state", "address_zh", "phone", "poster")
    column_labels = {
        "code": "编号",
        "name_zh": "站点",
        "name_en": "英文名称",
        "kind": "类型",
        "district": "区市",
        "organisation": "机构",
        "state": "状态",
        "now": "现在",
        "address_zh": "地址",
        "address_en": "英文地址",
        "description_zh": "中文介绍",
        "description_en": "英文介绍",
        "languages": "服务语言",
        "services": "便民服务",
        "coord_quality": "坐标来源",
        "datum": "坐标系",
        "phone": "电话",
        "poster": "海报",
        "lat": "纬度 WGS-84",
        "lng": "经度 WGS-84",
        "radius_m": "半径（米）",
        "updated_at": "更新于",
    }
    column_sortable_list = ("name_zh", "kind", ("district", "district_id"), "state")
    column_searchable_list = ("code", "name_zh", "name_en", "address_zh", "address_en")
    column_export_list = (
        *("code", "name_zh", "name_en", "kind", "district", "organisation", "state", "now"),
        *("address_zh", "address_en", "phone", "languages", "services", "description_zh", "description_en"),
        *("lat", "lng", "datum", "radius_m", "coord_quality", "updated_at"),
    )

    def __init__(self) -> None:
        super().__init__(Station, "站点", "stations", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        return queries.within(held)

    def place_of(self, row: Any) -> dict[str, Any]:
        return {"district_id": row.district_id, "station_id": row.id, "organisation_id": row.organisation_id}

    def title_of(self, row: Any) -> str:
        return str(row.name_zh)

    def audit_id(self, row: Any) -> str:
        return str(row.code)

    def default_order(self) -> Sequence[Any]:
        return (Station.code.asc(),)

    @property
    def list_filters(self) -> Sequence[ListFilter]:  # type: ignore[override]
        """The filters; districts and services are those there are."""
        return (
            choice("district", "区市", district_choices, lambda code: Station.district_id == _district_id(code)),
            choice("kind", "类型", wording.STATION_KINDS, lambda value: Station.kind == value),
            choice("state", "状态", wording.STATION_STATES, lambda value: Station.state == value),
            choice("listed", "手机页", (("yes", "可见"), ("no", "不可见")), _is_listed),
            choice("now", "此刻", NOW_WORDS, self._is_now),
            choice("service", "服务", _service_choices, _offers),
            choice("poster", "海报", POSTER_WORDS, lambda value: stats.with_posters(Posters(value))),
            choice("quality", "坐标来源", wording.COORD_QUALITIES, lambda value: Station.coord_quality == value),
            choice("organisation", "机构", _organisation_choices, lambda value: Station.organisation_id == int(value)),
            choice(
                "demo",
                "演示",
                (("yes", "演示站点"), ("no", "正式站点")),
                lambda value: Station.demo.is_(value == "yes"),
            ),
        )

    def _is_now(self, value: str) -> ColumnElement[bool]:
        found = per_request("now", lambda: stats.stations_by_now(self.reach(), clock.now()))
        return Station.id.in_(found[Now(value)])

    # --- cells ----------------------------------------------------------------------------------

    column_formatters = {
        "name_zh": lambda view, _, row, __: stacked(
            Markup('<a class="strong" href="{}">{}</a>').format(view.details_url(row), row.name_zh),
            Markup("{}{}").format(row.code, badge("演示", "quiet") if row.demo else ""),
        ),
        "kind": lambda _, __, row, ___: dict(wording.STATION_KINDS)[row.kind],
        "district": lambda _, __, row, ___: row.district.name_zh,
        "state": lambda _, __, row, ___: state_cell(row),
        "phone": lambda _, __, row, ___: row.phone or muted("未公布"),
        "address_zh": lambda _, __, row, ___: row.address_zh or muted("未填写"),
        "poster": lambda _, __, row, ___: poster_cell(row),
    }
    column_formatters_export = {
        "kind": lambda _, __, row, ___: dict(wording.STATION_KINDS)[row.kind],
        "district": lambda _, __, row, ___: row.district.name_zh,
        "organisation": lambda _, __, row, ___: row.organisation.name_zh if row.organisation else "",
        "state": lambda _, __, row, ___: dict(wording.STATION_STATES)[row.state],
        "now": lambda _, __, row, ___: opening_now(row, clock.now()).note.zh,
        "lat": lambda _, __, row, ___: row.circles[0].lat,
        "lng": lambda _, __, row, ___: row.circles[0].lng,
        "radius_m": lambda _, __, row, ___: row.circles[0].radius_m,
        "languages": lambda _, __, row, ___: "、".join(dict(wording.LANGUAGES)[one] for one in row.languages),
        "services": lambda _, __, row, ___: "、".join(one.item.name_zh for one in row.services),
        "coord_quality": lambda _, __, row, ___: dict(wording.COORD_QUALITIES)[row.coord_quality],
        "datum": lambda _, __, ___, ____: "wgs84",
        "updated_at": lambda _, __, row, ___: city(row.updated_at),
    }

    # --- services -------------------------------------------------------------------------------

    def values_of(self, row: Any) -> dict[str, Any]:
        return {**parts.facts(row), "coord_sys": "wgs84"}

    def values_for_new(self) -> dict[str, Any]:
        own = [value for value, _ in own_districts()]
        return {
            "kind": "station",
            "languages": ["zh", "en"],
            "coord_quality": "approximate",
            "coord_sys": "gcj02",
            "district_id": own[0] if len(own) == 1 else None,
        }

    def values_for_copy(self, row: Any) -> dict[str, Any]:
        return {
            **self.values_of(row),
            "code": "",
            "name_zh": f"{row.name_zh}（副本）",
            "name_en": f"{row.name_en} (copy)",
        }

    def service_create(self, data: dict[str, Any]) -> Any:
        return service.create_station(door.actor(), data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.update_station(door.actor(), row.id, data=data, seen_version=seen_version, at=clock.now())

    def form_extras(self) -> dict[str, Any]:
        found = settings.current().city
        return {"map_tiles": found.tiles_url, "map_credit": found.tiles_credit}

    def created(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        if words := form.shift_words():
            self.say(words, "note")
        return super().created(row, form)

    def updated(self, row: Any, form: PanelForm) -> ResponseReturnValue:
        if words := form.shift_words():
            self.say(words, "note")
        return super().updated(row, form)

    def prefilled(self, button: ServiceAction, row: Any) -> dict[str, Any]:
        if button.name == "close":
            return {"until": _suggested_end(clock.now())}
        return {name: request.args.get(name, "") for name in ("credential", "kiosk", "photo")}

    def acted(self, button: ServiceAction, row: Any, done: Any) -> ResponseReturnValue:
        if button.name != "add_kiosk":
            return super().acted(button, row, done)
        page = station_page.kiosk_address(row)
        minutes = int(CODE_LIFE.total_seconds() // 60)
        return self.render(
            "panel/new_kiosk.html", row=row, device=done.device, code=done.code, page=page, minutes=minutes
        )

    # --- details and look-up --------------------------------------------------------------------

    def details_of(self, row: Any) -> dict[str, Any]:
        return station_page.cards(row, clock.now())

    @expose("/convert/")
    def convert(self) -> ResponseReturnValue:
        """Say where typed degrees lie in WGS-84 and how far that is; the answer is for the panel's own script."""
        form = StationForm(request.args)
        table = render_template("panel/readings.html", readings=form.readings())
        return door.json_answer({"words": form.shift_words(), "circles": form.places(), "html": table})

    @expose("/lookup/")
    def lookup(self) -> ResponseReturnValue:
        """Find stations in scope for a field of another page; the answer is for the panel's own script."""
        term = request.args.get("q", "").replace("\0", "").strip()[:40]
        query = self.get_query().order_by(Station.code)
        if term:
            query = query.filter(self._contains(Station.name_zh, term) | self._contains(Station.code, term))
        return door.json_answer(
            {"items": [{"value": one.code, "label": one.name_zh} for one in query.limit(LOOKUP_MAX)]}
        )


def district_choices() -> Iterable[tuple[str, str]]:
    """Return the districts, (code, name)."""
    return per_request("districts", lambda: [(one.code, one.name_zh) for one in orgs.list_districts()])


def _is_listed(value: str) -> ColumnElement[bool]:
    listed = Station.state.in_(LISTED)
    return listed if value == "yes" else ~listed


def _district_id(code: str) -> Any:
    return select(District.id).where(District.code == code).scalar_subquery()


def _service_choices() -> Iterable[tuple[str, str]]:
    return [(one.code, one.name_zh) for one in queries.list_service_items()]


def _organisation_choices() -> Iterable[tuple[str, str]]:
    return [(str(one.id), one.name_zh) for one in orgs.list_organisations()]


def _offers(code: str) -> ColumnElement[bool]:
    return Station.services.any(StationService.item.has(ServiceItem.code == code))


def _suggested_end(at: datetime) -> datetime:
    """Return this evening at six, or two hours on when that is near or past."""
    evening = clock.city_time(at).replace(hour=18, minute=0, second=0, microsecond=0)
    later = clock.city_time(at).replace(second=0, microsecond=0) + timedelta(hours=2)
    return evening if evening - at > timedelta(minutes=30) else later
