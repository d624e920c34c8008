"""The 21 places of the demo city. Sources: facts §4.2 (reported), §4.3 (checked sights, GeoNames towns)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DEMO_MARK_ZH = "（演示）"
DEMO_MARK_EN = " (demo)"
SEAFRONT_OFFICE = ("青岛市海滨风景区管理服务中心", "Qingdao Seafront Scenic Area Management and Service Centre")
DEMO_OPERATOR = ("示例驿站运营单位", "Example station operator")
_INVENTED_ZH = "演示数据：开放时间和服务为虚构，请以现场公告为准。"
_INVENTED_EN = "Demo data: the opening hours and services are invented; see the notice on site."


@dataclass(frozen=True, slots=True)
class Place:
    """One place. weight: how many people go there, relative to the others. hours: invented, minutes; None = unknown."""

    code: str
    name_zh: str
    name_en: str
    district: str
    lat: float
    lng: float
    radius_m: int
    quality: str
    weight: float
    kind: str = "sight"
    address_zh: str = ""
    address_en: str = ""
    services: tuple[str, ...] = ()
    hours: tuple[int, int] | None = None
    shut_on: int | None = None
    reported: bool = False
    languages: tuple[str, ...] = ("zh", "en")
    about_zh: str = ""
    about_en: str = ""


_DAY = (9 * 60, 17 * 60)
_LONG = (8 * 60, 20 * 60)
_MARKET = (6 * 60, 18 * 60)
_NIGHT = (16 * 60, 23 * 60)
_BASIC = ("drinking_water", "phone_charging", "first_aid_kit", "directions", "rest_area")
_FAMILY = (*_BASIC, "stroller", "nursing_room", "lost_person")

REPORTED = (
    Place(
        "ZHANQIAO",
        "栈桥文明旅游驿站",
        "Zhanqiao Pier Station",
        "370202",
        36.06157,
        120.31426,
        350,
        "poi_checked",
        10.0,
        kind="station",
        address_zh="市南区 栈桥景区",
        address_en="Zhanqiao Pier, Shinan",
        services=("rest_area", "luggage", "nursing_room", "reading"),
        reported=True,
        languages=(),
        about_zh="驿站有休息区、行李寄存、母婴室、阅读角和户外区，还有讲海鸥的小课堂。",
        about_en="A rest area, luggage storage, a nursing room, a reading corner and an outdoor area, and lessons on gulls.",
    ),
    Place(
        "SHANGJIE",
        "上街里文明旅游驿站",
        "Shangjieli Station",
        "370202",
        36.067,
        120.315,
        450,
        "approximate",
        6.0,
        kind="station",
        address_zh="市南区中山路历史城区（位置约略）",
        address_en="Zhongshan Road old town, Shinan (approximate)",
        reported=True,
        languages=(),
    ),
    Place(
        "YANDAO",
        "燕岛山文明旅游驿站",
        "Yandao Hill Station",
        "370202",
        36.054,
        120.395,
        550,
        "approximate",
        3.0,
        kind="station",
        address_zh="市南区燕儿岛山公园（位置约略）",
        address_en="Yan'erdao Hill Park, Shinan (approximate)",
        reported=True,
        languages=(),
    ),
    Place(
        "CRUISE",
        "国际邮轮母港游客服务中心驿站",
        "Cruise Port Visitor Centre Station",
        "370203",
        36.09,
        120.312,
        1000,
        "approximate",
        2.5,
        kind="station",
        address_zh="市北区 国际邮轮母港（位置约略）",
        address_en="International cruise port, Shibei (approximate)",
        reported=True,
        languages=(),
    ),
)
SIGHTS = (
    Place(
        "QDSTN",
        "青岛站",
        "Qingdao Railway Station",
        "370202",
        36.06466,
        120.30775,
        200,
        "poi_checked",
        7.0,
        services=(*_BASIC, "luggage", "tourist_info"),
        hours=_LONG,
        languages=("zh", "en", "ko", "ja"),
    ),
    Place(
        "BADAXIA",
        "八大峡广场",
        "Badaxia Square",
        "370202",
        36.05288,
        120.30454,
        200,
        "poi_checked",
        2.0,
        services=_BASIC,
        hours=_DAY,
    ),
    Place(
        "XINHAO",
        "信号山公园",
        "Signal Hill Park",
        "370202",
        36.06626,
        120.3265,
        200,
        "poi_checked",
        4.5,
        services=("drinking_water", "directions", "first_aid_kit"),
        hours=_DAY,
    ),
    Place(
        "DAXUELU",
        "大学路×鱼山路路口",
        "Daxue Road and Yushan Road crossing",
        "370202",
        36.06119,
        120.32628,
        150,
        "poi_checked",
        6.5,
        kind="crossing",
        services=("directions",),
        hours=_DAY,
    ),
    Place(
        "MIXC",
        "万象城服务台",
        "MixC service desk",
        "370202",
        36.06689,
        120.37258,
        200,
        "poi_checked",
        3.0,
        kind="window",
        services=(*_FAMILY, "umbrella", "wheelchair", "wifi"),
        hours=(10 * 60, 22 * 60),
    ),
    Place(
        "BEERST",
        "啤酒街（登州路）",
        "Beer Street, Dengzhou Road",
        "370203",
        36.07992,
        120.34571,
        250,
        "poi_checked",
        4.0,
        services=("directions", "tourist_info"),
        hours=_NIGHT,
        languages=("zh", "en", "de"),
    ),
    Place(
        "TAIDONG",
        "台东夜市",
        "Taidong Night Market",
        "370203",
        36.08523,
        120.34839,
        250,
        "poi_checked",
        5.0,
        services=("drinking_water", "lost_found", "directions"),
        hours=_NIGHT,
    ),
    Place(
        "MUSEUM",
        "青岛市博物馆",
        "Qingdao Museum",
        "370212",
        36.10133,
        120.46813,
        200,
        "poi_checked",
        3.0,
        services=(*_FAMILY, "reading_glasses", "wheelchair", "reading"),
        hours=_DAY,
        shut_on=0,
    ),
    Place(
        "LAOREN",
        "石老人浴场",
        "Shilaoren Beach",
        "370212",
        36.09147,
        120.46301,
        400,
        "poi_checked",
        4.0,
        services=("first_aid_kit", "lost_person", "drinking_water"),
        hours=_LONG,
    ),
    Place(
        "DIAOSU",
        "雕塑园",
        "Sculpture Park",
        "370212",
        36.07944,
        120.44963,
        250,
        "poi_checked",
        1.5,
        services=_BASIC,
        hours=_DAY,
    ),
    Place(
        "XIAOMAI",
        "小麦岛公园",
        "Xiaomai Island Park",
        "370212",
        36.05398,
        120.42594,
        350,
        "poi_checked",
        5.0,
        services=("drinking_water", "first_aid_kit", "umbrella"),
        hours=_LONG,
    ),
    Place(
        "QDNORTH",
        "青岛北站",
        "Qingdao North Station",
        "370213",
        36.16869,
        120.37056,
        300,
        "poi_checked",
        3.5,
        services=(*_FAMILY, "luggage", "tourist_info", "wifi"),
        hours=_LONG,
    ),
    Place(
        "TUANDAO",
        "团岛市场",
        "Tuandao Market",
        "370202",
        36.06107,
        120.29323,
        200,
        "poi_checked",
        2.0,
        services=("directions", "microwave", "air_pump"),
        hours=_MARKET,
    ),
)
TOWNS = (
    Place(
        "JIMO",
        "即墨驿站",
        "Jimo Station",
        "370215",
        36.38972,
        120.46222,
        500,
        "approximate",
        1.2,
        kind="station",
        services=_BASIC,
        hours=_DAY,
    ),
    Place(
        "JIAOZHOU",
        "胶州驿站",
        "Jiaozhou Station",
        "370281",
        36.28389,
        120.00333,
        500,
        "approximate",
        1.0,
        kind="station",
        services=(*_BASIC, "volunteer_recruit"),
        hours=_DAY,
    ),
    Place(
        "PINGDU",
        "平度驿站",
        "Pingdu Station",
        "370283",
        36.78444,
        119.94639,
        500,
        "approximate",
        0.6,
        kind="station",
        services=(*_BASIC, "sewing_kit"),
        hours=_DAY,
    ),
    Place(
        "LAIXI",
        "莱西驿站",
        "Laixi Station",
        "370285",
        36.85917,
        120.52694,
        500,
        "approximate",
        0.6,
        kind="station",
        services=(*_BASIC, "blood_pressure"),
        hours=_DAY,
    ),
)
PLACES = REPORTED + SIGHTS + TOWNS


def station_data(place: Place, district_id: int, organisation_id: int | None) -> dict[str, Any]:
    """Return a place as stations.create_station takes it; all but the reported ones are marked 演示."""
    mark_zh, mark_en = ("", "") if place.reported else (DEMO_MARK_ZH, DEMO_MARK_EN)
    return {
        "code": place.code,
        "name_zh": place.name_zh + mark_zh,
        "name_en": place.name_en + mark_en,
        "kind": place.kind,
        "district_id": district_id,
        "organisation_id": organisation_id,
        "address_zh": place.address_zh or f"{place.name_zh}附近{mark_zh}",
        "address_en": place.address_en or f"Near {place.name_en}{mark_en}",
        "description_zh": place.about_zh if place.reported else _INVENTED_ZH,
        "description_en": place.about_en if place.reported else _INVENTED_EN,
        "languages": list(place.languages),
        "coord_quality": place.quality,
        "circles": [{"lat": place.lat, "lng": place.lng, "radius_m": place.radius_m}],
        "opening": _opening(place),
        "services": [{"code": code} for code in place.services],
    }


def _opening(place: Place) -> list[dict[str, Any]]:
    if place.hours is None:
        return []
    opens, closes = place.hours
    return [
        {
            "weekday": weekday,
            "on_date": None,
            "closed": weekday == place.shut_on,
            "opens_min": None if weekday == place.shut_on else opens,
            "closes_min": None if weekday == place.shut_on else closes,
        }
        for weekday in range(7)
    ]
