"""The data folder: one run holds it at a time, and says how to stop it to the next."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.cli import settling
from config.settings import Settings

LOCK_FILE = "ouyu.lock"
ORPHANS_END_WITHIN_S = 25
_held: list[IO[str]] = []


class StartupRefused(Exception):
    """Why the service does not start: one sentence with the fix."""


def take(settings: Settings, address: str = "") -> None:
    """Make the data folder and hold its lock until this process and its children end.

    A restore that was interrupted while it moved its files is finished first.

    address: where this instance will answer, for the refusal of a second one.
    Raises: StartupRefused.
    """
    folder = settings.server.data_dir
    path = folder / LOCK_FILE
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise StartupRefused(
            f"The data folder {folder.absolute()} cannot be written ({error.strerror}); "
            "make it writable, or name another one with OUYU_SERVER__DATA_DIR or --data-dir."
        ) from None
    if not _lock(lock):
        refusal = _taken(folder, lock)
        lock.close()
        raise StartupRefused(refusal)
    settling.settle(folder)
    lock.truncate(0)
    lock.write(json.dumps({"pid": os.getpid(), "address": address}))
    lock.flush()
    _held[:] = [lock]


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the data folder for a command that must not meet a running service. Raises StartupRefused."""
    take(settings)
    try:
        yield
    finally:
        release()


def release() -> None:
    """Let the data folder go; for commands that held it for a moment."""
    while _held:
        _held.pop().close()


def is_held() -> bool:
    """Whether this process holds its data folder."""
    return bool(_held)


def _lock(lock: IO[str]) -> bool:
    """Take the lock; where the run that holds it was killed, give its last children the time to end."""
    until = time.monotonic() + ORPHANS_END_WITHIN_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if _runs(_holder(lock).get("pid")) or time.monotonic() > until:
                return False
            time.sleep(0.1)
        else:
            return True


def _holder(lock: IO[str]) -> dict[str, Any]:
    lock.seek(0)
    try:
        holder: dict[str, Any] = json.loads(lock.read())
    except ValueError:
        return {}
    return holder


def _runs(pid: int | None) -> bool:
    try:
        os.kill(pid or os.getpid(), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _taken(folder: Path, lock: IO[str]) -> str:
    holder = _holder(lock)
    where = f", at {holder['address']}" if holder.get("address") else ""
    stop = f"kill {holder['pid']}" if holder.get("pid") else "Ctrl-C in its window"
    return (
        f"Ouyu is running on the data folder {folder.absolute()} already{where}; stop it with `{stop}`, "
        "or give this one a folder and a port of its own: --data-dir DIR --port N."
    )
