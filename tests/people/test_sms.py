"""The SMS gateway: what is posted, and what happens when it does not answer; a loopback server plays it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask

from app.clients import Unreachable, sms
from app.clients.sms.real import HttpSender
from app.core.db import db
from app.people.models import OtpCode
from config import settings as config
from config.settings import Settings, load
from tests.conftest import make_app
from tests.http.contract import assert_problem
from tests.loopback import Loopback

PHONE = "13800138000"
SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@pytest.fixture
def gateway() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def test_a_code_is_posted_once_with_the_operators_token(gateway: Loopback) -> None:
    gateway.answers.append((202, b""))
    HttpSender(f"{gateway.url}/codes", "secret-token").send(PHONE, "123456", minutes=5)
    (seen,) = gateway.seen
    assert (seen.method, seen.path, seen.headers["authorization"]) == ("POST", "/codes", "Bearer secret-token")
    body = json.loads(seen.body)
    assert body | {"id": ""} == {"id": "", "phone": PHONE, "code": "123456", "minutes": 5}
    assert len(body["id"]) == 32


@pytest.mark.parametrize("answer", [(500, b""), (302, b""), (401, b"{}"), None])
def test_a_gateway_that_refuses_or_hangs_up_is_unreachable_and_the_log_holds_no_phone(
    gateway: Loopback, answer: tuple[int, bytes] | None, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.answers.append(answer)
    with caplog.at_level(logging.INFO), pytest.raises(Unreachable):
        HttpSender(gateway.url, "secret-token").send(PHONE, "123456", minutes=5)
    assert "not sent" in caplog.text
    for secret in (PHONE, "123456", "secret-token"):
        assert secret not in caplog.text


def test_a_gateway_that_is_gone_is_unreachable() -> None:
    with Loopback() as server:
        gone = server.url
    with pytest.raises(Unreachable):
        HttpSender(gone, "").send(PHONE, "123456", minutes=5)


@SQLITE
def test_a_code_that_could_not_be_sent_may_be_asked_for_again_at_once(app: Flask, gateway: Loopback) -> None:
    fake = app.extensions["sms"]
    app.extensions["sms"] = HttpSender(gateway.url, "")
    try:
        for _ in range(12):
            gateway.answers.append((500, b""))
            failed = app.test_client().post("/api/v1/auth/sms/code", json={"phone": PHONE})
            assert_problem(failed, 503, "auth.platform_busy")
        gateway.answers.append((200, b""))
        assert app.test_client().post("/api/v1/auth/sms/code", json={"phone": PHONE}).status_code == 202
    finally:
        app.extensions["sms"] = fake
    assert len(gateway.seen) == 13
    assert db.session.query(OtpCode).count() == 1


@SQLITE
def test_production_without_a_gateway_says_that_phones_are_not_offered(app_in_production: Flask) -> None:
    client = app_in_production.test_client()
    answer = client.post("/api/v1/auth/sms/code", json={"phone": PHONE})
    assert "游客" in assert_problem(answer, 503, "auth.not_offered")["detail"]


@SQLITE
def test_production_shows_no_code(app_in_production: Flask, gateway: Loopback) -> None:
    gateway.answers.append((200, b""))
    app_in_production.extensions["sms"] = HttpSender(gateway.url, "")
    answer = app_in_production.test_client().post("/api/v1/auth/sms/code", json={"phone": PHONE})
    assert (answer.status_code, set(answer.json)) == (202, {"retry_after_s", "expires_in_s"})


def test_no_setting_gives_production_the_fake() -> None:
    production = {
        "OUYU_PROFILE": "production",
        "OUYU_SECRETS__MASTER_KEY": "k" * 40,
        "OUYU_SERVER__PUBLIC_URL": "https://ouyu.example.cn",
    }
    assert isinstance(sms.sender_of(load(production)), sms.NobodySends)
    assert isinstance(sms.sender_of(load(production | {"OUYU_SMS__URL": "https://sms.example.cn"})), HttpSender)


@pytest.fixture
def app_in_production(app: Flask) -> Iterator[Flask]:
    """The application as production runs it, on the tests' own SQLite file."""
    testing: Settings = app.config["OUYU"]
    production = make_app(testing.server.data_dir, profile="production")
    with production.app_context():
        yield production
        db.session.remove()
        db.engine.dispose()
    config.use(testing)
