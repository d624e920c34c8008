"""The job consumer: huey runs each task in turn; every task is a door with a unit of work of its own."""

from __future__ import annotations

import json
import logging
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask
from huey import SqliteHuey, crontab
from huey.consumer import Consumer

from app.audit import queries as audit
from app.checkins import service as checkins
from app.checkins.rules import POINT_KEPT
from app.core import clock, counters
from app.core.db import unit_of_work
from app.http import idempotency
from app.orgs import sign_in
from app.people import otp
from app.people import service as people
from config.settings import Settings, current

QUEUE_FILE = "jobs.sqlite3"
HEARTBEAT_FILE = "jobs-heartbeat.json"
HEARTBEAT_LATE_S = 180
KEYS_KEPT = timedelta(hours=48)
COUNTERS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=7)
"""How long ended sessions stay, so that `expired` can be told from `unknown` while somebody still asks."""

log = logging.getLogger("ouyu.jobs")


class Job(NamedTuple):
    """A periodic task: its name, how often it looks whether something is due, and what it does."""

    name: str
    minutes: str
    run: Callable[[datetime], str]


def beat(at: datetime) -> str:
    """Leave a sign of life for `doctor`."""
    path = current().server.data_dir / HEARTBEAT_FILE
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"at": at.isoformat(timespec="seconds")}), encoding="utf-8")
    draft.replace(path)
    return ""


def find_heartbeat(data_dir: Path) -> datetime | None:
    """Return when the consumer was last alive, or None."""
    try:
        return datetime.fromisoformat(json.loads((data_dir / HEARTBEAT_FILE).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError):
        return None


def fix_audit_head(at: datetime) -> str:
    """Sign the head of the audit trail once a city day, to file and log, so that a cut tail shows."""
    path = audit.checkpoint_path(current().server.data_dir)
    last = _last_checkpoint(path)
    if last is not None and clock.business_date(last) >= clock.business_date(at):
        return ""
    line = audit.checkpoint_line(audit.get_head(), at)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    return line


def _last_checkpoint(path: Path) -> datetime | None:
    try:
        return datetime.fromisoformat(json.loads(path.read_text(encoding="utf-8").splitlines()[-1])["at"])
    except (OSError, ValueError, KeyError, IndexError):
        return None


def purge_keys(at: datetime) -> str:
    """Delete idempotency keys, counters and one-time codes that nothing can ask for any more."""
    with unit_of_work():
        keys = idempotency.purge(at - KEYS_KEPT)
        windows = counters.purge(at - COUNTERS_KEPT)
        codes = otp.purge(at - COUNTERS_KEPT)
    if not keys and not windows and not codes:
        return ""
    return f"{keys} idempotency keys, {windows} counters, {codes} one-time codes"


def purge_sessions(at: datetime) -> str:
    """Delete sessions that ended a while ago, of people and of staff."""
    with unit_of_work():
        of_people = people.purge_expired_sessions(at - SESSIONS_KEPT)
        of_staff = sign_in.purge(at - SESSIONS_KEPT)
    return f"{of_people} sessions of people, {of_staff} sessions and links of staff" if of_people or of_staff else ""


def purge_points(at: datetime) -> str:
    """Forget the exact points of visits older than 30 days; distance, accuracy and verdict stay."""
    with unit_of_work():
        points = checkins.purge_points(at - POINT_KEPT)
    return f"{points} exact points" if points else ""


JOBS = (
    Job("beat", "*", beat),
    Job("fix_audit_head", "*/10", fix_audit_head),
    Job("purge_keys", "7", purge_keys),
    Job("purge_sessions", "17", purge_sessions),
    Job("purge_points", "27", purge_points),
)


def run_job(app: Flask, job: Job) -> str:
    """Run one task now, in the application's context, and log what it did."""
    with app.app_context():
        done = job.run(clock.now())
    if done:
        log.info("%s: %s", job.name, done)
    return done


def queue_of(app: Flask, settings: Settings) -> SqliteHuey:
    """Return the queue with every periodic task on it; in tests it runs at once and keeps no file.

    The file is written without a write-ahead log: huey uses the standard library's SQLite, which may be a build that
    can damage one.
    """
    testing = settings.profile == "testing"
    queue = SqliteHuey(
        "ouyu",
        filename=str(settings.server.data_dir / QUEUE_FILE),
        journal_mode="truncate",
        immediate=testing,
        results=False,
    )
    for job in JOBS:
        queue.periodic_task(crontab(minute=job.minutes), name=job.name)(_bound(app, job))
    return queue


def consume(app: Flask, settings: Settings) -> None:
    """Run the consumer until it is told to stop. Every task looks once at the start: what fell due is made up for."""
    for job in JOBS:
        run_job(app, job)
    consumer: Any = Consumer(queue_of(app, settings), graceful_signal="TERM", shutdown_timeout=10)
    # On a hang-up huey would start sys.argv again, which may be the whole service.
    consumer._signal_actions.pop(signal.SIGHUP, None)
    consumer.run()


def _bound(app: Flask, job: Job) -> Callable[[], None]:
    def task() -> None:
        run_job(app, job)

    return task
