"""Headers: a request id on every answer, pages that run nothing inline, honest caching."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from tests.builders import City

pytestmark = pytest.mark.parametrize("app", ["sqlite"], indirect=True)

EVERY_KIND = (
    "/livez", "/readyz", "/api/v1/stations", "/api/v1/stations/NOWHERE", "/api/v1/me", "/api/v1/openapi.json",
    "/api/docs", "/", "/nowhere", "/admin/", "/static/app.css", "/c/ZHANQIAO", "/admin/nowhere",
)  # fmt: skip
PAGES = ("/", "/nowhere", "/api/docs", "/admin/", "/admin/nowhere", "/c/ZHANQIAO")


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_answer_carries_an_id_and_the_fixed_headers(client: FlaskClient, path: str) -> None:
    response = client.get(path, follow_redirects=True, buffered=True)
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["X-Request-ID"])
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Werkzeug" not in response.headers.get("Server", "")


def test_two_requests_have_two_ids(client: FlaskClient) -> None:
    assert client.get("/livez").headers["X-Request-ID"] != client.get("/livez").headers["X-Request-ID"]


def test_a_plain_id_of_the_caller_is_kept_and_any_other_is_replaced(client: FlaskClient) -> None:
    for kept in ("abcdefgh", "550e8400-e29b-41d4-a716-446655440000", "A.b_c-123", "x" * 64):
        assert client.get("/livez", headers={"X-Request-ID": kept}).headers["X-Request-ID"] == kept
    for odd in ("short", "x" * 65, "with space1", "<script>alert", "caf\xe9caf\xe9", "a=b;c=d;e"):
        found = client.get("/livez", headers={"X-Request-ID": odd}).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{16}", found), ascii(odd)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_nothing_inline_and_nothing_from_outside(client: FlaskClient, path: str) -> None:
    response = client.get(path, follow_redirects=True)
    policy = {
        name: set(sources)
        for name, *sources in (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    }
    assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert policy["default-src"] == {"'self'"}
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == {"'none'"}
    assert policy["form-action"] == {"'self'"}
    for name in ("script-src", "style-src", "connect-src"):
        assert policy.get(name, {"'self'"}) == {"'self'"}
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    html = response.text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>(?!\s*</script>)", html), "inline script"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+\s*=\s*[\"']|javascript:", html), "inline style or handler"
    for address in re.findall(r"(?:src|href)=[\"']([^\"']+)", html):
        assert not re.match(r"(https?:)?//", address), f"outside host: {address}"


def test_answers_of_the_api_are_not_kept_unless_they_say_so(city: City) -> None:
    guest = city.guest()
    for path in ("/me", "/me/sessions", "/me/checkins", "/me/passport"):
        assert guest.call("GET", path).headers["Cache-Control"] == "no-store", path
    assert guest.call("GET", "/nowhere").headers["Cache-Control"] == "no-store"


def test_public_reads_carry_an_etag_and_an_honest_cache_control(city: City, client: FlaskClient) -> None:
    city.station()
    for path in ("/stations", "/stations/ZHANQIAO", "/services", "/districts"):
        response = client.get(f"/api/v1{path}")
        assert re.fullmatch(r'"[^"]+"', response.headers["ETag"]), path
        assert response.headers["Cache-Control"] == "public, no-cache", path
        assert "Accept-Language" in response.headers["Vary"], path


def test_a_known_etag_costs_a_304_without_a_body(city: City, client: FlaskClient) -> None:
    city.station()
    for path in ("/stations", "/stations?limit=1", "/stations/ZHANQIAO", "/services", "/districts"):
        etag = client.get(f"/api/v1{path}").headers["ETag"]
        for asked in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = client.get(f"/api/v1{path}", headers={"If-None-Match": asked})
            assert (again.status_code, again.data) == (304, b""), (path, asked)
            assert again.headers["ETag"] == etag
        assert client.get(f"/api/v1{path}", headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_etag_differs_by_language_question_and_content(city: City, client: FlaskClient) -> None:
    city.station()
    paths = ("/stations", "/stations?limit=1", "/stations?q=x", "/stations?out_coord_sys=gcj02", "/stations/ZHANQIAO")
    tags = [client.get(f"/api/v1{path}").headers["ETag"] for path in paths]
    tags.append(client.get("/api/v1/stations", headers={"Accept-Language": "en"}).headers["ETag"])
    city.station(code="YANDAO")
    tags.append(client.get("/api/v1/stations").headers["ETag"])
    assert len(set(tags)) == len(tags)


def test_head_is_get_without_a_body(city: City, client: FlaskClient) -> None:
    response = client.head("/api/v1/stations")
    assert (response.status_code, response.data) == (200, b"")
    assert response.headers["ETag"] == client.get("/api/v1/stations").headers["ETag"]


def test_links_are_built_from_the_setting_and_never_from_the_request(city: City, client: FlaskClient) -> None:
    station, headers = (
        city.station(),
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp"},
    )
    guest = city.guest()
    for path in (
        "/",
        "/c/ZHANQIAO",
        "/api/docs",
        "/api/v1/openapi.json",
        "/api/v1/stations/ZHANQIAO",
        "/admin/",
        "/nowhere",
    ):
        answer = client.get(path, headers=headers)
        assert "evil.example" not in answer.text, path
        assert "evil.example" not in answer.headers.get("Location", ""), path
    visit = guest.call("POST", "/checkins", {"credential": city.poster(station)}, X_Forwarded_Host="evil.example")
    assert "evil.example" not in visit.text


def test_outside_production_browsers_are_not_held_to_https(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/livez").headers
