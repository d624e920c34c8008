"""Forms about volunteers: writing somebody down, changing what is known of them, noting a qualification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from admin import door, wording
from admin.base import per_request
from admin.forms import Checks, Choice, Day, Hidden, Line, PanelForm, ReasonForm
from app.orgs import queries as orgs
from app.orgs.rules import reach
from app.volunteers.rules import CONTACT_CHARS, NAME_CHARS

_UNCHANGED = "留空表示不改。"
_KEPT_WHEN_EMPTY = ("real_name", "birth_date", "emergency_contact", "guardian_name", "guardian_phone")
"""What the form never shows of somebody: nothing typed leaves it as it is."""


def own_districts() -> list[tuple[str, str]]:
    """Return the districts in which the caller may write volunteers down, (code, name)."""
    held = reach(door.actor(), "volunteers.edit")
    listed: Iterable[Any] = per_request("district_rows", orgs.list_districts)
    return [(one.code, one.name_zh) for one in listed if held.holds(district_id=one.id)]


class _VolunteerForm(PanelForm):
    def plain(self) -> dict[str, Any]:
        """Return the typed values; the guardian's tick as a yes or no, and nothing about a guardian nobody named."""
        data = super().plain()
        data["guardian_consent"] = data["guardian_consent"] == ["yes"]
        if not data["guardian_name"] and not data["guardian_phone"]:
            for name in ("guardian_name", "guardian_phone", "guardian_consent"):
                del data[name]
        return data


_CONSENT = (("yes", "监护人本人已看过说明并同意"),)
_GUARDIAN_HINT = "未满 14 周岁必填，其他人不用填。"


class VolunteerForm(_VolunteerForm):
    """Writing somebody down on their behalf."""

    real_name = Line("真实姓名", required=True, chars=NAME_CHARS, hint="加密保存，列表里只显示姓。")
    phone = Line("手机号", required=True, chars=30, hint="本人用这个手机号登录后，在手机上接受或谢绝。")
    birth_date = Day("出生日期", required=True)
    district = Choice("区市", own_districts, required=True, empty="请选择")
    gender = Choice("性别", wording.GENDERS, empty="不填")
    emergency_contact = Line("紧急联系人", chars=CONTACT_CHARS, hint="姓名和电话，可以不填。")
    languages = Checks("语言", wording.LANGUAGES)
    skills = Checks("特长", wording.SKILLS)
    guardian_name = Line("监护人姓名", chars=NAME_CHARS, hint=_GUARDIAN_HINT)
    guardian_phone = Line("监护人手机号", chars=30)
    guardian_consent = Checks("监护人同意", _CONSENT)


class ChangeVolunteerForm(_VolunteerForm):
    """Changing what is known; what is kept sealed is not shown, only replaced."""

    real_name = Line("真实姓名", chars=NAME_CHARS, hint=_UNCHANGED)
    birth_date = Day("出生日期", hint=_UNCHANGED)
    district = Choice("区市", own_districts, required=True, empty="请选择")
    gender = Choice("性别", wording.GENDERS, empty="不填")
    languages = Checks("语言", wording.LANGUAGES)
    skills = Checks("特长", wording.SKILLS)
    emergency_contact = Line("紧急联系人", chars=CONTACT_CHARS, hint=_UNCHANGED)
    guardian_name = Line("监护人姓名", chars=NAME_CHARS, hint=f"{_UNCHANGED}要改就连同手机号一起填。")
    guardian_phone = Line("监护人手机号", chars=30, hint=_UNCHANGED)
    guardian_consent = Checks("监护人同意", _CONSENT)

    def plain(self) -> dict[str, Any]:
        data = super().plain()
        return {name: value for name, value in data.items() if value or name not in _KEPT_WHEN_EMPTY}


class QualificationForm(PanelForm):
    code = Choice("资质", wording.QUALIFICATIONS, required=True, empty="请选择")
    valid_until = Day("有效期至", hint="证书上的最后一天，当天有效。长期有效就留空。")


class RemoveQualificationForm(ReasonForm):
    qualification = Hidden()
