"""The forms of an event: its texts in both languages, its positions, shifts, week's patterns and copies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wtforms import Field

from admin import door, event_words, wording
from admin.forms import Checks, Choice, Day, Hidden, Line, Moment, PanelForm, Paragraph
from app.core.errors import DomainError, InvalidInput, Text
from app.events.drafting import CHARS, POSITION_CHARS
from app.events.rules import REASON_CHARS
from app.orgs import queries as orgs
from app.orgs.rules import reach
from app.stations import queries as stations

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:：]([0-5]\d)")
_PARAGRAPHS = ("description", "requirements", "risk_note")


class Tick(Field):  # type: ignore[misc]
    """One box to tick."""

    kind = "tick"
    is_required = False

    def __init__(self, label: str, *, hint: str = "", **more: Any) -> None:
        super().__init__(label, description=hint, **more)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = bool(valuelist)

    @property
    def plain(self) -> bool:
        """Whether it is ticked."""
        return bool(self.data)


class Whole(Line):
    """A whole number; what is none stays text, for the rule to refuse."""

    kind = "whole"

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else str(value)

    @property
    def plain(self) -> Any:
        """The number, or None for nothing."""
        text = str(self.data if self.data is not None else "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else text or None


class Clock(Line):
    """A time of day, written 09:00; its value is the minute of the day."""

    kind = "clock"

    @property
    def plain(self) -> int | None:
        """The minute of the day, or None for what cannot be read."""
        found = _CLOCK.fullmatch((self.data or "").strip())
        return int(found[1]) * 60 + int(found[2]) if found else None


class Weekdays(Checks):
    """Some days of the week."""

    @property
    def plain(self) -> list[int]:
        """The days, 0 = Monday."""
        return sorted({int(one) for one in self.data if one in tuple("0123456")})


def _districts() -> list[tuple[str, str]]:
    """Return the districts in which the caller may have events; an organisation may have its own anywhere."""
    held = reach(door.actor(), "events.create")
    listed = orgs.list_districts()
    own = [one for one in listed if held.organisation_ids or held.holds(district_id=one.id)]
    return [(str(one.id), one.name_zh) for one in own]


def _organisations() -> list[tuple[str, str]]:
    return [(str(one.id), one.name_zh) for one in orgs.list_organisations()]


def _stations() -> list[tuple[str, str]]:
    names = {one.id: one.name_zh for one in orgs.list_districts()}
    return [(str(one.id), f"{one.name_zh}（{names[one.district_id]}）") for one in stations.list_facts(None, None)]


def _line(name: str, label: str, **more: Any) -> Line:
    return (Paragraph if name.startswith(_PARAGRAPHS) else Line)(label, chars=CHARS[name], **more)


class EventForm(PanelForm):
    """Everything that is written about an event."""

    title_zh = _line("title_zh", "中文标题", required=True)
    title_en = _line("title_en", "英文标题", required=True)
    category = Choice("类型", event_words.CATEGORIES, required=True, empty="请选择")
    district_id = Choice("区市", _districts, required=True, empty="请选择", as_id=True)
    organisation_id = Choice("主办机构", _organisations, empty="未指定", as_id=True)
    station_id = Choice("站点", _stations, empty="不在站点", as_id=True, hint="驿站值班也选站点。")
    place_zh = _line("place_zh", "中文集合地点", hint="在站点集合可以留空。")
    place_en = _line("place_en", "英文集合地点")
    summary_zh = _line("summary_zh", "中文简介", hint="一句话，列表里显示。")
    summary_en = _line("summary_en", "英文简介")
    description_zh = _line("description_zh", "中文详情")
    description_en = _line("description_en", "英文详情")
    requirements_zh = _line("requirements_zh", "中文参加条件", hint="年龄、着装、自带物品。")
    requirements_en = _line("requirements_en", "英文参加条件")
    risk_note_zh = _line("risk_note_zh", "中文风险提示", hint="志愿者报名前要勾选看过。")
    risk_note_en = _line("risk_note_en", "英文风险提示")
    no_particular_risk = Tick("没有特别风险", hint="确实没有要提示的风险时才勾选。")
    insurance_note = _line("insurance_note", "保险说明", hint="为志愿者买了保险就写明。")
    contact = _line("contact", "联系方式", hint="公开显示，请写办公电话。")
    hour_rule_zh = _line("hour_rule_zh", "中文时长说明", hint="留空就用统一说明：按签到签退，精确到分钟。")
    hour_rule_en = _line("hour_rule_en", "英文时长说明")


class NewEventForm(EventForm):
    """The same with the first position and its first shift, so that a plain event takes one page."""

    position_zh = Line("中文岗位名称", chars=POSITION_CHARS["title_zh"], hint="例：引导员。暂时不排班就留空。")
    position_en = Line("英文岗位名称", chars=POSITION_CHARS["title_en"])
    starts_at = Moment("开始")
    ends_at = Moment("结束", hint="青岛时间，最长 24 小时。")
    capacity = Whole("名额")
    min_cover = Whole("最少人数", hint="少于这个数会提醒缺人；0 为不提醒。")
    approval = Choice("报名方式", event_words.APPROVALS, required=True)

    FIRST = ("position_zh", "position_en", "starts_at", "ends_at", "capacity", "min_cover", "approval")
    PLACES = {"positions": "position_zh", "shifts": "starts_at"}

    def plain(self) -> dict[str, Any]:
        """Return the event's own values; the first position and shift stand in `first`, None where none was typed."""
        data = super().plain()
        first = {name: data.pop(name) for name in self.FIRST}
        wanted = first["position_zh"] or first["position_en"] or first["starts_at"] or first["ends_at"]
        return {**data, "first": first if wanted else None}

    def show(self, refusal: DomainError) -> str:
        """Put what is missing of positions and shifts on the fields of the first ones."""
        refusal.fields = {self.PLACES.get(name, name): texts for name, texts in refusal.fields.items()}
        return super().show(refusal)


def of_first(refusal: InvalidInput) -> InvalidInput:
    """Return a refusal of the first position under the names of its fields in the form of a new event."""
    names = {"title_zh": "position_zh", "title_en": "position_en"}
    fields: Mapping[str, list[Text]] = {names.get(name, name): list(texts) for name, texts in refusal.fields.items()}
    return InvalidInput(fields=fields)


class PositionForm(PanelForm):
    title_zh = Line("中文岗位名称", required=True, chars=POSITION_CHARS["title_zh"], hint="例：引导员、外语讲解员。")
    title_en = Line("英文岗位名称", required=True, chars=POSITION_CHARS["title_en"])
    requirements_zh = Paragraph(
        "中文岗位要求", chars=POSITION_CHARS["requirements_zh"], hint="活动总的条件之外的，没有就留空。"
    )
    requirements_en = Paragraph("英文岗位要求", chars=POSITION_CHARS["requirements_en"])
    approval = Choice("报名方式", event_words.APPROVALS, required=True)
    min_age = Whole("最低年龄", hint="到班次那天的周岁；不限就留空。")
    qualifications = Checks("需要的资质", event_words.QUALIFICATIONS)


class ShiftForm(PanelForm):
    starts_at = Moment("开始", required=True, hint="青岛时间。")
    ends_at = Moment("结束", required=True, hint="最长 24 小时。")
    capacity = Whole("名额", required=True)
    min_cover = Whole("最少人数", required=True, hint="少于这个数会提醒缺人；0 为不提醒。")


class PatternForm(PanelForm):
    weekdays = Weekdays("每周", tuple((str(n), day) for n, day in enumerate(wording.WEEKDAYS)))
    starts_min = Clock("开始", required=True, hint="例：09:00")
    ends_min = Clock("结束", required=True, hint="早于或等于开始，就是第二天。")
    from_on = Day("第一天", required=True)
    until_on = Day("最后一天", required=True)
    capacity = Whole("每班名额", required=True)
    min_cover = Whole("每班最少人数", required=True, hint="少于这个数会提醒缺人；0 为不提醒。")
    skip_holidays = Tick("放假日不排", hint="按“日历”里的放假日。")


class CancelForm(PanelForm):
    reason_zh = Line("中文原因", required=True, chars=REASON_CHARS, hint="志愿者和手机页会原样看到。")
    reason_en = Line("英文原因", required=True, chars=REASON_CHARS, hint="Shown to volunteers as it is.")


class CancelShiftForm(CancelForm):
    shift = Hidden()


class RemovePositionForm(PanelForm):
    position = Hidden()


class UndoForm(PanelForm):
    pattern = Hidden()


class CopyForm(PanelForm):
    first_on = Day("新的第一天", hint="班次会整体移到从这一天开始；留空就只复制内容和岗位。")
