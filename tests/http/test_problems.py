"""Problem documents: every refusal says what it is, in the asked language, with what the caller needs next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.errors import Text
from app.http.problems import STATUS, pointers
from tests.builders import City
from tests.conftest import make_app
from tests.http.contract import assert_problem

SQLITE = pytest.mark.parametrize("app", ["sqlite"], indirect=True)


@SQLITE
@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/auth/guest", {"data": b"{", "content_type": "application/json"}, 400, "request.malformed"),
        ("GET", "/me", {}, 401, "auth.required"),
        ("GET", "/me", {"headers": {"Authorization": "Bearer x"}}, 401, "auth.token_invalid"),
        ("GET", "/stations/NOWHERE", {}, 404, "resource.not_found"),
        ("GET", "/nothing/here", {}, 404, "resource.not_found"),
        ("PUT", "/stations", {}, 405, "request.method"),
        ("POST", "/auth/guest", {"data": b"x" * 1_000_001}, 413, "request.too_large"),
        ("POST", "/auth/guest", {"data": b"a=1", "content_type": "text/plain"}, 415, "request.media_type"),
        ("POST", "/auth/guest", {"json": {"device_id": 5}}, 422, "request.invalid"),
        ("GET", "/stations?limit=0", {}, 422, "request.invalid"),
    ],
)
def test_each_status_has_its_code_and_a_whole_document(
    client: FlaskClient, method: str, path: str, options: dict[str, object], status: int, code: str
) -> None:
    assert_problem(client.open(f"/api/v1{path}", method=method, **options), status, code)


@SQLITE
def test_405_says_what_is_allowed(client: FlaskClient) -> None:
    assert set(client.delete("/api/v1/stations").headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert "POST" in client.get("/api/v1/checkins").headers["Allow"]


@SQLITE
@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        (None, "请先登录，或以游客身份开始。"),
        ("zh-CN", "请先登录，或以游客身份开始。"),
        ("zh", "请先登录，或以游客身份开始。"),
        ("zh-Hans-CN, en;q=0.5", "请先登录，或以游客身份开始。"),
        ("zh-TW, zh;q=0.9, en;q=0", "请先登录，或以游客身份开始。"),
        ("fr", "请先登录，或以游客身份开始。"),
        ("en", "Please sign in first, or start as a guest."),
        ("en-GB,en;q=0.9,zh;q=0.8", "Please sign in first, or start as a guest."),
        ("*", "请先登录，或以游客身份开始。"),
        ("fr, en;q=0.1", "Please sign in first, or start as a guest."),
        ("zh-CN;q=0.2, en;q=0.9", "Please sign in first, or start as a guest."),
        ("\x7f;;;q=x", "请先登录，或以游客身份开始。"),
    ],
)
def test_the_asked_language_is_spoken_and_chinese_otherwise(
    client: FlaskClient, asked: str | None, detail: str
) -> None:
    headers = {"Accept-Language": asked} if asked else {}
    body = assert_problem(client.get("/api/v1/me", headers=headers), 401, "auth.required")
    assert body["detail"] == detail
    assert body["title"] == ("Sign-in required" if detail.isascii() else "需要登录")


@SQLITE
def test_each_wrong_field_is_pointed_at_in_the_asked_language(city: City) -> None:
    guest = city.guest()
    body = {"credential": 5, "location": {"lat": 99, "lng": "x", "accuracy_m": 0, "coord_sys": "mars"}, "a/b~c": 1}
    refused = guest.call("POST", "/checkins", body, Accept_Language="en")
    errors = assert_problem(refused, 422, "request.invalid")["errors"]
    assert {error["pointer"]: error["message"] for error in errors} == {
        "/credential": "This must be a string.",
        "/location/lat": "It must be from -90 to 90.",
        "/location/lng": "This must be a number, without quotes.",
        "/location/accuracy_m": "It must be greater than 0.",
        "/location/coord_sys": "Choose one of: wgs84, gcj02, bd09.",
        "/a~1b~0c": "There is no such field.",
    }


@SQLITE
def test_the_facts_of_a_refusal_stand_beside_it_without_the_words_made_for_its_sentence(city: City) -> None:
    station = city.station()
    far = {"lat": 36.2, "lng": 120.4, "accuracy_m": 5.0, "coord_sys": "wgs84"}
    refused = city.guest().check_in(city.poster(station), far)
    body = assert_problem(refused, 422, "checkin.too_far")
    assert {"distance_m", "radius_m", "accuracy_m", "id"} <= body.keys()
    assert not [name for name in body if name.endswith(("_zh", "_en"))]


@pytest.fixture
def breaking(tmp_path: Path) -> Iterator[FlaskClient]:
    """An application with a route that fails as only a mistake of ours would."""
    app: Flask = make_app(tmp_path)

    def fail() -> str:
        raise RuntimeError("secret detail of the inside")

    app.add_url_rule("/api/v1/boom", "boom", fail)
    app.add_url_rule("/boom", "page_boom", fail)
    return app.test_client()


def test_a_mistake_of_ours_is_500_without_its_inside(breaking: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    response = breaking.get("/api/v1/boom")
    body = assert_problem(response, 500, "internal.error")
    assert "secret detail" not in response.text
    assert "Traceback" not in response.text
    assert body["request_id"] in caplog.text
    assert "secret detail" in caplog.text


def test_a_mistake_on_a_page_is_a_page_without_its_inside(breaking: FlaskClient) -> None:
    response = breaking.get("/boom")
    assert response.status_code == 500
    assert "secret detail" not in response.text
    assert "Traceback" not in response.text
    assert response.mimetype == "text/html"
    assert response.headers["Content-Security-Policy"]


def test_every_kind_of_refusal_has_a_status_of_the_contract() -> None:
    assert set(STATUS.values()) <= {400, 401, 403, 404, 409, 413, 415, 422, 429, 503}


def test_pointers_are_built_from_names_or_taken_as_they_are() -> None:
    text = Text("错了。", "Wrong.")
    found = [pointer for pointer, _ in pointers({"lat": [text], "/location/lng": [text, text], "": [text]})]
    assert found == ["/lat", "/location/lng", "/location/lng", ""]
