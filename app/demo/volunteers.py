"""The volunteers of the demo city: sixty invented people in every state, marked 示例 in their own names."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from app.core.actor import Actor
from app.core.clock import business_date, midnight
from app.people import otp, sign_in
from app.people import service as people
from app.people.sign_in import Arrival
from app.volunteers import desk, service
from app.volunteers.models import Volunteer
from app.volunteers.rules import SKILLS, QualificationCode

ACTIVE = 50
INVITED = 4
SEED = 20261205
FIRST_PHONE = 13_800_000_101
"""Numbers that nobody has: the demo sends no text messages."""
VISITOR_PHONE = str(FIRST_PHONE)
"""Of the volunteer in whose place the demo's visitor may sign in."""
INVITED_PHONE = str(FIRST_PHONE + ACTIVE + 5)
"""Of somebody whom the office has written down and who has not answered yet."""
DOCS_PHONE = "13800000000"
"""Of the volunteer whom the API document's examples sign in; they sign up for nothing by themselves."""
DOCS_NUMBER = ACTIVE + 5 + INVITED
JOINED_WITHIN_DAYS = 80
_FAMILY = (
    "林",
    "于",
    "王",
    "孙",
    "刘",
    "宋",
    "姜",
    "曲",
    "迟",
    "周",
    "赵",
    "徐",
    "马",
    "朱",
    "高",
    "张",
    "李",
    "陈",
    "杨",
    "袁",
)
_GIVEN = ("海", "青", "晓")
_DISTRICTS = ("370202",) * 5 + ("370203",) * 3 + ("370212", "370212", "370213", "370211", "370214", "370215", "370281")
_LANGUAGES = (("zh",), ("zh",), ("zh", "en"), ("zh", "en"), ("zh", "en", "ja"), ("zh", "ko"))
_OF_LANGUAGE = {"en": QualificationCode.ENGLISH, "ja": QualificationCode.JAPANESE, "ko": QualificationCode.KOREAN}
_PROVED = (
    QualificationCode.FIRST_AID,
    QualificationCode.GUIDE,
    QualificationCode.ELDER_CARE,
    QualificationCode.SIGN_LANGUAGE,
)


class Enlisted(NamedTuple):
    """A volunteer who can sign up."""

    actor: Actor
    volunteer_id: int
    languages: tuple[str, ...]


def build(admin: Actor, *, at: datetime) -> list[Enlisted]:
    """Let everybody join; return those who are active, the demo visitor's one first. Deterministic but for numbers."""
    source = random.Random(SEED)
    plans = [_plan(source, number, at) for number in range(ACTIVE)]
    days = sorted((source.randint(20, JOINED_WITHIN_DAYS) for _ in plans), reverse=True)
    enlisted = [
        _join(admin, source, number, plan, joined=_in_the_day(source, at, back), at=at)
        for number, (plan, back) in enumerate(zip(plans, days, strict=True))
    ]
    _minors(admin, at)
    _ended(admin, at)
    _register(
        DOCS_NUMBER,
        {"real_name": "文示例", "birth_date": _born(at, 30, 5), "district": "370202"},
        at - timedelta(days=30),
    )
    _written_down(admin, source, at)
    return enlisted


def _plan(source: random.Random, number: int, at: datetime) -> dict[str, Any]:
    """Return what one of them says of themselves."""
    age = 24 if number == 0 else min(72, 19 + int(source.expovariate(1 / 16)))
    return {
        "real_name": _name(number),
        "birth_date": _born(at, age, 11 + number),
        "district": "370202" if number == 0 else source.choice(_DISTRICTS),
        "skills": source.sample(SKILLS, source.randint(1, 3)),
        "languages": ["zh", "en"] if number == 0 else list(source.choice(_LANGUAGES)),
    }


def _name(number: int) -> str:
    return f"{_FAMILY[number % len(_FAMILY)]}{_GIVEN[number // len(_FAMILY)]}示例"


def _born(at: datetime, age: int, days: int) -> date:
    """Return a birthday of somebody of an age today, some days after their birthday."""
    day = business_date(at) - timedelta(days=days)
    return day.replace(year=day.year - age, day=min(day.day, 28))


def _in_the_day(source: random.Random, at: datetime, days: int) -> datetime:
    """Return an instant some days ago when people are awake."""
    return midnight(business_date(at) - timedelta(days=days)) + timedelta(minutes=source.randint(8 * 60, 21 * 60))


def _join(
    admin: Actor, source: random.Random, number: int, data: dict[str, Any], *, joined: datetime, at: datetime
) -> Enlisted:
    actor, volunteer = _register(number, data, joined)
    for code, valid_until in _proofs(source, number, data["languages"], at):
        desk.note_qualification(admin, volunteer.id, data={"code": code, "valid_until": valid_until}, at=joined)
    return Enlisted(actor, volunteer.id, tuple(data["languages"]))


def _proofs(
    source: random.Random, number: int, languages: list[str], at: datetime
) -> Iterator[tuple[QualificationCode, date | None]]:
    """Yield what the office has seen proof of: languages for good, courses until a day that for some has passed."""
    for one in languages:
        if one in _OF_LANGUAGE and (number == 0 or source.random() < 0.7):
            yield _OF_LANGUAGE[one], None
    if number == 0 or source.random() < 0.4:
        until = business_date(at) + timedelta(days=400 if number == 0 else source.randint(-15, 700))
        yield QualificationCode.FIRST_AID if number == 0 else source.choice(_PROVED), until


def _register(number: int, data: dict[str, Any], at: datetime) -> tuple[Actor, Volunteer]:
    """Let somebody sign in by their phone and join, as the phone page lets them."""
    phone = DOCS_PHONE if number == DOCS_NUMBER else str(FIRST_PHONE + number)
    arrival = Arrival(None, "", locale="zh-CN", user_agent="", at=at)
    opened = sign_in.sign_in_by_phone(arrival, phone=phone, code=otp.code_to_show(phone, at=at)).opened
    assert opened is not None
    people.update_me(opened.person.id, {"nickname": f"示例·志愿者 {number + 1:02d}"})
    actor = Actor("person", opened.person.id, f"person:{opened.person.public_id}")
    return actor, service.register(actor, data=data, at=at)


def _minors(admin: Actor, at: datetime) -> None:
    """Let three minors join: one whom the office has accepted, two who wait for it, one of them with a guardian."""
    guardian = {"guardian_name": "高示例", "guardian_phone": "13800000199", "guardian_consent": True}
    joined = at - timedelta(days=2)
    for number, (age, more) in enumerate(((16, {}), (17, {}), (12, guardian)), start=ACTIVE):
        data = {"real_name": _name(number), "birth_date": _born(at, age, 40), "district": "370202", **more}
        _, volunteer = _register(number, data, joined)
        if number == ACTIVE:
            desk.approve(admin, volunteer.id, at=joined + timedelta(hours=20))


def _ended(admin: Actor, at: datetime) -> None:
    """Let one be suspended and one archived."""
    for number, act, reason in (
        (ACTIVE + 3, desk.suspend, "示例：连续三次报名后未到"),
        (ACTIVE + 4, desk.archive, "示例：已搬离本市"),
    ):
        data = {"real_name": _name(number), "birth_date": _born(at, 30 + number % 9, 90), "district": "370203"}
        _, volunteer = _register(number, data, at - timedelta(days=60))
        act(admin, volunteer.id, reason=reason, at=at - timedelta(days=9))


def _written_down(admin: Actor, source: random.Random, at: datetime) -> None:
    """Let the office write some down who have not answered yet."""
    for number in range(ACTIVE + 5, ACTIVE + 5 + INVITED):
        data = {
            "phone": str(FIRST_PHONE + number),
            "real_name": _name(number),
            "birth_date": _born(at, 20 + number % 30, 70),
            "district": source.choice(_DISTRICTS),
        }
        volunteer = service.create_volunteer(admin, data=data, at=_in_the_day(source, at, 1 + number % 5))
        people.update_me(volunteer.person_id, {"nickname": f"示例·受邀 {number - ACTIVE - 4}"})
