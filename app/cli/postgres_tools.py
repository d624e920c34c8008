"""PostgreSQL's own programs for copies: pg_dump writes one, psql reads it back in one transaction."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import URL

from app.cli.archive import ArchiveRefused

_LAST_LINE = "PostgreSQL database dump complete"
_TAIL_BYTES = 400


def dump(url: URL, target: Path) -> None:
    """Write the database as SQL, a consistent snapshot whatever is being written. Raises ArchiveRefused."""
    _run("pg_dump", url, "--no-owner", "--no-acl", f"--file={target}")
    if not is_whole(target):
        raise ArchiveRefused("pg_dump ended before the dump was complete; nothing was kept. Run it again.")


def is_whole(script: Path) -> bool:
    """Whether a dump was written to its last line."""
    with script.open("rb") as file:
        file.seek(max(0, script.stat().st_size - _TAIL_BYTES))
        return _LAST_LINE in file.read().decode(errors="replace")


def load(url: URL, script: Path) -> None:
    """Empty the database and fill it from a dump, all or nothing. Raises ArchiveRefused; then nothing has changed."""
    _run(
        *("psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output=/dev/null"),
        *("--command=DROP SCHEMA public CASCADE", "--command=CREATE SCHEMA public", f"--file={script}"),
    )


def _run(program: str, url: URL, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise ArchiveRefused(
            f"{program} is not installed here; install PostgreSQL's client programs (Debian, Ubuntu: "
            "postgresql-client, of the server's version), or use them on the database's own machine."
        )
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="ouyu-pgpass-") as passwords:
        # In a file for its owner only: an argument or a variable could be read by others.
        password = (url.password or "").replace("\\", "\\\\").replace(":", "\\:")
        passwords.write(f"*:*:*:*:{password}\n")
        passwords.flush()
        address = url.set(drivername="postgresql", password=None).update_query_dict({"passfile": passwords.name})
        done = subprocess.run(  # noqa: S603 -- a program found on PATH, given no shell
            [found, f"--dbname={address.render_as_string(hide_password=False)}", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        said = " ".join(done.stderr.split())[:300]
        raise ArchiveRefused(f"{program} failed ({said}); nothing has changed. Repair that and run it again.")
