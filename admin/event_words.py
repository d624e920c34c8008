"""The panel's Chinese words for events, their positions and shifts; with those of sign-ups, what the trail calls them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from admin import signup_words
from app.core import clock
from app.events.errors import STATE_NAMES
from app.orgs import queries as orgs

CATEGORIES = signup_words.CATEGORIES
QUALIFICATIONS = tuple(signup_words.QUALIFICATIONS.items())
PHASES = (
    ("draft", "草稿"),
    ("in_review", "待审核"),
    ("open", "报名中"),
    ("full", "已满"),
    ("running", "进行中"),
    ("over", "已结束"),
    ("cancelled", "已取消"),
)
STATES = tuple((state, text.zh) for state, text in STATE_NAMES.items())
APPROVALS = (("instant", "有名额就报上"), ("review", "审核后录用"))
OBJECTS = (("event", "活动"), ("outbox", "短信"), *signup_words.OBJECTS)
ACTS = {
    **signup_words.ACTS,
    "outbox.retry": "重新发送短信",
    "events.create": "新建活动",
    "events.update": "修改活动",
    "events.submit": "送审活动",
    "events.send_back": "退回活动",
    "events.publish": "发布活动",
    "events.cancel": "取消活动",
    "events.add_position": "添加岗位",
    "events.update_position": "修改岗位",
    "events.remove_position": "移除岗位",
    "events.add_shift": "添加班次",
    "events.update_shift": "修改班次",
    "events.apply_pattern": "按周排班",
    "events.undo_pattern": "撤销按周排的班次",
}
FIELDS = {
    **signup_words.FIELDS,
    "category": "类型",
    "station_id": "站点",
    "place_zh": "中文集合地点",
    "place_en": "英文集合地点",
    "summary_zh": "中文简介",
    "summary_en": "英文简介",
    "requirements_zh": "中文参加条件",
    "requirements_en": "英文参加条件",
    "risk_note_zh": "中文风险提示",
    "risk_note_en": "英文风险提示",
    "no_particular_risk": "没有特别风险",
    "insurance_note": "保险说明",
    "contact": "联系方式",
    "hour_rule_zh": "中文时长说明",
    "hour_rule_en": "英文时长说明",
    "copied_from": "复制自",
    "position": "岗位",
    "positions": "岗位",
    "shift": "班次",
    "shifts": "班次",
    "qualifications": "需要的资质",
    "min_age": "最低年龄",
    "approval": "报名方式",
    "starts_at": "开始",
    "ends_at": "结束",
    "min_cover": "最少人数",
}
VALUES = {
    "category": dict(CATEGORIES),
    "approval": dict(APPROVALS),
    "no_particular_risk": {"True": "是", "False": "否"},
}
"""Field → words of its codes."""


def _moment(value: str) -> str:
    """Write an instant of the trail on the city's clock; what names a shift by its id stays as it is."""
    try:
        return clock.city_time(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return value


SAY: dict[str, Callable[[Any], str]] = {
    "station_id": lambda value: next((one.name_zh for one in orgs.find_stations([value], None)), str(value)),
    "qualifications": lambda value: "、".join(signup_words.QUALIFICATIONS.get(one, one) for one in value),
    "starts_at": _moment,
    "ends_at": _moment,
    "shift": _moment,
}
"""Field → how its value is told."""
