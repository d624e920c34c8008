"""Guests: in without a form, themselves, their devices, and out for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import clock, secrets
from app.core.db import db, unit_of_work
from app.people import rules, service
from app.people.models import Session
from tests.builders import City, Guest


def enter(client: FlaskClient, **headers: str) -> Guest:
    answer = client.post("/api/v1/auth/guest", json={}, headers=headers)
    assert answer.status_code == 201, answer.json
    return Guest(client, answer.json["token"], 0, answer.json["person"]["id"])


def test_a_guest_enters_without_a_form(client: FlaskClient) -> None:
    answer = client.post("/api/v1/auth/guest")
    assert answer.status_code == 201
    assert set(answer.json) == {"token", "expires_at", "person"}
    assert set(answer.json["person"]) == {"id", "nickname", "kind", "locale"}
    assert (answer.json["person"]["kind"], answer.json["person"]["locale"]) == ("guest", "zh-CN")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_guest_keeps_the_language_they_came_with(client: FlaskClient) -> None:
    assert enter(client, **{"Accept-Language": "en"}).call("GET", "/me").json["locale"] == "en"


def test_the_token_has_256_bits_and_is_stored_hashed(client: FlaskClient) -> None:
    token = enter(client).token
    assert len(token) == 43
    stored = db.session.scalars(select(Session.token_hash)).one()
    assert stored == secrets.token_hash(token)
    assert token not in stored


def test_the_device_id_is_stored_hashed(client: FlaskClient) -> None:
    client.post("/api/v1/auth/guest", json={"device_id": "my-phone"})
    stored = db.session.scalars(select(Session.device_hash)).one()
    assert stored
    assert "my-phone" not in stored


def test_me_can_be_changed_field_by_field(client: FlaskClient) -> None:
    guest = enter(client)
    me = guest.call("GET", "/me").json
    assert me | {"nickname": ""} == {
        "id": guest.public_id,
        "nickname": "",
        "kind": "guest",
        "locale": "zh-CN",
        "elder_mode": False,
    }
    changed = guest.call("PATCH", "/me", {"nickname": "  海边的小王 ", "elder_mode": True}).json
    assert changed == me | {"nickname": "海边的小王", "elder_mode": True}
    assert guest.call("PATCH", "/me", {"locale": "en"}).json == changed | {"locale": "en"}
    assert guest.call("GET", "/me").json == changed | {"locale": "en"}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"nickname": "字" * 21}, "/nickname"),
        ({"nickname": "   "}, "/nickname"),
        ({"nickname": "a\u0000b"}, "/nickname"),
        ({"nickname": None}, "/nickname"),
        ({"locale": "fr"}, "/locale"),
        ({"elder_mode": "yes"}, "/elder_mode"),
        ({"elder_mode": 1}, "/elder_mode"),
        ({"kind": "citizen"}, "/kind"),
        ({"state": "active"}, "/state"),
        ({"id": "x"}, "/id"),
        ({"role": "city_admin"}, "/role"),
    ],
)
def test_what_a_person_cannot_be_or_set_is_refused(client: FlaskClient, body: dict[str, object], pointer: str) -> None:
    guest = enter(client)
    before = guest.call("GET", "/me").json
    refused = guest.call("PATCH", "/me", body)
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, pointer)
    assert guest.call("GET", "/me").json == before


def test_signing_out_kills_the_token_at_once(client: FlaskClient) -> None:
    guest = enter(client)
    assert guest.call("POST", "/auth/logout").status_code == 204
    refused = guest.call("GET", "/me")
    assert (refused.status_code, refused.json["code"]) == (401, "auth.token_invalid")
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


def test_devices_are_listed_and_one_can_be_signed_out(client: FlaskClient, city: City) -> None:
    guest = enter(client, **{"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) MicroMessenger/8.0"})
    enter(client)
    devices = guest.call("GET", "/me/sessions").json["items"]
    assert [(d["device"], d["current"]) for d in devices] == [("微信 WeChat", True)]
    assert set(devices[0]) == {"id", "device", "created_at", "last_seen_at", "current"}
    assert guest.call("DELETE", f"/me/sessions/{devices[0]['id']}").status_code == 204
    assert guest.call("GET", "/me").status_code == 401


def test_current_names_the_device_that_asks(client: FlaskClient) -> None:
    guest = enter(client)
    assert guest.call("DELETE", "/me/sessions/current").status_code == 204
    assert guest.call("GET", "/me").status_code == 401


def test_x2_anothers_device_looks_like_none(client: FlaskClient) -> None:
    mine, theirs = enter(client), enter(client)
    foreign = theirs.call("GET", "/me/sessions").json["items"][0]["id"]
    answers = [mine.call("DELETE", f"/me/sessions/{session_id}") for session_id in (foreign, "no-such-session-at-all")]
    bodies = [{k: v for k, v in a.json.items() if k not in ("request_id", "instance")} for a in answers]
    assert bodies[0] == bodies[1]
    assert [a.status_code for a in answers] == [404, 404]
    assert theirs.call("GET", "/me").status_code == 200


def test_a_session_lives_30_days_from_its_last_use(client: FlaskClient) -> None:
    start = clock.now()
    with clock.frozen(start):
        guest = enter(client)
    with clock.frozen(start + timedelta(days=29, hours=23)):
        assert guest.call("GET", "/me").status_code == 200
    with clock.frozen(start + timedelta(days=59)):
        assert guest.call("GET", "/me").status_code == 200
    with clock.frozen(start + timedelta(days=89, hours=1)):
        assert guest.call("GET", "/me").status_code == 401


def test_a_session_lives_180_days_at_most(client: FlaskClient) -> None:
    start = clock.now()
    with clock.frozen(start):
        guest = enter(client)
    for days in range(20, 180, 20):
        with clock.frozen(start + timedelta(days=days)):
            assert guest.call("GET", "/me").status_code == 200
    with clock.frozen(start + timedelta(days=180)):
        assert guest.call("GET", "/me").status_code == 401


def test_use_is_written_down_once_a_day_only(client: FlaskClient) -> None:
    start = clock.now()

    def last_seen() -> object:
        db.session.rollback()
        return db.session.scalars(select(Session.last_seen_at)).one()

    with clock.frozen(start):
        guest = enter(client)
    with clock.frozen(start + timedelta(hours=23)):
        guest.call("GET", "/me")
    assert last_seen() == start
    later = start + timedelta(hours=25)
    with clock.frozen(later):
        guest.call("GET", "/me")
    assert last_seen() == later


def test_expired_sessions_are_purged(client: FlaskClient, city: City) -> None:
    city.guest()
    with unit_of_work():
        assert service.purge_expired_sessions(clock.now()) == 0
        assert service.purge_expired_sessions(clock.now() + rules.SESSION_SLIDING + timedelta(seconds=1)) == 1


@pytest.mark.parametrize(
    ("agent", "label"),
    [
        ("Mozilla/5.0 (Linux; Android 15; Pixel)", "Android"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0)", "iPad"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windows"),
        ("", "浏览器 Browser"),
    ],
)
def test_a_device_is_named_coarsely(agent: str, label: str) -> None:
    assert rules.device_label(agent) == label
