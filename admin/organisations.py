"""Organisations in the panel."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import joinedload

from admin import door, wording
from admin.base import per_request
from admin.editing import Inline, ServiceModelView
from admin.filters import choice
from admin.forms import Choice, Line, PanelForm
from admin.markup import link, muted
from admin.stations import district_choices
from app.core import clock
from app.core.db import db
from app.orgs import queries, service
from app.orgs.models import District, Organisation
from app.orgs.rules import Reach, reach
from app.stations import queries as queries_of_stations
from app.stations.models import Station


def _districts() -> list[tuple[str, str]]:
    return [(str(one.id), one.name_zh) for one in queries.list_districts()]


class OrganisationForm(PanelForm):
    name_zh = Line("中文名称", required=True, chars=60)
    name_en = Line("英文名称", required=True, chars=120)
    kind = Choice("类型", wording.ORGANISATION_KINDS, required=True, empty="请选择")
    district_id = Choice("区市", _districts, empty="全市", as_id=True)


class OrganisationView(ServiceModelView):
    """The bodies that run stations."""

    permission = "organisations.read"
    create_permission = edit_permission = "organisations.edit"
    icon = "building"
    noun = "机构"
    intro = "主管部门、运营单位和共建单位；站点可以指定一个。"
    audited_as = "organisation"
    search_words = "名称"
    has_details = False
    empty_hint = "新建一个机构，就可以在站点里选它。"
    form_class = OrganisationForm
    eager = (joinedload(Organisation.district),)
    inline = MappingProxyType({"name_en": Inline()})
    can_export = True
    column_list = ("name_zh", "name_en", "kind", "district", "stations")
    column_export_list = ("name_zh", "name_en", "kind", "district", "stations")
    column_labels = {"name_zh": "名称", "name_en": "英文名称", "kind": "类型", "district": "区市", "stations": "站点数"}
    column_sortable_list = ("name_zh", "name_en", "kind")
    column_searchable_list = ("name_zh", "name_en")
    column_formatters = {
        "kind": lambda _, __, row, ___: dict(wording.ORGANISATION_KINDS)[row.kind],
        "district": lambda _, __, row, ___: row.district.name_zh if row.district else muted("全市"),
        "stations": lambda view, _, row, __: _stations_cell(view, row),
    }
    column_formatters_export = {
        "kind": lambda _, __, row, ___: dict(wording.ORGANISATION_KINDS)[row.kind],
        "district": lambda _, __, row, ___: row.district.name_zh if row.district else "全市",
        "stations": lambda _, __, row, ___: _station_counts().get(row.id, 0),
    }

    def __init__(self) -> None:
        super().__init__(Organisation, "机构", "organisations", "组织")

    def within(self, held: Reach) -> ColumnElement[bool]:
        """Show all of them to everybody who may read them: they are chosen from in every district."""
        return true()

    def default_order(self) -> Sequence[Any]:
        return (Organisation.name_zh.asc(),)

    def title_of(self, row: Any) -> str:
        return str(row.name_zh)

    list_filters = (
        choice("kind", "类型", wording.ORGANISATION_KINDS, lambda value: Organisation.kind == value),
        choice(
            "district",
            "区市",
            district_choices,
            lambda code: Organisation.district_id == select(District.id).where(District.code == code).scalar_subquery(),
        ),
    )

    def service_create(self, data: dict[str, Any]) -> Any:
        return service.save_organisation(door.actor(), None, data=data, at=clock.now())

    def service_update(self, row: Any, data: dict[str, Any], seen_version: int | None) -> Any:
        return service.save_organisation(door.actor(), row.id, data=data, seen_version=seen_version, at=clock.now())


def _station_counts() -> dict[int, int]:
    seen = queries_of_stations.within(reach(door.actor(), "stations.read"))
    query = select(Station.organisation_id, func.count()).where(seen).group_by(Station.organisation_id)
    found: dict[int, int] = per_request("stations_of", lambda: dict(db.session.execute(query).all()))
    return found


def _stations_cell(view: OrganisationView, row: Organisation) -> Any:
    number = _station_counts().get(row.id, 0)
    return link(view.get_url("stations.index_view", organisation=row.id), number) if number else muted(0)
