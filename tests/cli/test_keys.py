"""`keys rotate`: stopped half-way by a kill and run again, it leaves nothing on the old key (Q3)."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import insert

from app.audit import queries as audit
from app.audit import service as audit_service
from app.core import clock, sealed, secrets
from app.core.db import db, unit_of_work
from app.core.sealed import SEALED
from app.core.types import new_public_id
from app.jobs import fix_audit_head
from app.stations.codes import CredentialKind
from app.stations.models import CREDENTIAL_SECRET, Station, StationCredential
from tests.builders import City
from tests.conftest import MASTER_KEY
from tests.first_run.running import ROOT, Ended, environ, flask
from tests.panel.desk import ONE_DATABASE

NEW = "a new master key of the tests, long enough as well"
VERSIONS = 1000


def _environ(app: Flask, tmp_path: Path, **keys: str) -> dict[str, str]:
    settings = app.config["OUYU"]
    given = {
        "OUYU_PROFILE": "testing",
        "OUYU_DATABASE__URL": db.engine.url.render_as_string(hide_password=False),
        "OUYU_SERVER__DATA_DIR": str(settings.server.data_dir),
        "OUYU_SECRETS__MASTER_KEY": NEW,
        **keys,
    }
    return environ(tmp_path, **given)


def _rotate(app: Flask, tmp_path: Path) -> Ended:
    return flask(tmp_path, "keys", "rotate", **_environ(app, tmp_path, OUYU_SECRETS__OLD_MASTER_KEY=MASTER_KEY))


def _many_posters(station_id: int) -> None:
    with unit_of_work():
        rows = []
        for version in range(2, VERSIONS):
            name = new_public_id()
            rows.append(
                {
                    "public_id": name,
                    "station_id": station_id,
                    "kind": CredentialKind.POSTER,
                    "version": version,
                    "secret": CREDENTIAL_SECRET.seal(b"secret of %d" % version, name),
                    "valid_from": clock.now(),
                }
            )
        db.session.execute(insert(StationCredential), rows)


def _start_and_let_stall(app: Flask, tmp_path: Path) -> subprocess.Popen[bytes]:
    """Start a rotation whose talk goes into a pipe with room for one line, so that it stalls after the first batches."""
    reading, writing = os.pipe()
    room = fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.write(writing, b"." * (room - 80))
    started = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "keys", "rotate"],
        cwd=ROOT,
        env=_environ(app, tmp_path, OUYU_SECRETS__OLD_MASTER_KEY=MASTER_KEY),
        stderr=writing,
        pass_fds=(reading,),  # it keeps the pipe open for itself, or its second line would end it
    )
    os.close(reading)
    os.close(writing)
    return started


def _old_seals(app: Flask) -> int:
    secrets.configure(NEW, MASTER_KEY)
    try:
        with unit_of_work():
            return sum(sealed.count_old(one) for one in SEALED.values())
    finally:
        secrets.configure(MASTER_KEY)


def test_a_rotation_killed_half_way_and_run_again_leaves_nothing_on_the_old_key(
    app: Flask, city: City, tmp_path: Path
) -> None:
    station = city.station()
    _many_posters(station.id)
    station_id, poster, all_of_them = station.id, city.poster(station), _old_seals(app)
    db.session.remove()
    db.engine.dispose()
    half = _start_and_let_stall(app, tmp_path)
    until = time.monotonic() + 30
    while (left := _old_seals(app)) == all_of_them and time.monotonic() < until:
        time.sleep(0.05)
    half.kill()
    half.wait(10)
    assert 0 < left < all_of_them, "it was not half-way: the test proves nothing"

    again = _rotate(app, tmp_path)

    assert again.code == 0, again
    assert "Nothing is left on the old key" in again.err
    assert _old_seals(app) == 0
    secrets.configure(NEW)
    found = db.session.get(Station, station_id)
    assert found is not None
    assert city.poster(found) == poster
    secrets.configure(MASTER_KEY)


@ONE_DATABASE
def test_a_rotation_without_an_old_key_says_where_to_put_it(app: Flask) -> None:
    ended = FlaskCliRunner(app).invoke(args=["keys", "rotate"])

    assert ended.exit_code == 2
    assert "OUYU_SECRETS__OLD_MASTER_KEY" in ended.output


@ONE_DATABASE
def test_a_dry_rotation_counts_and_changes_nothing(app: Flask, city: City) -> None:
    city.station()
    secrets.configure(NEW, MASTER_KEY)
    try:
        ended = FlaskCliRunner(app).invoke(args=["keys", "rotate", "--dry-run"])
    finally:
        secrets.configure(MASTER_KEY)

    assert ended.exit_code == 0
    assert "station_credentials.secret: 2 to seal anew" in ended.output
    assert _old_seals(app) == 2


@ONE_DATABASE
def test_checkpoints_hold_through_a_rotation_and_a_forged_one_is_not_signed_for(app: Flask, city: City) -> None:
    folder = app.config["OUYU"].server.data_dir
    path = audit.checkpoint_path(folder)
    city.station()
    fix_audit_head(clock.now())
    forged = path.read_text(encoding="utf-8").replace('"seq":', '"seq":1')
    path.write_text(path.read_text(encoding="utf-8") + forged, encoding="utf-8")
    try:
        secrets.configure(NEW, MASTER_KEY)
        assert len(audit.chain_faults(folder)) == 1
        assert audit_service.sign_checkpoints_anew(folder) == 1
        secrets.configure(NEW)
        assert [fault for fault in audit.chain_faults(folder) if "line 1" in fault] == []
        assert [fault for fault in audit.chain_faults(folder) if "line 2" in fault] != []
    finally:
        secrets.configure(MASTER_KEY)


@ONE_DATABASE
def test_people_stay_signed_in_through_a_rotation(app: Flask, city: City) -> None:
    guest = city.guest()
    secrets.configure(NEW)
    try:
        assert guest.call("GET", "/me").status_code == 200
    finally:
        secrets.configure(MASTER_KEY)


@pytest.mark.parametrize("same", [True, False])
def test_the_old_key_is_not_the_new_one(same: bool) -> None:
    from config.settings import SettingsError, load

    given = {"OUYU_SECRETS__MASTER_KEY": NEW, "OUYU_SECRETS__OLD_MASTER_KEY": NEW if same else MASTER_KEY}
    if same:
        with pytest.raises(SettingsError, match="equals"):
            load(given)
    else:
        assert load(given).secrets.old_master_key == MASTER_KEY
