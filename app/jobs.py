"""The job consumer: huey runs each task in turn; every task is a door with a unit of work of its own."""

from __future__ import annotations

import json
import logging
import signal
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from flask import Flask, current_app
from huey import SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.consumer import Consumer

from app.audit import queries as audit
from app.checkins import service as checkins
from app.checkins.rules import POINT_KEPT
from app.core import clock, counters
from app.core.db import empty_log, unit_of_work
from app.http import idempotency
from app.orgs import sign_in
from app.people import otp
from app.people import service as people
from app.privacy import deletion, exports
from config.settings import Settings, current

QUEUE_FILE = "jobs.sqlite3"
HEARTBEAT_FILE = "jobs-heartbeat.json"
HEARTBEAT_LATE_S = 180
KEYS_KEPT = timedelta(hours=48)
COUNTERS_KEPT = timedelta(days=1)
SESSIONS_KEPT = timedelta(days=7)
"""How long ended sessions stay, so that `expired` can be told from `unknown` while somebody still asks."""

_QUEUE = "ouyu.jobs"

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


def prepare_exports(at: datetime) -> str:
    """Prepare the copies of their own data that people have asked for, those that a lost message left behind too."""
    with unit_of_work():
        waiting = exports.list_waiting()
    done = sum(prepare_export(export_id, at) for export_id in waiting)
    with unit_of_work():
        gone = exports.expire(at)
    return f"{done} copies prepared, {gone} expired" if done or gone else ""


def prepare_export(export_id: int, at: datetime) -> bool:
    """Prepare one copy in a unit of its own."""
    with unit_of_work():
        return exports.prepare_export(export_id, at=at)


def erase_people(at: datetime) -> str:
    """Erase those whose seven days are over, each in a unit of their own; then empty SQLite's log, where they stood."""
    with unit_of_work():
        due = deletion.list_due(at)
    done = 0
    for erasure_id in due:
        with unit_of_work():
            done += deletion.carry_out(erasure_id, at=at)
    if done:
        empty_log()
    return f"{done} deletions carried out" if done else ""


JOBS = (
    Job("beat", "*", beat),
    Job("fix_audit_head", "*/10", fix_audit_head),
    Job("purge_keys", "7", purge_keys),
    Job("purge_sessions", "17", purge_sessions),
    Job("purge_points", "27", purge_points),
    Job("prepare_exports", "*", prepare_exports),
    Job("erase_people", "*/15", erase_people),
)


def run_job(app: Flask, job: Job) -> str:
    """Run one task now, in the application's context, and log what it did."""
    with app.app_context():
        done = job.run(clock.now())
    if done:
        log.info("%s: %s", job.name, done)
    return done


class Queue(NamedTuple):
    """The queue, and the tasks that others may put on it."""

    huey: SqliteHuey
    prepare_export: TaskWrapper


def queue_of(app: Flask, settings: Settings) -> Queue:
    """Return the queue with every task on it; in tests it runs at once and keeps no file.

    The file is written without a write-ahead log: huey uses the standard library's SQLite, which may be a build that
    can damage one.
    """
    testing = settings.profile == "testing"
    huey = SqliteHuey(
        "ouyu",
        filename=str(settings.server.data_dir / QUEUE_FILE),
        journal_mode="truncate",
        immediate=testing,
        results=False,
    )
    for job in JOBS:
        huey.periodic_task(crontab(minute=job.minutes), name=job.name)(_bound(app, job))
    return Queue(huey, huey.task(name="prepare_export")(_export_task(app)))


def prepare_soon(export_id: int) -> None:
    """Tell the consumer of a copy to prepare; if that fails, it finds it within a minute by itself."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        if _QUEUE not in app.extensions:
            app.extensions[_QUEUE] = queue_of(app, current())
        queue: Queue = app.extensions[_QUEUE]
        queue.prepare_export(export_id)
    except (OSError, sqlite3.Error) as error:
        log.warning("the job queue cannot be written (%s); the copy waits for the next minute", error)


def consume(app: Flask, settings: Settings) -> None:
    """Run the consumer until it is told to stop. Every task looks once at the start: what fell due is made up for."""
    for job in JOBS:
        run_job(app, job)
    consumer: Any = Consumer(queue_of(app, settings).huey, graceful_signal="TERM", shutdown_timeout=10)
    # On a hang-up huey would start sys.argv again, which may be the whole service.
    consumer._signal_actions.pop(signal.SIGHUP, None)
    consumer.run()


def _export_task(app: Flask) -> Callable[[int], None]:
    def task(export_id: int) -> None:
        with app.app_context():
            prepare_export(export_id, clock.now())

    return task


def _bound(app: Flask, job: Job) -> Callable[[], None]:
    def task() -> None:
        run_job(app, job)

    return task
