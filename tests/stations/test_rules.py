"""What a station may be: one sentence per mistake, starting from data that nothing is wrong with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import Text
from app.stations import rules
from app.stations.rules import Bounds, closure_problems, problems, reason_problems, service_item_problems

QINGDAO = Bounds(35.5, 37.2, 119.4, 121.1)
CIRCLE = {"lat": 36.06157, "lng": 120.31426, "radius_m": 350}
GOOD: dict[str, Any] = {
    "code": "ZHANQIAO",
    "name_zh": "栈桥",
    "name_en": "Zhanqiao Pier",
    "kind": "station",
    "district_id": 1,
    "address_zh": "",
    "address_en": "",
    "description_zh": "两行\n文字",
    "description_en": "two\nlines",
    "organisation_id": None,
    "phone": "+86 (0532) 8288-0000",
    "languages": ["zh", "en"],
    "coord_quality": "poi_checked",
    "circles": [CIRCLE],
    "opening": [{"weekday": 0, "on_date": None, "closed": False, "opens_min": 0, "closes_min": 1440}],
    "services": [{"code": "wifi", "note_zh": "", "note_en": "", "available": True}],
}


def hours(**changes: Any) -> dict[str, Any]:
    return GOOD["opening"][0] | changes


def test_good_data_has_no_problem() -> None:
    assert problems(GOOD, QINGDAO) == {}


def test_only_the_fields_given_are_judged() -> None:
    assert problems({}, QINGDAO) == {}
    assert set(problems({"name_zh": ""}, QINGDAO)) == {"name_zh"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("code", "zhanqiao", rules.CODE_FORM),
        ("code", "AB", rules.CODE_FORM),
        ("code", "ABCDEFGHI", rules.CODE_FORM),
        ("code", "栈桥ABC", rules.CODE_FORM),
        ("code", "", rules.CODE_FORM),
        ("code", None, rules.CODE_FORM),
        ("name_zh", "", Text("请填写这一项。", "Please fill this in.")),
        ("name_zh", "栈" * 61, Text("最多 60 个字。", "At most 60 characters.")),
        ("name_en", "", Text("请填写这一项。", "Please fill this in.")),
        ("name_en", "x" * 121, Text("最多 120 个字。", "At most 120 characters.")),
        ("name_en", "a\x00b", Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")),
        ("name_zh", "a\nb", Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")),
        ("address_zh", "路" * 201, Text("最多 200 个字。", "At most 200 characters.")),
        ("address_en", "x" * 201, Text("最多 200 个字。", "At most 200 characters.")),
        ("description_zh", "字" * 2001, Text("最多 2000 个字。", "At most 2000 characters.")),
        ("description_en", "x" * 2001, Text("最多 2000 个字。", "At most 2000 characters.")),
        ("kind", "castle", rules.UNKNOWN_CHOICE),
        ("coord_quality", "good", rules.UNKNOWN_CHOICE),
        ("district_id", None, rules.UNKNOWN_CHOICE),
        ("district_id", "1", rules.UNKNOWN_CHOICE),
        ("phone", "call me", rules.PHONE_FORM),
        ("phone", "12", rules.PHONE_FORM),
        ("languages", ["zh", "xx"], rules.UNKNOWN_CHOICE),
        ("circles", [], rules.CIRCLES_COUNT),
        ("circles", [CIRCLE] * 9, rules.CIRCLES_COUNT),
        ("circles", [CIRCLE | {"radius_m": 19}], rules.RADIUS_RANGE),
        ("circles", [CIRCLE | {"radius_m": 1001}], rules.RADIUS_RANGE),
        ("circles", [CIRCLE | {"radius_m": 150.0}], rules.RADIUS_RANGE),
        ("circles", [CIRCLE | {"lat": 120.31426, "lng": 36.06157}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lat": 35.49}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lat": 37.21}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lng": 119.39}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lng": 121.11}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lat": float("nan")}], rules.OUT_OF_CITY),
        ("circles", [CIRCLE | {"lat": None}], Text("请填写这一项。", "Please fill this in.")),
        ("opening", [hours(weekday=None)], rules.HOURS_DAY),
        ("opening", [hours(weekday=7)], rules.HOURS_DAY),
        ("opening", [hours(opens_min=600, closes_min=600)], rules.HOURS_ORDER),
        ("opening", [hours(closes_min=1441)], rules.HOURS_ORDER),
        ("opening", [hours(opens_min=-1)], rules.HOURS_ORDER),
        ("opening", [hours(opens_min=None)], rules.HOURS_ORDER),
        ("opening", [hours(closes_min=720), hours(opens_min=719)], rules.HOURS_OVERLAP),
        ("opening", [hours(), hours(closed=True, opens_min=None, closes_min=None)], rules.HOURS_MIXED),
        ("services", [{"code": "wifi"}, {"code": "wifi"}], rules.SERVICE_TWICE),
        ("services", [{"code": "wifi", "note_zh": "字" * 101}], Text("最多 100 个字。", "At most 100 characters.")),
    ],
)
def test_each_mistake_has_its_sentence(field: str, value: Any, sentence: Text) -> None:
    assert problems(GOOD | {field: value}, QINGDAO) == {field: [sentence]}


@pytest.mark.parametrize("radius_m", [20, 1000])
def test_the_edges_of_the_radius_are_allowed(radius_m: int) -> None:
    assert problems({"circles": [CIRCLE | {"radius_m": radius_m}]}, QINGDAO) == {}


@pytest.mark.parametrize(
    ("field", "chars"),
    [("name_zh", 60), ("name_en", 120), ("address_zh", 200), ("address_en", 200), ("description_zh", 2000)],
)
def test_a_text_of_just_the_limit_is_allowed(field: str, chars: int) -> None:
    assert problems({field: "字" * chars}, QINGDAO) == {}


def test_a_day_may_be_closed() -> None:
    assert problems({"opening": [hours(closed=True, opens_min=None, closes_min=None)]}, QINGDAO) == {}


def test_the_limits_are_those_of_the_product() -> None:
    """Source: product §3 and §4."""
    assert (rules.RADIUS_MIN_M, rules.RADIUS_DEFAULT_M, rules.RADIUS_MAX_M) == (20, 150, 1000)


def test_back_to_back_hours_and_eight_circles_are_allowed() -> None:
    assert problems({"opening": [hours(closes_min=720), hours(opens_min=720)], "circles": [CIRCLE] * 8}, QINGDAO) == {}


def test_a_closure_needs_both_reasons_and_an_end_ahead() -> None:
    now = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    good = {"reason_zh": "大风", "reason_en": "Strong wind", "until": now + timedelta(minutes=1)}
    assert closure_problems(good, now, needs_until=True) == {}
    assert set(closure_problems({}, now, needs_until=True)) == {"reason_zh", "reason_en", "until"}
    assert set(closure_problems({}, now, needs_until=False)) == {"reason_zh", "reason_en"}
    assert closure_problems(good | {"until": now}, now, needs_until=True) == {"until": [rules.UNTIL_LATER]}
    assert set(closure_problems(good | {"reason_en": "x" * 201}, now, needs_until=True)) == {"reason_en"}


def test_a_reason_is_needed_and_short() -> None:
    assert reason_problems("改造") == {}
    assert set(reason_problems("两\n行")) == {"reason"}
    assert set(reason_problems("")) == set(reason_problems(None)) == set(reason_problems("字" * 201)) == {"reason"}


def test_a_service_has_a_code_and_two_names() -> None:
    good = {"code": "wifi", "name_zh": "无线网络", "name_en": "Wi-Fi"}
    assert service_item_problems(good) == {}
    assert service_item_problems(good | {"code": "Wi-Fi"}) == {"code": [rules.SERVICE_CODE_FORM]}
    assert set(service_item_problems({})) == {"code", "name_zh", "name_en"}
