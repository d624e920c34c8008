"""A pytest plugin for `make test`: which tests share a process, so that a costly demo city is built once, not twice."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
TOGETHER = {"browser", "first_run"}
"""Folders whose tests share a running service; other tests go together by file."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        inside = item.path.relative_to(TESTS)
        group = inside.parts[0] if inside.parts[0] in TOGETHER else str(inside)
        item.add_marker(pytest.mark.xdist_group(group))
