"""Health: alive as long as the process can answer, ready only with everything a visit needs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.core.db import db
from app.core.revisions import head_revision
from app.http import system
from tests.conftest import make_app


def test_livez_says_ok(client: FlaskClient) -> None:
    assert (client.get("/livez").status_code, client.get("/livez").json) == (200, {"status": "ok"})


def test_readyz_names_its_checks(client: FlaskClient) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json["status"]) == (200, "ok")
    assert response.json["checks"] == {"serving": "ok", "database": "ok", "migrations": "ok", "disk": "ok"}


def test_readyz_is_503_and_livez_200_before_the_migrations(tmp_path: Path) -> None:
    client = make_app(tmp_path).test_client()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json["status"] == "down"
    assert response.json["checks"]["migrations"] == "failed"
    assert int(response.headers["Retry-After"]) > 0
    assert client.get("/livez").status_code == 200


def test_readyz_is_503_while_the_database_is_behind_the_code(app: Flask, client: FlaskClient) -> None:
    with db.engine.connect() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        connection.commit()
    assert client.get("/readyz").json["checks"] == {
        "serving": "ok",
        "database": "ok",
        "migrations": "failed",
        "disk": "ok",
    }


def test_readyz_is_503_without_a_database_and_says_nothing_of_its_address(tmp_path: Path) -> None:
    gone = make_app(tmp_path, "postgresql://ouyu:hunter2@127.0.0.1:1/ouyu")
    response = gone.test_client().get("/readyz")
    assert response.status_code == 503
    assert response.json["checks"]["database"] == "failed"
    assert "hunter2" not in response.text
    assert "127.0.0.1" not in response.text


def test_calls_without_a_database_are_503_with_retry_after(tmp_path: Path) -> None:
    client = make_app(tmp_path, "postgresql://ouyu:hunter2@127.0.0.1:1/ouyu").test_client()
    for call in (client.get("/api/v1/districts"), client.post("/api/v1/auth/guest", json={})):
        assert (call.status_code, call.json["code"]) == (503, "service.busy")
        assert int(call.headers["Retry-After"]) > 0
        assert "hunter2" not in call.text
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_readyz_is_503_when_the_disk_is_nearly_full(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "DISK_LOW_BYTES", 1 << 60)
    assert client.get("/readyz").json["checks"]["disk"] == "failed"


def test_status_says_what_runs_here(client: FlaskClient) -> None:
    body = client.get("/api/v1/status").json
    assert body.keys() == {"name", "version", "migration", "time", "profile"}
    assert body["profile"] == "testing"
    assert body["migration"] == head_revision()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00", body["time"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", body["version"])
