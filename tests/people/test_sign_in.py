"""Signing in by phone: one code, five tries, caps in the database; whoever arrives as a guest keeps everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.clients.sms.fake import Outbox
from app.core import clock
from app.core.db import db
from app.people import rules
from app.people.models import OtpCode, Person
from app.privacy.models import Consent
from config import settings as config
from tests.builders import City, Guest
from tests.http.contract import assert_documented, assert_problem

PHONE, OTHER = "13800138000", "13900139000"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


def ask(client: FlaskClient, phone: str = PHONE, **more: Any) -> TestResponse:
    answer = client.post("/api/v1/auth/sms/code", json={"phone": phone}, **more)
    assert_documented("POST", answer)
    return answer


def enter(client: FlaskClient, code: str, phone: str = PHONE, token: str = "") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.post("/api/v1/auth/sms", json={"phone": phone, "code": code}, headers=headers)
    assert_documented("POST", answer)
    return answer


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_phone_and_its_code_open_a_citizens_session(client: FlaskClient) -> None:
    sent = ask(client)
    assert (sent.status_code, set(sent.json)) == (202, {"retry_after_s", "expires_in_s", "demo_code"})
    assert (sent.json["retry_after_s"], sent.json["expires_in_s"]) == (60, 300)
    session = enter(client, sent.json["demo_code"])
    assert session.status_code == 200
    person = session.json["person"]
    assert (person["kind"], person["phone_masked"]) == ("citizen", "138****8000")
    me = Guest(client, session.json["token"], 0, person["id"]).call("GET", "/me").json
    assert (me["id"], me["kind"], me["phone_masked"]) == (person["id"], "citizen", "138****8000")


def test_the_code_goes_to_the_phone_in_one_spelling(app: Flask, client: FlaskClient) -> None:
    outbox: Outbox = app.extensions["sms"]
    outbox.messages.clear()
    code = ask(client, "＋86 138-0013-8000").json["demo_code"]
    assert list(outbox.messages) == [(PHONE, code, 5)]
    assert len(code) == 6
    assert code.isascii()
    assert code.isdigit()


def test_one_phone_is_one_person_however_it_is_written(city: City, client: FlaskClient) -> None:
    first = city.citizen(PHONE, at=NOON)
    with clock.frozen(NOON + timedelta(minutes=2)):
        code = ask(client, "0086 138 0013 8000").json["demo_code"]
        again = enter(
            client, f" {code[:3]} {code[3:]} ".translate({48 + n: 0xFF10 + n for n in range(10)}), "１３８00138000"
        )
    assert again.json["person"]["id"] == first.public_id
    assert db.session.scalar(select(func.count()).select_from(Person)) == 1


@SQLITE
@pytest.mark.parametrize("phone", ["110", "+1 415 555 0100", "0532 8288 0000", "手机"])
def test_only_mainland_mobiles_are_taken(client: FlaskClient, phone: str) -> None:
    assert_problem(ask(client, phone), 422, "auth.phone_invalid")
    assert_problem(enter(client, "123456", phone), 422, "auth.phone_invalid")


def test_again_within_a_minute_is_refused_and_says_how_long(client: FlaskClient) -> None:
    with clock.frozen(NOON):
        first = ask(client).json["demo_code"]
    with clock.frozen(NOON + timedelta(seconds=59)):
        refused = ask(client)
        assert assert_problem(refused, 429, "auth.too_many")["retry_after_s"] == 1
        assert refused.headers["Retry-After"] == "1"
    with clock.frozen(NOON + timedelta(seconds=60)):
        second = ask(client).json["demo_code"]
        if first != second:
            assert_problem(enter(client, first), 401, "auth.code_invalid")
        assert enter(client, second).status_code == 200


def test_x10_the_answer_is_the_same_for_a_known_and_an_unknown_phone(city: City, client: FlaskClient) -> None:
    city.citizen(PHONE, at=NOON)
    with clock.frozen(NOON + timedelta(hours=1)):
        known, unknown = ask(client, PHONE), ask(client, OTHER)
        assert (known.status_code, known.json.keys()) == (unknown.status_code, unknown.json.keys())
        assert known.json | {"demo_code": ""} == unknown.json | {"demo_code": ""}
        wrong = [enter(client, other_than(a.json["demo_code"]), p) for a, p in ((known, PHONE), (unknown, OTHER))]
    bodies = [assert_problem(answer, 401, "auth.code_invalid") | {"request_id": ""} for answer in wrong]
    assert bodies[0] == bodies[1]


def test_x10_five_wrong_tries_kill_the_code_and_are_counted_down(client: FlaskClient) -> None:
    code = ask(client).json["demo_code"]
    for left in (4, 3, 2, 1, 0):
        refused = assert_problem(enter(client, other_than(code)), 401, "auth.code_invalid")
        assert refused["tries_left"] == left
        assert ("还可以试" in refused["detail"]) == (left > 0)
    assert_problem(enter(client, code), 401, "auth.code_expired")


def test_the_fifth_try_may_still_be_right_and_a_code_opens_once(client: FlaskClient) -> None:
    code = ask(client).json["demo_code"]
    for _ in range(4):
        enter(client, other_than(code))
    assert enter(client, code).status_code == 200
    assert_problem(enter(client, code), 401, "auth.code_expired")


def test_a_code_lives_five_minutes(client: FlaskClient) -> None:
    with clock.frozen(NOON):
        code = ask(client).json["demo_code"]
    with clock.frozen(NOON + timedelta(minutes=5)):
        assert_problem(enter(client, code), 401, "auth.code_expired")
    with clock.frozen(NOON + timedelta(minutes=5, seconds=-1)):
        assert enter(client, code).status_code == 200


def test_a_code_belongs_to_its_phone(client: FlaskClient) -> None:
    code = ask(client, PHONE).json["demo_code"]
    assert_problem(enter(client, code, OTHER), 401, "auth.code_expired")


def test_a_phone_gets_ten_codes_a_day(client: FlaskClient) -> None:
    start = NOON - timedelta(hours=4)
    for n in range(10):
        with clock.frozen(start + timedelta(minutes=n)):
            assert ask(client).status_code == 202
    with clock.frozen(start + timedelta(hours=1)):
        assert "23 小时" in assert_problem(ask(client), 429, "auth.too_many")["detail"]
        assert ask(client, OTHER).status_code == 202
    with clock.frozen(start + timedelta(days=1)):
        assert ask(client).status_code == 202


@SQLITE
def test_an_address_gets_its_codes_an_hour_and_another_is_not_held_back(client: FlaskClient) -> None:
    settings = config.current()
    assert settings.limits.codes_per_address_hour == 300
    config.use(replace(settings, limits=replace(settings.limits, codes_per_address_hour=5)))
    with clock.frozen(NOON):
        for n in range(5):
            assert client.post("/api/v1/auth/sms/code", json={"phone": f"137000{n:05d}"}).status_code == 202
        assert_problem(ask(client), 429, "auth.too_many")
        assert ask(client, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 202


def test_a_refused_request_sends_nothing_and_leaves_the_code_alone(app: Flask, client: FlaskClient) -> None:
    outbox: Outbox = app.extensions["sms"]
    code = ask(client).json["demo_code"]
    outbox.messages.clear()
    ask(client)
    assert list(outbox.messages) == []
    assert enter(client, code).status_code == 200


def test_neither_phone_nor_code_stands_in_the_row(client: FlaskClient) -> None:
    code = ask(client).json["demo_code"]
    row = db.session.execute(select(*OtpCode.__table__.columns)).one()
    assert not [value for value in row if PHONE in str(value) or code == str(value)]


# -- a guest signs in ------------------------------------------------------------------------------------------------


def test_a_guest_becomes_the_phones_person_and_keeps_everything(city: City, client: FlaskClient) -> None:
    guest = city.guest()
    guest.call("PATCH", "/me", {"nickname": "海鸥", "elder_mode": True})
    city.visit(city.station(), guest)
    session = enter(client, city.code(PHONE), token=guest.token)
    assert session.json["person"] | {"kind": "", "phone_masked": ""} == {
        "id": guest.public_id, "nickname": "海鸥", "locale": "zh-CN", "kind": "", "phone_masked": "",
    }  # fmt: skip
    citizen = Guest(client, session.json["token"], guest.id, guest.public_id)
    assert citizen.call("GET", "/me/passport").json["collected"] == 1
    assert citizen.call("GET", "/me").json["elder_mode"] is True
    assert len(citizen.call("GET", "/me/sessions").json["items"]) == 1
    assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_a_guest_merges_into_the_phones_person_and_their_token_ends(city: City, client: FlaskClient) -> None:
    citizen = city.citizen(PHONE, at=NOON)
    guest = city.guest()
    city.visit(city.station(), guest)
    session = enter(client, city.code(PHONE), token=guest.token)
    assert session.json["person"]["id"] == citizen.public_id
    assert citizen.call("GET", "/me/passport").json["collected"] == 1
    assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")
    assert db.session.get(Person, guest.id) is None


def test_of_two_visits_on_one_station_day_the_later_is_voided_whoever_made_it(city: City, client: FlaskClient) -> None:
    early, late = city.station(at=NOON), city.station(code="YANDAO", at=NOON)
    citizen, guest = city.citizen(PHONE, at=NOON), city.guest()
    city.visit(early, guest, at=NOON)
    city.visit(early, citizen, at=NOON + timedelta(hours=1))
    city.visit(late, citizen, at=NOON)
    city.visit(late, guest, at=NOON + timedelta(hours=1))
    enter(client, city.code(PHONE), token=guest.token)
    history = citizen.call("GET", "/me/checkins").json["items"]
    found = {(item["station"]["code"], item["result"]): item for item in history}
    assert len(history) == len(found) == 4
    for code in ("ZHANQIAO", "YANDAO"):
        assert found[code, "accepted"]["checked_in_at"] < found[code, "void"]["checked_in_at"]
        assert found[code, "void"]["reason"] == "merged"
        assert found[code, "void"]["reason_text"] == "账号合并，当天已有更早的一次"
    assert citizen.call("GET", "/me/passport").json["collected"] == 2


def test_merging_loses_no_attempt_and_no_answer_that_was_given(city: City, client: FlaskClient) -> None:
    pier, other = city.station(at=NOON), city.station(code="YANDAO", at=NOON)
    citizen, guest = city.citizen(PHONE, at=NOON), city.guest()
    for day in range(3):
        city.visit(pier, guest, at=NOON + timedelta(days=day))
        city.visit(pier if day else other, citizen, at=NOON + timedelta(days=day, hours=1))
    guest.check_in("ZHANQIAO?v=1&k=aaaaaaaaaaaaaaaa")
    body = {"credential": city.poster(other)}
    first = guest.call("POST", "/checkins", body, Idempotency_Key="of-the-guest")
    before = rows_of(citizen) + rows_of(guest)
    session = enter(client, city.code(PHONE), token=guest.token)
    merged = Guest(client, session.json["token"], citizen.id, citizen.public_id)
    assert rows_of(merged) == before == 8
    replayed = merged.call("POST", "/checkins", body, Idempotency_Key="of-the-guest")
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert replayed.json["id"] == first.json["id"]


def rows_of(person: Guest) -> int:
    return len(person.call("GET", "/me/checkins?limit=100").json["items"])


def test_consents_come_along_and_one_taken_back_since_stays_so(city: City, client: FlaskClient) -> None:
    citizen, guest = city.citizen(PHONE, at=NOON), city.guest()
    for who, purpose in ((guest, "terms"), (guest, "privacy"), (guest, "photo_publish"), (citizen, "privacy")):
        assert who.call("POST", "/me/consents", {"purpose": purpose, "version": 1}).status_code < 300
    citizen.call("POST", "/me/consents", {"purpose": "photo_publish", "version": 1})
    citizen.call("DELETE", "/me/consents/photo_publish")
    assert enter(client, city.code(PHONE), token=guest.token).status_code == 200
    standing = db.session.execute(
        select(Consent.purpose, func.count()).where(Consent.withdrawn_at.is_(None)).group_by(Consent.purpose)
    )
    assert sorted(tuple(row) for row in standing) == [("privacy", 1), ("terms", 1)]
    assert db.session.scalar(select(func.count()).select_from(Consent)) == 5


def test_the_device_of_a_guest_stays_known_for_the_citizen(city: City, client: FlaskClient) -> None:
    from app.people.models import Session

    opened = client.post("/api/v1/auth/guest", json={"device_id": "my-phone"}).json
    before = db.session.scalars(select(Session.device_hash)).one()
    db.session.rollback()
    enter(client, city.code(PHONE), token=opened["token"])
    assert db.session.scalars(select(Session.device_hash)).one() == before


def test_a_wrong_code_leaves_the_guest_as_they_were(city: City, client: FlaskClient) -> None:
    guest = city.guest()
    enter(client, other_than(city.code(PHONE)), token=guest.token)
    assert guest.call("GET", "/me").json["kind"] == "guest"


def test_a_citizens_token_stays_theirs_when_they_prove_their_phone_again(city: City, client: FlaskClient) -> None:
    citizen = city.citizen(PHONE, at=NOON)
    again = enter(client, city.code(PHONE), token=citizen.token)
    assert (again.json["token"], again.json["person"]["id"]) == (citizen.token, citizen.public_id)


def test_another_citizens_phone_is_taken_and_a_second_of_ones_own_is_refused(city: City, client: FlaskClient) -> None:
    mine, other = city.citizen(PHONE, at=NOON), city.citizen(OTHER, at=NOON)
    taken = city.code(OTHER)
    assert_problem(enter(client, taken, OTHER, mine.token), 409, "auth.identity_taken")
    assert_problem(enter(client, city.code("13700137000"), "13700137000", mine.token), 409, "auth.identity_differs")
    assert mine.call("GET", "/me").json["phone_masked"] == "138****8000"
    assert enter(client, taken, OTHER).json["person"]["id"] == other.public_id, "the code stays good after a refusal"


def test_a_token_that_is_none_is_refused_before_a_try_is_counted(city: City, client: FlaskClient) -> None:
    code = city.code(PHONE)
    assert_problem(enter(client, code, token="nonsense"), 401, "auth.token_invalid")
    assert db.session.scalars(select(OtpCode.tries)).one() == 0


@SQLITE
def test_codes_that_ended_are_forgotten(city: City) -> None:
    from app.core.db import unit_of_work
    from app.people import otp

    city.code(PHONE, at=NOON)
    with unit_of_work():
        assert otp.purge(NOON + rules.CODE_LIVES) == 0
        assert otp.purge(NOON + rules.CODE_LIVES + timedelta(seconds=1)) == 1
