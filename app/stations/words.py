"""What the codes of stations are called, in both languages; panel, posters and imports say the same."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.errors import Text
from app.core.geo import CoordSys
from app.stations.rules import CoordQuality, StationKind

BETWEEN = Text("、", ", ")
"""What stands between the items of a list."""
KINDS: Mapping[str, Text] = {
    StationKind.STATION: Text("驿站", "Station"),
    StationKind.SIGHT: Text("景点", "Sight"),
    StationKind.WINDOW: Text("文明窗口", "Window"),
    StationKind.CROSSING: Text("斑马线路口", "Crossing"),
}
COORD_QUALITIES: Mapping[str, Text] = {
    CoordQuality.SURVEYED: Text("实测", "Surveyed"),
    CoordQuality.POI_CHECKED: Text("已核对地图", "Checked on a map"),
    CoordQuality.APPROXIMATE: Text("大致位置", "Approximate"),
}
LANGUAGES: Mapping[str, Text] = {
    "zh": Text("中文", "Chinese"),
    "en": Text("英语", "English"),
    "ja": Text("日语", "Japanese"),
    "ko": Text("韩语", "Korean"),
    "ru": Text("俄语", "Russian"),
    "fr": Text("法语", "French"),
    "de": Text("德语", "German"),
    "es": Text("西班牙语", "Spanish"),
}
COORD_SYSTEMS: Mapping[str, Text] = {
    CoordSys.WGS84: Text("WGS-84（GPS、本系统）", "WGS-84 (GPS, this system)"),
    CoordSys.GCJ02: Text("GCJ-02（高德、腾讯、微信）", "GCJ-02 (Amap, Tencent, WeChat)"),
    CoordSys.BD09: Text("BD-09（百度）", "BD-09 (Baidu)"),
}
