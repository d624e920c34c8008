"""What holds of volunteers' records whatever door they come by: one per person, sealed, found, forgotten in time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app import jobs
from app.core import clock, sealed, secrets
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.core.sealed import SEALED
from app.inbox.models import Message
from app.people.models import Person
from app.volunteers import desk, queries, service
from app.volunteers.models import Qualification, Volunteer
from app.volunteers.rules import INVITATION_KEPT, Origin
from tests.builders import City
from tests.conftest import MASTER_KEY

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
NEW_KEY = "a new master key of the tests, long enough as well"
PRIVATE: dict[str, Any] = {
    "emergency_contact": "李四光 13700137001",
    "guardian_name": "张大海",
    "guardian_phone": "13900139000",
    "guardian_consent": True,
}
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def told() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Message.kind_code).order_by(Message.id)))


# --- standing


def test_a_standing_is_read_by_one_statement_and_knows_every_qualification(city: City) -> None:
    citizen, row = city.volunteer(qualifications={"first_aid": date(2026, 12, 1), "guide": None})
    city.volunteer("13700137000", qualifications={"english": None})
    queries.find_standing(citizen.id)
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        standing = queries.find_standing(citizen.id)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)

    assert standing == (row.id, "active", date(1996, 5, 4), False, {"first_aid": date(2026, 12, 1), "guide": None})
    assert len(seen) <= 1, "prepared statements go past the listener, and nothing else is asked"
    assert queries.find_standing(0) is None


def test_a_guardian_counts_once_they_have_agreed(city: City) -> None:
    city.invited(birth_date=date(2014, 1, 1), **PRIVATE)
    child = city.citizen()
    child.call("POST", "/me/volunteer/accept")

    standing = queries.find_standing(child.id)

    assert standing is not None
    assert (standing.state, standing.has_guardian) == ("pending", True)


# --- one per person


def test_many_forms_of_one_person_at_once_make_one_record(app: Flask, city: City) -> None:
    guest, seen = city.citizen(), list[tuple[int, str]]()
    body = {"real_name": "张海鸥", "birth_date": "1990-05-01", "district": "370202"}

    def send() -> None:
        answer = app.test_client().put(
            "/api/v1/me/volunteer", json=body, headers={"Authorization": f"Bearer {guest.token}"}
        )
        seen.append((answer.status_code, answer.json["volunteer_no"]))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(seen)) == 1
    assert seen[0][0] == 200
    assert count(Volunteer) == 1


def test_an_invitation_again_after_the_archive_is_the_same_number_and_asks_anew(city: City) -> None:
    made = city.invited(**PRIVATE)
    city.citizen().call("POST", "/me/volunteer/decline")

    again = city.invited(real_name="王海燕", origin=Origin.UNIT)

    assert (again.id, again.volunteer_no, again.state) == (made.id, made.volunteer_no, "invited")
    assert queries.opened(again) == ("王海燕", None, None, None)
    assert count(Volunteer) == 1


# --- keys


def test_a_new_master_key_reaches_names_and_contacts_and_names_are_still_found(city: City) -> None:
    city.invited(real_name="买买提·艾力", **PRIVATE)
    ours = [one for one in SEALED.values() if one.table == "volunteers"]
    assert len(ours) == 4
    secrets.configure(NEW_KEY, MASTER_KEY)
    try:
        assert db.session.scalar(select(Volunteer).where(queries.with_name("买买提 艾力"))) is not None, "meanwhile"
        for one in ours:
            with unit_of_work():
                assert sealed.reseal(one, after_id=0) == (1, None, ())
        secrets.configure(NEW_KEY)
        db.session.expire_all()
        found = db.session.scalar(select(Volunteer).where(queries.with_name("买买提•艾力")))

        assert found is not None
        assert queries.opened(found) == ("买买提·艾力", "李四光 13700137001", "张大海", "13900139000")
    finally:
        secrets.configure(MASTER_KEY)


# --- going


def test_a_deleted_volunteer_leaves_an_archived_number_and_nothing_else(city: City) -> None:
    guest, row = city.volunteer(qualifications={"first_aid": None})
    guest.call("PUT", "/me/volunteer", {"emergency_contact": "李四光 13700137001"})
    with unit_of_work():
        desk.suspend(SYSTEM, row.id, reason="张海燕三次未到", at=NOON)
    guest.call("POST", "/me/deletion")

    assert jobs.erase_people(NOON + timedelta(days=7, minutes=1)) == "1 deletions carried out"

    db.session.rollback()
    left = {name: getattr(db.session.get_one(Volunteer, row.id), name) for name in Volunteer.__mapper__.columns.keys()}  # noqa: SIM118
    assert left.pop("skills") == left.pop("languages") == []
    assert {name for name, value in left.items() if value is not None} == {
        "id", "public_id", "person_id", "volunteer_no", "state", "origin", "created_at", "version",
    }  # fmt: skip
    assert left["state"] == "archived"
    assert count(Qualification) == 0


def test_an_invitation_that_nobody_answers_is_forgotten_after_ninety_days(city: City) -> None:
    never = city.invited("13800138001", **PRIVATE)
    known = city.citizen("13800138002")
    asked = city.invited("13800138002")
    answered = city.invited("13800138003")
    city.citizen("13800138003").call("POST", "/me/volunteer/accept")
    with unit_of_work():
        assert service.forget_unanswered(NOON) == 0, "not before the term"

    with clock.frozen(NOON + INVITATION_KEPT + timedelta(minutes=1)):
        assert jobs.forget_due(clock.now())["invitations"] == 2
        assert jobs.forget_due(clock.now())["invitations"] == 0

    db.session.expire_all()
    states = {one.id: (one.state, one.real_name_enc is None) for one in db.session.scalars(select(Volunteer))}
    assert states == {
        never.id: ("archived", True),
        asked.id: ("archived", True),
        answered.id: ("active", False),
    }
    stranger, citizen = (db.session.get_one(Person, id_) for id_ in (never.person_id, known.id))
    assert (stranger.phone_index, stranger.phone_enc) == (None, None)
    assert stranger.erased_at is not None
    assert citizen.phone_index is not None, "whoever signed in keeps their account"
    city.invited("13800138001")
    assert city.citizen("13800138001").call("GET", "/me").json["volunteer"]["state"] == "invited"


# --- told


@SQLITE
def test_volunteers_are_told_what_was_decided_without_a_name_or_a_reason(city: City) -> None:
    row = city.invited(birth_date=date(2010, 1, 1))
    guest = city.citizen()
    guest.call("POST", "/me/volunteer/accept")
    with unit_of_work():
        desk.approve(SYSTEM, row.id, at=NOON)
        desk.suspend(SYSTEM, row.id, reason="证件存疑", at=NOON)
        desk.resume(SYSTEM, row.id, reason="已核实", at=NOON)
        desk.archive(SYSTEM, row.id, reason="已搬走", at=NOON)

    assert told() == [f"volunteer.{kind}" for kind in ("invited", "approved", "suspended", "resumed", "archived")]
    items = guest.call("GET", "/me/inbox").json["items"]
    assert {item["link"] for item in items} == {"https://ouyu.test/me/volunteer"}
    text = str(items) + str([row.facts for row in db.session.scalars(select(Message))])
    assert not [word for word in ("张海鸥", "证件存疑", "已核实", "已搬走") if word in text]
