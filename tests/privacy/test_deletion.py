"""Deletion: seven days to take it back, then nothing of the person stays and no total moves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app import jobs
from app.checkins import review
from app.checkins.models import Appeal, CheckIn
from app.cli.check import breached
from app.core import clock
from app.core.actor import SYSTEM
from app.core.db import db, unit_of_work
from app.http.idempotency import IdempotencyRow
from app.people.errors import TokenInvalid
from app.people.models import Identity, Person, Session
from app.people.own import ERASED_NICKNAME
from app.privacy import deletion
from app.privacy.models import Consent, Erasure, Export
from app.stations.models import Station
from tests.builders import ZHANQIAO, City, Guest, at
from tests.http.contract import assert_problem
from tests.panel.desk import ONE_DATABASE
from tests.privacy.test_exports import PHONE_NUMBER, give_phone

LATER = timedelta(days=7, minutes=1)


def _erase_all(after: timedelta = LATER) -> str:
    return jobs.erase_people(clock.now() + after)


def _full_life(city: City, guest: Guest) -> None:
    """Somebody of whom everything is kept that can be kept."""
    station = city.station()
    guest.call("PATCH", "/me", {"nickname": "要走的人", "locale": "en", "elder_mode": True})
    guest.check_in(city.poster(station), at(ZHANQIAO), Idempotency_Key="a-key-of-mine")
    guest.call("POST", "/me/consents", {"purpose": "privacy", "version": 1})
    guest.call("POST", "/me/export")
    give_phone(guest.id)
    with unit_of_work():
        db.session.add(
            Identity(person_id=guest.id, provider="wechat", subject="s", subject_enc="e", created_at=clock.now())
        )


def _count(table: Any, person_id: int) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table).where(table.person_id == person_id)) or 0


def test_deletion_takes_effect_after_seven_city_days_and_can_be_taken_back(city: City) -> None:
    guest = city.guest()
    with clock.frozen(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)):
        asked = guest.call("POST", "/me/deletion")
    with clock.frozen(datetime(2026, 11, 23, 1, 0, tzinfo=UTC)):
        again = guest.call("POST", "/me/deletion")

    assert (asked.status_code, asked.json) == (202, {"effective_on": "2026-11-29"})
    assert again.json == asked.json, "the first day stands"
    assert guest.call("GET", "/me/deletion").json == asked.json

    for _ in range(2):
        assert guest.call("DELETE", "/me/deletion").status_code == 204
    assert guest.call("GET", "/me/deletion").json == {"effective_on": None}
    assert _erase_all() == ""
    assert guest.call("GET", "/me").status_code == 200


def test_nothing_happens_before_the_day(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/deletion")

    assert _erase_all(timedelta(days=6, hours=23)) == ""

    assert guest.call("GET", "/me").status_code == 200


def test_an_erased_person_leaves_visits_and_nothing_else(city: City) -> None:
    guest, other = city.guest(), city.guest()
    _full_life(city, guest)
    other.check_in(city.poster(db.session.scalars(select(Station)).one()), at(ZHANQIAO))
    totals = _totals(guest)
    guest.call("POST", "/me/deletion")

    assert _erase_all() == "1 deletions carried out"

    db.session.rollback()
    person = db.session.get_one(Person, guest.id)
    assert (person.nickname, person.locale, person.elder_mode) == (ERASED_NICKNAME, "zh-CN", False)
    assert (person.phone_index, person.phone_enc, person.phone_verified_at) == (None, None, None)
    assert person.erased_at is not None
    assert person.public_id != guest.public_id
    for table in (Session, Identity, Consent, Export, IdempotencyRow):
        assert _count(table, guest.id) == 0, table
    assert _count(CheckIn, guest.id) == 1
    assert db.session.scalars(select(CheckIn.lat).where(CheckIn.person_id == guest.id)).all() == [None]
    assert _totals(other) == totals, "the city's numbers do not move"
    assert list(breached()) == []
    assert other.call("GET", "/me/passport").json["collected"] == 1


def _totals(anybody: Guest) -> Any:
    return anybody.client.get("/api/v1/stations/ZHANQIAO").json["today"]


def test_what_somebody_wrote_and_which_device_they_held_go_with_them(city: City) -> None:
    station, guest = city.station(), city.guest()
    refused = guest.check_in(city.poster(station).replace("k=", "k=x")).json["id"]
    guest.call("POST", f"/checkins/{refused}/appeal", {"text": "我是王小明，电话 13800138000，当时在场"})
    with unit_of_work():
        db.session.execute(update(CheckIn).values(device_hash="d" * 64))
    held = city.visit(station, guest, client_time=clock.now() - timedelta(hours=1)).id
    with unit_of_work():
        one = db.session.scalars(select(CheckIn).where(CheckIn.public_id == held)).one()
        review.refuse(SYSTEM, one.id, data={"words": "王小明当时不在场"}, at=clock.now())
    assert db.session.scalars(select(Appeal.text)).one().startswith("我是王小明")
    guest.call("POST", "/me/deletion")

    _erase_all()

    db.session.rollback()
    assert db.session.scalars(select(Appeal.text)).all() == [""]
    assert db.session.execute(select(CheckIn.device_hash, CheckIn.explanation)).all() == [(None, None)] * 2
    assert db.session.scalars(select(CheckIn.state)).all() == ["refused", "refused"]
    assert db.session.scalars(select(CheckIn.reason).order_by(CheckIn.id)).all() == ["code_invalid", "review"]


def test_the_token_of_an_erased_person_is_dead(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/deletion")

    _erase_all()

    assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_the_phone_of_an_erased_person_is_free_for_a_new_one(city: City) -> None:
    gone, new = city.guest(), city.guest()
    give_phone(gone.id)
    gone.call("POST", "/me/deletion")

    _erase_all()
    give_phone(new.id)

    db.session.rollback()
    assert db.session.get_one(Person, gone.id).phone_index is None
    assert db.session.get_one(Person, new.id).phone_index is not None


def test_one_who_is_erased_gets_no_phone_back(city: City) -> None:
    """A sign-in that was under way at that instant is refused by the table itself."""
    gone = city.guest()
    gone.call("POST", "/me/deletion")
    _erase_all()

    with pytest.raises(TokenInvalid):
        give_phone(gone.id)


def test_what_was_under_way_is_swept_an_hour_later(city: City) -> None:
    """A visit, a session and a nickname that commit just after the erasure: the visit counts, the rest goes."""
    station, gone = city.station(), city.guest()
    gone.call("POST", "/me/deletion")
    _erase_all()
    city.visit(station, gone, point=ZHANQIAO, accuracy_m=10.0)
    with unit_of_work():
        person = db.session.get_one(Person, gone.id)
        person.nickname = "迟到的名字"
        db.session.add(_late_session(person))
    assert _erase_all(LATER + timedelta(minutes=30)) == ""

    assert _erase_all(LATER + timedelta(hours=1, minutes=1)) == "1 deletions carried out"

    db.session.rollback()
    assert db.session.get_one(Person, gone.id).nickname == ERASED_NICKNAME
    assert _count(Session, gone.id) == 0
    visit = db.session.scalars(select(CheckIn).where(CheckIn.person_id == gone.id)).one()
    assert (visit.state, visit.lat) == ("accepted", None)
    assert _erase_all(LATER + timedelta(days=1)) == "", "once more, and no more"


def _late_session(person: Person) -> Session:
    now = clock.now()
    return Session(
        public_id="late", person_id=person.id, token_hash="0" * 64, device_hash=None, device="x", created_at=now,
        last_seen_at=now, expires_at=now + timedelta(days=30),
    )  # fmt: skip


def test_a_session_that_was_opened_while_its_person_was_erased_does_not_work(city: City) -> None:
    guest = city.guest()
    with unit_of_work():
        db.session.get_one(Person, guest.id).erased_at = clock.now()

    assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_check_ins_under_way_while_people_are_erased_lose_nothing(app: Flask, city: City) -> None:
    """Every visit that was acknowledged is there, every other answer is a plain 401, and the data holds."""
    stations = [city.station(code=f"STOP{n}") for n in range(6)]
    posters = [city.poster(station) for station in stations]
    guests = [city.guest() for _ in range(4)]
    for guest in guests:
        guest.call("POST", "/me/deletion")
    seen: list[int] = []
    barrier = threading.Barrier(len(guests) + 1)

    def visit(guest: Guest) -> None:
        client = Guest(app.test_client(), guest.token, guest.id, guest.public_id)
        barrier.wait()
        seen.extend(client.check_in(poster, at(ZHANQIAO)).status_code for poster in posters)

    threads = [threading.Thread(target=visit, args=[guest]) for guest in guests]
    for thread in threads:
        thread.start()
    barrier.wait()
    _erase_all()
    for thread in threads:
        thread.join()

    assert set(seen) <= {201, 401}
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(CheckIn)) == seen.count(201)
    assert list(breached()) == []


def test_a_deletion_taken_back_at_the_last_moment_is_not_carried_out(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/deletion")
    with unit_of_work():
        (due,) = deletion.list_due(clock.now() + LATER)
    guest.call("DELETE", "/me/deletion")

    with unit_of_work():
        assert deletion.carry_out(due, at=clock.now() + LATER) is False

    assert guest.call("GET", "/me").status_code == 200


def test_the_record_of_a_deletion_stays_and_names_nobody(city: City) -> None:
    guest = city.guest()
    guest.call("POST", "/me/deletion")
    _erase_all()

    erasure = db.session.scalars(select(Erasure)).one()

    assert erasure.erased_at is not None


@ONE_DATABASE
def test_no_file_holds_the_name_or_the_number_of_an_erased_person(app: Flask, city: City) -> None:
    """Q2: neither free pages nor the log of SQLite. The number never stood in clear; the name is overwritten."""
    canary = "金丝雀不该留下"
    guest = city.guest()
    give_phone(guest.id)
    for nickname in (canary, "短", canary):
        guest.call("PATCH", "/me", {"nickname": nickname})
    noise = [city.guest() for _ in range(30)]
    for one in noise:
        one.call("PATCH", "/me", {"nickname": f"别人{one.id}"})
    guest.call("POST", "/me/export")
    guest.call("POST", "/me/deletion")
    folder: Path = app.config["OUYU"].server.data_dir
    assert canary in _readable(folder), "the canary never reached a file: the test proves nothing"
    assert PHONE_NUMBER not in _readable(folder)
    db.session.remove()

    _erase_all()

    db.session.remove()
    assert canary not in _readable(folder), "while connections are open: the log is emptied, not just closed"


def _readable(folder: Path) -> str:
    return "".join(path.read_bytes().decode("utf-8", "ignore") for path in folder.glob("ouyu.sqlite3*"))
