"""What must be true before the first request: one instance, our own database, at head, the demo city in it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from app.cli import archive, folder, settling
from app.cli.folder import StartupRefused
from app.cli.terminal import say
from app.core import clock, revisions
from app.core.db import db, unit_of_work
from app.core.installation import Owner, claim, find_owner
from config.settings import Settings, SettingsError


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was found and done. copied: the copy made before migrating, if one was."""

    app: Flask
    owner: Owner
    seeded: bool
    copied: Path | None


def prepare_once(settings: Settings) -> None:
    """Prepare in this process unless that is done already (wsgi.py does it before it forks)."""
    if not folder.is_held():
        folder.take(settings)
        prepare(settings)


def prepare(settings: Settings, *, demo: bool = True) -> Prepared:
    """Check the database's owner, migrate it, and load the demo city the first time. The data folder is taken.

    demo: False for the demo profile without its city.
    Raises: StartupRefused.
    """
    from app.factory import create_app

    try:
        app = create_app(settings)
    except SettingsError as error:
        raise StartupRefused(str(error)) from None
    except (ArgumentError, ValueError):
        raise StartupRefused(
            "OUYU_DATABASE__URL is not an address that can be read; write for example "
            "postgresql://user:password@host/ouyu, or leave it out for a SQLite file."
        ) from None
    with app.app_context():
        try:
            prepared = _prepare_database(app, settings, _owner_wanted(settings, demo))
        finally:
            db.session.remove()
            db.engine.dispose()
    return prepared


def _owner_wanted(settings: Settings, demo: bool) -> Owner:
    if settings.profile == "demo":
        return Owner.DEMO if demo else Owner.EMPTY
    return Owner(settings.profile)


def _prepare_database(app: Flask, settings: Settings, wanted: Owner) -> Prepared:
    check_reachable()
    owner = owner_of_database()
    if owner is not None and owner is not wanted:
        raise StartupRefused(_foreign(owner, wanted, settings))
    copied = migrate(settings)
    if owner is None:
        claim_database(wanted)
    return Prepared(app, wanted, owner is None and wanted is Owner.DEMO, copied)


def claim_database(wanted: Owner) -> None:
    """Write down whose database this is and, for the demo, build its city: in one unit, so that half is never there."""
    at = clock.now()
    if wanted is Owner.DEMO:
        from app.demo import city

        say("Building the demo city, once; this takes about ten seconds …")
        with unit_of_work():
            claim(wanted, at=at)
            city.build(at=at)
    else:
        with unit_of_work():
            claim(wanted, at=at)


def check_reachable() -> None:
    """Ask the database for a sign of life. Raises StartupRefused."""
    try:
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            inspect(connection).get_table_names()
    except DBAPIError as error:
        why = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
        raise StartupRefused(
            f"The database {_database()} does not answer ({why}); start it, or correct "
            "OUYU_DATABASE__URL, for example postgresql://user:password@host/ouyu; unset, Ouyu uses a SQLite file."
        ) from None


def owner_of_database() -> Owner | None:
    """Return who prepared the database; None for a fresh one. Raises StartupRefused when the tables are not ours."""
    tables = set(inspect(db.engine).get_table_names())
    if tables and "alembic_version" not in tables:
        raise StartupRefused(
            f"The database {_database()} holds tables that are not Ouyu's; "
            "give Ouyu an empty one with OUYU_DATABASE__URL."
        )
    owner = find_owner() if "installation" in tables else None
    db.session.rollback()
    return owner


def _database() -> str:
    return db.engine.url.render_as_string(hide_password=True)


def _foreign(owner: Owner, wanted: Owner, settings: Settings) -> str:
    where = _database()
    if wanted is Owner.PRODUCTION:
        return (
            f"The database {where} was made by the {owner} profile, and production refuses it because invented people "
            "and stations stand in it; give production an empty one with OUYU_DATABASE__URL."
        )
    if {owner, wanted} == {Owner.DEMO, Owner.EMPTY}:
        hint = "leave --no-demo out" if owner is Owner.DEMO else "start with --no-demo"
        return f"The database {where} was made {_MADE[owner]}; {hint}, or name another one with OUYU_DATABASE__URL."
    return (
        f"The database {where} belongs to the {owner} profile, and the {settings.profile} profile refuses it; "
        f"set OUYU_PROFILE={owner}, or name another database with OUYU_DATABASE__URL."
    )


_MADE = {Owner.DEMO: "with the demo city", Owner.EMPTY: "without the demo city"}


def migrate(settings: Settings) -> Path | None:
    """Bring the database to head; of an existing SQLite file a copy is made first. Returns the copy.

    Raises: StartupRefused when the database is newer than this code.
    """
    present, head = revisions.present_revision(), revisions.head_revision()
    if present == head:
        return None
    from alembic.util import CommandError

    copied = copy_sqlite(settings, f"before-{head}") if present else None
    if copied:
        say(f"Copied the database to {copied} before migrating it.")
    try:
        revisions.upgrade()
    except CommandError:
        raise StartupRefused(
            f"The database {_database()} stands at migration {present}, which this version of "
            f"Ouyu (at {head}) does not know; run the newer version again."
        ) from None
    if present:
        say(f"Migrated the database from {present} to {head}.")
    return copied


def copy_sqlite(settings: Settings, name: str, at: datetime | None = None) -> Path | None:
    """Copy a SQLite database by the online backup and prove the copy sound. Returns None on PostgreSQL."""
    if db.engine.dialect.name != "sqlite":
        return None
    backups = settings.server.data_dir / settling.BACKUPS
    backups.mkdir(exist_ok=True)
    path = backups / f"{name}-{(at or clock.now()):%Y%m%dT%H%M%SZ}.sqlite3"
    database = Path(str(db.engine.url.database))
    if shutil.disk_usage(backups).free < 2 * database.stat().st_size:
        raise StartupRefused(
            f"There is no room in {backups} for a copy of {database} before migrating; free some space."
        )
    if archive.copy_sqlite(database, path):
        raise StartupRefused(f"The copy of {database} at {path} is damaged, so nothing was migrated; run `check`.")
    return path
