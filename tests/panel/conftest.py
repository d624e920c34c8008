"""Fixtures of the panel's tests."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.panel.desk import Office


@pytest.fixture
def office(app: Flask) -> Office:
    """Staff of every role, at desks of their own."""
    return Office(app)
