"""The inbox: told once, with the unit of its cause, read by its owner alone."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.core import clock
from app.core.db import db, unit_of_work
from app.core.outbox import OutboxRow
from app.inbox import service
from app.inbox.models import Message
from app.orgs.models import Staff
from tests.builders import City
from tests.http.contract import assert_documented, assert_problem
from tests.inbox.telling import FACTS, LOUD, NOON, QUIET, kinds, rows, tell  # noqa: F401
from tests.panel.desk import ONE_DATABASE

pytestmark = pytest.mark.usefixtures("kinds")


def _count() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Message)) or 0


def test_a_person_is_told_once_per_key_however_often_it_is_said(city: City) -> None:
    citizen, other = city.citizen(), city.citizen("13800138001")

    assert tell(citizen)
    assert not tell(citizen)
    assert tell(other)
    assert tell(citizen, key="shift:2")

    assert _count() == 3
    assert [(row.person_id, row.key) for row in rows()] == [
        (citizen.id, "shift:1"),
        (other.id, "shift:1"),
        (citizen.id, "shift:2"),
    ]


def test_two_who_tell_the_same_at_once_tell_it_once(app: Flask, city: City) -> None:
    citizen, barrier, told = city.citizen(), threading.Barrier(4), []

    def one() -> None:
        with app.app_context():
            barrier.wait()
            told.append(tell(citizen))
            db.session.remove()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [False, False, False, True]
    assert (_count(), len(rows())) == (1, 1)


def test_what_is_rolled_back_was_never_told(city: City) -> None:
    citizen = city.citizen()
    with suppress(ValueError), unit_of_work():
        service.tell(citizen.id, LOUD.code, FACTS, "shift:1", NOON)
        raise ValueError
    assert (_count(), rows()) == (0, [])


def test_only_a_kind_that_cannot_wait_goes_out_as_a_text_message(city: City) -> None:
    tell(city.citizen(), QUIET)
    assert (_count(), rows()) == (1, [])


def test_a_message_without_a_fact_for_each_blank_is_refused_when_it_is_written(city: City) -> None:
    citizen = city.citizen()
    with pytest.raises(KeyError), unit_of_work():
        service.tell(citizen.id, LOUD.code, {"event_zh": "栈桥"}, "shift:1", NOON)


def test_the_inbox_is_read_newest_first_in_the_asked_language(city: City) -> None:
    citizen = city.citizen()
    tell(citizen, QUIET, "a", link="/events/abc")
    tell(citizen, LOUD, "b")
    tell(city.citizen("13800138001"), QUIET, "c")

    answer = citizen.call("GET", "/me/inbox?limit=1")
    assert_documented("GET", answer)
    (newest,) = answer.json["items"]
    assert (newest["kind"], newest["title"], newest["text"]) == (
        LOUD.code,
        "名额",
        "栈桥引导 11月25日周三 09:00有名额。",
    )
    assert (newest["link"], newest["read_at"], newest["created_at"]) == (None, None, "2026-11-24T12:00:00+08:00")

    rest = citizen.call("GET", f"/me/inbox?cursor={answer.json['next_cursor']}", Accept_Language="en")
    (older,) = rest.json["items"]
    assert (older["text"], older["link"]) == ("Zhanqiao guides has changed.", "https://ouyu.test/events/abc")
    assert rest.json["next_cursor"] is None


def test_a_read_message_is_read_for_good_and_leaves_the_unread_ones(city: City) -> None:
    citizen = city.citizen()
    tell(citizen, QUIET, "a")
    tell(citizen, QUIET, "b")
    newest = citizen.call("GET", "/me/inbox").json["items"][0]

    assert citizen.call("POST", f"/me/inbox/{newest['id']}/read").status_code == 204
    first = citizen.call("GET", "/me/inbox?unread=false").json["items"][0]
    assert first["id"] == newest["id"]
    assert citizen.call("POST", f"/me/inbox/{newest['id']}/read").status_code == 204
    assert citizen.call("GET", "/me/inbox?unread=false").json["items"][0] == first
    assert [one["id"] for one in citizen.call("GET", "/me/inbox?unread=true").json["items"]] != [newest["id"]]


@ONE_DATABASE
def test_x2_the_message_of_another_is_the_404_of_an_unknown_one(city: City) -> None:
    citizen, other = city.citizen(), city.citizen("13800138001")
    tell(citizen, QUIET)
    theirs = citizen.call("GET", "/me/inbox").json["items"][0]["id"]

    bodies = [
        assert_problem(other.call("POST", f"/me/inbox/{id_}/read"), 404, "resource.not_found")
        for id_ in (theirs, "unknown")
    ]
    assert len({str(body | {"request_id": "", "instance": ""}) for body in bodies}) == 1
    assert citizen.call("GET", "/me/inbox?unread=true").json["items"] != []


@ONE_DATABASE
def test_a_damaged_or_foreign_cursor_is_refused(city: City) -> None:
    citizen = city.citizen()
    for cursor in ("x", "AAAA", "%00"):
        assert_problem(citizen.call("GET", f"/me/inbox?cursor={cursor}"), 422, "request.invalid")


def test_staff_are_told_once_too_and_no_person_sees_it(city: City) -> None:
    citizen = city.citizen()
    with unit_of_work():
        staff = Staff(login="leader", name="队长", state="active", version=1, created_at=NOON)
        db.session.add(staff)
        db.session.flush()
        staff_id = staff.id
    for expected in (True, False):
        with unit_of_work():
            assert service.tell_staff(staff_id, QUIET.code, FACTS, "shift:1", NOON) is expected
    assert citizen.call("GET", "/me/inbox").json["items"] == []


def test_messages_of_a_merging_guest_go_to_the_citizen_once(city: City) -> None:
    guest, citizen = city.guest(), city.citizen()
    tell(guest, key="both")
    tell(guest, key="guest")
    tell(citizen, key="both")

    merged = city.citizen(guest=guest, at=clock.now() + timedelta(minutes=2))

    assert merged.id == citizen.id
    assert len(citizen.call("GET", "/me/inbox").json["items"]) == 2
    assert {(row.person_id, row.key) for row in rows()} == {(citizen.id, "both"), (citizen.id, "guest")}


def test_deletion_takes_messages_along_and_those_on_their_way(city: City) -> None:
    citizen, other = city.citizen(), city.citizen("13800138001")
    tell(citizen)
    tell(other)
    citizen.call("POST", "/me/deletion")

    jobs.erase_people(clock.now() + jobs.deletion.DELETION_GRACE)

    db.session.rollback()
    assert set(db.session.scalars(select(Message.person_id))) == {other.id}
    assert set(db.session.scalars(select(OutboxRow.person_id))) == {other.id}


@ONE_DATABASE
def test_q2_neither_number_nor_name_stands_in_a_message(city: City) -> None:
    citizen = city.citizen()
    citizen.call("PATCH", "/me", {"nickname": "金丝雀王小明"})
    tell(citizen)
    for table in (Message, OutboxRow):
        row = db.session.execute(select(*table.__table__.columns)).one()
        assert "13800138000" not in str(row)
        assert "金丝雀" not in str(row)
