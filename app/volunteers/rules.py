"""Who may volunteer, in which state and with which number; what is wrong with what they say of themselves. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.errors import Text
from app.core.types import has_control_characters
from app.people.rules import normalise_phone
from app.stations.rules import LANGUAGES

GUARDIAN_AGE = 14
"""Who is younger needs a guardian who agreed. Source: PIPL art. 28 and 31; product §4."""
ADULT_AGE = 18
"""Who is younger waits until staff have accepted them. Source: api §7."""
NAME_CHARS = 40
CONTACT_CHARS = 60
REASON_CHARS = 200
BORN_SINCE = date(1900, 1, 1)
INVITATION_KEPT = timedelta(days=90)
"""How long what others wrote about somebody waits for their answer."""
FORGOTTEN_AT_ONCE = 500
NUMBER_DIGITS = 8
"""Digits of a volunteer's number before its check digit; ten million numbers, the first digit never 0."""


class VolunteerState(StrEnum):
    INVITED = "invited"
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class Origin(StrEnum):
    """Who made the record first."""

    SELF = "self"
    STAFF = "staff"
    IMPORT = "import"
    UNIT = "unit"


class Gender(StrEnum):
    """Left empty by whoever does not want to say."""

    FEMALE = "female"
    MALE = "male"


class QualificationCode(StrEnum):
    """What staff have seen proof of; a position may ask for it."""

    FIRST_AID = "first_aid"
    ENGLISH = "english"
    SIGN_LANGUAGE = "sign_language"
    JAPANESE = "japanese"
    KOREAN = "korean"
    LIFEGUARD = "lifeguard"
    ELDER_CARE = "elder_care"
    GUIDE = "guide"


QUALIFICATION_NAMES: Mapping[str, Text] = {
    QualificationCode.FIRST_AID: Text("急救", "First aid"),
    QualificationCode.ENGLISH: Text("英语", "English"),
    QualificationCode.SIGN_LANGUAGE: Text("手语", "Sign language"),
    QualificationCode.JAPANESE: Text("日语", "Japanese"),
    QualificationCode.KOREAN: Text("韩语", "Korean"),
    QualificationCode.LIFEGUARD: Text("救生", "Lifeguard"),
    QualificationCode.ELDER_CARE: Text("助老", "Elder care"),
    QualificationCode.GUIDE: Text("讲解", "Guiding"),
}
"""The fixed catalogue of what a volunteer can prove."""
SKILLS = (
    "guide",
    "first_aid",
    "medical",
    "lifeguard",
    "sign_language",
    "elder_care",
    "childcare",
    "photography",
    "writing",
    "computers",
    "driving",
    "repair",
)
"""What people say they are good at; nobody has checked it."""


class Act(StrEnum):
    """What staff do about a volunteer's state."""

    APPROVE = "approve"
    SUSPEND = "suspend"
    RESUME = "resume"
    ARCHIVE = "archive"


ACTS: Mapping[Act, tuple[frozenset[VolunteerState], VolunteerState]] = {
    Act.APPROVE: (frozenset({VolunteerState.PENDING}), VolunteerState.ACTIVE),
    Act.SUSPEND: (frozenset({VolunteerState.ACTIVE}), VolunteerState.SUSPENDED),
    Act.RESUME: (frozenset({VolunteerState.SUSPENDED}), VolunteerState.ACTIVE),
    Act.ARCHIVE: (frozenset(VolunteerState) - {VolunteerState.ARCHIVED}, VolunteerState.ARCHIVED),
}
"""Act → the states it is done from, and the one it leads to. Nothing else leads from one state to another but what the
person does: accepting or declining an invitation, and asking again after the archive."""


class Standing(NamedTuple):
    """What a sign-up is judged by. qualifications: code → the last city day on which it holds, None for no end."""

    volunteer_id: int
    state: str
    birth_date: date | None
    has_guardian: bool
    qualifications: Mapping[str, date | None]

    def is_qualified(self, code: str, on: date) -> bool:
        """Whether a qualification holds on a city day."""
        return code in self.qualifications and is_valid_on(self.qualifications[code], on)


_REQUIRED = Text("请填写这一项。", "Please fill this in.")
_UNPRINTABLE = Text("里面有无法显示的字符。", "It holds characters that cannot be shown.")
UNKNOWN_CHOICE = Text("请从列表中选择。", "Please choose from the list.")
NAME_FORM = Text(
    "请填写真实姓名，2–40 个字，不带数字和符号。",
    "Please give the real name: 2 to 40 letters, without digits or signs.",
)
BIRTH_FORM = Text("请填写出生日期，例如 1990-05-01。", "Please give the date of birth, e.g. 1990-05-01.")
BIRTH_RANGE = Text("出生日期不能早于 1900 年，也不能晚于今天。", "The date of birth lies between 1900 and today.")
CONTACT_LONG = Text("最多 {n} 个字。", "At most {n} characters.").fill(n=CONTACT_CHARS)
PHONE_FORM = Text(
    "请填写 11 位的中国大陆手机号，例如 138 0013 8000。",
    "Please enter a mainland China mobile number of 11 digits, e.g. 138 0013 8000.",
)
PHONE_TAKEN = Text(
    "已有志愿者登记了这个手机号，请按手机号查找。",
    "A volunteer is registered with this phone already. Please search by the phone.",
)
NAME_DIFFERS = Text(
    "姓名和这个手机号登记的不一致，请与本人核对姓名和号码。",
    "The name is not the one this phone is registered under. Please check both with the person.",
)
GUARDIAN_CONSENT = Text(
    "需要监护人本人同意后才能登记，请让监护人看过说明再勾选。",
    "The guardian has to agree first. Please let them read the text and tick the box.",
)
GUARDIAN_UNDER_14 = Text(
    "未满 14 周岁需要监护人同意，请填写监护人的姓名和手机号。",
    "Under 14 a guardian has to agree. Please give the guardian's name and phone.",
)
QUALIFICATION_OVER = Text(
    "有效期已过，请核对证书上的日期。", "It is out of date. Please check the day on the certificate."
)


def check_digit(digits: str) -> str:
    """Return the digit that guards a number: one wrong digit, and nearly every swap of two, is noticed.

    Source: ISO/IEC 7064, MOD 11,10.
    """
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = total * 2 % 11
    return str((11 - product) % 10)


def volunteer_no(serial: int) -> str:
    """Return a serial number with its check digit. serial: NUMBER_DIGITS digits, drawn by the caller."""
    digits = f"{serial:0{NUMBER_DIGITS}d}"
    return digits + check_digit(digits)


def find_volunteer_no(text: str) -> str | None:
    """Return a volunteer's number however it was typed, or None for what cannot be one."""
    bare = "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c != "-")
    if not (bare.isascii() and bare.isdigit() and len(bare) == NUMBER_DIGITS + 1):
        return None
    return bare if check_digit(bare[:-1]) == bare[-1] else None


def age_on(birth_date: date, day: date) -> int:
    """Return the full years of somebody on a city day; who was born on 29 February turns a year older on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def born_by(age: int, day: date) -> date:
    """Return the latest birthday of those who are of an age on a city day, for searches; the reverse of age_on."""
    try:
        return day.replace(year=day.year - age)
    except ValueError:  # 29 February, of a year that has none
        return date(day.year - age, 2, 28)


def needs_guardian(birth_date: date, day: date) -> bool:
    """Whether somebody is so young on a city day that a guardian has to agree."""
    return age_on(birth_date, day) < GUARDIAN_AGE


def state_when_joining(birth_date: date, *, has_guardian: bool, was_archived: bool, day: date) -> VolunteerState:
    """Return the state of somebody who joins, or accepts an invitation.

    Staff look first at minors, at guardians' wards, and at whom they have archived before.
    """
    if was_archived or has_guardian or age_on(birth_date, day) < ADULT_AGE:
        return VolunteerState.PENDING
    return VolunteerState.ACTIVE


def state_after_change(state: str, birth_date: date, *, has_guardian: bool, day: date) -> VolunteerState:
    """Return the state after somebody changed their own data: an active one who turns out a minor is looked at again."""
    joining = state_when_joining(birth_date, has_guardian=has_guardian, was_archived=False, day=day)
    return joining if state == VolunteerState.ACTIVE else VolunteerState(state)


def is_open_to(act: Act, state: str) -> bool:
    """Whether staff may do an act in a state."""
    return state in ACTS[act][0]


def is_valid_on(valid_until: date | None, day: date) -> bool:
    """Whether a qualification holds on a city day; the last day counts."""
    return valid_until is None or valid_until >= day


def normalised_name(name: str) -> str:
    """Return a name as it is compared: whatever spaces, dots and widths it was typed with."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalpha() or unicodedata.category(c).startswith("M"))


def mask_name(name: str) -> str:
    """Return a real name as others see it: 张*."""
    return f"{name[:1]}*"


def problems(data: Mapping[str, Any], *, today: date) -> dict[str, list[Text]]:
    """Return what is wrong with a volunteer's data; only the keys given are judged.

    data: plain values as every door hands them over (see service.register). today: the city day.
    """
    found: dict[str, list[Text]] = {}
    for name, value in data.items():
        judge = _JUDGES.get(name)
        problem = judge(value) if judge is not None else None
        if problem is not None:
            found[name] = [problem]
    birth_date = data.get("birth_date")
    if isinstance(birth_date, date) and not BORN_SINCE <= birth_date <= today:
        found["birth_date"] = [BIRTH_RANGE]
    return found | _guardian_problems(data, found)


def qualification_problems(data: Mapping[str, Any], *, today: date) -> dict[str, list[Text]]:
    """Return what is wrong with a qualification: code, valid_until (a day or None)."""
    found: dict[str, list[Text]] = {}
    if data.get("code") not in set(QualificationCode):
        found["code"] = [UNKNOWN_CHOICE]
    if not is_valid_on(data.get("valid_until"), today):
        found["valid_until"] = [QUALIFICATION_OVER]
    return found


def _guardian_problems(data: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, list[Text]]:
    """Return what a guardian lacks; none at all is for guardian_missing to say."""
    name, phone = data.get("guardian_name"), data.get("guardian_phone")
    if not name and not phone:
        return {}
    lacking = {field: [_REQUIRED] for field in ("guardian_name", "guardian_phone") if not data.get(field)}
    if data.get("guardian_consent") is not True:
        lacking["guardian_consent"] = [GUARDIAN_CONSENT]
    return {field: sentences for field, sentences in lacking.items() if field not in found}


def name_problem(value: Any) -> Text | None:
    """Return what is wrong with a real name, or None."""
    if not value:
        return _REQUIRED
    if not isinstance(value, str) or has_control_characters(value):
        return _UNPRINTABLE
    letters = [c for c in value if c.isalpha()]
    plain = all(c.isalpha() or unicodedata.category(c) in ("Mn", "Mc") or c in " ·•・.'’-" for c in value)
    return None if plain and len(letters) >= 2 and len(value) <= NAME_CHARS else NAME_FORM


def _contact_problem(value: Any) -> Text | None:
    if not value:
        return None
    if not isinstance(value, str) or has_control_characters(value):
        return _UNPRINTABLE
    return CONTACT_LONG if len(value) > CONTACT_CHARS else None


def _phone_problem(value: Any) -> Text | None:
    if not value:
        return _REQUIRED
    return None if isinstance(value, str) and normalise_phone(value) else PHONE_FORM


def _codes_problem(codes: Iterable[str]) -> Callable[[Any], Text | None]:
    known = frozenset(codes)
    return lambda value: None if set(value or ()) <= known else UNKNOWN_CHOICE


def _if_given(judge: Callable[[Any], Text | None]) -> Callable[[Any], Text | None]:
    return lambda value: judge(value) if value else None


_JUDGES: dict[str, Callable[[Any], Text | None]] = {
    "real_name": name_problem,
    "birth_date": lambda value: None if isinstance(value, date) else BIRTH_FORM,
    "district": lambda value: None if value else _REQUIRED,
    "gender": lambda value: None if not value or value in set(Gender) else UNKNOWN_CHOICE,
    "skills": _codes_problem(SKILLS),
    "languages": _codes_problem(LANGUAGES),
    "emergency_contact": _contact_problem,
    "phone": _phone_problem,
    "guardian_name": _if_given(name_problem),
    "guardian_phone": _if_given(_phone_problem),
}
