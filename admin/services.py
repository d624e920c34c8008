"""The service catalogue in the panel."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, func, select, true

from admin import door
from admin.base import per_request
from admin.editing import Inline, ServiceModelView
from admin.forms import Line, PanelForm
from admin.markup import link, muted
from app.core import clock
from app.core.db import db
from app.orgs.rules import Reach, reach
from app.stations import queries, service
from app.stations.models import ServiceItem, Station, StationService


class ServiceItemForm(PanelForm):
    code = Line("代码", required=True, chars=30, hint="小写字母、数字和下划线，以后不能改。例：drinking_water")
    name_zh = Line("中文名称", required=True, chars=30)
    name_en = Line("英文名称", required=True, chars=60)


class ChangeServiceItemForm(ServiceItemForm):
    code = None


class ServiceItemView(ServiceModelView):
    """What stations can offer, in the order in which the phone shows it."""

    permission = "services.read"
    create_permission = edit_permission = "services.edit"
    icon = "list"
    noun = "服务"
    intro = "各站点从这里勾选自己提供的便民服务；改名后手机页立即更新。"
    audited_as = "service_item"
    search_words = "名称或代码"
    has_details = False
    form_class = ServiceItemForm
    change_form_class = ChangeServiceItemForm
    inline = MappingProxyType({"name_zh": Inline(), "name_en": Inline()})
    can_export = True
    column_list = ("name_zh", "name_en", "code", "stations")
    column_export_list = ("code", "name_zh", "name_en", "stations")
    column_labels = {"name_zh": "名称", "name_en": "英文名称", "code": "代码", "stations": "提供的站点"}
    column_sortable_list = ("name_zh", "name_en", "code")
    column_searchable_list = ("code", "name_zh", "name_en")
    column_formatters = {
        "code": lambda _, __, row, ___: muted(row.code),
        "stations": lambda view, _, row, __: _stations_cell(view, row),
    }
    column_formatters_export = {"stations": lambda _, __, row, ___: _station_counts().get(row.id, 0)}

    def __init__(self) -> None:
        super().__init__(ServiceItem, "服务目录", "services", "驿站")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show all of it: the catalogue is public."""
        return true()

    def default_order(self) -> Sequence[Any]:
        return (ServiceItem.position.asc(),)

    def title_of(self, row: Any) -> str:
        return str(row.name_zh)

    def audit_id(self, row: Any) -> str:
        return str(row.code)

    def service_create(self, data: dict[str, Any]) -> Any:
        return service.save_service_item(door.actor(), None, data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.save_service_item(door.actor(), row.id, data=data, seen_version=seen_version, at=clock.now())


def _station_counts() -> dict[int, int]:
    seen = queries.within(reach(door.actor(), "stations.read"))
    query = (
        select(StationService.service_item_id, func.count())
        .join(Station, Station.id == StationService.station_id)
        .where(seen)
        .group_by(StationService.service_item_id)
    )
    found: dict[int, int] = per_request("stations_with", lambda: dict(db.session.execute(query).all()))
    return found


def _stations_cell(view: ServiceItemView, row: ServiceItem) -> Any:
    number = _station_counts().get(row.id, 0)
    return link(view.get_url("stations.index_view", service=row.code), number) if number else muted(0)
