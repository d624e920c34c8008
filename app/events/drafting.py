"""What an event, a position and a shift may be, and what must be told before people are asked to come. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.core.errors import Text
from app.events.rules import CAPACITY_MAX, REASON_CHARS, SHIFT_MAX, Approval, Category
from app.stations.rules import UNKNOWN_CHOICE, text_problem

CHARS = {
    "title_zh": 60,
    "title_en": 120,
    "summary_zh": 200,
    "summary_en": 400,
    "description_zh": 2000,
    "description_en": 4000,
    "requirements_zh": 500,
    "requirements_en": 1000,
    "place_zh": 200,
    "place_en": 200,
    "risk_note_zh": 500,
    "risk_note_en": 1000,
    "insurance_note": 200,
    "contact": 100,
    "hour_rule_zh": 200,
    "hour_rule_en": 400,
}
"""Fields of text and how long they may be; what is Chinese says the same in half the characters."""
ALWAYS = ("title_zh", "title_en")
"""Without these not even a draft can be told from another."""
MULTILINE = ("description", "requirements", "risk_note")
POSITION_CHARS = {"title_zh": 60, "title_en": 120, "requirements_zh": 500, "requirements_en": 1000}
AGE_MAX = 99
AHEAD_MAX = timedelta(days=366)
"""Nobody plans a shift further ahead; a year typed wrong shows here."""

FILL_IN = Text("请填写这一项。", "Please fill this in.")
BOTH_LANGUAGES = Text("中文和英文要一起填写。", "Please give both Chinese and English.")
RISK_MISSING = Text(
    "招募前要告知可能的风险：写明风险，或勾选“没有特别风险”。",
    "People must be told of possible risks: name them, or tick that there is no particular risk.",
)
RISK_BOTH_WAYS = Text(
    "写了风险，就不要再勾选“没有特别风险”。", "Where a risk is named, do not tick that there is no particular risk."
)
REQUIREMENTS_MISSING = Text(
    "招募前要写明参加的条件，例如年龄、着装、自带物品。",
    "Say what people must bring: age, clothes, things to carry.",
)
CONTACT_MISSING = Text("请写明联系方式，志愿者有事找得到人。", "Give a contact, so that volunteers can reach somebody.")
PLACE_MISSING = Text("请选择站点，或写明集合地点。", "Choose a station, or say where to meet.")
POSITION_MISSING = Text("还没有岗位，请先添加。", "There is no position yet. Please add one.")
SHIFT_MISSING = Text(
    "还没有将来的班次，请先添加，否则没有人能报名。",
    "There is no shift ahead yet. Please add one, or nobody can sign up.",
)
END_LATER = Text("结束要晚于开始。", "The end must be later than the start.")
TOO_LONG = Text("一个班次最长 24 小时，请分成几个班次。", "A shift has 24 hours at most. Please split it.")
STARTS_PAST = Text("开始时间已经过去。", "The start has passed already.")
TOO_FAR_AHEAD = Text("班次最多排到一年以后，请检查年份。", "A shift lies a year ahead at most. Please check the year.")
CAPACITY_RANGE = Text("名额为 1–5,000 的整数。", "Places are a whole number from 1 to 5,000.")
COVER_RANGE = Text("最少人数为 0 到名额之间的整数。", "The least cover is a whole number from 0 to the places.")
AGE_RANGE = Text("最低年龄为 1–99 的整数，不限就留空。", "The least age is a whole number from 1 to 99; empty for any.")


def problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with an event's data, even for a draft; only the keys given are judged.

    data: plain values as every door hands them over (see authoring.create_event).
    """
    found: dict[str, list[Text]] = {}
    for name, value in data.items():
        if said := _of_field(name, value):
            found[name] = [said]
    if data.get("no_particular_risk") and data.get("risk_note_zh"):
        found.setdefault("no_particular_risk", []).append(RISK_BOTH_WAYS)
    return found


def _of_field(name: str, value: Any) -> Text | None:
    if name in CHARS:
        multiline = name.startswith(MULTILINE)
        return text_problem(value, CHARS[name], required=name in ALWAYS, multiline=multiline)
    if name == "category":
        return None if value in list(Category) else UNKNOWN_CHOICE
    if name == "district_id":
        return None if isinstance(value, int) else UNKNOWN_CHOICE
    if name in ("organisation_id", "station_id"):
        return None if value is None or isinstance(value, int) else UNKNOWN_CHOICE
    return None


def gaps(data: Mapping[str, Any], *, positions: int, shifts_ahead: int) -> dict[str, list[Text]]:
    """Return what is still missing before an event may be shown to people; empty when nothing is.

    positions: how many it has. shifts_ahead: how many open ones begin in the future.

    Source: 志愿服务条例 art. 12: true and complete information and possible risks; arts. 15–16: what people must bring.
    """
    needed = (
        ("summary_zh", data.get("summary_zh"), FILL_IN),
        ("summary_en", data.get("summary_en"), FILL_IN),
        ("requirements_zh", data.get("requirements_zh"), REQUIREMENTS_MISSING),
        ("contact", data.get("contact"), CONTACT_MISSING),
        ("place_zh", data.get("station_id") or data.get("place_zh"), PLACE_MISSING),
        ("risk_note_zh", data.get("risk_note_zh") or data.get("no_particular_risk"), RISK_MISSING),
        ("positions", positions, POSITION_MISSING),
        ("shifts", shifts_ahead or not positions, SHIFT_MISSING),
    )
    found = {name: text for name, value, text in needed if not value}
    for name in ("description", "requirements", "risk_note", "place", "hour_rule"):
        zh, en = bool(data.get(f"{name}_zh")), bool(data.get(f"{name}_en"))
        if zh != en:
            found.setdefault(f"{name}_en" if zh else f"{name}_zh", BOTH_LANGUAGES)
    return {name: [text] for name, text in found.items()}


def position_problems(data: Mapping[str, Any], catalogue: Collection[str]) -> dict[str, list[Text]]:
    """Return what is wrong with a position. catalogue: the codes of qualifications there are."""
    judges: dict[str, Callable[[Any], Text | None]] = {
        "approval": lambda value: None if value in list(Approval) else UNKNOWN_CHOICE,
        "qualifications": lambda value: None if set(value or ()) <= set(catalogue) else UNKNOWN_CHOICE,
        "min_age": lambda value: None if value is None or _is_whole(value, 1, AGE_MAX) else AGE_RANGE,
    }
    found: dict[str, Text | None] = {name: judge(data.get(name)) for name, judge in judges.items()}
    for name, limit in POSITION_CHARS.items():
        found[name] = text_problem(data.get(name), limit, required=name in ALWAYS, multiline=name.startswith(MULTILINE))
    if bool(data.get("requirements_zh")) != bool(data.get("requirements_en")):
        empty = "requirements_en" if data.get("requirements_zh") else "requirements_zh"
        found[empty] = found.get(empty) or BOTH_LANGUAGES
    return _said(found.items())


def shift_problems(data: Mapping[str, Any], at: datetime) -> dict[str, list[Text]]:
    """Return what is wrong with a shift: its times, places and least cover. at: now; it must lie ahead."""
    starts, ends = data.get("starts_at"), data.get("ends_at")
    capacity, cover = data.get("capacity"), data.get("min_cover")
    found: list[tuple[str, Text | None]] = [
        ("starts_at", _start_problem(starts, at)),
        ("ends_at", _end_problem(starts, ends)),
        ("capacity", None if _is_whole(capacity, 1, CAPACITY_MAX) else CAPACITY_RANGE),
    ]
    most = capacity if capacity is not None and _is_whole(capacity, 1, CAPACITY_MAX) else CAPACITY_MAX
    found.append(("min_cover", None if _is_whole(cover, 0, most) else COVER_RANGE))
    return _said(found)


def _start_problem(starts: datetime | None, at: datetime) -> Text | None:
    if starts is None:
        return FILL_IN
    if starts <= at:
        return STARTS_PAST
    return TOO_FAR_AHEAD if starts - at > AHEAD_MAX else None


def _end_problem(starts: datetime | None, ends: datetime | None) -> Text | None:
    if ends is None:
        return FILL_IN
    if starts is None:
        return None
    if ends <= starts:
        return END_LATER
    return TOO_LONG if ends - starts > SHIFT_MAX else None


def cancel_problems(data: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what is wrong with the reason of a cancellation, which people read in their own language."""
    names = ("reason_zh", "reason_en")
    return _said((name, text_problem(data.get(name), REASON_CHARS, required=True)) for name in names)


def _is_whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _said(found: Iterable[tuple[str, Text | None]]) -> dict[str, list[Text]]:
    return {name: [text] for name, text in found if text is not None}
