"""Alembic environment: the application's own engine, batch mode so that SQLite can change tables."""

from __future__ import annotations

from typing import Any

from alembic import context

from app.core.db import Base, db


def _include_object(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    return not (kind == "table" and name == "alembic_version")


def run() -> None:
    """Run the migrations in one transaction per database."""
    with db.engine.connect().execution_options(immediate=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=_include_object,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
