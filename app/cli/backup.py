"""`backup`: make a copy of everything while the service runs, and put one back, proved before and after."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from flask import current_app

import app as ouyu
from app.audit.queries import checkpoint_path
from app.cli import archive, folder, postgres_tools, restoring, settling, startup
from app.cli.archive import ArchiveRefused, Manifest
from app.cli.terminal import DRY_RUN_OPTION, Group, examples, say
from app.core import clock, revisions
from app.core.db import db
from config.keys import KEY_FILE
from config.settings import Settings

LAST_FILE = "backup-last.json"

commands = Group(name="backup", help="Copies of everything: make one while the service runs, or put one back.")


@commands.command("create", epilog=examples("backup create", "backup create /mnt/copies/ouyu-monday.tar.gz"))
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@DRY_RUN_OPTION
def create(file: Path | None, dry_run: bool) -> None:
    """Copy database, photos and audit checkpoints into one archive; prints its path.

    It is made while people write: what was acknowledged before the start is in it. The master key is not, except the
    demo's own.
    """
    settings: Settings = current_app.config["OUYU"]
    at = clock.now()
    with _refusals():
        path = file or settings.server.data_dir / settling.BACKUPS / f"ouyu-{at:%Y%m%dT%H%M%SZ}.tar.gz"
        manifest = _describe(at)
        if path.exists():
            raise ArchiveRefused(f"{path} exists; give another name, or remove it first.")
        if file is None:
            path.parent.mkdir(mode=0o700, exist_ok=True)
        elif not path.parent.is_dir():
            raise ArchiveRefused(f"There is no folder {path.parent.absolute()}; make it, or give another name.")
        if dry_run:
            say(f"Would copy {manifest.database} at migration {manifest.migration} to {path}.")
            return
        _write(settings, path, manifest)
        _remember(settings, path, at)
    click.echo(path)


@commands.command(
    "restore", epilog=examples("backup restore COPY.tar.gz --dry-run", "backup restore COPY.tar.gz --force")
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace the data that is there; it is set aside in backups/.")
@DRY_RUN_OPTION
def restore(file: Path, force: bool, dry_run: bool) -> None:
    """Put a copy in the place of what is there. The service must be stopped.

    The copy is unpacked, proved and brought to this version beside the data first, then moved into place; interrupted,
    the next start or restore finishes it. What was there is set aside, never deleted.
    """
    settings: Settings = current_app.config["OUYU"]
    with _refusals(), folder.held(settings):
        restoring.check_place(settings, force=force)
        staged = restoring.stage(settings, file, force=force)
        manifest = staged.manifest
        told = f"the copy of {manifest.made_at} ({manifest.database}, made by version {manifest.version})"
        if dry_run:
            shutil.rmtree(settings.server.data_dir / settling.DRAFT)
            say(f"Would put {told} in place of what is there; it is sound.")
            return
        aside = restoring.put_in_place(staged, at=clock.now())
        if aside is not None:
            say(f"What was there is in {aside}.")
        say(f"Restored {told}; every rule was checked. Start the service again.")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (ArchiveRefused, folder.StartupRefused) as refusal:
        raise click.ClickException(str(refusal)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or 'A file'}: {error.strerror}. Nothing is half done.") from None


def _describe(at: datetime) -> Manifest:
    startup.check_reachable()
    owner, migration = startup.owner_of_database(), revisions.present_revision()
    if owner is None or migration is None:
        raise ArchiveRefused("There is nothing to copy yet: this database was never prepared. Start the service once.")
    return Manifest(
        made_at=at.isoformat(timespec="seconds"),
        version=ouyu.__version__,
        migration=migration,
        database=db.engine.dialect.name,
        owner=owner,
        key=restoring.key_fingerprint(),
    )


def _write(settings: Settings, path: Path, manifest: Manifest) -> None:
    """Gather in a folder beside the archive, then give it its name: half an archive never has it."""
    data = settings.server.data_dir
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".backup-") as scratch:
        gathered = Path(scratch)
        files = {}
        # The checkpoints first: none may speak of an entry that the copy of the database does not hold yet.
        if (checkpoints := checkpoint_path(data)).exists():
            files[archive.CHECKPOINTS] = Path(shutil.copy(checkpoints, gathered / archive.CHECKPOINTS))
        if (key := data / KEY_FILE).exists() and key.read_text().strip() == settings.secrets.master_key:
            files[archive.KEY] = key
        name = archive.DATABASE_FILES[manifest.database]
        files[name] = gathered / name
        _copy_database(gathered / name)
        photos = data / archive.PHOTOS
        for photo in sorted(photos.rglob("*")) if photos.is_dir() else ():
            if photo.is_file():
                files[f"{archive.PHOTOS}/{photo.relative_to(photos).as_posix()}"] = photo
        draft = gathered / path.name
        archive.write(draft, manifest, files)
        draft.replace(path)


def _copy_database(target: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        postgres_tools.dump(db.engine.url, target)
        return
    database = Path(str(db.engine.url.database))
    if shutil.disk_usage(target.parent).free < 2 * database.stat().st_size:
        raise ArchiveRefused(f"There is no room in {target.parent.parent} for a copy of {database}; free some space.")
    if faults := archive.copy_sqlite(database, target):
        raise ArchiveRefused(f"The copy of {database} is damaged ({faults[0]}), so none was kept; run `check`.")


def _remember(settings: Settings, path: Path, at: datetime) -> None:
    """Leave word for `doctor` of when the last copy was made."""
    draft = settings.server.data_dir / f"{LAST_FILE}.new"
    draft.write_text(json.dumps({"at": at.isoformat(timespec="seconds"), "file": str(path.absolute())}))
    draft.replace(draft.with_name(LAST_FILE))


def find_last(data_dir: Path) -> datetime | None:
    """Return when the last copy was made from this data folder, or None."""
    try:
        return datetime.fromisoformat(json.loads((data_dir / LAST_FILE).read_text(encoding="utf-8"))["at"])
    except (OSError, ValueError, KeyError):
        return None
