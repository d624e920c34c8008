"""The service of a race: gunicorn with several processes, through its own configuration, on each database."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from app.cli.check import breached
from app.core.db import db
from app.stations import listing
from config import settings as config
from tests.builders import City, Guest
from tests.conftest import MASTER_KEY, make_app, postgres_address
from tests.house.source import ROOT

WORKERS, THREADS = 3, 4
READY_WITHIN_S = 60


@dataclass
class Service:
    """A running service and an application on the same database, for setting the scene and looking at the rows."""

    port: int
    kind: str
    app: Flask
    log: Path
    where: tuple[Path, str]
    """Data folder and database address, for processes that build an application of their own."""
    environ: dict[str, str]
    """Of the running service, for another build of it beside."""
    people: list[Guest] = field(default_factory=list)

    @property
    def city(self) -> City:
        return City(self.app)

    def crowd(self, number: int) -> list[Guest]:
        """As many volunteers, the same for every race, so that they are made once."""
        if len(self.people) < number:
            self.people += self.city.crowd(number - len(self.people))
        return self.people[:number]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            ready = connection.getresponse().status == 200
            connection.close()
            if ready:
                return
        time.sleep(0.05)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all races on a database; each race makes stations and people of its own."""
    folder = tmp_path_factory.mktemp(f"races-{request.param}")
    address = ""
    if request.param == "postgresql":
        server: str = request.getfixturevalue("postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS races WITH (FORCE)")
            connection.execute("CREATE DATABASE races")
        address = postgres_address(server, "races")
    environ = {name: value for name, value in os.environ.items() if not name.startswith("OUYU_")} | {
        "OUYU_PROFILE": "testing",
        "OUYU_SERVER__DATA_DIR": str(folder),
        "OUYU_SERVER__WORKERS": str(WORKERS),
        "OUYU_SERVER__THREADS": str(THREADS),
        "OUYU_SECRETS__MASTER_KEY": MASTER_KEY,
        "OUYU_DATABASE__URL": address,
    }
    log = folder / "gunicorn.log"
    with _served(log, environ, "wsgi:app") as port:
        yield Service(port, request.param, make_app(folder, address), log, (folder, address), environ)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(log: Path, environ: dict[str, str], target: str) -> Iterator[int]:
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "config/gunicorn.py", "-b", f"127.0.0.1:{port}", target]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output) as process,
    ):
        _wait_until_ready(process, port, log)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@contextmanager
def naive_build(service: Service) -> Iterator[int]:
    """Serve the same database by a build that reads, checks and then writes; yields its port."""
    folder = service.where[0] / "naive"
    folder.mkdir(exist_ok=True)
    address = service.where[1] or f"sqlite:///{service.where[0] / 'ouyu.sqlite3'}"
    environ = service.environ | {"OUYU_SERVER__DATA_DIR": str(folder), "OUYU_DATABASE__URL": address}
    with _served(folder / "gunicorn.log", environ, "tests.races.naive:app") as port:
        yield port


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    """The running service; afterwards nothing broke in it and every invariant holds."""
    config.use(running.app.config["OUYU"])
    listing.forget()
    with running.app.app_context():
        yield running
        db.session.rollback()
        assert list(breached()) == []
        db.session.remove()
        db.engine.dispose()
    told = running.log.read_text(encoding="utf-8")
    assert "Traceback" not in told, told
    assert "level=error" not in told, told
