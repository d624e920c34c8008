"""F13 and signing in by WeChat: code2Session as documented, slow and broken; a loopback server plays WeChat."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.audit.models import AuditEntry
from app.clients import Unreachable
from app.clients.wechat import LoginRefused, NoMiniProgram, Refusal, client_of
from app.clients.wechat.real import MiniProgram
from app.core.db import db
from app.people.models import Identity, Person
from config import settings as config
from config.settings import load
from tests.builders import City, Guest
from tests.conftest import Prepared
from tests.http.contract import assert_documented, assert_problem
from tests.loopback import Loopback

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)
APPID, SECRET, SESSION_KEY, OPENID = (
    "wx0123456789abcdef",
    "an-app-secret-of-32-characters-xx",
    "c2Vzc2lvbi1rZXk=",
    "o6zAJs3oh85Zb1l",
)
SUCCESS = {"openid": OPENID, "session_key": SESSION_KEY, "unionid": "u-1"}


def said(**body: Any) -> tuple[int, bytes]:
    """WeChat answers everything with 200."""
    return 200, json.dumps(body).encode()


@pytest.fixture
def wechat() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


@pytest.fixture
def mini_program(wechat: Loopback) -> MiniProgram:
    return MiniProgram(wechat.url, APPID, SECRET)


@pytest.fixture
def app_on_wechat(app: Flask, mini_program: MiniProgram) -> Iterator[Flask]:
    """The application with the real client, talking to the loopback server."""
    fake = app.extensions["wechat"]
    app.extensions["wechat"] = mini_program
    yield app
    app.extensions["wechat"] = fake


def enter(client: FlaskClient, code: str, token: str = "") -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.post("/api/v1/auth/wechat", json={"code": code}, headers=headers)
    assert_documented("POST", answer)
    return answer


# -- the client ------------------------------------------------------------------------------------------------------


def test_the_call_is_the_documented_one_and_gives_the_openid(wechat: Loopback, mini_program: MiniProgram) -> None:
    wechat.answers.append(said(**SUCCESS))
    assert mini_program.openid_of("the code") == OPENID
    (seen,) = wechat.seen
    assert (seen.method, urlsplit(seen.path).path) == ("GET", "/sns/jscode2session")
    assert parse_qs(urlsplit(seen.path).query) == {
        "appid": [APPID], "secret": [SECRET], "js_code": ["the code"], "grant_type": ["authorization_code"],
    }  # fmt: skip


def test_a_success_may_carry_an_errcode_of_zero(wechat: Loopback, mini_program: MiniProgram) -> None:
    wechat.answers.append(said(errcode=0, errmsg="ok", **SUCCESS))
    assert mini_program.openid_of("code") == OPENID


@pytest.mark.parametrize(
    ("errcode", "refusal"),
    [
        (40029, Refusal.CODE_INVALID),
        (40163, Refusal.CODE_INVALID),
        (40226, Refusal.BLOCKED),
        (45011, Refusal.TOO_OFTEN),
    ],
)
def test_what_wechat_says_about_the_person_is_not_asked_again(
    wechat: Loopback, mini_program: MiniProgram, errcode: int, refusal: Refusal
) -> None:
    wechat.answers.append(said(errcode=errcode, errmsg="rid: 1"))
    with pytest.raises(LoginRefused) as refused:
        mini_program.openid_of("code")
    assert refused.value.refusal is refusal
    assert len(wechat.seen) == 1


def test_a_busy_wechat_is_asked_twice_more(wechat: Loopback, mini_program: MiniProgram) -> None:
    wechat.answers.extend([said(errcode=-1), said(errcode=-1), said(**SUCCESS)])
    assert mini_program.openid_of("code") == OPENID
    wechat.answers.extend([said(errcode=-1)] * 3)
    with pytest.raises(Unreachable):
        mini_program.openid_of("code")
    assert len(wechat.seen) == 6


@pytest.mark.parametrize(
    "answer",
    [
        said(errcode=40013), said(errcode=40125), said(errcode=40164), said(errcode="40029"), said(), said(openid=""),
        said(openid=7), said(session_key=SESSION_KEY), (200, b"<html>"), (200, b"[1]"), (200, b""), (502, b"{}"),
        (302, b""), (200, b"\xff\xfe"), (200, b'{"openid": "' + b"x" * 10), None,
    ],
)  # fmt: skip
def test_f13_nonsense_and_errors_of_ours_are_unreachable_and_no_secret_is_logged(
    wechat: Loopback, mini_program: MiniProgram, caplog: pytest.LogCaptureFixture, answer: tuple[int, bytes] | None
) -> None:
    wechat.answers.append(answer)
    with caplog.at_level(logging.DEBUG, logger="ouyu"), pytest.raises(Unreachable):
        mini_program.openid_of("the-login-code")
    assert "wechat" in caplog.text
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("ouyu"))
    assert not [secret for secret in (SECRET, SESSION_KEY, "the-login-code") if secret in ours]


def test_f13_a_slow_wechat_is_given_up(
    wechat: Loopback, mini_program: MiniProgram, caplog: pytest.LogCaptureFixture
) -> None:
    mini_program.__dict__["_http"] = httpx.Client(timeout=httpx.Timeout(0.1), trust_env=False)
    wechat.answers.append((*said(**SUCCESS), 0.3))
    with pytest.raises(Unreachable):
        mini_program.openid_of("code")
    assert "ReadTimeout" in caplog.text


def test_it_waits_three_seconds_for_a_connection_and_five_for_an_answer(mini_program: MiniProgram) -> None:
    timeout = mini_program._http.timeout
    assert (timeout.connect, timeout.read) == (3.0, 5.0)
    assert mini_program._http.trust_env is False


# -- the call --------------------------------------------------------------------------------------------------------


def test_wechat_opens_a_citizens_session_and_knows_its_user_again(client: FlaskClient) -> None:
    first = enter(client, "somebody:1")
    assert (first.status_code, first.json["person"]["kind"]) == (200, "citizen")
    assert "phone_masked" not in first.json["person"]
    assert enter(client, "somebody:2").json["person"]["id"] == first.json["person"]["id"]
    assert enter(client, "another:1").json["person"]["id"] != first.json["person"]["id"]
    assert db.session.scalar(select(func.count()).select_from(Person)) == 2


def test_f13_the_same_code_twice_is_refused(client: FlaskClient) -> None:
    assert enter(client, "somebody:1").status_code == 200
    assert_problem(enter(client, "somebody:1"), 401, "auth.login_code_invalid")


def test_a_guest_becomes_the_wechat_user_or_merges_into_them(city: City, client: FlaskClient) -> None:
    first, second = city.guest(), city.guest()
    pier, other = city.station(), city.station(code="YANDAO")
    city.visit(pier, first)
    city.visit(pier, second)
    city.visit(other, second)
    became = enter(client, "somebody:1", first.token)
    assert became.json["person"]["id"] == first.public_id
    merged = enter(client, "somebody:2", second.token)
    assert merged.json["person"]["id"] == first.public_id
    citizen = Guest(client, merged.json["token"], first.id, first.public_id)
    assert citizen.call("GET", "/me/passport").json["collected"] == 2
    for guest in (first, second):
        assert_problem(guest.call("GET", "/me"), 401, "auth.token_invalid")


def test_a_citizen_by_phone_adds_wechat_and_is_known_by_both(city: City, client: FlaskClient) -> None:
    citizen = city.citizen("13800138000", at=NOON)
    added = enter(client, "somebody:1", citizen.token)
    assert (added.json["token"], added.json["person"]["id"]) == (citizen.token, citizen.public_id)
    assert enter(client, "somebody:2").json["person"]["phone_masked"] == "138****8000"
    assert city.citizen("13800138000", at=NOON + timedelta(hours=1)).public_id == citizen.public_id


def test_a_wechat_citizen_adds_a_phone(city: City, client: FlaskClient) -> None:
    session = enter(client, "somebody:1").json
    added = client.post(
        "/api/v1/auth/sms",
        json={"phone": "13800138000", "code": city.code("13800138000")},
        headers={"Authorization": f"Bearer {session['token']}"},
    )
    assert added.json["person"] == session["person"] | {"phone_masked": "138****8000"}


def test_anothers_wechat_is_taken_and_a_second_of_ones_own_is_refused(client: FlaskClient) -> None:
    mine = enter(client, "me:1").json["token"]
    enter(client, "other:1")
    assert_problem(enter(client, "other:2", mine), 409, "auth.identity_taken")
    assert_problem(enter(client, "third:1", mine), 409, "auth.identity_differs")


def test_the_openid_stands_nowhere_in_clear(app_on_wechat: Flask, wechat: Loopback) -> None:
    wechat.answers.append(said(**SUCCESS))
    answer = enter(app_on_wechat.test_client(), "code")
    row = db.session.execute(select(*Identity.__table__.columns)).one()
    for secret in (OPENID, SESSION_KEY, "u-1"):
        assert not [value for value in row if secret in str(value)]
        assert secret not in answer.text


@SQLITE
@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (said(errcode=40029), 401, "auth.login_code_invalid"),
        (said(errcode=40163), 401, "auth.login_code_invalid"),
        (said(errcode=40226), 403, "auth.login_blocked"),
        (said(errcode=45011), 429, "auth.too_many"),
        (said(errcode=40125), 503, "auth.platform_busy"),
        (None, 503, "auth.platform_busy"),
    ],
)
def test_f13_each_error_of_wechat_has_its_answer(
    app_on_wechat: Flask, wechat: Loopback, answer: tuple[int, bytes] | None, status: int, code: str
) -> None:
    wechat.answers.append(answer)
    refused = enter(app_on_wechat.test_client(), "code")
    assert_problem(refused, status, code)
    assert status != 429 or refused.headers["Retry-After"] == "60"
    assert db.session.scalar(select(func.count()).select_from(Person)) == 0
    actions = list(db.session.scalars(select(AuditEntry.action)))
    assert actions == (["people.login_blocked"] if status == 403 else [])


# -- settings --------------------------------------------------------------------------------------------------------

PRODUCTION = {
    "OUYU_PROFILE": "production",
    "OUYU_SECRETS__MASTER_KEY": "k" * 40,
    "OUYU_SERVER__PUBLIC_URL": "https://ouyu.example.cn",
}


def test_no_setting_gives_production_the_fake() -> None:
    assert isinstance(client_of(load(PRODUCTION)), NoMiniProgram)
    on = PRODUCTION | {"OUYU_WECHAT__APPID": APPID, "OUYU_WECHAT__SECRET": SECRET}
    assert isinstance(client_of(load(on)), MiniProgram)


@SQLITE
def test_without_a_mini_program_production_answers_with_a_sentence(app: Flask) -> None:
    fake = app.extensions["wechat"]
    app.extensions["wechat"] = NoMiniProgram()
    try:
        assert_problem(enter(app.test_client(), "code"), 503, "auth.not_offered")
    finally:
        app.extensions["wechat"] = fake


def test_verification_files_are_served_as_set_and_no_others(sqlite_app: Prepared) -> None:
    settings = load({"OUYU_WECHAT__VERIFY_FILES": "AbC123.txt=0f1e2d  other_1.txt=a=b"})
    assert settings.wechat.find_verify_file("other_1.txt") == "a=b"
    kept, sqlite_app.app.config["OUYU"] = sqlite_app.app.config["OUYU"], settings
    try:
        client = sqlite_app.app.test_client()
        served = client.get("/c/AbC123.txt")
        assert (served.status_code, served.text, served.mimetype) == (200, "0f1e2d", "text/plain")
        assert [client.get(f"/c/{name}").status_code for name in ("abc123.txt", "x.txt", ".txt")] == [404, 404, 404]
    finally:
        sqlite_app.app.config["OUYU"] = kept
        config.use(kept)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OUYU_WECHAT__APPID", APPID),
        ("OUYU_WECHAT__SECRET", SECRET),
        ("OUYU_WECHAT__API_URL", "api.weixin.qq.com"),
        ("OUYU_WECHAT__VERIFY_FILES", "AbC123.txt"),
        ("OUYU_WECHAT__VERIFY_FILES", "../x.txt=1"),
        ("OUYU_SMS__URL", "ftp://sms.example.cn"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence_without_the_secret(name: str, value: str) -> None:
    with pytest.raises(config.SettingsError) as refused:
        load({name: value})
    assert name.rpartition("__")[0] in str(refused.value)
    assert SECRET not in str(refused.value)
