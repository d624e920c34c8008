"""F11: new workers and an orderly stop under load, and nobody notices."""

from __future__ import annotations

import json
import signal
import threading
import time

import psutil
import pytest

from tests.faults.places import Place, Serve, children, expect_all
from tests.faults.watching import Watch
from tests.faults.writers import Crowd, open_guests, plan

pytestmark = pytest.mark.fault

GUESTS = 60
WRITES_PER_S = 40
THREADS = 6
DRAIN_S = 3
READS = ("/api/v1/stations", "/", "/livez")


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
@pytest.mark.parametrize("told", ["gunicorn", "wsgi.py"])
def test_new_workers_on_a_hang_up_lose_no_request(place: Place, serve: Serve, told: str) -> None:
    service = serve(place.folder)
    tokens = open_guests(service.port, GUESTS)
    crowd = Crowd(service.port, plan(tokens, place.credentials()), threads=THREADS, per_s=WRITES_PER_S)
    readers = [Watch(service.port, READS).start() for _ in range(2)]
    crowd.start()
    master = children(service)[0]
    hung_up = master if told == "gunicorn" else psutil.Process(service.process.pid)
    for _ in range(3):
        time.sleep(1)
        before = {worker.pid for worker in master.children()}
        hung_up.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while before & {worker.pid for worker in master.children()} and time.monotonic() < until:
            time.sleep(0.05)
        assert not before & {worker.pid for worker in master.children()}, "the workers are the old ones"

    log = crowd.finish()
    seen = [one for reader in readers for one in reader.finish()]

    assert {one.status for one in seen} == {200}, [one for one in seen if one.status != 200][:3]
    assert log.retries == 0
    expect_all(place, service, log)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_on_term_readiness_turns_first_and_whoever_heeds_it_loses_nothing(place: Place, serve: Serve) -> None:
    """The crowd behaves as a proxy makes it behave: once /readyz is not 200, nothing new is sent there."""
    service = serve(place.folder, OUYU_SERVER__DRAIN_S=str(DRAIN_S))
    tokens = open_guests(service.port, GUESTS)
    crowd = Crowd(service.port, plan(tokens, place.credentials()), threads=THREADS, per_s=WRITES_PER_S)
    readers = [Watch(service.port, READS).start() for _ in range(2)]
    ready = Watch(service.port, ["/readyz"], every_s=0.1).start()
    crowd.start()
    time.sleep(2)
    began = time.monotonic()
    ended: list[float] = []
    stopping = threading.Thread(target=lambda: (service.stop(signal.SIGTERM), ended.append(time.monotonic())))
    stopping.start()
    while ready.seen[-1].status == 200 and time.monotonic() < began + 10:
        time.sleep(0.01)
    turned = time.monotonic() - began
    log = crowd.finish()
    seen = [one for reader in readers for one in reader.finish()]
    last = ready.finish()[-1]
    stopping.join()

    assert turned < 1
    assert (last.status, json.loads(last.body)["checks"]["serving"]) == (503, "failed")
    assert int(last.retry_after or 0) > 0
    assert {one.status for one in seen} == {200}, [one for one in seen if one.status != 200][:3]
    assert log.retries == 0
    assert DRAIN_S <= ended[0] - began < DRAIN_S + 10
    assert service.process.returncode == 0
    expect_all(place, service, log)


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_told_twice_it_stops_at_once(place: Place, serve: Serve) -> None:
    service = serve(place.folder, OUYU_SERVER__DRAIN_S="60")
    service.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    assert service.get("/readyz")[0] == 503
    assert service.get("/livez")[0] == 200

    began = time.monotonic()
    code = service.stop(signal.SIGTERM)

    assert code == 0
    assert time.monotonic() - began < 20
