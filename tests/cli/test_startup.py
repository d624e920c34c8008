"""Before the first request: whose database it is, that it is at head, and that a copy was made before it changed."""

from __future__ import annotations

import fcntl
import json
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.cli import folder, startup
from app.core.db import sqlite_driver, unit_of_work
from app.core.installation import Owner, claim, find_owner
from config.settings import Settings
from tests.builders import City

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture
def settings(app: Flask) -> Settings:
    found: Settings = app.config["OUYU"]
    return found


@pytest.fixture
def held(settings: Settings) -> Iterator[None]:
    with folder.held(settings):
        yield


def _claimed_by(owner: Owner) -> None:
    with unit_of_work():
        claim(owner, at=NOW)


def test_the_first_preparation_claims_the_database(app: Flask, settings: Settings, held: None) -> None:
    prepared = startup._prepare_database(app, settings, Owner.TESTING)

    assert not prepared.seeded
    assert find_owner() is Owner.TESTING


def test_preparing_again_changes_nothing(app: Flask, settings: Settings, held: None) -> None:
    for _ in range(2):
        prepared = startup._prepare_database(app, settings, Owner.TESTING)

    assert prepared.copied is None
    assert find_owner() is Owner.TESTING


@pytest.mark.parametrize(
    ("owner", "wanted", "word"),
    [
        (Owner.DEMO, Owner.PRODUCTION, "production refuses it"),
        (Owner.EMPTY, Owner.PRODUCTION, "production refuses it"),
        (Owner.PRODUCTION, Owner.DEMO, "OUYU_PROFILE=production"),
        (Owner.PRODUCTION, Owner.TESTING, "OUYU_PROFILE=production"),
        (Owner.DEMO, Owner.EMPTY, "leave --no-demo out"),
        (Owner.EMPTY, Owner.DEMO, "start with --no-demo"),
    ],
)
def test_a_database_of_another_owner_is_refused(
    app: Flask, settings: Settings, owner: Owner, wanted: Owner, word: str
) -> None:
    _claimed_by(owner)

    with pytest.raises(folder.StartupRefused, match=word):
        startup._prepare_database(app, settings, wanted)


def test_a_database_has_one_owner_for_good(app: Flask) -> None:
    _claimed_by(Owner.TESTING)

    with pytest.raises(IntegrityError):
        _claimed_by(Owner.DEMO)

    assert find_owner() is Owner.TESTING


def test_a_database_newer_than_the_code_is_refused(app: Flask, settings: Settings) -> None:
    with unit_of_work() as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(folder.StartupRefused, match="run the newer version again"):
        startup.migrate(settings)


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_the_copy_before_a_migration_is_sound_and_holds_the_newest_rows(
    app: Flask, settings: Settings, city: City
) -> None:
    city.station()

    path = startup.copy_sqlite(settings, "before-0002", NOW)

    assert path is not None
    assert path.name == "before-0002-20261122T000000Z.sqlite3"
    copy = sqlite_driver().connect(str(path))
    try:
        assert copy.execute("SELECT count(*) FROM stations").fetchone() == (1,)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        copy.close()


def test_a_held_folder_is_refused_with_the_way_to_stop_its_holder(settings: Settings, held: None) -> None:
    with pytest.raises(folder.StartupRefused, match=r"stop it with `kill \d+`"):
        folder.take(settings)


def test_a_folder_let_go_can_be_taken(settings: Settings) -> None:
    with folder.held(settings):
        pass

    with folder.held(settings):
        assert (settings.server.data_dir / folder.LOCK_FILE).exists()


def test_the_folder_of_a_killed_run_is_waited_for_until_its_last_child_ends(settings: Settings) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    orphan = (settings.server.data_dir / folder.LOCK_FILE).open("w", encoding="utf-8")
    fcntl.flock(orphan, fcntl.LOCK_EX)
    orphan.write(json.dumps({"pid": ended.pid}))
    orphan.flush()
    end = threading.Timer(0.5, orphan.close)
    end.start()

    with folder.held(settings):
        assert orphan.closed
    end.join()


def test_a_reset_demo_is_a_new_one(tmp_path: Path) -> None:
    from tests.first_run.running import flask

    given = {"OUYU_SERVER__DATA_DIR": str(tmp_path / "data")}
    refused = flask(tmp_path, "demo", "reset", "--yes", **{**given, "OUYU_PROFILE": "testing"})
    tried = flask(tmp_path, "demo", "load", "--dry-run", **given)

    assert refused.code == 1
    assert "demo profile only" in refused.err
    assert tried.code == 0
    assert "Would migrate" in tried.err
