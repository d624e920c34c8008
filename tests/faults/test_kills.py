"""F5, F6: workers and whole services killed while people check in; every acknowledged visit is there, once."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest

from app.core.db import sqlite_driver
from tests.faults.deeds import Deeds
from tests.faults.places import Place, Serve, children, expect_all
from tests.faults.writers import Crowd, open_guests, plan
from tests.first_run.running import FIRST_START_WITHIN_S, Service

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


def test_every_acknowledged_write_survives_workers_killed_under_load(place: Place, serve: Serve) -> None:
    """F5: visits, new sessions and changed profiles."""
    service = serve(place.folder, wait=False, **place.environ)
    service.wait(FIRST_START_WITHIN_S)
    crowd = Crowd(
        service.port, plan(open_guests(service.port, GUESTS), place.credentials()), threads=THREADS, per_s=WRITES_PER_S
    )
    deeds = Deeds(service.port).start()
    crowd.start()
    back = []
    until = time.monotonic() + WORKER_KILLS_FOR_S
    while time.monotonic() < until:
        time.sleep(WORKER_KILL_EVERY_S)
        back.append(_kill_a_worker(service))

    log = crowd.finish()
    promised = deeds.finish()

    assert max(back) < WORKER_BACK_S, back
    assert log.retries > 0, "no kill was felt: the test proves nothing"
    assert len(log.acknowledged) > 0.5 * WRITES_PER_S * WORKER_KILLS_FOR_S
    assert len(promised) > WORKER_KILLS_FOR_S
    assert deeds.broken() == []
    expect_all(place, service, log)


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
    expect_all(place, service, log)


def test_a_killed_run_leaves_nothing_in_the_way_of_the_next(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)

    service.process.kill()
    service.process.wait(10)

    assert serve(city_folder).get("/readyz")[0] == 200


def test_a_dead_consumer_is_started_again(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)
    _, consumer = children(service)

    consumer.kill()

    psutil.wait_procs([consumer], timeout=5)
    until = time.monotonic() + 15
    while len(children(service)) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert len(children(service)) == 2
    assert "starting it again" in service.err.read_text(encoding="utf-8")


def test_a_dead_web_server_ends_the_run_with_a_failure(city_folder: Path, serve: Serve) -> None:
    service = serve(city_folder)
    gunicorn, _ = children(service)

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


def _kill_a_worker(service: Service) -> float:
    """Kill the oldest worker; return the seconds until there are two again and the service answers."""
    master = children(service)[0]
    workers = sorted(master.children(), key=lambda worker: worker.create_time())
    began = time.monotonic()
    workers[0].kill()
    psutil.wait_procs(workers[:1], timeout=5)
    while len(master.children()) < len(workers) or service.get("/livez")[0] != 200:
        assert time.monotonic() - began < 30, "the worker never came back"
        time.sleep(0.01)
    return time.monotonic() - began
