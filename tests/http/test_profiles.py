"""What differs by profile: HTTPS in production, frames by setting, the desk of simulated positions in the demo only."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.conftest import make_app

PRODUCTION = {"profile": "production", "OUYU_SERVER__PUBLIC_URL": "https://ouyu.example.cn"}
DESK = ("/demo/desk.json", "/static/demo/desk.js")


def test_production_holds_browsers_to_https_and_keeps_cookies_off_plain_http(tmp_path: Path) -> None:
    app: Flask = make_app(tmp_path, **PRODUCTION)
    assert app.test_client().get("/livez").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.debug is False


def test_who_may_frame_our_pages_is_a_setting(tmp_path: Path) -> None:
    app = make_app(tmp_path, OUYU_SERVER__FRAME_ANCESTORS="https://portal.example")
    policy = app.test_client().get("/").headers["Content-Security-Policy"]
    assert "frame-ancestors https://portal.example" in policy


def test_simulated_positions_do_not_exist_outside_the_demo(tmp_path: Path) -> None:
    for profile in ({}, PRODUCTION):
        app = make_app(tmp_path, **profile)
        assert "demo_desk" not in app.view_functions
        for path in (*DESK, "/static/./demo/desk.js", "/static//demo/desk.js", "/static/x/../demo/desk.js"):
            answer = app.test_client().get(path, follow_redirects=True, buffered=True)
            assert answer.status_code == 404, path
        assert "模拟" not in app.test_client().get("/").text


def test_in_the_demo_the_desk_is_served(tmp_path: Path) -> None:
    app = make_app(tmp_path, profile="demo")
    assert "demo_desk" in app.view_functions
    assert app.test_client().get(DESK[1], buffered=True).status_code == 200
