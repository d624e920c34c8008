"""Who may call what: the table of routes, foreign ids, tokens that are none, sessions that have ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.core import clock, secrets
from app.core.db import db, unit_of_work
from app.http.blueprint import ROUTES
from app.people import rules
from app.people.models import Session
from app.stations import queries
from app.stations.codes import CredentialKind
from tests.builders import City, Guest
from tests.http.contract import assert_problem

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NOBODY, PERSON, EITHER = "public", "people", "optional"
SCREEN = "kiosk"

TABLE = {
    "GET /status": NOBODY,
    "POST /auth/guest": NOBODY,
    "POST /auth/sms/code": NOBODY,
    "POST /auth/sms": EITHER,
    "POST /auth/wechat": EITHER,
    "POST /auth/logout": PERSON,
    "GET /me": PERSON,
    "PATCH /me": PERSON,
    "GET /me/sessions": PERSON,
    "DELETE /me/sessions/<session_id>": PERSON,
    "GET /consents": NOBODY,
    "GET /me/consents": PERSON,
    "POST /me/consents": PERSON,
    "DELETE /me/consents/<purpose>": PERSON,
    "GET /me/volunteer": PERSON,
    "PUT /me/volunteer": PERSON,
    "POST /me/volunteer/accept": PERSON,
    "POST /me/volunteer/decline": PERSON,
    "GET /me/inbox": PERSON,
    "POST /me/inbox/<message_id>/read": PERSON,
    "POST /me/export": PERSON,
    "GET /me/export/<export_id>": PERSON,
    "GET /me/deletion": PERSON,
    "POST /me/deletion": PERSON,
    "DELETE /me/deletion": PERSON,
    "POST /feedback": NOBODY,
    "GET /feedback/<token>": NOBODY,
    "GET /stations": NOBODY,
    "GET /stations/<code>": NOBODY,
    "GET /services": NOBODY,
    "GET /districts": NOBODY,
    "GET /events": NOBODY,
    "GET /events/<event_id>": EITHER,
    "GET /events/<event_id>.ics": NOBODY,
    "POST /me/calendar": PERSON,
    "POST /checkins": PERSON,
    "POST /checkins/batch": PERSON,
    "POST /checkins/<checkin_id>/appeal": PERSON,
    "POST /shifts/<shift_id>/signups": PERSON,
    "DELETE /signups/<signup_id>": PERSON,
    "GET /signups/<signup_id>": PERSON,
    "POST /signups/<signup_id>/accept": PERSON,
    "POST /signups/<signup_id>/decline": PERSON,
    "GET /me/signups": PERSON,
    "POST /scan": NOBODY,
    "POST /kiosk/pair": NOBODY,
    "GET /kiosk/codes": SCREEN,
    "GET /me/checkins": PERSON,
    "GET /me/passport": PERSON,
}
"""Who may call each route of the API. A new route stands here, or the walk fails."""
ID_BEARING = {
    "DELETE /me/sessions/<session_id>",
    "GET /stations/<code>",
    "GET /events/<event_id>",
    "GET /events/<event_id>.ics",
    "POST /checkins/<checkin_id>/appeal",
    "POST /shifts/<shift_id>/signups",
    "DELETE /signups/<signup_id>",
    "GET /signups/<signup_id>",
    "POST /signups/<signup_id>/accept",
    "POST /signups/<signup_id>/decline",
    "POST /me/inbox/<message_id>/read",
    "GET /feedback/<token>",
    "GET /me/export/<export_id>",
    "DELETE /me/consents/<purpose>",
}
"""Routes that name a thing by its id; X2 is tested for each."""


def in_words() -> dict[str, str]:
    return {f"{route.method} {route.rule}": route.access.name for route in ROUTES.values()}


def body_without_its_own(body: dict[str, Any]) -> dict[str, Any]:
    """A problem document without what may differ between two of a kind."""
    return {name: value for name, value in body.items() if name not in ("request_id", "instance")}


def test_x1_every_route_of_the_api_stands_in_the_table_with_its_access(app: Flask) -> None:
    assert in_words() == TABLE
    registered = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")}
    assert registered - {"docs.openapi_json"} == set(ROUTES)


@SQLITE
@pytest.mark.parametrize("route", TABLE)
def test_x1_nobody_gets_past_the_door_of_a_persons_route_and_a_guest_does(city: City, route: str) -> None:
    method, _, rule = route.partition(" ")
    path = re.sub(r"<\w+>", "x", rule.replace("<code>", "ZHANQIAO"))
    anonymous = city.app.test_client().open(f"/api/v1{path}", method=method, json={})
    if TABLE[route] == SCREEN:
        assert_problem(anonymous, 401, "kiosk.not_paired")
        assert_problem(city.guest().call(method, path, {}), 401, "kiosk.not_paired")
        return
    if TABLE[route] == PERSON:
        assert_problem(anonymous, 401, "auth.required")
    else:
        assert anonymous.status_code not in (401, 403)
    asked = city.guest().call(method, path, {})
    code = asked.json["code"] if asked.status_code >= 400 else ""
    assert not code.startswith(("auth.", "access.")), asked.text


def test_x2_every_id_bearing_route_is_tested_below() -> None:
    assert {route for route in in_words() if "<" in route} == ID_BEARING


def test_x2_anothers_session_answers_like_an_unknown_one_and_lives_on(city: City) -> None:
    mine, other = city.guest(), city.guest()
    theirs = other.call("GET", "/me/sessions").json["items"][0]["id"]
    foreign = assert_problem(mine.call("DELETE", f"/me/sessions/{theirs}"), 404, "resource.not_found")
    unknown = assert_problem(mine.call("DELETE", "/me/sessions/AAAAAAAAAAAAAAAA"), 404, "resource.not_found")
    assert body_without_its_own(foreign) == body_without_its_own(unknown)
    assert other.call("GET", "/me").status_code == 200


def test_x2_a_station_that_is_not_public_answers_like_an_unknown_one(city: City, client: FlaskClient) -> None:
    city.station(opened=False)
    hidden = assert_problem(client.get("/api/v1/stations/ZHANQIAO"), 404, "resource.not_found")
    unknown = assert_problem(client.get("/api/v1/stations/NOWHERE"), 404, "resource.not_found")
    assert body_without_its_own(hidden) == body_without_its_own(unknown)


def test_x2_lists_of_oneself_hold_nothing_of_others(city: City) -> None:
    station = city.station()
    mine, other = city.guest(), city.guest()
    other.check_in(city.poster(station))
    assert mine.call("GET", "/me/checkins").json["items"] == []
    assert mine.call("GET", "/me/passport").json["stamps"] == []
    assert len(mine.call("GET", "/me/sessions").json["items"]) == 1


def expired_token(city: City) -> str:
    with clock.frozen(NOON - timedelta(days=400)):
        return city.guest().token


def signed_out_token(city: City) -> str:
    guest = city.guest()
    assert guest.call("POST", "/auth/logout").status_code == 204
    return guest.token


def other_city_token(city: City) -> str:
    """A genuine token of another installation."""
    return secrets.new_token()


def cookie_value(city: City) -> str:
    """What the panel keeps in its cookie is no token."""
    return "eyJfZnJlc2giOnRydWV9.aSFOsw.kYdM1b1P3k4dT0k0vZ3b0Zf9Z0E"


def test_x5_whatever_is_wrong_with_a_token_the_answer_is_one_and_the_same(city: City) -> None:
    good = city.guest()
    assert good.call("GET", "/me").status_code == 200
    swapped = "A" if good.token[20] != "A" else "B"
    tokens = {
        "damaged": good.token[:20] + swapped + good.token[21:],
        "cut": good.token[:-1],
        "lengthened": good.token + "A",
        "other case": good.token.swapcase(),
        "its hash": secrets.token_hash(good.token),
        "its owner": good.public_id,
        "expired": expired_token(city),
        "signed out": signed_out_token(city),
        "foreign": other_city_token(city),
        "cookie": cookie_value(city),
        "100 kB": "A" * 100_000,
        "not ASCII": "\xe9" * 43,
        "padding": good.token + "=",
        "NUL": "%00",
        "quoted": f'"{good.token}"',
        "twice": f"{good.token} {good.token}",
    }
    answers = {name: city.app.test_client().get("/api/v1/me", headers=bearer(token)) for name, token in tokens.items()}
    bodies = {name: body_without_its_own(assert_problem(a, 401, "auth.token_invalid")) for name, a in answers.items()}
    assert len({str(body) for body in bodies.values()}) == 1
    assert {answer.headers["WWW-Authenticate"] for answer in answers.values()} == {'Bearer realm="ouyu"'}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@SQLITE
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic d2FuZzp4", "Token x", "bearer"])
def test_no_token_at_all_is_another_answer(client: FlaskClient, header: str) -> None:
    assert_problem(client.get("/api/v1/me", headers={"Authorization": header}), 401, "auth.required")


@SQLITE
def test_a_token_counts_in_its_header_only(city: City) -> None:
    guest = city.guest()
    client = city.app.test_client()
    client.set_cookie("token", guest.token)
    client.set_cookie("session", guest.token)
    assert_problem(client.get(f"/api/v1/me?token={guest.token}&access_token={guest.token}"), 401, "auth.required")


@SQLITE
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(city: City, scheme: str) -> None:
    guest = city.guest()
    assert guest.client.get("/api/v1/me", headers={"Authorization": f"{scheme} {guest.token}"}).status_code == 200


def test_x6_after_signing_out_a_copied_token_is_dead_at_once(city: City) -> None:
    guest = city.guest()
    copied = Guest(city.app.test_client(), guest.token, guest.id, guest.public_id)
    assert copied.call("GET", "/me").status_code == 200
    assert guest.call("POST", "/auth/logout").status_code == 204
    for method, path in (("GET", "/me"), ("PATCH", "/me"), ("GET", "/me/passport"), ("POST", "/auth/logout")):
        assert_problem(copied.call(method, path, {}), 401, "auth.token_invalid")


def test_x6_a_device_kicked_out_from_the_list_is_dead_at_once(city: City) -> None:
    guest = city.guest()
    listed = guest.call("GET", "/me/sessions").json["items"]
    assert guest.call("DELETE", f"/me/sessions/{listed[0]['id']}").status_code == 204
    assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_a_session_lives_thirty_days_from_its_last_use_and_180_in_all(city: City) -> None:
    with clock.frozen(NOON):
        guest = city.guest()
    seen = NOON
    while seen < NOON + rules.SESSION_MAX - timedelta(days=20):
        seen += timedelta(days=20)
        with clock.frozen(seen):
            assert guest.call("GET", "/me").status_code == 200
    with clock.frozen(NOON + rules.SESSION_MAX - timedelta(seconds=1)):
        assert guest.call("GET", "/me").status_code == 200
    with clock.frozen(NOON + rules.SESSION_MAX):
        assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_a_session_not_used_for_thirty_days_has_ended(city: City) -> None:
    with clock.frozen(NOON):
        guest = city.guest()
    with clock.frozen(NOON + rules.SESSION_SLIDING):
        assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_the_token_itself_stands_nowhere_in_the_database(city: City) -> None:
    guest = city.guest()
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            assert guest.token not in str(row), table.name
    kept = db.session.scalars(select(Session.token_hash)).one()
    assert kept == secrets.token_hash(guest.token)


def test_secrets_of_credentials_stand_sealed_in_the_database(city: City) -> None:
    station = city.station()
    for kind in CredentialKind:
        credential = queries.find_current(station.id, kind)
        assert credential is not None
        clear = queries.secret_of(credential.public_id, credential.secret)
        assert len(clear) == 32
        assert clear.hex() not in credential.secret
        assert credential.secret.startswith(secrets.key_id() + ":")


def test_a_moved_credential_secret_opens_nothing(city: City) -> None:
    """Somebody with write access to the table cannot make one station's poster out of another's."""
    one, two = city.station(), city.station(code="YANDAO")
    link = city.poster(two).replace("YANDAO", "ZHANQIAO")
    with unit_of_work() as unit:
        swap = "UPDATE station_credentials SET secret = (SELECT secret FROM station_credentials WHERE station_id = {b} AND kind = 'poster') WHERE station_id = {a} AND kind = 'poster'"
        unit.session.execute(text(swap.format(a=one.id, b=two.id)))
    assert city.guest().check_in(link).status_code >= 400
