"""One copy in one file: what a backup archive holds, written whole or not at all and proved before it is used."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath

from app.core.db import sqlite_driver

FORMAT = 1
MANIFEST = "manifest.json"
PHOTOS = "photos"
DATABASE_FILES = {"sqlite": "database.sqlite3", "postgresql": "database.sql"}
CHECKPOINTS = "audit-checkpoints.jsonl"
KEY = "secret.key"
_PIECE = 1 << 20


class ArchiveRefused(Exception):
    """Why a copy was not made or not used: one sentence with the fix."""


@dataclass(frozen=True)
class Manifest:
    """What a copy is of. key: fingerprint of the master key; files: name → SHA-256 of everything in it."""

    made_at: str
    version: str
    migration: str
    database: str
    owner: str
    key: str
    files: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


def copy_sqlite(source: Path, target: Path) -> list[str]:
    """Copy a SQLite database that may be in use, by its online backup; returns what is wrong with the copy."""
    driver = sqlite_driver()
    reader, writer = driver.connect(str(source)), driver.connect(str(target))
    try:
        reader.backup(writer)
        # The copy is one file: it gets its write-ahead log back when it is first opened for use.
        writer.execute("PRAGMA journal_mode=DELETE")
        lines = [*writer.execute("PRAGMA integrity_check"), *writer.execute("PRAGMA foreign_key_check")]
    finally:
        writer.close()
        reader.close()
    return [" ".join(map(str, line)) for line in lines if line != ("ok",)]


def write(target: Path, manifest: Manifest, files: Mapping[str, Path]) -> None:
    """Write the archive, readable by its owner only. A file that is gone by now (a photo just deleted) is left out."""
    sums: dict[str, str] = {}
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw,
        tarfile.open(fileobj=raw, mode="w:gz", compresslevel=6) as archive,
    ):
        for name, path in files.items():
            try:
                archive.add(path, name, recursive=False)
            except FileNotFoundError:
                continue
            sums[name] = sha256(path)
        told = json.dumps({**asdict(manifest), "files": sums}, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size = len(told)
        archive.addfile(entry, io.BytesIO(told))
    with target.open("rb") as file:
        os.fsync(file.fileno())


def unpack(path: Path, into: Path) -> Manifest:
    """Unpack an archive into an empty folder and prove every file by its sum.

    Raises: ArchiveRefused when it is none of ours, cut, altered, or of a later format.
    """
    try:
        with tarfile.open(path, "r:gz") as archive:
            for entry in archive:
                if not entry.isfile() or not _is_plain(entry.name):
                    raise ArchiveRefused(f"{path} holds {entry.name!r}, which no copy of Ouyu does; use another copy.")
                archive.extract(entry, into, filter="data")
        told = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
        if told.get("format") != FORMAT:
            raise ArchiveRefused(f"{path} is of format {told.get('format')}, and this version reads {FORMAT}.")
        manifest = Manifest(**told)
    except FileNotFoundError:
        why = "it ends early or is none of ours; use another copy" if path.exists() else "there is no such file"
        raise ArchiveRefused(f"{path} cannot be restored: {why}.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError, TypeError) as error:
        raise ArchiveRefused(f"{path} cannot be read as a copy of Ouyu ({error}); use another copy.") from None
    (into / MANIFEST).unlink()
    found = {name: sha256(into / name) for name in _names(into)}
    if found != manifest.files or DATABASE_FILES.get(manifest.database) not in found:
        wrong = sorted(name for name in {*found, *manifest.files} if found.get(name) != manifest.files.get(name))
        raise ArchiveRefused(f"{path} is damaged ({', '.join(wrong[:5]) or 'no database in it'}); use another copy.")
    return manifest


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _names(folder: Path) -> Iterator[str]:
    return (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())


def _is_plain(name: str) -> bool:
    """Whether a name lies where a copy keeps things: at the top, or under photos."""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and (parts[0] == PHOTOS or len(parts) == 1) and not name.startswith("/")
