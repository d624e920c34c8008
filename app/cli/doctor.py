"""`doctor`: look at everything a start depends on, and say what to do about what is wrong."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.audit.models import AuditEntry
from app.cli import folder, startup
from app.cli.backup import find_last
from app.cli.terminal import JSON_OPTION, coloured, examples, say, show
from app.core import clock, outbox, revisions
from app.core.db import db, sqlite_driver
from app.core.outbox import OutboxState
from app.jobs import HEARTBEAT_LATE_S, find_heartbeat
from config.keys import KEY_FILE
from config.settings import Settings

DISK_LOW_MB, DISK_OUT_MB = 1024, 100
CLOCK_APART_S = 5
BACKUP_OLD_DAYS = 2
MESSAGES_LATE_MIN = 10
_FIXED_WAL = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "bad": ("✗", "red")}


class Finding(NamedTuple):
    """One line: what was looked at, how it is (ok, warn, bad), what was seen, and the fix where one is needed."""

    what: str
    state: str
    seen: str
    fix: str = ""


def has_sound_wal(version: tuple[int, ...]) -> bool:
    """Whether a SQLite is free of the WAL-reset bug, which can damage a database written by several processes.

    Source: sqlite.org/wal.html: 3.7.0 to 3.51.2, repaired in 3.51.3 and in 3.50.7 and 3.44.6 of the older branches.
    """
    if version >= _FIXED_WAL[0]:
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in _FIXED_WAL[1:])


@click.command("doctor", epilog=examples("doctor", "doctor --json"))
@JSON_OPTION
def commands(as_json: bool) -> None:
    """Examine this installation; exit 1 if something must be repaired."""
    settings: Settings = current_app.config["OUYU"]
    findings = list(examine(settings))
    if as_json:
        show([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            mark, colour = _MARKS[finding.state]
            click.echo(f"{coloured(mark, colour)} {finding.what}: {finding.seen}")
            if finding.fix:
                click.echo(f"    → {finding.fix}")
    bad = [finding for finding in findings if finding.state == "bad"]
    if bad:
        raise click.ClickException(f"{len(bad)} of {len(findings)} must be repaired.")
    say("Nothing must be repaired.")


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at one thing after the other."""
    yield _python()
    yield _zone()
    yield from _folder(settings)
    yield _key(settings)
    database = _database()
    yield database
    if database.state != "bad":
        head = _head()
        yield head
        yield _clock()
        if head.state == "ok":
            yield _messages()
    yield _public_url(settings)
    yield _proxy(settings)
    yield _consumer(settings)
    yield _backup(settings)


def _python() -> Finding:
    return Finding("Python", "ok", f"{platform.python_version()} ({sys.executable})")


def _zone() -> Finding:
    try:
        return Finding("Time zone", "ok", str(ZoneInfo(clock.CITY_ZONE.key)))
    except ZoneInfoNotFoundError:
        return Finding("Time zone", "bad", f"{clock.CITY_ZONE.key} is unknown here", "install the package tzdata")


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.server.data_dir.absolute()
    if not os.access(folder, os.W_OK):
        yield Finding(
            "Data folder", "bad", f"{folder} cannot be written", "make it writable or set OUYU_SERVER__DATA_DIR"
        )
        return
    yield Finding("Data folder", "ok", str(folder))
    free = shutil.disk_usage(folder).free // 2**20
    state = "bad" if free < DISK_OUT_MB else "warn" if free < DISK_LOW_MB else "ok"
    yield Finding("Disk", state, f"{free:,} MB free", "" if state == "ok" else f"free some space near {folder}")


def _key(settings: Settings) -> Finding:
    path = settings.server.data_dir / KEY_FILE
    if settings.secrets.old_master_key:
        fix = "run `keys rotate`; when nothing is left on the old key, take OUYU_SECRETS__OLD_MASTER_KEY away"
        return Finding("Master key", "warn", "the old one is still read", fix)
    if settings.profile == "production":
        return Finding("Master key", "ok", "given by OUYU_SECRETS__MASTER_KEY")
    if not path.exists():
        return Finding("Master key", "ok", "given by the environment")
    if path.stat().st_mode & 0o077:
        return Finding("Master key", "warn", f"others can read {path}", f"chmod 600 {path}")
    return Finding("Master key", "ok", f"{path}, for its owner only")


def _database() -> Finding:
    try:
        startup.check_reachable()
        with db.engine.connect() as connection:
            if db.engine.dialect.name != "sqlite":
                version = connection.exec_driver_sql("SHOW server_version").scalar()
                return Finding("Database", "ok", f"PostgreSQL {version}")
            mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    except (folder.StartupRefused, DBAPIError) as error:
        return Finding("Database", "bad", str(error), "start it, or correct OUYU_DATABASE__URL")
    driver = sqlite_driver()
    seen = f"SQLite {driver.sqlite_version} ({driver.__name__.partition('.')[0]}), journal {mode}"
    if not has_sound_wal(driver.sqlite_version_info):
        fix = "this build has the WAL-reset bug: install pysqlite3 from requirements.txt, SQLite ≥ 3.51.3, or use PostgreSQL"
        return Finding("Database", "warn", seen, fix)
    return Finding("Database", "ok", seen)


def _head() -> Finding:
    present, head = revisions.present_revision(), revisions.head_revision()
    if present == head:
        return Finding("Migrations", "ok", f"at head ({head})")
    return Finding("Migrations", "bad", f"at {present or 'nothing'}, the code at {head}", "flask --app wsgi db upgrade")


def _clock() -> Finding:
    """Compare with the database's clock and with the newest audit entry; neither may lie in the future."""
    now = clock.now()
    if db.engine.dialect.name != "sqlite":
        theirs = db.session.scalar(select(func.clock_timestamp()))
        if theirs is not None and abs((theirs - now).total_seconds()) > CLOCK_APART_S:
            return Finding(
                "Clock", "bad", f"here {now:%H:%M:%S} UTC, in the database {theirs:%H:%M:%S}", "run NTP on both"
            )
    newest = db.session.scalar(select(func.max(AuditEntry.at))) if _head().state == "ok" else None
    if newest is not None and (newest - now).total_seconds() > CLOCK_APART_S:
        return Finding("Clock", "bad", f"the newest audit entry is of {newest:%F %T} UTC, later than now", "run NTP")
    return Finding("Clock", "ok", f"{clock.city_time(now):%F %T} in the city")


def _public_url(settings: Settings) -> Finding:
    if settings.public_url.startswith("https://"):
        return Finding("Public address", "ok", settings.public_url)
    fix = "set OUYU_SERVER__PUBLIC_URL to the https:// address; over http, phones give neither position nor camera"
    return Finding("Public address", "warn", settings.public_url, fix)


def _proxy(settings: Settings) -> Finding:
    hops = settings.server.proxy_hops
    if hops == 0 and settings.public_url.startswith("https://"):
        fix = "if a proxy ends TLS, set OUYU_SERVER__PROXY_HOPS=1, or all visitors share the proxy's address and its limits"
        return Finding("Proxy hops", "warn", "0, with an https:// address", fix)
    return Finding("Proxy hops", "ok", str(hops))


def _consumer(settings: Settings) -> Finding:
    beat = find_heartbeat(settings.server.data_dir)
    fix = "make run starts it; where gunicorn runs alone: flask --app wsgi jobs run"
    if beat is None:
        return Finding("Job consumer", "warn", "has never run on this data folder", fix)
    age = int((clock.now() - beat).total_seconds())
    if age > HEARTBEAT_LATE_S:
        return Finding("Job consumer", "warn", f"last seen {age} s ago", fix)
    return Finding("Job consumer", "ok", f"seen {age} s ago")


def _messages() -> Finding:
    """Look how late text messages are, and whether some were given up."""
    counts, oldest = outbox.count_by_state(), outbox.find_oldest_due()
    late_min = 0 if oldest is None else int((clock.now() - oldest).total_seconds() // 60)
    dead = counts.get(OutboxState.DEAD, 0)
    seen = f"{counts.get(OutboxState.WAITING, 0)} waiting, the oldest {late_min} min late; {dead} given up"
    if late_min >= MESSAGES_LATE_MIN:
        return Finding("Text messages", "warn", seen, "is the job consumer running, does the gateway answer?")
    if dead:
        return Finding("Text messages", "warn", seen, "see why in the panel under 短信, and retry them there")
    return Finding("Text messages", "ok", seen)


def _backup(settings: Settings) -> Finding:
    last = find_last(settings.server.data_dir)
    state = "warn" if settings.profile == "production" else "ok"
    fix = "run `flask --app wsgi backup create FILE` every night and keep the file on another machine"
    if last is None:
        return Finding("Backup", state, "none was made from this data folder", fix if state == "warn" else "")
    days = (clock.now() - last).days
    if days >= BACKUP_OLD_DAYS:
        return Finding("Backup", state, f"the last is {days} days old", fix if state == "warn" else "")
    return Finding("Backup", "ok", f"made {clock.city_time(last):%F %T}")
