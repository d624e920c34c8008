"""Health and status: is the process alive, is it ready, which version runs."""

from __future__ import annotations

import mmap
import shutil
from collections.abc import Callable

from flask import Blueprint, Response, current_app
from marshmallow import Schema
from sqlalchemy import text

import app as ouyu
from app.core.db import db, read_connection, sqlite_is_writable
from app.core.revisions import head_revision, present_revision
from app.http.access import now, public
from app.http.blueprint import ApiBlueprint
from app.http.body import answer
from app.http.fields import AwareTime, Str

DISK_LOW_BYTES = 200_000_000

_stopping = mmap.mmap(-1, 1)
"""One byte that every process forked from this one shares; wsgi.py sets it before it stops its web server."""

health = Blueprint("health", __name__)
bp = ApiBlueprint("system")


class StatusOut(Schema):
    """What runs here."""

    name = Str(required=True)
    version = Str(required=True)
    migration = Str(required=True)
    time = AwareTime(required=True)
    profile = Str(required=True)


_STATUS_OUT = StatusOut()


@health.get("/livez")
def livez() -> Response:
    """Answer as long as the process can; looks at nothing else."""
    return answer({"status": "ok"})


@health.get("/readyz")
def readyz() -> Response:
    """Answer 200 when every part that a visit needs is there, else 503 with what is missing."""
    checks = {name: _outcome(check) for name, check in _CHECKS.items()}
    down = "failed" in checks.values()
    response = answer({"status": "down" if down else "ok", "checks": checks}, 503 if down else 200)
    if down:
        response.headers["Retry-After"] = "2"
    return response


@bp.call("GET", "/status", access=public, answer=_STATUS_OUT)
def get_status() -> Response:
    """Show name, version, migration, time and profile."""
    return answer(
        _STATUS_OUT.dump(
            {
                "name": "鸥遇 Ouyu",
                "version": ouyu.__version__,
                "migration": present_revision(),
                "time": now(),
                "profile": current_app.config["OUYU"].profile,
            }
        )
    )


def stop_being_ready() -> None:
    """Answer /readyz with 503 from now on, in this process and all that were forked from it, and serve on."""
    _stopping[0] = 1


def _serving() -> bool:
    return _stopping[0] == 0


def _database() -> bool:
    return sqlite_is_writable() if db.engine.dialect.name == "sqlite" else _answers()


def _answers() -> bool:
    with read_connection() as connection:
        return connection.execute(text("SELECT pg_is_in_recovery()")).scalar() is False


def _migrations() -> bool:
    return present_revision() == head_revision()


def _disk() -> bool:
    return shutil.disk_usage(current_app.config["OUYU"].server.data_dir).free > DISK_LOW_BYTES


_CHECKS: dict[str, Callable[[], bool]] = {
    "serving": _serving,
    "database": _database,
    "migrations": _migrations,
    "disk": _disk,
}


def _outcome(check: Callable[[], bool]) -> str:
    try:
        return "ok" if check() else "failed"
    except Exception:  # noqa: BLE001 -- whatever broke it, the answer is the same: not ready
        return "failed"
