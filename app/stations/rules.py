"""What a station may be: its words, place, hours and services judged. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple

from app.core.errors import Text
from app.core.types import has_control_characters
from app.stations.opening import DAY_MIN, Hours

RADIUS_MIN_M = 20
RADIUS_MAX_M = 1000
RADIUS_DEFAULT_M = 150
CIRCLES_MAX = 8
PHOTOS_MAX = 6
NAME_CHARS = {"zh": 60, "en": 120}
ADDRESS_CHARS = 200
DESCRIPTION_CHARS = 2000
REASON_CHARS = 200
NOTE_CHARS = 100
PHONE_PATTERN = r"[0-9+()\- ]{3,30}"
CODE_PATTERN = r"[A-Z0-9]{3,8}"
LANGUAGES = ("zh", "en", "ja", "ko", "ru", "fr", "de", "es")
SERVICE_CODE_PATTERN = r"[a-z][a-z0-9_]{1,29}"


class StationKind(StrEnum):
    STATION = "station"
    SIGHT = "sight"
    WINDOW = "window"
    CROSSING = "crossing"


class StationState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    WITHDRAWN = "withdrawn"


class PhotoState(StrEnum):
    SHOWN = "shown"
    REMOVED = "removed"


LISTED = (StationState.OPEN, StationState.PAUSED)
"""The states in which the public sees a station and can check in."""


class CoordQuality(StrEnum):
    SURVEYED = "surveyed"
    POI_CHECKED = "poi_checked"
    APPROXIMATE = "approximate"


class Bounds(NamedTuple):
    """The box, in WGS-84 degrees, in which a station can stand."""

    lat_min: float
    lat_max: float
    lng_min: float
    lng_max: float


_REQUIRED = Text("请填写这一项。", "Please fill this in.")
_TOO_LONG = Text("最多 {n} 个字。", "At most {n} characters.")
_UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")
CODE_FORM = Text(
    "编号为 3–8 位大写字母或数字，例如 ZHANQIAO。", "A code is 3–8 capital letters or digits, e.g. ZHANQIAO."
)
CODE_FIXED = Text(
    "编号印在海报上，建站后不能修改。", "The code is printed on posters and cannot change after the station is made."
)
CODE_TAKEN = Text(
    "这个编号已被另一个站点使用，请换一个。", "Another station has this code already. Please choose another."
)
UNKNOWN_CHOICE = Text("请从列表中选择。", "Please choose one from the list.")
PHONE_FORM = Text("电话只能包含数字、空格、括号、+ 和 -。", "A phone holds digits, spaces, brackets, + and - only.")
RADIUS_RANGE = Text("半径为 20–1,000 米的整数。", "The radius is a whole number from 20 to 1,000 metres.")
OUT_OF_CITY = Text(
    "这个位置不在本市范围内，请检查经纬度的先后和坐标系。",
    "This place is outside the city. Check the order of latitude and longitude, and the coordinate system.",
)
CIRCLES_COUNT = Text("电子围栏需要 1–8 个圆。", "A geofence has one to eight circles.")
HOURS_ORDER = Text("关门要晚于开门，且在 24:00 之前。", "Closing must be later than opening, and by 24:00.")
HOURS_OVERLAP = Text("同一天的开放时段不能重叠。", "Opening times of one day must not overlap.")
HOURS_DAY = Text("请选择星期几、一个日期或节假日。", "Choose a weekday, a date or holidays.")
HOURS_MIXED = Text("同一天不能既开放又休息。", "One day cannot be both open and closed.")
UNTIL_LATER = Text("结束时间要晚于开始时间。", "The end must be later than the start.")
PHOTOS_FULL = Text(
    "一个站点最多 6 张照片，请先移除或替换一张。", "A station has six photos at most. Remove or replace one first."
)
SERVICE_TWICE = Text("同一项服务只列一次。", "List each service once.")
SERVICE_CODE_FORM = Text(
    "服务代码为小写字母、数字和下划线。", "A service code is lower-case letters, digits and underscores."
)


def text_problem(value: Any, limit: int, *, required: bool, multiline: bool = False) -> Text | None:
    """Return what is wrong with a text, or None."""
    if not value:
        return _REQUIRED if required else None
    if not isinstance(value, str) or has_control_characters(value, multiline=multiline):
        return _UNPRINTABLE
    return _TOO_LONG.fill(n=limit) if len(value) > limit else None


def problems(data: Mapping[str, Any], bounds: Bounds) -> dict[str, list[Text]]:
    """Return what is wrong with a station's data; only the keys given are judged.

    data: plain values as every door hands them over (see service.create_station).
    """
    found: dict[str, list[Text]] = {}
    for name, value in data.items():
        said = list(_of_field(name, value, bounds))
        if said:
            found[name] = said
    return found


def _of_field(name: str, value: Any, bounds: Bounds) -> Iterable[Text]:
    """Return the sentences about one field; a field without a rule has none."""
    judge = _JUDGES.get(name)
    if judge is not None:
        return judge(value)
    if name == "circles":
        problem = _circles_problem(value or (), bounds)
        return [problem] if problem else []
    return []


def _text(limit: int, *, required: bool = False, multiline: bool = False) -> Callable[[Any], list[Text]]:
    def judge(value: Any) -> list[Text]:
        problem = text_problem(value, limit, required=required, multiline=multiline)
        return [problem] if problem else []

    return judge


def _when(is_wrong: Callable[[Any], bool], problem: Text) -> Callable[[Any], list[Text]]:
    return lambda value: [problem] if is_wrong(value) else []


_JUDGES: dict[str, Callable[[Any], Iterable[Text]]] = {
    "code": _when(lambda value: not re.fullmatch(CODE_PATTERN, value or ""), CODE_FORM),
    "name_zh": _text(NAME_CHARS["zh"], required=True),
    "name_en": _text(NAME_CHARS["en"], required=True),
    "address_zh": _text(ADDRESS_CHARS),
    "address_en": _text(ADDRESS_CHARS),
    "description_zh": _text(DESCRIPTION_CHARS, multiline=True),
    "description_en": _text(DESCRIPTION_CHARS, multiline=True),
    "kind": _when(lambda value: value not in list(StationKind), UNKNOWN_CHOICE),
    "coord_quality": _when(lambda value: value not in list(CoordQuality), UNKNOWN_CHOICE),
    "district_id": _when(lambda value: not isinstance(value, int), UNKNOWN_CHOICE),
    "phone": _when(lambda value: bool(value) and not re.fullmatch(PHONE_PATTERN, value), PHONE_FORM),
    "languages": _when(lambda value: not set(value or ()) <= set(LANGUAGES), UNKNOWN_CHOICE),
    "opening": lambda value: filter(None, [_opening_problem([Hours(**h) for h in value or ()])]),
    "services": lambda value: _services_problems(value or ()),
}


def _circles_problem(circles: Sequence[Mapping[str, Any]], bounds: Bounds) -> Text | None:
    if not 1 <= len(circles) <= CIRCLES_MAX:
        return CIRCLES_COUNT
    for circle in circles:
        lat, lng, radius = circle["lat"], circle["lng"], circle["radius_m"]
        if lat is None or lng is None:
            return _REQUIRED
        if not (bounds.lat_min <= lat <= bounds.lat_max and bounds.lng_min <= lng <= bounds.lng_max):
            return OUT_OF_CITY
        if type(radius) is not int or not RADIUS_MIN_M <= radius <= RADIUS_MAX_M:
            return RADIUS_RANGE
    return None


def _opening_problem(hours: Sequence[Hours]) -> Text | None:
    days: dict[object, list[Hours]] = {}
    for h in hours:
        named = (h.weekday is not None) + (h.on_date is not None) + bool(h.on_holidays)
        if named != 1 or (h.weekday is not None and not 0 <= h.weekday <= 6):
            return HOURS_DAY
        days.setdefault((h.weekday, h.on_date), []).append(h)
        if not h.closed and not (
            h.opens_min is not None and h.closes_min is not None and 0 <= h.opens_min < h.closes_min <= DAY_MIN
        ):
            return HOURS_ORDER
    for rules in days.values():
        if any(h.closed for h in rules):
            if len(rules) > 1:
                return HOURS_MIXED
            continue
        spans = sorted((h.opens_min or 0, h.closes_min or 0) for h in rules)
        if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
            return HOURS_OVERLAP
    return None


def _services_problems(services: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    codes = [service["code"] for service in services]
    if len(set(codes)) < len(codes):
        yield SERVICE_TWICE
    for service in services:
        for note in ("note_zh", "note_en"):
            problem = text_problem(service.get(note), NOTE_CHARS, required=False)
            if problem is not None:
                yield problem


def closure_problems(data: Mapping[str, Any], at: datetime, *, needs_until: bool) -> dict[str, list[Text]]:
    """Return what is wrong with a closure: reasons in both languages, and an end that lies ahead."""
    found: dict[str, list[Text]] = {}
    for name in ("reason_zh", "reason_en"):
        problem = text_problem(data.get(name), REASON_CHARS, required=True)
        if problem is not None:
            found[name] = [problem]
    if needs_until:
        until = data.get("until")
        if until is None:
            found["until"] = [_REQUIRED]
        elif until <= at:
            found["until"] = [UNTIL_LATER]
    return found


def reason_problems(reason: str | None) -> dict[str, list[Text]]:
    """Return what is wrong with the reason of an act that needs one."""
    problem = text_problem(reason, REASON_CHARS, required=True)
    return {"reason": [problem]} if problem is not None else {}


def service_item_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with a line of the service catalogue."""
    found: dict[str, list[Text]] = {}
    if not re.fullmatch(SERVICE_CODE_PATTERN, data.get("code") or ""):
        found["code"] = [SERVICE_CODE_FORM]
    for name, limit in (("name_zh", 30), ("name_en", 60)):
        problem = text_problem(data.get(name), limit, required=True)
        if problem is not None:
            found[name] = [problem]
    return found
