"""C1, C2, C4: one command, a complete banner, a quick second start, a link that works once."""

from __future__ import annotations

import http.cookiejar
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.db import sqlite_driver
from tests.first_run.conftest import FirstStart
from tests.first_run.running import ROOT, START_WITHIN_S, Ended, Service, environ, flask, free_port, link, run

Serve = Callable[..., Service]
SECOND_START_S = 10
PASSWORD = "three gulls over the pier"
COUNTS = "SELECT (SELECT count(*) FROM stations), (SELECT count(*) FROM checkins), (SELECT count(*) FROM staff)"


@dataclass
class SecondStart:
    """A second start on the same folder, still running."""

    service: Service
    banner: str
    counts_before: tuple[int, ...]
    files_before: set[Path]


@pytest.fixture(scope="module")
def second(first_start: FirstStart, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecondStart]:
    folder = Path(shutil.copytree(first_start.folder, tmp_path_factory.mktemp("second") / "data"))
    counts, files = _query(folder, COUNTS), _files(ROOT)
    service = Service(folder)
    try:
        yield SecondStart(service, service.wait(START_WITHIN_S), counts, files)
    finally:
        if service.process.poll() is None:
            service.kill()


def _files(folder: Path) -> set[Path]:
    ignored = {".venv", ".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "data"}
    return {path for path in folder.rglob("*") if not ignored & set(path.relative_to(folder).parts)}


def test_the_banner_names_everything_somebody_needs_next(first_start: FirstStart) -> None:
    wanted = ["手机页", "栈桥海报", "后台", "接口文档", "数据目录", "停止", "下一步"]
    assert [label for label in wanted if label not in first_start.banner] == []
    assert str(first_start.folder) in first_start.banner
    assert re.search(r"Ctrl-C, or kill \d+", first_start.banner)


def test_the_banner_comes_last(first_start: FirstStart) -> None:
    assert first_start.said.splitlines() == [
        "Building the demo city, once; this takes about ten seconds …",
        "Stopped.",
    ]
    assert first_start.banner.rstrip().endswith("staff link admin")


def test_every_link_of_the_banner_opens(first_start: FirstStart) -> None:
    assert len(first_start.pages) >= 4
    assert set(first_start.pages.values()) == {200}


def test_a_stop_by_signal_is_a_good_end(first_start: FirstStart) -> None:
    assert first_start.stopped_with == 0


def test_second_start_is_quick_and_loads_nothing_twice(second: SecondStart) -> None:
    assert second.service.ready_s < SECOND_START_S
    assert second.service.err.read_text(encoding="utf-8") == ""
    assert _query(second.service.folder, COUNTS) == second.counts_before


def test_nothing_is_written_outside_the_data_folder(second: SecondStart) -> None:
    home = second.service.folder.parent

    assert _files(ROOT) == second.files_before
    assert {path.name for path in home.iterdir()} == {"data", "data.out", "data.err"}


def test_the_data_folder_and_its_key_are_for_their_owner_only(first_start: FirstStart) -> None:
    for path in (first_start.folder, first_start.folder / "secret.key"):
        assert path.stat().st_mode & 0o077 == 0


def test_second_instance_on_one_data_folder_is_refused_kindly(second: SecondStart) -> None:
    again = _start(second.service.folder)

    assert again.code == 1
    assert f"kill {second.service.process.pid}" in again.err
    assert second.service.base in again.err
    assert len(again.err.splitlines()) == 1


def test_the_panel_link_works_once_and_says_how_to_get_another(second: SecondStart) -> None:
    address = link(second.banner, "/admin/link/")
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with browser.open(address, timeout=10) as page:
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.read().decode())
    assert token is not None
    form = {"csrf_token": token[1], "password": PASSWORD, "again": PASSWORD}

    with browser.open(address, urllib.parse.urlencode(form).encode(), timeout=10) as home:
        first = home.read().decode()

    assert "退出" in first
    status, page_again = second.service.get(address)
    assert status == 404
    assert "staff link" in page_again or "管理员" in page_again


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_ends_every_child(city_folder: Path, serve: Serve, number: signal.Signals) -> None:
    service = serve(city_folder, OUYU_SERVER__DRAIN_S="1")

    assert service.stop(number) == 0

    assert not subprocess.run(["pgrep", "-f", str(city_folder)], capture_output=True, check=False).stdout


def test_gunicorn_alone_prepares_and_locks_the_same_folder(city_folder: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "-b", f"127.0.0.1:{port}", "wsgi:app"]
    given = environ(city_folder.parent, OUYU_SERVER__DATA_DIR=str(city_folder))
    server = subprocess.Popen(command, cwd=ROOT, env=given, stderr=subprocess.DEVNULL)
    try:
        assert _comes_true(lambda: _answers(f"http://127.0.0.1:{port}/readyz"), START_WITHIN_S)
        assert "running on the data folder" in _start(city_folder).err
    finally:
        server.terminate()
        assert server.wait(40) == 0


def test_an_empty_city_has_a_database_of_its_own(tmp_path: Path, serve: Serve) -> None:
    folder = tmp_path / "data"

    service = serve(folder, "--no-demo")

    assert service.get("/api/v1/stations")[1].startswith('{"items":[]')
    assert (folder / "empty.sqlite3").exists()
    assert not (folder / "demo.sqlite3").exists()


def test_on_the_network_the_banner_has_the_lan_address_and_a_code_to_scan(city_folder: Path, serve: Serve) -> None:
    banner = serve(city_folder, "--host", "0.0.0.0").out.read_text(encoding="utf-8")

    assert "0.0.0.0" not in banner
    assert "█" in banner or "▀" in banner
    assert "only over HTTPS" in banner


def test_a_new_link_from_the_command_line_leads_to_the_panel(city_folder: Path) -> None:
    made = flask(city_folder.parent, "staff", "link", "admin", OUYU_SERVER__DATA_DIR=str(city_folder))

    assert made.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:8000/admin/link/\S+\n", made.out)


def _query(folder: Path, sql: str) -> tuple[int, ...]:
    connection = sqlite_driver().connect(str(folder / "demo.sqlite3"))
    try:
        found: tuple[int, ...] = connection.execute(sql).fetchone()
        return found
    finally:
        connection.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _start(folder: Path) -> Ended:
    return run(["wsgi.py", "--data-dir", str(folder), "--port", str(free_port())], folder.parent)


def _comes_true(condition: Callable[[], bool], within_s: float) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
