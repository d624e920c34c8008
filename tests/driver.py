"""What the drivers are told, whoever tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import event

from app.core.db import db


@contextmanager
def statements_reaching_the_driver() -> Iterator[list[str]]:
    """Everything the drivers are told, transaction control of SQLite included, whoever tells it."""
    seen: list[str] = []

    class Noting(psycopg.Cursor[tuple[object, ...]]):
        def execute(self, query: object, *given: object, **how: object) -> object:
            seen.append(str(query))
            return super().execute(query, *given, **how)

    def watch(connection: Any, *_: object) -> None:
        if db.engine.dialect.name == "sqlite":
            connection.set_trace_callback(seen.append)
        else:
            connection.cursor_factory = Noting

    event.listen(db.engine, "checkout", watch)
    try:
        yield seen
    finally:
        event.remove(db.engine, "checkout", watch)
        db.session.remove()
        db.engine.dispose()
