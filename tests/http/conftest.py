"""An application that several tests only read from."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask


@pytest.fixture
def app_once(sqlite_app: Any) -> Flask:
    """The application, whatever its database holds."""
    app: Flask = sqlite_app.app
    return app
