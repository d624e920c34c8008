"""F10: consumers killed between handing a message over and noting it; every message arrives, twice only under one id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.cli.check import breached
from app.core.clock import rfc3339
from app.core.db import db, unit_of_work
from app.core.outbox import OutboxRow
from app.inbox import service
from tests.builders import City
from tests.conftest import MASTER_KEY
from tests.events.test_signups import NOON
from tests.first_run.running import ROOT

FEW, MANY = (20, (7,)), (200, (1, 20, 60, 61, 120, 199))
"""How many messages, and the hand-overs, counted from 1, at which the consumer dies before it hears that the message
was taken. A few in the suite, many in `.ci/run`."""
LONG_AGO = NOON - timedelta(days=2)
"""Due by the database's clock too, which on PostgreSQL nobody can hold still."""
FACTS = {
    "event_zh": "栈桥引导",
    "event_en": "Zhanqiao guides",
    "starts_at": rfc3339(NOON + timedelta(days=1)),
    "offer_until_at": rfc3339(NOON + timedelta(hours=6)),
}


class Gateway:
    """Takes messages, and kills whoever hands over one of those above."""

    def __init__(self, killed_at: tuple[int, ...]) -> None:
        self.killed_at = killed_at
        self.taken: list[dict[str, Any]] = []
        self.consumer: subprocess.Popen[bytes] | None = None
        gateway = self

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.taken.append(body)
                if len(gateway.taken) in gateway.killed_at and gateway.consumer is not None:
                    os.kill(gateway.consumer.pid, signal.SIGKILL)
                    return
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/messages"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def gateway(killed_at: tuple[int, ...]) -> Iterator[Gateway]:
    found = Gateway(killed_at)
    yield found
    found.close()


def consume(app: Flask, gateway: Gateway) -> int:
    """Let one consumer's process work until it is done, or dead. Returns its exit code."""
    settings = app.config["OUYU"]
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "OUYU_PROFILE": "testing",
        "OUYU_SERVER__DATA_DIR": str(settings.server.data_dir),
        "OUYU_SERVER__PUBLIC_URL": "https://ouyu.test",
        "OUYU_SECRETS__MASTER_KEY": MASTER_KEY,
        "OUYU_DATABASE__URL": settings.database_url,
        "OUYU_SMS__URL": gateway.url,
    }
    command = [sys.executable, "-m", "tests.faults.deliverer", NOON.isoformat()]
    gateway.consumer = subprocess.Popen(command, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL)
    return gateway.consumer.wait(timeout=120)


def let_leases_end() -> None:
    """The minute in which a dead consumer's message is nobody else's is over."""
    with unit_of_work():
        db.session.execute(update(OutboxRow).where(OutboxRow.state == "waiting").values(next_try_at=LONG_AGO))


@pytest.mark.parametrize(("messages", "killed_at"), [FEW, pytest.param(*MANY, marks=pytest.mark.fault)])
def test_f10_every_message_arrives_though_consumers_die_and_twice_only_under_the_same_id(
    app: Flask, city: City, gateway: Gateway, messages: int, killed_at: tuple[int, ...]
) -> None:
    citizen = city.citizen()
    with unit_of_work():
        for number in range(messages):
            service.tell(citizen.id, "signup.offered", FACTS, f"offer:{number}", LONG_AGO)

    ended = []
    while not ended or ended[-1] != 0:
        assert len(ended) <= len(killed_at), ended
        ended.append(consume(app, gateway))
        let_leases_end()

    assert ended == [-signal.SIGKILL] * len(killed_at) + [0]
    times = Counter(body["id"] for body in gateway.taken)
    db.session.rollback()
    stored = {row.public_id: row for row in db.session.scalars(select(OutboxRow))}
    assert set(times) == set(stored)
    assert len(stored) == messages
    assert {row.state for row in stored.values()} == {"sent"}
    assert sum(times.values()) == messages + len(killed_at), "only those whose consumer died went out again"
    for message_id, count in times.items():
        bodies = {json.dumps(body, sort_keys=True) for body in gateway.taken if body["id"] == message_id}
        assert len(bodies) == 1
        assert stored[message_id].tries == count
    assert list(breached()) == []
