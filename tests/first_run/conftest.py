"""The demo city is built once, by a real first start; tests that change it work on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.first_run.running import START_WITHIN_S, Service


@dataclass
class FirstStart:
    """What the first start said and how long it took; its service was stopped, its folder is kept."""

    banner: str
    folder: Path
    ready_s: float
    pages: dict[str, int]
    stopped_with: int
    said: str


@pytest.fixture(scope="session")
def first_start(tmp_path_factory: pytest.TempPathFactory) -> FirstStart:
    folder = tmp_path_factory.mktemp("first") / "data"
    service = Service(folder)
    try:
        banner = service.wait()
        words = [word for word in banner.split() if word.startswith("http") and not word.startswith("https")]
        pages = {address: service.get(address)[0] for address in words}
    finally:
        code = service.stop()
    return FirstStart(banner, folder, service.ready_s, pages, code, service.err.read_text(encoding="utf-8"))


@pytest.fixture
def city_folder(first_start: FirstStart, tmp_path: Path) -> Path:
    """A copy of the demo city's data folder."""
    return Path(shutil.copytree(first_start.folder, tmp_path / "data"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Start services that are killed at the end of the test, whatever happened."""
    started: list[Service] = []

    def start(folder: Path, *arguments: str, wait: bool = True, port: int | None = None, **given: str) -> Service:
        service = Service(folder, *arguments, port=port, **given)
        started.append(service)
        if wait:
            service.wait(START_WITHIN_S)
        return service

    yield start
    for service in started:
        if service.process.poll() is None:
            service.kill()
