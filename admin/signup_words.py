"""The panel's Chinese words and colours for sign-ups and shifts."""

from __future__ import annotations

from datetime import datetime, timedelta

from markupsafe import Markup

from app.core import clock
from app.events.models import Event, Shift
from app.events.rules import CATEGORY_NAMES
from app.volunteers.rules import QUALIFICATION_NAMES

CATEGORIES = tuple((str(code), text.zh) for code, text in CATEGORY_NAMES.items())
QUALIFICATIONS = {str(code): text.zh for code, text in QUALIFICATION_NAMES.items()}
STATES = (
    ("confirmed", "已确认"),
    ("offered", "待答复"),
    ("pending", "待审核"),
    ("waitlisted", "候补中"),
    ("invited", "已邀请"),
    ("cancelled_self", "本人取消"),
    ("cancelled_org", "主办方取消"),
    ("rejected", "未录用"),
    ("declined", "已谢绝"),
    ("expired", "已过期"),
)
TONES = {
    "confirmed": "good",
    "offered": "note",
    "pending": "held",
    "waitlisted": "warn",
    "invited": "note",
    "cancelled_org": "bad",
    "rejected": "bad",
}
VIAS = (("self", "本人报名"), ("staff", "工作人员"), ("unit", "单位报名"), ("import", "导入"))
WHENS = (
    ("yesterday", "昨天"),
    ("today", "今天"),
    ("tomorrow", "明天"),
    ("week", "未来 7 天"),
    ("all", "全部"),
)
NEEDS = (
    ("short", "人手不足"),
    ("free", "有空名额"),
    ("full", "已满"),
    ("pending", "有待审核"),
    ("waitlisted", "有候补"),
    ("by_hand", "等人补位"),
)
OBJECTS = (("shift", "班次"), ("signup", "报名"))
ACTS = {
    "signups.approve": "通过报名",
    "signups.reject": "不录用",
    "signups.promote": "候补补位",
    "signups.offer": "发出名额",
    "signups.cancel": "取消别人的报名",
    "signups.add": "加人到班次",
    "signups.invite": "邀请到班次",
    "signups.note": "给班次的人发消息",
    "signups.reveal": "查看签到表的完整姓名",
    "shifts.capacity": "修改名额",
    "shifts.cancel": "取消班次",
}
FIELDS = {
    "capacity": "名额",
    "event": "活动编号",
    "volunteer": "志愿者编号",
    "people": "人数",
    "note": "消息",
    "ended": "结束的报名数",
}
SHIFT_STATES = (("open", "有效"), ("cancelled", "已取消"))


def tone(state: str) -> str:
    """Return the colour of a state; quiet for what is over."""
    return TONES.get(state, "quiet")


def nowrap(words: str) -> Markup:
    """Return words that stay on one line."""
    return Markup('<span class="nowrap">{}</span>').format(words)


def span(shift: Shift) -> str:
    """Return when a shift is, on the city's clock: 09:00–11:00, with the day of its end where that is another."""
    start, end = clock.city_time(shift.starts_at), clock.city_time(shift.ends_at)
    return f"{start:%H:%M}–{end:%H:%M}" if start.date() == end.date() else f"{start:%H:%M}–{end:%m-%d %H:%M}"


def place(event: Event) -> str:
    """Return where an event is: its station and, where it says so, the spot."""
    station = event.station.name_zh if event.station else ""
    return " · ".join(word for word in (station, event.place_zh) if word) or event.district.name_zh


def left(until: datetime | None, at: datetime) -> str:
    """Return how long an offer still stands."""
    if until is None or until <= at:
        return "已到期"
    minutes = -(-(until - at) // timedelta(minutes=1))
    return f"还剩 {minutes} 分钟" if minutes < 60 else f"还剩 {minutes // 60} 小时 {minutes % 60} 分"
