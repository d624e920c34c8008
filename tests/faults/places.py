"""A demo city to do harm to: its files, its rows, and what must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import select

from app.checkins.models import CheckIn
from app.checkins.rules import Source
from app.core.db import db
from app.stations import queries
from app.stations.codes import CredentialKind
from app.stations.models import Station
from tests.conftest import make_app
from tests.faults.writers import Log
from tests.first_run.running import Service, flask

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


def children(service: Service) -> list[psutil.Process]:
    """Return gunicorn's master and the consumer, in the order they were started."""
    return sorted(psutil.Process(service.process.pid).children(), key=lambda child: child.create_time())


def expect_all(place: Place, service: Service | None, log: Log) -> None:
    """Every acknowledged visit is stored once, nobody was told of a second one, and `check` finds all rules holding."""
    assert log.refused == []
    assert {status for status, _ in log.acknowledged.values()} == {201}
    told = [body["id"] for _, body in log.acknowledged.values()]
    stored = place.visits()
    assert len(set(told)) == len(told)
    assert set(told) <= set(stored)
    assert len(stored) == len(told), "a visit was stored that nobody was told of, or twice"
    if service is not None:
        assert service.stop() == 0
    checked = flask(place.folder.parent, "check", OUYU_SERVER__DATA_DIR=str(place.folder), **place.environ)
    assert checked.code == 0, checked
