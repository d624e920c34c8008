"""The steps of a restore: is there room for it, is the copy sound, whose is it, and the exchange itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from app.audit.queries import checkpoint_path
from app.cli import archive, postgres_tools, settling, startup
from app.cli.archive import ArchiveRefused, Manifest
from app.cli.check import breached
from app.cli.terminal import say
from app.core import revisions, secrets
from app.core.db import db
from app.core.installation import Owner
from config import settings as config
from config.keys import KEY_FILE
from config.settings import Settings

_OWNERS = {"demo": (Owner.DEMO, Owner.EMPTY), "testing": (Owner.TESTING,), "production": (Owner.PRODUCTION,)}
BREACHES_SAID = 5


def key_fingerprint() -> str:
    """Return what tells two master keys apart and gives neither away."""
    return _fingerprints()[0]


def _fingerprints() -> list[str]:
    """The present key's, then the old one's while keys are rotated."""
    return [found.hex()[:16] for found in secrets.digests("backup", "fingerprint")]


def check_place(settings: Settings, *, force: bool) -> None:
    """See that a copy can be put here. The data folder is held. Raises ArchiveRefused, StartupRefused."""
    if db.engine.dialect.name == "sqlite":
        database = Path(str(db.engine.url.database))
        if database.parent.resolve() != settings.server.data_dir.resolve():
            raise ArchiveRefused(
                f"The database {database} stands outside the data folder {settings.server.data_dir.absolute()}; "
                f"name its folder with OUYU_SERVER__DATA_DIR={database.parent}, so that both are exchanged together."
            )
        occupied = database.exists() and database.stat().st_size > 0
    else:
        startup.check_reachable()
        occupied = bool(inspect(db.engine).get_table_names())
    if occupied and not force:
        raise ArchiveRefused(
            f"There is data at {db.engine.url.render_as_string(hide_password=True)}; restore elsewhere, or replace it "
            "with --force (what is there is set aside, not deleted)."
        )


class Staged(NamedTuple):
    """A copy that stands unpacked and proved beside the data, and the settings with the key that it was made under."""

    manifest: Manifest
    settings: Settings


def stage(settings: Settings, file: Path, *, force: bool) -> Staged:
    """Unpack a copy beside the data, prove it and bring it to this version. Raises ArchiveRefused.

    force: take a copy whose files are sound but in which a rule of `check` is broken, as the original was.
    """
    draft = settling.prepare(settings.server.data_dir)
    manifest = archive.unpack(file, draft)
    _check_kind(settings, manifest)
    key = _take_key(settings, manifest, draft)
    settings = replace(settings, secrets=replace(settings.secrets, master_key=key))
    checkpoints = draft / archive.CHECKPOINTS
    checkpoints.touch()  # even where the copy has none: those that stand here speak of other entries
    checkpoints.rename(draft / checkpoint_path(settings.server.data_dir).name)
    (draft / archive.PHOTOS).mkdir(exist_ok=True)
    script = draft / archive.DATABASE_FILES["postgresql"]
    if manifest.database == "postgresql":
        if not postgres_tools.is_whole(script):
            raise ArchiveRefused(f"The dump in {file} ends in the middle; use another copy.")
        return Staged(manifest, settings)
    database = draft / Path(str(db.engine.url.database)).name
    (draft / archive.DATABASE_FILES["sqlite"]).rename(database)
    staged = replace(
        settings,
        server=replace(settings.server, data_dir=draft),
        database=replace(settings.database, url=f"sqlite:///{database.resolve()}"),
    )
    with _opened(staged):
        _bring_to_head(file)
        _refuse_breaches(f"In the copy {file}", force=force)
    for leftover in draft.glob(f"{database.name}-*"):
        leftover.unlink()
    return Staged(manifest, settings)


def put_in_place(staged: Staged, *, at: datetime) -> Path | None:
    """Exchange what is there for the staged copy and check every rule again. Returns where the old files are.

    On PostgreSQL the rows are exchanged first, in one transaction, then the files: killed between the two, run it again.
    """
    manifest, settings = staged
    aside = f"before-restore-{at:%Y%m%dT%H%M%SZ}"
    draft = settling.DRAFT
    if manifest.database == "postgresql":
        script = settings.server.data_dir / draft / archive.DATABASE_FILES["postgresql"]
        _keep_old_rows(settings.server.data_dir / settling.BACKUPS / f"{aside}.sql")
        db.session.remove()
        db.engine.dispose()
        postgres_tools.load(db.engine.url, script)
        script.unlink()
    db.session.remove()
    db.engine.dispose()
    kept = settling.exchange(settings.server.data_dir, aside)
    with _opened(settings):
        _bring_to_head(Path("the copy"))
        _refuse_breaches("After the restore", force=True)
    return kept


def _check_kind(settings: Settings, manifest: Manifest) -> None:
    kind = db.engine.dialect.name
    if manifest.database != kind:
        raise ArchiveRefused(
            f"The copy is of {manifest.database}, and this is {kind}; set OUYU_DATABASE__URL to match."
        )
    if manifest.owner not in _OWNERS[settings.profile]:
        raise ArchiveRefused(
            f"The copy was made by the {manifest.owner} profile, and this is {settings.profile}; set OUYU_PROFILE."
        )


def _take_key(settings: Settings, manifest: Manifest, draft: Path) -> str:
    """Return the master key that the copy was made under. Raises ArchiveRefused when it is neither here nor there."""
    staged = draft / archive.KEY
    own = settings.server.data_dir / KEY_FILE
    if manifest.key in _fingerprints():
        staged.unlink(missing_ok=True)
        return settings.secrets.master_key
    from_folder = own.exists() and own.read_text(encoding="ascii").strip() == settings.secrets.master_key
    if staged.exists() and from_folder and settings.profile != "production":
        return staged.read_text(encoding="ascii").strip()
    raise ArchiveRefused(
        "The copy was made under another master key, without which its posters, codes and sealed fields are lost; "
        "set OUYU_SECRETS__MASTER_KEY (or …_FILE) to that key and run this again."
    )


@contextmanager
def _opened(settings: Settings) -> Iterator[None]:
    """Open another place as an application of its own; afterwards the process has its own settings again."""
    from app.factory import create_app

    before = config.current()
    app = create_app(settings)
    try:
        with app.app_context():
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()
    finally:
        config.use(before)
        secrets.configure(before.secrets.master_key, before.secrets.old_master_key)


def _bring_to_head(file: Path) -> None:
    try:
        present = revisions.present_revision()
    except DBAPIError as error:
        raise ArchiveRefused(f"The database in {file} cannot be read ({error.orig}); use another copy.") from None
    if not revisions.is_known(present):
        raise ArchiveRefused(
            f"{file} stands at migration {present}, which this version of Ouyu (at {revisions.head_revision()}) does "
            "not know; restore it with the newer version."
        )
    if present != revisions.head_revision():
        revisions.upgrade()
        say(f"Migrated the copy from {present} to {revisions.head_revision()}.")


def _refuse_breaches(where: str, *, force: bool) -> None:
    broken = [f"{breach.rule}: {breach.rows[0]}" for breach in breached()]
    if not broken:
        return
    told = f"{where} {len(broken)} rules do not hold: {'; '.join(broken[:BREACHES_SAID])}."
    if not force:
        raise ArchiveRefused(f"{told} Nothing has changed; use another copy, or take this one with --force.")
    say(f"{told} Run `check`.")


def _keep_old_rows(target: Path) -> None:
    """Dump what a PostgreSQL database holds before it is emptied; nothing to keep where there are no tables."""
    if inspect(db.engine).get_table_names():
        target.parent.mkdir(mode=0o700, exist_ok=True)
        postgres_tools.dump(db.engine.url, target)
        target.chmod(0o600)
        say(f"Kept the rows that were there in {target}.")
