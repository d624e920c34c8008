"""The events of the load suite, those who sign up, and somebody who has: a page full of sign-ups. All by the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.db import unit_of_work
from app.events import authoring, planning, signups
from app.events.models import Shift
from app.orgs import queries as orgs
from app.people import otp, sign_in
from app.people.sign_in import Arrival
from app.volunteers import service as volunteers

EVENTS = 60
MINE = 20
"""Sign-ups of the one who looks at their own; a page of them."""
VOLUNTEERS = 400
FIRST_PHONE = 13_800_000_000


def build(folder: Path) -> None:
    """Publish the events, let somebody sign up, and leave the paths that wrk reads in the folder."""
    with unit_of_work():
        shifts = [_event(number) for number in range(EVENTS)]
        token = _volunteer(0, shifts[:MINE])
        others = [_volunteer(number) for number in range(1, VOLUNTEERS + 1)]
        targets = [f"/api/v1/shifts/{shift.public_id}/signups\t{{}}" for shift in shifts]
    (folder / "volunteers.txt").write_text("\n".join(others) + "\n", encoding="utf-8")
    (folder / "shifts.txt").write_text("\n".join(targets) + "\n", encoding="utf-8")
    (folder / "events.txt").write_text("/api/v1/events?limit=20\n", encoding="utf-8")
    (folder / "my_signups.txt").write_text(f"/api/v1/me/signups?limit={MINE}\t\t{token}\n", encoding="utf-8")


def _event(number: int) -> Shift:
    at, district = clock.now(), orgs.find_district_by_code("370202")
    assert district is not None
    data = {
        "title_zh": f"测量活动 {number}",
        "title_en": f"Bench event {number}",
        "category": "guidance",
        "summary_zh": "在桥头为来往的人指路、答问、帮一把手。",
        "summary_en": "Show the way, answer and lend a hand at the pier.",
        "requirements_zh": "能站立两小时",
        "requirements_en": "Able to stand for two hours",
        "no_particular_risk": True,
        "contact": "0532-12345",
        "place_zh": "栈桥入口",
        "place_en": "Entrance of the pier",
        "district_id": district.id,
    }
    event = authoring.create_event(SYSTEM, data=data, at=at)
    position = planning.save_position(SYSTEM, event.id, None, data={"title_zh": "引导员", "title_en": "Guide"}, at=at)
    starts = at + timedelta(days=1 + number)
    times = {"starts_at": starts, "ends_at": starts + timedelta(hours=3), "capacity": 5_000, "min_cover": 0}
    shift = planning.add_shift(SYSTEM, position.id, data=times, at=at)
    authoring.submit_event(SYSTEM, event.id, at=at)
    authoring.publish_event(SYSTEM, event.id, at=at)
    return shift


def _volunteer(number: int, shifts: Sequence[Shift] = ()) -> str:
    """Return the token of a volunteer who has signed up for some shifts."""
    at = clock.now()
    arrival = Arrival(None, "", locale="zh-CN", user_agent="", at=at)
    phone = str(FIRST_PHONE + number)
    code = otp.issue_code(phone, address=f"desk {number}", at=at).code
    opened = sign_in.sign_in_by_phone(arrival, phone=phone, code=code).opened
    assert opened is not None
    actor = Actor("person", opened.person.id, f"person:{opened.person.public_id}")
    data = {"real_name": "测量员", "birth_date": date(1990, 5, 1), "district": "370202"}
    volunteers.register(actor, data=data, at=at)
    for shift in shifts:
        signups.apply(actor, shift.public_id, risk_ack=True, at=at)
    return opened.token
