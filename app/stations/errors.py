"""Refusals about stations, and what their constraints mean."""

from __future__ import annotations

from app.core.errors import DomainError, Kind, ServiceBusy, Text, on_constraint
from app.stations import calendar, rules


class StationStateConflict(DomainError):
    kind = Kind.CONFLICT
    code = "station.state_conflict"
    text = Text(
        "站点当前状态是“{state_zh}”，不能这样操作，请刷新后再看。",
        "The station is now {state_en}, so this cannot be done. Please reload and look again.",
    )


class StationAlreadyClosed(DomainError):
    kind = Kind.CONFLICT
    code = "station.already_closed"
    text = Text(
        "站点已有一条未结束的关闭，请先结束它。", "The station has a closure that has not ended. End that one first."
    )


class CredentialRevoked(DomainError):
    kind = Kind.CONFLICT
    code = "station.credential_revoked"
    text = Text("这一版已经作废过了。", "This version has been revoked already.")


class NoPoster(DomainError):
    kind = Kind.CONFLICT
    code = "station.no_poster"
    text = Text(
        "没有可以打印的海报：它们都已作废或撤站。请先在站点页“换新版海报”。",
        "There is no poster to print: all are revoked or withdrawn. Make a new version on the station's page first.",
    )


class TooManyPosters(DomainError):
    code = "station.too_many_posters"
    text = Text(
        "一次最多打印 {most} 个站点的海报，现在有 {count} 个。请先按区市或类型筛选。",
        "Posters of at most {most} stations fit one file; these are {count}. Filter by district or kind first.",
    )


STATE_NAMES = {
    "draft": Text("草稿", "a draft"),
    "open": Text("开放", "open"),
    "paused": Text("暂停", "paused"),
    "withdrawn": Text("已撤站", "withdrawn"),
}

on_constraint("uq_stations_code", field="code", text=rules.CODE_TAKEN)
on_constraint("ck_stations_kind_known", field="kind", text=rules.UNKNOWN_CHOICE)
on_constraint("ck_stations_coord_quality_known", field="coord_quality", text=rules.UNKNOWN_CHOICE)
on_constraint("ck_circles_radius_in_range", field="circles", text=rules.RADIUS_RANGE)
on_constraint("ck_circles_on_earth", field="circles", text=rules.OUT_OF_CITY)
on_constraint("ck_opening_rules_weekday_or_date", field="opening", text=rules.HOURS_DAY)
on_constraint("ck_opening_rules_weekday_known", field="opening", text=rules.HOURS_DAY)
on_constraint("ck_opening_rules_hours_in_order", field="opening", text=rules.HOURS_ORDER)
on_constraint("ck_closures_until_after_start", field="until", text=rules.UNTIL_LATER)
on_constraint("uq_closures_running", StationAlreadyClosed)
on_constraint(
    "uq_service_items_code",
    field="code",
    text=Text("这个服务代码已经有了。", "This service code exists already."),
)
on_constraint("uq_station_services_station_id_service_item_id", field="services", text=rules.SERVICE_TWICE)
on_constraint("uq_work_days_on_date", field="on_date", text=calendar.DAY_TAKEN)
on_constraint("ck_work_days_kind_known", field="kind", text=rules.UNKNOWN_CHOICE)
on_constraint("ck_work_days_stands_for_known", field="stands_for", text=calendar.STANDS_FOR)
for _name in (
    "ck_stations_state_known",
    "uq_circles_station_id_position",
    "uq_photos_name",
    "uq_photos_place",
    "ck_photos_state_known",
    "ck_photos_has_a_size",
    "ck_photos_position_from_zero",
    "ck_photos_removed_when",
    "uq_station_credentials_public_id",
    "uq_station_credentials_station_id_kind_version",
    "ck_station_credentials_kind_known",
    "ck_station_credentials_version_from_one",
):
    on_constraint(_name, ServiceBusy)
