"""C3, C8: what is set up wrongly is said in one sentence with the fix, exit 1, no traceback."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.first_run.running import Ended, run

KEY = "k" * 40


def _refused(ended: Ended, *words: str) -> None:
    assert ended.code == 1, ended
    assert len(ended.err.splitlines()) == 1, ended.err
    assert "Traceback" not in ended.err
    assert [word for word in words if word not in ended.err] == []
    assert ended.out == ""


def _start(folder: Path, *arguments: str, **given: str) -> Ended:
    return run(["wsgi.py", "--data-dir", str(folder), *arguments], folder.parent, **given)


def test_a_taken_port_names_another_one(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        ended = _start(tmp_path / "data", "--port", str(port))

    _refused(ended, f"Port {port}", "make run PORT=")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    _refused(_start(blocked / "data"), str(blocked / "data"), "OUYU_SERVER__DATA_DIR")


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("mysql://ouyu:hidden@db/ouyu", "neither SQLite nor PostgreSQL"),
        ("postgresql://ouyu:hidden@127.0.0.1:1/ouyu", "does not answer"),
        ("postgresql://ouyu:hidden@127.0.0.1:port/ouyu", "not an address"),
        ("sqlite:////proc/nowhere/ouyu.db", "does not answer"),
    ],
)
def test_a_bad_database_address_is_refused_without_its_password(tmp_path: Path, address: str, word: str) -> None:
    ended = _start(tmp_path / "data", OUYU_DATABASE__URL=address)

    _refused(ended, "OUYU_DATABASE__URL", word, "postgresql://user:password@host/ouyu")
    assert "hidden" not in ended.err


def test_a_database_with_other_tables_is_left_alone(tmp_path: Path) -> None:
    from app.core.db import sqlite_driver

    other = sqlite_driver().connect(str(tmp_path / "other.db"))
    other.execute("CREATE TABLE somebody_elses (id INTEGER)")
    other.commit()
    other.close()

    ended = _start(tmp_path / "data", OUYU_DATABASE__URL=f"sqlite:///{tmp_path / 'other.db'}")

    _refused(ended, "not Ouyu's", "OUYU_DATABASE__URL")


def test_a_setting_that_nobody_reads_is_named(tmp_path: Path) -> None:
    _refused(_start(tmp_path / "data", OUYU_SERVER__THREDS="4"), "OUYU_SERVER__THREDS", "docs/settings.md")


def test_production_refuses_missing_secrets(tmp_path: Path) -> None:
    _refused(_start(tmp_path / "data", OUYU_PROFILE="production"), "OUYU_SECRETS__MASTER_KEY")


def test_production_refuses_the_demo_database(city_folder: Path) -> None:
    ended = _start(
        city_folder,
        OUYU_PROFILE="production",
        OUYU_SECRETS__MASTER_KEY=KEY,
        OUYU_SERVER__PUBLIC_URL="https://ouyu.example",
        OUYU_DATABASE__URL=f"sqlite:///{city_folder / 'demo.sqlite3'}",
    )

    _refused(ended, "made by the demo profile", "production refuses it", "OUYU_DATABASE__URL")


def test_the_demo_refuses_a_database_of_production(tmp_path: Path) -> None:
    made = run(
        ["-c", "from tests.first_run.test_refusals import make_production; make_production()"],
        tmp_path,
        OUYU_PROFILE="production",
        OUYU_SECRETS__MASTER_KEY=KEY,
        OUYU_SERVER__PUBLIC_URL="https://ouyu.example",
        OUYU_SERVER__DATA_DIR=str(tmp_path / "data"),
    )
    assert made.code == 0, made.err

    ended = _start(tmp_path / "data", OUYU_DATABASE__URL=f"sqlite:///{tmp_path / 'data' / 'ouyu.sqlite3'}")

    _refused(ended, "belongs to the production profile", "OUYU_PROFILE=production")


def make_production() -> None:
    """Prepare a production database and end; runs in a process of its own."""
    from app.cli import folder, startup
    from config import options

    settings = options.settings()
    folder.take(settings)
    startup.prepare(settings)


@pytest.mark.parametrize("command", [["wsgi.py"], ["-m", "flask", "--app", "wsgi", "check"]])
def test_a_wrong_profile_is_refused_at_every_door(tmp_path: Path, command: list[str]) -> None:
    _refused(run(command, tmp_path, OUYU_PROFILE="prod"), "OUYU_PROFILE", "production")


def test_gunicorn_alone_refuses_in_the_same_words(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    ended = run(
        ["-m", "gunicorn", "-c", "config/gunicorn.py", "-b", "127.0.0.1:0", "wsgi:app"],
        tmp_path,
        OUYU_SERVER__DATA_DIR=str(blocked / "data"),
    )

    assert ended.code == 1
    assert "cannot be written" in ended.err
    assert "Traceback" not in ended.err


def test_a_python_that_is_too_old_is_told_so(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    make = Path(__file__).resolve().parents[2] / "Makefile"

    done = os.popen(f"cd {tmp_path} && touch requirements.txt && make -f {make} run PYTHON={old} 2>&1")
    said = done.read()

    assert done.close() is not None
    assert "Python 3.11 or newer" in said
    assert f"{old} is not that" in said
