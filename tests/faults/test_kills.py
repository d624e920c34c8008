"""F5, F6: workers and whole services killed while people check in; every acknowledged visit is there, once."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import select

from app.checkins.models import CheckIn
from app.checkins.rules import Source
from app.core.db import db, sqlite_driver
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.conftest import make_app, postgres_address
from tests.faults.writers import Crowd, Log, open_guests, plan
from tests.first_run.conftest import FirstStart
from tests.first_run.running import FIRST_START_WITHIN_S, Service, flask

pytestmark = pytest.mark.fault

GUESTS = 100
WRITES_PER_S = 40
THREADS = 8
WORKER_KILLS_FOR_S = 30
WORKER_KILL_EVERY_S = 2
WORKER_BACK_S = 2
SERVICE_KILLS = 3
LOAD_BEFORE_KILL_S = 4
READY_AFTER_KILL_S = 5

Serve = Callable[..., Service]


@dataclass
class Place:
    """A demo city to kill: where its files are and what its environment says."""

    folder: Path
    environ: dict[str, str]

    def credentials(self) -> list[str]:
        """Return the poster of every station."""
        app = make_app(self.folder, profile="demo", OUYU_SECRETS__MASTER_KEY="", **self.environ)
        with app.app_context():
            found = []
            for station in db.session.scalars(select(Station).order_by(Station.code)):
                poster = queries.find_current(station.id, CredentialKind.POSTER)
                assert poster is not None
                found.append(queries.poster_path(station, poster))
            db.session.remove()
            db.engine.dispose()
        return found

    def visits(self) -> list[str]:
        """Return the public ids of the visits that came over the API."""
        app = make_app(self.folder, profile="demo", OUYU_SECRETS__MASTER_KEY="", **self.environ)
        with app.app_context():
            found = list(db.session.scalars(select(CheckIn.public_id).where(CheckIn.source == Source.API)))
            db.session.remove()
            db.engine.dispose()
        return found


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A demo city on each database; on PostgreSQL it is built anew by a first start."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        first: FirstStart = request.getfixturevalue("first_start")
        shutil.copytree(first.folder, folder)
        yield Place(folder, {})
        return
    uri: str = request.getfixturevalue("postgres")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS faults WITH (FORCE)")
        connection.execute("CREATE DATABASE faults")
    yield Place(folder, {"OUYU_DATABASE__URL": postgres_address(uri, "faults")})


def test_every_acknowledged_visit_survives_workers_killed_under_load(place: Place, serve: Serve) -> None:
    """F5."""
    service = serve(place.folder, wait=False, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    crowd = Crowd(
        service.port, plan(open_guests(service.port, GUESTS), place.credentials()), threads=THREADS, per_s=WRITES_PER_S
    )
    crowd.start()
    back = []
    until = time.monotonic() + WORKER_KILLS_FOR_S
    while time.monotonic() < until:
        time.sleep(WORKER_KILL_EVERY_S)
        back.append(_kill_a_worker(service))

    log = crowd.finish()

    assert max(back) < WORKER_BACK_S, back
    assert log.retries > 0, "no kill was felt: the test proves nothing"
    assert len(log.acknowledged) > 0.5 * WRITES_PER_S * WORKER_KILLS_FOR_S
    _expect_all(place, service, log)


def test_a_killed_service_is_back_by_itself_with_every_acknowledged_visit(place: Place, serve: Serve) -> None:
    """F6."""
    service = serve(place.folder, wait=False, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    port = service.port
    crowd = Crowd(port, plan(open_guests(port, GUESTS), place.credentials()), threads=THREADS, per_s=WRITES_PER_S)
    crowd.start()
    ready = []
    for _ in range(SERVICE_KILLS):
        time.sleep(LOAD_BEFORE_KILL_S)
        service.kill()
        service = serve(place.folder, wait=False, port=port, **place.environ)
        service.wait()
        ready.append(service.ready_s)

    log = crowd.finish()

    assert max(ready) < READY_AFTER_KILL_S, ready
    assert log.retries > 0, "no kill was felt: the test proves nothing"
    _expect_all(place, service, log)


def test_a_killed_run_leaves_nothing_in_the_way_of_the_next(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)

    service.process.kill()
    service.process.wait(10)

    assert serve(city_folder).get("/readyz")[0] == 200


def test_a_dead_consumer_is_started_again(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)
    _, consumer = _children(service)

    consumer.kill()

    psutil.wait_procs([consumer], timeout=5)
    until = time.monotonic() + 15
    while len(_children(service)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(_children(service)) == 2
    assert "starting it again" in service.err.read_text(encoding="utf-8")


def test_a_dead_web_server_ends_the_run_with_a_failure(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)
    gunicorn, _ = _children(service)

    gunicorn.kill()

    assert service.process.wait(30) == 1


def test_ctrl_c_while_the_city_is_built_leaves_nothing_half_done(tmp_path: Path, serve: Serve) -> None:
    """C7."""
    folder = tmp_path / "data"
    service = serve(folder, wait=False)
    until = time.monotonic() + FIRST_START_WITHIN_S
    while "Building" not in service.err.read_text(encoding="utf-8") and time.monotonic() < until:
        time.sleep(0.02)
    time.sleep(1)

    assert service.stop(signal.SIGINT) == 1

    assert "nothing is half done" in service.err.read_text(encoding="utf-8")
    database = sqlite_driver().connect(str(folder / "demo.sqlite3"))
    try:
        rows = (
            "SELECT (SELECT count(*) FROM installation), (SELECT count(*) FROM stations), (SELECT count(*) FROM audit)"
        )
        assert database.execute(rows).fetchone() == (0, 0, 0)
    finally:
        database.close()


def _children(service: Service) -> list[psutil.Process]:
    """Return gunicorn's master and the consumer, in the order they were started."""
    return sorted(psutil.Process(service.process.pid).children(), key=lambda child: child.create_time())


def _kill_a_worker(service: Service) -> float:
    """Kill the oldest worker; return the seconds until there are two again and the service answers."""
    master = _children(service)[0]
    workers = sorted(master.children(), key=lambda worker: worker.create_time())
    began = time.monotonic()
    workers[0].kill()
    psutil.wait_procs(workers[:1], timeout=5)
    while len(master.children()) < len(workers) or service.get("/livez")[0] != 200:
        assert time.monotonic() - began < 30, "the worker never came back"
        time.sleep(0.01)
    return time.monotonic() - began


def _expect_all(place: Place, service: Service, log: Log) -> None:
    """Every acknowledged visit is stored once, nobody was told of a second one, and `check` finds all rules holding."""
    assert log.refused == []
    assert {status for status, _ in log.acknowledged.values()} == {201}
    told = [body["id"] for _, body in log.acknowledged.values()]
    stored = place.visits()
    assert len(set(told)) == len(told)
    assert set(told) <= set(stored)
    assert len(stored) == len(told), "a visit was stored that nobody was told of, or twice"
    assert service.stop() == 0
    checked = flask(place.folder.parent, "check", OUYU_SERVER__DATA_DIR=str(place.folder), **place.environ)
    assert checked.code == 0, checked
