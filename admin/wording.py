"""The panel's Chinese words for codes: states, kinds, roles, acts and fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from admin import event_words, signup_words
from admin.base import per_request
from app.audit.models import AuditEntry
from app.checkins import words as visits
from app.checkins.errors import REASON_NAMES
from app.checkins.models import CheckIn
from app.checkins.rules import answer_words
from app.core import clock
from app.core.errors import ChangedMeanwhile, Text
from app.orgs import queries as orgs
from app.orgs.models import StaffGrant
from app.orgs.rules import DISTRICTS, ScopeKind
from app.stations import queries as stations
from app.stations import words as names
from app.stations.opening import hhmm
from app.volunteers import rules as volunteer_rules
from app.volunteers import words as volunteer_words


def _pairs(words: Mapping[Any, Text]) -> tuple[tuple[str, str], ...]:
    """Return codes with their Chinese words."""
    return tuple((str(code), text.zh) for code, text in words.items())


STATION_KINDS = _pairs(names.KINDS)
STATION_STATES = (("draft", "草稿"), ("open", "开放"), ("paused", "暂停"), ("withdrawn", "已撤站"))
COORD_QUALITIES = _pairs(names.COORD_QUALITIES)
COORD_SYSTEMS = _pairs(names.COORD_SYSTEMS)
LANGUAGES = _pairs(names.LANGUAGES)
VOLUNTEER_STATES = _pairs(volunteer_words.STATES)
GENDERS = _pairs(volunteer_words.GENDERS)
SKILLS = _pairs(volunteer_words.SKILLS)
ORIGINS = _pairs(volunteer_words.ORIGINS)
QUALIFICATIONS = _pairs(volunteer_rules.QUALIFICATION_NAMES)
DAY_KINDS = (("holiday", "放假"), ("workday", "调休上班"))
CHECKIN_STATES = (("accepted", "已盖章"), ("pending_review", "待复核"), ("refused", "未通过"), ("void", "已作废"))
FEEDBACK_ABOUT = (("app", "手机页"), ("station", "站点"), ("event", "活动"), ("hours", "时长"), ("staff", "工作人员"))
FEEDBACK_STATES = (("open", "待答复"), ("answered", "已答复"), ("closed", "已关闭"))
WAITING_KINDS = (("held", "有疑点"), ("appeal", "有申诉"))
SIGNALS = (
    ("speed", "两站之间太快"),
    ("device", "一机多人"),
    ("same_position", "位置多日分毫不差"),
    ("clock", "手机时间不准"),
    ("future", "时间在将来"),
    ("too_late", "72 小时后才上传"),
)
CHECKIN_SOURCES = (("api", "手机页"), ("offline", "离线补传"), ("demo", "演示数据"))
GRADES = (("A", "A 级：动态码 + 在场"), ("B", "B 级：海报 + 在场，或动态码"), ("C", "C 级：仅海报"))
REASONS = tuple((str(reason), text.zh) for reason, text in REASON_NAMES.items())
ROLES = (
    ("city_admin", "市级管理员"),
    ("district_admin", "区市管理员"),
    ("org_admin", "机构管理员"),
    ("event_leader", "活动负责人"),
    ("station_keeper", "驿站站长"),
    ("auditor", "审计员"),
)
ROLE_NOTES = {
    "city_admin": "全市的全部操作，含用户、协议、服务目录、机构和操作日志；查看完整手机号要写原因。",
    "district_admin": "本区市的站点、打卡、活动、志愿者和人员；不含用户、协议、服务目录、机构和操作日志。",
    "org_admin": "本机构主办的活动和报名；查看本机构的站点。",
    "event_leader": "只看自己负责的活动：审核报名、管理名单。",
    "station_keeper": "查看本站、打卡和本站今天的班次名单（姓名打码），开放、暂停和临时关闭本站。",
    "auditor": "范围内全部只读；范围为全市时可看操作日志和用户（手机号打码）。",
}
IMPORT_STATES = {"previewed": "待确认", "done": "已导入", "undone": "已撤销"}
IMPORT_SUBJECTS = {"stations": "站点", "volunteers": "志愿者"}
STAFF_STATES = (("active", "启用"), ("disabled", "停用"))
ORGANISATION_KINDS = (("office", "主管部门"), ("operator", "运营单位"), ("partner", "共建单位"))
OBJECT_TYPES = (
    *event_words.OBJECTS,
    ("station", "站点"),
    ("checkin", "打卡"),
    ("staff", "人员"),
    ("organisation", "机构"),
    ("service_item", "服务目录"),
    ("import", "导入"),
    ("calendar", "日历"),
    ("person", "用户"),
    ("volunteer", "志愿者"),
    ("feedback", "反馈"),
    ("consent_text", "协议与授权"),
)
PURPOSES = (
    ("terms", "使用协议"),
    ("privacy", "个人信息处理"),
    ("location", "精确位置"),
    ("realname", "实名信息"),
    ("guardian", "监护人同意"),
    ("photo_publish", "照片公开"),
)
ACTS = {
    **event_words.ACTS,
    "stations.create": "新建站点",
    "stations.update": "修改站点",
    "stations.open": "开放站点",
    "stations.pause": "暂停站点",
    "stations.close": "临时关闭",
    "stations.end_closure": "结束关闭",
    "stations.withdraw": "撤站",
    "stations.remove": "撤销导入的草稿",
    "stations.issue_credential": "更换海报或动态码密钥",
    "stations.revoke_credential": "作废海报或密钥",
    "stations.add_photo": "上传照片",
    "stations.remove_photo": "移除照片",
    "imports.run": "导入 Excel",
    "imports.undo": "撤销导入",
    "kiosks.add": "添加屏幕",
    "kiosks.revoke": "停用屏幕",
    "services.save": "修改服务目录",
    "calendar.save": "修改日历",
    "calendar.paste": "粘贴日历",
    "calendar.remove": "移除日历的一天",
    "checkins.void": "作废打卡",
    "checkins.approve": "核对通过",
    "checkins.refuse": "核对不通过",
    "feedback.answer": "答复反馈",
    "feedback.close": "关闭反馈",
    "feedback.reveal": "查看反馈的联系方式",
    "consents.publish": "发布新版本",
    "people.reveal_phone": "查看完整手机号",
    "people.kick_out": "让用户全部下线",
    "people.freeze": "冻结用户",
    "people.unfreeze": "解除冻结",
    "volunteers.create": "登记志愿者",
    "volunteers.update": "修改志愿者",
    "volunteers.take_back": "收回志愿者邀请",
    "volunteers.approve": "通过志愿者",
    "volunteers.suspend": "暂停志愿者",
    "volunteers.resume": "恢复志愿者",
    "volunteers.archive": "归档志愿者",
    "volunteers.reveal": "查看志愿者个人信息",
    "volunteers.note_qualification": "登记资质",
    "volunteers.remove_qualification": "移除资质",
    "organisations.create": "新建机构",
    "organisations.update": "修改机构",
    "staff.create": "新建人员",
    "staff.create_refused": "新建人员被拒",
    "staff.rename": "修改姓名",
    "staff.rename_refused": "修改姓名被拒",
    "staff.link": "发一次性链接",
    "staff.link_refused": "发链接被拒",
    "staff.grant": "授予角色",
    "staff.grant_refused": "授予角色被拒",
    "staff.revoke": "收回角色",
    "staff.revoke_refused": "收回角色被拒",
    "staff.disable": "停用账号",
    "people.login_blocked": "微信不许登录",
    "staff.disable_refused": "停用账号被拒",
    "staff.enable": "启用账号",
    "staff.enable_refused": "启用账号被拒",
    "staff.kick_out": "强制下线",
    "staff.kick_out_refused": "强制下线被拒",
    "staff.password_set": "用链接设置密码",
    "staff.password_changed": "修改自己的密码",
    "staff.sign_in": "登录",
    "staff.sign_in_failed": "登录失败",
    "staff.sign_out": "退出",
    "staff.session_ended": "结束自己的另一处登录",
}
FIELDS = {
    **event_words.FIELDS,
    "code": "编号",
    "name": "姓名",
    "real_name": "真实姓名",
    "birth_year": "出生年份",
    "district": "区市",
    "gender": "性别",
    "skills": "特长",
    "emergency_contact": "紧急联系人",
    "guardian_name": "监护人姓名",
    "guardian_phone": "监护人手机号",
    "origin": "来源",
    "qualification": "资质",
    "last_day": "有效期至",
    "name_zh": "中文名称",
    "name_en": "英文名称",
    "kind": "类型",
    "district_id": "区市",
    "organisation_id": "机构",
    "address_zh": "中文地址",
    "address_en": "英文地址",
    "description_zh": "中文介绍",
    "description_en": "英文介绍",
    "phone": "电话",
    "languages": "服务语言",
    "coord_quality": "坐标来源",
    "state": "状态",
    "answer": "答复",
    "circles": "电子围栏",
    "opening": "开放时间",
    "services": "服务",
    "photo": "照片",
    "on_date": "日期",
    "stands_for": "替周几上班",
    "days": "日子",
    "version": "版本",
    "reason_zh": "中文原因",
    "reason_en": "英文原因",
    "until": "预计恢复",
    "login": "登录名",
    "role": "角色",
    "scope": "范围",
    "scope_id": "范围编号",
    "valid_until": "有效期至",
    "purpose": "用途",
    "device": "设备",
    "screen": "屏幕",
    "session": "登录编号",
    "station": "站点",
    "sessions": "登录数",
    "title_zh": "中文标题",
    "title_en": "英文标题",
    "text_zh": "中文正文",
    "text_en": "英文正文",
}
COMMON_REASONS = (
    ("设备检修", "Maintenance"),
    ("大风大浪，为安全起见", "Strong wind and high waves; closed for safety"),
    ("高温防暑", "Extreme heat"),
    ("暴雨或台风预警", "Heavy rain or typhoon warning"),
    ("客流过大，暂停进入", "Too crowded at the moment"),
    ("内部培训", "Staff training"),
    ("活动占用", "In use for an event"),
)
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WORDS: dict[str, dict[str, str]] = {
    "kind": {
        **dict(STATION_KINDS),
        **dict(ORGANISATION_KINDS),
        **dict(DAY_KINDS),
        "poster": "海报",
        "rotating": "动态码",
    },
    "state": {
        **dict((*signup_words.STATES, *event_words.STATES)),
        **dict(VOLUNTEER_STATES),
        **dict(STATION_STATES),
        **dict(CHECKIN_STATES),
        **dict(STAFF_STATES),
        "frozen": "已冻结",
    },
    "gender": dict(GENDERS),
    "origin": dict(ORIGINS),
    "qualification": dict(QUALIFICATIONS),
    "coord_quality": dict(COORD_QUALITIES),
    "role": dict(ROLES),
    "purpose": {"first_access": "首次进入", "new_password": "重设密码"},
    **event_words.VALUES,
}
_DISTRICT_NAMES = {code: zh for code, zh, _ in DISTRICTS}


class Change(NamedTuple):
    """One field of an audit entry, in words."""

    label: str
    before: str
    after: str


def act(action: str) -> str:
    """Return the words for an act."""
    return ACTS.get(action, action)


def who(actor: str) -> str:
    """Return who acted, without the technical prefix."""
    return {"system": "系统", "staff:?": "未登录者"}.get(actor, actor.removeprefix("staff:"))


def reason(code: str) -> str:
    """Return why an attempt does not count, in a few words."""
    return REASON_NAMES[code].zh


def why(visit: CheckIn) -> str:
    """Return why a visit does not count: what staff said, or else the name of the reason; empty for one that does."""
    said = visits.why(visit.reason, visit.explanation)
    return said.zh if said else ""


def answer(text: str | None) -> str:
    """Return what somebody answered or wrote as their reason; templates are kept by their code."""
    said = answer_words(text)
    return said.zh if said else ""


def scope(text: str | None) -> str:
    """Return a scope as it was typed at a door, in words."""
    kind, _, code = (text or "").partition(":")
    if kind == "city":
        return "全市"
    if kind == "org":
        return f"机构 {_organisation(int(code))}" if code.isascii() and code.isdigit() else f"机构 {code}"
    if kind == "event":
        return next((f"活动 {one.title_zh}" for one in orgs.find_events(None, code)), f"活动 {code}")
    return _DISTRICT_NAMES.get(code, code) if kind == "district" else f"站点 {code}"


def grant_scope(grant: StaffGrant) -> str:
    """Return where a grant holds, in words."""
    if grant.scope == ScopeKind.CITY:
        return "全市"
    if grant.scope == ScopeKind.DISTRICT:
        return next((one.name_zh for one in orgs.list_districts() if one.id == grant.scope_id), "—")
    if grant.scope == ScopeKind.ORGANISATION:
        return _organisation(grant.scope_id or 0)
    if grant.scope == ScopeKind.EVENT:
        return next((one.title_zh for one in orgs.find_events([grant.scope_id or 0], None)), "—")
    return next((f"{one.name_zh}({one.code})" for one in orgs.find_stations([grant.scope_id or 0], None)), "—")


def clash(refusal: ChangedMeanwhile) -> ChangedMeanwhile:
    """Return the same refusal with the fields' codes in words."""
    codes = str(refusal.facts["what"]).split(", ")
    return ChangedMeanwhile(**{**refusal.facts, "what": "、".join(FIELDS.get(one, act(one)) for one in codes)})


def changes_of(entry: AuditEntry) -> list[Change]:
    """Return what an entry changed, field by field; a field that only one side has stands against a dash."""
    before, after = entry.before or {}, entry.after or {}
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(FIELDS.get(name, name), _said(name, before.get(name)), _said(name, after.get(name))) for name in names
    ]


def _said(name: str, value: Any) -> str:
    if value is None or value in ("", []):
        return "—"
    return _SAY[name](value) if name in _SAY else _WORDS.get(name, {}).get(str(value), str(value))


def _hours(one: Mapping[str, Any]) -> str:
    on_date = one.get("on_date")
    if one.get("on_holidays"):
        day = "节假日"
    else:
        day = str(date.fromisoformat(on_date)) if on_date else WEEKDAYS[one["weekday"]]
    return f"{day} 休息" if one["closed"] else f"{day} {hhmm(one['opens_min'])}–{hhmm(one['closes_min'])}"


def _service(one: Mapping[str, Any]) -> str:
    names: dict[str, str] = per_request(
        "service_names", lambda: {item.code: item.name_zh for item in stations.list_service_items()}
    )
    note = f"({one['note_zh']})" if one.get("note_zh") else ""
    return f"{names.get(one['code'], one['code'])}{note}{'' if one.get('available', True) else ' · 暂不提供'}"


def _calendar_day(one: Mapping[str, Any]) -> str:
    stands_for = one["stands_for"]
    more = "" if stands_for is None else f"，按{WEEKDAYS[stands_for]}的时间"
    return f"{one['on_date']} {dict(DAY_KINDS)[one['kind']]} {one['name_zh']}{more}"


def _moment(value: str) -> str:
    return clock.city_time(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")


def _district(value: int) -> str:
    names: dict[int, str] = per_request(
        "district_names", lambda: {one.id: one.name_zh for one in orgs.list_districts()}
    )
    return names.get(value, str(value))


def _organisation(value: int) -> str:
    names: dict[int, str] = per_request(
        "organisation_names", lambda: {one.id: one.name_zh for one in orgs.list_organisations()}
    )
    return names.get(value, str(value))


_SAY: dict[str, Callable[[Any], str]] = {
    "district_id": _district,
    "organisation_id": _organisation,
    "scope": lambda value: scope(value) if ":" in value or value == "city" else str(value),
    "opening": lambda value: "\n".join(_hours(one) for one in value),
    "circles": lambda value: "\n".join(f"{c['lat']:.6f}, {c['lng']:.6f} · 半径 {c['radius_m']} 米" for c in value),
    "services": lambda value: "\n".join(_service(one) for one in value),
    "languages": lambda value: "、".join(dict(LANGUAGES).get(one, one) for one in value),
    "skills": lambda value: "、".join(dict(SKILLS).get(one, one) for one in value),
    "district": lambda value: _DISTRICT_NAMES.get(value, value),
    "stands_for": lambda value: WEEKDAYS[value],
    "days": lambda value: "\n".join(_calendar_day(one) for one in value),
    **event_words.SAY,
    "until": _moment,
    "valid_until": _moment,
}
