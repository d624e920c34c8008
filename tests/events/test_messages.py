"""What people are told about their sign-ups: once each, in words that say what to do next; leaders where nobody may be offered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app import jobs
from app.core import clock
from app.core.db import db, unit_of_work
from app.core.outbox import OutboxRow
from app.core.types import new_public_id
from app.events import messages
from app.events.models import Event, Shift, SignUp
from app.inbox import rules
from app.inbox.models import Message
from app.inbox.rules import MessageKind
from app.orgs.models import Staff, StaffGrant
from app.volunteers.models import Volunteer
from tests.builders import City

NOON = datetime.fromisoformat("2026-11-24T12:00:00+08:00")


def sign_up(shift: Shift, volunteer: Volunteer, state: str, *, at: datetime = NOON, **more: Any) -> int:
    """A sign-up in any state; the counters are not looked at here."""
    with unit_of_work():
        row = SignUp(
            public_id=new_public_id(),
            shift_id=shift.id,
            volunteer_id=volunteer.id,
            state=state,
            via="self",
            late=False,
            created_at=at,
            **more,
        )
        db.session.add(row)
        db.session.flush()
        return row.id


def told() -> list[tuple[str, str, str]]:
    """(kind, title, text) of every message, oldest first, in Chinese."""
    db.session.rollback()
    found = db.session.scalars(select(Message).order_by(Message.id))
    return [(one.kind_code, *rules.words(one.kind_code, one.facts, "zh-CN")) for one in found]


def tell(*signup_ids: int, at: datetime = NOON) -> int:
    with unit_of_work():
        return sum(messages.tell_state(one, at) for one in signup_ids)


@pytest.mark.parametrize(
    ("state", "more", "kind", "sms"),
    [
        ("confirmed", {}, "signup.confirmed", False),
        ("waitlisted", {"queue_no": 1}, "signup.waitlisted", False),
        ("offered", {"offer_until": NOON + timedelta(hours=6)}, "signup.offered", True),
        ("expired", {"offered_at": NOON}, "signup.expired", False),
        ("expired", {}, None, False),
        ("invited", {}, "signup.invited", False),
        ("rejected", {"reason": "先到的人够了"}, "signup.rejected", False),
        ("cancelled_org", {"reason": "班次合并"}, "signup.cancelled", True),
        ("pending", {}, None, False),
        ("declined", {}, None, False),
        ("cancelled_self", {}, None, False),
    ],
)
def test_each_state_is_told_once_unless_the_person_brought_it_about(
    city: City, state: str, more: dict[str, Any], kind: str | None, sms: bool
) -> None:
    citizen, volunteer = city.volunteer()
    shift = city.shift(at=NOON)
    signup = sign_up(shift, volunteer, state, **more)

    assert tell(signup) == (kind is not None)
    assert tell(signup, at=NOON + timedelta(minutes=1)) == 0

    assert [one[0] for one in told()] == ([kind] if kind else [])
    assert [row.kind_code for row in db.session.scalars(select(OutboxRow))] == ([kind] if sms else [])
    for item in citizen.call("GET", "/me/inbox").json["items"]:
        assert item["link"] == f"https://ouyu.test/signups/{db.session.get_one(SignUp, signup).public_id}"
        assert "栈桥文明引导" in item["text"]
        assert "11月27日周五 12:00" in item["text"]
        assert "先到的人够了" not in item["text"]


def test_an_offer_names_its_end_and_its_text_message_is_of_no_use_after_it(city: City) -> None:
    _, volunteer = city.volunteer()
    until = NOON + timedelta(hours=6)
    tell(sign_up(city.shift(at=NOON), volunteer, "offered", offer_until=until))
    assert "请在11月24日周二 18:00前接受或谢绝" in told()[0][2]
    assert db.session.scalars(select(OutboxRow)).one().expires_at == until


def test_all_words_of_every_kind_can_be_filled_in_both_languages(city: City) -> None:
    facts = dict.fromkeys(("event_zh", "event_en", "place_zh", "place_en", "reason_zh", "reason_en"), "x") | {
        "starts_at": "2026-11-25T09:00:00+08:00",
        "offer_until_at": "2026-11-25T08:00:00+08:00",
    }
    own = [kind for kind in vars(messages).values() if isinstance(kind, MessageKind)]
    assert len(own) == 11
    for kind in own:
        for locale in ("zh-CN", "en"):
            title, text = rules.words(kind.code, facts, locale)
            assert title
            assert text.endswith(("。", "."))


def test_a_cancelled_shift_is_told_with_its_reason_to_whoever_lost_a_sign_up_by_it(city: City) -> None:
    _, first = city.volunteer()
    _, second = city.volunteer("13800138001")
    shift = city.shift(at=NOON)
    gone = sign_up(shift, first, "cancelled_org", reason="天气")
    sign_up(shift, second, "cancelled_self")
    with unit_of_work():
        db.session.execute(
            update(Shift)
            .where(Shift.id == shift.id)
            .values(state="cancelled", cancel_reason_zh="大风蓝色预警。", cancel_reason_en="Gale warning.")
        )
    for expected in (1, 0):
        with unit_of_work():
            assert messages.tell_shift_cancelled(shift.id, NOON) == expected
    assert tell(gone) == 0, "told of it already"
    assert told() == [
        ("shift.cancelled", "班次取消", "“栈桥文明引导”11月27日周五 12:00的班次取消了：大风蓝色预警。请不要前往。")
    ]


def test_a_change_of_time_is_told_to_all_who_come_or_wait_each_time_and_of_a_draft_to_nobody(city: City) -> None:
    shift = city.shift(at=NOON)
    states = {"confirmed": {}, "waitlisted": {"queue_no": 1}, "cancelled_self": {}}
    for number, (state, more) in enumerate(states.items()):
        sign_up(shift, city.volunteer(f"1380013800{number}")[1], state, **more)
    for at, expected in ((NOON, 2), (NOON, 0), (NOON + timedelta(hours=1), 2)):
        with unit_of_work():
            assert messages.tell_changed([shift.id], at) == expected
    with unit_of_work():
        db.session.execute(update(Event).values(state="draft"))
    with unit_of_work():
        assert messages.tell_changed([shift.id], NOON + timedelta(hours=2)) == 0


def test_everybody_confirmed_early_is_reminded_once_24_hours_before(city: City) -> None:
    shift, later = city.shift(at=NOON), city.shift(at=NOON, starts_in=timedelta(days=5))
    start = NOON + timedelta(days=3)
    early, fresh, waiting = (city.volunteer(f"1380013800{n}")[1] for n in range(3))
    sign_up(shift, early, "confirmed")
    sign_up(later, early, "confirmed")
    sign_up(shift, fresh, "confirmed", at=start - timedelta(hours=5))
    sign_up(shift, waiting, "waitlisted", queue_no=1)

    assert jobs.remind_volunteers(start - timedelta(hours=24, seconds=1)) == ""
    assert jobs.remind_volunteers(start - timedelta(hours=24)) == "1 volunteers reminded"
    for hours in (23, 5, 1, 0):
        assert jobs.remind_volunteers(start - timedelta(hours=hours)) == ""

    assert [kind for kind, *_ in told()] == ["signup.reminder"]
    assert db.session.scalars(select(OutboxRow)).one().person_id == early.person_id


def test_a_reminder_missed_while_no_consumer_ran_comes_late_but_not_after_the_start(city: City) -> None:
    _, volunteer = city.volunteer()
    sign_up(city.shift(at=NOON), volunteer, "confirmed")
    start = NOON + timedelta(days=3)
    assert jobs.remind_volunteers(start) == ""
    assert jobs.remind_volunteers(start - timedelta(minutes=1)) == "1 volunteers reminded"


def test_a_shift_that_was_moved_is_reminded_of_again(city: City) -> None:
    _, volunteer = city.volunteer()
    shift = city.shift(at=NOON)
    sign_up(shift, volunteer, "confirmed")
    first = NOON + timedelta(days=3)
    jobs.remind_volunteers(first - timedelta(hours=24))
    with unit_of_work():
        moved = {"starts_at": first + timedelta(days=2), "ends_at": first + timedelta(days=2, hours=1)}
        db.session.execute(update(Shift).where(Shift.id == shift.id).values(**moved))
    assert jobs.remind_volunteers(first) == ""
    assert jobs.remind_volunteers(first + timedelta(days=1)) == "1 volunteers reminded"


def test_nobody_is_reminded_of_what_does_not_take_place(city: City) -> None:
    _, volunteer = city.volunteer()
    sign_up(city.shift(at=NOON), volunteer, "confirmed")
    with unit_of_work():
        db.session.execute(update(Event).values(state="cancelled", cancel_reason_zh="停", cancel_reason_en="off"))
    assert jobs.remind_volunteers(NOON + timedelta(days=2, hours=1)) == ""


def staff(login: str, role: str, scope: str, scope_id: int | None, *, state: str = "active") -> int:
    with unit_of_work():
        row = Staff(login=login, name=login, state=state, version=1, created_at=NOON)
        db.session.add(row)
        db.session.flush()
        db.session.add(
            StaffGrant(staff_id=row.id, role=role, scope=scope, scope_id=scope_id, granted_by="system", granted_at=NOON)
        )
        return row.id


def test_the_leader_is_told_to_fill_by_hand_and_without_one_the_administrators_nearest_to_it(city: City) -> None:
    shift, event = city.shift(at=NOON), db.session.scalars(select(Event)).one()
    city_admin = staff("city", "city_admin", "city", None)
    district = staff("district", "district_admin", "district", city.district_id())
    staff("elsewhere", "district_admin", "district", city.district_id("370203"))
    staff("gone", "event_leader", "event", event.id, state="disabled")

    with unit_of_work():
        assert messages.tell_by_hand(shift.id, NOON) == 1
    leader = staff("leader", "event_leader", "event", event.id)
    with unit_of_work():
        assert messages.tell_by_hand(shift.id, NOON) == 1
    with unit_of_work():
        assert messages.tell_by_hand(shift.id, NOON) == 0

    readers = list(db.session.scalars(select(Message.staff_id).order_by(Message.id)))
    assert readers == [district, leader]
    assert city_admin not in readers


def test_q2_a_message_about_a_sign_up_names_nobody(city: City) -> None:
    citizen, volunteer = city.volunteer(real_name="金丝雀")
    citizen.call("PATCH", "/me", {"nickname": "金丝雀"})
    tell(sign_up(city.shift(at=NOON), volunteer, "offered", offer_until=clock.now()))
    for table in (Message, OutboxRow):
        row = str(db.session.execute(select(*table.__table__.columns)).one())
        for word in ("金丝雀", "13800138000", volunteer.volunteer_no, citizen.public_id):
            assert word not in row
