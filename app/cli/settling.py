"""Put a proved copy in the place of what is there: moves that can be interrupted anywhere and are then finished."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

READY = "restore-ready"
"""A folder of this name holds a proved copy: from its renaming on, the copy is what counts."""
DRAFT = "restore-draft"
BACKUPS = "backups"
_ASIDE = "set-aside"
_BESIDE_A_DATABASE = ("", "-wal", "-shm", "-journal")


def prepare(folder: Path) -> Path:
    """Return an empty folder to build a copy in; what an interrupted attempt left there is removed."""
    draft = folder / DRAFT
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    return draft


def exchange(folder: Path, aside: str) -> Path | None:
    """Make the draft count and move it into place. aside: name for what stood there before.

    Returns the folder that now holds what was there, or None if nothing was.
    """
    draft = folder / DRAFT
    (draft / _ASIDE).write_text(aside, encoding="utf-8")
    for path in draft.rglob("*"):
        if path.is_file():
            _sync(path)
    _sync(draft)
    draft.rename(folder / READY)
    _sync(folder)
    return settle(folder)


def settle(folder: Path) -> Path | None:
    """Finish the moves of a copy that counts; nothing to do where there is none.

    A database's log is moved away with it: left beside another database, SQLite would play it into that one.
    """
    ready = folder / READY
    if not ready.is_dir():
        return None
    named = ready / _ASIDE
    aside = folder / BACKUPS / (named.read_text(encoding="utf-8") if named.exists() else "")
    for staged in sorted(ready.iterdir()):
        if staged.name == _ASIDE:
            continue
        for ending in _BESIDE_A_DATABASE:
            old = folder / (staged.name + ending)
            if old.exists():
                aside.parent.mkdir(mode=0o700, exist_ok=True)
                aside.mkdir(mode=0o700, exist_ok=True)
                old.rename(aside / old.name)
        staged.rename(folder / staged.name)
    _sync(folder)
    named.unlink(missing_ok=True)
    ready.rmdir()
    return aside if aside.exists() else None


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
