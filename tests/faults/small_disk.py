"""gunicorn's settings on a small disk: the product's own, and a limit on SQLite's pages that a file turns on and off."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from config.gunicorn import *  # noqa: F403

_LIMIT = Path(os.environ["TEST_PAGES_FILE"])
_NO_LIMIT = 1 << 30


def post_worker_init(worker: Any) -> None:
    """Hold every connection of this worker to the limit whenever it is used."""
    from sqlalchemy import event

    from app.core.db import db

    def hold(dbapi_connection: Any, *_: Any) -> None:
        dbapi_connection.execute(f"PRAGMA max_page_count = {1 if _LIMIT.exists() else _NO_LIMIT}")

    with worker.app.callable.app_context():
        event.listen(db.engine, "checkout", hold)
