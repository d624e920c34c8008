"""What the office of the demo city has to look at: visits that are held, an appeal, and what it decided before."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.checkins import review
from app.checkins import service as checkins
from app.checkins.models import CheckIn
from app.checkins.rules import CheckInState, Reason, Source
from app.checkins.service import Claim
from app.checkins.signals import DEVICE_PEOPLE
from app.core import secrets
from app.core.actor import Actor
from app.core.db import db
from app.feedback import service as feedback
from app.people import service as people
from app.people.models import Person

GROUP_AGE = timedelta(hours=3)
SLOW_CLOCK_AGE, SLOW_BY = timedelta(hours=50), timedelta(minutes=43)
WAITING_AGE = timedelta(days=3)
"""What is older has been decided."""
DECIDED_AFTER = timedelta(hours=7)
APPEAL_AFTER = timedelta(minutes=20)
APPEAL = "示例：我当时就在现场，手机定位飘到别处去了，麻烦核对一下。"

TOLD: tuple[tuple[timedelta, dict[str, str], str], ...] = (
    (
        timedelta(days=6),
        {"about": "station", "ref": "ZHANQIAO", "text": "示例：饮水机下午没水了。"},
        "示例：已换滤芯并加水，谢谢提醒。",
    ),
    (timedelta(hours=21), {"about": "app", "text": "示例：地图上的字再大一点就好了。"}, ""),
    (timedelta(hours=4), {"about": "staff", "text": "示例：今天帮我们找到走失的老人，非常感谢！"}, ""),
)


def hold_some(poster: str, at: datetime) -> None:
    """Let some come whose visits are held: a group with one phone for all, and somebody whose clock is slow."""
    phone = secrets.digest("device", "demo-group-phone").hex()
    for number in range(DEVICE_PEOPLE + 2):
        came = at - GROUP_AGE + timedelta(minutes=3 * number)
        claim = Claim(poster, source=Source.DEMO, device_hash=phone)
        checkins.check_in(_newcomer(f"示例·研学 {number + 1} 号", came), claim=claim, at=came)
    came = at - SLOW_CLOCK_AGE
    claim = Claim(poster, client_time=came - SLOW_BY, source=Source.DEMO)
    checkins.check_in(_newcomer("示例·手机慢了", came), claim=claim, at=came)


def decide_some(admin: Actor, at: datetime) -> None:
    """Decide what has been held for days, three of four times in the visitor's favour."""
    query = (
        select(CheckIn.id, CheckIn.happened_at)
        .where(CheckIn.state == CheckInState.PENDING_REVIEW, CheckIn.happened_at < at - WAITING_AGE)
        .order_by(CheckIn.happened_at)
    )
    for number, (checkin_id, came) in enumerate(db.session.execute(query).all()):
        if number % 4 == 3:
            review.refuse(admin, checkin_id, data={"template": "unconfirmed"}, at=came + DECIDED_AFTER)
        else:
            review.approve(admin, checkin_id, data={"template": "confirmed"}, at=came + DECIDED_AFTER)


def appeal_one() -> None:
    """Let the last one who stood too far away say so."""
    query = select(CheckIn, Person).join(Person, Person.id == CheckIn.person_id)
    visit, person = db.session.execute(
        query.where(CheckIn.reason == Reason.TOO_FAR).order_by(CheckIn.happened_at.desc()).limit(1)
    ).one()
    actor = Actor("person", person.id, f"person:{person.public_id}")
    review.appeal(actor, visit.public_id, text=APPEAL, at=visit.happened_at + APPEAL_AFTER)


def tell_some(admin: Actor, at: datetime) -> None:
    """Let some people tell something; the oldest has its answer."""
    for age, data, answer in TOLD:
        told = feedback.tell(data, at=at - age).feedback
        if answer:
            feedback.answer(admin, told.id, data={"answer": answer}, at=at - age + DECIDED_AFTER)


def _newcomer(name: str, at: datetime) -> Actor:
    opened = people.open_guest_session(locale="zh-CN", device_id=None, user_agent="", at=at)
    people.update_me(opened.person.id, {"nickname": name})
    return Actor("person", opened.person.id, f"person:{opened.person.public_id}")
