"""A unit's list: everybody is asked, nobody is signed up; every line has its answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.core import clock
from app.core.actor import SYSTEM, Actor, Grant
from app.core.db import db, unit_of_work
from app.core.errors import DomainError, InvalidInput, NotFound
from app.events import units
from app.events.models import Shift, SignUp
from app.events.pasting import read_list
from app.events.refusals import AlreadySignedUp, Closed, NotEligible, TimeConflict
from app.events.units import Asked
from app.volunteers import rules
from app.volunteers.models import Volunteer
from tests.builders import City


def ask(shift: Shift, line: str, actor: Actor = SYSTEM) -> Asked:
    (listed,) = read_list(line)
    with unit_of_work():
        return units.invite_listed(actor, shift.id, listed, at=clock.now())


def signups_of(shift: Shift) -> list[tuple[str, str]]:
    db.session.expire_all()
    return [(one.state, one.via) for one in db.session.scalars(select(SignUp).where(SignUp.shift_id == shift.id))]


def test_somebody_unknown_is_invited_to_volunteer_and_to_the_shift_and_comes_only_if_they_accept(city: City) -> None:
    shift = city.shift()
    asked = ask(shift, "王一 13900000001")
    assert asked.is_new
    assert signups_of(shift) == [("invited", "unit")]
    assert db.session.get_one(Shift, shift.id).taken == 0
    volunteer = db.session.scalars(select(Volunteer)).one()
    assert (volunteer.state, volunteer.origin) == ("invited", "unit")
    citizen = city.citizen("13900000001")
    signup = db.session.scalars(select(SignUp)).one().public_id
    early = citizen.call("POST", f"/signups/{signup}/accept", {})
    assert (early.status_code, early.get_json()["code"]) == (403, "signup.not_a_volunteer")
    citizen.call("PUT", "/me/volunteer", {"real_name": "王一", "birth_date": "1990-05-01", "district": "370202"})
    accepted = citizen.call("POST", f"/signups/{signup}/accept", {})
    assert (accepted.status_code, accepted.get_json()["state"]) == (200, "confirmed")
    db.session.rollback()  # ends the reading in which the seat was still free
    assert db.session.get_one(Shift, shift.id, populate_existing=True).taken == 1


def test_a_volunteer_is_matched_by_name_and_phone_and_asked_once(city: City) -> None:
    _, volunteer = city.volunteer("13900000001", real_name="欧阳海燕")
    shift = city.shift()
    assert ask(shift, "欧阳 海燕 139-0000-0001") == Asked(volunteer.volunteer_no, is_new=False)
    with pytest.raises(AlreadySignedUp):
        ask(shift, "欧阳海燕 13900000001")
    assert signups_of(shift) == [("invited", "unit")]


def test_another_name_on_a_known_phone_asks_nobody(city: City) -> None:
    city.volunteer("13900000001", real_name="张海燕")
    shift = city.shift()
    with pytest.raises(InvalidInput) as refused:
        ask(shift, "李四 13900000001")
    assert refused.value.fields == {"line": [rules.NAME_DIFFERS]}
    assert signups_of(shift) == []


def test_the_one_list_of_checks_decides(city: City) -> None:
    young, _ = city.volunteer("13900000001", real_name="王小一", birth_date=date(2012, 1, 1)), None
    assert young
    city.volunteer("13900000002", real_name="王二")
    busy, _ = city.volunteer("13900000003", real_name="王三")
    event = city.event()
    shift = city.shift(event, min_age=18, qualifications=["first_aid"])
    other = city.shift()
    assert busy.call("POST", f"/shifts/{other.public_id}/signups", {}).status_code == 201
    with pytest.raises(NotEligible) as refused:
        ask(shift, "王小一 13900000001")
    assert [one.check.value for one in refused.value.reasons] == ["age", "qualification"]
    with pytest.raises(NotEligible):
        ask(shift, "王二 13900000002")
    plain = city.shift(starts_in=timedelta(days=3, minutes=30))
    with pytest.raises(TimeConflict):
        ask(plain, "王三 13900000003")


def test_a_refused_line_leaves_nobody_behind(city: City) -> None:
    over = city.shift(starts_in=timedelta(hours=-5))
    with pytest.raises(Closed):
        ask(over, "王一 13900000001")
    assert db.session.scalars(select(Volunteer)).all() == []
    shift = city.shift()
    elsewhere = Actor("staff", 1, "licang", (Grant("district_admin", "district", city.district_id("370213")),))
    with pytest.raises(NotFound):
        ask(shift, "王一 13900000001", elsewhere)
    assert db.session.scalars(select(Volunteer)).all() == []


def test_an_archived_record_is_not_written_over_by_a_list(city: City) -> None:
    city.volunteer("13900000001", real_name="张海燕", state="archived")
    shift = city.shift()
    with pytest.raises(DomainError) as refused:
        ask(shift, "张海燕 13900000001")
    assert refused.value.code == "signup.not_a_volunteer"
    assert db.session.scalars(select(Volunteer)).one().state == "archived"
