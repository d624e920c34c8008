"""The fixtures of the first run, for services that are killed, and a demo city on each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.conftest import postgres_address
from tests.faults.places import Place
from tests.first_run.conftest import FirstStart, city_folder, first_start, serve

__all__ = ["city_folder", "first_start", "place", "serve"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """A demo city on each database; on PostgreSQL it is built anew by a first start."""
    folder = tmp_path / "data"
    if request.param == "sqlite":
        first: FirstStart = request.getfixturevalue("first_start")
        shutil.copytree(first.folder, folder)
        yield Place(folder, {})
        return
    uri: str = request.getfixturevalue("postgres")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS faults WITH (FORCE)")
        connection.execute("CREATE DATABASE faults")
    yield Place(folder, {"OUYU_DATABASE__URL": postgres_address(uri, "faults")})
