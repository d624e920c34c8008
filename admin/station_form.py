"""The station's form: texts, circles in any datum, a week of hours with exceptions, and the services."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from wtforms import Field
from wtforms.utils import unset_value

from admin import door, wording
from admin.forms import Checks, Choice, Line, PanelForm, Paragraph
from admin.station_place import Reading, datum_of, in_wgs84, point_of, readings
from app.core.coordinates import read_point
from app.core.geo import Point, distance_m
from app.orgs import queries as orgs
from app.orgs.rules import reach
from app.stations import queries as stations
from app.stations.opening import DAY_MIN, hhmm
from app.stations.rules import ADDRESS_CHARS, CIRCLES_MAX, DESCRIPTION_CHARS, NAME_CHARS, RADIUS_DEFAULT_M

EXCEPTIONS_MAX = 40
_HOLIDAYS = "holidays"
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,12})?")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


class Parts(Field):  # type: ignore[misc]
    """A field of many inputs. rows: what the inputs show, as typed; data: the same as the service takes it."""

    is_required = False
    rows: list[dict[str, Any]]

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        self.process_errors = []
        if formdata:
            self.rows = self.read(formdata)
            self.data = self.plain_of(self.rows)
        else:
            self.process_data(None if data is unset_value else data)

    def process_data(self, value: Any) -> None:
        self.rows = self.shown(value or [])
        self.data = value or []

    def read(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        """Collect the inputs of each row."""
        raise NotImplementedError

    def plain_of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the service's values of typed rows."""
        raise NotImplementedError

    def shown(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the inputs of the service's values."""
        raise NotImplementedError


class Circles(Parts):
    """One or several circles; degrees as typed, in the datum chosen beside them."""

    kind = "circles"

    def read(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        rows = [
            {"index": n}
            | {part: given.get(f"{self.name}-{n}-{part}", "").strip() for part in ("lat", "lng", "radius_m")}
            for n in range(CIRCLES_MAX + 1)
        ]
        return [_parted(row) for row in rows if row["lat"] or row["lng"]]

    def plain_of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {"lat": _degrees(row["lat"]), "lng": _degrees(row["lng"]), "radius_m": _whole(row["radius_m"])}
            for row in rows
        ]

    def shown(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{"lat": f"{c['lat']:.6f}", "lng": f"{c['lng']:.6f}", "radius_m": c["radius_m"]} for c in value] or [
            {"lat": "", "lng": "", "radius_m": RADIUS_DEFAULT_M}
        ]


class Opening(Parts):
    """A week of hours, two spans a day, those of holidays, and dated exceptions; a day without a rule is unknown."""

    kind = "opening"

    def read(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        week = [{"weekday": n, **self._inputs(given, f"w{n}")} for n in range(7)]
        dated = [
            {"on_date": given.get(f"{self.name}-x{n}-date", ""), **self._inputs(given, f"x{n}")}
            for n in range(EXCEPTIONS_MAX)
        ]
        holidays = {"on_holidays": True, **self._inputs(given, "h")}
        return [*week, holidays, *(row for row in dated if row["on_date"] or row["state"])]

    def _inputs(self, given: Mapping[str, str], row: str) -> dict[str, str]:
        parts = ("state", "opens", "closes", "opens2", "closes2")
        return {part: given.get(f"{self.name}-{row}-{part}", "").strip() for part in parts}

    def plain_of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for row in rows:
            day = {
                "weekday": row.get("weekday"),
                "on_date": _day(row.get("on_date")),
                "on_holidays": row.get("on_holidays", False),
            }
            if row["state"] == "closed":
                found.append({**day, "closed": True, "opens_min": None, "closes_min": None})
            elif row["state"] == "open":
                spans = [(row["opens"], row["closes"])]
                if row["opens2"] or row["closes2"]:
                    spans.append((row["opens2"], row["closes2"]))
                found += [
                    {**day, "closed": False, "opens_min": _minute(opens), "closes_min": _closing(closes)}
                    for opens, closes in spans
                ]
        return found

    def shown(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        rows: dict[Any, dict[str, Any]] = {n: {"weekday": n, **_NO_HOURS} for n in range(7)}
        rows[_HOLIDAYS] = {"on_holidays": True, **_NO_HOURS}
        for rule in value:
            on_date = rule["on_date"]
            key = _HOLIDAYS if rule.get("on_holidays") else rule["weekday"] if on_date is None else str(on_date)
            row = rows.setdefault(key, {"on_date": key, **_NO_HOURS})
            if rule["closed"]:
                row["state"] = "closed"
                continue
            second = "2" if row["state"] == "open" else ""
            row["state"] = "open"
            row[f"opens{second}"] = hhmm(rule["opens_min"])
            row[f"closes{second}"] = hhmm(rule["closes_min"] % DAY_MIN)
        return list(rows.values())

    @property
    def week(self) -> list[dict[str, Any]]:
        """The seven weekdays."""
        return [row for row in self.rows if "weekday" in row]

    @property
    def holidays(self) -> dict[str, Any]:
        """The hours of holidays."""
        return next(row for row in self.rows if "on_holidays" in row)

    @property
    def dated(self) -> list[dict[str, Any]]:
        """The exceptions, and an empty one to fill."""
        return [row for row in self.rows if "on_date" in row] + [{"on_date": "", **_NO_HOURS}]


class Services(Parts):
    """The catalogue with what this station offers of it."""

    kind = "services"

    def read(self, given: Mapping[str, str]) -> list[dict[str, Any]]:
        return [
            {
                "code": item.code,
                "name": item.name_zh,
                "on": f"{self.name}-{item.code}-on" in given,
                "available": f"{self.name}-{item.code}-away" not in given,
                "note_zh": given.get(f"{self.name}-{item.code}-note_zh", "").strip(),
                "note_en": given.get(f"{self.name}-{item.code}-note_en", "").strip(),
            }
            for item in stations.list_service_items()
        ]

    def plain_of(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept = ("code", "note_zh", "note_en", "available")
        return sorted(({name: row[name] for name in kept} for row in rows if row["on"]), key=lambda one: one["code"])

    def shown(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        chosen = {one["code"]: one for one in value}
        blank = {"note_zh": "", "note_en": "", "available": True}
        return [
            {**blank, **chosen.get(item.code, {}), "code": item.code, "name": item.name_zh, "on": item.code in chosen}
            for item in stations.list_service_items()
        ]


def own_districts() -> list[tuple[str, str]]:
    """Return the districts in which the caller may have stations, (id, name)."""
    held = reach(door.actor(), "stations.create")
    return [(str(one.id), one.name_zh) for one in orgs.list_districts() if held.holds(district_id=one.id)]


def _organisations() -> list[tuple[str, str]]:
    return [(str(one.id), one.name_zh) for one in orgs.list_organisations()]


class StationForm(PanelForm):
    """Everything a station is. The code is printed on posters and set once."""

    code = Line("编号", required=True, chars=8, hint="3–8 位大写字母或数字，印在海报上，建站后不能改。例：ZHANQIAO")
    name_zh = Line("中文名称", required=True, chars=NAME_CHARS["zh"])
    name_en = Line("英文名称", required=True, chars=NAME_CHARS["en"])
    kind = Choice("类型", wording.STATION_KINDS, required=True)
    district_id = Choice("区市", own_districts, required=True, empty="请选择", as_id=True)
    organisation_id = Choice("机构", _organisations, empty="未指定", as_id=True)
    phone = Line("电话", chars=30, hint="不公布就留空。")
    languages = Checks("服务语言", wording.LANGUAGES)
    address_zh = Line("中文地址", chars=ADDRESS_CHARS)
    address_en = Line("英文地址", chars=ADDRESS_CHARS)
    description_zh = Paragraph("中文介绍", chars=DESCRIPTION_CHARS)
    description_en = Paragraph("英文介绍", chars=DESCRIPTION_CHARS)
    coord_sys = Choice(
        "输入的坐标系",
        wording.COORD_SYSTEMS,
        hint="从高德、腾讯地图或微信复制的选 GCJ-02，百度地图选 BD-09；系统会换算成 WGS-84 保存。",
    )
    coord_quality = Choice("坐标来源", wording.COORD_QUALITIES, required=True)
    circles = Circles("电子围栏")
    opening = Opening("开放时间")
    services = Services("便民服务")

    def plain(self) -> dict[str, Any]:
        """Return the values for the service, circles in WGS-84."""
        data = super().plain()
        typed_in = data.pop("coord_sys")
        return {**data, "circles": [in_wgs84(circle, datum_of(typed_in)) for circle in data["circles"]]}

    def readings(self) -> list[Reading]:
        """Return what the first circle's degrees mean in each datum."""
        return readings(self.circles.data[0], datum_of(self.coord_sys.data)) if self.circles.data else []

    def places(self) -> list[dict[str, Any]]:
        """Return where each row's centre lies in WGS-84, and its degrees as they were read; for the panel's script."""
        datum, found = datum_of(self.coord_sys.data), []
        for row, circle in zip(self.circles.rows, self.circles.data, strict=True):
            place = point_of(in_wgs84(circle, datum))
            found.append(
                {
                    "index": row["index"],
                    "typed_lat": row["lat"],
                    "typed_lng": row["lng"],
                    "lat": place.lat if place else None,
                    "lng": place.lng if place else None,
                }
            )
        return found

    def shift_words(self) -> str:
        """Return what the conversion did to the first circle; empty where nothing was converted."""
        typed, saved = self.circles.data, self.plain()["circles"]
        if not typed or typed == saved or point_of(typed[0]) is None:
            return ""
        was, now = (Point(one[0]["lat"], one[0]["lng"]) for one in (typed, saved))
        datum = self.coord_sys.data.upper().replace("GCJ02", "GCJ-02").replace("BD09", "BD-09")
        return f"坐标已从 {datum} 换算为 WGS-84:{now.lat:.6f}, {now.lng:.6f}（移动 {distance_m(was, now):.0f} 米）。"


class ChangeStationForm(StationForm):
    """The same without the code, which stays."""

    code = None


_NO_HOURS = {"state": "", "opens": "", "closes": "", "opens2": "", "closes2": ""}


def _parted(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose two numbers stand apart, also where both were pasted into the first input."""
    point = read_point(row["lat"]) if not row["lng"] else None
    return row if point is None else {**row, "lat": f"{point.lat:.6f}", "lng": f"{point.lng:.6f}"}


def _degrees(text: str) -> float | None:
    """Return typed degrees; what is no number becomes one that lies nowhere, so that the rule speaks."""
    if not text:
        return None
    return float(text) if text.isascii() and _DEGREES.fullmatch(text) else math.nan


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def _minute(text: str) -> int | None:
    found = _CLOCK.fullmatch(text) if text.isascii() else None
    return int(found[1]) * 60 + int(found[2]) if found else None


def _closing(text: str) -> int | None:
    """Return the minute of closing; midnight, which the input writes 00:00, is the end of the day."""
    minute = _minute(text)
    return DAY_MIN if minute == 0 else minute


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
