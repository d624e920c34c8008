"""A volunteer's own sign-ups: in their copy, and what becomes of them when they delete themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app import factory
from app.cli.check import breached
from app.core import clock
from app.core.actor import SYSTEM
from app.core.clock import CITY_ZONE
from app.core.db import db, unit_of_work
from app.events import own, signups
from app.events.models import Shift, SignUp
from tests.builders import City

NOON = datetime(2026, 11, 25, 12, tzinfo=CITY_ZONE)


def test_who_deletes_themselves_leaves_what_is_ahead_and_the_next_in_line_is_offered(city: City) -> None:
    with clock.frozen(NOON):
        (gone, _), (waits, _) = city.volunteer("13800138001"), city.volunteer("13800138002")
        past, ahead, refused = (city.shift(capacity=1, starts_in=timedelta(days=day)) for day in (1, 9, 12))
        for shift in (past, ahead):
            assert gone.call("POST", f"/shifts/{shift.public_id}/signups", {}).status_code == 201
        assert waits.call("POST", f"/shifts/{ahead.public_id}/signups", {}).json["state"] == "waitlisted"
        made = gone.call("POST", f"/shifts/{refused.public_id}/signups", {}).json["id"]
        with unit_of_work():
            row = db.session.query(SignUp).filter_by(public_id=made).one()
            signups.cancel_by_staff(SYSTEM, row.id, reason="张海燕已请假", at=NOON)
    with clock.frozen(NOON + timedelta(days=5)):
        for _ in range(2):
            with unit_of_work():
                factory._erase_own(gone.id, clock.now())
        db.session.expire_all()
        states = {(row.shift_id, row.state, row.reason) for row in db.session.query(SignUp)}
        assert states == {
            (past.id, "confirmed", None),
            (ahead.id, "cancelled_self", None),
            (ahead.id, "offered", None),
            (refused.id, "cancelled_org", "—"),
        }
        assert (db.session.get_one(Shift, past.id).taken, list(breached())) == (1, [])


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_copy_of_ones_own_data_holds_every_sign_up_and_nobody_elses(city: City) -> None:
    (mine, _), (other, _) = city.volunteer("13800138001"), city.volunteer("13800138002")
    shift = city.shift()
    made = mine.call("POST", f"/shifts/{shift.public_id}/signups", {}).json["id"]
    other.call("POST", f"/shifts/{shift.public_id}/signups", {})
    rows = own.own_rows(mine.id)["signups"]
    assert [(row["id"], row["state"], row["event"]) for row in rows] == [(made, "confirmed", "栈桥文明引导")]


@pytest.mark.parametrize("way", ["realname", "guardian of an adult"])
def test_who_takes_their_name_back_leaves_what_is_ahead(city: City, way: str) -> None:
    """Nobody can be told, or let in, without a name; a guardian that is not needed changes nothing."""
    shift = city.shift(capacity=1)
    guest, _ = city.volunteer()
    guest.call("POST", "/me/consents", {"purpose": "realname", "version": 1})
    guest.call("POST", "/me/consents", {"purpose": "guardian", "version": 1})
    assert guest.call("POST", f"/shifts/{shift.public_id}/signups", {}).json["state"] == "confirmed"

    assert guest.call("DELETE", f"/me/consents/{way.split(maxsplit=1)[0]}").status_code == 204

    db.session.expire_all()
    state = db.session.scalars(select(SignUp.state)).one()
    taken = db.session.scalars(select(Shift.taken)).one()
    assert (state, taken) == (("cancelled_self", 0) if way == "realname" else ("confirmed", 1))
