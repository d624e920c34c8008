"""The shell at each address, its static files, its error page, and what only the demo may have."""

from __future__ import annotations

import json
import re
from io import BytesIO
from pathlib import Path

import pytest
import segno
from flask.testing import FlaskClient

from app.h5 import pages
from tests.builders import City
from tests.conftest import Prepared, make_app

ADDRESSES = (
    "/",
    "/stations",
    "/events",
    "/events/Qk3vX9aL",
    "/signups",
    "/signups/Qk3vX9aL",
    "/checkin",
    "/passport",
    "/me",
)
DEMO_FILE = "/static/demo/desk.js"


@pytest.fixture
def page(sqlite_app: Prepared) -> FlaskClient:
    """A client of the testing profile; these pages read no row."""
    return sqlite_app.app.test_client()


@pytest.fixture
def demo_page(tmp_path: Path) -> FlaskClient:
    return make_app(tmp_path, profile="demo").test_client()


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_page_serves_the_shell(page: FlaskClient, address: str) -> None:
    answer = page.get(address)
    assert answer.status_code == 200
    assert re.search(r'<script type="module" src="/static/app-\w+\.js">', answer.text)
    assert 'data-profile="testing"' in answer.text


def test_a_stations_page_is_the_shell_and_an_unknown_or_draft_station_is_404(client: FlaskClient, city: City) -> None:
    known, draft = city.station(), city.station(code="DRAFT01", opened=False)
    found = {
        address: client.get(f"/c/{address}") for address in (known.code, f"{known.code}?v=1&k=x", draft.code, "NOBODY")
    }
    assert [answer.status_code for answer in found.values()] == [200, 200, 404, 404]
    assert all('src="/static/app-' in answer.text for answer in found.values())


@pytest.mark.parametrize(
    "address", ["/c/zhanqiao", "/c/AB", "/c/TOOLONGCODE", "/c/A-B", "/nowhere", "/c/", "/events/a.b", "/signups/x"]
)
def test_an_address_that_leads_nowhere_gets_the_pages_own_404(page: FlaskClient, address: str) -> None:
    answer = page.get(address)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "没有找到这一页" in answer.text


def test_the_error_page_speaks_the_asked_language(page: FlaskClient) -> None:
    answer = page.get("/nowhere", headers={"Accept-Language": "en"})
    assert '<html lang="en">' in answer.text
    assert "Page not found" in answer.text


def test_static_files_are_asked_again_and_answered_304(page: FlaskClient) -> None:
    first = page.get("/static/main.js", buffered=True)
    assert first.cache_control.no_cache
    again = page.get("/static/main.js", headers={"If-None-Match": first.headers["ETag"]}, buffered=True)
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        DEMO_FILE,
        "/static/./demo/desk.js",
        "/static/art/../demo/desk.js",
        "/static//demo/desk.js",
        "/static/demo/%2e/desk.js",
    ],
)
def test_the_simulated_positions_are_not_served_outside_the_demo(page: FlaskClient, path: str) -> None:
    assert page.get(path, follow_redirects=True).status_code == 404


def test_the_simulated_positions_are_served_in_the_demo(demo_page: FlaskClient) -> None:
    assert demo_page.get(DEMO_FILE, buffered=True).status_code == 200
    assert 'data-profile="demo"' in demo_page.get("/").text


def test_nothing_outside_the_demo_folder_names_it_but_the_guarded_import() -> None:
    folder = Path(pages.__file__).parent
    naming = [
        (file.name, line.strip())
        for file in folder.joinpath("static").rglob("*.js")
        if "demo" not in file.relative_to(folder / "static").parts
        for line in file.read_text(encoding="utf-8").splitlines()
        if "demo/" in line
    ]
    assert naming == [("main.js", 'const desk = await import("./demo/desk.js");')]


@pytest.mark.parametrize(
    "template", sorted(Path(pages.__file__).parent.glob("templates/**/*.html")), ids=lambda p: p.name
)
def test_templates_hold_no_inline_script_style_handler_or_outside_host(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle\s*=|\son\w+\s*=|javascript:", text) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", text) == []


def test_the_page_loads_nothing_from_another_host() -> None:
    allowed = {"http://www.w3.org/2000/svg"}  # a name, not an address
    static = Path(pages.__file__).parent / "static"
    for file in static.rglob("*.*"):
        found = set(re.findall(r"https?://[^\s\"'`)<]+", file.read_text(encoding="utf-8")))
        assert found <= allowed, file.name


def test_modules_named_in_the_shell_exist(page: FlaskClient) -> None:
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.get("/").text):
        assert page.get(path, buffered=True).status_code == 200, path


def test_no_file_of_the_page_is_longer_than_400_lines() -> None:
    static = Path(pages.__file__).parent / "static"
    long = {f.name: n for f in static.rglob("*.[jc]s*") if (n := len(f.read_text(encoding="utf-8").splitlines())) > 400}
    assert {name: n for name, n in long.items() if not name.endswith(".json")} == {}


def test_the_worker_names_its_version_and_every_file_it_keeps_is_there(page: FlaskClient) -> None:
    worker = page.get("/sw.js")
    assert worker.content_type.startswith("text/javascript")
    assert worker.cache_control.no_cache
    version = re.search(r'^const VERSION = "(\w+)";$', worker.text, re.MULTILINE)
    files = re.search(r"^const FILES = (\[.*\]);$", worker.text, re.MULTILINE)
    assert version is not None
    assert files is not None
    assert f'data-version="{version[1]}"' in page.get("/").text
    kept = json.loads(files[1])
    assert [path for path in kept if page.get(path, buffered=True).status_code != 200] == []
    assert {"/", f"/static/i18n/zh-CN.json?v={version[1]}", f"/static/i18n/en.json?v={version[1]}"} <= set(kept)
    assert all(path in kept for path in re.findall(r'"(/static/app-[^"]+)"', page.get("/").text))
    assert not [path for path in kept if path.startswith("/api/")]


def test_a_stations_screen_has_its_page_and_nothing_else_has(client: FlaskClient, city: City) -> None:
    city.station()
    city.station(code="DRAFT01", opened=False)
    assert client.get("/kiosk/ZHANQIAO").status_code == 200
    assert [client.get(f"/kiosk/{code}").status_code for code in ("DRAFT01", "NOBODY", "zhanqiao", "a-b")] == [404] * 4


def test_the_screens_qr_holds_the_public_address_and_takes_digits_only(page: FlaskClient) -> None:
    drawn = page.get("/kiosk/ZHANQIAO/qr.svg?r=012345", headers={"Host": "evil.example"})
    assert drawn.mimetype == "image/svg+xml"
    expected = BytesIO()
    segno.make("https://ouyu.test/c/ZHANQIAO?r=012345", error="m", micro=False).save(
        expected, kind="svg", border=4, light="#fff", svgclass=None, lineclass=None
    )
    assert drawn.data == expected.getvalue()
    for query in ("", "?r=12345", "?r=1234567", "?r=12345x", "?r=１２３４５６", "?r=</svg>"):
        assert page.get(f"/kiosk/ZHANQIAO/qr.svg{query}").status_code == 404
